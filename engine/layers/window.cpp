// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/window.h"

#include "engine/layers/support.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::int64_t kLargest = 1'000'000; ///< of a padding

bool hasParam(const LayerContext &context, std::string_view name)
{
    const auto &params = context.kind().params;
    return std::any_of(params.begin(), params.end(), [&](const ParamSpec &s) { return s.name == name; });
}

void badPadding(LayerContext &context)
{
    context.problem(layerError(context, "window.padding",
                               "'{0}': padding must be a number from 0, [vertical, horizontal], \"same\" or \"valid\", "
                               "not {1}.",
                               Arg(Arg::Kind::Text, context.param("padding").dump().substr(0, 40))),
                    {}, "padding");
}

/// [vertical, horizontal] -> top, left, bottom, right.
std::optional<std::vector<std::int64_t>> explicitPadding(LayerContext &context)
{
    const JsonValue &value = context.param("padding");
    std::vector<std::int64_t> sides;
    for (const JsonValue &item : value.items())
        sides.push_back(item.integer(-1));
    if (value.isNumber())
        sides.assign(2, value.integer(-1));
    const bool fits = sides.size() == 2
        && std::all_of(sides.begin(), sides.end(), [](std::int64_t s) { return s >= 0 && s <= kLargest; });
    if (!fits) {
        badPadding(context);
        return std::nullopt;
    }
    return std::vector<std::int64_t>{sides[0], sides[1], sides[0], sides[1]};
}

/// top, left, bottom, right for "same"; nothing where a stride wants a size that is not known.
std::optional<std::vector<std::int64_t>> sameSides(const Window &window, const Shape &shape)
{
    std::vector<std::int64_t> padding(4, 0);
    for (std::size_t i = 0; i < 2; ++i) {
        const std::int64_t reach = window.dilation[i] * (window.kernel[i] - 1);
        std::int64_t total = reach;
        const Dim &size = shape[static_cast<int>(i) + 2];
        if (window.stride[i] > 1) {
            if (!size.isConstant())
                return std::nullopt;
            const std::int64_t out = (size.constant() + window.stride[i] - 1) / window.stride[i];
            total = std::max<std::int64_t>((out - 1) * window.stride[i] + reach + 1 - size.constant(), 0);
        }
        padding[i] = total / 2;
        padding[i + 2] = total - total / 2;
    }
    return padding;
}

std::optional<std::vector<std::int64_t>> samePadding(LayerContext &context, const Window &window, const Shape &shape)
{
    auto padding = sameSides(window, shape);
    if (!padding)
        context.problem(layerError(context, "window.same",
                                   "'{0}': \"same\" with a stride above 1 needs images of a fixed size, got {1}.",
                                   shapeArg(shape)),
                        "x", "padding");
    return padding;
}

bool windowFits(LayerContext &context, const Window &window, const Shape &shape)
{
    for (std::size_t i = 0; i < 2; ++i) {
        const Dim &size = shape[static_cast<int>(i) + 2];
        const std::int64_t needed = window.dilation[i] * (window.kernel[i] - 1) + 1;
        if (!size.isConstant() || size.constant() + window.padding[i] + window.padding[i + 2] >= needed)
            continue;
        context.problem(layerError(context, "window.size",
                                   "'{0}': a window of {1} pixels does not fit into an image {2} of {3}. Use a smaller "
                                   "kernel or more padding, or one pool less before it.",
                                   needed, i == 0 ? "height" : "width", size.constant()),
                        "x", "kernel_size");
        return false;
    }
    return true;
}

} // namespace

bool needsImage(LayerContext &context)
{
    const Shape &shape = context.builder().shape(context.input("x"));
    if (shape.rank() != 3)
        return needsRank(context, "x", 4, 4, "[batch, channels, height, width]");
    Error e = layerError(context, "layer.rank",
                         "'{0}' needs [batch, channels, height, width] at 'x', got {1}. If these are images of one "
                         "channel, add a Reshape before it.",
                         shapeArg(shape));
    if (shape[1].isConstant() && shape[2].isConstant()) {
        JsonValue params = JsonValue::object();
        params.set("shape", JsonValue(JsonValue::Array{1, shape[1].constant(), shape[2].constant()}));
        e.fixes.push_back(context.insertBeforeFix("Add Reshape", "x", "Reshape", std::move(params)));
    }
    context.problem(std::move(e), "x");
    return false;
}

