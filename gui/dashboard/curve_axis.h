// SPDX-License-Identifier: GPL-3.0-or-later
// From values to pixels and back, and where the ticks of an axis stand.
#pragma once

#include <vector>

namespace espalier {

/// One axis of a chart. Logarithms of what is not positive lie at the lower end.
struct AxisScale {
    enum class Kind { Linear, Log, SymLog };
    Kind kind = Kind::Linear;
    double from = 0; ///< value at `start`
    double to = 1; ///< value at `end`
    double start = 0; ///< px
    double end = 1;
    double linearTo = 1e-3; ///< SymLog: linear between -linearTo and linearTo

    double warped(double value) const;
    double unwarped(double warped) const;
    double toPixel(double value) const;
    double toValue(double pixel) const;
};

/// About `count` round values within the scale, ascending.
std::vector<double> scaleTicks(const AxisScale &scale, int count);
/// Widens to round ends, so that lines do not touch the frame; a single value gets room on both sides.
void roundEnds(AxisScale &scale, int count);

} // namespace espalier
