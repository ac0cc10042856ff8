// SPDX-License-Identifier: GPL-3.0-or-later
// What is selected, pointed at or focused in a graph view: ids only.
#pragma once

#include "widgets/graph/graph_data.h"

#include <QtCore/QMetaType>
#include <QtCore/QSet>
#include <QtCore/QStringList>

namespace espalier {

struct GraphSelection {
    QSet<QString> nodes;
    QSet<QString> wires;
    QSet<QString> frames;

    bool isEmpty() const { return nodes.isEmpty() && wires.isEmpty() && frames.isEmpty(); }
    friend bool operator==(const GraphSelection &, const GraphSelection &) = default;
};

enum class GraphPart { Nothing, Node, Input, Output, Wire, Frame, FrameEdge };

/// What lies at a point. `id` is that of the node, wire or frame; `port` is set for Input and Output.
struct GraphSpot {
    GraphPart part = GraphPart::Nothing;
    QString id;
    QString port;

    bool isPort() const { return part == GraphPart::Input || part == GraphPart::Output; }
    GraphEnd end() const { return {id, port}; }
    friend bool operator==(const GraphSpot &, const GraphSpot &) = default;
};

enum class WireSide { From, To };
enum class GraphDirection { LeftToRight, TopToBottom };

} // namespace espalier

Q_DECLARE_METATYPE(espalier::GraphSelection)
Q_DECLARE_METATYPE(espalier::GraphSpot)
Q_DECLARE_METATYPE(espalier::GraphEnd)
