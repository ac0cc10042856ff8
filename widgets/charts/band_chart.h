// SPDX-License-Identifier: GPL-3.0-or-later
// How values spread over time: bands between percentiles, as TensorBoard's Distributions draws them.
#pragma once

#include "widgets/charts/histogram_chart.h"

namespace espalier {

class BandChart : public HistogramChart {
    Q_OBJECT
public:
    explicit BandChart(QWidget *parent = nullptr);

protected:
    void paintFrames(QPainter &painter, const QRectF &rect) const override;
};

} // namespace espalier
