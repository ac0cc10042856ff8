// SPDX-License-Identifier: Apache-2.0
// Batch and layer normalisation with their gradients, in PyTorch's formulas (biased variance).
#include "engine/ops/families.h"
#include "engine/ops/type_rules.h"

#include <numeric>

namespace espalier {
namespace {

using Ints = std::vector<std::int64_t>;

Result<Shape> inferChannels(const OpCall &call, int x)
{
    const Shape &shape = call.inputs[static_cast<std::size_t>(x)].shape;
    if (shape.rank() < 2)
        return fail("norm.rank", "Batch normalisation needs a channel axis after the batch axis; {0} has none.",
                    shapeArg(shape));
    return Shape{shape[1]};
}

Result<void> checkEps(const OpCall &call)
{
    if (!(call.attrs.real("eps") >= 0))
        return fail("norm.eps", "eps can't be negative: {0}.", call.attrs.real("eps"));
    return {};
}

/// Every axis but the channels'.
Ints batchAxes(const Shape &x)
{
    Ints axes{0};
    for (int i = 2; i < x.rank(); ++i)
        axes.push_back(i);
    return axes;
}

/// A per-channel vector so that it broadcasts over x.
ValueId perChannel(Builder &b, ValueId vector, const Shape &x)
{
    std::vector<Dim> dims(static_cast<std::size_t>(x.rank() - 1), Dim(1));
    dims[0] = x[1];
    return b.reshape(vector, Shape(dims));
}

ValueId mean(Builder &b, ValueId x, const Ints &axes)
{
    return b.emit("reduce_mean", {x}, {{"axes", axes}, {"keepdims", true}});
}

// ---- batch_norm

Result<std::vector<TensorType>> inferBatchNorm(const OpCall &call)
{
    ESPALIER_TRY(const Shape channels, inferChannels(call, 0));
    ESPALIER_CHECK(expectFloating(call, {0, 1, 2}));
    ESPALIER_CHECK(checkEps(call));
    ESPALIER_CHECK(expectShape(call, 1, channels));
    ESPALIER_CHECK(expectShape(call, 2, channels));
    const DType dtype = call.inputs[0].dtype;
    return std::vector<TensorType>{call.inputs[0], {dtype, channels}, {dtype, channels}};
}

Result<std::vector<TensorType>> inferBatchNormInference(const OpCall &call)
{
    ESPALIER_TRY(const Shape channels, inferChannels(call, 0));
    ESPALIER_CHECK(expectFloating(call, {0, 1, 2, 3, 4}));
    ESPALIER_CHECK(checkEps(call));
    for (int i = 1; i < 5; ++i)
        ESPALIER_CHECK(expectShape(call, i, channels));
    return std::vector<TensorType>{call.inputs[0]};
}

Result<std::vector<TensorType>> inferBatchNormBackward(const OpCall &call)
{
    ESPALIER_TRY(const Shape channels, inferChannels(call, 1));
    ESPALIER_CHECK(expectFloating(call, {0, 1, 2, 3, 4}));
    ESPALIER_CHECK(checkEps(call));
    ESPALIER_CHECK(expectShape(call, 0, call.inputs[1].shape));
    for (int i = 2; i < 5; ++i)
        ESPALIER_CHECK(expectShape(call, i, channels));
    const DType dtype = call.inputs[1].dtype;
    return std::vector<TensorType>{call.inputs[1], {dtype, channels}, {dtype, channels}};
}

std::vector<ValueId> expandBatchNorm(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &x = call.inputs[0].shape;
    const ValueId average = mean(b, in[0], batchAxes(x));
    const ValueId centred = b.sub(in[0], average);
    const ValueId variance = mean(b, b.emit("square", {centred}), batchAxes(x));
    const ValueId rstd = b.emit("rsqrt", {b.addScalar(variance, call.attrs.real("eps"))});
    const ValueId scaled = b.mul(b.mul(centred, rstd), perChannel(b, in[1], x));
    return {b.add(scaled, perChannel(b, in[2], x)), b.reshape(average, {x[1]}), b.reshape(variance, {x[1]})};
}

std::vector<ValueId> expandBatchNormInference(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &x = call.inputs[0].shape;
    const ValueId rstd = b.emit("rsqrt", {b.addScalar(in[4], call.attrs.real("eps"))});
    const ValueId factor = perChannel(b, b.mul(in[1], rstd), x);
    return {b.add(b.mul(b.sub(in[0], perChannel(b, in[3], x)), factor), perChannel(b, in[2], x))};
}

/// dx = scale * rstd * (dy - mean(dy) - xhat * mean(dy * xhat))
std::vector<ValueId> expandBatchNormBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &x = call.inputs[1].shape;
    const Ints axes = batchAxes(x);
    const ValueId dy = in[0];
    const ValueId rstd = b.emit("rsqrt", {b.addScalar(in[4], call.attrs.real("eps"))});
    const ValueId normal = b.mul(b.sub(in[1], perChannel(b, in[3], x)), perChannel(b, rstd, x));
    const ValueId product = b.mul(dy, normal);
    const ValueId inner = b.sub(b.sub(dy, mean(b, dy, axes)), b.mul(normal, mean(b, product, axes)));
    const ValueId dx = b.mul(inner, perChannel(b, b.mul(in[2], rstd), x));
    return {dx, b.reduceSum(product, axes, false), b.reduceSum(dy, axes, false)};
}

ValueId plus(Builder &b, ValueId sum, ValueId part)
{
    return sum == kNoValue ? part : b.add(sum, part);
}

/// As a number of the dtype of `like`, also while dimensions are symbols.
ValueId count(Builder &b, std::vector<Dim> dims, ValueId like)
{
    return b.emit("dimension", {}, {{"shape", Shape(std::move(dims))}, {"dtype", b.dtype(like)}});
}

std::vector<ValueId> gradientBatchNorm(const GradientCall &c)
{
    Builder &b = c.builder;
    const ValueId x = c.inputs[0];
    const Shape shape = b.shape(x);
    std::vector<ValueId> parts(3, kNoValue);
    if (c.gradients[0] != kNoValue)
        parts = b.emitAll("batch_norm_backward", {c.gradients[0], x, c.inputs[1], c.outputs[1], c.outputs[2]}, c.attrs);
    if (c.gradients[1] == kNoValue && c.gradients[2] == kNoValue)
        return parts;
    std::vector<Dim> reduced{shape[0]};
    reduced.insert(reduced.end(), shape.dims().begin() + 2, shape.dims().end());
    const ValueId n = count(b, reduced, x);
    if (c.gradients[1] != kNoValue) // d mean / dx = 1 / n
        parts[0] = plus(b, parts[0], b.broadcastTo(perChannel(b, b.div(c.gradients[1], n), shape), shape));
    if (c.gradients[2] != kNoValue) { // d variance / dx = 2 (x - mean) / n
        const ValueId centred = b.sub(x, perChannel(b, c.outputs[1], shape));
        const ValueId factor = perChannel(b, b.mulScalar(b.div(c.gradients[2], n), 2.0), shape);
        parts[0] = plus(b, parts[0], b.mul(centred, factor));
    }
    return parts;
}

// ---- layer_norm

Shape leading(const Shape &x, int axis)
{
    return Shape(std::vector<Dim>(x.dims().begin(), x.dims().begin() + axis));
}

Shape trailing(const Shape &x, int axis)
{
    return Shape(std::vector<Dim>(x.dims().begin() + axis, x.dims().end()));
}

Ints axesFrom(int first, int rank)
{
    Ints axes(static_cast<std::size_t>(rank - first));
    std::iota(axes.begin(), axes.end(), first);
    return axes;
}

Ints axesBefore(int end)
{
    Ints axes(static_cast<std::size_t>(end));
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
}

/// Per-sample statistics of the leading axes' shape so that they broadcast over x.
ValueId perSample(Builder &b, ValueId statistics, const Shape &x, int axis)
{
    std::vector<Dim> dims = x.dims();
    std::fill(dims.begin() + axis, dims.end(), Dim(1));
    return b.reshape(statistics, Shape(dims));
}

Result<std::vector<TensorType>> inferLayerNorm(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0, 1, 2}));
    ESPALIER_CHECK(checkEps(call));
    const Shape &x = call.inputs[0].shape;
    ESPALIER_TRY(const int axis, expectAxis(call, x.rank()));
    ESPALIER_CHECK(expectShape(call, 1, trailing(x, axis)));
    ESPALIER_CHECK(expectShape(call, 2, trailing(x, axis)));
    const TensorType statistics{call.inputs[0].dtype, leading(x, axis)};
    return std::vector<TensorType>{call.inputs[0], statistics, statistics};
}

