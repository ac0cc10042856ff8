// SPDX-License-Identifier: GPL-3.0-or-later
// This file is long because all that a chart can be told stands together; painting and input have files of their own.
#include "widgets/charts/time_chart.h"

#include "widgets/charts/chart_accessible.h"
#include "widgets/charts/chart_link.h"
#include "widgets/charts/smoothing.h"
#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtCore/QDateTime>
#include <QtGui/QFontMetricsF>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr qsizetype kSmoothedAtOnce = 200'000; ///< points between two events: a few milliseconds
constexpr qsizetype kRankedAtMost = 65'536; ///< values that the outlier rule looks at

} // namespace

TimeChart::TimeChart(QWidget *parent)
    : ChartView(parent)
{
    m_smoothing.setSingleShot(true);
    m_smoothing.setInterval(0);
    connect(&m_smoothing, &QTimer::timeout, this, [this] {
        smooth();
        changed();
    });
}

TimeChart::~TimeChart() = default;

void TimeChart::setSeries(const QList<ChartSeries> &series)
{
    m_series.clear();
    for (const ChartSeries &one : series)
        if (one.series)
            m_series.append(one);
    std::map<QString, std::unique_ptr<SmoothedSeries>> kept;
    for (const ChartSeries &one : m_series) {
        const auto found = m_smoothed.find(one.key);
        if (found != m_smoothed.end() && found->second && found->second->series() == one.series)
            kept[one.key] = std::move(found->second);
    }
    m_smoothed = std::move(kept);
    m_seen.clear();
    refresh();
    changed();
}

void TimeChart::refresh()
{
    std::vector<std::pair<qsizetype, qsizetype>> now;
    for (const ChartSeries &one : m_series)
        now.emplace_back(one.series->stored(), one.series->restarts());
    if (now == m_seen)
        return;
    m_seen = std::move(now);
    smooth();
    changed();
}

void TimeChart::smooth()
{
    if (m_weight <= 0)
        return;
    bool isDone = true;
    const qsizetype share = std::max<qsizetype>(kSmoothedAtOnce / std::max<qsizetype>(m_series.size(), 1), 1000);
    for (const ChartSeries &one : m_series) {
        auto &smoothed = m_smoothed[one.key];
        if (!smoothed || smoothed->weight() != m_weight || smoothed->series() != one.series)
            smoothed = std::make_unique<SmoothedSeries>(one.series, m_weight);
        isDone = smoothed->update(share) && isDone;
    }
    if (!isDone)
        m_smoothing.start();
}

void TimeChart::changed()
{
    m_isFrameValid = false;
    m_areCurvesValid = false;
    setDetailFromLatest();
    update();
}

void TimeChart::setDetailFromLatest()
{
    if (!m_hasOwnDetail)
        return;
    const ChartSeries *best = nullptr; // the validation of the first run tells more than its training
    for (const ChartSeries &one : m_series) {
        const bool isOfFirst = one.colour == m_series.first().colour;
        if (isOfFirst && !one.series->isEmpty() && (!best || (one.dashed && !best->dashed)))
            best = &one;
    }
    if (best)
        setDetail(best->label + u' ' + valueText(double(best->series->last()->value)));
    else
        setDetail(QString());
}

void TimeChart::setSmoothing(double weight)
{
    weight = std::clamp(std::isfinite(weight) ? weight : 0.0, 0.0, 1.0);
    if (weight == m_weight)
        return;
    m_weight = weight;
    m_smoothed.clear();
    smooth();
    changed();
}

void TimeChart::setXAxis(ChartX axis)
{
    if (axis == m_xAxis)
        return;
    m_xAxis = axis;
    m_xRange.reset();
    m_crosshair.reset();
    changed();
}

void TimeChart::setXLogarithmic(bool logarithmic)
{
    m_isXLogarithmic = logarithmic;
    changed();
}

void TimeChart::setYScale(ChartScale scale)
{
    m_yScale = scale;
    m_yRange.reset();
    changed();
}

void TimeChart::setPercent(bool percent)
{
    m_isPercent = percent;
    changed();
}

void TimeChart::setIgnoreOutliers(bool ignore)
{
    m_ignoresOutliers = ignore;
    changed();
}

