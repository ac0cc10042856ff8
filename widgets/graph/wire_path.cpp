// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/wire_path.h"

#include <QtCore/QLineF>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr qreal kLeastReach = 24; ///< how far a wire runs along the flow before it bends
constexpr qreal kMostReach = 220;
constexpr qreal kLoopReach = 72; ///< of a wire that runs back

QPointF turned(const QPointF &point, GraphDirection direction)
{
    return direction == GraphDirection::LeftToRight ? point : QPointF(point.y(), point.x());
}

qreal reachOf(qreal along, qreal across)
{
    if (along >= 0)
        return std::clamp(along / 2, std::min(kLeastReach, along / 2 + std::abs(across) / 4), kMostReach);
    return std::min(kMostReach, kLoopReach - along / 4);
}

} // namespace

QPainterPath wirePath(const QPointF &from, const QPointF &to, GraphDirection direction, const WireRoute &route)
{
    const QPointF a = turned(from, direction);
    const QPointF b = turned(to, direction);
    const auto at = [direction](qreal along, qreal across) { return turned(QPointF(along, across), direction); };
    QPainterPath path(from);
    if (!route.isRouted) {
        const qreal reach = reachOf(b.x() - a.x(), b.y() - a.y());
        path.cubicTo(at(a.x() + reach, a.y()), at(b.x() - reach, b.y()), to);
        return path;
    }
    const bool isBack = route.begin > route.end;
    const qreal out = !isBack ? (route.begin - a.x()) / 2 : route.loopOut > 0 ? route.loopOut : kLoopReach;
    const qreal in = !isBack ? (b.x() - route.end) / 2 : route.loopIn > 0 ? route.loopIn : kLoopReach;
    const qreal turn = isBack ? out : -out;
    const qreal turnIn = isBack ? -in : in;
    path.cubicTo(at(a.x() + out, a.y()), at(route.begin + turn, route.lane), at(route.begin, route.lane));
    path.lineTo(at(route.end, route.lane));
    path.cubicTo(at(route.end + turnIn, route.lane), at(b.x() - in, b.y()), to);
    return path;
}

QPolygonF wireLine(const QPainterPath &path, int pointsACurve)
{
    QPolygonF line;
    for (int i = 0; i < path.elementCount(); ++i) {
        const QPainterPath::Element element = path.elementAt(i);
        if (element.type != QPainterPath::CurveToElement) {
            line.append(element);
            continue;
        }
        const QPointF p0 = line.last();
        const QPointF p1 = element;
        const QPointF p2 = path.elementAt(i + 1);
        const QPointF p3 = path.elementAt(i + 2);
        i += 2;
        for (int step = 1; step <= pointsACurve; ++step) {
            const qreal t = qreal(step) / pointsACurve;
            const qreal s = 1 - t;
            line.append(s * s * s * p0 + 3 * s * s * t * p1 + 3 * s * t * t * p2 + t * t * t * p3);
        }
    }
    return line;
}

namespace {

QPointF nearestOnSegment(const QPointF &a, const QPointF &b, const QPointF &point)
{
    const QPointF d = b - a;
    const qreal square = QPointF::dotProduct(d, d);
    const qreal t = square > 0 ? std::clamp(QPointF::dotProduct(point - a, d) / square, 0.0, 1.0) : 0;
    return a + t * d;
}

} // namespace

QPointF nearestOn(const QPolygonF &line, const QPointF &point)
{
    QPointF best = line.isEmpty() ? QPointF() : line.first();
    qreal least = QLineF(best, point).length();
    for (int i = 1; i < line.size(); ++i) {
        const QPointF here = nearestOnSegment(line[i - 1], line[i], point);
        const qreal length = QLineF(here, point).length();
        if (length < least) {
            least = length;
            best = here;
        }
    }
    return best;
}

qreal distanceTo(const QPolygonF &line, const QPointF &point)
{
    return QLineF(nearestOn(line, point), point).length();
}

bool crosses(const QPolygonF &line, const QPolygonF &other, QPointF *at)
{
    if (line.size() < 2 || other.size() < 2)
        return false;
    for (int i = 1; i < line.size(); ++i) {
        const QLineF segment(line[i - 1], line[i]);
        for (int j = 1; j < other.size(); ++j) {
            QPointF point;
            if (segment.intersects(QLineF(other[j - 1], other[j]), &point) == QLineF::BoundedIntersection) {
                if (at)
                    *at = point;
                return true;
            }
        }
    }
    return false;
}

bool touchesRect(const QPolygonF &line, const QRectF &rect)
{
    const QPolygonF outline{rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft(), rect.topLeft()};
    for (int i = 0; i < line.size(); ++i) {
        if (rect.contains(line[i]))
            return true;
        if (i == 0)
            continue;
        const QRectF box = QRectF(line[i - 1], line[i]).normalized();
        if (box.right() < rect.left() || box.left() > rect.right() || box.bottom() < rect.top()
            || box.top() > rect.bottom())
            continue;
        if (crosses({line[i - 1], line[i]}, outline))
            return true;
    }
    return false;
}

QPointF middleOf(const QPolygonF &line)
{
    qreal total = 0;
    for (int i = 1; i < line.size(); ++i)
        total += QLineF(line[i - 1], line[i]).length();
    qreal left = total / 2;
    for (int i = 1; i < line.size(); ++i) {
        const QLineF segment(line[i - 1], line[i]);
        if (segment.length() >= left && segment.length() > 0)
            return segment.pointAt(left / segment.length());
        left -= segment.length();
    }
    return line.isEmpty() ? QPointF() : line.last();
}

} // namespace espalier
