// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/heat_chart.h"

#include "widgets/common/theme.h"

#include <QtGui/QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace espalier {
namespace {

constexpr int kMostColumns = 600;
constexpr double kRowPx = 3; ///< height of a bin
constexpr double kGamma = 0.6; ///< lifts thin bins into sight

/// From the panel over the run's colour to the colour of text.
std::array<QRgb, 256> ramp(const QColor &colour)
{
    const Theme &theme = Theme::current();
    std::array<QRgb, 256> made{};
    for (int i = 0; i < 256; ++i) {
        const double share = i / 255.0;
        const QColor at = share < 0.75 ? mixed(colour, theme.panel, share / 0.75)
                                       : mixed(theme.text, colour, (share - 0.75) / 0.25 * 0.7);
        made[size_t(i)] = at.rgb();
    }
    return made;
}

} // namespace

HeatChart::HeatChart(QWidget *parent)
    : HistogramChart(parent)
{
}

void HeatChart::paintFrames(QPainter &painter, const QRectF &rect) const
{
    const Axes axes = axesOverSteps(rect);
    paintValueTicks(painter, axes, false);
    paintStepTicks(painter, axes);
    const qreal right = axes.steps.toPixel(double(frames().last().step));
    const QRectF place(axes.plot.left(), axes.plot.top(),
                       std::max(right - axes.plot.left(), std::min(axes.plot.width(), 8.0)), axes.plot.height());
    const int columns = std::clamp(int(place.width()), 1, kMostColumns);
    const int rows = std::max(4, int(place.height() / kRowPx));
    std::vector<std::vector<float>> shares; // of each column, equal frames once
    std::vector<int> of;
    qsizetype last = -1;
    double most = 0;
    for (int c = 0; c < columns; ++c) {
        const qreal x = place.left() + (c + 0.5) * place.width() / columns;
        const qsizetype at = frameAtStep(axes.steps.toValue(x));
        if (at != last) {
            const HistogramFrame &frame = frames().at(at);
            shares.push_back(frame.resampled(axes.values.from, axes.values.to, rows));
            const double all = frame.count();
            for (float &share : shares.back()) {
                share = all > 0 ? float(double(share) / all) : 0;
                most = std::max(most, double(share));
            }
            last = at;
        }
        of.push_back(int(shares.size()) - 1);
    }
    const std::array<QRgb, 256> colours = ramp(colour());
    QImage image(columns, rows, QImage::Format_RGB32);
    for (int y = 0; y < rows; ++y) {
        auto *const line = reinterpret_cast<QRgb *>(image.scanLine(y));
        for (int c = 0; c < columns; ++c) {
            const double share = double(shares[size_t(of[size_t(c)])][size_t(rows - 1 - y)]);
            const double level = most > 0 ? std::pow(share / most, kGamma) : 0;
            line[c] = colours[size_t(std::clamp(int(level * 255), 0, 255))];
        }
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(place, image);
}

} // namespace espalier
