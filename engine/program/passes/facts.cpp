// SPDX-License-Identifier: Apache-2.0
#include "engine/program/passes/facts.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace espalier {
namespace {

constexpr int kDeepest = 8;

template <std::size_t N>
bool oneOf(std::string_view name, const std::array<std::string_view, N> &names)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 11> kNonNegative{
    "exp", "abs", "square", "sqrt", "rsqrt", "sigmoid", "softplus", "relu", "softmax", "one_hot", "random_uniform"};
constexpr std::array<std::string_view, 6> kMoves{"reshape", "transpose", "broadcast_to",
                                                 "slice",   "reverse",   "stop_gradient"};
constexpr std::array<std::string_view, 4> kKeepsSign{"floor", "ceil", "round", "reduce_sum"};
constexpr std::array<std::string_view, 8> kKeepsFinite{"neg",  "abs",   "sign", "floor",
                                                       "ceil", "round", "relu", "sigmoid"};

bool allInputs(Graph &graph, const Instruction &in, std::size_t from, int depth, bool (*fact)(Graph &, ValueId, int))
{
    return std::all_of(in.inputs.begin() + static_cast<std::ptrdiff_t>(from), in.inputs.end(),
                       [&](ValueId id) { return fact(graph, id, depth + 1); });
}

bool nonNegative(Graph &graph, ValueId id, int depth)
{
    if (const auto number = graph.splat(id))
        return *number >= 0 && !std::signbit(*number);
    const Instruction *in = graph.producer(id);
    if (!in || depth > kDeepest || in->outputs[0] != id)
        return false;
    const std::string_view name = in->op->name;
    if (oneOf(name, kNonNegative))
        return isFloating(graph.dtype(id));
    if (oneOf(name, kMoves) || oneOf(name, kKeepsSign))
        return nonNegative(graph, in->inputs[0], depth + 1);
    if (name == "cast")
        return graph.dtype(in->inputs[0]) == DType::Bool
            || (isFloating(graph.dtype(id)) && nonNegative(graph, in->inputs[0], depth + 1));
    if (name == "add" || name == "mul" || name == "div" || name == "minimum")
        return isFloating(graph.dtype(id)) && allInputs(graph, *in, 0, depth, nonNegative);
    return name == "where" && allInputs(graph, *in, 1, depth, nonNegative);
}

bool finite(Graph &graph, ValueId id, int depth)
{
    if (!isFloating(graph.dtype(id)))
        return true;
    if (const auto number = graph.splat(id))
        return std::isfinite(*number);
    const Instruction *in = graph.producer(id);
    if (!in || depth > kDeepest)
        return false;
    const std::string_view name = in->op->name;
    if (name == "one_hot" || name == "random_uniform" || name == "random_normal" || name == "iota")
        return true;
    if (name == "cast")
        return !isFloating(graph.dtype(in->inputs[0]));
    if (oneOf(name, kMoves) || oneOf(name, kKeepsFinite))
        return finite(graph, in->inputs[0], depth + 1);
    if (name == "maximum" || name == "minimum")
        return allInputs(graph, *in, 0, depth, finite);
    return name == "where" && allInputs(graph, *in, 1, depth, finite);
}

} // namespace

bool isNonNegative(Graph &graph, ValueId id)
{
    return nonNegative(graph, id, 0);
}

bool isFiniteValue(Graph &graph, ValueId id)
{
    return finite(graph, id, 0);
}

} // namespace espalier
