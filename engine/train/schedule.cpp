// SPDX-License-Identifier: Apache-2.0
#include "engine/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace espalier {
namespace {

/// From `from` to `to` along half a cosine, t in 0..1.
double cosine(double from, double to, double t)
{
    return to + (from - to) * (1 + std::cos(std::numbers::pi * std::clamp(t, 0.0, 1.0))) / 2;
}

} // namespace

double scheduleFactor(const ScheduleSettings &s, const ScheduleClock &clock, std::int64_t step)
{
    const auto perEpoch = static_cast<double>(std::max<std::int64_t>(clock.stepsPerEpoch, 1));
    const auto at = static_cast<double>(step);
    const auto last = static_cast<double>(std::max<std::int64_t>(clock.totalSteps - 1, 1));
    const double warmup = s.warmupEpochs * perEpoch;
    const double rise = warmup > 0 ? std::min(1.0, (at + 1) / warmup) : 1.0;
    if (s.kind == "step")
        return std::pow(s.gamma, std::floor(at / perEpoch / static_cast<double>(s.stepSize)));
    if (s.kind == "warmup")
        return rise;
    if (s.kind == "cosine")
        return at < warmup ? rise : cosine(1, s.minimum, (at - warmup) / std::max(last - warmup, 1.0));
    if (s.kind == "one_cycle") {
        const double peak = s.peakAt * last;
        return at < peak ? cosine(s.startFraction, 1, at / peak)
                         : cosine(1, s.minimum, (at - peak) / std::max(last - peak, 1.0));
    }
    return 1;
}

} // namespace espalier
