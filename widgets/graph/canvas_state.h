// SPDX-License-Identifier: GPL-3.0-or-later
// What a view shows beside its model: selection, focus, and what the gesture under way draws.
#pragma once

#include "widgets/graph/graph_selection.h"

#include <QtCore/QHash>
#include <QtCore/QLineF>
#include <QtCore/QRectF>
#include <QtGui/QColor>
#include <QtGui/QPolygonF>

#include <functional>
#include <optional>

namespace espalier {

enum class StrokeKind { Knife, Reroute, Bypass };

struct CanvasState {
    GraphSelection selection;
    GraphSpot hover;
    GraphSpot current;
    bool hasFocus = false; ///< the view has, and shows where
    bool hasGrid = true; ///< dots on the ground
    QColor pictureColour; ///< of the pictures on nodes; invalid: the theme's first series

    /// A wire in the hand. Scene positions.
    struct LooseWire {
        QPointF from;
        QPointF to;
        bool isSnapped = false;
    };
    QList<LooseWire> looseWires;
    QSet<QString> liftedWires; ///< not drawn where they are: they hang in the hand
    QString litWire; ///< what is let go would land on it
    GraphSpot target; ///< the port that the loose wire snaps to
    /// While a wire is dragged: whether it may end at this port. Ports and nodes that it can't dim.
    std::function<bool(const GraphEnd &end, bool isOutput)> fits;
    QHash<QString, QPointF> ghosts; ///< copies of nodes that are dragged out
    QList<QLineF> guides; ///< alignment, scene
    std::optional<QRectF> box; ///< scene
    QPolygonF stroke; ///< scene
    StrokeKind strokeKind = StrokeKind::Knife;
};

} // namespace espalier
