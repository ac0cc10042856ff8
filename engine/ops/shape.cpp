// SPDX-License-Identifier: Apache-2.0
// Ops that make tensors from nothing or move elements without computing: one section for each op, the rows at the end.
#include "engine/ops/families.h"
#include "engine/ops/rules.h"
#include "engine/ops/scalar_math.h"

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

using Ints = std::vector<std::int64_t>;

bool reaches(const GradientCall &call)
{
    return call.needed[0] && call.gradients[0] != kNoValue;
}

/// The same case for floats, both integers and bool: moving knows no arithmetic.
std::vector<OpCase> forEachDType(std::vector<OpCase> floats)
{
    std::vector<OpCase> cases = floats;
    for (const DType dtype : {DType::Int64, DType::Int32, DType::Bool})
        for (OpCase c : floats) {
            c.name += " " + std::string(name(dtype));
            for (CaseInput &input : c.inputs) {
                input.dtype = dtype;
                input.domain = dtype == DType::Bool ? Domain::Boolean : Domain::Normal;
            }
            cases.push_back(std::move(c));
        }
    return cases;
}

// constant, dimension, iota

InferredTypes inferConstant(const OpCall &call)
{
    const Tensor &value = call.attrs.tensor("value");
    if (value.isEmpty())
        return fail("op.constant-empty", "constant needs a value.");
    return std::vector{value.type()};
}

std::vector<OpCase> constantCases()
{
    return {{"scalar", {{"value", Tensor::scalar(1.5F)}}},
            {"matrix", {{"value", Tensor::of<double>({2, 3}, {1, 2, 3, 4, 5, 6})}}},
            {"integers", {{"value", Tensor::of<std::int64_t>({3}, {-1, 0, std::int64_t{1} << 40})}}},
            {"bools", {{"value", Tensor::of<bool>({2}, {true, false})}}},
            {"half", {{"value", Tensor::of<bfloat16>({1, 2}, {bfloat16(0.5F), bfloat16(-2)})}}},
            {"empty", {{"value", Tensor(DType::Int32, {0, 3})}}}};
}

InferredTypes inferDimension(const OpCall &call)
{
    ESPALIER_CHECK(checkSizes("dimension", call.attrs.shape("shape")));
    const DType dtype = call.attrs.dtype("dtype");
    if (!hasKind(dtype, scalar::kNumber))
        return fail("op.dimension-dtype", "dimension makes a number, not {0}.", name(dtype));
    return std::vector{TensorType{dtype, Shape{}}};
}

std::vector<OpCase> dimensionCases()
{
    std::vector<OpCase> cases;
    for (const DType dtype : {DType::Float64, DType::Float32, DType::BFloat16, DType::Int64, DType::Int32})
        for (const Shape &shape : {Shape{}, Shape{3, 5}, Shape{0, 2}})
            cases.push_back({std::string(name(dtype)) + shape.toString(), {{"shape", shape}, {"dtype", dtype}}});
    return cases;
}

InferredTypes inferIota(const OpCall &call)
{
    const Shape &shape = call.attrs.shape("shape");
    ESPALIER_CHECK(checkSizes("iota", shape));
    const TensorType type{call.attrs.dtype("dtype"), shape};
    ESPALIER_CHECK(checkKind("iota", type, scalar::kNumber));
    ESPALIER_CHECK(resolveAxis("iota", call.attrs.integer("axis"), type));
    return std::vector{type};
}

std::vector<OpCase> iotaCases()
{
    std::vector<OpCase> cases;
    for (const DType dtype : {DType::Float64, DType::Float32, DType::BFloat16, DType::Int64, DType::Int32})
        for (const std::int64_t axis : {0, 1, -1})
            cases.push_back({std::string(name(dtype)) + " axis " + std::to_string(axis),
                             {{"shape", Shape{2, 3, 4}}, {"axis", axis}, {"dtype", dtype}}});
    cases.push_back({"empty", {{"shape", Shape{0}}, {"axis", std::int64_t{0}}, {"dtype", DType::Int64}}});
    return cases;
}

// reshape, transpose, broadcast_to

