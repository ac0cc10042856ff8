// SPDX-License-Identifier: GPL-3.0-or-later
// Where the arrow keys lead: from node to node by place, from port to port within a node, along wires, from frame to
// frame.
#pragma once

#include "widgets/graph/graph_scene.h"

#include <QtCore/Qt>

namespace espalier {

/// The node to go to from `from` (empty: the one nearest to `centre`); empty where there is none that way. Among nodes
/// that lie the same way, wired ones come first.
QString nodeTowards(const GraphScene &scene, const QString &from, Qt::ArrowType direction, const QPointF &centre);

/// The next port of the current node, or the node itself past the last.
GraphSpot portTowards(const GraphScene &scene, const GraphSpot &from, Qt::ArrowType direction);

/// From a port onto its wire and from a wire on to a port, in the direction of the data or against it; across it, to
/// the next wire of the same port. Nothing where no wire leads that way.
GraphSpot wireTowards(const GraphScene &scene, const GraphSpot &from, Qt::ArrowType direction);

/// From anything to the smallest frame round it, else to the first frame of the view; from a frame to the next one.
GraphSpot nextFrame(const GraphScene &scene, const GraphSpot &from);

} // namespace espalier
