// SPDX-License-Identifier: Apache-2.0
// Moves that move nothing: reshapes, transposes, broadcasts, slices and casts.
#include "engine/program/passes/rule.h"

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

using Ints = std::vector<std::int64_t>;

bool isIdentity(const Ints &permutation)
{
    for (std::size_t i = 0; i < permutation.size(); ++i)
        if (permutation[i] != static_cast<std::int64_t>(i))
            return false;
    return true;
}

std::int64_t positive(std::int64_t axis, int rank)
{
    return axis < 0 ? axis + rank : axis;
}

ValueId sameShape(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    return graph.shape(in.inputs[0]) == graph.shape(in.outputs[0]) ? in.inputs[0] : kNoValue;
}

ValueId chain(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *inner = graph.producer(in.inputs[0], in.op->name);
    return inner ? graph.emit(in.op->name, {inner->inputs[0]}, in.attrs) : kNoValue;
}

/// reshape(broadcast_to(scalar)) → broadcast_to(scalar)
ValueId reshapeOfSplat(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *inner = graph.producer(in.inputs[0], "broadcast_to");
    if (!inner || graph.shape(inner->inputs[0]).rank() != 0)
        return kNoValue;
    return graph.fit(inner->inputs[0], graph.shape(in.outputs[0]));
}

ValueId transposeIdentity(Graph &, const Instruction &in, const RewriteOptions &)
{
    return isIdentity(in.attrs.integers("permutation")) ? in.inputs[0] : kNoValue;
}

ValueId transposeChain(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *inner = graph.producer(in.inputs[0], "transpose");
    if (!inner)
        return kNoValue;
    Ints combined;
    for (const std::int64_t axis : in.attrs.integers("permutation"))
        combined.push_back(inner->attrs.integers("permutation")[static_cast<std::size_t>(axis)]);
    return graph.emit("transpose", {inner->inputs[0]}, {{"permutation", combined}});
}

/// Axes longer than 1 keep their order: the bytes stay where they are.
ValueId transposeAsReshape(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    std::int64_t last = -1;
    for (const std::int64_t axis : in.attrs.integers("permutation")) {
        if (graph.shape(in.inputs[0])[static_cast<int>(axis)].isConstant(1))
            continue;
        if (axis < last)
            return kNoValue;
        last = axis;
    }
    return graph.emit("reshape", {in.inputs[0]}, {{"shape", graph.shape(in.outputs[0])}});
}

bool swapsLastTwo(const Ints &permutation)
{
    Ints swapped = permutation;
    if (swapped.size() < 2)
        return false;
    std::swap(swapped[swapped.size() - 1], swapped[swapped.size() - 2]);
    return isIdentity(swapped);
}

ValueId transposeIntoMatmul(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    std::vector<ValueId> inputs = in.inputs;
    bool flags[2] = {in.attrs.boolean("transpose_a"), in.attrs.boolean("transpose_b")};
    for (std::size_t i = 0; i < 2; ++i) {
        const Instruction *moved = graph.producer(inputs[i], "transpose");
        if (!moved || !swapsLastTwo(moved->attrs.integers("permutation")))
            continue;
        inputs[i] = moved->inputs[0];
        flags[i] = !flags[i];
    }
    if (inputs == in.inputs)
        return kNoValue;
    return graph.emit("matmul", inputs, {{"transpose_a", flags[0]}, {"transpose_b", flags[1]}});
}

/// (a b)^T = b^T a^T
ValueId transposeOfMatmul(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *product = graph.producer(in.inputs[0], "matmul");
    if (!product || !graph.usedOnce(in.inputs[0]) || !swapsLastTwo(in.attrs.integers("permutation")))
        return kNoValue;
    return graph.emit("matmul", {product->inputs[1], product->inputs[0]},
                      {{"transpose_a", !product->attrs.boolean("transpose_b")},
                       {"transpose_b", !product->attrs.boolean("transpose_a")}});
}

/// Element-wise ops broadcast by themselves.
ValueId uselessBroadcast(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    std::vector<ValueId> inputs = in.inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Instruction *spread = graph.producer(inputs[i], "broadcast_to");
        if (!spread)
            continue;
        std::optional<Shape> shape = graph.shape(spread->inputs[0]);
        for (std::size_t j = 0; j < inputs.size() && shape; ++j)
            if (j != i)
                shape = broadcast(*shape, graph.shape(inputs[j]));
        if (shape && *shape == graph.shape(in.outputs[0]))
            inputs[i] = spread->inputs[0];
    }
    return inputs == in.inputs ? kNoValue : graph.emit(in.op->name, inputs, in.attrs);
}

