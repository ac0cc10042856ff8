// SPDX-License-Identifier: GPL-3.0-or-later
// Histograms over time as a picture: steps to the right, values up, the fuller the bin the stronger the colour.
#pragma once

#include "widgets/charts/histogram_chart.h"

namespace espalier {

class HeatChart : public HistogramChart {
    Q_OBJECT
public:
    explicit HeatChart(QWidget *parent = nullptr);

protected:
    void paintFrames(QPainter &painter, const QRectF &rect) const override;
};

} // namespace espalier
