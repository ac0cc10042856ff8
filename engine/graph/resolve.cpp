// SPDX-License-Identifier: Apache-2.0
// This file is long because resolving is one walk over one state: expanding blocks, following wires, naming problems.
#include "engine/graph/resolve.h"

#include "engine/graph/topology.h"
#include "engine/protocol/change.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace espalier {
namespace {

constexpr std::size_t kMostNodes = 100'000; ///< after expansion: blocks in blocks multiply
constexpr int kDeepestChain = 1000; ///< block borders that one wire may cross
constexpr std::int64_t kMostRepeats = 10'000;

/// Expansion of one graph at one place.
struct Scope {
    const DocumentGraph *graph = nullptr;
    const Scope *parent = nullptr;
    const DocumentNode *instance = nullptr; ///< in parent->graph
    const Scope *previous = nullptr; ///< the repeat before this one
    JsonValue instanceParams; ///< values for exposed parameters
    std::unordered_map<std::string_view, int> flat; ///< node id -> index
    std::unordered_map<std::string_view, std::vector<const Scope *>> children; ///< node id -> repeats
};

/// What expanding needs to know once for each graph of the document.
struct GraphIndex {
    std::unordered_map<std::string_view, const DocumentNode *> nodes;
    std::unordered_map<std::string_view, std::vector<const DocumentWire *>> wiresInto;
    std::vector<const DocumentNode *> inputs; ///< BlockInput
    std::vector<const DocumentNode *> outputs; ///< BlockOutput
};

struct Prefix {
    std::string id;
    std::string state;
    std::string name;
};

/// What resolving the document and the bodies of its Scans share.
struct Shared {
    const Document &document;
    std::unordered_map<std::string_view, const DocumentGraph *> blocks;
    std::unordered_map<const DocumentGraph *, GraphIndex> indices;
    std::unordered_set<std::string> reported; ///< one problem for all repeats
    std::size_t nodes = 0;
    std::vector<const DocumentGraph *> open; ///< blocks being expanded: recursion

    explicit Shared(const Document &d)
        : document(d)
    {
        for (const DocumentGraph &block : d.blocks)
            blocks.emplace(block.id, &block);
    }
    const DocumentGraph *block(std::string_view id) const
    {
        const auto found = blocks.find(id);
        return found == blocks.end() ? nullptr : found->second;
    }
    const GraphIndex &index(const DocumentGraph &graph)
    {
        const auto [at, isNew] = indices.try_emplace(&graph);
        if (!isNew)
            return at->second;
        GraphIndex &index = at->second;
        std::unordered_set<std::string_view> disabled;
        for (const DocumentNode &node : graph.nodes) {
            if (node.isDisabled()) {
                disabled.insert(node.id);
                continue;
            }
            index.nodes.emplace(node.id, &node);
            if (node.kind == "BlockInput")
                index.inputs.push_back(&node);
            if (node.kind == "BlockOutput")
                index.outputs.push_back(&node);
        }
        for (const DocumentWire &wire : graph.wires)
            if (!disabled.contains(wire.from.node) && !disabled.contains(wire.to.node))
                index.wiresInto[wire.to.node].push_back(&wire);
        return index;
    }
};

bool has(const std::vector<const DocumentNode *> &nodes, std::string_view name)
{
    return std::any_of(nodes.begin(), nodes.end(), [&](const DocumentNode *n) { return n->name == name; });
}

NodePorts blockPorts(const GraphIndex &index, bool isScan)
{
    NodePorts ports;
    for (const DocumentNode *node : index.inputs)
        ports.inputs.push_back({node->name, isScan && has(index.outputs, node->name), false});
    for (const DocumentNode *node : index.outputs)
        ports.outputs.push_back({node->name});
    return ports;
}

/// The output that the next repeat of a block takes for this input: of the same name, y for x, or the only one.
const DocumentNode *partnerOf(const GraphIndex &index, const DocumentNode &input)
{
    for (const DocumentNode *output : index.outputs)
        if (output->name == input.name)
            return output;
    for (const DocumentNode *output : index.outputs)
        if (input.name == "x" && output->name == "y")
            return output;
    return index.inputs.size() == 1 && index.outputs.size() == 1 ? index.outputs.front() : nullptr;
}

class Resolver {
public:
    Resolver(Shared &shared, bool isBody)
        : m_shared(shared)
        , m_isBody(isBody)
    {
    }

