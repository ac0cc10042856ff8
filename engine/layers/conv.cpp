// SPDX-License-Identifier: Apache-2.0
// Conv2D on NCHW images with OIHW weights, as PyTorch's Conv2d.
#include "engine/layers/families.h"
#include "engine/layers/spelling.h"
#include "engine/layers/support.h"
#include "engine/layers/window.h"

#include <fmt/format.h>

namespace espalier {
namespace {

bool channelsFit(LayerContext &context, std::int64_t in, std::int64_t out, std::int64_t groups)
{
    if (in % groups == 0 && out % groups == 0)
        return true;
    context.problem(layerError(context, "conv.groups",
                               "'{0}' has {1} groups, which must divide its {2} input and {3} output channels.", groups,
                               in, out),
                    "x", "groups");
    return false;
}

void buildConv(LayerContext &context)
{
    Builder &b = context.builder();
    if (!needsFloat(context, "x") || !needsImage(context))
        return;
    const ValueId x = context.input("x");
    const auto in = needsSize(context, "x", 1);
    const auto window = readWindow(context, x);
    if (!in || !window)
        return;
    const std::int64_t out = context.integer("out_channels");
    const std::int64_t groups = context.integer("groups");
    if (!channelsFit(context, *in, out, groups))
        return;
    const std::int64_t area = window->kernel[0] * window->kernel[1];
    const std::int64_t fanIn = *in / groups * area;
    const DType dtype = b.dtype(x);
    const ValueId weight
        = context.parameter("weight", {dtype, Shape{out, *in / groups, window->kernel[0], window->kernel[1]}},
                            initializer(context, "weight_init", fanIn, out * area));
    ValueId y = b.emit(
        "conv2d", {x, weight},
        {{"stride", window->stride}, {"padding", window->padding}, {"dilation", window->dilation}, {"groups", groups}});
    if (context.boolean("bias")) {
        const ValueId bias
            = context.parameter("bias", {dtype, Shape{out}}, initializer(context, "bias_init", fanIn, out), false);
        y = b.add(y, b.reshape(bias, Shape{out, 1, 1}));
    }
    context.output("y", applyActivation(b, context.text("activation"), y, 1));
}

/// Padding that is not the same on both sides is put on before: PyTorch's module has none.
std::optional<Spelling> pytorch(const SpellingCall &call)
{
    const auto window = windowOf(call.params, call.inputs[0].shape);
    if (!window)
        return std::nullopt;
    const auto &p = window->padding;
    const bool isEven = p[0] == p[2] && p[1] == p[3];
    std::string arguments = fmt::format("{}, {}, {}", call.inputs[0].shape[1].toString(),
                                        call.params["out_channels"].integer(), pairText(window->kernel));
    if (window->stride != std::vector<std::int64_t>{1, 1})
        arguments += ", stride=" + pairText(window->stride);
    if (isEven && (p[0] != 0 || p[1] != 0))
        arguments += ", padding=" + pairText({p[0], p[1]});
    if (window->dilation != std::vector<std::int64_t>{1, 1})
        arguments += ", dilation=" + pairText(window->dilation);
    if (call.params["groups"].integer() != 1)
        arguments += fmt::format(", groups={}", call.params["groups"].integer());
    Spelling spelling{fmt::format("nn.Conv2d({}{})", arguments, offText(call.params, "bias"))};
    if (!isEven)
        spelling.call = fmt::format("{{m}}(F.pad({{0}}, ({}, {}, {}, {})))", p[1], p[3], p[0], p[2]);
    spelling.call = torchActivation(call.params["activation"].string(), spelling.call, 1);
    return spelling;
}

JsonValue params(std::initializer_list<JsonValue::Member> members)
{
    return JsonValue(JsonValue::Object(members));
}

JsonValue pair(int a, int b)
{
    return JsonValue(JsonValue::Array{a, b});
}

std::vector<LayerCase> cases()
{
    const CaseInput odd{.dims = {2, 4, 7, 5}};
    return {
        {"plain", params({{"out_channels", 3}}), {odd}},
        {"one pixel", params({{"out_channels", 1}, {"kernel_size", 1}}), {{.dims = {1, 1, 1, 1}}}},
        {"same", params({{"out_channels", 2}, {"padding", "same"}, {"kernel_size", pair(3, 2)}}), {odd}},
        {"stride and padding",
         params({{"out_channels", 2}, {"stride", pair(2, 1)}, {"padding", pair(1, 2)}, {"activation", "tanh"}}),
         {odd}},
        {"dilation, no bias", params({{"out_channels", 2}, {"dilation", 2}, {"bias", false}}), {odd}},
        {"groups", params({{"out_channels", 4}, {"groups", 2}, {"padding", "valid"}}), {odd}},
        {"initialisers", params({{"out_channels", 2}, {"weight_init", "glorot_normal"}, {"bias_init", "ones"}}), {odd}},
    };
}

} // namespace

std::span<const LayerKind> convLayers()
{
    static const std::vector<LayerKind> kinds{{
        .id = "Conv2D",
        .category = "Convolution",
        .title = "Convolution 2D",
        .help = "Slides small learned patterns over an image and says how well each fits at each place.",
        .aliases = {"Conv2d", "Conv", "convolution", "Convolution2D"},
        .params
        = {{.name = "out_channels",
            .fallback = 16,
            .label = "Output channels",
            .help = "How many patterns are learned; each gives one channel.",
            .minimum = 1,
            .maximum = 1e6},
           kernelParam(3, "Height and width of the patterns."),
           strideParam(1, 1),
           paddingParam("Zeros around the image: a number, [vertical, horizontal], \"same\" (the size stays) or "
                        "\"valid\" (none)."),
           dilationParam(),
           {.name = "groups",
            .fallback = 1,
            .label = "Groups",
            .help = "Splits the channels into groups that don't see each other.",
            .minimum = 1,
            .maximum = 1e6},
           biasParam(),
           activationParam(),
           initializerParam("weight_init", "Weights start as", "fan_in_uniform",
                            "How the weights are drawn before training."),
           initializerParam("bias_init", "Bias starts as", "fan_in_uniform", "How the bias is drawn before training.")},
        .inputs = oneInput("Images [batch, channels, height, width].", Numbers::Real, 4, 4),
        .outputs = oneOutput("[batch, output channels, height, width]"),
        .build = buildConv,
        .cases = cases,
        .pytorch = pytorch,
    }};
    return kinds;
}

} // namespace espalier
