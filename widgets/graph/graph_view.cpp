// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/graph_view.h"

#include "widgets/common/theme.h"
#include "widgets/common/theme_manager.h"
#include "widgets/graph/graph_accessible.h"
#include "widgets/graph/graph_model.h"
#include "widgets/graph/graph_view_p.h"
#include "widgets/graph/minimap.h"
#include "widgets/graph/zoom_box.h"

namespace espalier {
namespace {

constexpr qreal kZoomStep = 1.25;

} // namespace

GraphView::GraphView(GraphModel *model, QWidget *parent)
    : QWidget(parent)
    , d(std::make_unique<GraphViewPrivate>(this))
{
    installGraphAccessibility();
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAcceptDrops(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAttribute(Qt::WA_InputMethodEnabled, false);
    setAccessibleName(tr("Drawing"));
    setMinimumSize(120, 80);
    grabGesture(Qt::PinchGesture);
    d->minimap = new Minimap(d->scene, this);
    d->zoomBox = new ZoomBox(this);
    connect(d->minimap, &Minimap::centreRequested, this,
            [this](const QPointF &centre) { d->setCamera(d->camera.zoom, centre); });
    connect(d->zoomBox, &ZoomBox::zoomInRequested, this, &GraphView::zoomIn);
    connect(d->zoomBox, &ZoomBox::zoomOutRequested, this, &GraphView::zoomOut);
    connect(d->zoomBox, &ZoomBox::resetRequested, this, [this] { zoomTo(1); });
    connect(d->zoomBox, &ZoomBox::fitRequested, this, &GraphView::fitAll);
    connect(&ThemeManager::instance(), &ThemeManager::changed, this, [this] {
        d->camera.unit = Theme::current().scale;
        d->nodePainter.clear();
        d->zoomBox->applyTheme();
        d->minimap->refresh();
        d->arrange();
        d->markAll();
    });
    d->scene.setModel(model);
}

GraphView::~GraphView() = default;

GraphModel *GraphView::model() const
{
    return d->scene.model();
}

void GraphView::setModel(GraphModel *model)
{
    if (model == d->scene.model())
        return;
    d->end(false);
    d->setHover({});
    d->setCurrent({});
    d->setSelection({});
    d->nodePainter.clear();
    d->scene.setModel(model);
}

const GraphSelection &GraphView::selection() const
{
    return d->state.selection;
}

void GraphView::setSelection(const GraphSelection &selection)
{
    d->setSelection(selection);
}

const GraphSpot &GraphView::current() const
{
    return d->state.current;
}

void GraphView::setCurrent(const GraphSpot &spot)
{
    d->setCurrent(spot);
}

void GraphView::setCanConnect(std::function<bool(const GraphEnd &, const GraphEnd &)> canConnect)
{
    d->allows = std::move(canConnect);
}

void GraphView::setCanDropOnWire(std::function<bool(const QMimeData *, const QString &)> canDrop)
{
    d->allowsDrop = std::move(canDrop);
}

void GraphView::setCanInsert(std::function<bool(const QStringList &, const QString &)> canInsert)
{
    d->allowsInsert = std::move(canInsert);
}

void GraphView::setAcceptedMimeTypes(const QStringList &types)
{
    d->mimeTypes = types;
}

void GraphView::setPointerBindings(const PointerBindings &bindings)
{
    d->bindings = bindings;
}

const PointerBindings &GraphView::pointerBindings() const
{
    return d->bindings;
}

void GraphView::setDirection(GraphDirection direction)
{
    d->end(false);
    d->scene.setDirection(direction);
}

GraphDirection GraphView::direction() const
{
    return d->scene.direction();
}

void GraphView::setSnapsToGrid(bool snaps)
{
    d->snapsToGrid = snaps;
}

bool GraphView::snapsToGrid() const
{
    return d->snapsToGrid;
}

void GraphView::setGridSize(qreal units)
{
    d->gridSize = std::max(1.0, units);
}

void GraphView::setMinimapVisible(bool visible)
{
    d->isMinimapWanted = visible;
    d->arrange();
}

bool GraphView::isMinimapVisible() const
{
    return d->isMinimapWanted;
}

void GraphView::setReadOnly(bool readOnly)
{
    d->end(false);
    d->isReadOnly = readOnly;
}

bool GraphView::isReadOnly() const
{
    return d->isReadOnly;
}

void GraphView::setPictureColour(const QColor &colour)
{
    d->state.pictureColour = colour;
    d->markAll();
}

void GraphView::setEmptyState(QWidget *widget)
{
    delete d->emptyState;
    d->emptyState = widget;
    if (widget) {
        widget->setParent(this);
        widget->lower();
        d->arrange();
    }
}

GraphView::ViewState GraphView::viewState() const
{
    return {d->camera.zoom, d->camera.centre};
}

void GraphView::setViewState(const ViewState &state)
{
    d->m_glide.stop();
    d->setCamera(state.zoom, state.centre);
}

qreal GraphView::zoom() const
{
    return d->camera.zoom;
}

QPointF GraphView::toScene(const QPointF &view) const
{
    return d->camera.toScene(view);
}

QPointF GraphView::toView(const QPointF &scene) const
{
    return d->camera.toView(scene);
}

QPointF GraphView::scenePositionUnderCursor() const
{
    const QPoint at = mapFromGlobal(QCursor::pos());
    return rect().contains(at) && isVisible() ? toScene(at) : d->camera.centre;
}

GraphSpot GraphView::spotAt(const QPointF &view) const
{
    return d->spotAt(view);
}

QRectF GraphView::nodeRect(const QString &node) const
{
    const SceneNode *found = d->scene.node(node);
    return found ? found->card() : QRectF();
}

QRectF GraphView::nodeViewRect(const QString &node) const
{
    const QRectF rect = nodeRect(node);
    return rect.isNull() ? QRectF() : d->camera.toView(rect);
}

QPointF GraphView::portPosition(const GraphEnd &end, bool isOutput) const
{
    return d->scene.portAt(end, isOutput).value_or(nodeRect(end.node).center());
}

QRectF GraphView::contentRect() const
{
    return d->scene.contentRect();
}

void GraphView::paintDrawing(QPainter *painter, const QRectF &scene) const
{
    Camera camera;
    camera.unit = d->camera.unit;
    camera.centre = scene.center();
    camera.size = scene.size() * camera.unit;
    CanvasState state;
    state.hasGrid = false;
    state.pictureColour = d->state.pictureColour;
    PaintCounts counts;
    NodePainter nodes; // one that keeps no pictures yet draws all from their parts
    painter->save();
    painter->scale(1 / camera.unit, 1 / camera.unit);
    CanvasPainter(d->scene, nodes, counts)
        .paint(painter, camera, state, QRectF(QPointF(), camera.size).toAlignedRect());
    painter->restore();
}

QSizeF GraphView::nodeSize(const GraphNode &node, GraphDirection direction)
{
    return nodeLayout(node, direction).size;
}

const GraphView::PaintCounts &GraphView::paintCounts() const
{
    d->counts.drawn = d->nodePainter.drawn();
    return d->counts;
}

void GraphView::fitAll()
{
    d->fit(d->scene.contentRect());
}

void GraphView::fitSelection()
{
    QRectF rect;
    for (const QString &id : selection().nodes)
        rect |= nodeRect(id);
    for (const QString &id : selection().frames)
        rect |= d->scene.frames().value(id).rect;
    for (const QString &id : selection().wires)
        if (const SceneWire *wire = d->scene.wire(id))
            rect |= wire->extent();
    d->fit(rect.isNull() ? d->scene.contentRect() : rect);
}

void GraphView::zoomIn()
{
    d->zoomAt(QRectF(rect()).center(), kZoomStep);
}

void GraphView::zoomOut()
{
    d->zoomAt(QRectF(rect()).center(), 1 / kZoomStep);
}

void GraphView::zoomTo(qreal zoom)
{
    d->glideTo(zoom, d->camera.centre);
}

void GraphView::glideNextMoves()
{
    d->glideNodes();
}

void GraphView::reveal(const QString &node)
{
    if (const QRectF card = nodeRect(node); !card.isNull())
        revealRect(card);
}

void GraphView::revealRect(const QRectF &card)
{
    const qreal margin = d->inScene(24);
    QRectF seen = d->camera.visible();
    const QRectF wanted = card.adjusted(-margin, -margin, margin, margin);
    if (seen.contains(wanted))
        return;
    if (wanted.width() > seen.width() || wanted.height() > seen.height()) {
        d->glideTo(d->camera.zoom, card.center());
        return;
    }
    QPointF by;
    by.rx() = std::min(0.0, wanted.left() - seen.left()) + std::max(0.0, wanted.right() - seen.right());
    by.ry() = std::min(0.0, wanted.top() - seen.top()) + std::max(0.0, wanted.bottom() - seen.bottom());
    d->glideTo(d->camera.zoom, d->camera.centre + by);
}

void GraphView::selectAll()
{
    GraphSelection all;
    for (const SceneNode &node : d->scene.nodes())
        if (node.isAlive)
            all.nodes.insert(node.data.id);
    for (const SceneFrame &frame : d->scene.frames())
        all.frames.insert(frame.data.id);
    d->setSelection(all);
}

void GraphView::selectNone()
{
    d->setSelection({});
}

void GraphView::invertSelection()
{
    GraphSelection next;
    for (const SceneNode &node : d->scene.nodes())
        if (node.isAlive && !selection().nodes.contains(node.data.id))
            next.nodes.insert(node.data.id);
    for (const SceneFrame &frame : d->scene.frames())
        if (!selection().frames.contains(frame.data.id))
            next.frames.insert(frame.data.id);
    d->setSelection(next);
}

void GraphView::walk(Qt::ArrowType direction)
{
    d->walk(direction, false);
}

void GraphView::walkExtending(Qt::ArrowType direction)
{
    d->walk(direction, true);
}

void GraphView::walkPort(Qt::ArrowType direction)
{
    d->walkPort(direction);
}

void GraphView::walkFrame()
{
    d->walkFrame();
}

void GraphView::activate()
{
    if (d->gesture && d->gesture->isByKeyboard()) {
        if (d->state.target.isPort())
            d->end(true);
        return;
    }
    const GraphSpot current = d->state.current;
    if (current.isPort()) {
        startWire();
    } else if (current.part == GraphPart::Node) {
        emit openRequested(current.id);
    } else if (current.part == GraphPart::Frame && !d->isReadOnly) {
        emit frameRenameRequested(current.id);
    } else if (const SceneWire *wire = d->scene.wire(current.id); wire && !d->isReadOnly && !d->gesture) {
        const GraphEnd end = wire->data.to;
        const GraphSpot port{GraphPart::Input, end.node, end.port};
        d->begin(makeKeyboardWire(*d, port, current.id));
        d->setCurrent(port);
    }
}

void GraphView::startWire()
{
    if (d->isReadOnly || d->gesture || !d->state.current.isPort())
        return;
    d->begin(makeKeyboardWire(*d, d->state.current));
}

GraphSpot GraphView::wireBegun() const
{
    return d->gesture && d->gesture->isByKeyboard() ? d->gesture->origin() : GraphSpot();
}

void GraphView::cancel()
{
    d->end(false);
}

bool GraphView::hasGesture() const
{
    return d->gesture != nullptr;
}

} // namespace espalier
