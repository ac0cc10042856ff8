// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/fix_support.h"

#include "engine/graph/resolve.h"

#include <algorithm>
#include <array>

namespace espalier {
namespace {

/// Which parameter of a layer is the size of which axis of its output.
struct SizeParameter {
    std::string_view kind;
    std::string_view parameter;
    int axis = -1; ///< -1: the last
};
constexpr std::array<SizeParameter, 4> kSizes{{{"Dense", "out_features", -1},
                                               {"Conv2D", "out_channels", 1},
                                               {"Embedding", "embedding_dim", -1},
                                               {"LSTM", "hidden_size", -1}}};

bool isExposed(const DocumentGraph &graph, const DocumentNode &node, std::string_view parameter)
{
    const auto &exposed = graph.extra["exposed"].items();
    return std::any_of(exposed.begin(), exposed.end(), [&](const JsonValue &e) {
        return e["node"].string() == node.id && e["param"].string() == parameter;
    });
}

/// Whether the layer leaves this axis of its input as it is.
bool keepsAxis(const LayerKind &kind, int axis)
{
    if (kind.category == "Activation" || kind.category == "Normalisation" || kind.id == "Cast")
        return true;
    return kind.category == "Pooling" && axis <= 1;
}

std::optional<Resize> resizeAt(const DocumentGraph &graph, const DocumentNode &node, const SizeParameter &size,
                               std::int64_t wanted)
{
    const LayerKind *kind = findLayer(node.kind);
    if (isExposed(graph, node, size.parameter) || !kind)
        return std::nullopt;
    if (node.params["bidirectional"].boolean()) {
        if (wanted % 2 != 0)
            return std::nullopt;
        wanted /= 2;
    }
    if (const std::int64_t groups = node.params["groups"].integer(1); groups > 1 && wanted % groups != 0)
        return std::nullopt;
    for (const ParamSpec &spec : kind->params)
        if (spec.name == size.parameter && wanted > static_cast<std::int64_t>(spec.maximum.value_or(1e18)))
            return std::nullopt;
    return Resize{{{setNodeField(graph.id, node.id, "params/" + std::string(size.parameter), wanted)}}, node.name};
}

} // namespace

FixContext::FixContext(const Document &document, const Lowered &lowered, const LowerOptions &options)
    : m_document(document)
    , m_options(options)
{
    for (const PortType &port : lowered.ports) {
        std::vector<const PortType *> &known = m_outputs[port.node];
        if (std::none_of(known.begin(), known.end(), [&](const PortType *p) { return p->port == port.port; }))
            known.push_back(&port);
    }
    addGraph(document.graph);
    for (const DocumentGraph &block : document.blocks)
        addGraph(block);
}

void FixContext::addGraph(const DocumentGraph &graph)
{
    Index &index = m_graphs[&graph];
    for (const DocumentNode &node : graph.nodes)
        index.nodes.emplace(node.id, &node);
    for (const DocumentWire &wire : graph.wires) {
        index.into[wire.to.node].push_back(&wire);
        index.from[wire.from.node].push_back(&wire);
    }
}

const DocumentNode *FixContext::node(const DocumentGraph &graph, std::string_view id) const
{
    const auto &nodes = m_graphs.at(&graph).nodes;
    const auto found = nodes.find(id);
    return found == nodes.end() ? nullptr : found->second;
}

const std::vector<const DocumentWire *> &FixContext::wiresInto(const DocumentGraph &graph, std::string_view node) const
{
    static const std::vector<const DocumentWire *> kNone;
    const Wires &wires = m_graphs.at(&graph).into;
    const auto found = wires.find(node);
    return found == wires.end() ? kNone : found->second;
}

const std::vector<const DocumentWire *> &FixContext::wiresFrom(const DocumentGraph &graph, std::string_view node) const
{
    static const std::vector<const DocumentWire *> kNone;
    const Wires &wires = m_graphs.at(&graph).from;
    const auto found = wires.find(node);
    return found == wires.end() ? kNone : found->second;
}

std::vector<const DocumentWire *> FixContext::wiresInto(const DocumentGraph &graph, std::string_view node,
                                                        std::string_view port) const
{
    std::vector<const DocumentWire *> wires;
    for (const DocumentWire *wire : wiresInto(graph, node))
        if (wire->to.port == port)
            wires.push_back(wire);
    return wires;
}

FixPlace FixContext::place(const Error &problem) const
{
    FixPlace place{problem, graph(problem.where.graph), nullptr, nullptr};
    if (place.graph)
        place.node = node(*place.graph, problem.where.node);
    if (place.node)
        place.kind = findLayer(place.node->kind);
    return place;
}

const std::vector<const PortType *> &FixContext::outputs(std::string_view node) const
{
    static const std::vector<const PortType *> kNone;
    const auto found = m_outputs.find(node);
    return found == m_outputs.end() ? kNone : found->second;
}

const TensorType *FixContext::type(const Endpoint &output) const
{
    for (const PortType *port : outputs(output.node))
        if (port->port == output.port && !port->type.isUnknown())
            return &port->type;
    return nullptr;
}

const DocumentGraph *FixContext::graph(std::string_view id) const
{
    if (id == m_document.graph.id)
        return &m_document.graph;
    for (const DocumentGraph &block : m_document.blocks)
        if (block.id == id)
            return &block;
    return nullptr;
}

Fix makeFix(std::string_view label, std::vector<Arg> args, const Change &change)
{
    return {std::string(label), std::move(args), changeToJson(change).dump()};
}

Fix setParameter(const FixPlace &place, std::string_view name, JsonValue value)
{
    const std::string text = value.isString() ? value.string() : value.dump();
    const Change change{
        {setNodeField(place.graph->id, place.node->id, "params/" + std::string(name), std::move(value))}};
    return makeFix("Set {0} to {1}", {Arg(name), Arg(Arg::Kind::Text, text)}, change);
}

JsonValue paramsOfKind(std::string_view kind, const JsonValue &params)
{
    const LayerKind *layer = findLayer(kind);
    JsonValue out = JsonValue::object();
    for (const ParamSpec &spec : layer ? layer->params : std::vector<ParamSpec>())
        if (params.has(spec.name) || !spec.fallback.isNull())
            out.set(spec.name, params.has(spec.name) ? params[spec.name] : spec.fallback);
    return out;
}

Change replaceKind(const DocumentGraph &graph, const DocumentNode &node, std::string_view kind)
{
    return {{setNodeField(graph.id, node.id, "kind", kind), setNodeField(graph.id, node.id, "version", 1),
             setNodeField(graph.id, node.id, "params", paramsOfKind(kind, node.params))}};
}

Change bypassNode(const FixContext &context, const DocumentGraph &graph, std::string_view node, std::string_view port)
{
    Change change;
    const auto sources = context.wiresInto(graph, node, port);
    for (const DocumentWire &wire : graph.wires) {
        if (wire.from.node != node || sources.empty())
            continue;
        const Endpoint &from = sources.front()->from;
        Operation op = setNodeField(graph.id, wire.id, "from", JsonValue(JsonValue::Array{from.node, from.port}));
        op.what = Operation::What::Wire;
        change.operations.push_back(std::move(op));
    }
    for (const DocumentWire &wire : graph.wires)
        if (wire.to.node == node || (wire.from.node == node && sources.empty()))
            change.operations.push_back(removeWire(graph.id, wire.id));
    Operation op = removeWire(graph.id, node);
    op.what = Operation::What::Node;
    change.operations.push_back(std::move(op));
    return change;
}

Change insertKind(const DocumentGraph &graph, const DocumentWire &wire, std::string_view kind, JsonValue params)
{
    return insertOn(graph, wire, kind, paramsOfKind(kind, params));
}

std::optional<Resize> resizeUpstream(const FixContext &context, const DocumentGraph &graph, const Endpoint &output,
                                     int axis, std::int64_t size)
{
    const TensorType *type = context.type(output);
    if (!type || size < 1)
        return std::nullopt;
    const int last = type->shape.rank() - 1;
    Endpoint at = output;
    for (int step = 0; step < kMostUpstream; ++step) {
        const DocumentNode *node = context.node(graph, at.node);
        const LayerKind *kind = node ? findLayer(node->kind) : nullptr;
        if (!kind)
            return std::nullopt;
        for (const SizeParameter &s : kSizes)
            if (s.kind == kind->id)
                return axis == (s.axis < 0 ? last : s.axis) ? resizeAt(graph, *node, s, size) : std::nullopt;
        const auto wires = context.wiresInto(graph, node->id, "x");
        if (!keepsAxis(*kind, axis) || wires.empty())
            return std::nullopt;
        at = wires.front()->from;
    }
    return std::nullopt;
}

const DocumentNode *findUpstream(const FixContext &context, const DocumentGraph &graph, const Endpoint &output,
                                 std::string_view kind)
{
    std::string_view at = output.node;
    for (int step = 0; step < kMostUpstream; ++step) {
        const DocumentNode *node = context.node(graph, at);
        if (!node || node->kind == kind)
            return node;
        const auto wires = context.wiresInto(graph, node->id, "x");
        if (wires.empty())
            return nullptr;
        at = wires.front()->from.node;
    }
    return nullptr;
}

} // namespace espalier