InferredTypes inferReshape(const OpCall &call)
{
    const TensorType &x = call.inputs[0];
    const Shape &shape = call.attrs.shape("shape");
    ESPALIER_CHECK(checkSizes("reshape", shape));
    if (!mayEqual(x.shape.elements(), shape.elements()))
        return fail("op.reshape", "reshape can't make {0} from {1}: {2} elements are not {3}.", shapeArg(shape),
                    typeArg(x), Arg(Arg::Kind::Shape, x.shape.elements().toString()),
                    Arg(Arg::Kind::Shape, shape.elements().toString()));
    return std::vector{TensorType{x.dtype, shape}};
}

std::vector<ValueId> reshapeGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    return {call.builder.reshape(call.gradients[0], call.builder.shape(call.inputs[0]))};
}

std::vector<OpCase> reshapeCases()
{
    std::vector<OpCase> cases;
    for (const auto &[from, to] :
         {std::pair{Dims{2, 6}, Dims{3, 4}}, std::pair{Dims{}, Dims{1, 1}}, std::pair{Dims{1}, Dims{}},
          std::pair{Dims{0, 3}, Dims{2, 0}}, std::pair{Dims{2, 3, 5}, Dims{30}}})
        cases.push_back({Shape(from).toString() + " to " + Shape(to).toString(), {{"shape", Shape(to)}}, {{from}}});
    return forEachDType(std::move(cases));
}

InferredTypes inferTranspose(const OpCall &call)
{
    const TensorType &x = call.inputs[0];
    const Ints &permutation = call.attrs.integers("permutation");
    Ints sorted = permutation;
    std::sort(sorted.begin(), sorted.end());
    Ints axes(static_cast<std::size_t>(x.shape.rank()));
    std::iota(axes.begin(), axes.end(), 0);
    if (sorted != axes)
        return fail("op.transpose", "transpose needs each of the {0} axes of {1} once, got {2}.", x.shape.rank(),
                    typeArg(x), attrToString(permutation));
    std::vector<Dim> dims;
    for (const std::int64_t axis : permutation)
        dims.push_back(x.shape[static_cast<int>(axis)]);
    return std::vector{TensorType{x.dtype, Shape(std::move(dims))}};
}

std::vector<ValueId> transposeGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    const Ints &permutation = call.attrs.integers("permutation");
    Ints inverse(permutation.size());
    for (std::size_t i = 0; i < permutation.size(); ++i)
        inverse[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
    return {call.builder.emit("transpose", {call.gradients[0]}, {{"permutation", inverse}})};
}

std::vector<OpCase> transposeCases()
{
    std::vector<OpCase> cases;
    for (const auto &[dims, permutation] : {std::pair{Dims{3, 5}, Ints{1, 0}}, std::pair{Dims{2, 3, 4}, Ints{2, 0, 1}},
                                            std::pair{Dims{2, 3, 1, 4}, Ints{0, 2, 3, 1}}, std::pair{Dims{}, Ints{}},
                                            std::pair{Dims{5}, Ints{0}}, std::pair{Dims{0, 3}, Ints{1, 0}}})
        cases.push_back(
            {Shape(dims).toString() + " by " + attrToString(permutation), {{"permutation", permutation}}, {{dims}}});
    return forEachDType(std::move(cases));
}

InferredTypes inferBroadcastTo(const OpCall &call)
{
    const TensorType &x = call.inputs[0];
    const Shape &shape = call.attrs.shape("shape");
    ESPALIER_CHECK(checkSizes("broadcast_to", shape));
    const auto both = broadcast(x.shape, shape);
    if (!both || !mayEqual(*both, shape))
        return fail("op.broadcast-to", "broadcast_to can't make {0} from {1}: sizes must be equal, or 1.",
                    shapeArg(shape), typeArg(x));
    return std::vector{TensorType{x.dtype, shape}};
}

std::vector<ValueId> broadcastToGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    return {call.builder.sumTo(call.gradients[0], call.builder.shape(call.inputs[0]))};
}

