// SPDX-License-Identifier: GPL-3.0-or-later
// The layered drawing of one connected graph (Sugiyama): ranks, order in each layer, coordinates. Directions are
// "along" (the way that data flows) and "across"; who calls maps them to x and y.
#pragma once

#include <QtCore/QList>
#include <QtCore/QPointF>
#include <QtCore/QSizeF>

#include <atomic>

namespace espalier {

struct LayeredEdge {
    int from = 0; ///< indices of nodes
    int to = 0;
    qreal fromOffset = 0; ///< of the port, across, from the node's edge
    qreal toOffset = 0;
};

struct LayeredGraph {
    QList<QSizeF> sizes; ///< width: along, height: across
    QList<LayeredEdge> edges;
    qreal layerGap = 56;
    qreal nodeGap = 32;
    const std::atomic<bool> *isCancelled = nullptr;
};

/// One position for each node (x: along, y: across), from (0, 0) on; empty when cancelled.
QList<QPointF> layered(const LayeredGraph &graph);

/// Whether the edges close a cycle.
bool hasCycle(int count, const QList<LayeredEdge> &edges);

} // namespace espalier
