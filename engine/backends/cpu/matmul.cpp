// SPDX-License-Identifier: Apache-2.0
// Matrix products: row-major operands with their strides exchanged for a transposition, so nothing is packed.
#include "engine/backends/cpu/onednn.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

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

tl::expected<Prepared, Decline> prepareMatmul(const Group &group, std::span<const Layout>, std::span<const bool>)
{
    const Program &program = *group.program;
    const Instruction &in = program.instructions[static_cast<std::size_t>(group.instructions.front())];
    const TensorType &y = program.type(in.outputs[0]);
    if (y.dtype != DType::Float32)
        return tl::unexpected(Decline{"only float32"});
    if (y.shape.elements().isConstant(0) || program.type(in.inputs[0]).shape.elements().isConstant(0))
        return tl::unexpected(Decline{"empty"});
    const auto rank = static_cast<std::size_t>(y.shape.rank());
    const auto a = operand(program.type(in.inputs[0]), in.attrs.boolean("transpose_a"), rank);
    const auto b = operand(program.type(in.inputs[1]), in.attrs.boolean("transpose_b"), rank);
    const auto c = onednn::plain(y);
    try {
        const auto pd = onednn::matmul(a, b, nullptr, c, onednn::Epilogue::None);
        const int second = in.inputs[0] == in.inputs[1] ? 0 : 1;
        Prepared prepared = onednn::prepareKernel(
            pd, dnnl::matmul(pd),
            {{DNNL_ARG_SRC, false, 0, a}, {DNNL_ARG_WEIGHTS, false, second, b}, {DNNL_ARG_DST, true, 0, c}});
        prepared.inputLayouts.resize(group.inputs.size());
        prepared.outputLayouts.resize(1);
        return prepared;
    } catch (const dnnl::error &e) {
        return tl::unexpected(Decline{e.what()});
    }
}

} // namespace

std::vector<Pattern> cpuMatmulPatterns()
{
    return {singleOp("matmul", prepareMatmul)};
}

} // namespace espalier
