// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/support.h"

#include "engine/base/assert.h"

#include <algorithm>

namespace espalier {
namespace {

/// Names in documents and the op behind; "silu" and "sigmoid" are the ops' names too.
const std::vector<std::string_view> kActivations{"none",    "relu", "leaky_relu", "elu",  "selu",      "gelu",   "silu",
                                                 "sigmoid", "tanh", "softplus",   "mish", "hardswish", "softmax"};

Fix castFix(LayerContext &context, std::string_view port)
{
    JsonValue params = JsonValue::object();
    params.set("dtype", "float32");
    return context.insertBeforeFix("Convert it to float32", port, "Cast", std::move(params));
}

} // namespace

const std::vector<std::string_view> &activationNames()
{
    return kActivations;
}

ValueId applyActivation(Builder &builder, std::string_view name, ValueId x, int softmaxAxis)
{
    if (name.empty() || name == "none")
        return x;
    if (name == "softmax")
        return builder.emit("softmax", {x}, {{"axis", std::int64_t{softmaxAxis}}});
    return builder.emit(name, {x});
}

bool needsFloat(LayerContext &context, std::string_view port)
{
    const ValueId x = context.input(port);
    const TensorType &type = context.builder().type(x);
    if (isFloating(type.dtype))
        return true;
    context.problem(layerError(context, "layer.dtype",
                               "'{0}' works on floating-point numbers, but '{1}' brings {2}. Put a Cast before it.",
                               port, typeArg(type))
                        .fix(castFix(context, port)),
                    port);
    return false;
}

bool needsRank(LayerContext &context, std::string_view port, int least, int most, std::string_view wanted)
{
    const Shape &shape = context.builder().shape(context.input(port));
    if (shape.rank() >= least && shape.rank() <= most)
        return true;
    Error e = layerError(context, "layer.rank", "'{0}' needs {1} at '{2}', got {3}.",
                         Arg(Arg::Kind::Text, std::string(wanted)), port, shapeArg(shape));
    if (shape.rank() > most && most == 2) {
        e.text = "'{0}' needs {1} at '{2}', got {3}. Add Flatten before it.";
        e.fixes.push_back(context.insertBeforeFix("Add Flatten", port, "Flatten", JsonValue::object()));
    }
    context.problem(std::move(e), port);
    return false;
}

std::optional<std::int64_t> needsSize(LayerContext &context, std::string_view port, int axis)
{
    const Shape &shape = context.builder().shape(context.input(port));
    ESPALIER_ASSERT(axis >= 0 && axis < shape.rank(), "the rank is checked first");
    if (shape[axis].isConstant() && shape[axis].constant() > 0)
        return shape[axis].constant();
    context.problem(
        layerError(context, "layer.size",
                   "'{0}' has weights for axis {1} of '{2}', so its size must be a fixed number above 0; got "
                   "{3}.",
                   axis, port, shapeArg(shape)),
        port);
    return std::nullopt;
}

std::optional<int> needsAxis(LayerContext &context, std::string_view port, std::int64_t axis,
                             std::string_view parameter)
{
    const Shape &shape = context.builder().shape(context.input(port));
    if (const auto found = normalizeAxis(axis, shape.rank()))
        return found;
    context.problem(layerError(context, "layer.axis", "'{0}': {1} is {2}, but '{3}' brings {4}, which has {5} axes.",
                               parameter, axis, port, shapeArg(shape), shape.rank()),
                    port, parameter);
    return std::nullopt;
}

std::string_view producerOf(const Builder &builder, ValueId value)
{
    const auto &instructions = builder.program().instructions;
    for (auto at = instructions.rbegin(); at != instructions.rend(); ++at) {
        if (std::find(at->outputs.begin(), at->outputs.end(), value) == at->outputs.end())
            continue;
        if (at->op->name != "reshape" && at->op->name != "transpose")
            return at->op->name;
        value = at->inputs.front();
    }
    return {};
}

Initializer initializer(const LayerContext &context, std::string_view name, std::int64_t fanIn, std::int64_t fanOut)
{
    auto read = readInitializer(context.param(name));
    ESPALIER_ASSERT(read.has_value(), "parameters are checked before build");
    read->fanIn = fanIn;
    read->fanOut = fanOut;
    return *read;
}

ParamSpec activationParam()
{
    return {.name = "activation",
            .type = ParamType::Choice,
            .fallback = "none",
            .label = "Activation",
            .help = "A function applied to each result.",
            .choices = kActivations};
}

ParamSpec biasParam()
{
    return {.name = "bias",
            .type = ParamType::Bool,
            .fallback = true,
            .label = "Bias",
            .help = "Adds a learned number to each output."};
}

ParamSpec initializerParam(std::string_view name, std::string_view label, JsonValue fallback, std::string_view help)
{
    return {
        .name = name, .type = ParamType::Initializer, .fallback = std::move(fallback), .label = label, .help = help};
}

ParamSpec axisParam(std::int64_t fallback, std::string_view help)
{
    return {.name = "dim",
            .type = ParamType::Integer,
            .fallback = fallback,
            .label = "Axis",
            .help = help,
            .minimum = -8,
            .maximum = 7};
}

std::vector<PortSpec> oneInput(std::string_view help, Numbers numbers, int minRank, int maxRank)
{
    return {{.name = "x", .help = help, .numbers = numbers, .minRank = minRank, .maxRank = maxRank}};
}

std::vector<PortSpec> oneOutput(std::string_view help)
{
    return {{.name = "y", .help = help}};
}

} // namespace espalier
