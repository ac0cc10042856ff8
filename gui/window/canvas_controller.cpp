// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/canvas_controller.h"

#include "gui/document/block_edits.h"
#include "gui/document/block_library.h"
#include "gui/document/clipboard.h"
#include "gui/document/layout_edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/connectable.h"
#include "gui/models/layer_lists.h"
#include "gui/window/actions.h"
#include "gui/window/document_page.h"
#include "gui/window/library.h"
#include "widgets/common/theme.h"
#include "widgets/graph/graph_model.h"
#include "widgets/lists/quick_add.h"

#include <QtCore/QMimeData>
#include <QtCore/QSignalBlocker>
#include <QtGui/QAction>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>

namespace espalier {
namespace {

Position toPosition(const QPointF &at)
{
    return {qRound(at.x()), qRound(at.y())};
}

Endpoint toEndpoint(const GraphEnd &end)
{
    return {end.node.toStdString(), end.port.toStdString()};
}

Ids toIds(const QStringList &list)
{
    Ids ids;
    for (const QString &id : list)
        ids.push_back(id.toStdString());
    return ids;
}

Positions toPositions(const QHash<QString, QPointF> &places)
{
    Positions positions;
    for (auto it = places.cbegin(); it != places.cend(); ++it)
        positions.emplace(it.key().toStdString(), toPosition(it.value()));
    return positions;
}

constexpr qreal kBeside = 32; ///< between a node and what is added behind it

/// A field for a name on the canvas. What it can use itself must not become an action of the canvas: Return renames,
/// and opens nothing.
class NameEditor : public QLineEdit {
public:
    using QLineEdit::QLineEdit;

protected:
    bool event(QEvent *event) override
    {
        if (event->type() == QEvent::ShortcutOverride) {
            const auto *key = static_cast<QKeyEvent *>(event);
            const bool isFunctionKey = key->key() >= Qt::Key_F1 && key->key() <= Qt::Key_F35;
            if (!isFunctionKey && !(key->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))) {
                event->accept();
                return true;
            }
        }
        return QLineEdit::event(event);
    }
    void keyPressEvent(QKeyEvent *event) override
    {
        if (event->key() != Qt::Key_Escape) {
            QLineEdit::keyPressEvent(event);
            return;
        }
        const QSignalBlocker silent(this); // nothing was finished
        deleteLater();
        parentWidget()->setFocus(Qt::OtherFocusReason);
    }
};

/// The node if it is an Input; null: another one.
const DocumentNode *inputNode(const DocumentPage &page, const QString &id)
{
    const DocumentGraph *graph = page.document()->document().findGraph(page.graph());
    const DocumentNode *node = graph ? graph->findNode(id.toStdString()) : nullptr;
    return node && node->kind == "Input" ? node : nullptr;
}

} // namespace

CanvasController::CanvasController(DocumentPage *page, Actions *actions)
    : QObject(page)
    , m_page(page)
    , m_actions(actions)
{
    actions->addCanvas(page->view());
    page->view()->setCanConnect([this](const GraphEnd &from, const GraphEnd &to) { return canConnect(from, to); });
    connectPointer();
    connectDrops();
}

bool CanvasController::canConnect(const GraphEnd &from, const GraphEnd &to) const
{
    return mayConnect(m_page->editContext(), m_page->answers(), toEndpoint(from), toEndpoint(to));
}

