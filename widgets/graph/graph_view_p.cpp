// SPDX-License-Identifier: GPL-3.0-or-later
// Looking, selecting and focusing; what of the view is stale.
#include "widgets/graph/graph_view_p.h"

#include "widgets/common/theme.h"
#include "widgets/graph/graph_accessible.h"
#include "widgets/graph/graph_model.h"
#include "widgets/graph/minimap.h"
#include "widgets/graph/walk.h"
#include "widgets/graph/zoom_box.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr qreal kLeastZoom = 0.02;
constexpr qreal kMostZoom = 4;
constexpr qreal kFitMargin = 48; ///< px round what is fitted
constexpr qreal kMostFitZoom = 1; ///< a single node isn't blown up
constexpr int kMostStaleRects = 400; ///< past so many, all is painted: the region would cost more
constexpr qreal kPortReach = 12; ///< px: half the least hit area
constexpr qreal kWireReach = 8;
constexpr qreal kEdgeReach = 8;
constexpr qreal kTitleReach = 18; ///< a frame's title has so many px of its own from afar, too

} // namespace

GraphViewPrivate::GraphViewPrivate(GraphView *view)
    : q(view)
    , painter(scene, nodePainter, counts)
    , router(scene)
{
    camera.unit = Theme::current().scale;
    scrollTimer.setInterval(16);
    connect(&scrollTimer, &QTimer::timeout, this, &GraphViewPrivate::scrollAtEdge);
    connect(&scene, &GraphScene::stale, this, &GraphViewPrivate::markScene);
    connect(&scene, &GraphScene::pictureStale, this, [this](const QRectF &rect) {
        if (camera.detail() <= Detail::Medium) // further away there are no pictures
            markScene(rect);
    });
    connect(&scene, &GraphScene::wireStale, this, &GraphViewPrivate::markWire);
    connect(&scene, &GraphScene::rebuilt, this, [this] {
        end(false);
        markAll();
    });
    connect(&scene, &GraphScene::nodeGone, this, &GraphViewPrivate::dropNode);
    connect(&scene, &GraphScene::wireGone, this, [this](const QString &id, const GraphEnd &from) {
        if (state.liftedWires.contains(id))
            end(false);
        if (state.current.part == GraphPart::Wire && state.current.id == id) // the keyboard stays near
            setCurrent(scene.port(from, true) ? GraphSpot{GraphPart::Output, from.node, from.port} : GraphSpot());
        dropPart(&GraphSelection::wires, id);
    });
    connect(&scene, &GraphScene::frameGone, this, [this](const QString &id) {
        if (state.current.part == GraphPart::Frame && state.current.id == id)
            setCurrent({});
        dropPart(&GraphSelection::frames, id);
    });
    connect(&scene, &GraphScene::countChanged, this, &GraphViewPrivate::arrange);
    connect(&m_nodeGlide, &QVariantAnimation::valueChanged, this, [this](const QVariant &value) {
        QHash<QString, QPointF> at;
        const qreal left = 1 - value.toReal();
        for (auto it = m_glideFrom.cbegin(); left > 0 && it != m_glideFrom.cend(); ++it)
            if (const SceneNode *node = scene.node(it.key()))
                at.insert(it.key(), node->data.at + (*it - node->data.at) * left);
        scene.setMoved(at);
    });
    connect(&m_nodeGlide, &QVariantAnimation::finished, this, [this] {
        m_glideFrom.clear();
        scene.setMoved({});
        router.setPaused(false);
    });
}

GraphViewPrivate::~GraphViewPrivate() = default;

void GraphViewPrivate::setCamera(qreal zoom, const QPointF &centre)
{
    const qreal held = std::clamp(std::isfinite(zoom) ? zoom : 1, kLeastZoom, kMostZoom);
    if ((held == camera.zoom && centre == camera.centre) || !std::isfinite(centre.x()) || !std::isfinite(centre.y()))
        return;
    camera.zoom = held;
    camera.centre = centre;
    markAll();
    minimap->setVisibleRect(camera.visible());
    zoomBox->setZoom(held);
    emit q->viewChanged();
}

void GraphViewPrivate::zoomAt(const QPointF &view, qreal factor)
{
    m_glide.stop();
    const QPointF fixed = camera.toScene(view);
    const qreal zoom = std::clamp(camera.zoom * factor, kLeastZoom, kMostZoom);
    Camera next = camera;
    next.zoom = zoom;
    const QPointF off = view - QPointF(camera.size.width(), camera.size.height()) / 2;
    setCamera(zoom, fixed - off / next.scale());
}

