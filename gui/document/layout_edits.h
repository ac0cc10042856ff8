// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of places: move, align, distribute, straighten. Pinned nodes stay where they are.
#pragma once

#include "gui/document/frame_edits.h"

#include <functional>
#include <unordered_map>

namespace espalier {

struct NodeBox {
    int width = 168;
    int height = 76;
};

/// What the view knows of the nodes' sizes; without it nodes are taken as equal.
struct LayoutGeometry {
    std::unordered_map<std::string, NodeBox> boxes;
    /// The port's distance from the node's upper edge; may be empty.
    std::function<int(const Endpoint &port, bool isOutput)> portY;

    NodeBox boxOf(const std::string &node) const;
};

using Positions = std::unordered_map<std::string, Position>;

/// New places of nodes, and of frames that moved with them. One step for a whole drag: consecutive moves of the same
/// nodes merge until StudioDocument::endMerge. `label` empty: "Move …".
EditResult moveNodes(const EditContext &context, const Positions &positions,
                     const std::vector<DocumentFrame> &frames = {}, const QString &label = {});

enum class Alignment { Left, Right, Top, Bottom, CentreX, CentreY };
EditResult alignNodes(const EditContext &context, const Ids &nodes, Alignment alignment,
                      const LayoutGeometry &geometry = {});
/// Equal gaps between the outermost two; nothing for fewer than three nodes.
EditResult distributeNodes(const EditContext &context, const Ids &nodes, Qt::Orientation direction,
                           const LayoutGeometry &geometry = {});
/// Moves nodes up or down so that the wires between them run level.
EditResult straightenNodes(const EditContext &context, const Ids &nodes, const LayoutGeometry &geometry = {});
/// The nearest point of a grid.
Position snapped(Position at, int grid);

} // namespace espalier
