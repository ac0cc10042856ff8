// SPDX-License-Identifier: Apache-2.0
// Random kernels: every element from its own counter.
#include "engine/backends/reference/kernels.h"
#include "engine/base/philox.h"
#include "engine/ops/scalar_math.h"

namespace espalier {
namespace {

struct Source {
    PhiloxKey key;
    std::uint64_t step;

    explicit Source(const RefCall &call)
        : key(philoxKey(static_cast<std::uint64_t>(call.in(0).span<std::int64_t>()[0]),
                        static_cast<std::uint64_t>(call.attrs().integer("stream"))))
        , step(static_cast<std::uint64_t>(call.in(1).span<std::int64_t>()[0]))
    {
    }
    std::uint32_t word(std::size_t element) const { return philoxWord(key, step, element); }
};

void uniformKernel(const RefCall &call)
{
    const Source source(call);
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        auto y = call.out().span<T>();
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] = scalar::uniform<T>(source.word(i));
    });
}

void normalKernel(const RefCall &call)
{
    const Source source(call);
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        auto y = call.out().span<T>();
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t even = i & ~std::size_t{1};
            y[i] = store<T>(scalar::normal(source.word(even), source.word(even + 1), even != i));
        }
    });
}

} // namespace

std::span<const RefEntry> randomKernels()
{
    static const RefEntry table[] = {{"random_uniform", uniformKernel}, {"random_normal", normalKernel}};
    return table;
}

} // namespace espalier
