// SPDX-License-Identifier: Apache-2.0
// What fixes and gestures are made of: the operations and small changes that change.h offers.
#include "engine/base/hash.h"
#include "engine/protocol/change.h"
#include "engine/protocol/document_text.h"

#include <algorithm>
#include <numeric>

namespace espalier {

Operation setNodeField(std::string_view graph, std::string_view node, std::string_view field, JsonValue value)
{
    Operation op;
    op.graph = std::string(graph);
    op.id = std::string(node);
    op.field = std::string(field);
    op.value = std::move(value);
    return op;
}

Operation setDocumentField(std::string_view field, JsonValue value)
{
    Operation op;
    op.what = Operation::What::Document;
    op.field = std::string(field);
    op.value = std::move(value);
    return op;
}

Operation insertNode(std::string_view graph, const DocumentNode &node)
{
    Operation op;
    op.kind = Operation::Kind::Insert;
    op.graph = std::string(graph);
    op.value = nodeToJson(node);
    return op;
}

Operation insertWire(std::string_view graph, const DocumentWire &wire)
{
    Operation op = insertNode(graph, {});
    op.what = Operation::What::Wire;
    op.value = wireToJson(wire);
    return op;
}

Operation removeWire(std::string_view graph, std::string_view wire)
{
    Operation op;
    op.kind = Operation::Kind::Remove;
    op.what = Operation::What::Wire;
    op.graph = std::string(graph);
    op.id = std::string(wire);
    return op;
}

Change removeNode(const DocumentGraph &graph, std::string_view node)
{
    Change change;
    for (const DocumentWire &wire : graph.wires)
        if (wire.from.node == node || wire.to.node == node)
            change.operations.push_back(removeWire(graph.id, wire.id));
    Operation op = removeWire(graph.id, node);
    op.what = Operation::What::Node;
    change.operations.push_back(std::move(op));
    return change;
}

std::string derivedId(const DocumentGraph &graph, std::string_view seed)
{
    constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::uint64_t hash = hash64(seed);
    while (true) {
        std::string id;
        for (int i = 0; i < 10; ++i)
            id += kAlphabet[(hash >> (5 * i)) & 31u];
        const auto same = [&](const auto &x) { return x.id == id; };
        if (std::none_of(graph.nodes.begin(), graph.nodes.end(), same)
            && std::none_of(graph.wires.begin(), graph.wires.end(), same))
            return id;
        hash = hash64(id, hash);
    }
}

std::string freeName(const DocumentGraph &graph, std::string_view kind)
{
    std::string stem(kind);
    std::transform(stem.begin(), stem.end(), stem.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    for (int i = 1;; ++i) {
        std::string name = stem + std::to_string(i);
        if (std::none_of(graph.nodes.begin(), graph.nodes.end(), [&](const DocumentNode &n) { return n.name == name; }))
            return name;
    }
}

Change insertBefore(const DocumentGraph &graph, std::string_view node, std::string_view port, std::string_view kind,
                    JsonValue params)
{
    const auto wire = std::find_if(graph.wires.begin(), graph.wires.end(),
                                   [&](const DocumentWire &w) { return w.to.node == node && w.to.port == port; });
    return wire == graph.wires.end() ? Change() : insertOn(graph, *wire, kind, std::move(params));
}

Change insertOn(const DocumentGraph &graph, const DocumentWire &wire, std::string_view kind, JsonValue params)
{
    const DocumentNode *source = graph.findNode(wire.from.node);
    const DocumentNode *target = graph.findNode(wire.to.node);
    if (!target)
        return {};
    const std::string seed = wire.id + std::string(kind);
    DocumentNode added{.id = derivedId(graph, seed), .kind = std::string(kind), .name = freeName(graph, kind)};
    added.params = std::move(params);
    added.x = source ? std::midpoint(source->x, target->x) : target->x - 100;
    added.y = source ? std::midpoint(source->y, target->y) : target->y;
    const DocumentWire in{.id = derivedId(graph, seed + "/in"), .from = wire.from, .to = {added.id, "x"}};
    const DocumentWire out{.id = derivedId(graph, seed + "/out"), .from = {added.id, "y"}, .to = wire.to};
    Operation last = insertWire(graph.id, out);
    const auto at
        = std::find_if(graph.wires.begin(), graph.wires.end(), [&](const DocumentWire &w) { return w.id == wire.id; });
    last.index = static_cast<int>(at - graph.wires.begin()); // a variadic port goes by the order of its wires
    return {{removeWire(graph.id, wire.id), insertNode(graph.id, added), insertWire(graph.id, in), std::move(last)}};
}

} // namespace espalier
