// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/describe.h"

#include "engine/layers/families.h"
#include "engine/layers/formula/formula.h"

namespace espalier {
namespace {

JsonValue names(std::span<const std::string_view> list)
{
    JsonValue::Array items;
    for (const std::string_view item : list)
        items.emplace_back(item);
    return JsonValue(std::move(items));
}

JsonValue paramToJson(const ParamSpec &spec)
{
    JsonValue json = JsonValue::object();
    json.set("name", spec.name).set("type", name(spec.type)).set("default", spec.fallback);
    json.set("label", spec.label).set("help", spec.help);
    if (spec.minimum)
        json.set("minimum", *spec.minimum);
    if (spec.maximum)
        json.set("maximum", *spec.maximum);
    if (!spec.choices.empty())
        json.set("choices", names(spec.choices));
    if (spec.type == ParamType::IntegerList)
        json.set("min_length", spec.minLength).set("max_length", spec.maxLength);
    if (!spec.unit.empty())
        json.set("unit", spec.unit);
    return json;
}

constexpr std::string_view kNumbers[] = {"any", "real", "whole"};

JsonValue portsToJson(const std::vector<PortSpec> &ports)
{
    JsonValue::Array list;
    for (const PortSpec &port : ports) {
        JsonValue json = JsonValue::object();
        json.set("name", port.name).set("help", port.help);
        json.set("optional", port.optional).set("variadic", port.variadic);
        json.set("numbers", kNumbers[static_cast<std::size_t>(port.numbers)]);
        json.set("min_rank", port.minRank).set("max_rank", port.maxRank);
        list.push_back(std::move(json));
    }
    return JsonValue(std::move(list));
}

std::vector<PortSpec> specsOf(const std::vector<NodePort> &ports)
{
    std::vector<PortSpec> specs;
    for (const NodePort &port : ports)
        specs.push_back({.name = port.name, .optional = port.optional, .variadic = port.variadic});
    return specs;
}

JsonValue kindsToJson(std::span<const LayerKind *const> kinds)
{
    JsonValue::Array list;
    for (const LayerKind *kind : kinds)
        list.push_back(describeLayer(*kind));
    return JsonValue(std::move(list));
}

} // namespace

std::string_view name(ParamType type)
{
    constexpr std::string_view kNames[] = {"integer", "real", "bool",  "choice",      "integer_list", "expression",
                                           "text",    "file", "dtype", "initializer", "any"};
    return kNames[static_cast<std::size_t>(type)];
}

JsonValue describeLayer(const LayerKind &kind)
{
    JsonValue::Array params;
    for (const ParamSpec &spec : kind.params)
        params.push_back(paramToJson(spec));
    JsonValue json = JsonValue::object();
    json.set("id", kind.id).set("version", kind.version).set("category", kind.category).set("title", kind.title);
    json.set("help", kind.help).set("aliases", names(kind.aliases)).set("params", JsonValue(std::move(params)));
    const NodePorts ports = kind.ports ? kind.ports(completeParams(kind, JsonValue::object())) : NodePorts();
    json.set("inputs", portsToJson(kind.ports ? specsOf(ports.inputs) : kind.inputs));
    json.set("outputs", portsToJson(kind.ports ? specsOf(ports.outputs) : kind.outputs));
    json.set("training_only", kind.trainingOnly);
    json.set("dynamic_ports", kind.ports != nullptr || kind.id == "Scan");
    if (!kind.outputsFrom.empty())
        json.set("outputs_from", kind.outputsFrom);
    return json;
}

JsonValue describeLayers()
{
    return kindsToJson(allLayers());
}

JsonValue describeOpLayers()
{
    return kindsToJson(opLayers());
}

JsonValue describeFunctions()
{
    JsonValue::Array functions;
    for (const auto &[function, help] : formulaFunctions()) {
        JsonValue json = JsonValue::object();
        json.set("name", function).set("help", help);
        functions.push_back(std::move(json));
    }
    return JsonValue(std::move(functions));
}

} // namespace espalier
