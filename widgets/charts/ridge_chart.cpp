// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/ridge_chart.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr double kHeight = 0.42; ///< of the picture, that the highest hill may take
constexpr int kBins = 100;

} // namespace

struct RidgeChart::Ridges {
    QRectF plot;
    AxisMap values;
    std::vector<qsizetype> frames;
    double highest = 0; ///< share of the fullest bin
    double height = 0; ///< px of that bin

    double base(double index) const
    {
        const double span = plot.height() - height;
        return frames.size() < 2 ? plot.bottom() : plot.top() + height + span * index / double(frames.size() - 1);
    }
};

RidgeChart::RidgeChart(QWidget *parent)
    : HistogramChart(parent)
{
}

RidgeChart::Ridges RidgeChart::ridgesFor(const QRectF &rect) const
{
    const Theme &theme = Theme::current();
    const QFontMetricsF metrics(theme.font(TextSize::Caption));
    Ridges made;
    made.plot = rect.adjusted(0, 0, 0, -metrics.height() - theme.space(Space::Tiny));
    made.frames = chosenFrames(std::clamp(int(made.plot.height() / theme.px(9)), 2, 40));
    std::tie(made.values.from, made.values.to) = valueRange(made.frames);
    made.values.start = made.plot.left();
    made.values.end = std::max(made.plot.right(), made.plot.left() + 1);
    for (const qsizetype i : made.frames) {
        const HistogramFrame &frame = frames().at(i);
        const double all = frame.count();
        if (all <= 0)
            continue;
        for (const float count : frame.resampled(made.values.from, made.values.to, kBins))
            made.highest = std::max(made.highest, double(count) / all);
    }
    made.height = made.plot.height() * (made.frames.size() < 2 ? 0.9 : kHeight);
    return made;
}

QPolygonF RidgeChart::outline(const Ridges &ridges, qsizetype index, double base) const
{
    const HistogramFrame &frame = frames().at(index);
    QPolygonF line;
    const double all = frame.count();
    if (all <= 0 || ridges.highest <= 0)
        return line;
    const std::vector<float> counts = frame.resampled(ridges.values.from, ridges.values.to, kBins);
    const double wide = ridges.plot.width() / kBins;
    line.reserve(kBins + 2);
    line << QPointF(ridges.plot.left(), base);
    for (int b = 0; b < kBins; ++b)
        line << QPointF(ridges.plot.left() + (b + 0.5) * wide,
                        base - double(counts[size_t(b)]) / all / ridges.highest * ridges.height);
    line << QPointF(ridges.plot.right(), base);
    return line;
}

void RidgeChart::paintFrames(QPainter &painter, const QRectF &rect) const
{
    const Theme &theme = Theme::current();
    const Ridges ridges = ridgesFor(rect);
    const auto count = double(ridges.frames.size());
    for (size_t i = 0; i < ridges.frames.size(); ++i) {
        const double share = count < 2 ? 1 : double(i) / (count - 1);
        const QPolygonF line = outline(ridges, ridges.frames[i], ridges.base(double(i)));
        painter.setPen(Qt::NoPen);
        painter.setBrush(mixed(colour(), theme.panel, 0.35 + 0.65 * share));
        painter.drawPolygon(line);
        painter.setPen(QPen(theme.panel, 1));
        painter.drawPolyline(line);
    }
    painter.setFont(theme.font(TextSize::Caption));
    painter.setPen(theme.muted);
    const QFontMetricsF metrics(painter.font());
    const QList<double> ticks
        = axisTicks(ridges.values, std::clamp(int(ridges.plot.width() / theme.px(64)), 1, 6), AxisUnit::Number);
    for (const double tick : ticks) {
        const QString text = tickText(tick, ticks, AxisUnit::Number);
        const qreal wide = figuresWidth(painter.font(), text);
        const qreal left = std::clamp(ridges.values.toPixel(tick) - wide / 2, rect.left(),
                                      std::max(rect.left(), rect.right() - wide));
        drawFigures(&painter, QRectF(left, ridges.plot.bottom() + theme.space(Space::Tiny), wide, metrics.height()),
                    Qt::AlignLeft | Qt::AlignVCenter, text);
    }
}

void RidgeChart::paintMarked(QPainter &painter, const QRectF &rect, qsizetype frame, bool isPointed) const
{
    const Theme &theme = Theme::current();
    const Ridges ridges = ridgesFor(rect);
    // A frame between two of those that are drawn has its own place between them.
    const auto behind = std::lower_bound(ridges.frames.begin(), ridges.frames.end(), frame);
    if (behind == ridges.frames.end())
        return;
    auto index = double(behind - ridges.frames.begin());
    if (*behind != frame && behind != ridges.frames.begin())
        index -= double(*behind - frame) / double(*behind - *std::prev(behind));
    painter.setPen(QPen(isPointed ? theme.text : theme.selection, isPointed ? 1.5 : 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(outline(ridges, frame, ridges.base(index)));
}

qsizetype RidgeChart::frameAt(const QRectF &rect, const QPointF &at) const
{
    const Ridges ridges = ridgesFor(rect);
    if (!ridges.plot.contains(at) || ridges.frames.empty())
        return -1;
    for (size_t i = ridges.frames.size(); i-- > 0;) { // from the front
        const QPolygonF line = outline(ridges, ridges.frames[i], ridges.base(double(i)));
        if (line.containsPoint(at, Qt::OddEvenFill))
            return ridges.frames[i];
    }
    return -1;
}

} // namespace espalier
