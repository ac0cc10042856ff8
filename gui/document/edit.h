// SPDX-License-Identifier: GPL-3.0-or-later
// What an edit function gives back (one undo step) and what all of them look at.
#pragma once

#include "engine/base/result.h"
#include "engine/protocol/change.h"
#include "gui/document/catalogue.h"

#include <QtCore/QString>

#include <string>
#include <unordered_map>
#include <vector>

namespace espalier {

/// One undo step: a Change with what people read about it.
struct Edit {
    Change change; ///< empty: there is nothing to do
    QString label; ///< "Add conv1", for the history and the undo command
    std::string graph = "root"; ///< where it shows
    std::vector<std::string> selected; ///< ids of nodes that a view selects afterwards
    std::string mergeKey; ///< edits in a row with one key become one step; empty: never

    bool isEmpty() const { return change.operations.empty(); }
};

using EditResult = Result<Edit>;

/// Ports of nodes whose parameters decide them, as the engine told them: node id → ports.
using PortBook = std::unordered_map<std::string, PortList>;

/// What edits are made from. Cheap to make; lives as long as one call.
struct EditContext {
    const Document &document;
    const Catalogue &catalogue;
    std::string graph = "root"; ///< id of the graph that is edited
    const PortBook *portBook = nullptr; ///< may be null
};

struct Position {
    int x = 0;
    int y = 0;
    friend bool operator==(const Position &, const Position &) = default;
};

/// "block:" kinds: the block's id; "" for every other kind.
std::string_view blockIdOf(std::string_view kind);
/// Of an instance or a Scan: the id of its block; "" for every other node.
std::string_view blockUsedBy(const DocumentNode &node);
/// The block's ports: one for each BlockInput and BlockOutput.
PortList blockPorts(const DocumentGraph &block, bool isScan);
/// Ports of a node. Of a kind that the catalogue does not know: those that its wires name.
PortList portsOf(const EditContext &context, const DocumentNode &node);

/// `name` without the number at its end ("conv12" → "conv").
std::string stemOf(std::string_view name);
/// The stem of `name` followed by the first number that makes it one that `isTaken` does not know ("conv" → "conv1").
template <typename IsTaken>
std::string numberedName(std::string_view name, const IsTaken &isTaken)
{
    const std::string stem = stemOf(name);
    for (int i = 1;; ++i)
        if (std::string numbered = stem + std::to_string(i); !isTaken(numbered))
            return numbered;
}

} // namespace espalier
