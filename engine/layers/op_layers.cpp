// SPDX-License-Identifier: Apache-2.0
// "op.<name>": every op can be placed without code; its attributes are the parameters.
#include "engine/layers/families.h"
#include "engine/layers/support.h"
#include "engine/tensor/tensor_json.h"

#include <deque>
#include <unordered_map>

namespace espalier {
namespace {

/// Names that a kind's views point to.
struct OpKind {
    std::string id;
    LayerKind kind;
};

JsonValue shapeToJson(const Shape &shape)
{
    JsonValue::Array list;
    for (const Dim &dim : shape.dims())
        list.push_back(dim.isConstant() ? JsonValue(dim.constant()) : JsonValue(dim.toString()));
    return JsonValue(std::move(list));
}

/// Whole numbers and names of symbols ("batch").
Result<Shape> shapeFromJson(const JsonValue &json)
{
    std::vector<Dim> dims;
    for (const JsonValue &item : json.items()) {
        if (item.isString() && !item.string().empty())
            dims.push_back(Dim::symbol(item.string()));
        else if (item.isInteger() && item.integer() >= 0)
            dims.emplace_back(item.integer());
        else
            return fail("op.shape", "A shape is a list of whole numbers and names such as \"batch\".");
    }
    if (!json.isArray())
        return fail("op.shape", "A shape is a list of whole numbers and names such as \"batch\".");
    return Shape(std::move(dims));
}

struct ToParam {
    ParamSpec spec;
    void operator()(bool v) { fill(ParamType::Bool, v); }
    void operator()(std::int64_t v) { fill(ParamType::Integer, v); }
    void operator()(double v) { fill(ParamType::Real, v); }
    void operator()(const std::string &v) { fill(ParamType::Text, v); }
    void operator()(DType v) { fill(ParamType::DTypeName, v == DType::Unknown ? "float32" : name(v)); }
    void operator()(const Shape &v) { fill(ParamType::Any, shapeToJson(v)); }
    void operator()(const Tensor &v) { fill(ParamType::Any, v.isEmpty() ? JsonValue(0) : tensorToJson(v)); }
    void operator()(const std::vector<std::int64_t> &v)
    {
        JsonValue::Array list;
        for (const std::int64_t i : v)
            list.emplace_back(i);
        fill(ParamType::IntegerList, JsonValue(std::move(list)));
        spec.minLength = 0;
    }
    void fill(ParamType type, JsonValue value)
    {
        spec.type = type;
        spec.fallback = std::move(value);
    }
};

struct FromParam {
    const JsonValue &json;
    Result<AttrValue> operator()(bool) const { return AttrValue(json.boolean()); }
    Result<AttrValue> operator()(std::int64_t) const { return AttrValue(json.integer()); }
    Result<AttrValue> operator()(double) const { return AttrValue(json.number()); }
    Result<AttrValue> operator()(const std::string &) const { return AttrValue(json.string()); }
    Result<AttrValue> operator()(DType) const
    {
        return AttrValue(dtypeFromName(json.string()).value_or(DType::Float32));
    }
    Result<AttrValue> operator()(const Shape &) const
    {
        ESPALIER_TRY(Shape shape, shapeFromJson(json));
        return AttrValue(std::move(shape));
    }
    Result<AttrValue> operator()(const Tensor &) const
    {
        ESPALIER_TRY(Tensor tensor, tensorFromJson(json, DType::Unknown));
        return AttrValue(std::move(tensor));
    }
    Result<AttrValue> operator()(const std::vector<std::int64_t> &) const
    {
        std::vector<std::int64_t> list;
        for (const JsonValue &item : json.items())
            list.push_back(item.integer());
        if (json.isNumber())
            list.push_back(json.integer());
        return AttrValue(std::move(list));
    }
};

const Op &opOf(const LayerContext &context)
{
    return op(context.kind().id.substr(3));
}

void buildOp(LayerContext &context)
{
    const Op &op = opOf(context);
    Attrs attrs;
    for (const AttrSpec &spec : op.attrs) {
        auto value = std::visit(FromParam{context.param(spec.name)}, spec.example);
        if (!value) {
            context.problem(layerError(context, value.error().code, "'{0}': {1}", value.error().message()), {},
                            spec.name);
            return;
        }
        attrs.set(spec.name, std::move(*value));
    }
    std::vector<ValueId> inputs;
    for (const PortSpec &port : context.kind().inputs) {
        const auto values = context.inputs(port.name);
        inputs.insert(inputs.end(), values.begin(), values.end());
    }
    const auto outputs = context.builder().emitAll(op.name, std::move(inputs), std::move(attrs));
    for (std::size_t i = 0; i < outputs.size() && i < context.kind().outputs.size(); ++i)
        context.output(context.kind().outputs[i].name, outputs[i]);
}

/// The op's own cases, in the catalog test of the ops, are its cases.
std::vector<LayerCase> noCases()
{
    return {};
}

void fillKind(OpKind &entry, const Op &op)
{
    entry.id = "op." + std::string(op.name);
    LayerKind &kind = entry.kind;
    kind.id = entry.id;
    kind.category = "Op";
    kind.title = op.name;
    kind.help = op.help;
    if (!op.onnx.empty())
        kind.aliases = {op.onnx};
    for (const AttrSpec &attr : op.attrs) {
        ToParam convert{{.name = attr.name, .label = attr.name, .help = attr.help}};
        std::visit([&](const auto &v) { convert(v); }, attr.example);
        kind.params.push_back(std::move(convert.spec));
    }
    for (const std::string_view input : op.inputNames)
        kind.inputs.push_back({.name = input});
    for (std::size_t i = static_cast<std::size_t>(std::max(op.minInputs, 0)); i < kind.inputs.size(); ++i)
        kind.inputs[i].optional = true;
    if (op.maxInputs < 0 && !kind.inputs.empty())
        kind.inputs.back().variadic = true;
    for (const std::string_view output : op.outputNames)
        kind.outputs.push_back({.name = output});
    kind.build = buildOp;
    kind.cases = noCases;
}

const std::deque<OpKind> &opKinds()
{
    static const std::deque<OpKind> kinds = [] {
        std::deque<OpKind> all;
        for (const Op *op : allOps())
            if (op->name != "scan") // its body is drawn: the layer Scan
                fillKind(all.emplace_back(), *op);
        return all;
    }();
    return kinds;
}

} // namespace

const LayerKind *opLayer(std::string_view id)
{
    static const std::unordered_map<std::string_view, const LayerKind *> byId = [] {
        std::unordered_map<std::string_view, const LayerKind *> map;
        for (const OpKind &entry : opKinds())
            map.emplace(entry.id, &entry.kind);
        return map;
    }();
    const auto found = byId.find(id);
    return found == byId.end() ? nullptr : found->second;
}

std::span<const LayerKind *const> opLayers()
{
    static const std::vector<const LayerKind *> kinds = [] {
        std::vector<const LayerKind *> all;
        for (const OpKind &entry : opKinds())
            all.push_back(&entry.kind);
        return all;
    }();
    return kinds;
}

} // namespace espalier
