// SPDX-License-Identifier: Apache-2.0
// Ops that cut, join, pad and turn tensors: one section for each.
#include "engine/ops/scalar_math.h"
#include "engine/ops/shape_rules.h"

namespace espalier::shape_ops {
namespace {

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

} // namespace

std::vector<Row> cuttingRows()
{
    const AttrSpec shape{"shape", Shape{}, true, "The shape to make."};
    const AttrSpec axis{"axis", std::int64_t{0}, true, "Along which axis; negative ones count from the last."};
    const AttrSpec start{"start", std::int64_t{0}, true, "First position; a negative one counts from the end."};
    const AttrSpec step{"step", std::int64_t{1}, false, "Distance between the positions taken."};
    return {
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

} // namespace espalier::shape_ops
