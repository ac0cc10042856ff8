// SPDX-License-Identifier: Apache-2.0
// Reductions of reductions, of broadcasts, of scaled values and over axes of length 1.
#include "engine/program/passes/rule.h"

#include <algorithm>

namespace espalier {
namespace {

using Ints = std::vector<std::int64_t>;

const std::vector<std::string_view> kReductions{"reduce_sum",  "reduce_mean", "reduce_max", "reduce_min",
                                                "reduce_prod", "reduce_any",  "reduce_all"};

/// Sorted and counted from the front; none given means all.
Ints axesOf(const Graph &graph, const Instruction &in)
{
    const int rank = graph.shape(in.inputs[0]).rank();
    Ints axes = in.attrs.integers("axes");
    if (axes.empty())
        for (int i = 0; i < rank; ++i)
            axes.push_back(i);
    for (std::int64_t &axis : axes)
        axis += axis < 0 ? rank : 0;
    std::sort(axes.begin(), axes.end());
    return axes;
}

bool contains(const Ints &axes, std::int64_t axis)
{
    return std::binary_search(axes.begin(), axes.end(), axis);
}

ValueId reshaped(Graph &graph, ValueId id, const Shape &shape)
{
    if (id == kNoValue || graph.shape(id) == shape)
        return id;
    return graph.emit("reshape", {id}, {{"shape", shape}});
}

ValueId reduce(Graph &graph, const Instruction &like, ValueId x, const Ints &axes, bool keepdims)
{
    return graph.emit(like.op->name, {x}, {{"axes", axes}, {"keepdims", keepdims}});
}

/// One spelling of the axes.
ValueId plainAxes(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Ints axes = axesOf(graph, in);
    if (axes == in.attrs.integers("axes"))
        return kNoValue;
    return reduce(graph, in, in.inputs[0], axes, in.attrs.boolean("keepdims"));
}

ValueId overOnes(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    for (const std::int64_t axis : axesOf(graph, in))
        if (!graph.shape(in.inputs[0])[static_cast<int>(axis)].isConstant(1))
            return kNoValue;
    return reshaped(graph, in.inputs[0], graph.shape(in.outputs[0]));
}

ValueId ofReduction(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *inner = graph.producer(in.inputs[0], in.op->name);
    if (!inner || !graph.usedOnce(in.inputs[0]))
        return kNoValue;
    const Ints first = axesOf(graph, *inner);
    const Ints second = axesOf(graph, in);
    const bool kept = inner->attrs.boolean("keepdims");
    Ints all = first;
    std::int64_t position = 0; // among the axes that the inner reduction leaves
    for (int axis = 0; axis < graph.shape(inner->inputs[0]).rank(); ++axis) {
        const bool gone = contains(first, axis);
        if (!gone && contains(second, kept ? axis : position))
            all.push_back(axis);
        position += gone ? 0 : 1;
    }
    std::sort(all.begin(), all.end());
    return reshaped(graph, reduce(graph, in, inner->inputs[0], all, false), graph.shape(in.outputs[0]));
}

/// Axes along which all elements are the same need no loop: a sum is n times one of them, the rest is one of them.
ValueId ofBroadcast(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *spread = graph.producer(in.inputs[0], "broadcast_to");
    if (!spread || in.op->name == "reduce_prod")
        return kNoValue;
    const ValueId x = spread->inputs[0];
    const Shape wide = graph.shape(in.inputs[0]);
    const int added = wide.rank() - graph.shape(x).rank();
    Shape kept = wide; // of the result with keepdims
    Ints real;
    Dim copies = 1;
    for (const std::int64_t axis : axesOf(graph, in)) {
        const int i = static_cast<int>(axis);
        const bool spreadHere = i < added || !(graph.shape(x)[i - added] == wide[i]);
        if (spreadHere)
            copies = copies * wide[i];
        else
            real.push_back(axis - added);
        kept[i] = Dim(1);
    }
    if (!copies.isConstant() || copies.constant() <= 1)
        return kNoValue;
    ValueId result = real.empty() ? x : reduce(graph, in, x, real, true);
    if (in.op->name == "reduce_sum" && result != kNoValue)
        result = graph.emit("mul", {result, graph.number(static_cast<double>(copies.constant()), graph.dtype(x))});
    if (result == kNoValue || graph.shape(result) == graph.shape(in.outputs[0]))
        return result;
    return reshaped(graph, graph.fit(result, kept), graph.shape(in.outputs[0]));
}

/// sum(c x) → c sum(x), also for mean; sum(-x) → -sum(x)
ValueId ofScaled(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const Instruction *scaled = graph.producer(in.inputs[0]);
    if (!scaled || !graph.usedOnce(in.inputs[0]))
        return kNoValue;
    if (scaled->op->name == "neg")
        return graph.emit("neg", {graph.emit(in.op->name, scaled->inputs, in.attrs)});
    if (scaled->op->name != "mul")
        return kNoValue;
    for (std::size_t i = 0; i < 2; ++i) {
        const ValueId x = scaled->inputs[1 - i];
        const ValueId c = scaled->inputs[i];
        if (!graph.splat(c) || graph.shape(c).rank() != 0 || !(graph.shape(x) == graph.shape(in.inputs[0])))
            continue;
        return graph.emit("mul", {graph.emit(in.op->name, {x}, in.attrs), c});
    }
    return kNoValue;
}

const Rule kRules[] = {
    {.name = "plain-axes", .flags = kAnyType, .note = "exact", .ops = kReductions, .apply = plainAxes},
    {.name = "reduce-ones", .flags = kAnyType, .note = "exact", .ops = kReductions, .apply = overOnes},
    {.name = "reduce-of-reduce",
     .flags = kAnyType,
     .note = "another order of sums",
     .ops = kReductions,
     .apply = ofReduction},
    {.name = "reduce-of-broadcast",
     .flags = kAnyType,
     .note = "one rounding instead of n",
     .ops = kReductions,
     .apply = ofBroadcast},
    {.name = "reduce-of-scaled",
     .flags = kAnyType,
     .note = "ulp; a sum that left the range may no longer, or the other way round",
     .ops = {"reduce_sum", "reduce_mean"},
     .apply = ofScaled},
};

} // namespace

std::span<const Rule> reduceRules()
{
    return kRules;
}

} // namespace espalier