std::vector<OpCase> broadcastToCases()
{
    std::vector<OpCase> cases;
    for (const auto &[from, to] :
         {std::pair{Dims{3, 1}, Dims{3, 4}}, std::pair{Dims{}, Dims{2, 3}}, std::pair{Dims{5}, Dims{2, 3, 5}},
          std::pair{Dims{1, 2, 1}, Dims{4, 3, 2, 5}}, std::pair{Dims{1}, Dims{0}}, std::pair{Dims{2}, Dims{2}}})
        cases.push_back({Shape(from).toString() + " to " + Shape(to).toString(), {{"shape", Shape(to)}}, {{from}}});
    return forEachDType(std::move(cases));
}

// concat, slice, slice_backward

InferredTypes inferConcat(const OpCall &call)
{
    const TensorType &first = call.inputs[0];
    ESPALIER_TRY(const int axis, resolveAxis("concat", call.attrs.integer("axis"), first));
    TensorType result = first;
    for (std::size_t i = 1; i < call.inputs.size(); ++i) {
        const TensorType &next = call.inputs[i];
        ESPALIER_CHECK(checkSameDType("concat", first, next));
        bool fits = next.shape.rank() == first.shape.rank();
        for (int k = 0; fits && k < first.shape.rank(); ++k) {
            if (k == axis)
                result.shape[k] = result.shape[k] + next.shape[k];
            else
                fits = mayEqual(result.shape[k], next.shape[k]);
            if (k != axis && result.shape[k].isUnknown())
                result.shape[k] = next.shape[k];
        }
        if (!fits)
            return fail("op.concat", "concat can't join {0} and {1} along axis {2}: all other sizes must be equal.",
                        typeArg(first), typeArg(next), axis);
    }
    return std::vector{result};
}

ValueId sliceOf(Builder &b, ValueId x, int axis, std::int64_t start, const Dim &length)
{
    return b.emit("slice", {x}, {{"axis", std::int64_t{axis}}, {"start", start}, {"length", Shape{length}}});
}

/// `size` positions of x along `axis`, with `before` in front of them and `after` behind. A start is a plain number, so
/// between symbolic neighbours what stands behind is cut off first and the rest is taken from its end.
ValueId part(Builder &b, ValueId x, int axis, const Dim &before, const Dim &size, const Dim &after)
{
    if (before.isConstant())
        return sliceOf(b, x, axis, before.constant(), size);
    if ((size + after).isConstant())
        return sliceOf(b, x, axis, -(size + after).constant(), size);
    const Attrs along{{"axis", std::int64_t{axis}}};
    const ValueId head = b.emit("reverse", {sliceOf(b, x, axis, 0, before + size)}, along);
    return b.emit("reverse", {sliceOf(b, head, axis, 0, size)}, along);
}

std::vector<ValueId> concatGradient(const GradientCall &call)
{
    std::vector<ValueId> parts = noGradients(call);
    if (call.gradients[0] == kNoValue)
        return parts;
    Builder &b = call.builder;
    const int axis = *normalizeAxis(call.attrs.integer("axis"), b.shape(call.inputs[0]).rank());
    Dim before = 0;
    Dim after = b.shape(call.outputs[0])[axis];
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        const Dim size = b.shape(call.inputs[i])[axis];
        after = after - size;
        if (call.needed[i])
            parts[i] = part(b, call.gradients[0], axis, before, size, after);
        before = before + size;
    }
    return parts;
}

std::vector<OpCase> concatCases()
{
    return forEachDType({{"rows", {{"axis", std::int64_t{0}}}, {{{2, 3}}, {{1, 3}}, {{4, 3}}}},
                         {"columns", {{"axis", std::int64_t{-1}}}, {{{2, 3}}, {{2, 1}}}},
                         {"middle", {{"axis", std::int64_t{1}}}, {{{2, 3, 2}}, {{2, 2, 2}}}},
                         {"one", {{"axis", std::int64_t{0}}}, {{{5}}}},
                         {"with an empty one", {{"axis", std::int64_t{0}}}, {{{0, 3}}, {{2, 3}}}}});
}

