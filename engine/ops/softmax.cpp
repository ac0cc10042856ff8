// SPDX-License-Identifier: Apache-2.0
// Softmax, its logarithm, and the cross-entropy that joins both with the loss.
#include "engine/ops/families.h"
#include "engine/ops/type_rules.h"

#include <cmath>

namespace espalier {
namespace {

using Ints = std::vector<std::int64_t>;

Result<std::vector<TensorType>> inferSame(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0}));
    ESPALIER_CHECK(expectAxis(call, call.inputs[0].shape.rank()));
    return std::vector<TensorType>{call.inputs[0]};
}

Result<std::vector<TensorType>> inferBackward(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0, 1}));
    ESPALIER_CHECK(expectAxis(call, call.inputs[0].shape.rank()));
    ESPALIER_CHECK(expectShape(call, 1, call.inputs[0].shape));
    return std::vector<TensorType>{call.inputs[0]};
}

Result<std::vector<TensorType>> inferLogSumExp(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0}));
    std::vector<Dim> dims = call.inputs[0].shape.dims();
    ESPALIER_TRY(const int axis, expectAxis(call, call.inputs[0].shape.rank()));
    if (call.attrs.boolean("keepdims"))
        dims[static_cast<std::size_t>(axis)] = 1;
    else
        dims.erase(dims.begin() + axis);
    return std::vector<TensorType>{{call.inputs[0].dtype, Shape(dims)}};
}

/// Shape of the targets for scores [..., C].
Result<Shape> withoutClasses(const OpCall &call, int scores)
{
    const Shape &shape = call.inputs[static_cast<std::size_t>(scores)].shape;
    if (shape.rank() < 1)
        return fail("softmax.classes",
                    "Cross-entropy needs one score for each class on the last axis; {0} has no axis.", shapeArg(shape));
    return Shape(std::vector<Dim>(shape.dims().begin(), shape.dims().end() - 1));
}

Result<std::vector<TensorType>> inferCrossEntropy(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0}));
    ESPALIER_CHECK(expectDType(call, 1, DType::Int64));
    ESPALIER_TRY(const Shape loss, withoutClasses(call, 0));
    if (!mayEqual(loss, call.inputs[1].shape))
        return fail("softmax.target",
                    "Cross-entropy of scores {0} takes one class number for each: targets of shape {1}, got {2}.",
                    shapeArg(call.inputs[0].shape), shapeArg(loss), shapeArg(call.inputs[1].shape));
    return std::vector<TensorType>{{call.inputs[0].dtype, loss}, call.inputs[0]};
}

Result<std::vector<TensorType>> inferCrossEntropyBackward(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0, 1}));
    ESPALIER_CHECK(expectDType(call, 2, DType::Int64));
    ESPALIER_TRY(const Shape loss, withoutClasses(call, 1));
    ESPALIER_CHECK(expectShape(call, 0, loss));
    ESPALIER_CHECK(expectShape(call, 2, loss));
    return std::vector<TensorType>{call.inputs[1]};
}

int axisOf(const OpCall &call)
{
    return *normalizeAxis(call.attrs.integer("axis"), call.inputs[0].shape.rank());
}

ValueId sumOver(Builder &b, ValueId x, int axis)
{
    return b.reduceSum(x, {axis}, true);
}

/// x minus its largest element along the axis: the result does not depend on it, so nor does the gradient.
ValueId shifted(Builder &b, ValueId x, int axis)
{
    const ValueId largest = b.emit("reduce_max", {x}, {{"axes", Ints{axis}}, {"keepdims", true}});
    return b.sub(x, b.emit("stop_gradient", {largest}));
}

std::vector<ValueId> expandSoftmax(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const int axis = axisOf(call);
    const ValueId e = b.emit("exp", {shifted(b, in[0], axis)});
    return {b.div(e, sumOver(b, e, axis))};
}

