// SPDX-License-Identifier: GPL-3.0-or-later
// A wire in the hand: new from a port, taken off one, or all wires of a port; by pointer or by keyboard.
#include "widgets/graph/gesture.h"
#include "widgets/graph/graph_model.h"
#include "widgets/graph/graph_view_p.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr qreal kSnapPixels = 28;

/// The wire that a drag from the port takes along: an output starts new ones, unless one of its wires is selected.
QString wireToLift(const GraphViewPrivate &view, const GraphSpot &port)
{
    const GraphModel *model = view.scene.model();
    if (port.part == GraphPart::Output) {
        const QSet<QString> &selected = view.state.selection.wires;
        const GraphWire *wire = selected.size() == 1 ? model->wire(*selected.begin()) : nullptr;
        return wire && wire->from == port.end() ? wire->id : QString();
    }
    QStringList wires = model->wiresInto(port.end());
    std::sort(wires.begin(), wires.end());
    return wires.isEmpty() ? QString() : wires.last();
}

class WireGesture final : public Gesture {
public:
    WireGesture(GraphViewPrivate &view, const GraphSpot &port, const QString &lifted, bool movesAll, bool byKeyboard)
        : Gesture(view)
        , m_port(port)
        , m_lifted(lifted)
        , m_byKeyboard(byKeyboard)
    {
        const bool isOutput = port.part == GraphPart::Output;
        const GraphModel *model = view.scene.model();
        QStringList wires = isOutput ? model->wiresFrom(port.end()) : model->wiresInto(port.end());
        std::sort(wires.begin(), wires.end());
        if (movesAll && !wires.isEmpty()) {
            m_moved = wires;
            for (const QString &wire : std::as_const(wires))
                m_anchors.append(isOutput ? model->wire(wire)->to : model->wire(wire)->from);
            m_anchorIsOutput = !isOutput;
        } else if (const GraphWire *wire = model->wire(lifted)) {
            m_anchors = {isOutput ? wire->to : wire->from};
            m_anchorIsOutput = !isOutput;
        } else {
            m_anchors = {port.end()};
            m_anchorIsOutput = isOutput;
        }
        if (!m_lifted.isEmpty())
            view.state.liftedWires = {m_lifted};
        else
            view.state.liftedWires = QSet<QString>(m_moved.begin(), m_moved.end());
        view.state.fits = [this](const GraphEnd &end, bool isOutputEnd) { return fits(end, isOutputEnd); };
        view.markAll();
        if (byKeyboard)
            show(view.scene.portAt(port.end(), isOutput).value_or(QPointF()), {});
    }

    void move(const PointerAt &at) override
    {
        const GraphSpot target = targetAt(at);
        const auto place
            = target.isPort() ? m_view.scene.portAt(target.end(), target.part == GraphPart::Output) : std::nullopt;
        show(place.value_or(at.scene), target);
    }

    void finish(const PointerAt &at) override
    {
        if (!m_byKeyboard)
            move(at);
        const GraphSpot target = m_view.state.target;
        GraphView *q = m_view.q;
        if (target.isPort()) {
            finishAt(target);
        } else if (!m_lifted.isEmpty()) {
            emit q->disconnectRequested({m_lifted});
        } else if (m_moved.isEmpty() && !m_byKeyboard) {
            emit q->wireDroppedInEmpty(m_anchors.first(), m_anchorIsOutput, at.scene,
                                       q->mapToGlobal(at.view.toPoint()));
        }
    }

    bool isByKeyboard() const override { return m_byKeyboard; }
    GraphSpot origin() const override { return m_lifted.isEmpty() && m_moved.isEmpty() ? m_port : GraphSpot(); }

private:
    bool fits(const GraphEnd &end, bool isOutput)
    {
        if (isOutput == m_anchorIsOutput)
            return m_anchors.contains(end); // the wire's own end doesn't dim
        const auto known = m_fits.constFind(end);
        if (known != m_fits.cend())
            return *known;
        const bool does = std::all_of(m_anchors.cbegin(), m_anchors.cend(), [&](const GraphEnd &anchor) {
            return m_anchorIsOutput ? m_view.canConnect(anchor, end) : m_view.canConnect(end, anchor);
        });
        m_fits.insert(end, does);
        return does;
    }

