// SPDX-License-Identifier: GPL-3.0-or-later
// Every action of the studio in one table: id, text, menu, keys of each keymap, and when it can act.
#pragma once

#include <QtCore/QCoreApplication>
#include <QtCore/QList>
#include <QtCore/QString>

#include <span>

namespace espalier {

/// Where an action's keys are heard. Single letters act only while the canvas has the focus.
enum class ActionScope { Window, Canvas };

/// What an action needs to be enabled.
enum class Need {
    Nothing,
    Document, ///< a document is shown
    Editable, ///< ... and may be changed
    Undo,
    Redo,
    Node, ///< at least one node is selected, and the document may be changed
    Nodes, ///< at least two
    NodesOrWires, ///< anything that can be deleted
    Wire, ///< at least one wire
    OneNode, ///< exactly one node or frame
    OneFrame, ///< exactly one frame
    Instance, ///< exactly one instance of a block
    InBlock, ///< the view shows a block's inside
    Clipboard, ///< the clipboard holds nodes
    AnyNode, ///< a node is selected; the document may be read-only
    CanTrain,
    Training,
    Resumable, ///< a run that was stopped, failed or was lost is looked at
    Applicable, ///< the drawing was edited since its run took it
    Queued, ///< the run waits for its turn
    Time, ///< a run with more than one recorded step is looked at
    Runs, ///< the table of runs is not empty
    Deleted, ///< runs were moved into the trash from here
    Charts, ///< at least one curve is shown
};

/// The facts that `Need`s ask for.
struct ActionFacts {
    bool hasDocument = false;
    bool isReadOnly = false;
    bool canUndo = false;
    bool canRedo = false;
    int nodes = 0;
    int wires = 0;
    int frames = 0;
    bool isInstance = false;
    bool isInBlock = false;
    bool hasClipboard = false;
    bool canTrain = false;
    bool isTraining = false;
    bool canResume = false;
    bool canApply = false;
    bool isQueued = false;
    bool hasTime = false;
    bool hasCharts = false;
    bool hasRuns = false;
    bool hasDeleted = false;
};

bool isMet(Need need, const ActionFacts &facts);

enum class Keymap { Default, Blender, Unreal, ComfyUi };

struct ActionSpec {
    const char *id; ///< "node.duplicate"; frozen into the settings of shortcuts
    const char *text; ///< English; translated in context "Actions"
    const char *menu; ///< "edit", or "edit/align" for a submenu; a section starts where `startsSection`
    ActionScope scope = ActionScope::Canvas;
    Need need = Need::Editable;
    const char *keys = ""; ///< portable key sequences, separated by spaces; the first is shown in menus
    const char *help = ""; ///< one sentence, for tips and the shortcuts editor
    const char *blender = nullptr; ///< nullptr: as `keys`
    const char *unreal = nullptr;
    const char *comfy = nullptr;
    bool startsSection = false;
    bool isCheckable = false;
};

struct MenuSpec {
    const char *id;
    const char *text;
};

std::span<const ActionSpec> actionTable();
/// Menus and submenus in their order: "edit", "edit/align", ...
std::span<const MenuSpec> menuTable();
const ActionSpec *findAction(QStringView id);

/// Keys of `spec` in `keymap`, before a person's own.
QStringList defaultKeys(const ActionSpec &spec, Keymap keymap);

} // namespace espalier