    ResolvedGraph run(const DocumentGraph &graph, const Prefix &prefix, JsonValue instanceParams)
    {
        Scope &root = newScope();
        root.graph = &graph;
        root.instanceParams = std::move(instanceParams);
        expand(root, prefix);
        for (const auto &scope : m_scopes)
            connect(*scope);
        sortTopologically(m_out);
        return std::move(m_out);
    }

private:
    Shared &m_shared;
    bool m_isBody;
    bool m_isFull = false;
    ResolvedGraph m_out;
    std::vector<std::unique_ptr<Scope>> m_scopes;

    Scope &newScope()
    {
        m_scopes.push_back(std::make_unique<Scope>());
        return *m_scopes.back();
    }

    void report(Error e, const DocumentGraph &graph, const DocumentNode *node, std::string_view port = {})
    {
        if (e.where.graph.empty())
            e.where.graph = graph.id;
        if (node)
            e.where.node = node->id;
        if (!port.empty())
            e.where.port = std::string(port);
        const std::string key
            = e.code + '\n' + e.where.graph + '\n' + e.where.node + '\n' + e.where.port + '\n' + e.message();
        if (m_shared.reported.insert(key).second)
            m_out.problems.push_back(std::move(e));
    }

    /// The node's parameters with what the instance says for exposed ones.
    JsonValue paramsOf(const Scope &scope, const DocumentNode &node)
    {
        JsonValue params = node.params;
        for (const JsonValue &exposed : scope.graph->extra["exposed"].items()) {
            const std::string &name = exposed["name"].string();
            if (exposed["node"].string() == node.id && scope.instanceParams.has(name))
                params.set(exposed["param"].string(), scope.instanceParams[name]);
        }
        return params;
    }

    void expand(Scope &scope, const Prefix &prefix)
    {
        for (const DocumentNode &node : scope.graph->nodes) {
            if (isFull(scope))
                return;
            if (!m_shared.index(*scope.graph).nodes.contains(node.id) || scope.flat.contains(node.id)
                || scope.children.contains(node.id))
                continue; // disabled, or a second one of this id: documentProblems tells
            const std::string_view block = blockOf(node.kind);
            if (block.empty())
                addNode(scope, node, prefix);
            else if (node.isBypassed())
                addBypassedInstance(scope, node, block, prefix);
            else
                addInstance(scope, node, block, prefix);
        }
    }

    bool isFull(const Scope &scope)
    {
        if (!m_isFull && m_shared.nodes > kMostNodes)
            report(error("graph.size", "The drawing has more than {0} nodes once its blocks are expanded.", kMostNodes),
                   *scope.graph, nullptr);
        m_isFull = m_shared.nodes > kMostNodes;
        return m_isFull;
    }

    void addNode(Scope &scope, const DocumentNode &node, const Prefix &prefix)
    {
        if (scope.parent && (node.kind == "BlockInput" || node.kind == "BlockOutput"))
            return; // wires pass through
        ++m_shared.nodes;
        scope.flat.emplace(node.id, static_cast<int>(m_out.nodes.size()));
        ResolvedNode &made = m_out.nodes.emplace_back();
        made.node = &node;
        made.graph = scope.graph;
        made.idPath = prefix.id + node.id;
        made.statePath = prefix.state + node.id;
        made.namePath = prefix.name + node.name;
        made.kind = findLayer(node.kind);
        if (!made.kind || node.kindVersion > made.kind->version) {
            made.isBroken = true;
            report(error("graph.kind",
                         made.kind ? "'{0}' is a {1} of version {2}, newer than this Espalier knows. Update Espalier."
                                   : "'{0}' is of the kind {1}, which this Espalier does not know. Update Espalier, or "
                                     "replace the node.",
                         node.name, node.kind, node.kindVersion),
                   *scope.graph, &node);
            made.kind = nullptr;
            return;
        }
        made.params = paramsOf(scope, node);
        for (Error &e : checkParams(*made.kind, made.params, node.name)) {
            made.isBroken = true;
            report(std::move(e), *scope.graph, &node);
        }
        made.params = completeParams(*made.kind, made.params);
        if (made.isBroken)
            return;
        made.isBypassed = node.isBypassed();
        if (node.kind == "Scan") {
            addScanBody(scope, node, prefix);
            return;
        }
        if (!m_isBody && (node.kind == "BlockInput" || node.kind == "BlockOutput")) {
            made.isBroken = true;
            report(error("graph.block-port", "'{0}' is the port of a block, but it is not inside of one. Remove it.",
                         node.name),
                   *scope.graph, &node);
            return;
        }
        NodePorts ports = portsOf(*made.kind, made.params);
        setPorts(made, std::move(ports));
    }

