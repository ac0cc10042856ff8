// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/axis.h"

#include "widgets/common/figures.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>

#include <algorithm>
#include <array>
#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr double kLowest = 1e-300; ///< what a logarithm takes for zero
constexpr std::array kSteps{1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0};
constexpr std::array kTickSteps{1.0, 2.0, 5.0, 10.0};
constexpr std::array kSeconds{1.0,   2.0,    5.0,    10.0,   15.0,    30.0,    60.0,    120.0,   300.0,    600.0,
                              900.0, 1800.0, 3600.0, 7200.0, 10800.0, 21600.0, 43200.0, 86400.0, 172800.0, 604800.0};

bool isTime(AxisUnit unit)
{
    return unit == AxisUnit::ClockTime || unit == AxisUnit::Duration;
}

/// A round step of at least `least`.
double roundStep(double least, AxisUnit unit)
{
    if (isTime(unit) && least > 0.5) {
        for (const double step : kSeconds)
            if (step >= least * (1 - 1e-9))
                return step;
        return std::ceil(least / 604800.0) * 604800.0;
    }
    const double decade = std::pow(10.0, std::floor(std::log10(least)));
    for (const double step : kTickSteps)
        if (step * decade >= least * (1 - 1e-9))
            return step * decade;
    return 10 * decade;
}

/// Seconds between UTC and the person's clock, so that ticks lie on round local times.
double clockOffset(double value, AxisUnit unit)
{
    if (unit != AxisUnit::ClockTime || std::abs(value) > 9e12)
        return 0;
    return QDateTime::fromSecsSinceEpoch(qint64(value)).offsetFromUtc();
}

QList<double> linearTicks(double from, double to, double step, double offset)
{
    QList<double> ticks;
    const double first = std::ceil((from + offset) / step - 1e-9);
    for (int i = 0; i < 64; ++i) {
        const double at = (first + i) * step - offset;
        if (at > to + step * 1e-9)
            break;
        ticks.append(std::abs(at) < step * 1e-9 ? 0 : at);
    }
    return ticks;
}

QList<double> decades(double from, double to, int most)
{
    QList<double> ticks;
    const double low = std::ceil(std::log10(std::max(from, kLowest)) - 1e-9);
    const double high = std::floor(std::log10(std::max(to, kLowest)) + 1e-9);
    const double every = std::max(1.0, std::ceil((high - low + 1) / std::max(most, 1)));
    for (double power = std::ceil(low / every) * every; power <= high; power += every)
        ticks.append(std::pow(10.0, power));
    return ticks;
}

QList<double> logTicks(const AxisMap &axis, int most, AxisUnit unit)
{
    QList<double> ticks = decades(axis.from, axis.to, most);
    if (ticks.size() >= 2)
        return ticks;
    const double decade = std::pow(10.0, std::floor(std::log10(std::max(axis.from, kLowest))));
    ticks.clear();
    for (const double scale : {decade, 10 * decade})
        for (const double step : {1.0, 2.0, 5.0})
            if (const double at = step * scale; at >= axis.from * (1 - 1e-9) && at <= axis.to * (1 + 1e-9))
                ticks.append(at);
    if (ticks.size() >= 2)
        return ticks;
    return linearTicks(axis.from, axis.to, roundStep((axis.to - axis.from) / most, unit), 0);
}

QList<double> symmetricTicks(const AxisMap &axis, int most)
{
    QList<double> ticks;
    if (axis.from < 0)
        for (const double at : decades(axis.linearTo, -axis.from, std::max(1, most / 2)))
            ticks.prepend(-at);
    if (axis.from <= 0 && axis.to >= 0)
        ticks.append(0);
    if (axis.to > 0)
        for (const double at : decades(std::max(axis.linearTo, axis.from), axis.to, std::max(1, most / 2)))
            ticks.append(at);
    return ticks;
}

QString durationText(double seconds)
{
    const auto text = [](const char *form) { return QCoreApplication::translate("espalier::Axis", form); };
    const double size = std::abs(seconds);
    if (seconds == 0)
        return formatTick(0);
    if (size < 60)
        return text(QT_TRANSLATE_NOOP("espalier::Axis", "%1 s")).arg(formatTick(seconds));
    if (size < 3600)
        return text(QT_TRANSLATE_NOOP("espalier::Axis", "%1 min")).arg(formatTick(seconds / 60));
    if (size < 2 * 86400.0)
        return text(QT_TRANSLATE_NOOP("espalier::Axis", "%1 h")).arg(formatTick(seconds / 3600));
    return text(QT_TRANSLATE_NOOP("espalier::Axis", "%1 d")).arg(formatTick(seconds / 86400));
}

QDateTime clock(double seconds)
{
    return QDateTime::fromMSecsSinceEpoch(qint64(std::clamp(seconds, -6e10, 2.5e11) * 1000));
}

QString clockText(double seconds, double step)
{
    const QLocale locale;
    if (step >= 86400)
        return locale.toString(clock(seconds).date(), u"d MMM"_s);
    return locale.toString(clock(seconds).time(), step >= 60 ? u"HH:mm"_s : u"HH:mm:ss"_s);
}

} // namespace

double AxisMap::warped(double value) const
{
    switch (scale) {
    case ChartScale::Linear:
        return value;
    case ChartScale::Logarithmic:
        return std::log10(std::max(value, kLowest));
    case ChartScale::SymmetricLog:
        return std::copysign(std::log1p(std::abs(value) / linearTo), value);
    }
    return value;
}

double AxisMap::unwarped(double warped) const
{
    switch (scale) {
    case ChartScale::Linear:
        return warped;
    case ChartScale::Logarithmic:
        return std::pow(10.0, warped);
    case ChartScale::SymmetricLog:
        return std::copysign(std::expm1(std::abs(warped)) * linearTo, warped);
    }
    return warped;
}

