// SPDX-License-Identifier: Apache-2.0
// An edit of a document: primitive operations with their inverse. Undo, fixes, sync and journal all use it.
#pragma once

#include "engine/protocol/document.h"

#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// One primitive step on (graph id, object id, field).
struct Operation {
    enum class Kind { Insert, Remove, Set, Unset };
    enum class What { Node, Wire, Block, Graph, Document };

    Kind kind = Kind::Set;
    What what = What::Node;
    std::string graph = "root"; ///< graph that holds the node or wire; the graph itself for Graph
    std::string id; ///< of the node, wire or block (Remove, Set, Unset); Insert takes it from `value`
    /// Path of member names joined by '/' in the JSON form: "params/out_features", "name", "at", "training/epochs".
    std::string field;
    JsonValue value; ///< Insert: the whole object in JSON form; Set: the new value
    int index = -1; ///< place in the list (Insert) or among the members (Set of a new one); -1: at the end
    friend bool operator==(const Operation &, const Operation &) = default;
};

struct Change {
    std::vector<Operation> operations;
    friend bool operator==(const Change &, const Change &) = default;
};

/// Applies all operations or none. Returns the inverse: applying it gives back an equal document. Fails with a sentence
/// where an object is not there, an id is taken, or a value has not the form of what it should become.
Result<Change> apply(Document &document, const Change &change);

JsonValue changeToJson(const Change &change);
Result<Change> changeFromJson(const JsonValue &json);

// What fixes and gestures are made of.
Operation setNodeField(std::string_view graph, std::string_view node, std::string_view field, JsonValue value);
Operation setDocumentField(std::string_view field, JsonValue value);
Operation insertNode(std::string_view graph, const DocumentNode &node);
Operation insertWire(std::string_view graph, const DocumentWire &wire);
Operation removeWire(std::string_view graph, std::string_view wire);
/// The wires of the node, then the node.
Change removeNode(const DocumentGraph &graph, std::string_view node);
/// A new node of `kind` on the wire into (node, port): from -> x of the new one, its y -> (node, port). Ids are derived
/// from the place, so that asking twice gives the same Change. Empty where there is no such wire.
Change insertBefore(const DocumentGraph &graph, std::string_view node, std::string_view port, std::string_view kind,
                    JsonValue params);
/// As insertBefore, on this wire of the graph; the order of the wires into its target stays.
Change insertOn(const DocumentGraph &graph, const DocumentWire &wire, std::string_view kind, JsonValue params);
/// An id that the graph does not have yet, always the same for the same text.
std::string derivedId(const DocumentGraph &graph, std::string_view seed);
/// "dense1": a name for a node of this kind that the graph does not have yet.
std::string freeName(const DocumentGraph &graph, std::string_view kind);

} // namespace espalier
