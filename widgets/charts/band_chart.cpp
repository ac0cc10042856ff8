// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/band_chart.h"

#include "widgets/common/theme.h"

#include <QtGui/QPainter>

#include <array>
#include <cmath>

namespace espalier {
namespace {

constexpr std::array kOpacity{0.16, 0.26, 0.38, 0.55}; ///< of the bands, from the widest to the narrowest
constexpr int kMostFrames = 1000;

} // namespace

BandChart::BandChart(QWidget *parent)
    : HistogramChart(parent)
{
}

void BandChart::paintFrames(QPainter &painter, const QRectF &rect) const
{
    const Axes axes = axesOverSteps(rect);
    paintValueTicks(painter, axes, true);
    paintStepTicks(painter, axes);
    const std::span<const double> points = distributionBasisPoints();
    std::vector<QPolygonF> lines(points.size());
    for (const qsizetype i : chosenFrames(std::min(kMostFrames, std::max(2, int(axes.plot.width()) * 2)))) {
        const HistogramFrame &frame = frames().at(i);
        if (frame.bins.empty())
            continue;
        const qreal x = axes.steps.toPixel(double(frame.step));
        for (size_t p = 0; p < points.size(); ++p)
            lines[p] << QPointF(x, axes.values.toPixel(frame.percentile(points[p])));
    }
    if (lines.front().size() == 1) { // one frame is a bar of some width
        for (QPolygonF &line : lines)
            line << line.first() + QPointF(Theme::current().px(8), 0);
    }
    painter.save();
    painter.setClipRect(axes.plot.adjusted(0, -1, 0, 1));
    painter.setPen(Qt::NoPen);
    for (size_t band = 0; band < lines.size() / 2; ++band) {
        QPolygonF outline = lines[band];
        const QPolygonF &upper = lines[lines.size() - 1 - band];
        for (auto at = upper.rbegin(); at != upper.rend(); ++at)
            outline << *at;
        painter.setBrush(mixed(colour(), Theme::current().panel, kOpacity.at(std::min(band, kOpacity.size() - 1))));
        painter.drawPolygon(outline);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour(), 1.6));
    painter.drawPolyline(lines[lines.size() / 2]);
    painter.restore();
}

} // namespace espalier
