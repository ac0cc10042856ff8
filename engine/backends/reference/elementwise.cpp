// SPDX-License-Identifier: Apache-2.0
// Element-wise kernels: the scalar functions of ops/scalar_math.h in a loop.
#include "engine/backends/reference/kernels.h"
#include "engine/ops/scalar_math.h"

#include <algorithm>

namespace espalier {
namespace {

/// Calls f(input value offsets..., output index) for each element.
template <std::size_t N, typename F>
void forEachElement(const RefCall &call, F &&f)
{
    const Dims &dims = call.out().dims();
    const std::int64_t count = call.out().elements();
    const bool plain
        = std::all_of(call.inputs.begin(), call.inputs.end(), [&](const Tensor &t) { return t.dims() == dims; });
    std::array<std::size_t, N> at{};
    if (plain) {
        for (std::int64_t i = 0; i < count; ++i) {
            at.fill(static_cast<std::size_t>(i));
            f(at, static_cast<std::size_t>(i));
        }
        return;
    }
    std::vector<StridedWalk> walks;
    for (const Tensor &t : call.inputs)
        walks.emplace_back(dims, broadcastStrides(t.dims(), dims));
    for (std::int64_t i = 0; i < count; ++i) {
        for (std::size_t k = 0; k < N; ++k) {
            at[k] = static_cast<std::size_t>(walks[k].offset());
            walks[k].next();
        }
        f(at, static_cast<std::size_t>(i));
    }
}

template <typename F>
void unaryKernel(const RefCall &call)
{
    const F f = scalar::make<F>(call.attrs());
    dispatch(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        if constexpr (scalar::takes<F, Compute<T>>) {
            using Out = std::conditional_t<std::is_same_v<decltype(f(Compute<T>{})), bool>, bool, T>;
            const auto x = call.in(0).span<T>();
            auto y = call.out().span<Out>();
            for (std::size_t i = 0; i < x.size(); ++i)
                y[i] = store<Out>(f(load(x[i])));
        }
    });
}

template <typename F>
void binaryKernel(const RefCall &call)
{
    dispatch(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        if constexpr (scalar::takes<F, Compute<T>>) {
            using Out = std::conditional_t<std::is_same_v<decltype(F{}(Compute<T>{}, Compute<T>{})), bool>, bool, T>;
            const auto a = call.in(0).span<T>();
            const auto b = call.in(1).span<T>();
            auto y = call.out().span<Out>();
            forEachElement<2>(
                call, [&](const auto &at, std::size_t i) { y[i] = store<Out>(F{}(load(a[at[0]]), load(b[at[1]]))); });
        }
    });
}

void castKernel(const RefCall &call)
{
    dispatch(call.in(0).dtype(), [&](auto fromTag) {
        dispatch(call.out().dtype(), [&](auto toTag) {
            using To = decltype(toTag);
            const auto x = call.in(0).span<decltype(fromTag)>();
            auto y = call.out().span<To>();
            for (std::size_t i = 0; i < x.size(); ++i)
                y[i] = store<To>(scalar::convert<Compute<To>>(load(x[i])));
        });
    });
}

void whereKernel(const RefCall &call)
{
    dispatch(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto condition = call.in(0).span<bool>();
        const auto a = call.in(1).span<T>();
        const auto b = call.in(2).span<T>();
        auto y = call.out().span<T>();
        forEachElement<3>(call, [&](const auto &at, std::size_t i) { y[i] = condition[at[0]] ? a[at[1]] : b[at[2]]; });
    });
}

template <typename... F>
void addUnary(std::vector<RefEntry> &table, scalar::List<F...>)
{
    (table.push_back({F::name, unaryKernel<F>}), ...);
}

template <typename... F>
void addBinary(std::vector<RefEntry> &table, scalar::List<F...>)
{
    (table.push_back({F::name, binaryKernel<F>}), ...);
}

} // namespace

std::span<const RefEntry> elementwiseKernels()
{
    static const std::vector<RefEntry> table = [] {
        std::vector<RefEntry> all = {{"cast", castKernel}, {"where", whereKernel}};
        addUnary(all, scalar::UnaryList{});
        addBinary(all, scalar::BinaryList{});
        return all;
    }();
    return table;
}

} // namespace espalier
