// SPDX-License-Identifier: Apache-2.0
// Sums and products as flat lists of terms: 2x / (4y) is 0.5 (x / y), (x + 1) + 2 is x + 3.
#include "engine/program/passes/rule.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr int kMostTerms = 32;

/// x1 · x2 ... / (y1 · y2 ...) · constant, or x1 + x2 ... - (y1 + y2 ...) + constant.
struct Terms {
    std::vector<ValueId> plus;
    std::vector<ValueId> minus;
    double constant = 0;
    int constants = 0; ///< how many were collected
    int instructions = 0; ///< that computed all this
};

/// A product is trusted while it is far from the ends of the type's range: else regrouping could leave it.
bool isOrdinary(double c, DType dtype)
{
    const double limit = dtype == DType::Float64 ? 1e150 : 1e18;
    return c == 0 ? false : std::abs(c) < limit && std::abs(c) > 1 / limit;
}

bool splits(const Graph &graph, const Instruction &in, bool product)
{
    const std::string_view name = in.op->name;
    if (name == "neg")
        return true;
    if (!product)
        return name == "add" || name == "sub";
    return name == "mul" || (isFloating(graph.dtype(in.outputs[0])) && (name == "div" || name == "reciprocal"));
}

void collect(Graph &graph, ValueId id, bool root, bool inverse, bool product, Terms &terms)
{
    const Instruction *in = graph.producer(id);
    if (const auto number = graph.splat(id)) {
        if (product)
            terms.constant = inverse ? terms.constant / *number : terms.constant * *number;
        else
            terms.constant += inverse ? -*number : *number;
        ++terms.constants;
        return;
    }
    if (!in || !splits(graph, *in, product) || (!root && !graph.usedOnce(id)) || terms.instructions >= kMostTerms) {
        (inverse ? terms.minus : terms.plus).push_back(id);
        return;
    }
    ++terms.instructions;
    const std::string_view name = in->op->name;
    if (name == "neg" && product) {
        terms.constant = -terms.constant;
        ++terms.constants;
    }
    const bool flips = product ? name == "reciprocal" : name == "neg";
    collect(graph, in->inputs[0], false, inverse != flips, product, terms);
    if (in->inputs.size() == 2)
        collect(graph, in->inputs[1], false, inverse != (name == "div" || name == "sub"), product, terms);
}

/// Equal terms of opposite sign go: x - x + y is y.
void cancel(Terms &terms)
{
    for (std::size_t i = 0; i < terms.plus.size();) {
        const auto twin = std::find(terms.minus.begin(), terms.minus.end(), terms.plus[i]);
        if (twin == terms.minus.end()) {
            ++i;
            continue;
        }
        terms.minus.erase(twin);
        terms.plus.erase(terms.plus.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

int cost(const Terms &terms, bool product)
{
    const double neutral = product ? 1 : 0;
    const int operands = static_cast<int>(terms.plus.size() + terms.minus.size());
    const bool lonely = terms.plus.empty() && !terms.minus.empty(); // c / y, or -y
    return std::max(0, operands - 1) + (terms.constant != neutral || lonely ? 1 : 0);
}

ValueId fold(Graph &graph, std::string_view op, const std::vector<ValueId> &values)
{
    ValueId all = kNoValue;
    for (const ValueId id : values)
        all = all == kNoValue ? id : graph.emit(op, {all, id});
    return all;
}

ValueId buildProduct(Graph &graph, const Terms &terms, DType dtype)
{
    const ValueId divisor = fold(graph, "mul", terms.minus);
    const ValueId constant = graph.number(terms.constant, dtype);
    if (terms.plus.empty())
        return divisor == kNoValue ? constant : graph.emit("div", {constant, divisor});
    ValueId all = fold(graph, "mul", terms.plus);
    if (divisor != kNoValue)
        all = graph.emit("div", {all, divisor});
    if (terms.constant == 1)
        return all;
    return terms.constant == -1 ? graph.emit("neg", {all}) : graph.emit("mul", {all, constant});
}

ValueId buildSum(Graph &graph, const Terms &terms, DType dtype)
{
    const ValueId constant = graph.number(terms.constant, dtype);
    ValueId all = fold(graph, "add", terms.plus);
    if (all == kNoValue && !terms.minus.empty()) {
        const ValueId sum = fold(graph, "add", terms.minus);
        return terms.constant == 0 ? graph.emit("neg", {sum}) : graph.emit("sub", {constant, sum});
    }
    for (const ValueId id : terms.minus)
        all = graph.emit("sub", {all, id});
    if (all == kNoValue)
        return constant;
    return terms.constant == 0 ? all : graph.emit("add", {all, constant});
}

ValueId regroup(Graph &graph, const Instruction &in, const RewriteOptions &options, bool product)
{
    const ValueId root = in.outputs[0];
    const DType dtype = graph.dtype(root);
    if (dtype == DType::Bool || dtype == DType::Unknown)
        return kNoValue;
    Terms terms;
    terms.constant = product ? 1 : 0;
    collect(graph, root, true, false, product, terms);
    if (isInteger(dtype) || options.unsafe)
        cancel(terms);
    const bool worthwhile = cost(terms, product) < terms.instructions;
    const bool exactIntegers = !isInteger(dtype) || std::abs(terms.constant) < 0x1p31;
    const bool ordinary = isInteger(dtype) || !product || isOrdinary(terms.constant, dtype);
    if (!worthwhile || !exactIntegers || !ordinary || !std::isfinite(terms.constant))
        return kNoValue;
    return graph.fit(product ? buildProduct(graph, terms, dtype) : buildSum(graph, terms, dtype), graph.shape(root));
}

ValueId regroupProduct(Graph &graph, const Instruction &in, const RewriteOptions &options)
{
    return regroup(graph, in, options, true);
}

ValueId regroupSum(Graph &graph, const Instruction &in, const RewriteOptions &options)
{
    return regroup(graph, in, options, false);
}

const Rule kRules[] = {
    {.name = "product",
     .flags = kAnyType,
     .note = "a few ulp for each constant; intermediate results that left the range no longer do",
     .ops = {"mul", "div", "neg", "reciprocal"},
     .apply = regroupProduct},
    {.name = "sum",
     .flags = kAnyType,
     .note = "ulp of the largest constant; equal terms cancel only for integers, or as unsafe",
     .ops = {"add", "sub", "neg"},
     .apply = regroupSum},
};

} // namespace

std::span<const Rule> sumRules()
{
    return kRules;
}

} // namespace espalier
