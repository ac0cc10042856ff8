// SPDX-License-Identifier: Apache-2.0
// Reductions in row-major order of the input: sums and products run in double or int64.
#include "engine/backends/reference/kernels.h"
#include "engine/ops/scalar_math.h"

#include <algorithm>

namespace espalier {
namespace {

/// Strides with which the output is walked beside the input: 0 along reduced axes.
Dims outputStrides(const Dims &dims, const std::vector<std::int64_t> &axes)
{
    std::vector<bool> reduced(dims.size(), axes.empty());
    for (const std::int64_t axis : axes)
        reduced[static_cast<std::size_t>(*normalizeAxis(axis, static_cast<int>(dims.size())))] = true;
    Dims kept = dims;
    for (std::size_t i = 0; i < dims.size(); ++i)
        if (reduced[i])
            kept[i] = 1;
    Dims strides = rowMajorStrides(kept);
    for (std::size_t i = 0; i < dims.size(); ++i)
        if (reduced[i])
            strides[i] = 0;
    return strides;
}

/// Folds f over the reduced axes, from `start`; `finish` makes the result of one output.
template <typename T, typename A, typename F, typename Finish>
void fold(const RefCall &call, A start, F f, Finish finish)
{
    const Tensor &x = call.in(0);
    const auto from = x.span<T>();
    auto to = call.out().span<T>();
    std::vector<A> sums(to.size(), start);
    StridedWalk walk(x.dims(), outputStrides(x.dims(), call.attrs().integers("axes")));
    for (const T value : from) {
        auto sum = static_cast<std::size_t>(walk.offset());
        sums[sum] = f(static_cast<A>(sums[sum]), static_cast<A>(load(value)));
        walk.next();
    }
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] = store<T>(finish(sums[i]));
}

constexpr auto kSame = [](auto x) { return x; };

void sumKernel(const RefCall &call)
{
    dispatchNumber(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        fold<T>(call, Accumulator<T>(0), scalar::add<Accumulator<T>>, kSame);
    });
}

void prodKernel(const RefCall &call)
{
    dispatchNumber(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        fold<T>(call, Accumulator<T>(1), scalar::multiply<Accumulator<T>>, kSame);
    });
}

void meanKernel(const RefCall &call)
{
    dispatchNumber(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        using A = Accumulator<T>;
        const std::int64_t outputs = std::max<std::int64_t>(call.out().elements(), 1);
        const std::int64_t terms = call.in(0).elements() / outputs;
        const A count = static_cast<A>(terms);
        fold<T>(call, A(0), scalar::add<A>, [&](A sum) { return scalar::divide(sum, count); });
    });
}

/// The largest or smallest; of nothing, minus or plus infinity (the integer's bound).
template <typename Better, bool largest>
void extremeKernel(const RefCall &call)
{
    dispatchNumber(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        using C = Compute<T>;
        using Limits = std::numeric_limits<C>;
        const C infinity = Limits::has_infinity ? Limits::infinity() : Limits::max();
        const C start = largest ? (Limits::has_infinity ? -infinity : Limits::lowest()) : infinity;
        fold<T>(call, start, Better{}, kSame);
    });
}

template <bool any>
void boolKernel(const RefCall &call)
{
    fold<bool>(
        call, !any, [](bool a, bool b) { return any ? a || b : a && b; }, kSame);
}

/// The first position of the best value; a NaN is better than any number.
template <typename Better>
void argKernel(const RefCall &call)
{
    dispatchNumber(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        const AxisView view = axisView(call.in(0).dims(), call.attrs().integer("axis"));
        const auto x = call.in(0).span<T>();
        auto y = call.out().span<std::int64_t>();
        for (std::int64_t o = 0; o < view.outer; ++o)
            for (std::int64_t i = 0; i < view.inner; ++i) {
                std::int64_t best = 0;
                const auto at = [&](std::int64_t k) {
                    return load(x[static_cast<std::size_t>((o * view.size + k) * view.inner + i)]);
                };
                for (std::int64_t k = 1; k < view.size; ++k) {
                    const bool isNan = at(k) != at(k);
                    const bool bestIsNan = at(best) != at(best);
                    if (!bestIsNan && (isNan || Better{}(at(k), at(best))))
                        best = k;
                }
                y[static_cast<std::size_t>(o * view.inner + i)] = best;
            }
    });
}

} // namespace

std::span<const RefEntry> reduceKernels()
{
    static const RefEntry table[] = {
        {"reduce_sum", sumKernel},
        {"reduce_mean", meanKernel},
        {"reduce_max", extremeKernel<scalar::Maximum, true>},
        {"reduce_min", extremeKernel<scalar::Minimum, false>},
        {"reduce_prod", prodKernel},
        {"reduce_any", boolKernel<true>},
        {"reduce_all", boolKernel<false>},
        {"argmax", argKernel<scalar::Greater>},
        {"argmin", argKernel<scalar::Less>},
    };
    return table;
}

} // namespace espalier
