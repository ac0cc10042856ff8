// SPDX-License-Identifier: Apache-2.0
// Formula: an expression as a layer. Its names are its ports, its `param` lines trained state.
#include "engine/layers/families.h"
#include "engine/layers/formula/formula.h"
#include "engine/layers/support.h"

namespace espalier {
namespace {

NodePorts formulaPorts(const JsonValue &params)
{
    NodePorts ports;
    const auto formula = parseFormula(params["expression"].string());
    if (!formula)
        return ports;
    for (const std::string &name : formula->inputs)
        ports.inputs.push_back({name});
    for (const std::string &name : formula->outputs)
        ports.outputs.push_back({name});
    return ports;
}

void buildLayer(LayerContext &context)
{
    const auto formula = parseFormula(context.text("expression"));
    if (!formula) { // the check of the parameters told it
        context.problem(layerError(context, formula.error().code, "'{0}': {1}", formula.error().message()), {},
                        "expression");
        return;
    }
    std::vector<ValueId> inputs;
    for (const std::string &name : formula->inputs)
        inputs.push_back(context.input(name));
    const auto parameter
        = [&](std::string_view name, const TensorType &type, const Initializer &initializer) -> Result<ValueId> {
        return context.parameter(name, type, initializer, type.shape.rank() > 1);
    };
    const auto outputs = buildFormula(context.builder(), *formula, inputs, parameter,
                                      dtypeFromName(context.text("dtype")).value_or(DType::Float32));
    if (!outputs) {
        context.problem(
            layerError(context, outputs.error().code, "'{0}': {1}", Arg(Arg::Kind::Text, outputs.error().message())),
            {}, "expression");
        return;
    }
    for (std::size_t i = 0; i < outputs->size(); ++i)
        context.output(formula->outputs[i], (*outputs)[i]);
}

JsonValue expression(std::string_view text)
{
    JsonValue params = JsonValue::object();
    params.set("expression", text);
    return params;
}

std::vector<LayerCase> cases()
{
    JsonValue doubles = expression("zeros([2]) + 1.5");
    doubles.set("dtype", "float64");
    return {{"default", {}, {{.dims = {2, 3}}}},
            {"logistic", expression("1 / (1 + exp(-x))"), {{.dims = {2, 3}}}},
            {"dense", expression("param w[in, 4] = glorot\nparam b[4] = 0\ntanh(x @ w + b)"), {{.dims = {3, 5}}}},
            {"two inputs",
             expression("where(a > b, a, b) * 2"),
             {{.dims = {3, 4}, .domain = Domain::Distinct}, {.dims = {1, 4}}}},
            {"without inputs", std::move(doubles), {}}};
}

} // namespace

std::span<const LayerKind> formulaLayers()
{
    static const std::vector<LayerKind> kinds = [] {
        LayerKind kind{.id = "Formula", .category = "Arithmetic", .title = "Formula"};
        kind.help
            = "Computes an expression. Its names are its inputs, and a line such as \"param w[in, 64] = glorot\" is "
              "trained.";
        kind.aliases = {"Lambda", "expression", "custom", "function"};
        ParamSpec text{.name = "expression", .type = ParamType::Expression, .fallback = "x", .label = "Expression"};
        text.help = "For example: param w[in, 64]; relu(x @ w)";
        ParamSpec dtype{.name = "dtype", .type = ParamType::DTypeName, .fallback = "float32", .label = "Number format"};
        dtype.help = "Of numbers and parameters that meet no input.";
        kind.params = {text, dtype};
        kind.build = buildLayer;
        kind.cases = cases;
        kind.ports = formulaPorts;
        return std::vector{kind};
    }();
    return kinds;
}

} // namespace espalier
