// SPDX-License-Identifier: Apache-2.0
// Sums over everything but the channels, in one pass over memory and in an order that depends on the shape alone.
#pragma once

#include "engine/backends/cpu/channels.h"

#include <algorithm>

namespace espalier {

/// Channels are summed sixteen lanes at a time; a narrower block is folded.
constexpr std::int64_t kLanes = 16;

/// The view cut into tasks: `strips` of at most sixteen channels, times `parts` of the outer axis.
struct ChannelTasks {
    ChannelView view;
    std::int64_t strips = 1;
    std::int64_t parts = 1;
    std::int64_t width = 1; ///< channels in a full strip
    std::int64_t run = 1; ///< neighbouring elements of a strip
    std::int64_t stride = 1; ///< from one run to the next

    std::int64_t tasks() const { return strips * parts; }
    std::int64_t lanes(std::int64_t strip) const { return std::min(width, view.channels - strip * width); }
    std::int64_t firstOuter(std::int64_t part) const { return part * view.outer / parts; }
    std::int64_t at(std::int64_t strip, std::int64_t outer) const
    {
        return outer * stride + strip * (view.lanes > kLanes ? kLanes : view.inner * view.lanes);
    }
    std::int64_t runOf(std::int64_t strip) const { return view.lanes > kLanes ? lanes(strip) : run; }
};

ChannelTasks channelTasks(const ChannelView &view);

/// Two sums for each channel. What they are of is the caller's affair.
struct ChannelSums {
    double first[kLanes] = {};
    double second[kLanes] = {};
};

/// Workspace for the sums of all tasks.
inline std::size_t channelSumBytes(const ChannelTasks &t)
{
    return static_cast<std::size_t>(t.tasks()) * sizeof(ChannelSums);
}

/// first = mean, second = sum of squared deviations from it; for strip s of the result: sums[s].
void channelMoments(const ChannelTasks &t, const float *x, ChannelSums *sums);
/// first = sum of a; second = sum of a * (b - center) where `b` is given (center has one value for each channel).
void channelProducts(const ChannelTasks &t, const float *a, const float *b, const float *center, ChannelSums *sums);

/// y = (x - center) * factor + offset; all three have kLanes values for each strip, zero in padding lanes.
struct ChannelAffine {
    float center[kLanes];
    float factor[kLanes];
    float offset[kLanes];
};
void channelAffine(const ChannelTasks &t, const float *x, float *y, const ChannelAffine *affine);

/// dx = dy * factor + (x - center) * slope + offset.
struct ChannelGradient {
    float center[kLanes];
    float factor[kLanes];
    float slope[kLanes];
    float offset[kLanes];
};
void channelGradient(const ChannelTasks &t, const float *dy, const float *x, float *dx,
                     const ChannelGradient *gradient);

} // namespace espalier
