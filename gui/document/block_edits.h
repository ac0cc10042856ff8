// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks: definitions in the document, of which nodes are instances. Making, entering, unpacking, exposing.
#pragma once

#include "gui/document/edits.h"

#include <QtCore/QString>

#include <optional>

namespace espalier {

class Draft;

// Asking

/// Nodes of all graphs that are made of this block, Scans included.
int instanceCount(const Document &document, std::string_view block);
/// Whether `outer` holds an instance of `inner`, at any depth, or is it.
bool blockContains(const Document &document, std::string_view outer, std::string_view inner);
/// Fails with a sentence where an instance of `block` in `graph` would put a block into itself.
Result<void> checkNoRecursion(const Document &document, std::string_view graph, std::string_view block);

/// One step of a path into blocks.
struct Crumb {
    std::string graph; ///< "root", or the block's id
    std::string instance; ///< the node that was entered; empty for the root
    QString text; ///< "head", or the instance's name where the block has none
    int uses = 0; ///< instances of the block in the whole document
};
/// The breadcrumb of a path of instance ids, from the root on; it ends where an instance is no longer there.
std::vector<Crumb> breadcrumb(const Document &document, const Ids &path, const QString &rootText);
/// "head, used 3 times"
QString crumbText(const Crumb &crumb);

/// A parameter of an inner node that instances may set.
struct ExposedParam {
    std::string name; ///< key in the instance's params
    std::string node; ///< in the block
    std::string param; ///< of that node
};
std::vector<ExposedParam> exposedOf(const DocumentGraph &block);
/// The schema of an instance's parameters: repeat, shared, and what the block exposes (the default is what the block
/// says; through blocks in blocks).
std::vector<ParamInfo> instanceParams(const Document &document, const Catalogue &catalogue, std::string_view block);

// Editing

/// The selection becomes a block; an instance takes its place. Wires that cross its border become ports. Ports of the
/// block that is being edited stay outside. Fails where nothing is selected that a block may hold.
EditResult makeBlock(const EditContext &context, const Ids &nodes, std::string_view name);
/// Instances become what they are made of, with the values of their exposed parameters. Repeats with weights of their
/// own are written out one after the other. A definition that nothing uses any more goes. Fails for shared repeats.
EditResult ungroup(const EditContext &context, const Ids &instances);
/// The instance gets a definition of its own. Nothing where it is the only one.
EditResult makeUnique(const EditContext &context, std::string_view instance);
EditResult renameBlock(const EditContext &context, std::string_view block, std::string_view name);
/// Lets instances set a parameter of a node of the block `context.graph`. Fails in the root and for an unknown
/// parameter.
EditResult expose(const EditContext &context, std::string_view node, std::string_view param);
/// Takes it back; instances lose their values, and outer blocks that passed it on lose it too.
EditResult unexpose(const EditContext &context, std::string_view node, std::string_view param);
/// Definitions that the drawing does not reach.
EditResult deleteUnusedBlocks(const EditContext &context);

// For other edits.

/// What blocks and instances say of nodes that go: exposed parameters, and the wires at ports of instances.
void forgetInBlocks(Draft &draft, const EditContext &context, const Ids &nodes);
/// The wires at instances, where the port of a block gets another name.
void renamePortOutside(Draft &draft, const EditContext &context, const DocumentNode &node, std::string_view name);

/// Copies of blocks with ids of their own: definition, nodes, wires, frames and exposed parameters.
struct CopiedIds {
    std::unordered_map<std::string, std::string> byOld; ///< of nodes
};
DocumentGraph copyWithNewIds(const DocumentGraph &graph, CopiedIds *ids = nullptr);
Operation insertBlock(const DocumentGraph &block);

} // namespace espalier