Result<std::vector<TensorType>> inferLayerNormBackward(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0, 1, 2, 3, 4}));
    const Shape &x = call.inputs[1].shape;
    ESPALIER_CHECK(expectShape(call, 0, x));
    ESPALIER_TRY(const int axis, expectAxis(call, x.rank()));
    ESPALIER_CHECK(expectShape(call, 2, trailing(x, axis)));
    ESPALIER_CHECK(expectShape(call, 3, leading(x, axis)));
    ESPALIER_CHECK(expectShape(call, 4, leading(x, axis)));
    const TensorType parameter{call.inputs[1].dtype, trailing(x, axis)};
    return std::vector<TensorType>{call.inputs[1], parameter, parameter};
}

std::vector<ValueId> expandLayerNorm(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &x = call.inputs[0].shape;
    const int axis = *normalizeAxis(call.attrs.integer("axis"), x.rank());
    const Ints axes = axesFrom(axis, x.rank());
    const ValueId average = mean(b, in[0], axes);
    const ValueId centred = b.sub(in[0], average);
    const ValueId variance = mean(b, b.emit("square", {centred}), axes);
    const ValueId rstd = b.emit("rsqrt", {b.addScalar(variance, call.attrs.real("eps"))});
    return {b.add(b.mul(b.mul(centred, rstd), in[1]), in[2]), b.reshape(average, leading(x, axis)),
            b.reshape(rstd, leading(x, axis))};
}