double AxisMap::toPixel(double value) const
{
    const double low = warped(from);
    const double high = warped(to);
    return high == low ? start : start + (warped(value) - low) / (high - low) * (end - start);
}

double AxisMap::toValue(double pixel) const
{
    const double low = warped(from);
    const double high = warped(to);
    return end == start ? from : unwarped(low + (pixel - start) / (end - start) * (high - low));
}

std::pair<double, double> roundEnds(double from, double to, ChartScale scale, AxisUnit unit)
{
    if (!(from <= to))
        return {0, 1};
    if (scale == ChartScale::Logarithmic) {
        to = std::max(to, kLowest * 10);
        from = from > 0 ? from : to / 1000;
        const double low = std::pow(10.0, std::floor(std::log10(from) + 1e-9));
        const double high = std::pow(10.0, std::ceil(std::log10(to) - 1e-9));
        return {low, high > low ? high : low * 10};
    }
    if (from == to) {
        const double room = from == 0 ? 1 : std::abs(from) * 0.1;
        from -= room;
        to += room;
    }
    if (!std::isfinite(to - from))
        return {from / 2, to / 2};
    if (scale == ChartScale::SymmetricLog)
        return {from, to};
    const double slack = (to - from) * 1e-6; // 1.0000001 doesn't need another line
    double decade = std::pow(10.0, std::floor(std::log10((to - from) / 4)));
    for (int round = 0; round < 3; ++round, decade *= 10) {
        for (const double step : kSteps) {
            const double low = std::floor((from + slack) / (step * decade)) * step * decade;
            const double high = low + 4 * step * decade;
            if (high >= to - slack) {
                const bool isWholeShare = unit == AxisUnit::Percent && from >= 0 && to <= 1 && high > 1;
                return isWholeShare ? std::pair(1 - 4 * step * decade, 1.0) : std::pair(low, high);
            }
        }
    }
    return {from, to};
}

std::pair<double, double> roundEnd(double from, double to, AxisUnit unit)
{
    if (!(from <= to) || !std::isfinite(to - from))
        return {0, 1};
    if (from == to)
        return unit == AxisUnit::Number ? std::pair(from, from + 1) : std::pair(from, from + 10);
    if (from > 0 && from <= (to - from) * 0.02 && unit != AxisUnit::ClockTime) // step 1 of many begins at zero
        from = 0;
    const double step = roundStep((to - from) / 10, unit);
    const double offset = clockOffset(to, unit);
    return {from, std::max(std::ceil((to + offset) / step - 1e-9) * step - offset, to)};
}

QList<double> axisTicks(const AxisMap &axis, int most, AxisUnit unit)
{
    most = std::max(most, 1);
    if (!(axis.to > axis.from) || !std::isfinite(axis.to - axis.from))
        return {};
    if (axis.scale == ChartScale::Logarithmic)
        return logTicks(axis, most, unit);
    if (axis.scale == ChartScale::SymmetricLog)
        return symmetricTicks(axis, most);
    const double least = (axis.to - axis.from) / most;
    // Ends that lie on four round steps keep them: those of `roundEnds`.
    const double quarter = (axis.to - axis.from) / 4;
    const double decade = std::pow(10.0, std::floor(std::log10(quarter) + 1e-9));
    const bool isRound = std::any_of(kSteps.begin(), kSteps.end(), [&](double step) {
        return std::abs(step * decade - quarter) < quarter * 1e-6
            && std::abs(std::remainder(axis.from, quarter)) < quarter * 1e-6;
    });
    if (most == 4 && !isTime(unit) && (isRound || unit == AxisUnit::Percent)) {
        QList<double> ticks;
        for (int i = 0; i <= 4; ++i)
            ticks.append(std::abs(axis.from + i * quarter) < quarter * 1e-6 ? 0 : axis.from + i * quarter);
        return ticks;
    }
    return linearTicks(axis.from, axis.to, roundStep(least, unit), clockOffset(axis.from, unit));
}

QString tickText(double value, const QList<double> &ticks, AxisUnit unit)
{
    const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 0;
    switch (unit) {
    case AxisUnit::ClockTime:
        return clockText(value, step);
    case AxisUnit::Duration:
        return durationText(value);
    case AxisUnit::Percent:
        return formatTick(std::round(value * 1e8) / 1e6) + u'\u00A0' + QLocale().percent();
    case AxisUnit::Number:
        break;
    }
    // All ticks of an axis show as many digits: 0.50 beside 0.25.
    const double largest = ticks.isEmpty() ? 0 : std::max(std::abs(ticks.first()), std::abs(ticks.last()));
    if (ticks.size() > 2 && largest < 1000 && step > 1e-4
        && std::abs(ticks.last() - ticks.first() - step * double(ticks.size() - 1)) < step * 1e-3) {
        int decimals = 0;
        for (double scaled = step; decimals < 4 && std::abs(scaled - std::round(scaled)) > 1e-6; scaled *= 10)
            ++decimals;
        return QLocale().toString(value, 'f', decimals).replace(u'-', u'\u2212');
    }
    return formatTick(value);
}

QString axisValueText(double value, AxisUnit unit)
{
    switch (unit) {
    case AxisUnit::ClockTime:
        return QLocale().toString(clock(value), u"d MMM, HH:mm:ss"_s);
    case AxisUnit::Duration:
        return value < 60 ? formatDuration(value) : formatClock(value);
    case AxisUnit::Percent:
        return formatPercent(value);
    case AxisUnit::Number:
        break;
    }
    return formatNumber(value);
}

} // namespace espalier
