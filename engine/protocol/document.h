// SPDX-License-Identifier: Apache-2.0
// The document (.espalier): a drawn model with its data and training sections. One definition for file, studio and
// wire.
#pragma once

#include "engine/base/json_value.h"

#include <string>
#include <string_view>
#include <vector>

namespace espalier {

constexpr int kDocumentVersion = 1;
constexpr std::size_t kMaxDocumentBytes = std::size_t{64} << 20;

/// One end of a wire.
struct Endpoint {
    std::string node; ///< node id
    std::string port; ///< port name of the node's kind
    friend bool operator==(const Endpoint &, const Endpoint &) = default;
};

struct DocumentWire {
    std::string id;
    Endpoint from; ///< an output port
    Endpoint to; ///< an input port; variadic ports take several wires, ordered as in the file
    JsonValue extra; ///< unknown members, kept
    friend bool operator==(const DocumentWire &, const DocumentWire &) = default;
};

struct DocumentNode {
    std::string id; ///< 10 base-32 characters, immutable, never reused
    std::string kind; ///< "Dense", "op.matmul", "block:<block id>"
    int kindVersion = 1;
    std::string name; ///< unique in its graph; for people, tags and safetensors keys
    JsonValue params = JsonValue::object(); ///< every parameter is written
    int x = 0;
    int y = 0;
    JsonValue extra; ///< members that only some nodes have (below), and unknown ones (of newer versions), kept
    friend bool operator==(const DocumentNode &, const DocumentNode &) = default;

    /// "bypass": what comes in goes out unchanged, as if the node were a wire.
    bool isBypassed() const { return extra["bypass"].boolean(); }
    /// "disabled": neither the node nor its wires are there.
    bool isDisabled() const { return extra["disabled"].boolean(); }
};

struct DocumentGraph {
    std::string id; ///< "root", or the block's id
    std::string name;
    std::vector<DocumentNode> nodes;
    std::vector<DocumentWire> wires;
    JsonValue extra; ///< frames, notes, exposed parameters of a block, and unknown members
    friend bool operator==(const DocumentGraph &, const DocumentGraph &) = default;

    const DocumentNode *findNode(std::string_view id) const;
    DocumentNode *findNode(std::string_view id);
};

struct Document {
    int version = kDocumentVersion;
    DocumentGraph graph{.id = "root"};
    std::vector<DocumentGraph> blocks;
    JsonValue data; ///< the data section (engine/data/data_spec.h reads it); null if absent
    JsonValue training; ///< training settings (engine/train/settings.h reads it); null if absent
    JsonValue extra; ///< unknown members, kept
    friend bool operator==(const Document &, const Document &) = default;

    /// The graph of that id: "root", or a block; nullptr if there is none.
    const DocumentGraph *findGraph(std::string_view id) const;
    DocumentGraph *findGraph(std::string_view id);
};

/// Reads text of any version up to kDocumentVersion (older ones are migrated). `file` is named in errors.
Result<Document> readDocument(std::string_view text, std::string_view file);
/// One node or wire a line, stable order, so that diffs and merges read well. readDocument(writeDocument(d)) == d.
std::string writeDocument(const Document &document);

} // namespace espalier
