// SPDX-License-Identifier: GPL-3.0-or-later
// A Change in the making: edits of one graph that see what the same edit did before, without a copy of the document.
#pragma once

#include "gui/document/edit.h"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace espalier {

class Draft {
public:
    /// Edits context.graph, or another graph of the document.
    explicit Draft(const EditContext &context);
    Draft(const EditContext &context, const DocumentGraph &graph);

    const DocumentGraph &graph() const { return m_graph; }
    const DocumentNode *findNode(std::string_view id) const; ///< of the document or added here; not removed ones
    std::vector<const DocumentNode *> findNodes(const std::vector<std::string> &ids) const; ///< each once
    /// Wires as they are now, in the order of the document.
    std::vector<DocumentWire> wiresInto(const Endpoint &input) const;
    std::vector<DocumentWire> wiresFrom(const Endpoint &output) const;
    std::vector<DocumentWire> wiresOf(std::string_view node) const;
    const DocumentWire *findWire(std::string_view id) const;

    /// `node` with an id and a free name of its own where it has none. Returns its id.
    std::string addNode(DocumentNode node, bool keepsName = false);
    void removeNode(std::string_view id); ///< with its wires
    void removeNodes(const std::vector<std::string> &ids);
    void setNode(std::string_view id, std::string_view field, JsonValue value);
    void unsetNode(std::string_view id, std::string_view field);
    std::string addWire(Endpoint from, Endpoint to, int index = -1);
    void removeWire(std::string_view id);
    void setWireFrom(std::string_view id, Endpoint from);
    void setWireTo(std::string_view id, Endpoint to);
    /// As addWire; what fills a port that takes one wire goes. Nothing where that wire is there already.
    void connect(const Endpoint &from, const Endpoint &to);
    void setGraph(std::string_view field, JsonValue value);
    void unsetGraph(std::string_view field);
    void add(Operation operation) { m_operations.push_back(std::move(operation)); }

    bool isNameTaken(std::string_view name, bool isBlockOutput = false) const;
    /// A name for a node of this kind: "conv1", "conv2".
    std::string freeName(std::string_view kind) const;
    /// The first free one of "stem1", "stem2", ...
    std::string numberedFreeName(std::string_view stem, bool isBlockOutput = false) const;
    PortList ports(const DocumentNode &node) const;
    bool isVariadic(const Endpoint &input) const;

    Edit finish(const QString &label, std::vector<std::string> selected = {}, std::string mergeKey = {});

private:
    const DocumentWire *current(const DocumentWire &wire) const;
    template <typename Fits>
    std::vector<DocumentWire> collect(std::string_view node, const Fits &fits) const;

    const EditContext &m_context;
    const DocumentGraph &m_graph;
    std::vector<Operation> m_operations;
    std::unordered_map<std::string_view, const DocumentNode *> m_nodes;
    std::unordered_map<std::string_view, int> m_places; ///< of nodes and wires in the document
    std::unordered_map<std::string_view, std::vector<const DocumentWire *>> m_wiresOf;
    std::unordered_map<std::string_view, const DocumentWire *> m_wires;
    std::map<std::string, DocumentNode, std::less<>> m_added;
    std::map<std::string, DocumentWire, std::less<>> m_changedWires; ///< by id: moved ones and new ones
    std::vector<std::string> m_newWires; ///< in order
    std::unordered_set<std::string> m_gone; ///< ids of removed nodes and wires
    std::unordered_set<std::string> m_names; ///< taken; those of BlockOutputs with a prefix
    mutable std::unordered_map<std::string, int> m_numbers; ///< below these all numbered names of a stem are taken
};

/// The stem of names for a kind: "Conv2D" → "conv", "op.matmul" → "matmul", "block:…" → the block's name.
std::string nameStem(const Document &document, std::string_view kind);

} // namespace espalier
