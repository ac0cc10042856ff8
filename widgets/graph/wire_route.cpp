// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/wire_route.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace espalier {
namespace {

constexpr qreal kClearance = 22; ///< between a lane and the nodes beside it
constexpr qreal kTouch = 8; ///< nearer than this to a node counts as crossing it
constexpr qreal kOtherSide = 64; ///< a lane on the wrong side counts as so much farther
constexpr qreal kLaneGap = 12; ///< between lanes beside each other
constexpr int kLanesBeside = 3; ///< of each node, each side
constexpr int kMostLanes = 60; ///< tried before the direct curve is taken after all
constexpr int kMostObstacles = 400; ///< of a wire across the whole drawing: no lane is looked for
constexpr qreal kLoops[] = {72, 44, 28}; ///< how far the turns of a wire that runs back reach
constexpr qreal kBends[] = {56, 32, 18, 104, 168}; ///< lengths of the bend into the lane and out of it

QPointF turned(const QPointF &point, GraphDirection direction)
{
    return direction == GraphDirection::LeftToRight ? point : QPointF(point.y(), point.x());
}

struct Obstacle {
    QRectF rect;
    bool isEnd = false; ///< a node that the wire belongs to
};

/// Its own nodes are in the way too, but for the port itself: they shrink by more than a port.
QRectF solid(const Obstacle &obstacle)
{
    if (!obstacle.isEnd)
        return obstacle.rect.adjusted(-kTouch, -kTouch, kTouch, kTouch);
    const qreal by = std::min({12.0, obstacle.rect.width() / 3, obstacle.rect.height() / 3});
    return obstacle.rect.adjusted(by, by, -by, -by);
}

bool isFree(const QPolygonF &line, const std::vector<Obstacle> &obstacles)
{
    return std::none_of(obstacles.begin(), obstacles.end(),
                        [&](const Obstacle &obstacle) { return touchesRect(line, solid(obstacle)); });
}

std::vector<Obstacle> within(const QRectF &area, const WireEnds &ends, const SpatialIndex &index)
{
    std::vector<Obstacle> list;
    for (const int id : index.find(area))
        list.push_back({index.rect(id), id == ends.fromNode || id == ends.toNode});
    return list;
}

/// A lane on the side of the node where its port isn't would cross the wires of the other ports.
bool isOnOtherSide(qreal lane, qreal port, const QRectF &node)
{
    constexpr qreal kMiddle = 4;
    const qreal off = port - node.center().y();
    return !node.isEmpty() && std::abs(off) > kMiddle && lane != port && (lane > port) != (off > 0);
}

std::vector<qreal> lanesBy(const std::vector<Obstacle> &obstacles, const QPointF &from, const QPointF &to,
                           const QRectF &fromNode, const QRectF &toNode)
{
    std::vector<qreal> lanes{from.y(), to.y()}; // straight on, and one bend late or early
    for (const Obstacle &obstacle : obstacles) {
        for (int beside = 0; beside < kLanesBeside; ++beside) {
            lanes.push_back(obstacle.rect.top() - kClearance - beside * kLaneGap);
            lanes.push_back(obstacle.rect.bottom() + kClearance + beside * kLaneGap);
        }
    }
    const auto cost = [&](qreal lane) {
        return std::abs(lane - from.y()) + std::abs(lane - to.y())
            + (isOnOtherSide(lane, to.y(), toNode) ? kOtherSide : 0)
            + (isOnOtherSide(lane, from.y(), fromNode) ? kOtherSide / 2 : 0);
    };
    std::sort(lanes.begin(), lanes.end(), [&](qreal a, qreal b) {
        return cost(a) != cost(b) ? cost(a) < cost(b) : a > b; // below rather than above
    });
    lanes.erase(std::unique(lanes.begin(), lanes.end()), lanes.end());
    if (lanes.size() > kMostLanes)
        lanes.resize(kMostLanes);
    return lanes;
}

/// The length of a bend between a port and a lane that crosses nothing. `way`: 1 after the wire's begin, -1 before its
/// end.
std::optional<qreal> freeBend(const QPointF &port, qreal lane, int way, const std::vector<Obstacle> &obstacles)
{
    for (const qreal bend : kBends) {
        QPainterPath path(port);
        const qreal reach = way * bend / 2;
        path.cubicTo(port.x() + reach, port.y(), port.x() + reach, lane, port.x() + way * bend, lane);
        if (isFree(wireLine(path), obstacles))
            return bend;
    }
    return std::nullopt;
}

} // namespace

void LaneBook::add(const WireRoute &route, const QPointF &from)
{
    if (!route.isRouted)
        return;
    m_lanes.insert(int(m_from.size()),
                   QRectF(QPointF(route.begin, route.lane), QPointF(route.end, route.lane)).normalized());
    m_from.push_back(from);
}

