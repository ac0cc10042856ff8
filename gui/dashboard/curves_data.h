// SPDX-License-Identifier: GPL-3.0-or-later
// From the store's tags to charts: one a metric, train and validation of it together.
#pragma once

#include "widgets/charts/time_chart.h"

namespace espalier {

class Dashboard;

/// What one chart shows.
struct CurveData {
    QString key; ///< of the metric
    QString title;
    QString help;
    bool isPercent = false;
    bool isPinned = false;
    bool isExact = false; ///< a rate, a counter: there is no noise to smooth away
    QList<ChartSeries> series; ///< their keys: the run's directory, a line feed, the tag
    QList<ChartMark> marks;
};

/// Of the shown runs, in the order of the grid.
QList<CurveData> curvesOf(const Dashboard &dashboard);

/// How the person wants curves to be drawn.
void applyLook(TimeChart &chart, const CurveData &curves, const Dashboard &dashboard);

} // namespace espalier
