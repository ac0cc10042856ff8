// SPDX-License-Identifier: Apache-2.0
// Matrix products; sums run in double or int64.
#include "engine/backends/reference/kernels.h"
#include "engine/ops/scalar_math.h"

namespace espalier {
namespace {

/// One operand as matrices: where the matrix of each batch element starts, and the steps along its two axes.
struct Matrices {
    std::int64_t row = 0;
    std::int64_t column = 0;
    Dims strides; ///< of the batch axes, as the output walks them

    Matrices(const Tensor &t, bool transpose, const Dims &batch)
    {
        const auto rank = t.dims().size();
        const std::int64_t last = t.dims()[rank - 1];
        row = transpose ? 1 : last;
        column = transpose ? last : 1;
        strides = broadcastStrides(Dims(t.dims().begin(), t.dims().end() - 2), batch);
        for (std::int64_t &s : strides)
            s *= t.dims()[rank - 2] * last;
    }
};

template <typename T>
void multiply(const RefCall &call)
{
    using A = Accumulator<T>;
    const Dims &dims = call.out().dims();
    const Dims batch(dims.begin(), dims.end() - 2);
    const std::int64_t rows = dims[dims.size() - 2];
    const std::int64_t columns = dims.back();
    const bool ta = call.attrs().boolean("transpose_a");
    const Dims &aDims = call.in(0).dims();
    const std::int64_t inner = aDims[aDims.size() - (ta ? 2 : 1)];
    const Matrices ma(call.in(0), ta, batch);
    const Matrices mb(call.in(1), call.attrs().boolean("transpose_b"), batch);
    const T *a = call.in(0).span<T>().data();
    const T *b = call.in(1).span<T>().data();
    T *y = call.out().span<T>().data();
    StridedWalk walkA(batch, ma.strides);
    StridedWalk walkB(batch, mb.strides);
    std::vector<A> sums(static_cast<std::size_t>(columns));
    for (std::int64_t n = elementCount(batch); n > 0; --n, walkA.next(), walkB.next())
        for (std::int64_t i = 0; i < rows; ++i) {
            std::fill(sums.begin(), sums.end(), A(0));
            for (std::int64_t k = 0; k < inner; ++k) {
                const A x = static_cast<A>(load(a[walkA.offset() + i * ma.row + k * ma.column]));
                const T *line = b + walkB.offset() + k * mb.row;
                for (std::int64_t j = 0; j < columns; ++j) {
                    A &sum = sums[static_cast<std::size_t>(j)];
                    sum = scalar::add(sum, scalar::multiply(x, static_cast<A>(load(line[j * mb.column]))));
                }
            }
            for (const A sum : sums)
                *y++ = store<T>(sum);
        }
}

void matmulKernel(const RefCall &call)
{
    dispatchNumber(call.out().dtype(), [&](auto tag) { multiply<decltype(tag)>(call); });
}

} // namespace

std::span<const RefEntry> matmulKernels()
{
    static const RefEntry table[] = {{"matmul", matmulKernel}};
    return table;
}

} // namespace espalier