bool LaneBook::isTaken(const WireRoute &route, const QPointF &from) const
{
    constexpr qreal kNear = kLaneGap - 2;
    const QRectF strip = QRectF(QPointF(route.begin, route.lane), QPointF(route.end, route.lane)).normalized();
    const std::vector<int> near = m_lanes.find(strip.adjusted(0, -kNear, 0, kNear));
    return std::any_of(near.begin(), near.end(), [&](int lane) { return m_from[static_cast<size_t>(lane)] != from; });
}

namespace {

/// The reach of a turn between a port and the lane on which the wire runs back.
std::optional<qreal> freeLoop(const QPointF &port, const QPointF &lane, int way, const std::vector<Obstacle> &obstacles)
{
    for (const qreal reach : kLoops) {
        QPainterPath path(port);
        path.cubicTo(port.x() + way * reach, port.y(), lane.x() + way * reach, lane.y(), lane.x(), lane.y());
        if (isFree(wireLine(path), obstacles))
            return reach;
    }
    return std::nullopt;
}

/// The lane as this wire would take it, if nothing is in the way there.
std::optional<WireRoute> routeIn(qreal lane, const QPointF &a, const QPointF &b, const std::vector<Obstacle> &near)
{
    WireRoute route{true, lane, a.x() + 1, std::min(b.x(), a.x())};
    if (b.x() < a.x() + 2 * kBends[1]) { // it runs back
        const auto loopOut = freeLoop(a, QPointF(route.begin, lane), 1, near);
        const auto loopIn = loopOut ? freeLoop(b, QPointF(route.end, lane), -1, near) : std::nullopt;
        if (!loopIn)
            return std::nullopt;
        route.loopOut = *loopOut;
        route.loopIn = *loopIn;
    } else {
        const auto bendIn = freeBend(a, lane, 1, near);
        const auto bendOut = bendIn ? freeBend(b, lane, -1, near) : std::nullopt;
        if (!bendOut || *bendIn + *bendOut > b.x() - a.x())
            return std::nullopt;
        route.begin = a.x() + *bendIn;
        route.end = b.x() - *bendOut;
    }
    if (!isFree(wireLine(wirePath(a, b, GraphDirection::LeftToRight, route)), near))
        return std::nullopt;
    return route;
}

} // namespace

WireRoute routeWire(const WireEnds &ends, GraphDirection direction, const SpatialIndex &obstacles,
                    const LaneBook &lanes)
{
    const QPointF a = turned(ends.from, direction);
    const QPointF b = turned(ends.to, direction);
    const QPolygonF direct = wireLine(wirePath(a, b, GraphDirection::LeftToRight));
    std::vector<Obstacle> near = within(direct.boundingRect(), ends, obstacles);
    if (near.size() > kMostObstacles || isFree(direct, near))
        return {};
    const QRectF box = QRectF(a, b).normalized();
    near = within(box.adjusted(-240, -480, 240, 480), ends, obstacles);
    if (near.size() > kMostObstacles)
        return {};
    WireRoute shared; // upon another wire's lane, where all others are taken
    for (const qreal lane : lanesBy(near, a, b, obstacles.rect(ends.fromNode), obstacles.rect(ends.toNode))) {
        const std::optional<WireRoute> route = routeIn(lane, a, b, near);
        if (!route)
            continue;
        if (!lanes.isTaken(*route, a))
            return *route;
        if (!shared.isRouted)
            shared = *route;
    }
    return shared;
}

std::vector<WireRoute> routeWires(const std::vector<WireEnds> &wires, GraphDirection direction,
                                  const std::vector<QRectF> &nodes, LaneBook lanes,
                                  const std::atomic<bool> &isCancelled)
{
    SpatialIndex index;
    for (size_t i = 0; i < nodes.size(); ++i) {
        const QRectF &rect = nodes[i];
        if (!rect.isEmpty())
            index.insert(int(i),
                         direction == GraphDirection::LeftToRight
                             ? rect
                             : QRectF(rect.y(), rect.x(), rect.height(), rect.width()));
    }
    // Short wires first: they take the lanes next to the nodes, and long ones pass outside.
    std::vector<size_t> order(wires.size());
    std::iota(order.begin(), order.end(), 0);
    const auto length = [&](size_t i) { return (wires[i].to - wires[i].from).manhattanLength(); };
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return length(a) != length(b) ? length(a) < length(b) : wires[a].wire < wires[b].wire;
    });
    std::vector<WireRoute> routes(wires.size());
    for (const size_t i : order) {
        if (isCancelled.load(std::memory_order_relaxed))
            break;
        routes[i] = routeWire(wires[i], direction, index, lanes);
        lanes.add(routes[i], turned(wires[i].from, direction));
    }
    return routes;
}

} // namespace espalier