void CanvasController::connectPointer()
{
    GraphView *view = m_page->view();
    const auto context = [this] { return m_page->editContext(); };
    connect(view, &GraphView::moveRequested, this,
            [=, this](const QHash<QString, QPointF> &nodes, const QHash<QString, QRectF> &frames) {
                m_page->run(moveNodes(context(), toPositions(nodes), movedFrames(frames)), false);
                m_page->document()->endMerge();
            });
    connect(view, &GraphView::connectRequested, this, [=, this](const GraphEnd &from, const GraphEnd &to) {
        m_page->run(connectPorts(context(), toEndpoint(from), toEndpoint(to)), false);
    });
    connect(view, &GraphView::rewireRequested, this,
            [=, this](const QString &wire, const GraphEnd &end, WireSide side) {
                m_page->run(rewire(context(), wire.toStdString(), {toEndpoint(end), side == WireSide::From}), false);
            });
    connect(view, &GraphView::disconnectRequested, this,
            [=, this](const QStringList &wires) { m_page->run(disconnectWires(context(), toIds(wires)), false); });
    connect(view, &GraphView::knifeRequested, this,
            [=, this](const QStringList &wires) { m_page->run(disconnectWires(context(), toIds(wires)), false); });
    connect(view, &GraphView::moveWiresRequested, this,
            [=, this](const GraphEnd &from, const GraphEnd &to, bool isOutput) {
                m_page->run(moveWires(context(), {toEndpoint(from), isOutput}, toEndpoint(to)), false);
            });
    connect(view, &GraphView::clearPortRequested, this, [=, this](const GraphEnd &port, bool isOutput) {
        m_page->run(clearPort(context(), toEndpoint(port), isOutput), false);
    });
    connect(view, &GraphView::bypassRequested, this, [=, this](const QStringList &nodes) {
        m_page->run(toggleFlag(context(), toIds(nodes), NodeFlag::Bypass), false);
    });
    connect(view, &GraphView::rerouteRequested, this, [=, this](const QStringList &wires, const QList<QPointF> &at) {
        for (qsizetype i = 0; i < wires.size(); ++i)
            m_page->run(addReroute(context(), {wires[i].toStdString()}, toPosition(at.value(i))));
    });
    connect(view, &GraphView::duplicateRequested, this, [=, this](const QStringList &nodes, const QPointF &delta) {
        m_page->run(duplicate(context(), toIds(nodes), false, toPosition(delta), m_page->selectedFrames()));
    });
    connect(view, &GraphView::insertOnWireRequested, this, &CanvasController::insertOnWire);
    connect(view, &GraphView::frameChangeRequested, this, &CanvasController::changeFrame);
    connect(view, &GraphView::openRequested, this, [this](const QString &node) {
        const GraphNode *shown = m_page->model()->node(node);
        if (shown && shown->form == NodeForm::Stack)
            m_page->enter(node);
        else if (const DocumentNode *input = inputNode(*m_page, node))
            emit m_page->dataRequested(qString(input->params["source"].string()));
        else
            editName(node);
    });
    connect(view, &GraphView::renameRequested, this, &CanvasController::editName);
    connect(view, &GraphView::frameRenameRequested, this, &CanvasController::editFrameTitle);
    connect(view, &GraphView::contextMenuRequested, this, &CanvasController::showMenu);
}

void CanvasController::connectDrops()
{
    GraphView *view = m_page->view();
    view->setAcceptedMimeTypes({QLatin1StringView(kLayerMime), QStringLiteral("text/plain")});
    view->setCanDropOnWire(
        [](const QMimeData *data, const QString &) { return data->hasFormat(QLatin1StringView(kLayerMime)); });
    connect(view, &GraphView::dropRequested, this, &CanvasController::drop);
    connect(view, &GraphView::quickAddRequested, this,
            [this](const QPointF &scene, const QPoint &global, const QString &wire) {
                popUp(scene, global, nullptr, wire);
            });
    connect(view, &GraphView::wireDroppedInEmpty, this,
            [this](const GraphEnd &origin, bool isOutput, const QPointF &scene, const QPoint &global) {
                const WireStart from{toEndpoint(origin), isOutput};
                popUp(scene, global, &from, {});
            });
}

void CanvasController::showMenuOfFocus()
{
    GraphView *view = m_page->view();
    const GraphSpot &spot = view->current();
    QPointF at = view->rect().center();
    if (spot.part == GraphPart::Node || spot.isPort())
        at = view->nodeViewRect(spot.id).center();
    else if (const GraphWire *wire = m_page->model()->wire(spot.id))
        at = view->toView((view->portPosition(wire->from, true) + view->portPosition(wire->to, false)) / 2);
    else if (const GraphFrame *frame = m_page->model()->frame(spot.id))
        at = view->toView(frame->rect.topLeft()) + QPointF(kBeside, kBeside / 2);
    showMenu(spot, view->toScene(at), view->mapToGlobal(at.toPoint()));
}

