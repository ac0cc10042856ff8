// SPDX-License-Identifier: GPL-3.0-or-later
// Auto-layout of a graph in layers: a pure function that may run on any thread.
#pragma once

#include "widgets/graph/graph_data.h"
#include "widgets/graph/graph_selection.h"

#include <QtCore/QHash>
#include <QtCore/QSet>

#include <atomic>

namespace espalier {

struct LayoutOptions {
    GraphDirection direction = GraphDirection::LeftToRight;
    QSet<QString> only; ///< lays out these and keeps their common centre; empty: all
    qreal layerGap = 56; ///< between one column and the next, scene units
    qreal nodeGap = 32; ///< between nodes of one column
    qreal componentGap = 72;
    const std::atomic<bool> *isCancelled = nullptr; ///< may be set by another thread; the answer is then empty
};

/// Top left corners for the nodes that move. Wires run forward (cycles are cut at one wire each), columns align, long
/// chains are straight, pinned nodes stay, the nodes of a frame stay together. Deterministic: the order of `data` and
/// ids decide ties.
QHash<QString, QPointF> layoutGraph(const GraphData &data, const LayoutOptions &options = {});

/// What the frames whose nodes moved become, so that they still surround them.
QHash<QString, QRectF> framesAfter(const GraphData &data, const QHash<QString, QPointF> &moved,
                                   GraphDirection direction = GraphDirection::LeftToRight);

} // namespace espalier
