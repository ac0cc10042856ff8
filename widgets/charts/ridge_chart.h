// SPDX-License-Identifier: GPL-3.0-or-later
// Histograms over time as a range of hills: the oldest behind, the newest in front.
#pragma once

#include "widgets/charts/histogram_chart.h"

namespace espalier {

class RidgeChart : public HistogramChart {
    Q_OBJECT
public:
    explicit RidgeChart(QWidget *parent = nullptr);

protected:
    void paintFrames(QPainter &painter, const QRectF &rect) const override;
    void paintMarked(QPainter &painter, const QRectF &rect, qsizetype frame, bool isPointed) const override;
    qsizetype frameAt(const QRectF &rect, const QPointF &at) const override;

private:
    struct Ridges;
    Ridges ridgesFor(const QRectF &rect) const;
    QPolygonF outline(const Ridges &ridges, qsizetype frame, double base) const;
};

} // namespace espalier