void CanvasController::quickAddHere()
{
    GraphView *view = m_page->view();
    const GraphSpot begun = view->wireBegun();
    const GraphSelection &selection = view->selection();
    QPointF at = view->scenePositionUnderCursor();
    QString wire;
    if (begun.isPort()) {
        view->cancel();
        const bool isOutput = begun.part == GraphPart::Output;
        const QRectF node = view->nodeRect(begun.id);
        at = isOutput ? node.topRight() + QPointF(kBeside, 0) : node.topLeft() - QPointF(kBeside + node.width(), 0);
        const WireStart from{toEndpoint(begun.end()), isOutput};
        popUp(at, view->mapToGlobal(view->toView(at)).toPoint(), &from, {});
        return;
    }
    if (selection.nodes.isEmpty() && selection.frames.isEmpty() && selection.wires.size() == 1) {
        wire = *selection.wires.begin();
        if (const GraphWire *data = m_page->model()->wire(wire))
            at = (view->portPosition(data->from, true) + view->portPosition(data->to, false)) / 2;
    }
    popUp(at, view->mapToGlobal(view->toView(at)).toPoint(), nullptr, wire);
}

void CanvasController::popUp(const QPointF &scene, const QPoint &global, const WireStart *from, const QString &wire)
{
    if (m_page->document()->isReadOnly())
        return;
    auto *popup = new QuickAdd(m_page->view());
    popup->setAttribute(Qt::WA_DeleteOnClose);
    const GraphWire *into = m_page->model()->wire(wire);
    popup->setEntries(from ? fittingLayers(m_page->editContext(), m_page->answers(), *from)
                          : into
                          ? fittingLayers(m_page->editContext(), m_page->answers(), {toEndpoint(into->from), true})
                          : layerItems(m_page->editContext(), true));
    const Position at = toPosition(scene);
    std::optional<WireStart> start;
    if (from)
        start = *from;
    connect(popup, &QuickAdd::chosen, this, [this, at, start, wire](const QString &kind) {
        const EditContext context = m_page->editContext();
        const std::string id = kind.toStdString();
        m_page->run(start                ? addNodeWired(context, id, at, *start)
                        : wire.isEmpty() ? addNode(context, id, at)
                                         : addNodeOnWire(context, id, at, wire.toStdString()));
        m_page->view()->setFocus(Qt::OtherFocusReason);
    });
    const PortAnswer *type
        = from && from->isOutput ? m_page->answers().port(qString(from->end.node), qString(from->end.port)) : nullptr;
    popup->open(global, {}, type && type->isKnown() ? tr("Takes %1").arg(type->shape()) : QString());
}

void CanvasController::addLayer(const QString &kind, const QPointF &scene, bool chains)
{
    const EditContext context = m_page->editContext();
    const std::vector<std::string> selected = m_page->selectedNodes();
    const GraphNode *last = selected.size() == 1 ? m_page->model()->node(qString(selected.front())) : nullptr;
    if (chains && last && !last->outputs.isEmpty()) {
        const WireStart from{{selected.front(), last->outputs.first().name.toStdString()}, true};
        const QRectF rect = m_page->view()->nodeRect(last->id);
        const QPointF behind(rect.right() + kBeside, rect.top());
        if (m_page->run(addNodeWired(context, kind.toStdString(), toPosition(behind), from)))
            return;
    }
    put(kind, scene, {});
}

void CanvasController::put(const QString &id, const QPointF &scene, const QString &wire)
{
    const EditContext context = m_page->editContext();
    const Position at = toPosition(scene);
    if (id.startsWith(QLatin1StringView(kLibraryPrefix)))
        m_page->run(addFromLibrary(context, id.mid(QLatin1StringView(kLibraryPrefix).size()), at));
    else if (wire.isEmpty())
        m_page->run(addNode(context, id.toStdString(), at));
    else
        m_page->run(addNodeOnWire(context, id.toStdString(), at, wire.toStdString()));
}

