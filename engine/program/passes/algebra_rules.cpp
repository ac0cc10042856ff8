// SPDX-License-Identifier: Apache-2.0
// Identities of element-wise ops. From Theano's canonicalisation (theano/tensor/opt.py), one entry a rule.
#include "engine/program/passes/facts.h"
#include "engine/program/passes/rule.h"

namespace espalier {
namespace {

bool firstIsNonNegative(Graph &graph, const Match &match)
{
    return isNonNegative(graph, match.values[0]);
}

bool firstIsFinite(Graph &graph, const Match &match)
{
    return isFiniteValue(graph, match.values[0]);
}

bool firstIsInteger(Graph &graph, const Match &match)
{
    return isInteger(graph.dtype(match.values[0]));
}

const Rule kRules[] = {
    {"neg-neg", "neg(neg(x))", "x", kAnyType, "exact"},
    {"add-zero", "add(x, 0)", "x", kAnyType, "-0 stays -0"},
    {"sub-zero", "sub(x, 0)", "x", kAnyType, "exact"},
    {"zero-sub", "sub(0, x)", "neg(x)", kAnyType, "0 becomes -0"},
    {"mul-one", "mul(x, 1)", "x", kAnyType, "exact"},
    {"div-one", "div(x, 1)", "x", kAnyType, "exact"},
    {"mul-minus-one", "mul(x, -1)", "neg(x)", kAnyType, "exact"},
    {"div-minus-one", "div(x, -1)", "neg(x)", kAnyType, "exact"},
    {"mul-zero", "mul(x, 0)", "0", kAnyType, "only where x is finite; -0 becomes 0", firstIsFinite},
    {"add-neg", "add(x, neg(y))", "sub(x, y)", kAnyType, "exact"},
    {"sub-neg", "sub(x, neg(y))", "add(x, y)", kAnyType, "exact"},
    {"neg-minus", "sub(neg(x), y)", "neg(add(x, y))", kAnyType | kOnce, "sign of zero"},
    {"neg-sub", "neg(sub(x, y))", "sub(y, x)", kAnyType | kOnce, "sign of zero"},
    {"mul-neg-neg", "mul(neg(x), neg(y))", "mul(x, y)", kAnyType, "exact"},
    {"mul-neg", "mul(x, neg(y))", "neg(mul(x, y))", kAnyType | kOnce, "exact"},
    {"div-neg-neg", "div(neg(x), neg(y))", "div(x, y)", kPlain, "exact"},
    {"neg-div", "div(neg(x), y)", "neg(div(x, y))", kOnce, "exact"},
    {"div-neg", "div(x, neg(y))", "neg(div(x, y))", kOnce, "exact"},
    {"mul-self", "mul(x, x)", "square(x)", kAnyType, "exact"},
    {"square-neg", "square(neg(x))", "square(x)", kAnyType, "exact"},
    {"square-abs", "square(abs(x))", "square(x)", kAnyType, "exact"},
    {"abs-neg", "abs(neg(x))", "abs(x)", kAnyType, "exact"},
    {"abs-sub-order", "abs(neg(sub(x, y)))", "abs(sub(x, y))", kAnyType, "exact"},
    {"abs-of-positive", "abs(x)", "x", kAnyType, "where x is never below 0", firstIsNonNegative},
    {"relu-of-positive", "relu(x)", "x", kAnyType, "where x is never below 0", firstIsNonNegative},
    {"maximum-self", "maximum(x, x)", "x", kAnyType, "exact"},
    {"minimum-self", "minimum(x, x)", "x", kAnyType, "exact"},
    {"and-self", "logical_and(x, x)", "x", kAnyType, "exact"},
    {"or-self", "logical_or(x, x)", "x", kAnyType, "exact"},
    {"not-not", "logical_not(logical_not(x))", "x", kAnyType, "exact"},
    {"where-same", "where(p, x, x)", "x", kAnyType, "exact"},
    {"where-true", "where(1, x, y)", "x", kAnyType, "exact"},
    {"where-false", "where(0, x, y)", "y", kAnyType, "exact"},
    {"where-not", "where(logical_not(p), x, y)", "where(p, y, x)", kAnyType, "exact"},
    {"pow-0", "pow(x, 0)", "1", kAnyType, "exact: also of NaN"},
    {"pow-1", "pow(x, 1)", "x", kAnyType, "exact"},
    {"pow-2", "pow(x, 2)", "square(x)", kAnyType, "1 ulp"},
    {"pow-half", "pow(x, 0.5)", "sqrt(x)", kFiniteOnly, "1 ulp; of -infinity NaN; sign of zero"},
    {"pow-minus-half", "pow(x, -0.5)", "rsqrt(x)", kFiniteOnly, "2 ulp; of -infinity NaN; sign of zero"},
    {"pow-minus-1", "pow(x, -1)", "reciprocal(x)", kPlain, "1 ulp"},
    {"one-over", "div(1, x)", "reciprocal(x)", kPlain, "exact"},
    {"one-over-div", "div(1, div(x, y))", "div(y, x)", kOnce, "2 ulp; finite where x/y was 0 or infinite by range"},
    {"reciprocal-div", "reciprocal(div(x, y))", "div(y, x)", kOnce, "2 ulp; as above"},
    {"mul-reciprocal", "mul(x, reciprocal(y))", "div(x, y)", kOnce, "1 ulp; better where 1/y leaves the range"},
    {"exp-log", "exp(log(x))", "x", kPlain, "where x is never below 0", firstIsNonNegative},
    {"square-sqrt", "square(sqrt(x))", "x", kPlain, "where x is never below 0", firstIsNonNegative},
    {"sub-self", "sub(x, x)", "0", kAnyType, "integers", firstIsInteger},
    {"sub-self-float", "sub(x, x)", "0", kUnsafe, "NaN and infinities become 0"},
    {"div-self", "div(x, x)", "1", kUnsafe, "NaN, 0 and infinities become 1"},
    {"mul-zero-unsafe", "mul(x, 0)", "0", kUnsafe, "NaN and infinities become 0"},
    {"mul-div-cancel", "div(mul(x, y), y)", "x", kUnsafe, "NaN where y is 0 or infinite becomes x"},
    {"div-mul-cancel", "mul(div(x, y), y)", "x", kUnsafe, "NaN where y is 0 or infinite becomes x"},
    {"add-sub-cancel", "sub(add(x, y), y)", "x", kUnsafe, "NaN where y is infinite becomes x; rounding"},
    {"sub-add-cancel", "add(sub(x, y), y)", "x", kUnsafe, "NaN where y is infinite becomes x; rounding"},
    {"reciprocal-twice", "reciprocal(reciprocal(x))", "x", kUnsafe, "where 1/x leaves the range"},
    {"stop-gradient", "stop_gradient(x)", "x", kAnyType | kAfter, "exact"},
};

} // namespace

std::span<const Rule> algebraRules()
{
    return kRules;
}

} // namespace espalier
