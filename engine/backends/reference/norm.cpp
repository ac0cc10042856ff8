// SPDX-License-Identifier: Apache-2.0
// Batch and layer normalisation; statistics and sums run in double, in two passes (mean first, then deviations).
#include "engine/backends/reference/kernels.h"

#include <cmath>

namespace espalier {
namespace {

/// Groups of elements that are normalised together: element (g, i) of x for i in 0 .. count - 1.
/// Batch norm: one group per channel; layer norm: one per sample.
struct Groups {
    std::int64_t groups = 0;
    std::int64_t count = 0; ///< elements in a group
    std::int64_t inner = 1; ///< batch norm: elements behind the channel axis
    bool batch = false;

    std::size_t at(std::int64_t g, std::int64_t i) const
    {
        return static_cast<std::size_t>(batch ? (i / inner * groups + g) * inner + i % inner : g * count + i);
    }
    /// Index of the scale and the bias of that element.
    std::size_t parameter(std::int64_t g, std::int64_t i) const { return static_cast<std::size_t>(batch ? g : i); }
};

Groups channels(const Dims &x)
{
    const AxisView view = axisView(x, 1);
    return {view.size, view.outer * view.inner, view.inner, true};
}

Groups samples(const Dims &x, std::int64_t axis)
{
    const AxisView view = axisView(x, axis);
    return {view.outer, view.size * view.inner, 1, false};
}

template <typename F>
double meanOf(std::int64_t count, F &&value)
{
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i)
        sum += value(i);
    return sum / static_cast<double>(count);
}

/// y, mean, and variance (batch) or 1 / sqrt(variance + eps) (layer).
template <typename T>
void normalize(const RefCall &call, const Groups &groups)
{
    const auto x = call.in(0).span<T>();
    const auto scale = call.in(1).span<T>();
    const auto bias = call.in(2).span<T>();
    const auto y = call.out(0).span<T>();
    const double eps = call.attrs().real("eps");
    for (std::int64_t g = 0; g < groups.groups; ++g) {
        const double mean = meanOf(groups.count, [&](std::int64_t i) { return wide(x[groups.at(g, i)]); });
        const double variance = meanOf(groups.count, [&](std::int64_t i) {
            const double d = wide(x[groups.at(g, i)]) - mean;
            return d * d;
        });
        const double rstd = 1 / std::sqrt(variance + eps);
        for (std::int64_t i = 0; i < groups.count; ++i) {
            const std::size_t p = groups.parameter(g, i);
            const double normal = (wide(x[groups.at(g, i)]) - mean) * rstd;
            y[groups.at(g, i)] = store<T>(normal * wide(scale[p]) + wide(bias[p]));
        }
        call.out(1).span<T>()[static_cast<std::size_t>(g)] = store<T>(mean);
        call.out(2).span<T>()[static_cast<std::size_t>(g)] = store<T>(groups.batch ? variance : rstd);
    }
}

/// With d = dy * scale: dx = rstd (d - mean(d) - xhat mean(d xhat)), dscale = sum(dy xhat), dbias = sum(dy).
/// `rstd` is of one group.
template <typename T, typename F>
void differentiate(const RefCall &call, const Groups &groups, F &&rstdOf)
{
    const auto dy = call.in(0).span<T>();
    const auto x = call.in(1).span<T>();
    const auto scale = call.in(2).span<T>();
    const auto mean = call.in(3).span<T>();
    const auto dx = call.out(0).span<T>();
    std::vector<double> dscale(static_cast<std::size_t>(call.out(1).elements()), 0.0);
    std::vector<double> dbias(dscale.size(), 0.0);
    for (std::int64_t g = 0; g < groups.groups; ++g) {
        const double average = wide(mean[static_cast<std::size_t>(g)]);
        const double rstd = rstdOf(static_cast<std::size_t>(g));
        const auto normal = [&](std::int64_t i) { return (wide(x[groups.at(g, i)]) - average) * rstd; };
        const auto scaled
            = [&](std::int64_t i) { return wide(dy[groups.at(g, i)]) * wide(scale[groups.parameter(g, i)]); };
        const double meanScaled = meanOf(groups.count, scaled);
        const double meanProduct = meanOf(groups.count, [&](std::int64_t i) { return scaled(i) * normal(i); });
        for (std::int64_t i = 0; i < groups.count; ++i) {
            const std::size_t p = groups.parameter(g, i);
            dscale[p] += wide(dy[groups.at(g, i)]) * normal(i);
            dbias[p] += wide(dy[groups.at(g, i)]);
            dx[groups.at(g, i)] = store<T>(rstd * (scaled(i) - meanScaled - normal(i) * meanProduct));
        }
    }
    for (std::size_t p = 0; p < dscale.size(); ++p) {
        call.out(1).span<T>()[p] = store<T>(dscale[p]);
        call.out(2).span<T>()[p] = store<T>(dbias[p]);
    }
}

void batchNorm(const RefCall &call)
{
    dispatchFloating(call.out().dtype(),
                     [&](auto tag) { normalize<decltype(tag)>(call, channels(call.in(0).dims())); });
}

void layerNorm(const RefCall &call)
{
    const Groups groups = samples(call.in(0).dims(), call.attrs().integer("axis"));
    dispatchFloating(call.out().dtype(), [&](auto tag) { normalize<decltype(tag)>(call, groups); });
}

void batchNormInference(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const Groups groups = channels(call.in(0).dims());
        const double eps = call.attrs().real("eps");
        const auto x = call.in(0).span<T>();
        const auto y = call.out().span<T>();
        for (std::int64_t g = 0; g < groups.groups; ++g) {
            const auto of
                = [&](std::size_t input) { return wide(call.in(input).span<T>()[static_cast<std::size_t>(g)]); };
            const double rstd = 1 / std::sqrt(of(4) + eps);
            for (std::int64_t i = 0; i < groups.count; ++i)
                y[groups.at(g, i)] = store<T>((wide(x[groups.at(g, i)]) - of(3)) * rstd * of(1) + of(2));
        }
    });
}

void batchNormBackward(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto variance = call.in(4).span<T>();
        const double eps = call.attrs().real("eps");
        differentiate<T>(call, channels(call.in(1).dims()),
                         [&](std::size_t g) { return 1 / std::sqrt(wide(variance[g]) + eps); });
    });
}

void layerNormBackward(const RefCall &call)
{
    const Groups groups = samples(call.in(1).dims(), call.attrs().integer("axis"));
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto rstd = call.in(4).span<T>();
        differentiate<T>(call, groups, [&](std::size_t g) { return wide(rstd[g]); });
    });
}

} // namespace

std::span<const RefEntry> normKernels()
{
    static constexpr RefEntry entries[] = {{"batch_norm", batchNorm},
                                           {"batch_norm_inference", batchNormInference},
                                           {"batch_norm_backward", batchNormBackward},
                                           {"layer_norm", layerNorm},
                                           {"layer_norm_backward", layerNormBackward}};
    return entries;
}

} // namespace espalier
