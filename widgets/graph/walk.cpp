// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/walk.h"

#include <cmath>
#include <limits>

namespace espalier {
namespace {

constexpr qreal kAside = 2.5; ///< a step aside weighs so much more than a step ahead
constexpr qreal kWired = 0.4; ///< of the distance counts, to a node with a wire

QPointF unitOf(Qt::ArrowType direction)
{
    switch (direction) {
    case Qt::LeftArrow:
        return {-1, 0};
    case Qt::RightArrow:
        return {1, 0};
    case Qt::UpArrow:
        return {0, -1};
    default:
        return {0, 1};
    }
}

bool hasPorts(const SceneNode &node, bool isOutput)
{
    for (const NodeLayout::Port &port : isOutput ? node.layout.outputs : node.layout.inputs)
        if (port.isShown)
            return true;
    return false;
}

/// The shown ports of a side, in order.
QList<GraphSpot> portsOf(const SceneNode &node, bool isOutput)
{
    const QList<GraphPort> &ports = isOutput ? node.data.outputs : node.data.inputs;
    const QList<NodeLayout::Port> &places = isOutput ? node.layout.outputs : node.layout.inputs;
    QList<GraphSpot> list;
    for (int i = 0; i < ports.size(); ++i)
        if (places[i].isShown)
            list.append({isOutput ? GraphPart::Output : GraphPart::Input, node.data.id, ports[i].name});
    return list;
}

} // namespace

QString nodeTowards(const GraphScene &scene, const QString &from, Qt::ArrowType direction, const QPointF &centre)
{
    const int start = scene.nodeIndex(from);
    const QPointF origin = start < 0 ? centre : scene.node(start).card().center();
    QSet<int> wired;
    if (start >= 0) {
        for (const int wire : scene.wiresAt(start)) {
            wired.insert(scene.wire(wire).from);
            wired.insert(scene.wire(wire).to);
        }
    }
    const QPointF ahead = unitOf(direction);
    QString best;
    qreal least = std::numeric_limits<qreal>::max();
    for (size_t i = 0; i < scene.nodes().size(); ++i) {
        const SceneNode &node = scene.nodes()[i];
        if (!node.isAlive || int(i) == start)
            continue;
        const QPointF off = node.card().center() - origin;
        const qreal along = QPointF::dotProduct(off, ahead);
        const qreal aside = std::abs(off.x() * ahead.y() - off.y() * ahead.x());
        qreal cost = along + kAside * aside;
        if (start < 0)
            cost = QPointF::dotProduct(off, off);
        else if (along < 1 || aside > 3 * along + kNodeWidth)
            continue;
        else if (wired.contains(int(i)))
            cost *= kWired;
        if (cost < least) {
            least = cost;
            best = node.data.id;
        }
    }
    return best;
}

GraphSpot portTowards(const GraphScene &scene, const GraphSpot &from, Qt::ArrowType direction)
{
    const SceneNode *node = scene.node(from.id);
    if (!node)
        return from;
    const bool isAcross = scene.direction() == GraphDirection::LeftToRight;
    const bool toInputs = direction == (isAcross ? Qt::LeftArrow : Qt::UpArrow);
    const bool toOutputs = direction == (isAcross ? Qt::RightArrow : Qt::DownArrow);
    const bool isBack = direction == (isAcross ? Qt::UpArrow : Qt::LeftArrow);
    GraphSpot self{GraphPart::Node, from.id, {}};
    if (toInputs || toOutputs) {
        const bool isOutput = toOutputs;
        if (from.isPort() && (from.part == GraphPart::Output) == isOutput)
            return from;
        // From one side's port the other side lies past the node.
        if (from.isPort() || !hasPorts(*node, isOutput))
            return self;
        return portsOf(*node, isOutput).first();
    }
    const QList<GraphSpot> ports
        = from.isPort() ? portsOf(*node, from.part == GraphPart::Output) : portsOf(*node, false) + portsOf(*node, true);
    if (ports.isEmpty())
        return self;
    const qsizetype at = ports.indexOf(from);
    const qsizetype next = at < 0 ? (isBack ? ports.size() - 1 : 0) : at + (isBack ? -1 : 1);
    return next < 0 || next >= ports.size() ? self : ports[next];
}

} // namespace espalier
