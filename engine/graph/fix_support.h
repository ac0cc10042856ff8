// SPDX-License-Identifier: Apache-2.0
// What fixes are made from: the place of a problem, types around it, and changes of several operations.
#pragma once

#include "engine/graph/lower.h"
#include "engine/layers/layer_kind.h"
#include "engine/protocol/change.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace espalier {

/// A problem with the graph and node that it is about.
struct FixPlace {
    const Error &problem;
    const DocumentGraph *graph = nullptr;
    const DocumentNode *node = nullptr; ///< null where it names none
    const LayerKind *kind = nullptr; ///< of the node; null for blocks and unknown kinds
};

class FixContext {
public:
    FixContext(const Document &document, const Lowered &lowered, const LowerOptions &options);

    const Document &document() const { return m_document; }
    const LowerOptions &options() const { return m_options; }
    FixPlace place(const Error &problem) const;
    /// The type at an output port; null where it is not known.
    const TensorType *type(const Endpoint &output) const;
    /// Output ports of the node with their types, in order; only those that were built.
    const std::vector<const PortType *> &outputs(std::string_view node) const;
    const DocumentGraph *graph(std::string_view id) const;
    const DocumentNode *node(const DocumentGraph &graph, std::string_view id) const;
    /// The wires into (node, port), in order.
    std::vector<const DocumentWire *> wiresInto(const DocumentGraph &graph, std::string_view node,
                                                std::string_view port) const;
    const std::vector<const DocumentWire *> &wiresInto(const DocumentGraph &graph, std::string_view node) const;
    const std::vector<const DocumentWire *> &wiresFrom(const DocumentGraph &graph, std::string_view node) const;

private:
    using Wires = std::unordered_map<std::string_view, std::vector<const DocumentWire *>>;
    struct Index {
        std::unordered_map<std::string_view, const DocumentNode *> nodes;
        Wires into;
        Wires from;
    };
    void addGraph(const DocumentGraph &graph);

    const Document &m_document;
    const LowerOptions &m_options;
    std::unordered_map<std::string_view, std::vector<const PortType *>> m_outputs;
    std::unordered_map<const DocumentGraph *, Index> m_graphs; ///< walks upstream are long in large drawings
};

using Fixes = std::vector<Fix>;

Fix makeFix(std::string_view label, std::vector<Arg> args, const Change &change);
/// Sets a parameter of the node.
Fix setParameter(const FixPlace &place, std::string_view name, JsonValue value);

/// The kind with its defaults for what `params` lacks; what it does not know is left out.
JsonValue paramsOfKind(std::string_view kind, const JsonValue &params);
/// Another kind in the place of the node; parameters that it has, too, stay.
Change replaceKind(const DocumentGraph &graph, const DocumentNode &node, std::string_view kind);
/// Takes the node out and leads what came into `port` to its readers.
Change bypassNode(const FixContext &context, const DocumentGraph &graph, std::string_view node, std::string_view port);
/// Puts a node of `kind` on the wire.
Change insertKind(const DocumentGraph &graph, const DocumentWire &wire, std::string_view kind, JsonValue params);

/// A change that gives `axis` of the value at `output` the size, by the layer that decides it (Dense, convolution,
/// Embedding, LSTM), seen through layers that keep it. `layer` is its name.
struct Resize {
    Change change;
    std::string layer;
};
std::optional<Resize> resizeUpstream(const FixContext &context, const DocumentGraph &graph, const Endpoint &output,
                                     int axis, std::int64_t size);

/// The nearest node upstream of `output` (itself first) of this kind, along inputs named x; null if there is none.
const DocumentNode *findUpstream(const FixContext &context, const DocumentGraph &graph, const Endpoint &output,
                                 std::string_view kind);
constexpr int kMostUpstream = 1000; ///< steps; wires may run in a circle

// By family, each for the codes that it knows; others give none.
Fixes fixesOfForm(const FixContext &context, const FixPlace &place); ///< ids, names, wires, blocks
Fixes fixesOfWiring(const FixContext &context, const FixPlace &place); ///< what to connect to
Fixes fixesOfParameters(const FixContext &context, const FixPlace &place);
Fixes fixesOfShapes(const FixContext &context, const FixPlace &place);

} // namespace espalier