void GraphViewPrivate::glideTo(qreal zoom, const QPointF &centre)
{
    m_glide.stop();
    const int duration = Theme::current().panelMs;
    if (duration <= 0 || !q->isVisible()) {
        setCamera(zoom, centre);
        return;
    }
    m_glide.disconnect(this);
    m_glide.setStartValue(0.0);
    m_glide.setEndValue(1.0);
    m_glide.setDuration(duration);
    m_glide.setEasingCurve(QEasingCurve::OutCubic);
    const qreal fromZoom = camera.zoom;
    const QPointF from = camera.centre;
    connect(&m_glide, &QVariantAnimation::valueChanged, this, [=, this](const QVariant &value) {
        const qreal share = value.toReal();
        setCamera(share >= 1 ? zoom : fromZoom * std::pow(zoom / fromZoom, share), from + (centre - from) * share);
    });
    m_glide.start();
}

void GraphViewPrivate::fit(const QRectF &rect)
{
    if (rect.isNull() || camera.size.isEmpty())
        return;
    const qreal margin = std::min(kFitMargin, std::min(camera.size.width(), camera.size.height()) / 8);
    const qreal across = (camera.size.width() - 2 * margin) / std::max(rect.width(), 1.0);
    const qreal down = (camera.size.height() - 2 * margin) / std::max(rect.height(), 1.0);
    const qreal zoom = std::clamp(std::min(across, down) / camera.unit, kLeastZoom, kMostFitZoom);
    glideTo(zoom, rect.center());
}

PointerAt GraphViewPrivate::pointerAt(const QPointF &view, Qt::KeyboardModifiers modifiers) const
{
    return {view, camera.toScene(view), modifiers & ~Qt::KeypadModifier};
}

GraphSpot GraphViewPrivate::spotAt(const QPointF &view) const
{
    const bool isFar = camera.detail() == Detail::Far;
    return scene.spotAt(
        camera.toScene(view),
        {isFar ? 0 : inScene(kPortReach), inScene(kWireReach), inScene(kEdgeReach), inScene(kTitleReach)});
}

void GraphViewPrivate::markScene(const QRectF &rect)
{
    if (rect.isNull())
        return;
    if (++m_staleRects > kMostStaleRects) {
        markAll();
        return;
    }
    q->update(camera.toView(rect).adjusted(-12, -12, 12, 12).toAlignedRect());
}

void GraphViewPrivate::markWire(int wire)
{
    if (!scene.wire(wire).isAlive || m_staleRects > kMostStaleRects)
        return;
    for (const QRect &strip : stripsOf(scene.wire(wire), camera)) {
        ++m_staleRects;
        q->update(strip);
    }
}

void GraphViewPrivate::markNode(const QString &id)
{
    if (const SceneNode *node = scene.node(id))
        markScene(node->extent());
}

void GraphViewPrivate::markSpot(const GraphSpot &spot)
{
    if (spot.part == GraphPart::Wire) {
        const int wire = scene.wireIndex(spot.id);
        if (wire < 0)
            return;
        markWire(wire);
        const qreal text = inScene(140);
        markScene(QRectF(middleOf(scene.wire(wire).line), QSizeF()).adjusted(-text, -text / 4, text, text / 4));
    } else if (spot.part == GraphPart::Frame || spot.part == GraphPart::FrameEdge) {
        markScene(scene.frames().value(spot.id).rect);
    } else if (spot.isPort()) {
        const qreal label = inScene(180);
        if (const auto at = scene.portAt(spot.end(), spot.part == GraphPart::Output))
            markScene(QRectF(*at, QSizeF()).adjusted(-label, -label / 4, label, label / 4));
        markNode(spot.id);
    } else {
        markNode(spot.id);
    }
}

void GraphViewPrivate::markFocus()
{
    if (state.current.part == GraphPart::Nothing)
        markAll();
    else
        markSpot(state.current);
}

void GraphViewPrivate::markAll()
{
    m_staleRects = kMostStaleRects + 1;
    q->update();
}

void GraphViewPrivate::setSelection(const GraphSelection &selection)
{
    if (selection == state.selection)
        return;
    const GraphSelection before = std::exchange(state.selection, selection);
    const auto markChanged = [this](const QSet<QString> &a, const QSet<QString> &b, GraphPart part) {
        for (const QString &id : a)
            if (!b.contains(id))
                markSpot({part, id, {}});
        for (const QString &id : b)
            if (!a.contains(id))
                markSpot({part, id, {}});
    };
    markChanged(before.nodes, selection.nodes, GraphPart::Node);
    markChanged(before.wires, selection.wires, GraphPart::Wire);
    markChanged(before.frames, selection.frames, GraphPart::Frame);
    emit q->selectionChanged();
}

void GraphViewPrivate::setCurrent(const GraphSpot &spot)
{
    if (spot == state.current)
        return;
    markFocus();
    state.current = spot;
    markFocus();
    if (gesture && gesture->isByKeyboard() && (spot.isPort() || spot.part == GraphPart::Node)) {
        // The loose end goes where the keyboard stands.
        const auto port = spot.isPort() ? scene.portAt(spot.end(), spot.part == GraphPart::Output) : std::nullopt;
        const QPointF at = port ? *port : q->nodeRect(spot.id).center();
        gesture->move({camera.toView(at), at, {}});
    }
    announceCurrent(q);
    emit q->currentChanged();
}