void TimeChart::setMarks(const QList<ChartMark> &marks)
{
    m_marks = marks;
    changed();
}

void TimeChart::setTimeCursor(std::optional<qint64> step)
{
    if (step == m_cursor)
        return;
    m_cursor = step;
    update();
}

void TimeChart::setLink(ChartLink *link)
{
    if (m_link)
        m_link->disconnect(this);
    m_link = link;
    if (m_link) {
        connect(m_link, &ChartLink::crosshairChanged, this, [this] {
            update();
            if (hasFocus())
                announceChart(this);
        });
        connect(m_link, &ChartLink::rangeChanged, this, &TimeChart::changed);
    }
    changed();
}

void TimeChart::setLegendVisible(bool visible)
{
    m_showsLegend = visible;
    changed();
}

void TimeChart::fit()
{
    setYRange(std::nullopt);
    setXRange(std::nullopt);
}

void TimeChart::setXRange(std::optional<std::pair<double, double>> range)
{
    if (range && !(range->first < range->second))
        return;
    if (m_link)
        m_link->setRange(range);
    else
        m_xRange = range;
    changed();
}

void TimeChart::setYRange(std::optional<std::pair<double, double>> range)
{
    if (range && !(range->first < range->second))
        return;
    m_yRange = range;
    changed();
}

std::pair<double, double> TimeChart::shownX() const
{
    return {frame().x.from, frame().x.to};
}

std::pair<double, double> TimeChart::shownY() const
{
    return {frame().y.from, frame().y.to};
}

std::optional<double> TimeChart::crosshair() const
{
    return m_link ? m_link->crosshair() : m_crosshair;
}

void TimeChart::setCrosshair(std::optional<double> x)
{
    if (m_link) {
        m_link->setCrosshair(x);
        return;
    }
    if (x == m_crosshair)
        return;
    m_crosshair = x;
    update();
    if (hasFocus())
        announceChart(this);
}

AxisUnit TimeChart::xUnit() const
{
    switch (m_xAxis) {
    case ChartX::WallTime:
        return AxisUnit::ClockTime;
    case ChartX::RelativeTime:
        return AxisUnit::Duration;
    case ChartX::Step:
    case ChartX::Epoch:
        break;
    }
    return AxisUnit::Number;
}

AxisUnit TimeChart::yUnit() const
{
    return m_isPercent ? AxisUnit::Percent : AxisUnit::Number;
}

SeriesAxis TimeChart::seriesAxis() const
{
    return m_xAxis == ChartX::Step || m_xAxis == ChartX::Epoch ? SeriesAxis::Step : SeriesAxis::WallTime;
}

std::pair<double, double> TimeChart::offsetAndScale(const ChartSeries &series) const
{
    switch (m_xAxis) {
    case ChartX::Epoch:
        return {0, series.stepsPerEpoch > 0 ? 1 / series.stepsPerEpoch : 1};
    case ChartX::RelativeTime: {
        const auto first = series.series->first();
        return {first ? first->wallTime : 0, 1};
    }
    case ChartX::Step:
    case ChartX::WallTime:
        break;
    }
    return {0, 1};
}

double TimeChart::toX(const ChartSeries &series, double own) const
{
    const auto [offset, scale] = offsetAndScale(series);
    return (own - offset) * scale;
}

double TimeChart::toOwn(const ChartSeries &series, double x) const
{
    const auto [offset, scale] = offsetAndScale(series);
    return x / scale + offset;
}

std::optional<double> TimeChart::xOfStep(qint64 step) const
{
    for (const ChartSeries &one : m_series) {
        if (m_xAxis == ChartX::Step)
            break;
        if (m_xAxis == ChartX::Epoch)
            return toX(one, double(step));
        if (const qsizetype at = one.series->atStep(step); at >= 0)
            return toX(one, one.series->x(at, SeriesAxis::WallTime));
    }
    if (m_xAxis == ChartX::Step)
        return double(step);
    return std::nullopt;
}

std::optional<double> TimeChart::xOfMark(const ChartMark &mark) const
{
    if (seriesAxis() == SeriesAxis::Step)
        return xOfStep(mark.step);
    if (mark.wallTime <= 0 || m_series.isEmpty())
        return xOfStep(mark.step);
    return toX(m_series.first(), mark.wallTime);
}

