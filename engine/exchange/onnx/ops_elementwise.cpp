// SPDX-License-Identifier: Apache-2.0
// Element-wise ops and reductions whose ONNX form differs from ours by more than the name.
#include "engine/exchange/onnx/ops.h"

namespace espalier::onnx_export {
namespace {

float number(const OnnxCall &c, std::string_view attribute)
{
    return static_cast<float>(c.attrs().real(attribute));
}

/// ONNX divides whole numbers towards zero, we round down: (a - a mod b) / b.
Names divide(const OnnxCall &c)
{
    if (isFloating(c.output().dtype))
        return {c.w.node("Div", {c.in(0), c.in(1)})};
    const std::string rest = c.w.node("Mod", {c.in(0), c.in(1)});
    return {c.w.node("Div", {c.w.node("Sub", {c.in(0), rest}), c.in(1)})};
}

Names modulo(const OnnxCall &c)
{
    if (isFloating(c.output().dtype))
        return {};
    return {c.w.node("Mod", {c.in(0), c.in(1)})};
}

Names leakyRelu(const OnnxCall &c)
{
    return {c.w.node("LeakyRelu", {c.in(0)}, {{"alpha", number(c, "negative_slope")}})};
}

Names elu(const OnnxCall &c)
{
    return {c.w.node("Elu", {c.in(0)}, {{"alpha", number(c, "alpha")}})};
}

/// From opset 20 on there is one operator for it.
Names gelu(const OnnxCall &c)
{
    if (c.opset() < 20)
        return {};
    return {c.w.node("Gelu", {c.in(0)},
                     {{"approximate", std::string(c.attrs().boolean("approximate") ? "tanh" : "none")}})};
}

Names hardswish(const OnnxCall &c)
{
    if (c.opset() < 14)
        return {};
    return {c.w.node("HardSwish", {c.in(0)})};
}

Names mish(const OnnxCall &c)
{
    if (c.opset() < 18)
        return {};
    return {c.w.node("Mish", {c.in(0)})};
}

Names silu(const OnnxCall &c)
{
    return {c.w.node("Mul", {c.in(0), c.w.node("Sigmoid", {c.in(0)})})};
}

Names square(const OnnxCall &c)
{
    return {c.w.node("Mul", {c.in(0), c.in(0)})};
}

Names clip(const OnnxCall &c)
{
    const DType dtype = c.input(0).dtype;
    return {c.w.node(
        "Clip", {c.in(0), c.w.scalar(c.attrs().real("minimum"), dtype), c.w.scalar(c.attrs().real("maximum"), dtype)})};
}

Names castTo(const OnnxCall &c)
{
    return {c.w.cast(c.in(0), c.attrs().dtype("dtype"))};
}

/// The axes are an input from opset 18 on (of ReduceSum from 13 on).
Names reduce(const OnnxCall &c, std::string_view type)
{
    if (type == "ReduceMean" && !isFloating(c.input(0).dtype))
        return {};
    std::vector<std::int64_t> axes = c.attrs().integers("axes");
    const std::int64_t keep = c.attrs().boolean("keepdims") ? 1 : 0;
    if (axes.empty())
        for (int i = 0; i < c.input(0).shape.rank(); ++i)
            axes.push_back(i);
    if (axes.empty())
        return {c.w.node("Identity", {c.in(0)})};
    if (c.opset() >= 18 || type == "ReduceSum")
        return {c.w.node(type, {c.in(0), c.w.integers(axes)}, {{"keepdims", keep}})};
    return {c.w.node(type, {c.in(0)}, {{"axes", axes}, {"keepdims", keep}})};
}

Names position(const OnnxCall &c, std::string_view type)
{
    return {c.w.node(type, {c.in(0)},
                     {{"axis", c.attrs().integer("axis")}, {"keepdims", std::int64_t{c.attrs().boolean("keepdims")}}})};
}

Names logSumExp(const OnnxCall &c)
{
    const std::vector<std::int64_t> axes{c.attrs().integer("axis")};
    const std::int64_t keep = c.attrs().boolean("keepdims") ? 1 : 0;
    if (c.opset() >= 18)
        return {c.w.node("ReduceLogSumExp", {c.in(0), c.w.integers(axes)}, {{"keepdims", keep}})};
    return {c.w.node("ReduceLogSumExp", {c.in(0)}, {{"axes", axes}, {"keepdims", keep}})};
}

} // namespace

std::span<const ConverterRow> elementwiseConverters()
{
    static const ConverterRow rows[] = {
        {"div", divide},
        {"mod", modulo},
        {"leaky_relu", leakyRelu},
        {"elu", elu},
        {"gelu", gelu},
        {"hardswish", hardswish},
        {"mish", mish},
        {"silu", silu},
        {"square", square},
        {"clip", clip},
        {"cast", castTo},
        {"reduce_sum", [](const OnnxCall &c) { return reduce(c, "ReduceSum"); }},
        {"reduce_mean", [](const OnnxCall &c) { return reduce(c, "ReduceMean"); }},
        {"reduce_max", [](const OnnxCall &c) { return reduce(c, "ReduceMax"); }},
        {"reduce_min", [](const OnnxCall &c) { return reduce(c, "ReduceMin"); }},
        {"reduce_prod", [](const OnnxCall &c) { return reduce(c, "ReduceProd"); }},
        {"argmax", [](const OnnxCall &c) { return position(c, "ArgMax"); }},
        {"argmin", [](const OnnxCall &c) { return position(c, "ArgMin"); }},
        {"log_sum_exp", logSumExp},
    };
    return rows;
}

} // namespace espalier::onnx_export
