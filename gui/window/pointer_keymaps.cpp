// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/pointer_keymaps.h"

#include <QtCore/QSettings>

namespace espalier {

PointerBindings pointerBindings(Keymap keymap)
{
    PointerBindings bindings;
    switch (keymap) {
    case Keymap::Default:
        break;
    case Keymap::Blender: // Blender manual, Editing Nodes
        bindings.rerouteStroke = {Qt::RightButton, Qt::ShiftModifier};
        bindings.knife = {Qt::RightButton, Qt::ControlModifier};
        bindings.bypassStroke = {Qt::RightButton, Qt::ControlModifier | Qt::AltModifier};
        break;
    case Keymap::Unreal: // right button pans, Alt-click clears a pin, double click on a wire reroutes
        bindings.pan.append({Qt::RightButton, Qt::NoModifier});
        bindings.moveWires = {Qt::LeftButton, Qt::ControlModifier};
        break;
    case Keymap::ComfyUi: // a left drag in the empty pans; Ctrl-drag selects
        bindings.pan.append({Qt::LeftButton, Qt::NoModifier});
        bindings.boxSelect = {Qt::LeftButton, Qt::ControlModifier};
        bindings.moveWires = {Qt::LeftButton, Qt::ShiftModifier};
        break;
    }
    const PointerChord right{Qt::RightButton, Qt::NoModifier};
    if (QSettings().value(QStringLiteral("canvas/right_drag_pans"), false).toBool() && !bindings.pan.contains(right))
        bindings.pan.append(right);
    return bindings;
}

} // namespace espalier
