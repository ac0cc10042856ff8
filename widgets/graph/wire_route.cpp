// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/wire_route.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace espalier {
namespace {

constexpr qreal kClearance = 22; ///< between a lane and the nodes beside it
constexpr qreal kTouch = 8; ///< nearer than this to a node counts as crossing it
constexpr int kMostLanes = 24; ///< tried before the direct curve is taken after all
constexpr int kMostObstacles = 400; ///< of a wire across the whole drawing: no lane is looked for
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

std::vector<qreal> lanesBy(const std::vector<Obstacle> &obstacles, qreal from, qreal to)
{
    std::vector<qreal> lanes{from, to}; // straight on, and one bend late or early
    for (const Obstacle &obstacle : obstacles) {
        lanes.push_back(obstacle.rect.top() - kClearance);
        lanes.push_back(obstacle.rect.bottom() + kClearance);
    }
    const auto cost = [&](qreal lane) { return std::abs(lane - from) + std::abs(lane - to); };
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

WireRoute routeWire(const WireEnds &ends, GraphDirection direction, const SpatialIndex &obstacles)
{
    const QPointF a = turned(ends.from, direction);
    const QPointF b = turned(ends.to, direction);
    const auto lineOf
        = [&](const WireRoute &route) { return wireLine(wirePath(a, b, GraphDirection::LeftToRight, route)); };
    const QPolygonF direct = lineOf({});
    std::vector<Obstacle> near = within(direct.boundingRect(), ends, obstacles);
    if (near.size() > kMostObstacles || isFree(direct, near))
        return {};
    const QRectF box = QRectF(a, b).normalized();
    near = within(box.adjusted(-240, -480, 240, 480), ends, obstacles);
    if (near.size() > kMostObstacles)
        return {};
    const bool isBack = b.x() < a.x() + 2 * kBends[1];
    for (const qreal lane : lanesBy(near, a.y(), b.y())) {
        if (isBack) {
            const WireRoute route{true, lane, a.x() + 1, std::min(b.x(), a.x())};
            if (isFree(lineOf(route), near))
                return route;
            continue;
        }
        const auto bendIn = freeBend(a, lane, 1, near);
        const auto bendOut = freeBend(b, lane, -1, near);
        if (!bendIn || !bendOut || *bendIn + *bendOut > b.x() - a.x())
            continue;
        const WireRoute route{true, lane, a.x() + *bendIn, b.x() - *bendOut};
        if (isFree(lineOf(route), near))
            return route;
    }
    return {};
}

std::vector<WireRoute> routeWires(const std::vector<WireEnds> &wires, GraphDirection direction,
                                  const std::vector<QRectF> &nodes, const std::atomic<bool> &isCancelled)
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
    std::vector<WireRoute> routes(wires.size());
    for (size_t i = 0; i < wires.size() && !isCancelled.load(std::memory_order_relaxed); ++i)
        routes[i] = routeWire(wires[i], direction, index);
    return routes;
}

} // namespace espalier
