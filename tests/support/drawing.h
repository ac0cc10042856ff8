// SPDX-License-Identifier: Apache-2.0
// Small drawings for tests, written in a few words.
#pragma once

#include "engine/base/hash.h"
#include "engine/protocol/document.h"

#include <string>
#include <string_view>

namespace espalier {

/// Drawing().node("x", "Input").node("fc", "Dense", R"({"out_features": 3})").wire("x.x", "fc.x").document
class Drawing {
public:
    Document document;

    Drawing() { m_graph = &document.graph; }
    /// A copy goes on in its root.
    Drawing(const Drawing &other)
        : document(other.document)
        , m_graph(&document.graph)
    {
    }
    Drawing &operator=(const Drawing &other)
    {
        if (this != &other)
            document = other.document;
        m_graph = &document.graph;
        return *this;
    }

    Drawing &node(std::string_view name, std::string_view kind, std::string_view params = "{}")
    {
        DocumentNode n{.id = idOf(name), .kind = std::string(kind), .name = std::string(name)};
        n.params = JsonValue::parse(params, "params").value();
        m_graph->nodes.push_back(std::move(n));
        return *this;
    }
    /// Ends as "node.port".
    Drawing &wire(std::string_view from, std::string_view to)
    {
        DocumentWire w{.id = idOf(std::string(from) + ">" + std::string(to) + std::to_string(m_graph->wires.size()))};
        w.from = endpoint(from);
        w.to = endpoint(to);
        m_graph->wires.push_back(std::move(w));
        return *this;
    }
    /// What follows goes into a block; its kind is "block:" + blockId(name).
    Drawing &block(std::string_view name)
    {
        document.blocks.push_back({.id = blockId(name), .name = std::string(name)});
        m_graph = &document.blocks.back();
        return *this;
    }
    Drawing &root()
    {
        m_graph = &document.graph;
        return *this;
    }
    DocumentGraph &graph() { return *m_graph; }

    /// Ids are ten base-32 characters, the same for the same text.
    static std::string idOf(std::string_view text)
    {
        constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
        const std::uint64_t hash = hash64(text);
        std::string id;
        for (int i = 0; i < 10; ++i)
            id += kAlphabet[(hash >> (5 * i)) & 31u];
        return id;
    }
    static std::string blockId(std::string_view name) { return idOf("block " + std::string(name)); }

private:
    DocumentGraph *m_graph = nullptr;

    static Endpoint endpoint(std::string_view text)
    {
        const std::size_t dot = text.find('.');
        return {idOf(text.substr(0, dot)), std::string(text.substr(dot + 1))};
    }
};

} // namespace espalier
