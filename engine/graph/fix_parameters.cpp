// SPDX-License-Identifier: Apache-2.0
// Fixes of parameters: what the schema refuses, and what the shapes around it refuse.
#include "engine/graph/fix_support.h"
#include "engine/layers/nearest.h"
#include "engine/tensor/dtype.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

const ParamSpec *specOf(const FixPlace &place)
{
    for (const ParamSpec &spec : place.kind->params)
        if (spec.name == place.problem.where.parameter)
            return &spec;
    return nullptr;
}

double nearestNumber(const ParamSpec &spec, double value)
{
    value = std::isfinite(value) ? value : spec.fallback.number();
    return std::clamp(value, spec.minimum.value_or(-1e18), spec.maximum.value_or(1e18));
}

JsonValue nearestValue(const ParamSpec &spec, double value)
{
    const double number = nearestNumber(spec, value);
    return spec.type == ParamType::Real ? JsonValue(number)
                                        : JsonValue(static_cast<std::int64_t>(std::llround(number)));
}

/// "3" is 3, and 2.5 is 3 where whole numbers are wanted; nothing where there is no number in it.
std::optional<JsonValue> asNumber(const ParamSpec &spec, const JsonValue &value)
{
    if (value.isNumber())
        return nearestValue(spec, value.number());
    const auto parsed = value.isString() ? JsonValue::parse(value.string(), "") : JsonValue::parse("", "");
    if (parsed && parsed->isNumber())
        return nearestValue(spec, parsed->number());
    return std::nullopt;
}

std::optional<JsonValue> asList(const ParamSpec &spec, const JsonValue &value)
{
    if (!value.isArray())
        return std::nullopt;
    JsonValue::Array list;
    for (const JsonValue &item : value.items())
        if (const auto number = asNumber(spec, item); number && static_cast<int>(list.size()) < spec.maxLength)
            list.push_back(*number);
    while (!list.empty() && static_cast<int>(list.size()) < spec.minLength)
        list.push_back(list.back());
    return list.empty() && spec.minLength > 0 ? std::nullopt : std::optional(JsonValue(std::move(list)));
}

Fixes toDefault(const FixPlace &place, const ParamSpec &spec)
{
    return spec.fallback.isNull() ? Fixes() : Fixes{setParameter(place, spec.name, spec.fallback)};
}

Fixes schemaFixes(const FixPlace &place, const ParamSpec &spec)
{
    const JsonValue &value = place.node->params[spec.name];
    const std::string &code = place.problem.code;
    std::optional<JsonValue> better;
    if (code == "param.number" || code == "param.range")
        better = spec.type == ParamType::IntegerList && value.isArray() ? asList(spec, value) : asNumber(spec, value);
    if (code == "param.list")
        better = asList(spec, value);
    if (code == "param.choice")
        if (const std::string_view near = nearest(value.string(), spec.choices); !near.empty())
            better = near;
    if (code == "param.bool" && (value == JsonValue("true") || value == JsonValue(1)))
        better = true;
    if (code == "param.bool" && (value == JsonValue("false") || value == JsonValue(0)))
        better = false;
    if (code == "param.text" && value.isNumber())
        better = value.dump();
    if (better)
        return {setParameter(place, spec.name, *better)};
    return toDefault(place, spec);
}

/// A parameter that the kind does not have: the nearest one was meant, or none.
Fixes unknownParameter(const FixPlace &place)
{
    const std::string &wrong = place.problem.where.parameter;
    std::vector<std::string_view> known;
    for (const ParamSpec &spec : place.kind->params)
        if (!place.node->params.has(spec.name))
            known.push_back(spec.name);
    Operation unset = setNodeField(place.graph->id, place.node->id, "params/" + wrong, {});
    unset.kind = Operation::Kind::Unset;
    if (wrong.find('/') != std::string::npos)
        return {}; // no path can name it
    Fixes fixes;
    if (const std::string_view near = nearest(wrong, known); !near.empty())
        fixes.push_back(makeFix("Call it {0}", {Arg(near)},
                                {{unset,
                                  setNodeField(place.graph->id, place.node->id, "params/" + std::string(near),
                                               place.node->params[wrong])}}));
    fixes.push_back(makeFix("Remove {0}", {Arg(wrong)}, {{unset}}));
    return fixes;
}

const TensorType *inputType(const FixContext &context, const FixPlace &place, std::string_view port)
{
    const auto wires = context.wiresInto(*place.graph, place.node->id, port);
    return wires.empty() ? nullptr : context.type(wires.front()->from);
}

/// The nearest axis that the value has.
Fixes axisInRange(const FixContext &context, const FixPlace &place)
{
    const TensorType *type = inputType(context, place, place.problem.where.port);
    const std::string &name = place.problem.where.parameter;
    const JsonValue &value = place.node->params[name];
    if (!type || type->shape.rank() == 0 || place.problem.args.size() < 3)
        return {};
    const std::int64_t rank = type->shape.rank();
    const auto clamped = [&](std::int64_t axis) { return std::clamp<std::int64_t>(axis, -rank, rank - 1); };
    if (!value.isArray())
        return {setParameter(place, name, clamped(static_cast<std::int64_t>(place.problem.args[2].number)))};
    JsonValue::Array axes;
    for (const JsonValue &item : value.items()) {
        const JsonValue axis(clamped(item.integer()));
        if (std::find(axes.begin(), axes.end(), axis) == axes.end())
            axes.push_back(axis);
    }
    return {setParameter(place, name, JsonValue(std::move(axes)))};
}