/// f(broadcast of numbers) → broadcast of f(numbers), which folds.
ValueId elementwiseOfSplats(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    std::vector<ValueId> inputs;
    bool spread = false;
    for (const ValueId id : in.inputs) {
        const auto number = graph.splat(id);
        if (!number)
            return kNoValue;
        spread = spread || graph.shape(id).rank() > 0;
        inputs.push_back(id);
    }
    if (!spread)
        return kNoValue;
    for (ValueId &id : inputs) {
        const Instruction *wide = graph.producer(id, "broadcast_to");
        if (wide && graph.shape(wide->inputs[0]).rank() == 0) {
            id = wide->inputs[0];
        } else if (graph.shape(id).rank() > 0) {
            if (graph.dtype(id) == DType::Int64) // a double may not hold it
                return kNoValue;
            id = graph.number(*graph.splat(id), graph.dtype(id));
        }
    }
    return graph.fit(graph.emit(in.op->name, inputs, in.attrs), graph.shape(in.outputs[0]));
}

struct Slice {
    std::int64_t axis = 0;
    std::int64_t start = 0;
    Dim length;
    std::int64_t step = 1;
};

Slice sliceOf(const Graph &graph, const Instruction &in)
{
    return {positive(in.attrs.integer("axis"), graph.shape(in.inputs[0]).rank()), in.attrs.integer("start"),
            graph.shape(
                in.outputs[0])[static_cast<int>(positive(in.attrs.integer("axis"), graph.shape(in.inputs[0]).rank()))],
            in.attrs.integer("step")};
}

ValueId emitSlice(Graph &graph, ValueId x, const Slice &slice)
{
    return graph.emit(
        "slice", {x},
        {{"axis", slice.axis}, {"start", slice.start}, {"length", Shape{slice.length}}, {"step", slice.step}});
}

ValueId sliceAll(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Slice slice = sliceOf(graph, in);
    const bool all = slice.start == 0 && slice.step == 1
        && graph.shape(in.inputs[0])[static_cast<int>(slice.axis)] == slice.length;
    return all ? in.inputs[0] : kNoValue;
}

ValueId sliceOfSlice(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *inner = graph.producer(in.inputs[0], "slice");
    if (!inner)
        return kNoValue;
    const Slice outer = sliceOf(graph, in);
    const Slice first = sliceOf(graph, *inner);
    if (outer.axis != first.axis || outer.start < 0 || first.start < 0 || outer.step < 1 || first.step < 1)
        return kNoValue;
    return emitSlice(graph, inner->inputs[0],
                     {first.axis, first.start + outer.start * first.step, outer.length, first.step * outer.step});
}

/// A slice that lies in one part of a concatenation.
ValueId sliceOfConcat(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *joined = graph.producer(in.inputs[0], "concat");
    if (!joined)
        return kNoValue;
    const int rank = graph.shape(in.inputs[0]).rank();
    Slice slice = sliceOf(graph, in);
    if (positive(joined->attrs.integer("axis"), rank) != slice.axis || slice.step != 1 || !slice.length.isConstant())
        return kNoValue;
    std::int64_t from = 0;
    for (const ValueId part : joined->inputs) {
        const Dim &length = graph.shape(part)[static_cast<int>(slice.axis)];
        if (!length.isConstant())
            return kNoValue;
        if (slice.start >= from && slice.start + slice.length.constant() <= from + length.constant()) {
            slice.start -= from;
            return length == slice.length ? part : emitSlice(graph, part, slice);
        }
        from += length.constant();
    }
    return kNoValue;
}

ValueId concatOne(Graph &, const Instruction &in, const RewriteOptions &)
{
    return in.inputs.size() == 1 ? in.inputs[0] : kNoValue;
}

ValueId padNone(Graph &, const Instruction &in, const RewriteOptions &)
{
    const auto zero = [&](std::string_view name) {
        const Ints &all = in.attrs.integers(name);
        return std::all_of(all.begin(), all.end(), [](std::int64_t v) { return v == 0; });
    };
    return zero("before") && zero("after") ? in.inputs[0] : kNoValue;
}

ValueId reverseNothing(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const int rank = graph.shape(in.inputs[0]).rank();
    const std::int64_t axis = positive(in.attrs.integer("axis"), rank);
    if (graph.shape(in.inputs[0])[static_cast<int>(axis)].isConstant(1))
        return in.inputs[0];
    const Instruction *inner = graph.producer(in.inputs[0], "reverse");
    return inner && positive(inner->attrs.integer("axis"), rank) == axis ? inner->inputs[0] : kNoValue;
}

bool holdsAll(DType wide, DType narrow)
{
    if (wide == narrow || narrow == DType::Bool)
        return true;
    switch (wide) {
    case DType::Float64:
        return narrow == DType::Float32 || narrow == DType::BFloat16 || narrow == DType::Int32;
    case DType::Float32:
        return narrow == DType::BFloat16;
    case DType::Int64:
        return narrow == DType::Int32;
    default:
        return false;
    }
}