/// With g = dy * scale: dx = rstd * (g - mean(g) - xhat * mean(g * xhat))
std::vector<ValueId> expandLayerNormBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &x = call.inputs[1].shape;
    const int axis = *normalizeAxis(call.attrs.integer("axis"), x.rank());
    const Ints axes = axesFrom(axis, x.rank());
    const ValueId rstd = perSample(b, in[4], x, axis);
    const ValueId normal = b.mul(b.sub(in[1], perSample(b, in[3], x, axis)), rstd);
    const ValueId g = b.mul(in[0], in[2]);
    const ValueId inner = b.sub(b.sub(g, mean(b, g, axes)), b.mul(normal, mean(b, b.mul(g, normal), axes)));
    const ValueId dx = b.mul(inner, rstd);
    const ValueId product = b.mul(in[0], normal);
    if (axis == 0) // an empty list would mean all axes
        return {dx, product, in[0]};
    return {dx, b.reduceSum(product, axesBefore(axis), false), b.reduceSum(in[0], axesBefore(axis), false)};
}

std::vector<ValueId> gradientLayerNorm(const GradientCall &c)
{
    Builder &b = c.builder;
    const ValueId x = c.inputs[0];
    const Shape shape = b.shape(x);
    const int axis = *normalizeAxis(c.attrs.integer("axis"), shape.rank());
    std::vector<ValueId> parts(3, kNoValue);
    if (c.gradients[0] != kNoValue)
        parts = b.emitAll("layer_norm_backward", {c.gradients[0], x, c.inputs[1], c.outputs[1], c.outputs[2]},
                          {{"axis", std::int64_t(axis)}});
    if (c.gradients[1] == kNoValue && c.gradients[2] == kNoValue)
        return parts;
    const ValueId n = count(b, trailing(shape, axis).dims(), x);
    if (c.gradients[1] != kNoValue) // d mean / dx = 1 / n
        parts[0] = plus(b, parts[0], b.broadcastTo(perSample(b, b.div(c.gradients[1], n), shape, axis), shape));
    if (c.gradients[2] != kNoValue) { // d rstd / dx = -rstd^3 (x - mean) / n
        const ValueId rstd = c.outputs[2];
        const ValueId cube = b.mul(b.emit("square", {rstd}), rstd);
        const ValueId factor = b.emit("neg", {b.div(b.mul(c.gradients[2], cube), n)});
        const ValueId centred = b.sub(x, perSample(b, c.outputs[1], shape, axis));
        parts[0] = plus(b, parts[0], b.mul(centred, perSample(b, factor, shape, axis)));
    }
    return parts;
}

