// SPDX-License-Identifier: Apache-2.0
// Lookups by number. A number that is outside gives NaN where there is a value to give, and nothing where one is added.
#include "engine/backends/reference/kernels.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

/// The number itself, or -1 where it is outside.
std::int64_t inside(std::int64_t index, std::int64_t size)
{
    return index >= 0 && index < size ? index : -1;
}

void embedding(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto table = call.in(0).span<T>();
        const auto index = call.in(1).span<std::int64_t>();
        const auto y = call.out().span<T>();
        const auto columns = static_cast<std::size_t>(call.in(0).dims()[1]);
        for (std::size_t i = 0; i < index.size(); ++i) {
            const std::int64_t row = inside(index[i], call.in(0).dims()[0]);
            for (std::size_t d = 0; d < columns; ++d)
                y[i * columns + d]
                    = row < 0 ? store<T>(std::nan("")) : table[static_cast<std::size_t>(row) * columns + d];
        }
    });
}

void embeddingBackward(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto dy = call.in(0).span<T>();
        const auto index = call.in(1).span<std::int64_t>();
        const auto dtable = call.out().span<T>();
        const auto columns = static_cast<std::size_t>(call.out().dims()[1]);
        std::vector<double> sums(dtable.size(), 0.0);
        for (std::size_t i = 0; i < index.size(); ++i) {
            const std::int64_t row = inside(index[i], call.out().dims()[0]);
            for (std::size_t d = 0; row >= 0 && d < columns; ++d)
                sums[static_cast<std::size_t>(row) * columns + d] += wide(dy[i * columns + d]);
        }
        for (std::size_t i = 0; i < sums.size(); ++i)
            dtable[i] = store<T>(sums[i]);
    });
}

void oneHot(const RefCall &call)
{
    dispatch(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto index = call.in(0).span<std::int64_t>();
        const auto y = call.out().span<T>();
        const std::int64_t depth = call.out().dims().back();
        for (std::size_t i = 0; i < y.size(); ++i) {
            const auto row = i / static_cast<std::size_t>(depth);
            const auto at = static_cast<std::int64_t>(i % static_cast<std::size_t>(depth));
            y[i] = store<T>(index[row] == at ? 1 : 0);
        }
    });
}

void inTopK(const RefCall &call)
{
    dispatchFloating(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto scores = call.in(0).span<T>();
        const auto target = call.in(1).span<std::int64_t>();
        const auto y = call.out().span<bool>();
        const std::int64_t classes = call.in(0).dims().back();
        for (std::size_t row = 0; row < target.size(); ++row) {
            const auto line
                = scores.subspan(row * static_cast<std::size_t>(classes), static_cast<std::size_t>(classes));
            const std::int64_t at = inside(target[row], classes);
            const double own = at < 0 ? std::nan("") : wide(line[static_cast<std::size_t>(at)]);
            const auto above = std::count_if(line.begin(), line.end(), [&](T score) { return wide(score) > own; });
            y[row] = std::isfinite(own) && above < call.attrs().integer("k");
        }
    });
}

void takeAlong(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto x = call.in(0).span<T>();
        const auto index = call.in(1).span<std::int64_t>();
        const auto y = call.out().span<T>();
        const std::int64_t size = call.in(0).dims().back();
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::int64_t at = inside(index[i], size);
            y[i] = at < 0 ? store<T>(std::nan(""))
                          : x[i * static_cast<std::size_t>(size) + static_cast<std::size_t>(at)];
        }
    });
}

void takeAlongBackward(const RefCall &call)
{
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto dy = call.in(0).span<T>();
        const auto index = call.in(1).span<std::int64_t>();
        const auto dx = call.out().span<T>();
        const auto size = static_cast<std::size_t>(call.out().dims().back());
        for (std::size_t i = 0; i < dx.size(); ++i)
            dx[i] = index[i / size] == static_cast<std::int64_t>(i % size) ? dy[i / size] : store<T>(0.0);
    });
}

} // namespace

std::span<const RefEntry> indexKernels()
{
    static constexpr RefEntry entries[] = {{"embedding", embedding},  {"embedding_backward", embeddingBackward},
                                           {"one_hot", oneHot},       {"in_top_k", inTopK},
                                           {"take_along", takeAlong}, {"take_along_backward", takeAlongBackward}};
    return entries;
}

} // namespace espalier
