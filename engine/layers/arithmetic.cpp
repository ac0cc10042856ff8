// SPDX-License-Identifier: Apache-2.0
// Arithmetic on tensors, with NumPy's broadcasting and without silent promotion.
#include "engine/layers/families.h"
#include "engine/layers/support.h"

#include <algorithm>

namespace espalier {
namespace {

/// A problem where two values can't meet element by element.
bool canMeet(LayerContext &context, ValueId a, ValueId c, std::string_view port)
{
    Builder &b = context.builder();
    if (b.dtype(a) != b.dtype(c)) {
        context.problem(layerError(context, "arithmetic.dtype",
                                   "'{0}' needs numbers of one format, got {1} and {2}. Put a Cast before one of them.",
                                   typeArg(b.type(a)), typeArg(b.type(c))),
                        port);
        return false;
    }
    if (broadcast(b.shape(a), b.shape(c)))
        return true;
    context.problem(layerError(context, "arithmetic.shape",
                               "'{0}': {1} and {2} don't fit: from the right, sizes must be equal or 1.",
                               shapeArg(b.shape(a)), shapeArg(b.shape(c))),
                    port);
    return false;
}

/// Ids of the kinds and their ops; those with several wires fold from the first.
struct Row {
    std::string_view id;
    std::string_view op;
    bool isVariadic;
    std::string_view help;
    std::vector<std::string_view> aliases;
};

const std::vector<Row> &table()
{
    static const std::vector<Row> rows{
        {"Add",
         "add",
         true,
         "Adds tensors element by element; the way to close a residual connection.",
         {"sum", "residual", "skip"}},
        {"Subtract", "sub", false, "a minus b, element by element.", {"Sub", "minus"}},
        {"Multiply", "mul", true, "Multiplies tensors element by element.", {"Mul", "times", "gate"}},
        {"Divide", "div", false, "a divided by b, element by element.", {"Div"}},
        {"Maximum", "maximum", true, "The larger of each pair.", {"torch.maximum", "Max"}},
        {"Minimum", "minimum", true, "The smaller of each pair.", {"torch.minimum", "Min"}},
    };
    return rows;
}

void buildArithmetic(LayerContext &context)
{
    const auto row
        = std::find_if(table().begin(), table().end(), [&](const Row &r) { return r.id == context.kind().id; });
    const std::vector<ValueId> xs
        = row->isVariadic ? context.inputs("x") : std::vector{context.input("a"), context.input("b")};
    ValueId y = xs.front();
    for (std::size_t i = 1; i < xs.size(); ++i) {
        if (!canMeet(context, y, xs[i], row->isVariadic ? "x" : "b"))
            return;
        y = context.builder().emit(row->op, {y, xs[i]});
    }
    context.output("y", y);
}

void buildMatMul(LayerContext &context)
{
    Builder &b = context.builder();
    for (const char *port : {"a", "b"})
        if (!needsRank(context, port, 2, 8, "[..., rows, columns]"))
            return;
    const ValueId a = context.input("a");
    const ValueId c = context.input("b");
    const Shape &left = b.shape(a);
    const Shape &right = b.shape(c);
    const bool transposeA = context.boolean("transpose_a");
    const bool transposeB = context.boolean("transpose_b");
    const Dim &inner = left[left.rank() - (transposeA ? 2 : 1)];
    const Dim &outer = right[right.rank() - (transposeB ? 1 : 2)];
    if (b.dtype(a) != b.dtype(c) && !canMeet(context, a, c, "b"))
        return;
    if (inner != outer) {
        context.problem(layerError(context, "matmul.inner",
                                   "'{0}' needs as many columns on the left as rows on the right, got {1} and {2}.",
                                   shapeArg(left), shapeArg(right)),
                        "b");
        return;
    }
    context.output("y", b.emit("matmul", {a, c}, {{"transpose_a", transposeA}, {"transpose_b", transposeB}}));
}

JsonValue params(std::initializer_list<JsonValue::Member> members)
{
    return JsonValue(JsonValue::Object(members));
}

std::vector<LayerCase> variadicCases()
{
    const auto distinct = [](Dims dims) { return CaseInput{.dims = std::move(dims), .domain = Domain::Distinct}; };
    return {{"two", {}, {distinct({3, 4}), {.dims = {3, 4}}}},
            {"three, spread", {}, {distinct({2, 1, 4}), {.dims = {3, 1}}, {.dims = {4}}}},
            {"one", {}, {distinct({2})}}};
}

std::vector<LayerCase> binaryCases()
{
    return {{"matrix", {}, {{.dims = {3, 4}}, {.dims = {3, 4}, .domain = Domain::Positive}}},
            {"spread", {}, {{.dims = {3, 1}}, {.dims = {2, 1, 4}, .domain = Domain::Positive}}}};
}

std::vector<LayerCase> matmulCases()
{
    return {
        {"matrix", {}, {{.dims = {3, 4}}, {.dims = {4, 2}}}},
        {"one", {}, {{.dims = {1, 1}}, {.dims = {1, 1}}}},
        {"transposed", params({{"transpose_a", true}, {"transpose_b", true}}), {{.dims = {4, 3}}, {.dims = {2, 4}}}},
        {"stacks", {}, {{.dims = {2, 1, 3, 4}}, {.dims = {5, 4, 2}}}}};
}

LayerKind arithmeticKind(const Row &row)
{
    LayerKind kind{.id = row.id, .category = "Arithmetic", .title = row.id, .help = row.help, .aliases = row.aliases};
    if (row.isVariadic)
        kind.inputs = {{.name = "x", .help = "Two tensors or more.", .variadic = true}};
    else
        kind.inputs = {{.name = "a", .help = "Left."}, {.name = "b", .help = "Right."}};
    kind.outputs = oneOutput("The common shape.");
    kind.build = buildArithmetic;
    kind.cases = row.isVariadic ? variadicCases : binaryCases;
    return kind;
}

ParamSpec transposeParam(std::string_view name, std::string_view label)
{
    ParamSpec spec{.name = name, .type = ParamType::Bool, .fallback = false, .label = label};
    spec.help = "Swaps its last two axes first.";
    return spec;
}

} // namespace

std::span<const LayerKind> arithmeticLayers()
{
    static const std::vector<LayerKind> kinds = [] {
        std::vector<LayerKind> all;
        for (const Row &row : table())
            all.push_back(arithmeticKind(row));
        LayerKind matmul{.id = "MatMul", .category = "Linear", .title = "Matrix product"};
        matmul.help = "Rows of the left times columns of the right; leading axes are stacks of matrices.";
        matmul.aliases = {"matmul", "dot", "bmm", "@"};
        matmul.params
            = {transposeParam("transpose_a", "Transpose left"), transposeParam("transpose_b", "Transpose right")};
        matmul.inputs
            = {{.name = "a", .help = "[..., n, k]", .minRank = 2}, {.name = "b", .help = "[..., k, m]", .minRank = 2}};
        matmul.outputs = oneOutput("[..., n, m]");
        matmul.build = buildMatMul;
        matmul.cases = matmulCases;
        all.push_back(std::move(matmul));
        return all;
    }();
    return kinds;
}

} // namespace espalier