/// Checks that start, length and step stay inside `size`, as far as numbers are known.
Result<void> checkSlice(const Dim &size, std::int64_t start, const Dim &length, std::int64_t step,
                        const TensorType &type)
{
    if (step < 1)
        return fail("op.slice-step", "slice needs a step of at least 1, got {0}.", step);
    const Dim first = start < 0 ? size + Dim(start) : Dim(start);
    const bool known = size.isConstant() && length.isConstant();
    const Dim last = first + (length - Dim(1)) * Dim(step);
    if ((first.isConstant() && first.constant() < 0)
        || (known && length.constant() > 0
            && (!last.isConstant() || last.constant() >= size.constant())) // or overflows
        || (length.isConstant() && length.constant() < 0))
        return fail("op.slice", "slice can't take {0} from position {1} in steps of {2}: {3} is too short.",
                    Arg(Arg::Kind::Shape, length.toString()), start, step, typeArg(type));
    return {};
}

InferredTypes inferSlice(const OpCall &call)
{
    const TensorType &x = call.inputs[0];
    ESPALIER_TRY(const int axis, resolveAxis("slice", call.attrs.integer("axis"), x));
    const Shape &length = call.attrs.shape("length");
    if (!length.hasRank() || length.rank() != 1)
        return fail("op.slice-length", "slice takes one length, got {0}.", shapeArg(length));
    ESPALIER_CHECK(checkSlice(x.shape[axis], call.attrs.integer("start"), length[0], call.attrs.integer("step"), x));
    TensorType result = x;
    result.shape[axis] = length[0];
    return std::vector{result};
}

std::vector<ValueId> sliceGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    return {call.builder.emit("slice_backward", {call.gradients[0]},
                              {{"shape", call.builder.shape(call.inputs[0])},
                               {"axis", call.attrs.integer("axis")},
                               {"start", call.attrs.integer("start")},
                               {"step", call.attrs.integer("step")}})};
}

struct SliceChoice {
    Dims dims;
    std::int64_t axis;
    std::int64_t start;
    std::int64_t length;
    std::int64_t step;
};

const std::vector<SliceChoice> &sliceChoices()
{
    static const std::vector<SliceChoice> choices
        = {{{5, 3}, 0, 1, 3, 1}, {{2, 7}, -1, 1, 3, 2}, {{2, 5, 3}, 1, -1, 1, 1}, {{2, 5, 3}, 1, -4, 2, 3},
           {{4}, 0, 0, 4, 1},    {{3, 2}, 0, 1, 0, 1},  {{0, 3}, 1, 1, 2, 1}};
    return choices;
}

std::string sliceName(const SliceChoice &c)
{
    return Shape(c.dims).toString() + " axis " + std::to_string(c.axis) + " from " + std::to_string(c.start) + ", "
        + std::to_string(c.length) + " by " + std::to_string(c.step);
}

std::vector<OpCase> sliceCases()
{
    std::vector<OpCase> cases;
    for (const SliceChoice &c : sliceChoices())
        cases.push_back({sliceName(c),
                         {{"axis", c.axis}, {"start", c.start}, {"length", Shape{c.length}}, {"step", c.step}},
                         {{c.dims}}});
    return forEachDType(std::move(cases));
}

InferredTypes inferSliceBackward(const OpCall &call)
{
    const TensorType &dy = call.inputs[0];
    const TensorType result{dy.dtype, call.attrs.shape("shape")};
    ESPALIER_CHECK(checkKind("slice_backward", dy, scalar::kFloat));
    ESPALIER_CHECK(checkSizes("slice_backward", result.shape));
    ESPALIER_TRY(const int axis, resolveAxis("slice_backward", call.attrs.integer("axis"), result));
    if (dy.shape.rank() != result.shape.rank())
        return fail("op.slice-backward", "slice_backward can't spread {0} over {1}.", typeArg(dy), typeArg(result));
    ESPALIER_CHECK(checkSlice(result.shape[axis], call.attrs.integer("start"), dy.shape[axis],
                              call.attrs.integer("step"), result));
    for (int i = 0; i < dy.shape.rank(); ++i)
        if (i != axis && !mayEqual(dy.shape[i], result.shape[i]))
            return fail("op.slice-backward", "slice_backward can't spread {0} over {1}.", typeArg(dy), typeArg(result));
    return std::vector{result};
}

