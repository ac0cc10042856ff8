// SPDX-License-Identifier: GPL-3.0-or-later
// Axes of charts: from values to pixels and back, round ends, ticks and their words.
#pragma once

#include <QtCore/QList>
#include <QtCore/QString>

#include <optional>
#include <utility>

namespace espalier {

enum class ChartScale { Linear, Logarithmic, SymmetricLog };

/// How the values of an axis are written.
enum class AxisUnit { Number, Percent, ClockTime, Duration };

/// One axis as it is drawn. What a logarithm doesn't know (zero and below) lies at the lower end.
struct AxisMap {
    ChartScale scale = ChartScale::Linear;
    double from = 0; ///< value at `start`
    double to = 1; ///< value at `end`
    double start = 0; ///< px
    double end = 1; ///< px; below `start` for an axis that goes up
    double linearTo = 1e-3; ///< SymmetricLog: about linear between -linearTo and linearTo

    double warped(double value) const;
    double unwarped(double warped) const;
    double toPixel(double value) const;
    double toValue(double pixel) const;
    bool operator==(const AxisMap &) const = default;
};

/// Widens [from, to] to ends that lie on four round steps of a linear axis, or on decades of a logarithmic one; an
/// empty range gets room on both sides.
std::pair<double, double> roundEnds(double from, double to, ChartScale scale, AxisUnit unit);

/// The x axis of curves: begins where they begin, ends on a round number, so that it moves seldom while a run goes on.
std::pair<double, double> roundEnd(double from, double to, AxisUnit unit);

/// At most about `most` round values within the axis, ascending.
QList<double> axisTicks(const AxisMap &axis, int most, AxisUnit unit);

/// How one of these ticks is written.
QString tickText(double value, const QList<double> &ticks, AxisUnit unit);

/// How a value of the axis is written in full.
QString axisValueText(double value, AxisUnit unit);

} // namespace espalier