ValueId castSame(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    return graph.dtype(in.inputs[0]) == graph.dtype(in.outputs[0]) ? in.inputs[0] : kNoValue;
}

ValueId castOfCast(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *inner = graph.producer(in.inputs[0], "cast");
    if (!inner)
        return kNoValue;
    const ValueId x = inner->inputs[0];
    const DType to = graph.dtype(in.outputs[0]);
    if (!holdsAll(graph.dtype(in.inputs[0]), graph.dtype(x)))
        return kNoValue;
    return graph.dtype(x) == to ? x : graph.emit("cast", {x}, {{"dtype", to}});
}

std::vector<std::string_view> broadcastingOps()
{
    std::vector<std::string_view> names;
    for (const Op *op : allOps())
        if (op->traits.elementwise && op->outputNames.size() == 1)
            names.push_back(op->name);
    return names;
}

/// Negative axes count from the end: one spelling lets equal instructions merge and patterns match.
ValueId positiveAxis(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const std::int64_t axis = in.attrs.integer("axis");
    if (axis >= 0 || !graph.shape(in.inputs[0]).hasRank())
        return kNoValue;
    Attrs attrs = in.attrs;
    attrs.set("axis", axis + graph.shape(in.inputs[0]).rank());
    return graph.emit(in.op->name, in.inputs, attrs);
}

const std::vector<Rule> &rules()
{
    static const std::vector<Rule> all = {
        {.name = "positive-axis",
         .flags = kAnyType,
         .note = "exact",
         .ops = {"softmax", "log_softmax", "softmax_backward", "log_softmax_backward", "log_sum_exp", "argmax",
                 "argmin", "concat", "slice", "reverse"},
         .apply = positiveAxis},
        {.name = "same-shape",
         .flags = kAnyType,
         .note = "exact",
         .ops = {"reshape", "broadcast_to"},
         .apply = sameShape},
        {.name = "shape-chain", .flags = kAnyType, .note = "exact", .ops = {"reshape", "broadcast_to"}, .apply = chain},
        {.name = "reshape-of-splat", .flags = kAnyType, .note = "exact", .ops = {"reshape"}, .apply = reshapeOfSplat},
        {.name = "transpose-identity",
         .flags = kAnyType,
         .note = "exact",
         .ops = {"transpose"},
         .apply = transposeIdentity},
        {.name = "transpose-chain", .flags = kAnyType, .note = "exact", .ops = {"transpose"}, .apply = transposeChain},
        {.name = "transpose-as-reshape",
         .flags = kAnyType,
         .note = "exact",
         .ops = {"transpose"},
         .apply = transposeAsReshape},
        {.name = "transpose-into-matmul",
         .note = "the order of sums may change with the kernel",
         .ops = {"matmul"},
         .apply = transposeIntoMatmul},
        {.name = "transpose-of-matmul",
         .note = "the order of sums may change with the kernel",
         .ops = {"transpose"},
         .apply = transposeOfMatmul},
        {.name = "useless-broadcast",
         .flags = kAnyType,
         .note = "exact",
         .ops = broadcastingOps(),
         .apply = uselessBroadcast},
        {.name = "element-wise-of-splats",
         .flags = kAnyType,
         .note = "exact",
         .ops = broadcastingOps(),
         .apply = elementwiseOfSplats},
        {.name = "slice-all", .flags = kAnyType, .note = "exact", .ops = {"slice"}, .apply = sliceAll},
        {.name = "slice-of-slice", .flags = kAnyType, .note = "exact", .ops = {"slice"}, .apply = sliceOfSlice},
        {.name = "slice-of-concat", .flags = kAnyType, .note = "exact", .ops = {"slice"}, .apply = sliceOfConcat},
        {.name = "concat-one", .flags = kAnyType, .note = "exact", .ops = {"concat"}, .apply = concatOne},
        {.name = "pad-none", .flags = kAnyType, .note = "exact", .ops = {"pad"}, .apply = padNone},
        {.name = "reverse-nothing", .flags = kAnyType, .note = "exact", .ops = {"reverse"}, .apply = reverseNothing},
        {.name = "cast-same", .flags = kAnyType, .note = "exact", .ops = {"cast"}, .apply = castSame},
        {.name = "cast-of-cast",
         .flags = kAnyType,
         .note = "exact: only where the type between holds every value",
         .ops = {"cast"},
         .apply = castOfCast},
    };
    return all;
}

} // namespace

std::span<const Rule> shapeRules()
{
    return rules();
}

} // namespace espalier