std::vector<ValueId> expandLogSoftmax(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const int axis = axisOf(call);
    const ValueId x = shifted(b, in[0], axis);
    return {b.sub(x, b.emit("log", {sumOver(b, b.emit("exp", {x}), axis)}))};
}

/// dx = y (dy - sum(dy y))
std::vector<ValueId> expandSoftmaxBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    return {b.mul(in[1], b.sub(in[0], sumOver(b, b.mul(in[0], in[1]), axisOf(call))))};
}

/// dx = dy - exp(y) sum(dy)
std::vector<ValueId> expandLogSoftmaxBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    return {b.sub(in[0], b.mul(b.emit("exp", {in[1]}), sumOver(b, in[0], axisOf(call))))};
}

std::vector<ValueId> expandLogSumExp(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const int axis = axisOf(call);
    const ValueId x = in[0];
    const ValueId largest
        = b.emit("stop_gradient", {b.emit("reduce_max", {x}, {{"axes", Ints{axis}}, {"keepdims", true}})});
    const ValueId finite = b.emit("is_finite", {largest});
    const ValueId shift = b.emit("where", {finite, largest, b.literal(0, x)}); // infinity - infinity is no number
    const ValueId sum = sumOver(b, b.emit("exp", {b.sub(x, shift)}), axis);
    const ValueId y = b.add(b.emit("log", {sum}), shift);
    if (call.attrs.boolean("keepdims"))
        return {y};
    std::vector<Dim> dims = b.shape(y).dims();
    dims.erase(dims.begin() + axis);
    return {b.reshape(y, Shape(dims))};
}

/// Adds a last axis of 1.
ValueId column(Builder &b, ValueId x)
{
    std::vector<Dim> dims = b.shape(x).dims();
    dims.emplace_back(1);
    return b.reshape(x, Shape(dims));
}

std::vector<ValueId> expandCrossEntropy(Builder &b, const OpCall &, std::span<const ValueId> in)
{
    const Attrs last{{"axis", std::int64_t(-1)}};
    const ValueId logs = b.emit("log_softmax", {in[0]}, last);
    return {b.emit("neg", {b.emit("take_along", {logs, in[1]})}), b.emit("softmax", {in[0]}, last)};
}

/// dlogits = dloss (p - one_hot(target)), NaN where the target is no class.
std::vector<ValueId> expandCrossEntropyBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Dim classes = call.inputs[1].shape.dims().back();
    const ValueId numbers
        = b.emit("iota", {}, {{"shape", Shape{classes}}, {"axis", std::int64_t(0)}, {"dtype", DType::Int64}});
    const ValueId target = column(b, in[2]);
    const ValueId zero = b.literal(0, in[1]);
    const ValueId one = b.literal(1, in[1]);
    const ValueId hot = b.emit("where", {b.emit("equal", {target, numbers}), one, zero});
    const ValueId gradient = b.mul(b.sub(in[1], hot), column(b, in[0]));
    const ValueId count = b.emit("dimension", {}, {{"shape", Shape{classes}}, {"dtype", DType::Int64}});
    const ValueId inside = b.emit(
        "logical_and", {b.emit("greater_equal", {target, b.literal(0, target)}), b.emit("less", {target, count})});
    return {b.emit("where", {inside, gradient, b.literal(std::nan(""), in[1])})};
}

std::vector<ValueId> gradientSoftmax(const GradientCall &c)
{
    return {c.builder.emit("softmax_backward", {c.gradients[0], c.outputs[0]}, c.attrs)};
}

std::vector<ValueId> gradientLogSoftmax(const GradientCall &c)
{
    return {c.builder.emit("log_softmax_backward", {c.gradients[0], c.outputs[0]}, c.attrs)};
}

/// d log sum exp(x) = softmax(x)
std::vector<ValueId> gradientLogSumExp(const GradientCall &c)
{
    Builder &b = c.builder;
    const ValueId x = c.inputs[0];
    const std::int64_t axis = c.attrs.integer("axis");
    std::vector<Dim> dims = b.shape(x).dims();
    dims[static_cast<std::size_t>(*normalizeAxis(axis, b.shape(x).rank()))] = 1;
    const ValueId dy = c.attrs.boolean("keepdims") ? c.gradients[0] : b.reshape(c.gradients[0], Shape(dims));
    return {b.mul(b.emit("softmax", {x}, {{"axis", axis}}), dy)};
}

