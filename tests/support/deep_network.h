// SPDX-License-Identifier: Apache-2.0
// A drawing as large as one likes, for pictures and benchmarks of the studio.
#pragma once

#include "engine/base/ids.h"
#include "engine/protocol/document.h"
#include "gui/document/catalogue.h"

namespace espalier {

/// A residual chain of Dense, Add, ReLU and Add (which takes several wires), in rows of forty.
inline Document deepNetwork(const Catalogue &catalogue, int count)
{
    static constexpr const char *kKinds[] = {"Dense", "Add", "ReLU", "Add"};
    Document document;
    auto &nodes = document.graph.nodes;
    const auto wire = [&](std::size_t from, std::size_t to) {
        DocumentWire made;
        made.id = newId();
        made.from = {nodes[from].id, from == 0 ? "x" : "y"};
        made.to = {nodes[to].id, "x"};
        document.graph.wires.push_back(made);
    };
    for (int i = 0; i < count; ++i) {
        const char *kind = i == 0 ? "Input" : i == count - 1 ? "Output" : kKinds[i % 4];
        DocumentNode node;
        node.id = newId();
        node.kind = kind;
        node.name = std::string(kind) + std::to_string(i);
        node.params = defaultParams(*catalogue.find(kind));
        if (i == 0)
            node.params.set("shape", JsonValue(JsonValue::Array{64}));
        node.x = (i % 40) * 224;
        node.y = (i / 40) * 150;
        nodes.push_back(std::move(node));
        if (i > 0)
            wire(static_cast<std::size_t>(i) - 1, static_cast<std::size_t>(i));
        if (i > 4 && i < count - 1 && i % 2 == 1)
            wire(static_cast<std::size_t>(i) - 4, static_cast<std::size_t>(i));
    }
    return document;
}

} // namespace espalier
