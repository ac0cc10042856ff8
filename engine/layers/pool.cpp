// SPDX-License-Identifier: Apache-2.0
// Pools: the largest or the mean of each window, or the mean of the whole image.
#include "engine/layers/families.h"
#include "engine/layers/support.h"
#include "engine/layers/window.h"

namespace espalier {
namespace {

/// PyTorch's rule, without which a window could lie in the padding alone.
bool paddingFits(LayerContext &context, const Window &window)
{
    for (std::size_t i = 0; i < 2; ++i) {
        if (std::max(window.padding[i], window.padding[i + 2]) * 2 <= window.kernel[i])
            continue;
        context.problem(layerError(context, "pool.padding",
                                   "'{0}': the padding may be at most half of the kernel size ({1}).",
                                   window.kernel[i]),
                        {}, "padding");
        return false;
    }
    return true;
}

void buildPool(LayerContext &context)
{
    if (!needsFloat(context, "x") || !needsImage(context))
        return;
    const ValueId x = context.input("x");
    const auto window = readWindow(context, x);
    if (!window || !paddingFits(context, *window))
        return;
    const bool isMax = context.kind().id == "MaxPool2D";
    Attrs attrs{{"kernel_size", window->kernel},
                {"stride", window->stride},
                {"padding", window->padding},
                {"ceil_mode", context.boolean("ceil_mode")}};
    if (!isMax)
        attrs.set("count_include_pad", context.boolean("count_include_pad"));
    const auto outputs = context.builder().emitAll(isMax ? "max_pool2d" : "avg_pool2d", {x}, std::move(attrs));
    context.output("y", outputs.front());
}

void buildGlobal(LayerContext &context)
{
    if (!needsFloat(context, "x") || !needsRank(context, "x", 3, 8, "[batch, channels, height, width]"))
        return;
    Builder &b = context.builder();
    const ValueId x = context.input("x");
    std::vector<std::int64_t> axes;
    for (int i = 2; i < b.shape(x).rank(); ++i)
        axes.push_back(i);
    context.output("y", b.emit("reduce_mean", {x}, {{"axes", axes}, {"keepdims", context.boolean("keepdim")}}));
}

JsonValue params(std::initializer_list<JsonValue::Member> members)
{
    return JsonValue(JsonValue::Object(members));
}

JsonValue pair(int a, int b)
{
    return JsonValue(JsonValue::Array{a, b});
}

std::vector<LayerCase> poolCases()
{
    const CaseInput odd{.dims = {2, 3, 7, 5}, .domain = Domain::Distinct};
    return {{"plain", {}, {odd}},
            {"one pixel", params({{"kernel_size", pair(1, 1)}}), {{.dims = {1, 1, 1, 1}}}},
            {"overlapping", params({{"kernel_size", pair(3, 2)}, {"stride", pair(2, 1)}}), {odd}},
            {"padding", params({{"kernel_size", pair(3, 3)}, {"padding", 1}, {"ceil_mode", true}}), {odd}}};
}

std::vector<LayerCase> averageCases()
{
    std::vector<LayerCase> cases = poolCases();
    cases.push_back({"padding left out",
                     params({{"kernel_size", pair(3, 3)}, {"padding", 1}, {"count_include_pad", false}}),
                     {{.dims = {1, 2, 6, 6}}}});
    return cases;
}

std::vector<LayerCase> globalCases()
{
    return {{"images", {}, {{.dims = {2, 3, 4, 5}}}},
            {"one pixel", {}, {{.dims = {1, 2, 1, 1}}}},
            {"kept axes", params({{"keepdim", true}}), {{.dims = {2, 3, 2, 2}}}}};
}

LayerKind poolKind(std::string_view id, std::string_view title, std::string_view help,
                   std::vector<std::string_view> aliases, std::vector<LayerCase> (*cases)())
{
    LayerKind kind{.id = id, .category = "Pooling", .title = title, .help = help, .aliases = std::move(aliases)};
    ParamSpec ceil{.name = "ceil_mode", .type = ParamType::Bool, .fallback = false, .label = "Keep the rest"};
    ceil.help = "A last window may stick out, so that no pixel is left over.";
    kind.params
        = {kernelParam(2, "Height and width of the window."), strideParam(0, 0),
           paddingParam("An empty border: a number, [vertical, horizontal], \"same\" or \"valid\" (none)."), ceil};
    kind.inputs = oneInput("Images [batch, channels, height, width].", Numbers::Real, 4, 4);
    kind.outputs = oneOutput("[batch, channels, height, width]");
    kind.build = buildPool;
    kind.cases = cases;
    return kind;
}

LayerKind averageKind()
{
    LayerKind kind = poolKind("AvgPool2D", "Average pool 2D", "Keeps the mean of each window.",
                              {"AvgPool2d", "AveragePooling2D", "AveragePool"}, averageCases);
    ParamSpec include{
        .name = "count_include_pad", .type = ParamType::Bool, .fallback = true, .label = "Count the padding"};
    include.help = "The zeros of the padding count in the mean.";
    kind.params.push_back(include);
    return kind;
}

LayerKind globalKind()
{
    LayerKind kind{.id = "GlobalAvgPool", .category = "Pooling", .title = "Global average pool"};
    kind.help = "The mean of each channel over the whole image.";
    kind.aliases = {"AdaptiveAvgPool2d", "GlobalAveragePooling2D", "GlobalAveragePool"};
    ParamSpec keep{.name = "keepdim", .type = ParamType::Bool, .fallback = false, .label = "Keep the axes"};
    keep.help = "The axes stay, with size 1.";
    kind.params = {keep};
    kind.inputs = oneInput("[batch, channels, ...]", Numbers::Real, 3);
    kind.outputs = oneOutput("[batch, channels]");
    kind.build = buildGlobal;
    kind.cases = globalCases;
    return kind;
}

} // namespace

std::span<const LayerKind> poolLayers()
{
    static const std::vector<LayerKind> kinds{poolKind("MaxPool2D", "Max pool 2D",
                                                       "Keeps the largest number of each window.",
                                                       {"MaxPool2d", "MaxPooling2D", "MaxPool"}, poolCases),
                                              averageKind(), globalKind()};
    return kinds;
}

} // namespace espalier