std::vector<ValueId> gradientCrossEntropy(const GradientCall &c)
{
    Builder &b = c.builder;
    const ValueId p = c.outputs[1];
    ValueId dx = kNoValue;
    if (c.gradients[0] != kNoValue)
        dx = b.emit("softmax_cross_entropy_backward", {c.gradients[0], p, c.inputs[1]});
    if (c.gradients[1] != kNoValue) {
        const ValueId more = b.emit("softmax_backward", {c.gradients[1], p}, {{"axis", std::int64_t(-1)}});
        dx = dx == kNoValue ? more : b.add(dx, more);
    }
    return {dx, kNoValue};
}

// ---- cases

struct Sample {
    Dims x;
    std::int64_t axis;
};

const std::vector<Sample> &samples()
{
    static const std::vector<Sample> all = {{{3, 4}, -1}, {{2, 3, 5}, 1}, {{2, 3, 5}, 0}, {{7}, 0},
                                            {{4, 1}, -1}, {{3, 17}, 1},   {{0, 3}, 1},    {{5, 33}, -2}};
    return all;
}

std::string sampleName(const Sample &s)
{
    return Shape(s.x).toString() + ", axis " + std::to_string(s.axis);
}

std::vector<OpCase> forwardCases()
{
    std::vector<OpCase> out;
    for (const Sample &s : samples())
        out.push_back({sampleName(s), {{"axis", s.axis}}, {{s.x}}});
    return out;
}

std::vector<OpCase> softmaxBackwardCases()
{
    std::vector<OpCase> out;
    for (const Sample &s : samples())
        out.push_back({sampleName(s), {{"axis", s.axis}}, {{s.x}, {s.x, DType::Float32, Domain::Unit}}});
    return out;
}

std::vector<OpCase> logSoftmaxBackwardCases()
{
    std::vector<OpCase> out;
    for (const Sample &s : samples())
        out.push_back({sampleName(s), {{"axis", s.axis}}, {{s.x}, {s.x}}});
    return out;
}

std::vector<OpCase> logSumExpCases()
{
    std::vector<OpCase> out;
    for (const Sample &s : samples())
        for (const bool keep : {false, true})
            out.push_back({sampleName(s) + (keep ? ", kept" : ""), {{"axis", s.axis}, {"keepdims", keep}}, {{s.x}}});
    return out;
}

const std::vector<Dims> &scoreShapes()
{
    static const std::vector<Dims> shapes = {{3, 4}, {2, 3, 5}, {7}, {4, 1}, {3, 17}, {0, 3}, {33, 10}};
    return shapes;
}

std::vector<OpCase> crossEntropyCases()
{
    std::vector<OpCase> out;
    for (const Dims &x : scoreShapes())
        out.push_back(
            {Shape(x).toString(), {}, {{x}, {Dims(x.begin(), x.end() - 1), DType::Int64, Domain::Index, x.back()}}});
    return out;
}

std::vector<OpCase> crossEntropyBackwardCases()
{
    std::vector<OpCase> out;
    for (const Dims &x : scoreShapes()) {
        const Dims target(x.begin(), x.end() - 1);
        out.push_back({Shape(x).toString(),
                       {},
                       {{target}, {x, DType::Float32, Domain::Unit}, {target, DType::Int64, Domain::Index, x.back()}}});
    }
    return out;
}

// ---- entries

const AttrSpec kAxis{"axis", std::int64_t(-1), false, "The axis over which the results add up to 1."};

template <int input, std::int64_t flops>
Cost cost(const OpCall &call, std::span<const TensorType> outputs)
{
    return elementCost(call, outputs, call.inputs[input].shape, flops);
}