    static void setPorts(ResolvedNode &made, NodePorts ports)
    {
        for (NodePort &port : ports.inputs)
            made.inputs.push_back({std::move(port), {}, false});
        made.outputs = std::move(ports.outputs);
    }

    /// nullptr (and reported) where the block is missing or contains itself.
    const DocumentGraph *blockFor(const Scope &scope, const DocumentNode &node, std::string_view id)
    {
        const DocumentGraph *block = m_shared.block(id);
        if (!block)
            report(error("graph.block", "'{0}' is made of the block {1}, which the document does not hold.", node.name,
                         id),
                   *scope.graph, &node, {});
        else if (std::find(m_shared.open.begin(), m_shared.open.end(), block) != m_shared.open.end()) {
            report(error("graph.recursion", "'{0}' puts the block '{1}' into itself. Blocks can't contain themselves.",
                         node.name, block->name),
                   *scope.graph, &node);
            return nullptr;
        }
        return block;
    }

    void addScanBody(const Scope &scope, const DocumentNode &node, const Prefix &prefix)
    {
        const std::size_t at = m_out.nodes.size() - 1;
        const DocumentGraph *block = blockFor(scope, node, m_out.nodes[at].params["block"].string());
        if (!block) {
            m_out.nodes[at].isBroken = true;
            return;
        }
        m_shared.open.push_back(block);
        Resolver inner(m_shared, true);
        auto body = std::make_shared<ResolvedGraph>(inner.run(
            *block, {prefix.id + node.id + "/0/", prefix.state + node.id + "/0/", prefix.name + node.name + "."},
            node.params));
        m_shared.open.pop_back();
        for (Error &e : body->problems)
            m_out.problems.push_back(std::move(e));
        m_out.nodes[at].isBroken = !body->problems.empty();
        body->problems.clear();
        m_out.nodes[at].body = std::move(body);
        setPorts(m_out.nodes[at], blockPorts(m_shared.index(*block), true));
    }

    /// One node with the block's ports. The body is there to tell what types would come out.
    void addBypassedInstance(Scope &scope, const DocumentNode &node, std::string_view id, const Prefix &prefix)
    {
        const DocumentGraph *block = blockFor(scope, node, id);
        ++m_shared.nodes;
        const std::size_t at = m_out.nodes.size();
        scope.flat.emplace(node.id, static_cast<int>(at));
        ResolvedNode &made = m_out.nodes.emplace_back();
        made.node = &node;
        made.graph = scope.graph;
        made.idPath = prefix.id + node.id;
        made.statePath = prefix.state + node.id;
        made.namePath = prefix.name + node.name;
        made.params = paramsOf(scope, node);
        made.isBypassed = true;
        made.isBroken = !block;
        if (!block)
            return;
        m_shared.open.push_back(block);
        Resolver inner(m_shared, true);
        auto body = std::make_shared<ResolvedGraph>(inner.run(
            *block, {prefix.id + node.id + "/0/", prefix.state + node.id + "/0/", prefix.name + node.name + "."},
            made.params));
        m_shared.open.pop_back();
        m_out.nodes[at].body = std::move(body); // its problems do not matter while it is bypassed
        setPorts(m_out.nodes[at], blockPorts(m_shared.index(*block), false));
    }

