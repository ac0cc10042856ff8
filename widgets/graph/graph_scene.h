// SPDX-License-Identifier: GPL-3.0-or-later
// The model as shapes: where nodes, ports, wires and frames lie, what lies at a point, what a change makes stale.
#pragma once

#include "widgets/graph/graph_selection.h"
#include "widgets/graph/node_layout.h"
#include "widgets/graph/spatial_index.h"
#include "widgets/graph/wire_path.h"

#include <QtCore/QObject>

#include <optional>
#include <vector>

namespace espalier {

class GraphModel;

struct SceneNode {
    GraphNode data;
    NodeLayout layout;
    QPointF at; ///< as shown: where it is dragged to, while it is
    int revision = 0; ///< another number for another look
    bool isAlive = false;

    QRectF card() const { return {at, layout.size}; }
    /// With the further cards of a stack.
    QRectF body() const;
    /// All that it may paint, rings and further cards included.
    QRectF extent() const;
    QPointF port(int index, bool isOutput) const { return at + (isOutput ? layout.outputs : layout.inputs)[index].at; }
};

struct SceneWire {
    GraphWire data;
    int from = -1; ///< nodes
    int to = -1;
    QPointF a, b;
    WireRoute route;
    QPainterPath path;
    QPolygonF line;
    bool isAlive = false; ///< false, too, while an end is missing

    QRectF extent() const { return line.boundingRect(); }
};

struct SceneFrame {
    GraphFrame data;
    QRectF rect; ///< as shown
};

/// How far beside a thing a point still hits it, scene units.
struct HitReach {
    qreal port = 0; ///< 0: ports don't count
    qreal wire = 0;
    qreal edge = 0; ///< of frames
    qreal title = 0; ///< least height of frames' titles
};

class GraphScene : public QObject {
    Q_OBJECT
public:
    explicit GraphScene(QObject *parent = nullptr);

    GraphModel *model() const { return m_model; }
    void setModel(GraphModel *model);
    GraphDirection direction() const { return m_direction; }
    void setDirection(GraphDirection direction);

    const std::vector<SceneNode> &nodes() const { return m_nodes; }
    const std::vector<SceneWire> &wires() const { return m_wires; }
    const QHash<QString, SceneFrame> &frames() const { return m_frames; }
    const SceneNode &node(int index) const { return m_nodes[static_cast<size_t>(index)]; }
    const SceneWire &wire(int index) const { return m_wires[static_cast<size_t>(index)]; }
    int nodeIndex(const QString &id) const { return m_nodeIndex.value(id, -1); }
    int wireIndex(const QString &id) const { return m_wireIndex.value(id, -1); }
    const SceneNode *node(const QString &id) const;
    const SceneWire *wire(const QString &id) const;
    int nodeCount() const { return int(m_nodeIndex.size()); }
    std::vector<int> nodesIn(const QRectF &rect) const { return m_nodeGrid.find(rect); }
    std::vector<int> wiresIn(const QRectF &rect) const { return m_wireGrid.find(rect); }
    std::vector<int> wiresAt(int node) const;
    /// Nodes that lie within a frame, and so move with it.
    QStringList nodesWithin(const QRectF &rect) const;
    QRectF contentRect() const;

    /// Where a port is, or nothing.
    std::optional<QPointF> portAt(const GraphEnd &end, bool isOutput) const;
    const GraphPort *port(const GraphEnd &end, bool isOutput) const;

    /// What lies at a point: ports over nodes over titles of frames over wires over frames' edges.
    GraphSpot spotAt(const QPointF &point, const HitReach &with) const;
    /// The wire nearest to a point within `reach`, empty where none; `without` nodes' own wires.
    QString wireNear(const QPointF &point, qreal reach, const QSet<QString> &without = {}) const;

    /// Shows nodes and frames elsewhere than the model has them, until clearMoved().
    void setMoved(const QHash<QString, QPointF> &nodes);
    void setMovedFrames(const QHash<QString, QRectF> &frames);
    void clearMoved();
    bool hasMoved() const { return !m_moved.isEmpty() || !m_movedFrames.isEmpty(); }

    void setRoute(int wire, const WireRoute &route);

signals:
    /// Something within `rect` (scene) looks different now.
    void stale(const QRectF &rect);
    /// Only the small picture and the figure of a node there: what far zooms don't show.
    void pictureStale(const QRectF &rect);
    void wireStale(int wire); ///< before it changes, and after
    void rebuilt(); ///< everything
    void nodeMoved(int node, const QRectF &before);
    void nodeGone(const QString &id);
    void wireGone(const QString &id, const espalier::GraphEnd &from);
    void frameGone(const QString &id);
    void wireRerouted(int wire); ///< its ends moved: it runs directly now
    void countChanged();

private:
    GraphSpot frameSpotAt(const QPointF &point, qreal edgeReach, qreal leastTitle) const;
    void rebuild();
    void addNode(const QString &id);
    void changeNode(const QString &id);
    void removeNode(const QString &id);
    void addWire(const QString &id);
    void changeWire(const QString &id);
    void removeWire(const QString &id);
    void changeFrame(const QString &id);
    void removeFrame(const QString &id);
    void layOut(int node);
    void show(int node);
    void join(int wire);
    void cut(int wire);
    UsedPorts usedPorts(const QString &node) const;
    void refreshPorts(int node);

    GraphModel *m_model = nullptr;
    GraphDirection m_direction = GraphDirection::LeftToRight;
    std::vector<SceneNode> m_nodes;
    std::vector<SceneWire> m_wires;
    QHash<QString, SceneFrame> m_frames;
    QHash<QString, int> m_nodeIndex;
    QHash<QString, int> m_wireIndex;
    std::vector<int> m_freeNodes;
    std::vector<int> m_freeWires;
    SpatialIndex m_nodeGrid;
    SpatialIndex m_wireGrid;
    QHash<QString, QPointF> m_moved;
    QHash<QString, QRectF> m_movedFrames;
    int m_revision = 0;
    bool m_isBulk = false;
};

} // namespace espalier
