// SPDX-License-Identifier: Apache-2.0
// Activations as layers of their own: one table.
#include "engine/layers/families.h"
#include "engine/layers/support.h"

#include <array>

namespace espalier {
namespace {

/// A layer of one element-wise op without parameters.
struct Plain {
    std::string_view id;
    std::string_view op;
    std::string_view help;
    std::vector<std::string_view> aliases;
};

const std::vector<Plain> &plainTable()
{
    static const std::vector<Plain> table{
        {"ReLU", "relu", "Keeps what is positive, and turns the rest into 0.", {"rectifier", "relu"}},
        {"SELU", "selu", "An ELU scaled so that activations keep mean 0 and variance 1.", {"selu"}},
        {"SiLU", "silu", "x times its sigmoid; smooth, also called swish.", {"swish"}},
        {"Sigmoid", "sigmoid", "Squeezes every number between 0 and 1.", {"logistic", "HardSigmoid"}},
        {"Tanh", "tanh", "Squeezes every number between -1 and 1.", {"tanh"}},
        {"Softplus", "softplus", "A smooth ReLU: log(1 + exp(x)).", {"softplus"}},
        {"Hardswish", "hardswish", "A swish of straight pieces, cheap on small devices.", {"HardSwish"}},
        {"Mish", "mish", "x times the tanh of its softplus; smooth.", {"mish"}},
    };
    return table;
}

void emitUnary(LayerContext &context, std::string_view op, Attrs attrs = {})
{
    if (needsFloat(context, "x"))
        context.output("y", context.builder().emit(op, {context.input("x")}, std::move(attrs)));
}

void buildPlain(LayerContext &context)
{
    for (const Plain &row : plainTable())
        if (row.id == context.kind().id)
            emitUnary(context, row.op);
}

std::vector<LayerCase> unaryCases(Domain domain = Domain::AwayFromZero)
{
    return {{"matrix", {}, {{.dims = {3, 5}, .domain = domain}}},
            {"one", {}, {{.dims = {1}, .domain = domain}}},
            {"images", {}, {{.dims = {2, 3, 4, 5}, .domain = domain}}}};
}

std::vector<LayerCase> plainCases()
{
    return unaryCases();
}

/// One more case with a parameter off its default.
std::vector<LayerCase> casesWith(std::string_view name, JsonValue value)
{
    std::vector<LayerCase> cases = unaryCases();
    JsonValue params = JsonValue::object();
    params.set(name, std::move(value));
    cases.push_back({"parameter", std::move(params), {{.dims = {4, 3}, .domain = Domain::AwayFromZero}}});
    return cases;
}

LayerKind plainKind(const Plain &row)
{
    return {.id = row.id,
            .category = "Activation",
            .title = row.id,
            .help = row.help,
            .aliases = row.aliases,
            .inputs = oneInput("Any shape.", Numbers::Real),
            .outputs = oneOutput("The same shape."),
            .build = buildPlain,
            .cases = plainCases};
}

LayerKind withParam(std::string_view id, std::string_view help, std::vector<std::string_view> aliases, ParamSpec param,
                    void (*build)(LayerContext &), std::vector<LayerCase> (*cases)())
{
    LayerKind kind = plainKind({id, {}, help, std::move(aliases)});
    kind.params = {std::move(param)};
    kind.build = build;
    kind.cases = cases;
    return kind;
}

void buildSoftmax(LayerContext &context)
{
    if (!needsFloat(context, "x"))
        return;
    const ValueId x = context.input("x");
    const auto axis = needsAxis(context, "x", context.integer("dim"), "dim");
    if (!axis)
        return;
    const bool isLog = context.kind().id == "LogSoftmax";
    if (producerOf(context.builder(), x) == "softmax") {
        context.problem(
            layerError(context, "layer.double-softmax",
                       "'{0}' is a softmax of a softmax, which makes every class about equally likely. Remove "
                       "one of them."),
            "x");
        return;
    }
    context.output("y",
                   context.builder().emit(isLog ? "log_softmax" : "softmax", {x}, {{"axis", std::int64_t{*axis}}}));
}

std::vector<LayerCase> softmaxCases()
{
    JsonValue first = JsonValue::object();
    first.set("dim", 1);
    return {{"rows", {}, {{.dims = {3, 5}}}},
            {"one class", {}, {{.dims = {2, 1}}}},
            {"channels", std::move(first), {{.dims = {2, 3, 4}}}}};
}

LayerKind softmaxKind(std::string_view id, std::string_view help)
{
    return {.id = id,
            .category = "Activation",
            .title = id,
            .help = help,
            .aliases = {"softargmax", "probabilities"},
            .params = {axisParam(-1, "The axis of the classes.")},
            .inputs = oneInput("Scores.", Numbers::Real, 1),
            .outputs = oneOutput("The same shape."),
            .build = buildSoftmax,
            .cases = softmaxCases};
}

} // namespace

std::span<const LayerKind> activationLayers()
{
    static const std::vector<LayerKind> kinds = [] {
        std::vector<LayerKind> all;
        for (const Plain &row : plainTable())
            all.push_back(plainKind(row));
        all.push_back(withParam(
            "ReLU6", "Keeps numbers between 0 and a ceiling.", {"clipped relu"},
            {.name = "ceiling",
             .type = ParamType::Real,
             .fallback = 6.0,
             .label = "Ceiling",
             .help = "The largest result.",
             .minimum = 1e-6,
             .maximum = 1e6},
            [](LayerContext &c) {
                emitUnary(c, "clip", {{"minimum", 0.0}, {"maximum", c.real("ceiling")}});
            },
            [] { return casesWith("ceiling", 1.0); }));
        all.push_back(withParam(
            "LeakyReLU", "A ReLU that lets a small part of negative numbers through.", {"leaky relu"},
            {.name = "negative_slope",
             .type = ParamType::Real,
             .fallback = 0.01,
             .label = "Slope below 0",
             .help = "What negative numbers are multiplied by.",
             .minimum = -10,
             .maximum = 10},
            [](LayerContext &c) {
                emitUnary(c, "leaky_relu", {{"negative_slope", c.real("negative_slope")}});
            },
            [] { return casesWith("negative_slope", 0.3); }));
        all.push_back(withParam(
            "ELU", "A ReLU that bends smoothly towards a floor for negative numbers.", {"elu"},
            {.name = "alpha",
             .type = ParamType::Real,
             .fallback = 1.0,
             .label = "Floor",
             .help = "Negative numbers go towards minus this.",
             .minimum = 0,
             .maximum = 100},
            [](LayerContext &c) {
                emitUnary(c, "elu", {{"alpha", c.real("alpha")}});
            },
            [] { return casesWith("alpha", 0.5); }));
        all.push_back(withParam(
            "GELU", "A smooth ReLU: x times the chance that a normal number is below x.", {"gelu"},
            {.name = "approximate",
             .type = ParamType::Choice,
             .fallback = "none",
             .label = "Approximation",
             .help = "\"tanh\" is the older, approximate formula.",
             .choices = {"none", "tanh"}},
            [](LayerContext &c) {
                emitUnary(c, "gelu", {{"approximate", c.text("approximate") == "tanh"}});
            },
            [] { return casesWith("approximate", "tanh"); }));
        all.push_back(softmaxKind("Softmax", "Turns scores into probabilities that add up to 1."));
        all.push_back(softmaxKind("LogSoftmax", "The logarithm of the softmax, computed so that it never overflows."));
        return all;
    }();
    return kinds;
}

} // namespace espalier
