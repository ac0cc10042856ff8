// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/describe.h"

#include "engine/layers/layer_kind.h"

namespace espalier {
namespace {

std::string_view name(ParamType type)
{
    constexpr std::string_view kNames[] = {"integer", "real", "bool",  "choice",      "integer_list", "expression",
                                           "text",    "file", "dtype", "initializer", "any"};
    return kNames[static_cast<std::size_t>(type)];
}

JsonValue texts(const std::vector<std::string_view> &values)
{
    JsonValue list = JsonValue::array();
    for (const std::string_view value : values)
        list.append(value);
    return list;
}

JsonValue describeParam(const ParamSpec &spec)
{
    JsonValue out = JsonValue::object();
    out.set("name", spec.name).set("type", name(spec.type)).set("label", spec.label).set("help", spec.help);
    out.set("default", spec.fallback);
    if (spec.minimum)
        out.set("minimum", *spec.minimum);
    if (spec.maximum)
        out.set("maximum", *spec.maximum);
    if (!spec.choices.empty())
        out.set("choices", texts(spec.choices));
    if (spec.type == ParamType::IntegerList)
        out.set("min_length", spec.minLength).set("max_length", spec.maxLength);
    if (!spec.unit.empty())
        out.set("unit", spec.unit);
    return out;
}

JsonValue describePorts(const std::vector<PortSpec> &ports)
{
    JsonValue list = JsonValue::array();
    for (const PortSpec &port : ports) {
        JsonValue out = JsonValue::object();
        out.set("name", port.name).set("help", port.help).set("optional", port.optional).set("variadic", port.variadic);
        list.append(std::move(out));
    }
    return list;
}

} // namespace

JsonValue describeLayers()
{
    JsonValue list = JsonValue::array();
    for (const LayerKind *kind : allLayers()) {
        JsonValue params = JsonValue::array();
        for (const ParamSpec &spec : kind->params)
            params.append(describeParam(spec));
        JsonValue out = JsonValue::object();
        out.set("id", kind->id).set("version", kind->version).set("category", kind->category).set("title", kind->title);
        out.set("help", kind->help).set("aliases", texts(kind->aliases)).set("training_only", kind->trainingOnly);
        out.set("params", std::move(params))
            .set("inputs", describePorts(kind->inputs))
            .set("outputs", describePorts(kind->outputs));
        list.append(std::move(out));
    }
    return list;
}

} // namespace espalier
