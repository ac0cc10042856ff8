// SPDX-License-Identifier: GPL-3.0-or-later
// Panning, selecting by a box, and strokes across wires and nodes.
#include "widgets/graph/gesture.h"
#include "widgets/graph/graph_view_p.h"

#include <algorithm>

namespace espalier {
namespace {

class PanGesture final : public Gesture {
public:
    PanGesture(GraphViewPrivate &view, const PointerPress &press)
        : Gesture(view)
        , m_from(press.at.view)
        , m_centre(view.camera.centre)
    {
    }
    void move(const PointerAt &at) override
    {
        m_view.setCamera(m_view.camera.zoom, m_centre - (at.view - m_from) / m_view.camera.scale());
    }
    void finish(const PointerAt &at) override { move(at); }
    bool scrollsAtEdges() const override { return false; }

private:
    QPointF m_from;
    QPointF m_centre;
};

class BoxGesture final : public Gesture {
public:
    BoxGesture(GraphViewPrivate &view, const PointerPress &press)
        : Gesture(view)
        , m_from(press.at.scene)
        , m_before(view.state.selection)
    {
        const Qt::KeyboardModifiers extra = press.at.modifiers & ~view.bindings.boxSelect.modifiers;
        m_adds = extra != Qt::NoModifier && extra == view.bindings.addToSelection;
        m_toggles = extra != Qt::NoModifier && extra == view.bindings.toggleInSelection;
    }
    void move(const PointerAt &at) override
    {
        if (m_view.state.box)
            m_view.markScene(*m_view.state.box);
        const QRectF box = QRectF(m_from, at.scene).normalized();
        m_view.state.box = box;
        m_view.markScene(box);
        GraphSelection next;
        if (m_adds || m_toggles)
            next = m_before;
        bool holdsNodes = false;
        for (const int index : m_view.scene.nodesIn(box))
            if (m_view.scene.node(index).card().intersects(box)) {
                take(next.nodes, m_before.nodes, m_view.scene.node(index).data.id);
                holdsNodes = true;
            }
        for (const SceneFrame &frame : m_view.scene.frames())
            if (box.contains(frame.rect))
                take(next.frames, m_before.frames, frame.data.id);
        // Wires go with their nodes; by itself, a box over wires takes these.
        for (const int index : holdsNodes ? std::vector<int>() : m_view.scene.wiresIn(box))
            if (m_view.scene.wire(index).isAlive && touchesRect(m_view.scene.wire(index).line, box))
                take(next.wires, m_before.wires, m_view.scene.wire(index).data.id);
        m_view.setSelection(next);
    }
    void finish(const PointerAt &at) override { move(at); }
    void cancel() override { m_view.setSelection(m_before); }

private:
    void take(QSet<QString> &into, const QSet<QString> &before, const QString &id) const
    {
        if (m_toggles && before.contains(id))
            into.remove(id);
        else
            into.insert(id);
    }

    QPointF m_from;
    GraphSelection m_before;
    bool m_adds = false;
    bool m_toggles = false;
};

/// A line drawn across wires (knife, reroute) or nodes (bypass).
class StrokeGesture final : public Gesture {
public:
    StrokeGesture(GraphViewPrivate &view, const PointerPress &press, StrokeKind kind)
        : Gesture(view)
    {
        view.state.strokeKind = kind;
        view.state.stroke = {press.at.scene};
    }
    void move(const PointerAt &at) override
    {
        QPolygonF &stroke = m_view.state.stroke;
        if (QLineF(stroke.last(), at.scene).length() < m_view.inScene(3))
            return;
        m_view.markScene(QRectF(stroke.last(), at.scene).normalized());
        stroke.append(at.scene);
    }
    void finish(const PointerAt &at) override
    {
        move(at);
        const QPolygonF stroke = m_view.state.stroke;
        if (m_view.state.strokeKind == StrokeKind::Bypass)
            bypass(stroke);
        else
            crossWires(stroke);
    }

private:
    void bypass(const QPolygonF &stroke)
    {
        QStringList nodes;
        for (const int index : m_view.scene.nodesIn(stroke.boundingRect()))
            if (touchesRect(stroke, m_view.scene.node(index).card()))
                nodes.append(m_view.scene.node(index).data.id);
        if (!nodes.isEmpty())
            emit m_view.q->bypassRequested(nodes);
    }
    void crossWires(const QPolygonF &stroke)
    {
        QStringList wires;
        QList<QPointF> points;
        for (const int index : m_view.scene.wiresIn(stroke.boundingRect())) {
            QPointF at;
            if (!crosses(m_view.scene.wire(index).line, stroke, &at))
                continue;
            wires.append(m_view.scene.wire(index).data.id);
            points.append(at);
        }
        if (wires.isEmpty())
            return;
        if (m_view.state.strokeKind == StrokeKind::Knife)
            emit m_view.q->knifeRequested(wires);
        else
            emit m_view.q->rerouteRequested(wires, points);
    }
};

} // namespace

std::unique_ptr<Gesture> makePanGesture(GraphViewPrivate &view, const PointerPress &press)
{
    return std::make_unique<PanGesture>(view, press);
}

std::unique_ptr<Gesture> makeBoxGesture(GraphViewPrivate &view, const PointerPress &press)
{
    return std::make_unique<BoxGesture>(view, press);
}

std::unique_ptr<Gesture> makeStrokeGesture(GraphViewPrivate &view, const PointerPress &press)
{
    const PointerChord chord{press.button, press.at.modifiers};
    if (chord == view.bindings.knife)
        return std::make_unique<StrokeGesture>(view, press, StrokeKind::Knife);
    if (chord == view.bindings.rerouteStroke)
        return std::make_unique<StrokeGesture>(view, press, StrokeKind::Reroute);
    if (chord == view.bindings.bypassStroke)
        return std::make_unique<StrokeGesture>(view, press, StrokeKind::Bypass);
    return nullptr;
}

} // namespace espalier
