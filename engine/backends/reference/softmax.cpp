// SPDX-License-Identifier: Apache-2.0
// Softmax, log-softmax, log-sum-exp and cross-entropy; the largest score is taken off first, sums run in double.
#include "engine/backends/reference/kernels.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

/// Calls f(index of element 0, stride, number of the line) for each line of elements along the axis.
template <typename F>
void forEachLine(const AxisView &view, F &&f)
{
    for (std::int64_t o = 0; o < view.outer; ++o)
        for (std::int64_t i = 0; i < view.inner; ++i)
            f(static_cast<std::size_t>(o * view.size * view.inner + i), static_cast<std::size_t>(view.inner),
              static_cast<std::size_t>(o * view.inner + i));
}

AxisView viewOf(const RefCall &call)
{
    return axisView(call.in(0).dims(), call.attrs().integer("axis"));
}

/// One line of numbers in double.
template <typename T>
std::vector<double> line(std::span<const T> x, std::size_t first, std::size_t stride, std::int64_t size)
{
    std::vector<double> values(static_cast<std::size_t>(size));
    for (std::size_t k = 0; k < values.size(); ++k)
        values[k] = wide(x[first + k * stride]);
    return values;
}

/// What is taken off before exp: the largest value, but 0 where that is infinite. A NaN shows in the sum.
double shiftOf(const std::vector<double> &values)
{
    double largest = -std::numeric_limits<double>::infinity();
    for (const double v : values)
        largest = std::max(largest, v);
    return std::isfinite(largest) ? largest : 0;
}

/// log(sum(exp(values)))
double logSumExpOf(const std::vector<double> &values)
{
    const double shift = shiftOf(values);
    double sum = 0;
    for (const double v : values)
        sum += std::exp(v - shift);
    return std::log(sum) + shift;
}

template <bool logarithm>
void softmax(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const AxisView view = viewOf(call);
        const auto x = call.in(0).span<T>();
        const auto y = call.out().span<T>();
        forEachLine(view, [&](std::size_t first, std::size_t stride, std::size_t) {
            const auto values = line(x, first, stride, view.size);
            const double total = logSumExpOf(values);
            for (std::size_t k = 0; k < values.size(); ++k) {
                const double log = values[k] - total;
                y[first + k * stride] = store<T>(logarithm ? log : std::exp(log));
            }
        });
    });
}

void logSumExp(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const AxisView view = viewOf(call);
        const auto x = call.in(0).span<T>();
        const auto y = call.out().span<T>();
        forEachLine(view, [&](std::size_t first, std::size_t stride, std::size_t at) {
            y[at] = store<T>(logSumExpOf(line(x, first, stride, view.size)));
        });
    });
}

template <bool logarithm>
void softmaxBackward(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const AxisView view = viewOf(call);
        const auto dx = call.out().span<T>();
        forEachLine(view, [&](std::size_t first, std::size_t stride, std::size_t) {
            const auto dy = line(call.in(0).span<T>(), first, stride, view.size);
            const auto y = line(call.in(1).span<T>(), first, stride, view.size);
            double sum = 0;
            for (std::size_t k = 0; k < y.size(); ++k)
                sum += logarithm ? dy[k] : dy[k] * y[k];
            for (std::size_t k = 0; k < y.size(); ++k)
                dx[first + k * stride] = store<T>(logarithm ? dy[k] - std::exp(y[k]) * sum : y[k] * (dy[k] - sum));
        });
    });
}

void crossEntropy(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto target = call.in(1).span<std::int64_t>();
        const std::int64_t classes = call.in(0).dims().back();
        const auto loss = call.out(0).span<T>();
        const auto probabilities = call.out(1).span<T>();
        for (std::size_t row = 0; row < loss.size(); ++row) {
            const std::size_t first = row * static_cast<std::size_t>(classes);
            const auto values = line(call.in(0).span<T>(), first, 1, classes);
            const double total = logSumExpOf(values);
            for (std::size_t k = 0; k < values.size(); ++k)
                probabilities[first + k] = store<T>(std::exp(values[k] - total));
            const bool known = target[row] >= 0 && target[row] < classes;
            loss[row] = store<T>(known ? total - values[static_cast<std::size_t>(target[row])] : std::nan(""));
        }
    });
}

void crossEntropyBackward(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto dloss = call.in(0).span<T>();
        const auto probabilities = call.in(1).span<T>();
        const auto target = call.in(2).span<std::int64_t>();
        const std::int64_t classes = call.in(1).dims().back();
        const auto dlogits = call.out().span<T>();
        for (std::size_t row = 0; row < dloss.size(); ++row) {
            const bool known = target[row] >= 0 && target[row] < classes;
            for (std::int64_t k = 0; k < classes; ++k) {
                const std::size_t at = row * static_cast<std::size_t>(classes) + static_cast<std::size_t>(k);
                const double difference = wide(probabilities[at]) - (k == target[row] ? 1 : 0);
                dlogits[at] = store<T>(known ? difference * wide(dloss[row]) : std::nan(""));
            }
        }
    });
}

} // namespace

std::span<const RefEntry> softmaxKernels()
{
    static constexpr RefEntry entries[] = {{"softmax", softmax<false>},
                                           {"log_softmax", softmax<true>},
                                           {"softmax_backward", softmaxBackward<false>},
                                           {"log_softmax_backward", softmaxBackward<true>},
                                           {"log_sum_exp", logSumExp},
                                           {"softmax_cross_entropy", crossEntropy},
                                           {"softmax_cross_entropy_backward", crossEntropyBackward}};
    return entries;
}

} // namespace espalier