Op softmaxOp()
{
    Op o;
    o.name = "softmax";
    o.help = "exp(x) divided by its sum along an axis.";
    o.attrs = {kAxis};
    o.inputNames = {"x"};
    o.infer = inferSame;
    o.gradient = gradientSoftmax;
    o.cost = cost<0, 5>;
    o.expand = expandSoftmax;
    o.onnx = "Softmax";
    o.cases = forwardCases;
    return o;
}

Op logSoftmaxOp()
{
    Op o = softmaxOp();
    o.name = "log_softmax";
    o.help = "Logarithm of the softmax along an axis.";
    o.gradient = gradientLogSoftmax;
    o.expand = expandLogSoftmax;
    o.onnx = "LogSoftmax";
    return o;
}

Op softmaxBackwardOp()
{
    Op o;
    o.name = "softmax_backward";
    o.help = "Gradient of softmax from its result.";
    o.attrs = {kAxis};
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"dy", "y"};
    o.outputNames = {"dx"};
    o.infer = inferBackward;
    o.gradient = [](const GradientCall &c) { return gradientByExpansion(c, "softmax_backward"); };
    o.cost = cost<0, 4>;
    o.expand = expandSoftmaxBackward;
    o.cases = softmaxBackwardCases;
    return o;
}

Op logSoftmaxBackwardOp()
{
    Op o = softmaxBackwardOp();
    o.name = "log_softmax_backward";
    o.help = "Gradient of log_softmax from its result.";
    o.gradient = [](const GradientCall &c) { return gradientByExpansion(c, "log_softmax_backward"); };
    o.expand = expandLogSoftmaxBackward;
    o.cases = logSoftmaxBackwardCases;
    return o;
}

Op crossEntropyOp()
{
    Op o;
    o.name = "softmax_cross_entropy";
    o.help = "-log(softmax(logits)[target]) over the last axis, and the softmax; NaN where the target is no class.";
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"logits", "target"};
    o.outputNames = {"loss", "probabilities"};
    o.infer = inferCrossEntropy;
    o.gradient = gradientCrossEntropy;
    o.cost = cost<0, 6>;
    o.expand = expandCrossEntropy;
    o.cases = crossEntropyCases;
    return o;
}

Op crossEntropyBackwardOp()
{
    Op o;
    o.name = "softmax_cross_entropy_backward";
    o.help = "Gradient of softmax_cross_entropy's loss: (p - one_hot(target)) dloss; NaN where the target is no class.";
    o.minInputs = o.maxInputs = 3;
    o.inputNames = {"dloss", "probabilities", "target"};
    o.outputNames = {"dlogits"};
    o.infer = inferCrossEntropyBackward;
    o.gradient = [](const GradientCall &c) { return gradientByExpansion(c, "softmax_cross_entropy_backward"); };
    o.cost = cost<1, 2>;
    o.expand = expandCrossEntropyBackward;
    o.cases = crossEntropyBackwardCases;
    return o;
}

Op logSumExpOp()
{
    Op o;
    o.name = "log_sum_exp";
    o.help = "log(sum(exp(x))) along an axis, without overflow.";
    o.attrs = {{"axis", std::int64_t(-1), false, "The axis that is summed over."},
               {"keepdims", false, false, "Whether that axis stays, with size 1."}};
    o.inputNames = {"x"};
    o.infer = inferLogSumExp;
    o.gradient = gradientLogSumExp;
    o.cost = cost<0, 4>;
    o.expand = expandLogSumExp;
    o.onnx = "ReduceLogSumExp";
    o.cases = logSumExpCases;
    return o;
}

} // namespace

std::span<const Op> softmaxOps()
{
    static const Op ops[] = {softmaxOp(),      logSoftmaxOp(),           softmaxBackwardOp(), logSoftmaxBackwardOp(),
                             crossEntropyOp(), crossEntropyBackwardOp(), logSumExpOp()};
    return ops;
}

} // namespace espalier
