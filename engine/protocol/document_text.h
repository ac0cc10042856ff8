// SPDX-License-Identifier: Apache-2.0
// The JSON form of the document's parts (used by file, wire and Change alike) and the text of a whole one.
#pragma once

#include "engine/protocol/document.h"

namespace espalier {

/// The JSON form of a node, a wire and a graph, as they stand in the file. fromJson(toJson(x)) == x.
JsonValue nodeToJson(const DocumentNode &node);
JsonValue wireToJson(const DocumentWire &wire);
JsonValue graphToJson(const DocumentGraph &graph);
/// Errors name the node (where.node) and what is wrong with its form. Unknown members go to `extra`.
Result<DocumentNode> nodeFromJson(const JsonValue &json);
Result<DocumentWire> wireFromJson(const JsonValue &json);
/// Entries that can't be read are left out and reported in `problems`.
DocumentGraph graphFromJson(const JsonValue &json, std::string_view id, std::vector<Error> &problems);

/// A document that was opened as far as it could be read.
struct OpenedDocument {
    Document document;
    std::vector<Error> problems; ///< nodes and wires that could not be read; saving would lose them
};

/// As readDocument, but damaged nodes and wires are left out and reported instead of refusing the whole.
Result<OpenedDocument> openDocument(std::string_view text, std::string_view file);

/// As openDocument, for a file that may have been cut off or overwritten: what is no JSON is left out, too. Fails where
/// nothing of a drawing is left.
Result<OpenedDocument> openDamagedDocument(std::string_view text, std::string_view file);

/// What is wrong with the identity and wiring of a readable document: ids that are no ids or occur twice, names that
/// are empty, double or unusable as a tag, wires with an end in the air. Each with graph, node and port.
std::vector<Error> documentProblems(const Document &document);

/// Why `name` can't be a node's name, as an Error without place; nothing where it can.
Result<void> checkNodeName(std::string_view name);

} // namespace espalier