void CanvasController::insertOnWire(const QHash<QString, QPointF> &to, const QString &wire)
{
    if (to.size() != 1) {
        m_page->run(moveNodes(m_page->editContext(), toPositions(to)), false);
        return;
    }
    m_page->run(espalier::insertOnWire(m_page->editContext(), to.cbegin().key().toStdString(),
                                       toPosition(to.cbegin().value()), wire.toStdString()));
}

std::vector<DocumentFrame> CanvasController::movedFrames(const QHash<QString, QRectF> &rects) const
{
    std::vector<DocumentFrame> moved;
    for (DocumentFrame frame : framesOf(*m_page->document()->document().findGraph(m_page->graph()))) {
        const auto rect = rects.constFind(qString(frame.id));
        if (rect == rects.cend())
            continue;
        frame.x = qRound(rect->x());
        frame.y = qRound(rect->y());
        frame.width = qRound(rect->width());
        frame.height = qRound(rect->height());
        moved.push_back(frame);
    }
    return moved;
}

void CanvasController::changeFrame(const QString &id, const QRectF &rect, const QHash<QString, QPointF> &nodes)
{
    if (!nodes.isEmpty()) // dragged, with what lies in it
        m_page->run(moveNodes(m_page->editContext(), toPositions(nodes), movedFrames({{id, rect}})), false);
    else
        for (const DocumentFrame &frame : movedFrames({{id, rect}}))
            m_page->run(setFrameRect(m_page->editContext(), frame), false);
    m_page->document()->endMerge();
}

void CanvasController::drop(const QMimeData *data, const QPointF &scene, const QString &wire)
{
    if (data->hasFormat(QLatin1StringView(kLayerMime)))
        put(QString::fromUtf8(data->data(QLatin1StringView(kLayerMime))), scene, wire);
    else if (data->hasText())
        m_page->run(pasteText(m_page->editContext(), data->text().toStdString(), toPosition(scene)));
    m_page->view()->setFocus(Qt::OtherFocusReason);
}

void CanvasController::showMenu(const GraphSpot &spot, const QPointF &scene, const QPoint &global)
{
    GraphView *view = m_page->view();
    const GraphSelection &selection = view->selection();
    const bool isSelected
        = selection.nodes.contains(spot.id) || selection.wires.contains(spot.id) || selection.frames.contains(spot.id);
    if (!isSelected && !spot.isPort()) {
        GraphSelection only;
        if (spot.part == GraphPart::Node)
            only.nodes.insert(spot.id);
        else if (spot.part == GraphPart::Wire)
            only.wires.insert(spot.id);
        else if (spot.part == GraphPart::Frame || spot.part == GraphPart::FrameEdge)
            only.frames.insert(spot.id);
        view->setSelection(only);
    }
    static const QStringList kForNode{QStringLiteral("model.rename"),
                                      QStringLiteral("block.enter"),
                                      QStringLiteral("block.make"),
                                      QStringLiteral("block.rename"),
                                      QStringLiteral("block.ungroup"),
                                      QString(),
                                      QStringLiteral("model.bypass"),
                                      QStringLiteral("model.disable"),
                                      QStringLiteral("model.collapse"),
                                      QStringLiteral("model.hide_ports"),
                                      QStringLiteral("model.pin"),
                                      QString(),
                                      QStringLiteral("model.connect"),
                                      QStringLiteral("model.frame"),
                                      QStringLiteral("model.layout"),
                                      QString(),
                                      QStringLiteral("edit.cut"),
                                      QStringLiteral("edit.copy"),
                                      QStringLiteral("edit.duplicate"),
                                      QStringLiteral("edit.delete"),
                                      QStringLiteral("edit.delete_reconnect")};
    static const QStringList kForWire{QStringLiteral("model.add"), QStringLiteral("model.reroute"),
                                      QStringLiteral("edit.delete")};
    static const QStringList kForFrame{QStringLiteral("model.rename"), QStringLiteral("edit.delete")};
    static const QStringList kForCanvas{
        QStringLiteral("edit.paste"),   QStringLiteral("edit.select_all"), QString(),
        QStringLiteral("view.fit_all"), QStringLiteral("model.layout"),    QStringLiteral("block.leave")};
    const bool isFrame = spot.part == GraphPart::Frame || spot.part == GraphPart::FrameEdge;
    const QStringList &ids = spot.part == GraphPart::Node || spot.isPort() ? kForNode
        : spot.part == GraphPart::Wire                                     ? kForWire
        : isFrame                                                          ? kForFrame
                                                                           : kForCanvas;
    QMenu menu(view);
    if (spot.part == GraphPart::Nothing)
        menu.addAction(m_actions->action(QStringLiteral("model.add"))->text(), this,
                       [this, scene, global] { popUp(scene, global, nullptr, {}); });
    for (const QString &id : ids) {
        if (id.isEmpty())
            menu.addSeparator();
        else if (QAction *action = m_actions->action(id); action->isEnabled())
            menu.addAction(action);
    }
    if (isFrame && !m_page->document()->isReadOnly())
        addFrameColours(menu, spot.id);
    menu.exec(global);
}

