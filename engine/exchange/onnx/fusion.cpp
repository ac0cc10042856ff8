// SPDX-License-Identifier: Apache-2.0
// What ONNX says in one node where the program has several: Conv with its bias, Gemm, batch norm folded into weights.
#include "engine/exchange/onnx/graph_writer.h"

#include <cmath>

namespace espalier::onnx_export {
namespace {

/// A convolution or matrix product, and what follows it.
struct Fused {
    Known weight;
    Known bias; ///< [outputs]; an empty tensor: none
    ValueId result = kNoValue; ///< of the last instruction taken in
    std::int64_t outputs = 0;
};

/// `value` as [outputs], if it adds one number to each channel of an image or each feature of a row.
bool isBias(const Tensor &value, std::int64_t outputs, bool isConv)
{
    const Dims wanted = isConv ? Dims{outputs, 1, 1} : Dims{outputs};
    return value.dims() == wanted;
}

void takeBias(GraphWriter &w, const Program &program, Fused &fused, bool isConv)
{
    const Instruction *add = w.onlyUser(program, fused.result);
    if (!add || add->op->name != "add")
        return;
    const ValueId other = add->inputs[0] == fused.result ? add->inputs[1] : add->inputs[0];
    const Known *bias = other == fused.result ? nullptr : w.known(other);
    if (!bias || !isBias(bias->tensor, fused.outputs, isConv))
        return;
    fused.bias = {bias->tensor.reshaped({fused.outputs}), bias->name};
    fused.result = add->outputs.front();
}

/// y = (x w + b - mean) * s + beta with s = scale / sqrt(variance + eps) becomes x (w s) + ((b - mean) s + beta).
void takeBatchNorm(GraphWriter &w, const Program &program, Fused &fused)
{
    const Instruction *norm = w.onlyUser(program, fused.result);
    if (!norm || norm->op->name != "batch_norm_inference" || norm->inputs[0] != fused.result)
        return;
    const Known *statistics[4];
    for (std::size_t i = 0; i < 4; ++i)
        if (statistics[i] = w.known(norm->inputs[i + 1]); !statistics[i])
            return;
    const double eps = norm->attrs.real("eps");
    const std::int64_t row = fused.weight.tensor.elements() / fused.outputs;
    const std::string name = fused.weight.name;
    Tensor weight = fused.weight.tensor.clone();
    Tensor bias(weight.dtype(), {fused.outputs});
    for (std::int64_t o = 0; o < fused.outputs; ++o) {
        const double factor = statistics[0]->tensor.at(o) / std::sqrt(statistics[3]->tensor.at(o) + eps);
        for (std::int64_t i = 0; i < row; ++i)
            weight.set(o * row + i, weight.at(o * row + i) * factor);
        const double before = fused.bias.tensor.isEmpty() ? 0 : fused.bias.tensor.at(o);
        bias.set(o, (before - statistics[2]->tensor.at(o)) * factor + statistics[1]->tensor.at(o));
    }
    const std::string biasName = fused.bias.name.empty() ? statistics[1]->name : fused.bias.name;
    fused = {{weight, name}, {bias, biasName}, norm->outputs.front(), fused.outputs};
}

Fused gather(GraphWriter &w, const Program &program, const Instruction &instruction, bool isConv)
{
    const Known &weight = *w.known(instruction.inputs[1]);
    Fused fused{weight, {}, instruction.outputs.front(), weight.tensor.dims().front()};
    takeBias(w, program, fused, isConv);
    if (w.shared().foldBatchNorm)
        takeBatchNorm(w, program, fused);
    return fused;
}

Names operands(GraphWriter &w, const Instruction &instruction, const Fused &fused)
{
    const bool isOwn = sameBits(fused.weight.tensor, w.known(instruction.inputs[1])->tensor);
    Names names{w.nameOf(instruction.inputs[0]), isOwn ? w.nameOf(instruction.inputs[1]) : w.initializer(fused.weight)};
    if (!fused.bias.tensor.isEmpty())
        names.push_back(w.initializer(fused.bias));
    return names;
}

bool isDense(const GraphWriter &w, const Program &program, const Instruction &instruction)
{
    const Known *weight = w.known(instruction.inputs[1]);
    return instruction.op->name == "matmul" && weight && weight->tensor.rank() == 2
        && program.type(instruction.inputs[0]).shape.rank() == 2 && isFloating(weight->tensor.dtype())
        && instruction.attrs.boolean("transpose_b") && !instruction.attrs.boolean("transpose_a");
}

} // namespace

bool writeFused(GraphWriter &w, const Program &program, const Instruction &instruction)
{
    const Attrs &attrs = instruction.attrs;
    if (instruction.op->name == "conv2d" && w.known(instruction.inputs[1])) {
        const Fused fused = gather(w, program, instruction, true);
        const Dims &kernel = fused.weight.tensor.dims();
        w.give(fused.result,
               w.node("Conv", operands(w, instruction, fused),
                      {{"kernel_shape", std::vector{kernel[2], kernel[3]}},
                       {"strides", attrs.integers("stride")},
                       {"pads", attrs.integers("padding")},
                       {"dilations", attrs.integers("dilation")},
                       {"group", attrs.integer("groups")}}));
        return true;
    }
    if (!isDense(w, program, instruction))
        return false;
    const Fused fused = gather(w, program, instruction, false);
    w.give(fused.result, w.node("Gemm", operands(w, instruction, fused), {{"transB", std::int64_t{1}}}));
    return true;
}

} // namespace espalier::onnx_export
