// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/dashboard/curve_axis.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

/// 1, 2 or 5 times a power of ten, at least `rough`.
double niceStep(double rough)
{
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0})
        if (factor * power >= rough * (1 - 1e-9))
            return factor * power;
    return 10 * power;
}

} // namespace

double AxisScale::warped(double value) const
{
    switch (kind) {
    case Kind::Log:
        return std::log10(std::max(value, 1e-30));
    case Kind::SymLog:
        return std::asinh(value / linearTo);
    case Kind::Linear:
        break;
    }
    return value;
}

double AxisScale::unwarped(double value) const
{
    switch (kind) {
    case Kind::Log:
        return std::pow(10.0, value);
    case Kind::SymLog:
        return std::sinh(value) * linearTo;
    case Kind::Linear:
        break;
    }
    return value;
}

double AxisScale::toPixel(double value) const
{
    const double low = warped(from);
    const double high = warped(to);
    const double share = high > low ? (warped(value) - low) / (high - low) : 0.5;
    return start + std::clamp(share, -4.0, 5.0) * (end - start);
}

double AxisScale::toValue(double pixel) const
{
    const double share = end == start ? 0 : (pixel - start) / (end - start);
    return unwarped(warped(from) + share * (warped(to) - warped(from)));
}

std::vector<double> scaleTicks(const AxisScale &scale, int count)
{
    std::vector<double> ticks;
    if (!(scale.to > scale.from) || !std::isfinite(scale.from) || !std::isfinite(scale.to))
        return ticks;
    if (scale.kind == AxisScale::Kind::Linear) {
        const double step = niceStep((scale.to - scale.from) / std::max(count, 1));
        const double first = std::ceil(scale.from / step - 1e-6);
        for (int i = 0; i <= 4 * count && (first + i) * step <= scale.to + step * 1e-6; ++i)
            ticks.push_back((first + i) * step);
        return ticks;
    }
    // Powers of ten, so many apart that about `count` are left; where there are too few, equal parts.
    const double low = scale.warped(scale.from);
    const double high = scale.warped(scale.to);
    if (scale.kind == AxisScale::Kind::Log && high - low >= 2) {
        const double step = std::max(1.0, std::round((high - low) / count));
        for (double power = std::ceil(low - 1e-9); power <= high + 1e-9; power += step)
            ticks.push_back(std::pow(10.0, power));
        return ticks;
    }
    for (int i = 0; i <= count; ++i)
        ticks.push_back(scale.unwarped(low + (high - low) * i / count));
    return ticks;
}

void roundEnds(AxisScale &scale, int count)
{
    if (scale.kind == AxisScale::Kind::Linear) {
        if (!(scale.to > scale.from)) {
            const double room = scale.from == 0 ? 1 : std::abs(scale.from) * 0.1;
            scale.from -= room;
            scale.to += room;
        }
        const double step = niceStep((scale.to - scale.from) / std::max(count, 1));
        scale.from = std::floor(scale.from / step + 1e-6) * step;
        scale.to = std::ceil(scale.to / step - 1e-6) * step;
        return;
    }
    const double low = scale.warped(scale.from);
    const double high = scale.warped(scale.to);
    const double room = std::max((high - low) * 0.04, 1e-3);
    scale.from = scale.unwarped(low - room);
    scale.to = scale.unwarped(high + room);
}

} // namespace espalier