std::vector<ValueId> sliceBackwardGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    const Shape &dy = call.builder.shape(call.inputs[0]);
    const int axis = *normalizeAxis(call.attrs.integer("axis"), dy.rank());
    return {call.builder.emit("slice", {call.gradients[0]},
                              {{"axis", std::int64_t{axis}},
                               {"start", call.attrs.integer("start")},
                               {"length", Shape{dy[axis]}},
                               {"step", call.attrs.integer("step")}})};
}

std::vector<OpCase> sliceBackwardCases()
{
    std::vector<OpCase> cases;
    for (const SliceChoice &c : sliceChoices()) {
        Dims dy = c.dims;
        dy[static_cast<std::size_t>(*normalizeAxis(c.axis, static_cast<int>(dy.size())))] = c.length;
        cases.push_back(
            {sliceName(c), {{"shape", Shape(c.dims)}, {"axis", c.axis}, {"start", c.start}, {"step", c.step}}, {{dy}}});
    }
    return cases;
}

// pad, reverse

InferredTypes inferPad(const OpCall &call)
{
    const TensorType &x = call.inputs[0];
    const Ints &before = call.attrs.integers("before");
    const Ints &after = call.attrs.integers("after");
    const auto rank = static_cast<std::size_t>(x.shape.rank());
    if (before.size() != rank || after.size() != rank)
        return fail("op.pad", "pad needs a number for each of the {0} axes of {1}, got {2} before and {3} after.", rank,
                    typeArg(x), attrToString(before), attrToString(after));
    TensorType result = x;
    for (std::size_t i = 0; i < rank; ++i) {
        if (before[i] < 0 || after[i] < 0)
            return fail("op.pad-negative", "pad can't take away: it needs 0 or more, got {0} before and {1} after.",
                        attrToString(before), attrToString(after));
        Dim &dim = result.shape[static_cast<int>(i)];
        dim = dim + Dim(before[i]) + Dim(after[i]);
    }
    return std::vector{result};
}

std::vector<ValueId> padGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    ValueId g = call.gradients[0];
    const Shape shape = call.builder.shape(call.inputs[0]);
    const Ints &before = call.attrs.integers("before");
    const Ints &after = call.attrs.integers("after");
    for (int i = 0; i < shape.rank(); ++i) {
        const auto k = static_cast<std::size_t>(i);
        if (before[k] != 0 || after[k] != 0)
            g = call.builder.emit("slice", {g},
                                  {{"axis", std::int64_t{i}}, {"start", before[k]}, {"length", Shape{shape[i]}}});
    }
    return {g};
}

std::vector<OpCase> padCases()
{
    std::vector<OpCase> cases
        = {{"both sides", {{"before", Ints{1, 0}}, {"after", Ints{0, 2}}, {"value", 1.0}}, {{{2, 3}}}},
           {"zeros", {{"before", Ints{0, 0, 1, 2}}, {"after", Ints{0, 0, 2, 1}}}, {{{1, 2, 3, 2}}}},
           {"nothing", {{"before", Ints{0}}, {"after", Ints{0}}, {"value", -3.0}}, {{{5}}}},
           {"an empty one", {{"before", Ints{1, 0}}, {"after", Ints{1, 0}}, {"value", 2.0}}, {{{0, 3}}}},
           {"a scalar", {{"before", Ints{}}, {"after", Ints{}}}, {{{}}}}};
    return forEachDType(std::move(cases));
}

InferredTypes inferReverse(const OpCall &call)
{
    ESPALIER_CHECK(resolveAxis("reverse", call.attrs.integer("axis"), call.inputs[0]));
    return std::vector{call.inputs[0]};
}

std::vector<ValueId> reverseGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    return {call.builder.emit("reverse", {call.gradients[0]}, {{"axis", call.attrs.integer("axis")}})};
}

std::vector<OpCase> reverseCases()
{
    return forEachDType({{"rows", {{"axis", std::int64_t{0}}}, {{{3, 5}}}},
                         {"columns", {{"axis", std::int64_t{-1}}}, {{{3, 5}}}},
                         {"middle", {{"axis", std::int64_t{1}}}, {{{2, 3, 2}}}},
                         {"empty", {{"axis", std::int64_t{1}}}, {{{2, 0}}}}});
}

