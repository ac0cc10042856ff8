// SPDX-License-Identifier: Apache-2.0
// Heavy ops that ONNX has as one operator: pools, normalisation, softmax, lookups, LSTM. Where a call does not fit the
// operator, the answer is empty and expand() is written.
#include "engine/exchange/onnx/ops.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace espalier::onnx_export {
namespace {

/// A convolution whose weights are computed when the model runs.
Names conv(const OnnxCall &c)
{
    return {c.w.node("Conv", {c.in(0), c.in(1)},
                     {{"strides", c.attrs().integers("stride")},
                      {"pads", c.attrs().integers("padding")},
                      {"dilations", c.attrs().integers("dilation")},
                      {"group", c.attrs().integer("groups")}})};
}

/// The padding with which no window sticks out, so that rounding rules of runtimes do not matter; nothing for images of
/// open size.
std::optional<std::vector<std::int64_t>> exactPadding(const OnnxCall &c)
{
    std::vector<std::int64_t> padding = c.attrs().integers("padding");
    for (std::size_t i = 0; i < 2; ++i) {
        const Dim &in = c.input(0).shape[static_cast<int>(i) + 2];
        const Dim &out = c.output().shape[static_cast<int>(i) + 2];
        if (!in.isConstant() || !out.isConstant())
            return std::nullopt;
        const std::int64_t reach = (out.constant() - 1) * c.attrs().integers("stride")[i]
            + c.attrs().integers("kernel_size")[i] - in.constant() - padding[i];
        padding[i + 2] = std::max<std::int64_t>(padding[i + 2], reach);
    }
    return padding;
}

Attributes poolAttributes(const OnnxCall &c, std::vector<std::int64_t> padding)
{
    return {{"kernel_shape", c.attrs().integers("kernel_size")},
            {"strides", c.attrs().integers("stride")},
            {"pads", std::move(padding)}};
}

Names maxPool(const OnnxCall &c)
{
    if (c.isUsed(1))
        return {};
    if (!c.attrs().boolean("ceil_mode"))
        return {c.w.node("MaxPool", {c.in(0)}, poolAttributes(c, c.attrs().integers("padding"))), ""};
    const auto padding = exactPadding(c);
    if (!padding)
        return {};
    return {c.w.node("MaxPool", {c.in(0)}, poolAttributes(c, *padding)), ""};
}

/// Windows that stick out count as in PyTorch, which ONNX says from opset 19 on; expand() says it always.
Names averagePool(const OnnxCall &c)
{
    if (c.attrs().boolean("ceil_mode"))
        return {};
    Attributes attributes = poolAttributes(c, c.attrs().integers("padding"));
    attributes.emplace_back("count_include_pad", std::int64_t{c.attrs().boolean("count_include_pad")});
    return {c.w.node("AveragePool", {c.in(0)}, attributes)};
}

Names batchNorm(const OnnxCall &c)
{
    return {c.w.node("BatchNormalization", {c.in(0), c.in(1), c.in(2), c.in(3), c.in(4)},
                     {{"epsilon", static_cast<float>(c.attrs().real("eps"))}})};
}

Names layerNorm(const OnnxCall &c)
{
    if (c.opset() < 17 || c.isUsed(1) || c.isUsed(2))
        return {};
    return {c.w.node("LayerNormalization", {c.in(0), c.in(1), c.in(2)},
                     {{"axis", c.attrs().integer("axis")}, {"epsilon", static_cast<float>(c.attrs().real("eps"))}}),
            "", ""};
}

Names softmax(const OnnxCall &c)
{
    return {c.w.node("Softmax", {c.in(0)}, {{"axis", c.attrs().integer("axis")}})};
}

Names logSoftmax(const OnnxCall &c)
{
    return {c.w.node("LogSoftmax", {c.in(0)}, {{"axis", c.attrs().integer("axis")}})};
}

Names embedding(const OnnxCall &c)
{
    return {c.w.node("Gather", {c.in(0), c.in(1)}, {{"axis", std::int64_t{0}}})};
}

// ---- LSTM: our gates are i f g o, ONNX has i o f c

Tensor reordered(const Tensor &weight)
{
    constexpr std::int64_t kOrder[] = {0, 3, 1, 2};
    Tensor out(weight.dtype(), weight.dims());
    const std::size_t bytes = weight.bytes() / 4;
    for (std::size_t gate = 0; gate < 4; ++gate)
        std::memcpy(static_cast<char *>(out.data()) + gate * bytes,
                    static_cast<const char *>(weight.data()) + static_cast<std::size_t>(kOrder[gate]) * bytes, bytes);
    return out;
}

/// W [1, 4H, I], R [1, 4H, H] or B [1, 8H]: ONNX has two biases, we their sum.
std::string lstmWeight(const OnnxCall &c, std::size_t input, std::int64_t units)
{
    const Known &known = *c.known(input);
    Tensor weight = reordered(known.tensor);
    Dims dims{1};
    dims.insert(dims.end(), weight.dims().begin(), weight.dims().end());
    if (weight.rank() == 1) {
        Tensor both(weight.dtype(), {1, 8 * units});
        std::memcpy(both.data(), weight.data(), weight.bytes());
        return c.w.initializer({both, known.name});
    }
    return c.w.initializer({weight.reshaped(dims), known.name});
}

/// "" where the state starts at zeros, which is what ONNX takes then.
std::string lstmState(const OnnxCall &c, std::size_t input)
{
    for (const Instruction &instruction : c.program.instructions) {
        if (instruction.outputs.front() != c.instruction.inputs[input] || instruction.op->name != "broadcast_to")
            continue;
        const Known *known = c.w.known(instruction.inputs.front());
        if (known && known->tensor.elements() == 1 && known->tensor.at(0) == 0)
            return "";
    }
    return c.w.unsqueeze(c.in(input), 0);
}

Names lstm(const OnnxCall &c)
{
    if (c.isUsed(3) || c.isUsed(4) || !c.known(3) || !c.known(4) || !c.known(5))
        return {};
    const std::int64_t units = c.input(4).shape[1].constant();
    const std::string x = c.w.transpose(c.in(0), {1, 0, 2});
    const Names outputs = c.w.nodes("LSTM",
                                    {x, lstmWeight(c, 3, units), lstmWeight(c, 4, units), lstmWeight(c, 5, units), "",
                                     lstmState(c, 1), lstmState(c, 2)},
                                    3, {{"hidden_size", units}});
    const std::string y = c.isUsed(0) ? c.w.transpose(c.w.squeeze(outputs[0], 1), {1, 0, 2}) : "";
    const std::string h = c.isUsed(1) ? c.w.squeeze(outputs[1], 0) : "";
    const std::string last = c.isUsed(2) ? c.w.squeeze(outputs[2], 0) : "";
    return {y, h, last, "", ""};
}

} // namespace

std::span<const ConverterRow> heavyConverters()
{
    static const ConverterRow rows[] = {
        {"conv2d", conv},
        {"max_pool2d", maxPool},
        {"avg_pool2d", averagePool},
        {"batch_norm_inference", batchNorm},
        {"layer_norm", layerNorm},
        {"softmax", softmax},
        {"log_softmax", logSoftmax},
        {"embedding", embedding},
        {"lstm", lstm},
    };
    return rows;
}

} // namespace espalier::onnx_export
