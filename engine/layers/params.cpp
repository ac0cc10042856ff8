// SPDX-License-Identifier: Apache-2.0
// Parameters against their schema.
#include "engine/layers/formula/formula.h"
#include "engine/layers/layer_kind.h"
#include "engine/layers/nearest.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

Error wrong(std::string_view code, std::string_view text, std::string_view node, const ParamSpec &spec,
            std::vector<Arg> rest = {})
{
    Error e = error(code, text, node, spec.name);
    e.args.insert(e.args.end(), rest.begin(), rest.end());
    e.where.parameter = std::string(spec.name);
    return e;
}

std::string shortText(const JsonValue &value)
{
    constexpr std::size_t kLongest = 40;
    const std::string text = value.dump();
    return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

bool inRange(const ParamSpec &spec, double number)
{
    return std::isfinite(number) && (!spec.minimum || number >= *spec.minimum)
        && (!spec.maximum || number <= *spec.maximum);
}

std::optional<Error> checkNumber(const ParamSpec &spec, const JsonValue &value, std::string_view node, bool isWhole)
{
    if (!value.isNumber() || (isWhole && value.number() != static_cast<double>(value.integer(INT64_MIN))))
        return wrong("param.number",
                     isWhole ? "'{0}': {1} must be a whole number, not {2}." : "'{0}': {1} must be a number, not {2}.",
                     node, spec, {Arg(shortText(value))});
    if (inRange(spec, value.number()))
        return std::nullopt;
    if (spec.minimum && spec.maximum)
        return wrong("param.range", "'{0}': {1} must be between {3} and {4}, not {2}.", node, spec,
                     {Arg(value.number()), Arg(*spec.minimum), Arg(*spec.maximum)});
    return wrong("param.range",
                 spec.minimum ? "'{0}': {1} must be at least {3}, not {2}."
                              : "'{0}': {1} must be at most {3}, not {2}.",
                 node, spec, {Arg(value.number()), Arg(spec.minimum ? *spec.minimum : spec.maximum.value_or(0))});
}

std::string joined(const std::vector<std::string_view> &words)
{
    std::string text;
    for (const std::string_view word : words)
        text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

std::optional<Error> checkList(const ParamSpec &spec, const JsonValue &value, std::string_view node)
{
    if (value.isNumber() && spec.minLength >= 1) // one number stands for all
        return checkNumber(spec, value, node, true);
    const auto length = static_cast<int>(value.items().size());
    if (!value.isArray() || length < spec.minLength || length > spec.maxLength)
        return spec.minLength == spec.maxLength
            ? wrong("param.list", "'{0}': {1} must be a list of {3} whole numbers, not {2}.", node, spec,
                    {Arg(shortText(value)), Arg(spec.minLength)})
            : wrong("param.list", "'{0}': {1} must be a list of {3} to {4} whole numbers, not {2}.", node, spec,
                    {Arg(shortText(value)), Arg(spec.minLength), Arg(spec.maxLength)});
    for (const JsonValue &item : value.items())
        if (auto problem = checkNumber(spec, item, node, true))
            return problem;
    return std::nullopt;
}

std::optional<Error> checkParam(const ParamSpec &spec, const JsonValue &value, std::string_view node)
{
    switch (spec.type) {
    case ParamType::Integer:
        return checkNumber(spec, value, node, true);
    case ParamType::Real:
        return checkNumber(spec, value, node, false);
    case ParamType::IntegerList:
        return checkList(spec, value, node);
    case ParamType::Bool:
        if (!value.isBool())
            return wrong("param.bool", "'{0}': {1} must be true or false, not {2}.", node, spec,
                         {Arg(shortText(value))});
        break;
    case ParamType::Choice:
        if (!value.isString()
            || std::find(spec.choices.begin(), spec.choices.end(), value.string()) == spec.choices.end())
            return wrong("param.choice", "'{0}': {1} can't be {2}; it can be {3}.", node, spec,
                         {Arg(shortText(value)), Arg(joined(spec.choices))});
        break;
    case ParamType::DTypeName:
        if (!dtypeFromName(value.string()))
            return wrong("param.dtype",
                         "'{0}': {1} can't be {2}; it can be float64, float32, bfloat16, int64, int32 or bool.", node,
                         spec, {Arg(shortText(value))});
        break;
    case ParamType::Initializer:
        if (auto read = readInitializer(value); !read)
            return wrong("param.initializer", "'{0}': {1}: {2}", node, spec, {Arg(read.error().message())});
        break;
    case ParamType::Expression:
        if (auto formula = parseFormula(value.string()); value.isString() && !formula)
            return wrong("param.formula", "'{0}': {2}", node, spec, {Arg(Arg::Kind::Text, formula.error().message())});
        [[fallthrough]];
    case ParamType::Text:
    case ParamType::File:
        if (!value.isString())
            return wrong("param.text", "'{0}': {1} must be a text, not {2}.", node, spec, {Arg(shortText(value))});
        break;
    case ParamType::Any:
        break;
    }
    return std::nullopt;
}

const ParamSpec *findSpec(const LayerKind &kind, std::string_view name)
{
    const auto found
        = std::find_if(kind.params.begin(), kind.params.end(), [&](const ParamSpec &s) { return s.name == name; });
    return found == kind.params.end() ? nullptr : &*found;
}

} // namespace

NodePorts portsOf(const LayerKind &kind, const JsonValue &params)
{
    if (kind.ports)
        return kind.ports(params);
    NodePorts ports;
    for (const PortSpec &port : kind.inputs)
        ports.inputs.push_back({std::string(port.name), port.optional, port.variadic});
    for (const PortSpec &port : kind.outputs)
        ports.outputs.push_back({std::string(port.name), port.optional, port.variadic});
    return ports;
}

JsonValue completeParams(const LayerKind &kind, const JsonValue &params)
{
    JsonValue full = params.isObject() ? params : JsonValue::object();
    for (const ParamSpec &spec : kind.params)
        if (!full.has(spec.name) && !spec.fallback.isNull())
            full.set(spec.name, spec.fallback);
    return full;
}

std::vector<Error> checkParams(const LayerKind &kind, const JsonValue &params, std::string_view node)
{
    std::vector<Error> problems;
    for (const ParamSpec &spec : kind.params) {
        const JsonValue &value = params[spec.name];
        if (!params.has(spec.name)) {
            if (spec.fallback.isNull())
                problems.push_back(wrong("param.missing", "'{0}' needs a value for {1}.", node, spec));
        } else if (auto problem = checkParam(spec, value, node)) {
            problems.push_back(std::move(*problem));
        }
    }
    for (const auto &[name, value] : params.members()) {
        if (findSpec(kind, name))
            continue;
        std::vector<std::string_view> known;
        for (const ParamSpec &spec : kind.params)
            known.push_back(spec.name);
        const std::string_view near = nearest(name, known);
        Error e = near.empty()
            ? error("param.unknown", "'{0}' ({2}) has no parameter {1}.", node, name, kind.id)
            : error("param.unknown", "'{0}' ({2}) has no parameter {1}. Did you mean {3}?", node, name, kind.id, near);
        e.where.parameter = name;
        problems.push_back(std::move(e));
    }
    return problems;
}

} // namespace espalier
