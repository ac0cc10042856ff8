// SPDX-License-Identifier: Apache-2.0
// Fixes of what the document says of itself: ids, names, wires that lead nowhere, blocks, circles.
#include "engine/graph/fix_support.h"
#include "engine/graph/resolve.h"
#include "engine/layers/nearest.h"
#include "engine/protocol/document_text.h"

#include <algorithm>
#include <unordered_map>

namespace espalier {
namespace {

constexpr std::size_t kLongestName = 100;
constexpr std::int64_t kMostRepeats = 10'000;

/// The same object under a new id.
Fixes newId(const FixPlace &place)
{
    const std::string &id = place.problem.args.back().text;
    const std::string fresh = derivedId(*place.graph, id + "/new");
    Change change;
    if (const DocumentNode *node = place.graph->findNode(id)) {
        DocumentNode copy = *node;
        copy.id = fresh;
        change = removeNode(*place.graph, id);
        change.operations.push_back(insertNode(place.graph->id, copy));
        for (DocumentWire wire : place.graph->wires) {
            if (wire.from.node != id && wire.to.node != id)
                continue;
            wire.from.node = wire.from.node == id ? fresh : wire.from.node;
            wire.to.node = wire.to.node == id ? fresh : wire.to.node;
            change.operations.push_back(insertWire(place.graph->id, wire));
        }
        return {makeFix("Give it a new id", {}, change)};
    }
    const auto wire = std::find_if(place.graph->wires.begin(), place.graph->wires.end(),
                                   [&](const DocumentWire &w) { return w.id == id; });
    if (wire == place.graph->wires.end())
        return {};
    DocumentWire copy = *wire;
    copy.id = fresh;
    change.operations = {removeWire(place.graph->id, id), insertWire(place.graph->id, copy)};
    return {makeFix("Give it a new id", {}, change)};
}

Fixes renameTo(const FixPlace &place, const std::string &name)
{
    const Change change{{setNodeField(place.graph->id, place.node->id, "name", name)}};
    return {makeFix("Call it '{0}'", {Arg(name)}, change)};
}

/// The name without what a name can't hold, and with a number where it is taken.
Fixes usableName(const FixPlace &place)
{
    std::string stem = place.node->name;
    std::erase_if(stem, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    std::replace_if(
        stem.begin(), stem.end(), [](char c) { return c == '.' || c == '/'; }, '_');
    stem.resize(std::min(stem.size(), kLongestName - 8));
    while (!stem.empty() && (static_cast<unsigned char>(stem.back()) & 0xC0u) == 0x80u)
        stem.pop_back(); // not into the middle of a character
    if (stem.empty())
        return renameTo(place, freeName(*place.graph, blockOf(place.node->kind).empty() ? place.node->kind : "block"));
    const auto isFree = [&](const std::string &name) {
        return std::none_of(place.graph->nodes.begin(), place.graph->nodes.end(),
                            [&](const DocumentNode &n) { return n.name == name; });
    };
    std::string name = stem;
    for (int number = 2; !isFree(name); ++number)
        name = stem + "_" + std::to_string(number);
    return renameTo(place, name);
}

Fixes removeDangling(const FixPlace &place)
{
    return {makeFix("Remove the wire", {}, {{removeWire(place.graph->id, place.problem.args.front().text)}})};
}

Fixes removeIt(const FixPlace &place)
{
    return {makeFix("Remove '{0}'", {Arg(place.node->name)}, removeNode(*place.graph, place.node->id))};
}

Fixes knownKind(const FixPlace &place)
{
    if (place.kind) // a newer version of it
        return {};
    std::vector<std::string_view> ids;
    for (const LayerKind *kind : allLayers())
        ids.push_back(kind->id);
    const std::string_view near = nearest(place.node->kind, ids);
    if (near.empty())
        return {};
    return {makeFix("Make it a {0}", {Arg(near)}, replaceKind(*place.graph, *place.node, near))};
}

Fixes repeatInRange(const FixPlace &place)
{
    const std::int64_t repeat = place.node->params["repeat"].integer(1);
    return {setParameter(place, "repeat", std::clamp<std::int64_t>(repeat, 1, kMostRepeats))};
}

/// Wires from an output that the node does not have.
Fixes wrongOutput(const FixContext &context, const FixPlace &place)
{
    const auto &outputs = context.outputs(place.node->id);
    Change remove;
    Change reconnect;
    for (const DocumentWire &wire : place.graph->wires) {
        if (wire.from.node != place.node->id || wire.from.port != place.problem.where.port)
            continue;
        remove.operations.push_back(removeWire(place.graph->id, wire.id));
        if (outputs.size() != 1)
            continue;
        Operation op = setNodeField(place.graph->id, wire.id, "from",
                                    JsonValue(JsonValue::Array{place.node->id, outputs.front()->port}));
        op.what = Operation::What::Wire;
        reconnect.operations.push_back(std::move(op));
    }
    Fixes fixes;
    if (!reconnect.operations.empty())
        fixes.push_back(makeFix("Use '{0}' instead", {Arg(outputs.front()->port)}, reconnect));
    if (!remove.operations.empty())
        fixes.push_back(makeFix("Remove the wire", {}, remove));
    return fixes;
}

/// Of the wires on a circle through the node the one that runs farthest backwards.
Fixes openCircle(const FixContext &context, const FixPlace &place)
{
    std::unordered_map<std::string_view, const DocumentWire *> cameBy; // breadth first: a shortest circle
    std::vector<std::string_view> queue{place.node->id};
    for (std::size_t i = 0; i < queue.size() && !cameBy.contains(place.node->id); ++i)
        for (const DocumentWire *wire : context.wiresFrom(*place.graph, queue[i]))
            if (cameBy.emplace(wire->to.node, wire).second)
                queue.push_back(wire->to.node);
    if (!cameBy.contains(place.node->id))
        return {}; // through the border of a block: no single wire of this graph
    const DocumentWire *back = nullptr;
    int farthest = 0;
    std::string_view at = place.node->id;
    do {
        const DocumentWire *wire = cameBy[at];
        const DocumentNode *a = place.graph->findNode(wire->from.node);
        const DocumentNode *b = place.graph->findNode(wire->to.node);
        const int distance = a && b ? a->x - b->x : 0;
        if (!back || distance > farthest) {
            back = wire;
            farthest = distance;
        }
        at = wire->from.node;
    } while (at != place.node->id);
    const DocumentNode *a = place.graph->findNode(back->from.node);
    const DocumentNode *b = place.graph->findNode(back->to.node);
    return {makeFix("Remove the wire from '{0}' to '{1}'",
                    {Arg(a ? a->name : back->from.node), Arg(b ? b->name : back->to.node)},
                    {{removeWire(place.graph->id, back->id)}})};
}

/// Every instance of the block that holds the node gets weights of its own for each repeat.
Fixes ownWeights(const FixContext &context, const FixPlace &place)
{
    Change change;
    const auto look = [&](const DocumentGraph &graph) {
        for (const DocumentNode &node : graph.nodes)
            if (blockOf(node.kind) == place.graph->id && node.params["shared"].boolean())
                change.operations.push_back(setNodeField(graph.id, node.id, "params/shared", false));
    };
    look(context.document().graph);
    for (const DocumentGraph &block : context.document().blocks)
        look(block);
    return change.operations.empty() ? Fixes() : Fixes{makeFix("Give each repeat its own weights", {}, change)};
}

/// What the block gives gets the size of what it takes; or it is not repeated.
Fixes repeatType(const FixContext &context, const FixPlace &place)
{
    Fixes fixes;
    const DocumentGraph *block = context.graph(blockOf(place.node->kind));
    const auto outer = context.wiresInto(*place.graph, place.node->id, place.problem.where.port);
    const TensorType *in = outer.empty() ? nullptr : context.type(outer.front()->from);
    for (const DocumentNode &node : block ? block->nodes : std::vector<DocumentNode>()) {
        const auto inner = node.kind == "BlockOutput" ? context.wiresInto(*block, node.id, "x")
                                                      : std::vector<const DocumentWire *>();
        const TensorType *out = inner.empty() ? nullptr : context.type(inner.front()->from);
        if (!in || !out || in->shape.rank() != out->shape.rank() || in->dtype != out->dtype)
            continue;
        int differing = -1;
        int count = 0;
        for (int axis = 0; axis < in->shape.rank(); ++axis)
            if (in->shape[axis] != out->shape[axis]) {
                differing = axis;
                ++count;
            }
        if (count != 1 || !in->shape[differing].isConstant())
            continue;
        const std::int64_t size = in->shape[differing].constant();
        if (const auto resize = resizeUpstream(context, *block, inner.front()->from, differing, size))
            fixes.push_back(makeFix("Give '{0}' {1} outputs", {Arg(resize->layer), Arg(size)}, resize->change));
    }
    fixes.push_back(setParameter(place, "repeat", 1));
    return fixes;
}

} // namespace

Fixes fixesOfForm(const FixContext &context, const FixPlace &place)
{
    const std::string &code = place.problem.code;
    if (code == "document.id")
        return newId(place);
    if (code == "document.wire-dangling")
        return removeDangling(place);
    if (!place.node)
        return {};
    if (code == "document.name" || code == "document.name-twice")
        return usableName(place);
    if (code == "graph.kind")
        return knownKind(place);
    if (code == "graph.block" || code == "graph.recursion" || code == "graph.block-port")
        return removeIt(place);
    if (code == "graph.repeat")
        return repeatInRange(place);
    if (code == "graph.repeat-type")
        return repeatType(context, place);
    if (code == "graph.shared-state")
        return ownWeights(context, place);
    if (code == "graph.port")
        return wrongOutput(context, place);
    if (code == "graph.cycle")
        return openCircle(context, place);
    if (code == "graph.scan-state")
        return {makeFix("Use LayerNorm", {}, replaceKind(*place.graph, *place.node, "LayerNorm"))};
    return {};
}

} // namespace espalier
