// SPDX-License-Identifier: GPL-3.0-or-later
// What lies at a point of the scene.
#include "widgets/graph/graph_scene.h"

#include <limits>

namespace espalier {
namespace {

constexpr qreal kFrameTitleHeight = 32;

struct NearPort {
    qreal distance = std::numeric_limits<qreal>::max();
    GraphSpot spot;
};

void lookAtPorts(const SceneNode &node, bool isOutput, GraphDirection direction, const QPointF &point, qreal reach,
                 NearPort &nearest)
{
    const QList<GraphPort> &ports = isOutput ? node.data.outputs : node.data.inputs;
    const QList<NodeLayout::Port> &places = isOutput ? node.layout.outputs : node.layout.inputs;
    // A dot's middle moves it: only what is outside of it begins a wire.
    if (node.data.form == NodeForm::Dot && node.card().contains(point)) {
        const QPointF off = point - node.card().center();
        const qreal along = direction == GraphDirection::LeftToRight ? off.x() : off.y();
        if (isOutput ? along < kDotSize / 4 : along > -kDotSize / 4)
            return;
    }
    for (int i = 0; i < ports.size(); ++i) {
        if (!places[i].isShown)
            continue;
        const qreal distance = QLineF(point, node.port(i, isOutput)).length();
        if (distance <= reach && distance < nearest.distance)
            nearest = {distance, {isOutput ? GraphPart::Output : GraphPart::Input, node.data.id, ports[i].name}};
    }
}

GraphSpot frameAt(const SceneFrame &frame, const QPointF &point, qreal edge, qreal leastTitle)
{
    if (!frame.rect.adjusted(-edge, -edge, edge, edge).contains(point))
        return {};
    const qreal inside
        = std::min(edge, kFrameTitleHeight / 3); // from afar, too, something of the title is left to hold
    if (!frame.rect.adjusted(inside, inside, -inside, -inside).contains(point))
        return {GraphPart::FrameEdge, frame.data.id, {}};
    if (point.y() < frame.rect.top() + std::max(kFrameTitleHeight, leastTitle))
        return {GraphPart::Frame, frame.data.id, {}};
    return {};
}

} // namespace

GraphSpot GraphScene::frameSpotAt(const QPointF &point, qreal edgeReach, qreal leastTitle) const
{
    GraphSpot found;
    qreal least = std::numeric_limits<qreal>::max();
    for (const SceneFrame &frame : m_frames) { // the smallest lies on top
        const GraphSpot spot = frameAt(frame, point, edgeReach, leastTitle);
        const qreal area = frame.rect.width() * frame.rect.height();
        if (spot.part != GraphPart::Nothing && area < least) {
            found = spot;
            least = area;
        }
    }
    return found;
}

GraphSpot GraphScene::spotAt(const QPointF &point, const HitReach &with) const
{
    const qreal reach = std::max(with.port, 1.0);
    const std::vector<int> nodes = nodesIn(QRectF(point, QSizeF()).adjusted(-reach, -reach, reach, reach));
    NearPort nearest;
    if (with.port > 0) {
        for (const int index : nodes) {
            lookAtPorts(node(index), true, m_direction, point, with.port, nearest);
            lookAtPorts(node(index), false, m_direction, point, with.port, nearest);
        }
    }
    if (nearest.spot.part != GraphPart::Nothing)
        return nearest.spot;
    for (auto index = nodes.rbegin(); index != nodes.rend(); ++index)
        if (node(*index).card().contains(point))
            return {GraphPart::Node, node(*index).data.id, {}};
    const GraphSpot frame = frameSpotAt(point, with.edge, with.title);
    if (frame.part == GraphPart::Frame)
        return frame; // a wire can be had elsewhere, a frame by its title only
    const QString wire = wireNear(point, with.wire);
    return wire.isEmpty() ? frame : GraphSpot{GraphPart::Wire, wire, {}};
}

QString GraphScene::wireNear(const QPointF &point, qreal reach, const QSet<QString> &without) const
{
    QString found;
    qreal least = reach;
    for (const int index : wiresIn(QRectF(point, QSizeF()).adjusted(-reach, -reach, reach, reach))) {
        const SceneWire &each = wire(index);
        if (without.contains(each.data.from.node) || without.contains(each.data.to.node))
            continue;
        const qreal distance = distanceTo(each.line, point);
        if (distance <= least) {
            least = distance;
            found = each.data.id;
        }
    }
    return found;
}

} // namespace espalier
