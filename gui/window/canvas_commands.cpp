// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/canvas_commands.h"

#include "gui/document/block_edits.h"
#include "gui/document/clipboard.h"
#include "gui/document/edits.h"
#include "gui/document/layout_edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/window/actions.h"
#include "gui/window/auto_layout.h"
#include "gui/window/canvas_controller.h"
#include "gui/window/document_page.h"
#include "gui/window/keyboard_moves.h"
#include "gui/window/library.h"
#include "widgets/graph/graph_model.h"

#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>

namespace espalier {
namespace {

constexpr Position kBeside{32, 32}; ///< where a duplicate lies, seen from its original
constexpr int kFrameMargin = 24;
constexpr int kFrameTitle = 28;

/// What the view knows of the sizes of nodes, for edits of places.
LayoutGeometry geometryOf(const DocumentPage &page)
{
    LayoutGeometry geometry;
    for (const GraphNode &node : page.model()->nodes()) {
        const QRectF rect = page.view()->nodeRect(node.id);
        geometry.boxes[node.id.toStdString()] = {qRound(rect.width()), qRound(rect.height())};
    }
    geometry.portY = [view = page.view()](const Endpoint &port, bool isOutput) {
        const GraphEnd end{qString(port.node), qString(port.port)};
        return qRound(view->portPosition(end, isOutput).y() - view->nodeRect(end.node).top());
    };
    return geometry;
}

/// The rectangle around nodes with room for a frame's title.
DocumentFrame frameAround(const DocumentPage &page, const Ids &nodes)
{
    QRectF rect;
    for (const std::string &id : nodes)
        rect |= page.view()->nodeRect(qString(id));
    if (rect.isEmpty()) {
        const QPointF at = page.view()->scenePositionUnderCursor();
        rect = QRectF(at, QSizeF(240, 140));
    }
    rect.adjust(-kFrameMargin, -kFrameMargin - kFrameTitle, kFrameMargin, kFrameMargin);
    DocumentFrame frame;
    frame.title = QCoreApplication::translate("CanvasCommands", "Frame").toStdString();
    frame.x = qRound(rect.x());
    frame.y = qRound(rect.y());
    frame.width = qRound(rect.width());
    frame.height = qRound(rect.height());
    return frame;
}

/// Wires of the selected nodes, or the selected wires.
Ids wiresOfSelection(const DocumentPage &page)
{
    if (Ids wires = page.selectedWires(); !wires.empty())
        return wires;
    QSet<QString> found;
    for (const QString &node : page.view()->selection().nodes)
        found += page.model()->wiresOf(node);
    Ids ids;
    for (const QString &wire : found)
        ids.push_back(wire.toStdString());
    std::sort(ids.begin(), ids.end());
    return ids;
}

/// The instance that is selected alone; empty if something else is.
std::string selectedInstance(const DocumentPage &page)
{
    const Ids nodes = page.selectedNodes();
    return nodes.size() == 1 ? nodes.front() : std::string();
}

/// Registers handlers that need a page, and do nothing without one.
class Binder {
public:
    Binder(Actions &actions, std::function<CurrentCanvas()> current)
        : m_actions(actions)
        , m_current(std::move(current))
    {
    }
    void on(const char *id, std::function<void(DocumentPage &)> act) const
    {
        m_actions.handle(id, [current = m_current, act = std::move(act)] {
            if (DocumentPage *page = current().page)
                act(*page);
        });
    }
    /// An edit of the selected nodes.
    void edit(const char *id, std::function<EditResult(const EditContext &, const Ids &)> make) const
    {
        on(id,
           [make = std::move(make)](DocumentPage &page) { page.run(make(page.editContext(), page.selectedNodes())); });
    }
    void view(const char *id, void (GraphView::*slot)()) const
    {
        on(id, [slot](DocumentPage &page) { (page.view()->*slot)(); });
    }
    void walk(const char *id, Qt::ArrowType direction) const
    {
        on(id, [direction](DocumentPage &page) { page.view()->walk(direction); });
    }
    void walkExtending(const char *id, Qt::ArrowType direction) const
    {
        on(id, [direction](DocumentPage &page) { page.view()->walkExtending(direction); });
    }
    void walkPort(const char *id, Qt::ArrowType direction) const
    {
        on(id, [direction](DocumentPage &page) { page.view()->walkPort(direction); });
    }
    void align(const char *id, Alignment alignment) const
    {
        on(id, [alignment](DocumentPage &page) {
            page.run(alignNodes(page.editContext(), page.selectedNodes(), alignment, geometryOf(page)));
        });
    }
    void toggle(const char *id, NodeFlag flag) const
    {
        edit(id, [flag](const EditContext &context, const Ids &nodes) { return toggleFlag(context, nodes, flag); });
    }
    void control(const char *id, std::function<void(CurrentCanvas)> act) const
    {
        m_actions.handle(id, [current = m_current, act = std::move(act)] {
            if (const CurrentCanvas canvas = current(); canvas.page)
                act(canvas);
        });
    }

private:
    Actions &m_actions;
    std::function<CurrentCanvas()> m_current;
};

void bindClipboard(const Binder &bind)
{
    const auto copy = [](DocumentPage &page) {
        QGuiApplication::clipboard()->setText(
            qString(copyText(page.editContext(), page.selectedNodes(), page.selectedFrames())));
    };
    const auto paste = [](DocumentPage &page, bool keepsInputs) {
        const QPointF at = page.view()->scenePositionUnderCursor();
        page.run(pasteText(page.editContext(), QGuiApplication::clipboard()->text().toStdString(),
                           Position{qRound(at.x()), qRound(at.y())}, keepsInputs));
    };
    bind.on("edit.copy", copy);
    bind.on("edit.cut", [copy](DocumentPage &page) {
        copy(page);
        page.run(deleteNodes(page.editContext(), page.selectedNodes()));
    });
    bind.on("edit.paste", [paste](DocumentPage &page) { paste(page, false); });
    bind.on("edit.paste_keep_inputs", [paste](DocumentPage &page) { paste(page, true); });
    const auto copyBeside = [](bool keepsInputs) {
        return [keepsInputs](DocumentPage &page) {
            page.run(duplicate(page.editContext(), page.selectedNodes(), keepsInputs, kBeside, page.selectedFrames()));
        };
    };
    bind.on("edit.duplicate", copyBeside(false));
    bind.on("edit.duplicate_keep_inputs", copyBeside(true));
}

void bindEditing(const Binder &bind)
{
    bind.on("edit.undo", [](DocumentPage &page) { page.document()->undo(); });
    bind.on("edit.redo", [](DocumentPage &page) { page.document()->redo(); });
    bind.on("edit.delete", [](DocumentPage &page) {
        page.run(
            deleteSelection(page.editContext(), page.selectedNodes(), page.selectedWires(), page.selectedFrames()));
    });
    bind.edit("edit.delete_reconnect", deleteAndReconnect);
    bind.view("edit.select_all", &GraphView::selectAll);
    bind.view("edit.select_none", &GraphView::selectNone);
    bind.view("edit.select_invert", &GraphView::invertSelection);
    bind.toggle("model.bypass", NodeFlag::Bypass);
    bind.toggle("model.disable", NodeFlag::Disabled);
    bind.toggle("model.collapse", NodeFlag::Collapsed);
    bind.toggle("model.hide_ports", NodeFlag::HidePorts);
    bind.toggle("model.pin", NodeFlag::Pinned);
    bind.edit("model.connect", connectSelected);
    bind.on("model.disconnect",
            [](DocumentPage &page) { page.run(disconnectWires(page.editContext(), wiresOfSelection(page))); });
    bind.on("model.reroute", [](DocumentPage &page) {
        const Ids wires = page.selectedWires();
        for (const std::string &id : wires) {
            const GraphWire *wire = page.model()->wire(qString(id));
            if (!wire)
                continue;
            const QPointF middle
                = (page.view()->portPosition(wire->from, true) + page.view()->portPosition(wire->to, false)) / 2;
            page.run(addReroute(page.editContext(), {id}, {qRound(middle.x()), qRound(middle.y())}));
        }
    });
    bind.control("model.rename", [](CurrentCanvas canvas) {
        const Ids nodes = canvas.page->selectedNodes();
        const Ids frames = canvas.page->selectedFrames();
        if (nodes.size() == 1)
            canvas.controller->editName(qString(nodes.front()));
        else if (nodes.empty() && frames.size() == 1)
            canvas.controller->editFrameTitle(qString(frames.front()));
    });
    bind.control("model.add", [](CurrentCanvas canvas) { canvas.controller->quickAddHere(); });
}

void bindPlaces(const Binder &bind)
{
    bind.align("model.align_left", Alignment::Left);
    bind.align("model.align_right", Alignment::Right);
    bind.align("model.align_top", Alignment::Top);
    bind.align("model.align_bottom", Alignment::Bottom);
    bind.align("model.align_center", Alignment::CentreX);
    bind.align("model.align_middle", Alignment::CentreY);
    const auto spread = [](Qt::Orientation direction) {
        return [direction](DocumentPage &page) {
            page.run(distributeNodes(page.editContext(), page.selectedNodes(), direction, geometryOf(page)));
        };
    };
    bind.on("model.distribute_h", spread(Qt::Horizontal));
    bind.on("model.distribute_v", spread(Qt::Vertical));
    bind.on("model.straighten", [](DocumentPage &page) {
        page.run(straightenNodes(page.editContext(), page.selectedNodes(), geometryOf(page)));
    });
    bind.on("model.frame", [](DocumentPage &page) {
        page.run(addFrame(page.editContext(), frameAround(page, page.selectedNodes())));
    });
    bind.on("model.layout", [](DocumentPage &page) { layOut(page); });
    const auto move = [&bind](const char *id, void (*act)(DocumentPage &, const QPoint &), const QPoint &steps) {
        bind.on(id, [act, steps](DocumentPage &page) { act(page, steps); });
    };
    move("model.nudge_left", nudgeSelection, {-1, 0});
    move("model.nudge_right", nudgeSelection, {1, 0});
    move("model.nudge_up", nudgeSelection, {0, -1});
    move("model.nudge_down", nudgeSelection, {0, 1});
    move("model.frame_narrower", resizeSelectedFrame, {-1, 0});
    move("model.frame_wider", resizeSelectedFrame, {1, 0});
    move("model.frame_shorter", resizeSelectedFrame, {0, -1});
    move("model.frame_taller", resizeSelectedFrame, {0, 1});
}

void bindBlocks(const Binder &bind)
{
    bind.edit("block.make", [](const EditContext &context, const Ids &nodes) {
        return makeBlock(context, nodes, QCoreApplication::translate("CanvasCommands", "block").toStdString());
    });
    bind.edit("block.ungroup", ungroup);
    bind.on("block.enter", [](DocumentPage &page) { page.enter(qString(selectedInstance(page))); });
    bind.on("block.leave", [](DocumentPage &page) {
        if (page.view()->hasGesture())
            page.view()->cancel();
        else
            page.leave();
    });
    bind.on("block.unique",
            [](DocumentPage &page) { page.run(makeUnique(page.editContext(), selectedInstance(page))); });
    bind.control("block.rename", [](CurrentCanvas canvas) {
        canvas.controller->editBlockName(qString(selectedInstance(*canvas.page)));
    });
    bind.on("block.library", [](DocumentPage &page) { keepInLibrary(page, selectedInstance(page)); });
}

void bindView(const Binder &bind)
{
    bind.view("view.fit_all", &GraphView::fitAll);
    bind.view("view.fit_selection", &GraphView::fitSelection);
    bind.view("view.zoom_in", &GraphView::zoomIn);
    bind.view("view.zoom_out", &GraphView::zoomOut);
    bind.on("view.zoom_full", [](DocumentPage &page) { page.view()->zoomTo(1); });
    bind.walk("walk.left", Qt::LeftArrow);
    bind.walk("walk.right", Qt::RightArrow);
    bind.walk("walk.up", Qt::UpArrow);
    bind.walk("walk.down", Qt::DownArrow);
    bind.walkExtending("walk.extend_left", Qt::LeftArrow);
    bind.walkExtending("walk.extend_right", Qt::RightArrow);
    bind.walkExtending("walk.extend_up", Qt::UpArrow);
    bind.walkExtending("walk.extend_down", Qt::DownArrow);
    bind.view("walk.frame", &GraphView::walkFrame);
    bind.walkPort("walk.port_left", Qt::LeftArrow);
    bind.walkPort("walk.port_right", Qt::RightArrow);
    bind.walkPort("walk.port_up", Qt::UpArrow);
    bind.walkPort("walk.port_down", Qt::DownArrow);
    bind.view("walk.act", &GraphView::activate);
    bind.control("walk.menu", [](CurrentCanvas canvas) { canvas.controller->showMenuOfFocus(); });
}

} // namespace

void bindCanvasCommands(Actions &actions, const std::function<CurrentCanvas()> &current)
{
    const Binder bind(actions, current);
    bindClipboard(bind);
    bindEditing(bind);
    bindPlaces(bind);
    bindBlocks(bind);
    bindView(bind);
}

} // namespace espalier