void GraphViewPrivate::setHover(const GraphSpot &spot)
{
    if (spot == state.hover)
        return;
    markSpot(std::exchange(state.hover, spot));
    markSpot(spot);
    updateCursor();
    emit q->hovered(spot);
}

/// What is gone is neither selected, focused, hovered nor dragged any more.
void GraphViewPrivate::dropNode(const QString &id)
{
    if (state.current.id == id)
        setCurrent({});
    if (gesture && (gesture->isByKeyboard() || pressed.spot.id == id))
        end(false);
    dropPart(&GraphSelection::nodes, id);
}

void GraphViewPrivate::dropPart(QSet<QString> GraphSelection::*part, const QString &id)
{
    if (state.hover.id == id)
        setHover({});
    if (!(state.selection.*part).contains(id))
        return;
    GraphSelection next = state.selection;
    (next.*part).remove(id);
    setSelection(next);
}

void GraphViewPrivate::walk(Qt::ArrowType direction, bool extends)
{
    QString start = state.current.id;
    QPointF centre = camera.centre;
    if (const SceneWire *wire = scene.wire(start); wire && state.current.part == GraphPart::Wire)
        start = wire->data.from.node;
    else if (state.current.part == GraphPart::Frame)
        centre = scene.frames().value(start).rect.center();
    const QString next = nodeTowards(scene, start, direction, centre);
    if (next.isEmpty())
        return;
    GraphSelection selection;
    if (extends)
        selection = state.selection;
    selection.nodes.insert(next);
    setSelection(selection);
    setCurrent({GraphPart::Node, next, {}});
    q->reveal(next);
}

void GraphViewPrivate::walkPort(Qt::ArrowType direction)
{
    if (state.current.part == GraphPart::Nothing) {
        walk(direction, false);
        return;
    }
    const GraphSpot before = state.current;
    // With a wire in the hand, ports are what is looked for.
    const GraphSpot along = gesture ? GraphSpot() : wireTowards(scene, before, direction);
    const GraphSpot next = along.part == GraphPart::Nothing ? portTowards(scene, before, direction) : along;
    // What is focused is what Del removes.
    if (next.part == GraphPart::Wire)
        setSelection({{}, {next.id}, {}});
    else if (before.part == GraphPart::Wire)
        setSelection({{next.id}, {}, {}});
    setCurrent(next);
    if (next.id != before.id && next.isPort())
        q->reveal(next.id);
}

void GraphViewPrivate::walkFrame()
{
    const GraphSpot next = nextFrame(scene, state.current);
    if (next.part == GraphPart::Nothing)
        return;
    setSelection({{}, {}, {next.id}});
    setCurrent(next);
    q->revealRect(scene.frames().value(next.id).rect);
}

/// Puts the boxes where they belong, and shows the empty state while there is nothing.
void GraphViewPrivate::arrange()
{
    if (!minimap || !zoomBox)
        return;
    const Theme &theme = Theme::current();
    const int gap = theme.space(Space::Medium);
    const bool isEmpty = scene.nodeCount() == 0;
    minimap->resize(minimap->sizeHint());
    minimap->move(q->width() - minimap->width() - gap, q->height() - minimap->height() - gap);
    zoomBox->move(gap, q->height() - zoomBox->height() - gap);
    const bool fits = q->width() > minimap->width() + zoomBox->width() + 4 * gap && q->height() > 3 * minimap->height();
    minimap->setVisible(q->isMinimapVisible() && !isEmpty && fits);
    if (emptyState) {
        emptyState->setVisible(isEmpty);
        const QSize size = emptyState->sizeHint().boundedTo(q->size());
        emptyState->setGeometry(
            QRect(QPoint((q->width() - size.width()) / 2, (q->height() - size.height()) / 2), size));
    }
}

void GraphViewPrivate::glideNodes()
{
    if (Theme::current().panelMs <= 0 || !q->isVisible())
        return;
    m_glideFrom.clear();
    for (const SceneNode &node : scene.nodes())
        if (node.isAlive)
            m_glideFrom.insert(node.data.id, node.at);
    // When control is back in the event loop, the moves have been told.
    QTimer::singleShot(0, this, [this] {
        m_glideFrom.removeIf([this](const std::pair<const QString &, QPointF &> &entry) {
            const SceneNode *node = scene.node(entry.first);
            return !node || node->data.at == entry.second;
        });
        if (m_glideFrom.isEmpty())
            return;
        router.setPaused(true);
        scene.setMoved(m_glideFrom);
        m_nodeGlide.setStartValue(0.0);
        m_nodeGlide.setEndValue(1.0);
        m_nodeGlide.setDuration(Theme::current().panelMs);
        m_nodeGlide.setEasingCurve(QEasingCurve::OutCubic);
        m_nodeGlide.start();
    });
}

} // namespace espalier