Fixes distinctAxes(const FixContext &context, const FixPlace &place)
{
    const TensorType *type = inputType(context, place, "x");
    JsonValue::Array axes;
    std::vector<std::int64_t> seen;
    for (const JsonValue &item : place.node->params["dim"].items()) {
        const std::int64_t rank = type ? type->shape.rank() : 0;
        const std::int64_t axis = item.integer() < 0 ? item.integer() + rank : item.integer();
        if (std::find(seen.begin(), seen.end(), axis) == seen.end())
            axes.push_back(item);
        seen.push_back(axis);
    }
    return {setParameter(place, "dim", JsonValue(std::move(axes)))};
}

Fixes swappedAxes(const FixPlace &place)
{
    const JsonValue &params = place.node->params;
    return {makeFix("Swap them", {},
                    {{setNodeField(place.graph->id, place.node->id, "params/start_dim", params["end_dim"]),
                      setNodeField(place.graph->id, place.node->id, "params/end_dim", params["start_dim"])}})};
}

/// One size of the shape left open where that makes the numbers fit; else the whole shape.
Fixes reshapeThatFits(const FixContext &context, const FixPlace &place)
{
    const TensorType *type = inputType(context, place, "x");
    const JsonValue &shape = place.node->params["shape"];
    const bool keepsBatch = place.node->params["keep_batch"].boolean(true);
    if (place.problem.code == "reshape.two") {
        JsonValue::Array sizes;
        bool isOpen = false;
        for (const JsonValue &size : shape.items()) {
            sizes.push_back(size.integer() < 0 && isOpen ? JsonValue(1) : size);
            isOpen |= size.integer() < 0;
        }
        return {setParameter(place, "shape", JsonValue(std::move(sizes)))};
    }
    if (!type)
        return {};
    Dim total = 1;
    for (int axis = keepsBatch ? 1 : 0; axis < type->shape.rank(); ++axis)
        total = total * type->shape[axis];
    for (std::size_t open = shape.items().size(); open-- > 0 && total.isConstant();) {
        JsonValue::Array sizes = shape.items();
        sizes[open] = -1;
        std::int64_t rest = 1;
        for (const JsonValue &size : sizes)
            rest *= size.integer() == -1 ? 1 : std::clamp<std::int64_t>(size.integer(), 0, 1 << 20);
        const bool hasOneOpen = std::count(sizes.begin(), sizes.end(), JsonValue(-1)) == 1;
        if (hasOneOpen && rest > 0 && rest < (std::int64_t{1} << 40) && total.constant() % rest == 0)
            return {setParameter(place, "shape", JsonValue(std::move(sizes)))};
    }
    return {setParameter(place, "shape", JsonValue(JsonValue::Array{-1}))};
}

/// A window that is larger than the image.
Fixes smallerWindow(const FixContext &context, const FixPlace &place)
{
    Fixes fixes{setParameter(place, "padding", "same")};
    const TensorType *type = inputType(context, place, "x");
    const JsonValue &kernel = place.node->params["kernel_size"];
    if (!type || type->shape.rank() != 4)
        return fixes;
    JsonValue::Array sizes;
    bool isDilated = false;
    for (int i = 0; i < 2; ++i) {
        const JsonValue &own = kernel.isArray() && kernel.items().size() == 2 ? kernel.items()[std::size_t(i)] : kernel;
        const Dim &size = type->shape[i + 2];
        const std::int64_t most = size.isConstant() ? std::max<std::int64_t>(size.constant(), 1) : own.integer(1);
        sizes.emplace_back(std::min(own.integer(1), most));
    }
    for (const JsonValue &d : place.node->params["dilation"].items())
        isDilated |= d.integer(1) > 1;
    if (!isDilated && place.node->params["dilation"].integer(1) <= 1)
        fixes.push_back(setParameter(place, "kernel_size", JsonValue(std::move(sizes))));
    return fixes;
}

Fixes halfPadding(const FixPlace &place)
{
    const JsonValue &kernel = place.node->params["kernel_size"];
    JsonValue::Array padding;
    for (std::size_t i = 0; i < 2; ++i) {
        const JsonValue &own = kernel.isArray() && i < kernel.items().size() ? kernel.items()[i] : kernel;
        padding.emplace_back(own.integer(1) / 2);
    }
    return {setParameter(place, "padding", JsonValue(std::move(padding)))};
}

} // namespace

Fixes fixesOfParameters(const FixContext &context, const FixPlace &place)
{
    const std::string &code = place.problem.code;
    if (!place.node || !place.kind)
        return {};
    if (code == "param.unknown")
        return unknownParameter(place);
    if (code.starts_with("param."))
        if (const ParamSpec *spec = specOf(place); spec && code != "param.formula" && code != "param.missing")
            return schemaFixes(place, *spec);
    if (code == "layer.axis")
        return axisInRange(context, place);
    if (code == "reduce.twice")
        return distinctAxes(context, place);
    if (code == "flatten.order")
        return swappedAxes(place);
    if (code == "reshape.two" || code == "reshape.size")
        return reshapeThatFits(context, place);
    if (code == "window.size")
        return smallerWindow(context, place);
    if (code == "window.padding")
        return {setParameter(place, "padding", "same"), setParameter(place, "padding", 0)};
    if (code == "window.same")
        return {setParameter(place, "padding", 0)};
    if (code == "pool.padding")
        return halfPadding(place);
    if (code == "conv.groups")
        return {setParameter(place, "groups", 1)};
    if (code == "embedding.weights")
        return {setParameter(place, "dtype", "float32")};
    return {};
}

} // namespace espalier
