// SPDX-License-Identifier: GPL-3.0-or-later
// What a screen reader hears of a chart: its title, and what the curves say where the crosshair stands.
#pragma once

namespace espalier {

class ChartView;

/// Lets QAccessible know of charts. More than once does no harm.
void installChartAccessibility();

/// Tells a screen reader, if one listens, what the chart says now.
void announceChart(ChartView *chart);

} // namespace espalier
