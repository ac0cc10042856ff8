// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/walk.h"

#include "widgets/graph/graph_model.h"

#include <algorithm>
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

/// With or against the data, or to the next and the one before beside it.
enum class Step { With, Against, Next, Before };

Step stepOf(const GraphScene &scene, Qt::ArrowType direction)
{
    const bool isAcross = scene.direction() == GraphDirection::LeftToRight;
    if (direction == (isAcross ? Qt::RightArrow : Qt::DownArrow))
        return Step::With;
    if (direction == (isAcross ? Qt::LeftArrow : Qt::UpArrow))
        return Step::Against;
    return direction == (isAcross ? Qt::DownArrow : Qt::RightArrow) ? Step::Next : Step::Before;
}

/// The wires of a port, in the order of their other ends.
QStringList wiresAtPort(const GraphScene &scene, const GraphEnd &end, bool isOutput)
{
    QStringList ids = isOutput ? scene.model()->wiresFrom(end) : scene.model()->wiresInto(end);
    ids.removeIf([&](const QString &id) { return !scene.wire(id); });
    const bool isAcross = scene.direction() == GraphDirection::LeftToRight;
    std::sort(ids.begin(), ids.end(), [&](const QString &a, const QString &b) {
        const QPointF first = isOutput ? scene.wire(a)->b : scene.wire(a)->a;
        const QPointF second = isOutput ? scene.wire(b)->b : scene.wire(b)->a;
        const qreal by = isAcross ? first.y() - second.y() : first.x() - second.x();
        return by != 0 ? by < 0 : a < b;
    });
    return ids;
}

QList<const SceneFrame *> framesInOrder(const GraphScene &scene)
{
    QList<const SceneFrame *> frames;
    for (const SceneFrame &frame : scene.frames())
        frames.append(&frame);
    std::sort(frames.begin(), frames.end(), [](const SceneFrame *a, const SceneFrame *b) {
        if (a->rect.x() != b->rect.x())
            return a->rect.x() < b->rect.x();
        return a->rect.y() != b->rect.y() ? a->rect.y() < b->rect.y() : a->data.id < b->data.id;
    });
    return frames;
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
    const Step step = stepOf(scene, direction);
    const bool toInputs = step == Step::Against;
    const bool toOutputs = step == Step::With;
    const bool isBack = step == Step::Before;
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

GraphSpot wireTowards(const GraphScene &scene, const GraphSpot &from, Qt::ArrowType direction)
{
    const Step step = stepOf(scene, direction);
    const auto spotOf = [](const QString &wire) { return GraphSpot{GraphPart::Wire, wire, {}}; };
    if (from.isPort()) {
        const bool isOutput = from.part == GraphPart::Output;
        if (step != (isOutput ? Step::With : Step::Against))
            return {};
        const QStringList wires = wiresAtPort(scene, from.end(), isOutput);
        return wires.isEmpty() ? GraphSpot() : spotOf(wires.first());
    }
    const SceneWire *wire = from.part == GraphPart::Wire ? scene.wire(from.id) : nullptr;
    if (!wire)
        return {};
    const GraphWire &data = wire->data;
    if (step == Step::With)
        return {GraphPart::Input, data.to.node, data.to.port};
    if (step == Step::Against)
        return {GraphPart::Output, data.from.node, data.from.port};
    QStringList beside = wiresAtPort(scene, data.from, true);
    if (beside.size() < 2)
        beside = wiresAtPort(scene, data.to, false);
    const qsizetype at = beside.indexOf(data.id) + (step == Step::Next ? 1 : -1);
    return spotOf(at < 0 || at >= beside.size() ? data.id : beside[at]);
}

GraphSpot nextFrame(const GraphScene &scene, const GraphSpot &from)
{
    const QList<const SceneFrame *> frames = framesInOrder(scene);
    if (frames.isEmpty())
        return {};
    const SceneFrame *next = frames.first();
    if (from.part == GraphPart::Frame) {
        for (qsizetype i = 0; i + 1 < frames.size(); ++i)
            if (frames[i]->data.id == from.id)
                next = frames[i + 1];
    } else if (const SceneNode *node = scene.node(from.id)) {
        qreal least = std::numeric_limits<qreal>::max();
        for (const SceneFrame *frame : frames) {
            const qreal area = frame->rect.width() * frame->rect.height();
            if (!frame->rect.contains(node->card()) || area >= least)
                continue;
            next = frame;
            least = area;
        }
    }
    return {GraphPart::Frame, next->data.id, {}};
}

} // namespace espalier