// The rows

struct Row {
    std::string_view name;
    std::string_view help;
    std::vector<AttrSpec> attrs;
    int inputs;
    InferredTypes (*infer)(const OpCall &);
    std::vector<ValueId> (*gradient)(const GradientCall &);
    std::string_view onnx;
    std::vector<OpCase> (*cases)();
};

std::vector<Row> rows()
{
    const AttrSpec shape{"shape", Shape{}, true, "The shape to make."};
    const AttrSpec axis{"axis", std::int64_t{0}, true, "Along which axis; negative ones count from the last."};
    const AttrSpec start{"start", std::int64_t{0}, true, "First position; a negative one counts from the end."};
    const AttrSpec step{"step", std::int64_t{1}, false, "Distance between the positions taken."};
    const AttrSpec dtype{"dtype", DType::Float32, true, "The dtype to make."};
    return {
        {"constant",
         "A fixed tensor.",
         {{"value", Tensor{}, true, "The tensor."}},
         0,
         inferConstant,
         nullptr,
         "Constant",
         constantCases},
        {"dimension",
         "The product of sizes as a number.",
         {shape, dtype},
         0,
         inferDimension,
         nullptr,
         "Shape",
         dimensionCases},
        {"iota",
         "The position along an axis: 0, 1, 2, ...",
         {shape, axis, dtype},
         0,
         inferIota,
         nullptr,
         "Range",
         iotaCases},
        {"reshape",
         "The same elements in another shape.",
         {shape},
         1,
         inferReshape,
         reshapeGradient,
         "Reshape",
         reshapeCases},
        {"transpose",
         "The axes in another order.",
         {{"permutation", Ints{}, true, "For each axis of the result, the axis that it comes from."}},
         1,
         inferTranspose,
         transposeGradient,
         "Transpose",
         transposeCases},
        {"broadcast_to",
         "Repeats along axes of size 1 and new leading axes.",
         {shape},
         1,
         inferBroadcastTo,
         broadcastToGradient,
         "Expand",
         broadcastToCases},
        {"concat", "Joins tensors along an axis.", {axis}, -1, inferConcat, concatGradient, "Concat", concatCases},
        {"slice",
         "Takes positions start, start + step, ... of an axis.",
         {axis, start, {"length", Shape{1}, true, "How many positions (one size)."}, step},
         1,
         inferSlice,
         sliceGradient,
         "Slice",
         sliceCases},
        {"slice_backward",
         "Puts the slices back where slice took them, zeros elsewhere.",
         {shape, axis, start, step},
         1,
         inferSliceBackward,
         sliceBackwardGradient,
         "",
         sliceBackwardCases},
        {"pad",
         "Adds elements of one value before and after.",
         {{"before", Ints{}, true, "How many before, for each axis."},
          {"after", Ints{}, true, "How many after, for each axis."},
          {"value", 0.0, false, "What to add."}},
         1,
         inferPad,
         padGradient,
         "Pad",
         padCases},
        {"reverse", "Turns an axis around.", {axis}, 1, inferReverse, reverseGradient, "", reverseCases},
    };
}

} // namespace

std::span<const Op> shapeOps()
{
    static const std::vector<Op> ops = [] {
        std::vector<Op> all;
        for (const Row &row : rows()) {
            Op op;
            op.name = row.name;
            op.help = row.help;
            op.attrs = row.attrs;
            op.minInputs = row.inputs < 0 ? 1 : row.inputs;
            op.maxInputs = row.inputs;
            if (row.inputs != 0)
                op.inputNames = {row.name == "slice_backward" ? "dy" : "x"};
            op.infer = row.infer;
            op.gradient = row.gradient;
            op.traits.differentiable = row.gradient != nullptr;
            op.traits.view = row.name == "reshape";
            op.cost = moveCost;
            op.onnx = row.onnx;
            op.cases = row.cases;
            all.push_back(std::move(op));
        }
        return all;
    }();
    return ops;
}

} // namespace espalier