// ---- cases

const std::vector<Dims> &batchShapes()
{
    static const std::vector<Dims> shapes = {{4, 3}, {2, 3, 5}, {3, 5, 2, 3}, {2, 1, 1, 3}, {5, 17}, {2, 3, 2, 1, 3}};
    return shapes;
}

std::string caseName(const Dims &dims, double eps)
{
    return Shape(dims).toString() + (eps == 1e-5 ? "" : ", large eps");
}

std::vector<OpCase> batchNormCases()
{
    std::vector<OpCase> out;
    for (const Dims &x : batchShapes())
        for (const double eps : {1e-5, 0.1})
            out.push_back({caseName(x, eps), {{"eps", eps}}, {{x}, {{x[1]}}, {{x[1]}}}});
    return out;
}

std::vector<OpCase> batchNormInferenceCases()
{
    std::vector<OpCase> out;
    auto shapes = batchShapes();
    shapes.push_back({0, 3, 2, 2});
    shapes.push_back({1, 1});
    for (const Dims &x : shapes)
        for (const double eps : {1e-5, 0.1})
            out.push_back({caseName(x, eps),
                           {{"eps", eps}},
                           {{x}, {{x[1]}}, {{x[1]}}, {{x[1]}}, {{x[1]}, DType::Float32, Domain::Positive}}});
    return out;
}

std::vector<OpCase> batchNormBackwardCases()
{
    std::vector<OpCase> out;
    for (const Dims &x : batchShapes())
        for (const double eps : {1e-5, 0.1})
            out.push_back({caseName(x, eps),
                           {{"eps", eps}},
                           {{x}, {x}, {{x[1]}}, {{x[1]}}, {{x[1]}, DType::Float32, Domain::Positive}}});
    return out;
}

struct LayerSample {
    Dims x;
    std::int64_t axis;
    double eps;
};

const std::vector<LayerSample> &layerSamples()
{
    static const std::vector<LayerSample> all
        = {{{3, 4}, -1, 1e-5}, {{2, 3, 5}, -1, 1e-5}, {{2, 3, 5}, 1, 0.1}, {{2, 1, 7}, 2, 1e-5},
           {{3, 17}, -1, 0.1}, {{2, 3}, 0, 1e-5},     {{0, 5}, 1, 1e-5},   {{6}, 0, 1e-5}};
    return all;
}

Dims part(const Dims &x, std::int64_t axis, bool wantTrailing)
{
    const auto at = x.begin() + (axis < 0 ? axis + static_cast<std::int64_t>(x.size()) : axis);
    return wantTrailing ? Dims(at, x.end()) : Dims(x.begin(), at);
}

std::vector<OpCase> layerNormCases()
{
    std::vector<OpCase> out;
    for (const LayerSample &s : layerSamples()) {
        const Dims parameter = part(s.x, s.axis, true);
        out.push_back({caseName(s.x, s.eps) + ", axis " + std::to_string(s.axis),
                       {{"axis", s.axis}, {"eps", s.eps}},
                       {{s.x}, {parameter}, {parameter}}});
    }
    return out;
}

std::vector<OpCase> layerNormBackwardCases()
{
    std::vector<OpCase> out;
    for (const LayerSample &s : layerSamples()) {
        const Dims statistics = part(s.x, s.axis, false);
        out.push_back(
            {caseName(s.x, s.eps) + ", axis " + std::to_string(s.axis),
             {{"axis", s.axis}},
             {{s.x}, {s.x}, {part(s.x, s.axis, true)}, {statistics}, {statistics, DType::Float32, Domain::Positive}}});
    }
    return out;
}

