// SPDX-License-Identifier: GPL-3.0-or-later
// The curve of a wire: leaves and arrives along the flow, directly or by a lane that passes what is in the way.
#pragma once

#include "widgets/graph/graph_selection.h"

#include <QtCore/QPointF>
#include <QtGui/QPainterPath>
#include <QtGui/QPolygonF>

namespace espalier {

/// The straight middle of a wire that goes round something. Along and across are x and y from left to right, y and x
/// from top to bottom.
struct WireRoute {
    bool isRouted = false; ///< false: directly
    qreal lane = 0; ///< across
    qreal begin = 0; ///< along, where the lane begins; beyond `end` when it runs back
    qreal end = 0;
    qreal loopOut = 0; ///< of one that runs back: how far its turns reach; 0 as usual
    qreal loopIn = 0;
    friend bool operator==(const WireRoute &, const WireRoute &) = default;
};

QPainterPath wirePath(const QPointF &from, const QPointF &to, GraphDirection direction, const WireRoute &route = {});

/// The same as a line of few points (for hits, cuts and far zooms).
QPolygonF wireLine(const QPainterPath &path, int pointsACurve = 16);

qreal distanceTo(const QPolygonF &line, const QPointF &point);
/// The point of `line` nearest to `point`.
QPointF nearestOn(const QPolygonF &line, const QPointF &point);
/// Whether two lines cross, and where first along `line`.
bool crosses(const QPolygonF &line, const QPolygonF &other, QPointF *at = nullptr);
bool touchesRect(const QPolygonF &line, const QRectF &rect);
/// The point at half the length.
QPointF middleOf(const QPolygonF &line);

} // namespace espalier
