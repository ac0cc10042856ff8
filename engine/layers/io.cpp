// SPDX-License-Identifier: Apache-2.0
// Where values come from and go to: Input, Constant, Output, and the ports of blocks.
#include "engine/layers/families.h"
#include "engine/layers/support.h"
#include "engine/tensor/tensor_json.h"

namespace espalier {
namespace {

NodePorts inputPorts(const JsonValue &params)
{
    NodePorts ports;
    for (const JsonValue &column : params["columns"].items())
        if (column.isString() && !column.string().empty())
            ports.outputs.push_back({column.string()});
    return ports;
}

/// What the node itself declares, for values that a caller gives; -1 is a length that each call may choose ("time").
TensorType declaredType(const LayerContext &context)
{
    std::vector<Dim> dims;
    if (context.boolean("batch"))
        dims.push_back(Dim::symbol("batch"));
    for (const JsonValue &size : context.param("shape").items())
        dims.push_back(size.integer() < 0 ? Dim::symbol("time") : Dim(size.integer()));
    return {dtypeFromName(context.text("dtype")).value_or(DType::Float32), Shape(std::move(dims))};
}

/// The tensor that the node declares for a call that gives none; a default one where it declares nothing. False: it is
/// damaged, and a problem was recorded.
bool readDeclaredValue(LayerContext &context, Tensor &tensor)
{
    const JsonValue &value = context.param("value");
    if (value.isString() && value.string().empty())
        return true;
    auto read = tensorFromJson(value, dtypeFromName(context.text("dtype")).value_or(DType::Float32));
    if (!read)
        context.problem(layerError(context, "layer.input-value", "'{0}': {1}", read.error().message()), {}, "value");
    else
        tensor = std::move(*read);
    return read.has_value();
}

void buildInput(LayerContext &context)
{
    Tensor given;
    if (!readDeclaredValue(context, given))
        return;
    const bool isBound = !context.text("source").empty();
    for (const JsonValue &column : context.param("columns").items()) {
        const std::string &port = column.string();
        if (!context.isUsed(port))
            continue;
        TensorType type = context.boundColumn(port);
        if (type.isUnknown() && isBound)
            continue; // no data section yet, or a problem that was told
        const bool isGiven = !given.isEmpty() && (type.isUnknown() || type == given.type());
        if (type.isUnknown())
            type = isGiven ? given.type() : declaredType(context);
        if (const ValueId value = context.programInput(port, type, isGiven ? given : Tensor()); value != kNoValue)
            context.output(port, value);
    }
}

void buildConstant(LayerContext &context)
{
    auto tensor = tensorFromJson(context.param("value"), dtypeFromName(context.text("dtype")).value_or(DType::Float32));
    if (!tensor) {
        context.problem(layerError(context, "layer.constant", "'{0}': {1}", tensor.error().message()), {}, "value");
        return;
    }
    context.output("y", context.builder().constant(std::move(*tensor)));
}

std::vector<LayerCase> constantCases()
{
    const auto value = JsonValue::parse("[[1, 2, 3], [4, 5, 6]]", "case");
    return {{"scalar"}, {"matrix", JsonValue(JsonValue::Object{{"value", *value}, {"dtype", "float64"}})}};
}

std::vector<LayerCase> none()
{
    return {}; // they only have a meaning in a drawing
}

ParamSpec dtypeParam(std::string_view help)
{
    return {
        .name = "dtype", .type = ParamType::DTypeName, .fallback = "float32", .label = "Number format", .help = help};
}

LayerKind inputKind()
{
    return {
        .id = "Input",
        .category = "Input & output",
        .title = "Input",
        .help
        = "Brings data into the drawing: one port for each column of a data source, or a value given at each call.",
        .aliases = {"Placeholder", "InputLayer", "data", "dataset"},
        .params
        = {{.name = "source",
            .type = ParamType::Text,
            .fallback = "",
            .label = "Data source",
            .help = "Name or id of a source of the data section; empty where the value is given at each call."},
           {.name = "columns",
            .type = ParamType::Any,
            .fallback = JsonValue(JsonValue::Array{"x"}),
            .label = "Columns",
            .help = "Columns of the source that the drawing uses; each is a port."},
           {.name = "shape",
            .type = ParamType::IntegerList,
            .fallback = JsonValue::array(),
            .label = "Shape",
            .help = "Without a source: the shape of one sample; -1 stands for any length.",
            .minimum = -1,
            .maximum = 1e9,
            .minLength = 0},
           dtypeParam("Without a source: the format of the numbers."),
           {.name = "value",
            .type = ParamType::Any,
            .fallback = "",
            .label = "Value",
            .help = "Without a source: what a call that gives no value takes, as nested lists; its shape counts."},
           {.name = "batch",
            .type = ParamType::Bool,
            .fallback = true,
            .label = "Batch axis",
            .help = "Without a source: many samples come at once, along a first axis of their own."}},
        .build = buildInput,
        .cases = none,
        .ports = inputPorts,
        .outputsFrom = "columns",
    };
}

} // namespace

std::span<const LayerKind> ioLayers()
{
    static const std::vector<LayerKind> kinds{
        inputKind(),
        {.id = "Output",
         .category = "Input & output",
         .title = "Output",
         .help = "What the trained model is for: predictions and exports hold what Output nodes need, and no more.",
         .aliases = {"result", "prediction"},
         .inputs = oneInput("The value to give out."),
         .cases = none},
        {.id = "Constant",
         .category = "Input & output",
         .title = "Constant",
         .help = "A tensor written in the drawing.",
         .aliases = {"tensor", "tf.constant", "literal"},
         .params = {{.name = "value",
                     .type = ParamType::Any,
                     .fallback = 0,
                     .label = "Value",
                     .help = "A number, or nested lists of equal length: [[1, 2], [3, 4]]."},
                    dtypeParam("The format of the numbers.")},
         .outputs = oneOutput("The tensor."),
         .build = buildConstant,
         .cases = constantCases},
        {.id = "BlockInput",
         .category = "Input & output",
         .title = "Block input",
         .help = "A port through which a value comes into a block; its name is the port's name.",
         .aliases = {"port"},
         .params = {{.name = "shape",
                     .type = ParamType::IntegerList,
                     .fallback = JsonValue::array(),
                     .label = "Starting shape",
                     .help = "For a state of a Scan: the shape of the zeros that it starts from, without the batch.",
                     .minimum = 1,
                     .maximum = 1e9,
                     .minLength = 0},
                    dtypeParam("For a state of a Scan: the format of the zeros.")},
         .outputs = oneOutput("The value from outside."),
         .cases = none},
        {.id = "BlockOutput",
         .category = "Input & output",
         .title = "Block output",
         .help = "A port through which a value leaves a block; its name is the port's name.",
         .aliases = {"port"},
         .inputs = oneInput("The value for outside."),
         .cases = none},
    };
    return kinds;
}

} // namespace espalier
