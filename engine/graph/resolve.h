// SPDX-License-Identifier: Apache-2.0
// Names become kinds, blocks become their bodies: a document as one flat list of nodes that know their sources.
#pragma once

#include "engine/layers/layer_kind.h"
#include "engine/protocol/document.h"

#include <memory>
#include <string>
#include <vector>

namespace espalier {

/// An output port of a resolved node.
struct Source {
    int node = -1; ///< index into ResolvedGraph::nodes
    int port = -1; ///< index into ResolvedNode::outputs
    friend bool operator==(const Source &, const Source &) = default;
};

struct ResolvedPort {
    NodePort port;
    std::vector<Source> sources; ///< empty: no wire, or one that leads to something broken (then `isBroken`)
    bool isBroken = false; ///< a wire is drawn, but what it leads to has a problem of its own
};

struct ResolvedGraph;

/// One node at one place. Blocks are expanded, so that a node of a block stands here once for each instance and repeat.
struct ResolvedNode {
    const DocumentNode *node = nullptr;
    const DocumentGraph *graph = nullptr; ///< where it is drawn
    const LayerKind *kind = nullptr; ///< nullptr: unknown to this program; keeps its bytes, gives unknown values
    JsonValue params; ///< complete
    std::string idPath; ///< "<instance id>/<repeat>/<node id>": origin, random streams
    std::string statePath; ///< as idPath, but repeats that share weights have one
    std::string namePath; ///< "encoder.0.fc1"; the repeat is named where there are several
    std::vector<ResolvedPort> inputs;
    std::vector<NodePort> outputs;
    bool isBroken = false; ///< has a problem already: it is not built and its outputs are unknown
    bool isBypassed = false; ///< what comes in goes out; of a block's instance `kind` is null then
    std::shared_ptr<const ResolvedGraph> body; ///< of a Scan, and of a bypassed instance
};

/// A repeated block feeds itself: what goes in and what comes out must be of one type.
struct RepeatLink {
    Source in;
    Source out;
    const DocumentGraph *graph = nullptr; ///< of the instance
    const DocumentNode *instance = nullptr;
    std::string port; ///< of the instance
};

struct ResolvedGraph {
    std::vector<ResolvedNode> nodes;
    std::vector<RepeatLink> links;
    std::vector<int> order; ///< of evaluation; nodes on a cycle and behind it are left out
    std::vector<Error> problems; ///< each with graph, node and port or parameter
};

/// Pure. The result points into `document`, which must outlive it. Disabled nodes and their wires are left out.
ResolvedGraph resolve(const Document &document);

/// "block:" kinds: the block's id, or "" for every other kind.
std::string_view blockOf(std::string_view kind);
/// Ports of any node of the document, blocks and Scan included; empty for an unknown kind.
NodePorts portsOf(const Document &document, const DocumentNode &node);

} // namespace espalier