    void addInstance(Scope &scope, const DocumentNode &node, std::string_view id, const Prefix &prefix)
    {
        std::vector<const Scope *> &repeats = scope.children[node.id];
        const JsonValue params = paramsOf(scope, node);
        const std::int64_t count = params["repeat"].integer(1);
        const DocumentGraph *block = blockFor(scope, node, id);
        if (block && (count < 1 || count > kMostRepeats)) {
            report(error("graph.repeat", "'{0}' is repeated {1} times; it must be 1 to {2}.", node.name, count,
                         kMostRepeats),
                   *scope.graph, &node);
            return;
        }
        if (!block)
            return;
        m_shared.open.push_back(block);
        const bool shared = params["shared"].boolean();
        for (std::int64_t i = 0; i < count && !isFull(scope); ++i) {
            ++m_shared.nodes; // an empty block multiplies too
            Scope &child = newScope();
            child.graph = block;
            child.parent = &scope;
            child.instance = &node;
            child.previous = repeats.empty() ? nullptr : repeats.back();
            child.instanceParams = params;
            repeats.push_back(&child);
            const std::string number = std::to_string(i);
            const std::string name = count > 1 && !shared ? "." + number + "." : ".";
            expand(child,
                   {prefix.id + node.id + "/" + number + "/",
                    prefix.state + node.id + "/" + (shared ? "0" : number) + "/", prefix.name + node.name + name});
        }
        m_shared.open.pop_back();
    }

    /// The flat source of (node, port) in `scope`: steps into instances and out of BlockInputs. `isBroken` is set
    /// where it leads to something with a problem of its own.
    std::optional<Source> sourceOf(const Scope &scope, const Endpoint &from, bool &isBroken, int depth = 0)
    {
        isBroken = true; // until a port is found
        if (depth > kDeepestChain)
            return std::nullopt;
        const GraphIndex &index = m_shared.index(*scope.graph);
        const auto found = index.nodes.find(from.node);
        if (found == index.nodes.end())
            return std::nullopt;
        const DocumentNode &node = *found->second;
        if (node.kind == "BlockInput" && scope.parent)
            return outsideSource(scope, node, isBroken, depth + 1);
        if (const auto child = scope.children.find(node.id); child != scope.children.end()) {
            if (child->second.empty())
                return std::nullopt;
            const Scope &last = *child->second.back();
            for (const DocumentNode *output : m_shared.index(*last.graph).outputs)
                if (output->name == from.port)
                    return wiredSource(last, *output, "x", isBroken, depth + 1);
            report(error("graph.port", "'{0}' has no output '{1}'; remove the wire.", node.name, from.port),
                   *scope.graph, &node, from.port);
            return std::nullopt;
        }
        const auto flat = scope.flat.find(node.id);
        if (flat == scope.flat.end())
            return std::nullopt;
        const ResolvedNode &resolved = m_out.nodes[static_cast<std::size_t>(flat->second)];
        if (resolved.isBroken)
            return std::nullopt;
        for (std::size_t i = 0; i < resolved.outputs.size(); ++i) {
            if (resolved.outputs[i].name != from.port)
                continue;
            isBroken = false;
            return Source{flat->second, static_cast<int>(i)};
        }
        report(error("graph.port", "'{0}' has no output '{1}'; remove the wire.", node.name, from.port), *scope.graph,
               &node, from.port);
        return std::nullopt;
    }

    /// What the first wire into (node, port) leads to.
    std::optional<Source> wiredSource(const Scope &scope, const DocumentNode &node, std::string_view port,
                                      bool &isBroken, int depth)
    {
        const GraphIndex &index = m_shared.index(*scope.graph);
        if (const auto wires = index.wiresInto.find(node.id); wires != index.wiresInto.end())
            for (const DocumentWire *wire : wires->second)
                if (wire->to.port == port)
                    return sourceOf(scope, wire->from, isBroken, depth);
        report(error("graph.missing-wire", "'{0}' needs a wire at '{1}'.", node.name, port), *scope.graph, &node, port);
        isBroken = true;
        return std::nullopt;
    }

    std::optional<Source> outsideSource(const Scope &scope, const DocumentNode &input, bool &isBroken, int depth)
    {
        const DocumentNode *partner = scope.previous ? partnerOf(m_shared.index(*scope.graph), input) : nullptr;
        if (!partner)
            return wiredSource(*scope.parent, *scope.instance, input.name, isBroken, depth);
        return wiredSource(*scope.previous, *partner, "x", isBroken, depth);
    }

    void connect(const Scope &scope)
    {
        const GraphIndex &index = m_shared.index(*scope.graph);
        for (const DocumentNode &node : scope.graph->nodes) {
            const auto wires = index.wiresInto.find(node.id);
            static const std::vector<const DocumentWire *> kNone;
            const auto &list = wires == index.wiresInto.end() ? kNone : wires->second;
            if (const auto flat = scope.flat.find(node.id); flat != scope.flat.end())
                connectNode(scope, m_out.nodes[static_cast<std::size_t>(flat->second)], list);
            else if (const auto child = scope.children.find(node.id);
                     child != scope.children.end() && !child->second.empty())
                connectInstance(scope, node, *child->second.front(), *child->second.back(), list);
        }
    }