const ValuePyramid *TimeChart::drawnValues(int series) const
{
    if (m_weight <= 0)
        return nullptr;
    const auto found = m_smoothed.find(m_series[series].key);
    return found == m_smoothed.end() || !found->second ? nullptr : &found->second->values();
}

std::pair<double, double> TimeChart::wholeX() const
{
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const ChartSeries &one : m_series) {
        if (one.series->isEmpty())
            continue;
        const SeriesPoint first = *one.series->first();
        const SeriesPoint last = *one.series->last();
        const bool isStep = seriesAxis() == SeriesAxis::Step;
        for (const SeriesPoint &point : {first, last}) {
            const double x = toX(one, isStep ? double(point.step) : point.wallTime);
            low = std::min(low, x);
            high = std::max(high, x);
        }
    }
    if (!(low <= high))
        return {0, 1};
    if (m_isXLogarithmic) {
        low = low > 0 ? low : std::min(1.0, high / 1000);
        return {low, high > low ? high : low * 10};
    }
    return roundEnd(low, high, xUnit());
}

void TimeChart::collect(const ChartSeries &series, const ValuePyramid *values, const std::pair<double, double> &x,
                        std::vector<float> &into) const
{
    const qsizetype every = series.series->size() / kRankedAtMost + 1;
    const double from = toOwn(series, x.first);
    const double to = toOwn(series, x.second);
    for (const Series::Range &range : series.series->visible()) {
        const qsizetype end = values ? std::min(range.to, values->size()) : range.to;
        for (qsizetype i = range.from; i < end; i += every) {
            const float value = values ? values->at(i) : series.series->value(i);
            if (!std::isfinite(value))
                continue;
            const double at = series.series->x(i, seriesAxis());
            if (at >= from && at <= to)
                into.push_back(value);
        }
    }
}

std::pair<double, double> TimeChart::fittingY(const std::pair<double, double> &x) const
{
    ValueExtent all;
    std::vector<float> ranked;
    for (int i = 0; i < m_series.size(); ++i) {
        const ChartSeries &one = m_series[i];
        if (m_ignoresOutliers)
            collect(one, drawnValues(i), x, ranked);
        else
            all.add(one.series->extent(seriesAxis(), toOwn(one, x.first), toOwn(one, x.second), drawnValues(i)));
    }
    if (m_ignoresOutliers && !ranked.empty()) { // TensorBoard's rule
        const auto last = double(ranked.size() - 1);
        const bool cuts = ranked.size() > 2;
        const auto low = ranked.begin() + qsizetype(cuts ? std::ceil(0.05 * last) : 0);
        const auto high = ranked.begin() + qsizetype(cuts ? std::floor(0.95 * last) : last);
        std::nth_element(ranked.begin(), low, ranked.end());
        all.add(*low);
        std::nth_element(ranked.begin(), high, ranked.end());
        all.add(*high);
    }
    if (all.isEmpty())
        return {0, 1};
    return {double(all.least), double(all.greatest)};
}

const TimeChart::Frame &TimeChart::frame() const
{
    if (!m_isFrameValid || m_frame.rect != QRectF(rect())) {
        m_frame = frameFor(QRectF(rect()), m_showsLegend);
        m_isFrameValid = true;
    }
    return m_frame;
}

