// SPDX-License-Identifier: Apache-2.0
// Cheaper spellings of the same value, once nothing else wants to recognise them.
#include "engine/program/passes/rule.h"

#include <cmath>

namespace espalier {
namespace {

/// Division by a power of two is exactly multiplication by its reciprocal; by other constants it is left alone.
ValueId divByPowerOfTwo(Graph &graph, const Instruction &in, const RewriteOptions &)
{
    const auto number = graph.splat(in.inputs[1]);
    int exponent = 0;
    if (!number || !isFloating(graph.dtype(in.inputs[1])) || std::abs(std::frexp(*number, &exponent)) != 0.5
        || std::abs(exponent) > 100) // far from subnormal reciprocals in float32
        return kNoValue;
    const ValueId inverse = graph.number(1 / *number, graph.dtype(in.inputs[1]));
    return graph.fit(graph.emit("mul", {in.inputs[0], inverse}), graph.shape(in.outputs[0]));
}

const Rule kRules[] = {
    {.name = "div-power-of-two", .note = "exact", .ops = {"div"}, .apply = divByPowerOfTwo},
    {"rsqrt", "reciprocal(sqrt(x))", "rsqrt(x)", kOnce, "2 ulp"},
    {"rsqrt-div", "div(1, sqrt(x))", "rsqrt(x)", kOnce, "2 ulp"},
    {"div-sqrt", "div(x, sqrt(y))", "mul(x, rsqrt(y))", kOnce | kUnsafe, "2 ulp; subnormal y"},
    {"sqrt-reciprocal", "sqrt(reciprocal(x))", "rsqrt(x)", kOnce | kFiniteOnly, "2 ulp; of -infinity NaN, not -0"},
};

} // namespace

std::span<const Rule> specialiseRules()
{
    return kRules;
}

} // namespace espalier