    void connectNode(const Scope &scope, ResolvedNode &to, const std::vector<const DocumentWire *> &wires)
    {
        if (to.isBroken || (!to.kind && !to.isBypassed))
            return;
        for (const DocumentWire *wire : wires) {
            const auto port = std::find_if(to.inputs.begin(), to.inputs.end(),
                                           [&](const ResolvedPort &p) { return p.port.name == wire->to.port; });
            if (port == to.inputs.end()) {
                report(error("graph.port", "'{0}' has no input '{1}'; remove the wire.", to.node->name, wire->to.port)
                           .fix(removeFix(scope, *wire)),
                       *scope.graph, to.node, wire->to.port);
                continue;
            }
            if (!port->port.variadic && (port->isBroken || !port->sources.empty())) {
                report(error("graph.two-wires", "'{0}' has two wires at '{1}', which takes one. Remove one of them.",
                             to.node->name, wire->to.port)
                           .fix(removeFix(scope, *wire)),
                       *scope.graph, to.node, wire->to.port);
                continue;
            }
            bool isBroken = false;
            if (const auto source = sourceOf(scope, wire->from, isBroken))
                port->sources.push_back(*source);
            port->isBroken |= isBroken;
        }
        const bool isFed = std::any_of(to.inputs.begin(), to.inputs.end(),
                                       [](const ResolvedPort &port) { return port.isBroken || !port.sources.empty(); });
        for (ResolvedPort &port : to.inputs) {
            if (port.port.optional || port.isBroken || !port.sources.empty() || (to.isBypassed && isFed))
                continue;
            port.isBroken = true;
            report(error("graph.missing-wire", "'{0}' needs a wire at '{1}'.", to.node->name, port.port.name),
                   *scope.graph, to.node, port.port.name);
        }
    }

    /// Ports that the block lacks, and the types that must repeat.
    void connectInstance(const Scope &scope, const DocumentNode &node, const Scope &first, const Scope &last,
                         const std::vector<const DocumentWire *> &wires)
    {
        const GraphIndex &index = m_shared.index(*first.graph);
        for (const DocumentWire *wire : wires)
            if (!has(index.inputs, wire->to.port))
                report(error("graph.port", "'{0}' has no input '{1}'; remove the wire.", node.name, wire->to.port)
                           .fix(removeFix(scope, *wire)),
                       *scope.graph, &node, wire->to.port);
        if (&first == &last)
            return;
        for (const DocumentNode *input : index.inputs) {
            const DocumentNode *partner = partnerOf(index, *input);
            if (!partner)
                continue;
            bool isBroken = false;
            const auto in = wiredSource(scope, node, input->name, isBroken, 0);
            const auto out = wiredSource(first, *partner, "x", isBroken, 0);
            if (in && out)
                m_out.links.push_back({*in, *out, scope.graph, &node, input->name});
        }
    }

    static Fix removeFix(const Scope &scope, const DocumentWire &wire)
    {
        return {"Remove the wire", {}, changeToJson({{removeWire(scope.graph->id, wire.id)}}).dump()};
    }
};

} // namespace

std::string_view blockOf(std::string_view kind)
{
    constexpr std::string_view kPrefix = "block:";
    return kind.starts_with(kPrefix) ? kind.substr(kPrefix.size()) : std::string_view();
}

ResolvedGraph resolve(const Document &document)
{
    Shared shared(document);
    return Resolver(shared, false).run(document.graph, {}, JsonValue());
}

NodePorts portsOf(const Document &document, const DocumentNode &node)
{
    Shared shared(document);
    std::string_view block = blockOf(node.kind);
    const bool isScan = node.kind == "Scan";
    if (isScan)
        block = node.params["block"].string();
    if (!block.empty()) {
        const DocumentGraph *graph = shared.block(block);
        return graph ? blockPorts(shared.index(*graph), isScan) : NodePorts();
    }
    const LayerKind *kind = findLayer(node.kind);
    return kind ? portsOf(*kind, completeParams(*kind, node.params)) : NodePorts();
}

} // namespace espalier
