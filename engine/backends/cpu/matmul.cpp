// SPDX-License-Identifier: Apache-2.0
// Matrix products: row-major operands with their strides exchanged for a transposition, so nothing is packed.
#include "engine/backends/cpu/matching.h"
#include "engine/backends/cpu/onednn.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

#include <algorithm>

namespace espalier {
namespace {

/// dims and strides of an operand, its last two axes exchanged where it is transposed, widened to `rank`.
onednn::Md operand(const TensorType &type, bool transposed, std::size_t rank)
{
    Dims dims = type.shape.concrete();
    Dims strides = rowMajorStrides(dims);
    if (transposed) {
        std::swap(dims[dims.size() - 1], dims[dims.size() - 2]);
        std::swap(strides[strides.size() - 1], strides[strides.size() - 2]);
    }
    while (dims.size() < rank) {
        dims.insert(dims.begin(), 1);
        strides.insert(strides.begin(), strides.front() * dims[1]);
    }
    return onednn::strided(type.dtype, dims, strides);
}

std::size_t indexOf(const std::vector<ValueId> &values, ValueId id)
{
    return static_cast<std::size_t>(std::find(values.begin(), values.end(), id) - values.begin());
}

/// [..., columns] as a matrix.
Shape asRows(const Shape &shape)
{
    const Dims dims = shape.concrete();
    return Shape(Dims{elementCount(dims) / dims.back(), dims.back()});
}

/// A product with what follows it.
tl::expected<Prepared, Decline> prepareMatmul(const Group &group, bool bfloat16)
{
    const Program &program = *group.program;
    const Instruction &in = program.instructions[static_cast<std::size_t>(group.instructions.front())];
    const TailValues tail = tailValues(group);
    const TensorType &y = program.type(tail.result);
    TensorType aType = program.type(in.inputs[0]);
    const TensorType &bType = program.type(in.inputs[1]);
    for (const DType dtype : {aType.dtype, y.dtype})
        if (dtype != DType::Float32 && (dtype != DType::BFloat16 || !bfloat16))
            return tl::unexpected(Decline{"only what the processor multiplies"});
    if (y.shape.elements().isConstant(0) || aType.shape.elements().isConstant(0))
        return tl::unexpected(Decline{"empty"});
    TensorType yType = y;
    if (bType.shape.rank() == 2 && aType.shape.rank() > 2 && !in.attrs.boolean("transpose_a")) {
        aType.shape = asRows(aType.shape); // one product instead of a batch of them
        yType.shape = asRows(yType.shape);
    }
    const auto rank = static_cast<std::size_t>(yType.shape.rank());
    const auto a = operand(aType, in.attrs.boolean("transpose_a"), rank);
    const auto b = operand(bType, in.attrs.boolean("transpose_b"), rank);
    const auto c = onednn::plain(yType);
    std::vector<onednn::Argument> arguments{
        {DNNL_ARG_SRC, false, static_cast<int>(indexOf(group.inputs, in.inputs[0])), a},
        {DNNL_ARG_WEIGHTS, false, static_cast<int>(indexOf(group.inputs, in.inputs[1])), b},
        {DNNL_ARG_DST, true, 0, c}};
    const bool hasBias = tail.bias != kNoValue;
    onednn::Md bias;
    if (hasBias) {
        Dims dims(rank, 1);
        dims.back() = y.shape.concrete().back();
        bias = onednn::plain(DType::Float32, dims);
        arguments.push_back({DNNL_ARG_BIAS, false, static_cast<int>(indexOf(group.inputs, tail.bias)), bias});
    }
    const Dims aDims = aType.shape.concrete();
    const auto inner = static_cast<double>(aDims[aDims.size() - (in.attrs.boolean("transpose_a") ? 2 : 1)]);
    const onednn::SmallWork scope(2 * inner * static_cast<double>(elementCount(y.shape.concrete()))
                                  < onednn::kSmallFlops);
    try {
        const auto pd = onednn::matmul(a, b, hasBias ? &bias : nullptr, c,
                                       tail.relu ? onednn::Epilogue::Relu : onednn::Epilogue::None);
        if (group.instructions.size() > 1 && onednn::isSlow(onednn::implementationOf(pd)))
            return tl::unexpected(Decline{onednn::implementationOf(pd) + " is slow"});
        Prepared prepared = onednn::prepareKernel(pd, dnnl::matmul(pd), std::move(arguments));
        prepared.inputLayouts.resize(group.inputs.size());
        prepared.outputLayouts.resize(1);
        return prepared;
    } catch (const dnnl::error &e) {
        return tl::unexpected(Decline{e.what()});
    }
}

/// One value for each column.
bool isRowBias(const Program &p, ValueId bias, ValueId y)
{
    const Dims b = p.type(bias).shape.concrete();
    const Dims dims = p.type(y).shape.concrete();
    return !b.empty() && b.back() == dims.back() && elementCount(b) == dims.back()
        && p.type(bias).dtype == DType::Float32;
}

} // namespace

std::vector<Pattern> cpuMatmulPatterns(bool bfloat16)
{
    const auto prepare = [bfloat16](const Group &group, std::span<const Layout>, std::span<const bool>) {
        return prepareMatmul(group, bfloat16);
    };
    const auto match = [](Tail tail) { return matchTail("matmul", tail, isRowBias); };
    return {{"matmul+cast+bias+relu", match({true, true, true}), prepare},
            {"matmul+cast+bias", match({true, true, false}), prepare},
            {"matmul+cast", match({true, false, false}), prepare},
            {"matmul+bias+relu", match({false, true, true}), prepare},
            {"matmul+bias", match({false, true, false}), prepare},
            singleOp("matmul", prepare)};
}

} // namespace espalier
