// SPDX-License-Identifier: Apache-2.0
// Normalisation and dropout, as PyTorch's BatchNorm1d/2d/3d, LayerNorm and Dropout.
#include "engine/layers/families.h"
#include "engine/layers/spelling.h"
#include "engine/layers/support.h"
#include "engine/protocol/change.h"

#include <fmt/format.h>

namespace espalier {
namespace {

/// Values of one channel in a batch: everything but axis 1.
Shape channelShape(const Shape &shape)
{
    std::vector<Dim> dims = shape.dims();
    dims.erase(dims.begin() + 1);
    return Shape(std::move(dims));
}

/// PyTorch refuses one value per channel while it trains: its variance says nothing.
bool enoughValues(LayerContext &context, const Shape &shape)
{
    const Dim values = channelShape(shape).elements();
    if (values.isConstant(1)) {
        context.problem(layerError(context, "norm.one-value",
                                   "'{0}' gets one value per channel ({1}), so there is nothing to normalise.",
                                   shapeArg(shape)),
                        "x");
        return false;
    }
    for (const std::int64_t size : context.batchSizes()) {
        if (!values.bind({{"batch", size}}).isConstant(1))
            continue;
        const bool isOnly = size == context.batchSizes().front(); // then there is no other batch
        const Change change{
            {isOnly ? setDocumentField("training/batch_size", 32) : setDocumentField("training/drop_last", true)}};
        context.problem(
            layerError(context, "norm.last-batch",
                       "'{0}' gets one value per channel in the last batch, which holds {1} sample. Drop the "
                       "last batch, or change the batch size.",
                       size)
                .fix({isOnly ? "Use batches of 32 samples" : "Drop the last batch", {}, changeToJson(change).dump()}),
            "x");
        return false;
    }
    return true;
}

struct BatchNormValues {
    ValueId x, scale, bias, mean, variance;
};

/// running = (1 - momentum) running + momentum new, the variance without bias: times n / (n - 1).
void updateRunning(LayerContext &context, const BatchNormValues &v, ValueId mean, ValueId variance)
{
    Builder &b = context.builder();
    const double momentum = context.real("momentum");
    const ValueId n = b.emit("dimension", {}, {{"shape", channelShape(b.shape(v.x))}, {"dtype", b.dtype(v.x)}});
    const ValueId unbiased = b.mul(variance, b.div(n, b.addScalar(n, -1.0)));
    const auto blend = [&](ValueId old, ValueId fresh) {
        return b.add(b.mulScalar(old, 1 - momentum), b.mulScalar(fresh, momentum));
    };
    context.updateState("running_mean", blend(v.mean, mean));
    context.updateState("running_var", blend(v.variance, unbiased));
}

void buildBatchNorm(LayerContext &context)
{
    Builder &b = context.builder();
    if (!needsFloat(context, "x") || !needsRank(context, "x", 2, 8, "[batch, channels, ...]"))
        return;
    const auto channels = needsSize(context, "x", 1);
    if (!channels)
        return;
    const ValueId x = context.input("x");
    const TensorType type{b.dtype(x), Shape{*channels}};
    const auto filled = [&](double value) { return b.broadcastTo(b.literal(value, x), type.shape); };
    const bool affine = context.boolean("affine");
    BatchNormValues v{x, affine ? context.parameter("weight", type, {.scheme = "ones"}, false) : filled(1),
                      affine ? context.parameter("bias", type, {.scheme = "zeros"}, false) : filled(0),
                      context.runningState("running_mean", type, {.scheme = "zeros"}),
                      context.runningState("running_var", type, {.scheme = "ones"})};
    const double eps = context.real("eps");
    if (context.mode() != Mode::Train) {
        context.output("y", b.emit("batch_norm_inference", {x, v.scale, v.bias, v.mean, v.variance}, {{"eps", eps}}));
        return;
    }
    if (!enoughValues(context, b.shape(x)))
        return;
    const auto outputs = b.emitAll("batch_norm", {x, v.scale, v.bias}, {{"eps", eps}});
    if (outputs.size() != 3)
        return;
    updateRunning(context, v, outputs[1], outputs[2]);
    context.output("y", outputs[0]);
}

void buildLayerNorm(LayerContext &context)
{
    Builder &b = context.builder();
    if (!needsFloat(context, "x") || !needsRank(context, "x", 1, 8, "[batch, features]"))
        return;
    const ValueId x = context.input("x");
    const auto first = needsAxis(context, "x", context.integer("start_dim"), "start_dim");
    if (!first)
        return;
    std::vector<Dim> trailing;
    for (int axis = *first; axis < b.shape(x).rank(); ++axis) {
        const auto size = needsSize(context, "x", axis);
        if (!size)
            return;
        trailing.emplace_back(*size);
    }
    const TensorType type{b.dtype(x), Shape(std::move(trailing))};
    ValueId scale = b.broadcastTo(b.literal(1, x), type.shape);
    ValueId bias = b.broadcastTo(b.literal(0, x), type.shape);
    if (context.boolean("elementwise_affine")) {
        scale = context.parameter("weight", type, {.scheme = "ones"}, false);
        bias = context.parameter("bias", type, {.scheme = "zeros"}, false);
    }
    const auto outputs
        = b.emitAll("layer_norm", {x, scale, bias}, {{"axis", std::int64_t{*first}}, {"eps", context.real("eps")}});
    context.output("y", outputs.front());
}

/// Zeros with probability p, the rest scaled by 1 / (1 - p), so that nothing needs to change afterwards.
void buildDropout(LayerContext &context)
{
    Builder &b = context.builder();
    if (!needsFloat(context, "x"))
        return;
    const ValueId x = context.input("x");
    const double p = context.real("p");
    if (context.mode() != Mode::Train || p == 0) {
        context.output("y", x);
        return;
    }
    const ValueId random
        = b.emit("random_uniform", {context.seed(), context.step()},
                 {{"shape", b.shape(x)}, {"stream", context.randomStream()}, {"dtype", DType::Float32}});
    const ValueId kept = b.emit("greater_equal", {random, b.literal(p, random)});
    const ValueId scaled = b.mulScalar(x, p < 1 ? 1 / (1 - p) : 0);
    context.output("y", b.emit("where", {kept, scaled, b.literal(0, x)}));
}

std::optional<Spelling> batchNormInPyTorch(const SpellingCall &call)
{
    const Shape &x = call.inputs[0].shape;
    constexpr int kDimensions[] = {1, 1, 2, 3};
    if (x.rank() > 5)
        return std::nullopt;
    std::string arguments = x[1].toString();
    if (const double eps = call.params["eps"].number(); eps != 1e-5)
        arguments += ", eps=" + realText(eps);
    if (const double momentum = call.params["momentum"].number(); momentum != 0.1)
        arguments += ", momentum=" + realText(momentum);
    Spelling spelling{
        fmt::format("nn.BatchNorm{}d({}{})", kDimensions[x.rank() - 2], arguments, offText(call.params, "affine"))};
    spelling.buffers = {{"num_batches_tracked", Tensor::scalar<std::int64_t>(0)}};
    return spelling;
}

std::optional<Spelling> layerNormInPyTorch(const SpellingCall &call)
{
    const Shape &x = call.inputs[0].shape;
    std::string sizes;
    for (int axis = normalizeAxis(call.params["start_dim"].integer(), x.rank()).value_or(0); axis < x.rank(); ++axis)
        sizes += (sizes.empty() ? "" : ", ") + x[axis].toString();
    std::string arguments = sizes.find(',') == std::string::npos ? sizes : "(" + sizes + ")";
    if (const double eps = call.params["eps"].number(); eps != 1e-5)
        arguments += ", eps=" + realText(eps);
    return Spelling{fmt::format("nn.LayerNorm({}{})", arguments, offText(call.params, "elementwise_affine"))};
}

std::optional<Spelling> dropoutInPyTorch(const SpellingCall &call)
{
    return Spelling{fmt::format("nn.Dropout({})", realText(call.params["p"].number()))};
}

JsonValue with(std::string_view name, JsonValue value)
{
    JsonValue params = JsonValue::object();
    params.set(name, std::move(value));
    return params;
}

std::vector<LayerCase> batchNormCases()
{
    return {{"rows", {}, {{.dims = {5, 3}}}},
            {"images", {}, {{.dims = {2, 3, 4, 3}}}},
            {"one channel", with("eps", 1e-3), {{.dims = {4, 1, 1, 2}}}},
            {"momentum", with("momentum", 0.5), {{.dims = {3, 2}}}},
            {"not affine", with("affine", false), {{.dims = {4, 2}}}}};
}

std::vector<LayerCase> layerNormCases()
{
    return {{"rows", {}, {{.dims = {3, 5}}}},
            {"sequence", with("eps", 1e-3), {{.dims = {2, 3, 4}}}},
            {"two axes", with("start_dim", -2), {{.dims = {2, 3, 4}}}},
            {"not affine", with("elementwise_affine", false), {{.dims = {2, 5}}}}};
}

std::vector<LayerCase> dropoutCases()
{
    return {{"half", {}, {{.dims = {4, 5}}}},
            {"none", with("p", 0), {{.dims = {3}}}},
            {"most", with("p", 0.9), {{.dims = {2, 3, 4}}}},
            {"all", with("p", 1), {{.dims = {3, 1}}}}};
}

ParamSpec epsParam()
{
    return {.name = "eps",
            .type = ParamType::Real,
            .fallback = 1e-5,
            .label = "Epsilon",
            .help = "Added to the variance, so that nothing is divided by 0.",
            .minimum = 0,
            .maximum = 1};
}

ParamSpec affineParam(std::string_view name)
{
    return {.name = name,
            .type = ParamType::Bool,
            .fallback = true,
            .label = "Scale and shift",
            .help = "Learns a factor and an offset after normalising."};
}

} // namespace

std::span<const LayerKind> normLayers()
{
    static const std::vector<LayerKind> kinds{
        {.id = "BatchNorm",
         .category = "Normalisation",
         .title = "Batch norm",
         .help = "Brings each channel to mean 0 and variance 1 over the batch, which speeds up training.",
         .aliases = {"BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "BatchNormalization"},
         .params
         = {epsParam(),
            {.name = "momentum",
             .type = ParamType::Real,
             .fallback = 0.1,
             .label = "Momentum",
             .help = "How much of each batch goes into the running statistics (PyTorch's sense; Keras' is 1 minus "
                     "this).",
             .minimum = 0,
             .maximum = 1},
            affineParam("affine")},
         .inputs = oneInput("[batch, channels, ...]", Numbers::Real, 2),
         .outputs = oneOutput("The same shape."),
         .build = buildBatchNorm,
         .cases = batchNormCases,
         .pytorch = batchNormInPyTorch},
        {.id = "LayerNorm",
         .category = "Normalisation",
         .title = "Layer norm",
         .help = "Brings the features of each sample to mean 0 and variance 1.",
         .aliases = {"LayerNormalization"},
         .params = {{.name = "start_dim",
                     .fallback = -1,
                     .label = "First axis",
                     .help = "Normalises over this axis and all behind it.",
                     .minimum = -8,
                     .maximum = 7},
                    epsParam(),
                    affineParam("elementwise_affine")},
         .inputs = oneInput("[batch, ..., features]", Numbers::Real, 1),
         .outputs = oneOutput("The same shape."),
         .build = buildLayerNorm,
         .cases = layerNormCases,
         .pytorch = layerNormInPyTorch},
        {.id = "Dropout",
         .category = "Normalisation",
         .title = "Dropout",
         .help = "While training, turns random numbers into 0, so that the network does not rely on any single one.",
         .aliases = {"nn.Dropout", "SpatialDropout"},
         .params = {{.name = "p",
                     .type = ParamType::Real,
                     .fallback = 0.5,
                     .label = "Probability",
                     .help = "How likely each number becomes 0.",
                     .minimum = 0,
                     .maximum = 1}},
         .inputs = oneInput("Any shape.", Numbers::Real),
         .outputs = oneOutput("The same shape."),
         .trainingOnly = true,
         .build = buildDropout,
         .cases = dropoutCases,
         .pytorch = dropoutInPyTorch},
    };
    return kinds;
}

} // namespace espalier
