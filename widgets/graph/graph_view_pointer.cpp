// SPDX-License-Identifier: GPL-3.0-or-later
// Which press becomes which gesture, and what a click does.
#include "widgets/graph/graph_model.h"
#include "widgets/graph/graph_view_p.h"

#include <QtCore/QMimeData>
#include <QtGui/QMouseEvent>

#include <algorithm>

namespace espalier {
namespace {

constexpr qreal kEdgePixels = 28; ///< so near to its edge, a gesture scrolls the view
constexpr qreal kMostScroll = 18; ///< px a tick

/// How fast to scroll with the pointer at `at` along one axis of length `size`.
qreal speedAt(qreal at, qreal size)
{
    if (at < kEdgePixels)
        return -std::min(kMostScroll, (kEdgePixels - at) / 2 + 1);
    if (at > size - kEdgePixels)
        return std::min(kMostScroll, (at - size + kEdgePixels) / 2 + 1);
    return 0;
}

bool isOnGround(const GraphSpot &spot)
{
    return spot.part == GraphPart::Nothing || spot.part == GraphPart::Wire;
}

} // namespace

void GraphViewPrivate::press(QMouseEvent *event)
{
    m_glide.stop();
    if (gesture && !gesture->isByKeyboard())
        return; // a second button while one drags means nothing
    last = pointerAt(event->position(), event->modifiers());
    pressed = {last, event->button(), spotAt(event->position())};
    if (gesture) { // a click ends a wire begun by keyboard
        gesture->move(last);
        end(true);
        pressed.button = Qt::NoButton;
        return;
    }
    const GraphSpot &spot = pressed.spot;
    if (event->button() != Qt::LeftButton || isSpaceHeld)
        return;
    // What is dragged must be selected before it moves; a modifier's meaning is known when the button goes up.
    const bool isPlain = last.modifiers == Qt::NoModifier || last.modifiers == bindings.duplicate.modifiers;
    if (spot.part == GraphPart::Node) {
        if (!state.selection.nodes.contains(spot.id) && isPlain)
            setSelection({{spot.id}, {}, {}});
        setCurrent(spot);
    } else if (spot.part == GraphPart::Frame && !state.selection.frames.contains(spot.id) && isPlain) {
        setSelection({{}, {}, {spot.id}});
    } else if (spot.isPort()) {
        setCurrent(spot);
    }
}

std::unique_ptr<Gesture> GraphViewPrivate::gestureFor(const PointerPress &press)
{
    const PointerChord chord{press.button, press.at.modifiers};
    const bool isLeft = press.button == Qt::LeftButton;
    if (isLeft && isSpaceHeld && bindings.spacePans)
        return makePanGesture(*this, press);
    if (!isReadOnly && press.button == Qt::RightButton)
        if (auto stroke = makeStrokeGesture(*this, press))
            return stroke;
    if (bindings.pan.contains(chord) && (!isLeft || isOnGround(press.spot)))
        return makePanGesture(*this, press);
    if (!isLeft)
        return nullptr;
    const GraphSpot &spot = press.spot;
    if (!isReadOnly && spot.isPort())
        return makeWireGesture(*this, spot, chord == bindings.moveWires);
    if (!isReadOnly && (spot.part == GraphPart::Node || spot.part == GraphPart::Frame)) {
        // A drag with a modifier for the selection takes the node along.
        GraphSelection next = state.selection;
        (spot.part == GraphPart::Node ? next.nodes : next.frames).insert(spot.id);
        setSelection(next);
        return makeMoveGesture(*this, press, spot.part == GraphPart::Node && chord == bindings.duplicate);
    }
    if (!isReadOnly && spot.part == GraphPart::FrameEdge)
        return makeFrameGesture(*this, press);
    const Qt::KeyboardModifiers extra = press.at.modifiers & ~bindings.boxSelect.modifiers;
    const bool isBox = (press.at.modifiers & bindings.boxSelect.modifiers) == bindings.boxSelect.modifiers
        && press.button == bindings.boxSelect.button
        && (extra == Qt::NoModifier || extra == bindings.addToSelection || extra == bindings.toggleInSelection);
    return isBox ? makeBoxGesture(*this, press) : nullptr;
}

namespace {

QSet<QString> *setFor(GraphSelection &selection, GraphPart part)
{
    switch (part) {
    case GraphPart::Node:
        return &selection.nodes;
    case GraphPart::Wire:
        return &selection.wires;
    case GraphPart::Frame:
    case GraphPart::FrameEdge:
        return &selection.frames;
    default:
        return nullptr;
    }
}

} // namespace

void GraphViewPrivate::click(const PointerPress &press)
{
    const GraphSpot &spot = press.spot;
    const PointerChord chord{press.button, press.at.modifiers};
    if (press.button == Qt::RightButton) {
        GraphSelection next;
        if (QSet<QString> *ids = setFor(next, spot.part);
            ids && !setFor(state.selection, spot.part)->contains(spot.id)) {
            ids->insert(spot.id);
            setSelection(next);
        }
        if (spot.part == GraphPart::Node || spot.isPort())
            setCurrent(spot);
        emit q->contextMenuRequested(spot, press.at.scene, q->mapToGlobal(press.at.view.toPoint()));
        return;
    }
    if (press.button != Qt::LeftButton || isSpaceHeld)
        return;
    if (!isReadOnly && spot.isPort() && chord == bindings.clearPort) {
        emit q->clearPortRequested(spot.end(), spot.part == GraphPart::Output);
        return;
    }
    if (!isReadOnly && spot.part == GraphPart::Wire && chord == bindings.reroute) {
        const SceneWire *wire = scene.wire(spot.id);
        emit q->rerouteRequested({spot.id}, {nearestOn(wire->line, press.at.scene)});
        return;
    }
    const Qt::KeyboardModifiers modifiers = press.at.modifiers;
    const bool adds = modifiers != Qt::NoModifier && modifiers == bindings.addToSelection;
    const bool toggles = modifiers != Qt::NoModifier && modifiers == bindings.toggleInSelection;
    GraphSelection next;
    if (adds || toggles)
        next = state.selection;
    const GraphPart part = spot.isPort() ? GraphPart::Node : spot.part;
    if (QSet<QString> *ids = setFor(next, part)) {
        if (toggles && ids->contains(spot.id))
            ids->remove(spot.id);
        else
            ids->insert(spot.id);
    }
    setSelection(next);
}

void GraphViewPrivate::begin(std::unique_ptr<Gesture> next)
{
    setHover({});
    gesture = std::move(next);
    updateCursor();
}

void GraphViewPrivate::moveTo(const PointerAt &at)
{
    last = at;
    if (!gesture && pressed.button != Qt::NoButton) {
        const QPointF off = at.view - pressed.at.view;
        if (off.manhattanLength() < QGuiApplication::styleHints()->startDragDistance() / 2.0)
            return;
        if (auto made = gestureFor(pressed))
            begin(std::move(made));
        else
            pressed.button = Qt::NoButton;
    }
    if (!gesture) {
        setHover(spotAt(at.view));
        return;
    }
    gesture->move(at);
    const bool isAtEdge
        = speedAt(at.view.x(), camera.size.width()) != 0 || speedAt(at.view.y(), camera.size.height()) != 0;
    if (gesture->scrollsAtEdges() && isAtEdge && !scrollTimer.isActive())
        scrollTimer.start();
}

void GraphViewPrivate::scrollAtEdge()
{
    const QPointF speed(speedAt(last.view.x(), camera.size.width()), speedAt(last.view.y(), camera.size.height()));
    if (!gesture || speed.isNull()) {
        scrollTimer.stop();
        return;
    }
    setCamera(camera.zoom, camera.centre + speed / camera.scale());
    last.scene = camera.toScene(last.view);
    gesture->move(last);
}

void GraphViewPrivate::end(bool finishes)
{
    scrollTimer.stop();
    pressed.button = Qt::NoButton;
    if (!gesture)
        return;
    const std::unique_ptr<Gesture> ending = std::move(gesture);
    if (finishes)
        ending->finish(last);
    else
        ending->cancel();
    state.looseWires.clear();
    state.liftedWires.clear();
    state.target = {};
    state.fits = nullptr;
    state.ghosts.clear();
    state.guides.clear();
    state.box.reset();
    state.stroke.clear();
    setLitWire({});
    markAll();
    updateCursor();
}

bool GraphViewPrivate::canConnect(const GraphEnd &from, const GraphEnd &to) const
{
    return allows ? allows(from, to) : from.node != to.node;
}

bool GraphViewPrivate::canInsert(const QStringList &nodes, const QString &wire) const
{
    if (allowsInsert)
        return allowsInsert(nodes, wire);
    const GraphNode *node = nodes.size() == 1 ? scene.model()->node(nodes.first()) : nullptr;
    return node && !node->inputs.isEmpty() && !node->outputs.isEmpty() && scene.model()->wiresOf(node->id).isEmpty();
}

bool GraphViewPrivate::takes(const QMimeData *data) const
{
    return !isReadOnly && data && std::any_of(mimeTypes.begin(), mimeTypes.end(), [data](const QString &type) {
        return data->hasFormat(type);
    });
}

QString GraphViewPrivate::dropWireAt(const QPointF &view, const QMimeData *data) const
{
    constexpr qreal kDropReach = 24;
    const QString wire = scene.wireNear(camera.toScene(view), inScene(kDropReach));
    return !wire.isEmpty() && allowsDrop && allowsDrop(data, wire) ? wire : QString();
}

void GraphViewPrivate::setLitWire(const QString &wire)
{
    if (wire == state.litWire)
        return;
    markSpot({GraphPart::Wire, std::exchange(state.litWire, wire), {}});
    markSpot({GraphPart::Wire, wire, {}});
}

void GraphViewPrivate::updateCursor()
{
    Qt::CursorShape shape = Qt::ArrowCursor;
    if (isSpaceHeld || (gesture && !gesture->scrollsAtEdges()))
        shape = gesture ? Qt::ClosedHandCursor : Qt::OpenHandCursor;
    else if (state.hover.isPort() || (gesture && !state.stroke.isEmpty()))
        shape = Qt::CrossCursor;
    else if (state.hover.part == GraphPart::FrameEdge)
        shape = Qt::SizeAllCursor;
    if (q->cursor().shape() != shape)
        q->setCursor(shape);
}

QString GraphViewPrivate::tipAt(const QPointF &view) const
{
    const GraphSpot spot = spotAt(view);
    const auto sentences = [](const QStringList &parts) {
        QStringList kept = parts;
        kept.removeAll(QString());
        return kept.join(u'\n');
    };
    if (spot.part == GraphPart::Node) {
        const GraphNode &node = scene.node(spot.id)->data;
        return sentences({node.problem, node.warning, node.tip});
    }
    if (spot.isPort()) {
        const GraphPort *port = scene.port(spot.end(), spot.part == GraphPart::Output);
        return port
            ? sentences({port->label.isEmpty() ? port->name : port->label, port->tip,
                         port->isOptional ? GraphView::tr("Optional: it works without a wire, too.") : QString()})
            : QString();
    }
    if (spot.part == GraphPart::Wire) {
        const SceneWire *wire = scene.wire(spot.id);
        const GraphPort *port = scene.port(wire->data.from, true);
        return GraphView::tr("From %1 to %2").arg(scene.node(wire->from).data.name, scene.node(wire->to).data.name)
            + (port && !port->wireText.isEmpty() ? u'\n' + port->wireText : QString());
    }
    return {};
}

} // namespace espalier
