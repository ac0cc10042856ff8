// SPDX-License-Identifier: GPL-3.0-or-later
// Small and large graphs for the tests of the graph view.
#pragma once

#include "widgets/graph/graph_data.h"

namespace espalier {

/// A card with the ports named, at a position.
GraphNode card(const QString &id, const QPointF &at = {}, const QStringList &inputs = {QStringLiteral("x")},
               const QStringList &outputs = {QStringLiteral("y")});
/// A wire with id "from.y>to.x".
GraphWire wire(const QString &from, const QString &to, const QString &output = QStringLiteral("y"),
               const QString &input = QStringLiteral("x"));
/// The graph of the sample digits-cnn, with all that nodes can show.
GraphData digits();
/// `count` nodes in rows with `wires` wires between neighbours, as a benchmark needs.
GraphData manyNodes(int count, int wires);

} // namespace espalier
