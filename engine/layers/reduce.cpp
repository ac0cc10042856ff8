// SPDX-License-Identifier: Apache-2.0
// Reductions: one table.
#include "engine/layers/families.h"
#include "engine/layers/support.h"

#include <algorithm>

namespace espalier {
namespace {

struct Row {
    std::string_view id;
    std::string_view op;
    bool isPosition; ///< argmax and argmin: one axis, whole numbers
    std::string_view help;
    std::vector<std::string_view> aliases;
};

const std::vector<Row> &table()
{
    static const std::vector<Row> rows{
        {"Sum", "reduce_sum", false, "The sum along axes.", {"ReduceSum", "torch.sum"}},
        {"Mean", "reduce_mean", false, "The mean along axes.", {"ReduceMean", "average"}},
        {"Max", "reduce_max", false, "The largest number along axes.", {"ReduceMax", "amax"}},
        {"Min", "reduce_min", false, "The smallest number along axes.", {"ReduceMin", "amin"}},
        {"Product", "reduce_prod", false, "The product along axes.", {"ReduceProd", "prod"}},
        {"ArgMax", "argmax", true, "Where the largest number is: the predicted class.", {"torch.argmax"}},
        {"ArgMin", "argmin", true, "Where the smallest number is.", {"torch.argmin"}},
    };
    return rows;
}

const Row &rowOf(const LayerContext &context)
{
    return *std::find_if(table().begin(), table().end(), [&](const Row &r) { return r.id == context.kind().id; });
}

void buildReduce(LayerContext &context)
{
    std::vector<std::int64_t> axes;
    const JsonValue &dim = context.param("dim");
    for (const JsonValue &item : dim.isArray() ? dim.items() : JsonValue::Array{dim}) {
        const auto axis = needsAxis(context, "x", item.integer(), "dim");
        if (!axis)
            return;
        if (std::find(axes.begin(), axes.end(), *axis) != axes.end()) {
            context.problem(layerError(context, "reduce.twice", "'{0}' names axis {1} twice.", *axis), {}, "dim");
            return;
        }
        axes.push_back(*axis);
    }
    std::sort(axes.begin(), axes.end());
    context.output("y",
                   context.builder().emit(rowOf(context).op, {context.input("x")},
                                          {{"axes", std::move(axes)}, {"keepdims", context.boolean("keepdim")}}));
}

void buildPosition(LayerContext &context)
{
    if (const auto axis = needsAxis(context, "x", context.integer("dim"), "dim"))
        context.output(
            "y",
            context.builder().emit(rowOf(context).op, {context.input("x")},
                                   {{"axis", std::int64_t{*axis}}, {"keepdims", context.boolean("keepdim")}}));
}

JsonValue params(std::initializer_list<JsonValue::Member> members)
{
    return JsonValue(JsonValue::Object(members));
}

std::vector<LayerCase> reduceCases()
{
    const auto x = [](Dims dims) { return CaseInput{.dims = std::move(dims), .domain = Domain::Distinct}; };
    return {{"all", {}, {x({2, 3})}},
            {"one axis", params({{"dim", JsonValue(JsonValue::Array{-1})}}), {x({2, 3, 4})}},
            {"two axes", params({{"dim", JsonValue(JsonValue::Array{0, 2})}, {"keepdim", true}}), {x({2, 3, 4})}},
            {"one element", {}, {x({1})}}};
}

std::vector<LayerCase> positionCases()
{
    const auto x = [](Dims dims) { return CaseInput{.dims = std::move(dims), .domain = Domain::Distinct}; };
    return {{"rows", {}, {x({4, 3})}}, {"columns", params({{"dim", 0}, {"keepdim", true}}), {x({4, 3})}}};
}

LayerKind kindOf(const Row &row)
{
    LayerKind kind{.id = row.id, .category = "Reduction", .title = row.id, .help = row.help, .aliases = row.aliases};
    if (row.isPosition) {
        kind.params = {axisParam(-1, "The axis that is searched.")};
    } else {
        ParamSpec dim{.name = "dim", .type = ParamType::IntegerList, .fallback = JsonValue::array(), .label = "Axes"};
        dim.help = "The axes that go away; none named: all, the batch too.";
        dim.minimum = -8;
        dim.maximum = 7;
        dim.minLength = 0;
        kind.params = {dim};
    }
    ParamSpec keep{.name = "keepdim", .type = ParamType::Bool, .fallback = false, .label = "Keep the axes"};
    keep.help = "The axes stay, with size 1.";
    kind.params.push_back(keep);
    kind.inputs = oneInput("Any shape.");
    kind.outputs = oneOutput("Without the axes.");
    kind.build = row.isPosition ? buildPosition : buildReduce;
    kind.cases = row.isPosition ? positionCases : reduceCases;
    return kind;
}

} // namespace

std::span<const LayerKind> reduceLayers()
{
    static const std::vector<LayerKind> kinds = [] {
        std::vector<LayerKind> all;
        for (const Row &row : table())
            all.push_back(kindOf(row));
        return all;
    }();
    return kinds;
}

} // namespace espalier