// ---- entries

const AttrSpec kEps{"eps", 1e-5, false, "Added to the variance, so that constant inputs don't divide by zero."};
const AttrSpec kAxis{"axis", std::int64_t(-1), false, "First of the axes that are normalised together."};

template <int x, std::int64_t flops>
Cost cost(const OpCall &call, std::span<const TensorType> outputs)
{
    return elementCost(call, outputs, call.inputs[x].shape, flops);
}

Op batchNormOp()
{
    Op o;
    o.name = "batch_norm";
    o.help = "Normalises each channel (axis 1) over the batch; also gives the batch's mean and biased variance.";
    o.attrs = {kEps};
    o.minInputs = o.maxInputs = 3;
    o.inputNames = {"x", "scale", "bias"};
    o.outputNames = {"y", "mean", "variance"};
    o.infer = inferBatchNorm;
    o.gradient = gradientBatchNorm;
    o.cost = cost<0, 8>;
    o.expand = expandBatchNorm;
    o.cases = batchNormCases;
    return o;
}

Op batchNormInferenceOp()
{
    Op o;
    o.name = "batch_norm_inference";
    o.help = "Normalises each channel (axis 1) with a given mean and variance.";
    o.attrs = {kEps};
    o.minInputs = o.maxInputs = 5;
    o.inputNames = {"x", "scale", "bias", "mean", "variance"};
    o.infer = inferBatchNormInference;
    o.gradient = [](const GradientCall &c) { return gradientByExpansion(c, "batch_norm_inference"); };
    o.cost = cost<0, 3>;
    o.expand = expandBatchNormInference;
    o.onnx = "BatchNormalization";
    o.cases = batchNormInferenceCases;
    return o;
}

Op batchNormBackwardOp()
{
    Op o;
    o.name = "batch_norm_backward";
    o.help = "Gradients of batch_norm's y.";
    o.attrs = {kEps};
    o.minInputs = o.maxInputs = 5;
    o.inputNames = {"dy", "x", "scale", "mean", "variance"};
    o.outputNames = {"dx", "dscale", "dbias"};
    o.infer = inferBatchNormBackward;
    o.gradient = [](const GradientCall &c) { return gradientByExpansion(c, "batch_norm_backward"); };
    o.cost = cost<1, 11>;
    o.expand = expandBatchNormBackward;
    o.cases = batchNormBackwardCases;
    return o;
}

Op layerNormOp()
{
    Op o;
    o.name = "layer_norm";
    o.help = "Normalises each sample over its last axes; also gives the mean and 1 / sqrt(variance + eps).";
    o.attrs = {kAxis, kEps};
    o.minInputs = o.maxInputs = 3;
    o.inputNames = {"x", "scale", "bias"};
    o.outputNames = {"y", "mean", "rstd"};
    o.infer = inferLayerNorm;
    o.gradient = gradientLayerNorm;
    o.cost = cost<0, 8>;
    o.expand = expandLayerNorm;
    o.onnx = "LayerNormalization";
    o.cases = layerNormCases;
    return o;
}

Op layerNormBackwardOp()
{
    Op o;
    o.name = "layer_norm_backward";
    o.help = "Gradients of layer_norm's y.";
    o.attrs = {kAxis};
    o.minInputs = o.maxInputs = 5;
    o.inputNames = {"dy", "x", "scale", "mean", "rstd"};
    o.outputNames = {"dx", "dscale", "dbias"};
    o.infer = inferLayerNormBackward;
    o.gradient = [](const GradientCall &c) { return gradientByExpansion(c, "layer_norm_backward"); };
    o.cost = cost<1, 12>;
    o.expand = expandLayerNormBackward;
    o.cases = layerNormBackwardCases;
    return o;
}

} // namespace

std::span<const Op> normOps()
{
    static const Op ops[]
        = {batchNormOp(), batchNormInferenceOp(), batchNormBackwardOp(), layerNormOp(), layerNormBackwardOp()};
    return ops;
}

} // namespace espalier
