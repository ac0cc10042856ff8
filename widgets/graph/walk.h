// SPDX-License-Identifier: GPL-3.0-or-later
// Where the arrow keys lead: from node to node by place, from port to port within a node.
#pragma once

#include "widgets/graph/graph_scene.h"

#include <QtCore/Qt>

namespace espalier {

/// The node to go to from `from` (empty: the one nearest to `centre`); empty where there is none that way. Among nodes
/// that lie the same way, wired ones come first.
QString nodeTowards(const GraphScene &scene, const QString &from, Qt::ArrowType direction, const QPointF &centre);

/// The next port of the current node, or the node itself past the last.
GraphSpot portTowards(const GraphScene &scene, const GraphSpot &from, Qt::ArrowType direction);

} // namespace espalier