    void offerPorts(const SceneNode &node, const QPointF &point, qreal reach, GraphSpot &best, qreal &least)
    {
        const bool isOutput = !m_anchorIsOutput;
        const QList<GraphPort> &ports = isOutput ? node.data.outputs : node.data.inputs;
        const QList<NodeLayout::Port> &places = isOutput ? node.layout.outputs : node.layout.inputs;
        for (int i = 0; i < ports.size(); ++i) {
            const qreal distance = QLineF(point, node.port(i, isOutput)).length();
            if (!places[i].isShown || distance > reach || distance >= least)
                continue;
            const GraphEnd end{node.data.id, ports[i].name};
            if (!fits(end, isOutput))
                continue;
            least = distance;
            best = {isOutput ? GraphPart::Output : GraphPart::Input, end.node, end.port};
        }
    }

    /// The nearest fitting port; over a node, any of its own, however far.
    GraphSpot targetAt(const PointerAt &at)
    {
        const qreal reach = m_view.inScene(kSnapPixels);
        GraphSpot best;
        qreal least = 1e18;
        const QRectF around = QRectF(at.scene, QSizeF()).adjusted(-reach, -reach, reach, reach);
        const std::vector<int> nodes = m_view.scene.nodesIn(around);
        for (const int index : nodes)
            offerPorts(m_view.scene.node(index), at.scene, reach, best, least);
        for (auto index = nodes.rbegin(); index != nodes.rend() && !best.isPort(); ++index)
            if (m_view.scene.node(*index).card().contains(at.scene))
                offerPorts(m_view.scene.node(*index), at.scene, 1e17, best, least);
        return best;
    }

    void show(const QPointF &loose, const GraphSpot &target)
    {
        mark();
        m_view.state.looseWires.clear();
        for (const GraphEnd &anchor : std::as_const(m_anchors)) {
            const QPointF fixed = m_view.scene.portAt(anchor, m_anchorIsOutput).value_or(loose);
            m_view.state.looseWires.append(
                {m_anchorIsOutput ? fixed : loose, m_anchorIsOutput ? loose : fixed, target.isPort()});
        }
        m_view.markSpot(m_view.state.target);
        m_view.state.target = target;
        m_view.markSpot(target);
        mark();
    }

    void mark()
    {
        const qreal bow = m_view.inScene(4) + 240;
        for (const CanvasState::LooseWire &wire : std::as_const(m_view.state.looseWires))
            m_view.markScene(QRectF(wire.from, wire.to).normalized().adjusted(-bow, -bow, bow, bow));
    }

    void finishAt(const GraphSpot &target)
    {
        GraphView *q = m_view.q;
        if (!m_moved.isEmpty()) {
            if (target != m_port)
                emit q->moveWiresRequested(m_port.end(), target.end(), m_port.part == GraphPart::Output);
        } else if (!m_lifted.isEmpty()) {
            if (target != m_port)
                emit q->rewireRequested(m_lifted, target.end(),
                                        m_port.part == GraphPart::Output ? WireSide::From : WireSide::To);
        } else if (m_anchorIsOutput) {
            emit q->connectRequested(m_anchors.first(), target.end());
        } else {
            emit q->connectRequested(target.end(), m_anchors.first());
        }
    }

    GraphSpot m_port; ///< where the gesture began
    QList<GraphEnd> m_anchors; ///< the ends that stay
    bool m_anchorIsOutput = true;
    QString m_lifted; ///< the wire taken off the port
    QStringList m_moved; ///< all the wires of a port
    bool m_byKeyboard;
    QHash<GraphEnd, bool> m_fits;
};

} // namespace

std::unique_ptr<Gesture> makeWireGesture(GraphViewPrivate &view, const GraphSpot &port, bool movesAll)
{
    return std::make_unique<WireGesture>(view, port, wireToLift(view, port), movesAll, false);
}

std::unique_ptr<Gesture> makeKeyboardWire(GraphViewPrivate &view, const GraphSpot &port, const QString &wire)
{
    return std::make_unique<WireGesture>(view, port, wire, false, true);
}

} // namespace espalier
