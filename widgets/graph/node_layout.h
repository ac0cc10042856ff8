// SPDX-License-Identifier: GPL-3.0-or-later
// Where the parts of a node lie: a pure function of its data. All sizes are scene units (px at 100 %).
#pragma once

#include "widgets/graph/graph_selection.h"

#include <QtCore/QHash>

namespace espalier {

inline constexpr qreal kNodeWidth = 168;
inline constexpr qreal kPortDiameter = 10;
inline constexpr qreal kPortPitch = 24; ///< also the least hit area of a port
inline constexpr qreal kFirstPort = 28; ///< from the top (left) edge, of all nodes, so that chains are straight
inline constexpr qreal kDotSize = 16;
inline constexpr qreal kStackStep = 4; ///< each further card of a stack lies so much right and below
inline constexpr qreal kGridStep = 24;

/// The ports of a node that have wires.
struct UsedPorts {
    QSet<QString> inputs;
    QSet<QString> outputs;
};

struct NodeLayout {
    struct Port {
        QPointF at; ///< its centre, relative to the node's corner
        bool isShown = true;
    };

    QSizeF size; ///< of the front card; a stack's other cards lie outside
    QRectF icon, name, caption, picture, pictureLabel, shape, share; ///< empty where absent
    qreal footerLine = 0; ///< 0: none
    QList<Port> inputs; ///< as GraphNode::inputs
    QList<Port> outputs;
};

/// `used`: nullptr takes all ports for used.
NodeLayout nodeLayout(const GraphNode &node, GraphDirection direction, const UsedPorts *used = nullptr);
/// How far paint may reach beyond the card: ports, rings, badge, further cards, labels excluded.
inline constexpr qreal kNodeMargin = 14;

/// The used ports of every node of `data`.
QHash<QString, UsedPorts> usedPortsOf(const GraphData &data);

} // namespace espalier