std::optional<Window> readWindow(LayerContext &context, ValueId x)
{
    const Shape &shape = context.builder().shape(x);
    Window window{context.integers("kernel_size", 2), context.integers("stride", 2), {}, {1, 1}};
    for (std::size_t i = 0; i < 2; ++i)
        if (window.stride[i] < 1)
            window.stride[i] = window.kernel[i];
    if (hasParam(context, "dilation"))
        window.dilation = context.integers("dilation", 2);
    const std::string &word = context.text("padding");
    std::optional<std::vector<std::int64_t>> padding(std::vector<std::int64_t>(4, 0));
    if (word == "same")
        padding = samePadding(context, window, shape);
    else if (word != "valid")
        padding = explicitPadding(context);
    if (!padding)
        return std::nullopt;
    window.padding = std::move(*padding);
    return windowFits(context, window, shape) ? std::optional(std::move(window)) : std::nullopt;
}

std::optional<Window> windowOf(const JsonValue &params, const Shape &image)
{
    const auto sides = [&](std::string_view name, std::int64_t fallback) {
        const JsonValue &value = params[name];
        std::vector<std::int64_t> both(2, value.isNumber() ? value.integer() : fallback);
        for (std::size_t i = 0; i < value.items().size() && i < 2; ++i)
            both[i] = value.items()[i].integer();
        return both;
    };
    Window window{sides("kernel_size", 1), sides("stride", 0), {}, sides("dilation", 1)};
    for (std::size_t i = 0; i < 2; ++i)
        if (window.stride[i] < 1)
            window.stride[i] = window.kernel[i];
    window.padding.assign(4, 0);
    const std::string &word = params["padding"].string();
    if (word == "valid")
        return window;
    if (word == "same") {
        const auto padding = sameSides(window, image);
        if (!padding)
            return std::nullopt;
        window.padding = *padding;
        return window;
    }
    const auto padding = sides("padding", 0);
    window.padding = {padding[0], padding[1], padding[0], padding[1]};
    return window;
}

ParamSpec kernelParam(int fallback, std::string_view help)
{
    return {.name = "kernel_size",
            .type = ParamType::IntegerList,
            .fallback = JsonValue(JsonValue::Array{fallback, fallback}),
            .label = "Kernel size",
            .help = help,
            .minimum = 1,
            .maximum = 10000,
            .minLength = 2,
            .maxLength = 2,
            .unit = "px"};
}

ParamSpec strideParam(int fallback, int least)
{
    return {.name = "stride",
            .type = ParamType::IntegerList,
            .fallback = fallback > 0 ? JsonValue(JsonValue::Array{fallback, fallback}) : JsonValue::array(),
            .label = "Stride",
            .help = least > 0 ? "How far the window moves each time."
                              : "How far the window moves each time; empty: by "
                                "its own size.",
            .minimum = 1,
            .maximum = 10000,
            .minLength = least > 0 ? 2 : 0,
            .maxLength = 2,
            .unit = "px"};
}

ParamSpec paddingParam(std::string_view help)
{
    return {.name = "padding", .type = ParamType::Any, .fallback = 0, .label = "Padding", .help = help, .unit = "px"};
}

ParamSpec dilationParam()
{
    return {.name = "dilation",
            .type = ParamType::IntegerList,
            .fallback = JsonValue(JsonValue::Array{1, 1}),
            .label = "Dilation",
            .help = "Distance between the points of the window.",
            .minimum = 1,
            .maximum = 10000,
            .minLength = 2,
            .maxLength = 2,
            .unit = "px"};
}

} // namespace espalier
