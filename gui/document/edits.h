// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of nodes and wires: pure functions from a document and what a gesture says to one undo step. An id that the
// graph does not hold is passed over. An error is a sentence for the person; nothing was changed then.
#pragma once

#include "gui/document/edit.h"

#include <string>
#include <string_view>
#include <vector>

namespace espalier {

using Ids = std::vector<std::string>;

/// A wire that is being dragged: the port where it begins.
struct WireStart {
    Endpoint end;
    bool isOutput = true; ///< false: it was dragged backwards, out of an input
};

/// A wire on whose way something is put.
enum class Shift { No, Neighbours }; ///< Neighbours: nodes behind make room

// Nodes

/// A node of this kind with all defaults written, without id and name. Fails for a kind that the catalogue and the
/// document do not know, and where a block would contain itself.
Result<DocumentNode> newNode(const EditContext &context, std::string_view kind);
/// A new node with all defaults written and a free name ("conv2"). `kind` may be "block:<id>". A loss finds its target:
/// the column of an Input that reads as labels. Fails where a block would contain itself.
EditResult addNode(const EditContext &context, std::string_view kind, Position at);
/// As addNode, and wired to where a wire was dragged from: at `port`, or else at its first port on that side.
EditResult addNodeWired(const EditContext &context, std::string_view kind, Position at, const WireStart &from,
                        std::string_view port = {});
/// As addNode, in the middle of a wire. Fails where the kind has no input or no output.
EditResult addNodeOnWire(const EditContext &context, std::string_view kind, Position at, std::string_view wire,
                         Shift shift = Shift::Neighbours);
/// Puts a node that is there on a wire. Its own wires stay, but for those at the ports that are used.
EditResult insertOnWire(const EditContext &context, std::string_view node, Position at, std::string_view wire,
                        Shift shift = Shift::Neighbours);
/// Their wires go, and what a block in which they are exposed or are its ports said about them.
EditResult deleteNodes(const EditContext &context, const Ids &nodes);
/// What fed a deleted node feeds what it fed.
EditResult deleteAndReconnect(const EditContext &context, const Ids &nodes);
/// Nodes, wires and frames in one step: the Delete key.
EditResult deleteSelection(const EditContext &context, const Ids &nodes, const Ids &wires, const Ids &frames);
/// Fails where the name is empty, unusable or taken. Renaming the port of a block moves the wires of all its instances.
EditResult renameNode(const EditContext &context, std::string_view node, std::string_view name);

/// What a node may have on it; each is a member of its JSON, written only if true.
enum class NodeFlag { Bypass, Disabled, Collapsed, HidePorts, Pinned };
std::string_view memberName(NodeFlag flag); ///< "bypass", "disabled", "collapsed", "hide_ports", "pinned"
bool hasFlag(const DocumentNode &node, NodeFlag flag);
EditResult setFlag(const EditContext &context, const Ids &nodes, NodeFlag flag, bool value);
/// On for all, or off for all if all have it.
EditResult toggleFlag(const EditContext &context, const Ids &nodes, NodeFlag flag);

/// One parameter of several nodes; those whose kind does not have it are passed over. Edits in a row are one step.
EditResult setParam(const EditContext &context, const Ids &nodes, std::string_view param, JsonValue value);
/// Back to the default; of an instance's exposed parameter: to what the block says.
EditResult resetParam(const EditContext &context, const Ids &nodes, std::string_view param);

// Wires

/// An output to an input. Where the input is filled and takes one wire, the new one replaces it. Fails for a node's
/// wire to itself.
EditResult connectPorts(const EditContext &context, const Endpoint &from, const Endpoint &to);
EditResult disconnectWires(const EditContext &context, const Ids &wires);
/// All wires of a port.
EditResult clearPort(const EditContext &context, const Endpoint &port, bool isOutput);
/// Moves one end of a wire; it keeps its id and its place among the wires of a variadic port.
EditResult rewire(const EditContext &context, std::string_view wire, const WireStart &end);
/// Moves all wires of a port to another one on the same side.
EditResult moveWires(const EditContext &context, const WireStart &from, const Endpoint &to);
/// A Reroute on the wires, which must come from one output; they share it.
EditResult addReroute(const EditContext &context, const Ids &wires, Position at);
/// From left to right: each node's first free output into the next one's first free input.
EditResult connectSelected(const EditContext &context, const Ids &nodes);

} // namespace espalier
