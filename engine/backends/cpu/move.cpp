// SPDX-License-Identifier: Apache-2.0
// Transpositions and broadcast copies of any dtype: axes that are walked alike are merged, then rows or tiles are
// copied.
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

#include <algorithm>

namespace espalier {
namespace {

/// The output in order, the input by strides (0: broadcast).
struct Walk {
    Dims dims;
    Dims strides;
    std::int64_t elements = 0;
};

Walk mergedWalk(const Dims &dims, const Dims &strides)
{
    Walk w;
    w.elements = elementCount(dims);
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] == 1)
            continue;
        if (!w.dims.empty() && w.strides.back() == strides[i] * dims[i]) {
            w.dims.back() *= dims[i];
            w.strides.back() = strides[i];
        } else {
            w.dims.push_back(dims[i]);
            w.strides.push_back(strides[i]);
        }
    }
    while (w.dims.size() < 2) { // a plane of rows, always
        w.dims.insert(w.dims.begin(), 1);
        w.strides.insert(w.strides.begin(), 0);
    }
    return w;
}

/// One plane of the last two axes.
template <typename T>
void copyPlane(const T *from, T *to, std::int64_t rows, std::int64_t columns, std::int64_t rowStride,
               std::int64_t columnStride)
{
    constexpr std::int64_t kSide = 32; // a tile of both fits the first-level cache
    if (columnStride == 1) {
        for (std::int64_t r = 0; r < rows; ++r)
            std::copy_n(from + r * rowStride, columns, to + r * columns);
        return;
    }
    if (columnStride == 0) {
        for (std::int64_t r = 0; r < rows; ++r)
            std::fill_n(to + r * columns, columns, from[r * rowStride]);
        return;
    }
    for (std::int64_t r0 = 0; r0 < rows; r0 += kSide)
        for (std::int64_t c0 = 0; c0 < columns; c0 += kSide)
            for (std::int64_t r = r0; r < std::min(rows, r0 + kSide); ++r)
                for (std::int64_t c = c0; c < std::min(columns, c0 + kSide); ++c)
                    to[r * columns + c] = from[r * rowStride + c * columnStride];
}

template <typename T>
void runWalk(const Walk &w, const T *from, T *to)
{
    const std::size_t rank = w.dims.size();
    const std::int64_t rows = w.dims[rank - 2];
    const std::int64_t columns = w.dims[rank - 1];
    const std::int64_t planes = w.elements / (rows * columns);
    constexpr std::int64_t kRows = 64; // rows of a task
    const std::int64_t pieces = (rows + kRows - 1) / kRows;
#pragma omp parallel for schedule(static) if (w.elements >= kParallelFrom)
    for (std::int64_t task = 0; task < planes * pieces; ++task) {
        std::int64_t plane = task / pieces;
        const std::int64_t first = task % pieces * kRows;
        T *const target = to + (plane * rows + first) * columns;
        std::int64_t offset = first * w.strides[rank - 2];
        for (std::size_t axis = rank - 2; axis-- > 0;) {
            offset += plane % w.dims[axis] * w.strides[axis];
            plane /= w.dims[axis];
        }
        copyPlane(from + offset, target, std::min(kRows, rows - first), columns, w.strides[rank - 2],
                  w.strides[rank - 1]);
    }
}

tl::expected<Prepared, Decline> prepareMove(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    const Program &p = *group.program;
    const Instruction &in = p.instructions[static_cast<std::size_t>(group.instructions.front())];
    const TensorType &type = p.type(in.outputs[0]);
    const Dims x = p.type(in.inputs[0]).shape.concrete();
    const Dims y = type.shape.concrete();
    if (elementCount(y) == 0)
        return tl::unexpected(Decline{"empty"});
    const Dims own = rowMajorStrides(x);
    Dims strides(y.size(), 0);
    if (in.op->name == "transpose") {
        const auto &permutation = in.attrs.integers("permutation");
        for (std::size_t i = 0; i < strides.size(); ++i)
            strides[i] = own[static_cast<std::size_t>(*normalizeAxis(permutation[i], static_cast<int>(x.size())))];
    } else {
        for (std::size_t i = 0; i < x.size(); ++i)
            strides[y.size() - x.size() + i] = x[i] == 1 ? 0 : own[i];
    }
    const Walk walk = mergedWalk(y, strides);
    const std::size_t size = byteSize(type.dtype);
    return functionKernel(group, "own:move", [walk, size](const Pointers &at) {
        if (size == 4)
            runWalk(walk, at.in<std::uint32_t>(0), at.out<std::uint32_t>());
        else if (size == 8)
            runWalk(walk, at.in<std::uint64_t>(0), at.out<std::uint64_t>());
        else if (size == 2)
            runWalk(walk, at.in<std::uint16_t>(0), at.out<std::uint16_t>());
        else
            runWalk(walk, at.in<std::uint8_t>(0), at.out<std::uint8_t>());
    });
}

} // namespace

std::vector<Pattern> cpuMovePatterns()
{
    return {singleOp("transpose", prepareMove), singleOp("broadcast_to", prepareMove)};
}

} // namespace espalier
