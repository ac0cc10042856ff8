// SPDX-License-Identifier: GPL-3.0-or-later
// Paints a view's frame in one pass: ground, frames, wires, nodes, and what a gesture shows.
#pragma once

#include "widgets/graph/canvas_state.h"
#include "widgets/graph/graph_view.h"
#include "widgets/graph/node_painter.h"

class QRegion;

namespace espalier {

class CanvasPainter {
public:
    CanvasPainter(const GraphScene &scene, NodePainter &nodes, GraphView::PaintCounts &counts);

    /// Paints what `region` (view px) touches.
    void paint(QPainter *painter, const Camera &camera, const CanvasState &state, const QRegion &region);

private:
    void paintGround();
    void paintFrames();
    void paintWires();
    void paintWire(int index);
    void paintFarWires(const std::vector<int> &wires);
    void paintNodes();
    void paintMarks(const SceneNode &node);
    void paintRing(const QRectF &card, qreal outset, const QPen &pen);
    void paintPortLabels(const SceneNode &node);
    void paintPortLabel(const SceneNode &node, int index, bool isOutput, bool isStrong);
    void paintHoveredPort();
    void paintWireText();
    void paintLooseWires();
    void paintOverlays();
    void paintPill(const QPointF &centre, const QString &text);
    qreal opacityOf(const SceneNode &node) const;
    bool touches(const QRectF &view) const;
    bool isLive(const SceneWire &wire) const;
    bool isFocused(GraphPart part, const QString &id) const;
    QFont smallFont() const;

    const GraphScene &m_scene;
    NodePainter &m_nodes;
    GraphView::PaintCounts &m_counts;
    QPainter *m_painter = nullptr;
    const Camera *m_camera = nullptr;
    const CanvasState *m_state = nullptr;
    const QRegion *m_region = nullptr;
    QRectF m_visible; ///< scene
};

/// Small rectangles that cover a wire as it is painted, view px.
QList<QRect> stripsOf(const SceneWire &wire, const Camera &camera);

} // namespace espalier