void CanvasController::editName(const QString &node)
{
    if (m_page->document()->isReadOnly())
        return;
    if (const GraphNode *shown = m_page->model()->node(node))
        editText(m_page->view()->nodeViewRect(node), shown->name, [this, node](const std::string &name) {
            return renameNode(m_page->editContext(), node.toStdString(), name);
        });
}

void CanvasController::editFrameTitle(const QString &frame)
{
    const GraphFrame *shown = m_page->model()->frame(frame);
    if (!shown || m_page->document()->isReadOnly())
        return;
    const QPointF corner = m_page->view()->toView(shown->rect.topLeft());
    editText({corner, QSizeF(220, 28)}, shown->title, [this, frame](const std::string &title) {
        return setFrameTitle(m_page->editContext(), frame.toStdString(), title);
    });
}

void CanvasController::editBlockName(const QString &instance)
{
    const Document &document = m_page->document()->document();
    const DocumentGraph *graph = document.findGraph(m_page->graph());
    const DocumentNode *node = graph ? graph->findNode(instance.toStdString()) : nullptr;
    const std::string block(node ? blockUsedBy(*node) : std::string_view());
    const DocumentGraph *definition = document.findGraph(block);
    if (!definition || m_page->document()->isReadOnly())
        return;
    editText(m_page->view()->nodeViewRect(instance), qString(definition->name),
             [this, block](const std::string &name) { return renameBlock(m_page->editContext(), block, name); });
}

void CanvasController::addFrameColours(QMenu &menu, const QString &frame)
{
    QMenu *colours = menu.addMenu(tr("Colour"));
    const Theme &theme = Theme::current();
    for (int i = 0; i < theme.frames.size(); ++i) {
        QPixmap swatch(theme.sizes.icon, theme.sizes.icon);
        swatch.fill(theme.frameColour(i));
        colours->addAction(QIcon(swatch), tr("Colour %1").arg(i + 1), this, [this, frame, i] {
            m_page->run(setFrameColour(m_page->editContext(), frame.toStdString(), i));
        });
    }
}

void CanvasController::editText(const QRectF &place, const QString &text,
                                std::function<EditResult(const std::string &)> edit)
{
    auto *editor = new NameEditor(text, m_page->view());
    editor->setObjectName(QStringLiteral("name editor"));
    editor->setAccessibleName(tr("Name"));
    editor->selectAll();
    const int height = editor->sizeHint().height();
    editor->setGeometry(qRound(place.x()), qRound(place.y()), qMax(140, qRound(place.width())), height);
    connect(editor, &QLineEdit::editingFinished, this, [this, editor, text, edit = std::move(edit)] {
        editor->disconnect(this);
        if (editor->text() != text)
            m_page->run(edit(editor->text().toStdString()), false);
        editor->deleteLater();
        m_page->view()->setFocus(Qt::OtherFocusReason);
    });
    editor->show();
    editor->setFocus(Qt::OtherFocusReason);
}

} // namespace espalier