TimeChart::Frame TimeChart::frameFor(const QRectF &rect, bool withLegend) const
{
    const Theme &theme = Theme::current();
    const QFont caption = theme.font(TextSize::Caption);
    const QFontMetricsF metrics(caption);
    Frame made;
    made.rect = rect;
    const qreal inset = theme.space(Space::Medium);
    const qreal top = rect.top() + titleHeight(theme) + (withLegend ? metrics.height() + theme.space(Space::Tiny) : 0)
        + theme.space(Space::Tiny);
    const qreal bottom = rect.bottom() - metrics.height() - theme.space(Space::Small) - theme.space(Space::Tiny);
    made.legend = QRectF(rect.left() + inset, rect.top() + titleHeight(theme), rect.width() - 2 * inset,
                         withLegend ? metrics.height() : 0);

    made.y.scale = m_yScale;
    made.x.scale = m_isXLogarithmic ? ChartScale::Logarithmic : ChartScale::Linear;
    const auto shown = m_link ? m_link->range() : m_xRange;
    std::tie(made.x.from, made.x.to) = shown.value_or(wholeX());
    if (m_isXLogarithmic && made.x.from <= 0)
        made.x.from = std::min(1.0, made.x.to / 1000);
    const auto fitting = fittingY({made.x.from, made.x.to});
    made.y.linearTo = std::pow(
        10.0, std::floor(std::log10(std::max({std::abs(fitting.first), std::abs(fitting.second), 1e-30}))) - 3);
    std::tie(made.y.from, made.y.to) = m_yRange.value_or(roundEnds(fitting.first, fitting.second, m_yScale, yUnit()));
    made.y.start = std::max(bottom, top + 1);
    made.y.end = top;
    made.yTicks = axisTicks(made.y, 4, yUnit());

    qreal label = theme.px(16);
    for (const double tick : std::as_const(made.yTicks))
        label = std::max(label, figuresWidth(caption, tickText(tick, made.yTicks, yUnit())));
    made.plot = QRectF(QPointF(rect.left() + inset + label + theme.space(Space::Small), top),
                       QPointF(rect.right() - theme.space(Space::Large), made.y.start));
    made.x.start = made.plot.left();
    made.x.end = std::max(made.plot.right(), made.plot.left() + 1);
    made.plot.setRight(made.x.end);
    made.xTicks = axisTicks(made.x, std::clamp(int(made.plot.width() / theme.px(64)), 1, 8), xUnit());
    return made;
}

QList<TimeChart::Reading> TimeChart::readings(double x) const
{
    QList<Reading> found;
    const Frame &at = frame();
    for (int i = 0; i < m_series.size(); ++i) {
        const ChartSeries &one = m_series[i];
        const qsizetype index = one.series->nearest(seriesAxis(), toOwn(one, x));
        if (index < 0)
            continue;
        const ValuePyramid *values = drawnValues(i);
        Reading reading;
        reading.series = i;
        reading.index = index;
        reading.x = toX(one, one.series->x(index, seriesAxis()));
        reading.value = double(values && index < values->size() ? values->at(index) : one.series->value(index));
        reading.y = at.y.toPixel(reading.value);
        found.append(reading);
    }
    const double pointer = m_isHovered ? m_pointer.y() : 0;
    std::stable_sort(found.begin(), found.end(), [&](const Reading &a, const Reading &b) {
        if (!m_isHovered)
            return a.y < b.y; // as the lines lie
        return std::abs(a.y - pointer) < std::abs(b.y - pointer);
    });
    return found;
}

QString TimeChart::valueText(double value) const
{
    return axisValueText(value, yUnit());
}

QString TimeChart::xText(double x) const
{
    switch (m_xAxis) {
    case ChartX::Step:
        return tr("step %1").arg(formatCount(qint64(std::clamp(std::round(x), -9e18, 9e18))));
    case ChartX::Epoch:
        return tr("epoch %1").arg(formatNumber(x));
    case ChartX::RelativeTime:
        return tr("%1 after the start").arg(axisValueText(x, AxisUnit::Duration));
    case ChartX::WallTime:
        break;
    }
    return axisValueText(x, AxisUnit::ClockTime);
}

bool TimeChart::isEmpty() const
{
    return std::all_of(m_series.begin(), m_series.end(), [](const ChartSeries &one) { return one.series->isEmpty(); });
}

QString TimeChart::csv() const
{
    QString text = u"series,step,wall_time,value"_s;
    if (m_weight > 0)
        text += u",smoothed"_s;
    text += u'\n';
    for (int i = 0; i < m_series.size(); ++i) {
        const ChartSeries &one = m_series[i];
        const QString label = csvField(one.label);
        const ValuePyramid *values = drawnValues(i);
        for (const Series::Range &range : one.series->visible()) {
            for (qsizetype at = range.from; at < range.to; ++at) {
                const SeriesPoint point = one.series->point(at);
                text += label + u',' + QString::number(point.step) + u',' + QString::number(point.wallTime, 'f', 6)
                    + u',' + csvNumber(double(point.value));
                if (m_weight > 0)
                    text += u',' + (values && at < values->size() ? csvNumber(double(values->at(at))) : QString());
                text += u'\n';
            }
        }
    }
    return text;
}

} // namespace espalier
