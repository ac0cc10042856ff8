// SPDX-License-Identifier: GPL-3.0-or-later
// The graph view: shows a GraphModel on an endless canvas and turns gestures into requests. It edits nothing and binds
// no keys but Space (pan) and Esc (end a gesture): what a key or a menu does is a slot that the owner's actions call.
#pragma once

#include "widgets/graph/graph_selection.h"
#include "widgets/graph/pointer_bindings.h"

#include <QtCore/QHash>
#include <QtCore/QRectF>
#include <QtWidgets/QWidget>

#include <functional>
#include <memory>

class QMimeData;

namespace espalier {

class GraphModel;
class GraphViewPrivate;

class GraphView : public QWidget {
    Q_OBJECT
public:
    /// `model` is borrowed and must outlive the view, or be replaced first.
    explicit GraphView(GraphModel *model, QWidget *parent = nullptr);
    ~GraphView() override;

    GraphModel *model() const;
    /// Shows another model (an opened block): selection and current end, zoom and centre stay until setViewState.
    void setModel(GraphModel *model);

    // Selection and keyboard focus.
    const GraphSelection &selection() const;
    void setSelection(const GraphSelection &selection);
    /// The node or port (part Node, Input, Output) that the keyboard stands on; Nothing where none.
    const GraphSpot &current() const;
    void setCurrent(const GraphSpot &spot);

    // Rules and options.
    /// Says which ports a dragged wire may join; what it refuses dims. Called often: must be cheap. Without it, any
    /// output fits any input of another node.
    void setCanConnect(std::function<bool(const GraphEnd &from, const GraphEnd &to)> canConnect);
    /// Says whether what is being dragged in would fit on a wire, so that the wire lights up; without it, none does.
    void setCanDropOnWire(std::function<bool(const QMimeData *data, const QString &wire)> canDrop);
    /// Says whether nodes that are let go on a wire would be inserted; without it, a single node without wires is.
    void setCanInsert(std::function<bool(const QStringList &nodes, const QString &wire)> canInsert);
    void setAcceptedMimeTypes(const QStringList &types);
    void setPointerBindings(const PointerBindings &bindings);
    const PointerBindings &pointerBindings() const;
    void setDirection(GraphDirection direction);
    GraphDirection direction() const;
    void setSnapsToGrid(bool snaps); ///< always, not only with the modifier
    bool snapsToGrid() const;
    void setGridSize(qreal units);
    void setMinimapVisible(bool visible);
    bool isMinimapVisible() const;
    /// A read-only view selects, pans and opens, and asks for no edit.
    void setReadOnly(bool readOnly);
    bool isReadOnly() const;
    /// Of the pictures on nodes: that of the focused run. Invalid: the theme's first series.
    void setPictureColour(const QColor &colour);
    /// Shown in the middle while the model has no nodes. Takes ownership; nullptr removes it.
    void setEmptyState(QWidget *widget);

    // Where one looks.
    struct ViewState {
        qreal zoom = 1; ///< 1: 100 %
        QPointF centre; ///< scene units
    };
    ViewState viewState() const;
    void setViewState(const ViewState &state);
    qreal zoom() const;
    QPointF toScene(const QPointF &view) const;
    QPointF toView(const QPointF &scene) const;
    /// Where the pointer is, or the middle of the view when it is elsewhere: where quick-add and paste put things.
    QPointF scenePositionUnderCursor() const;
    /// What lies at a position of the view.
    GraphSpot spotAt(const QPointF &view) const;
    /// A node's rectangle, scene units, as it is drawn; empty where there is none such.
    QRectF nodeRect(const QString &node) const;
    /// The same in the view: where an editor for its name belongs.
    QRectF nodeViewRect(const QString &node) const;
    /// Where a port is drawn, scene units.
    QPointF portPosition(const GraphEnd &end, bool isOutput) const;
    /// All nodes and frames, scene units.
    QRectF contentRect() const;
    /// The size that a node would be drawn with, scene units: for placing what isn't there yet, and for layoutGraph.
    static QSizeF nodeSize(const GraphNode &node, GraphDirection direction = GraphDirection::LeftToRight);

    /// Paints a part of the scene at 100 % as it is, without selection, focus and grid, from (0, 0): shapes and text,
    /// for pictures and paper.
    void paintDrawing(QPainter *painter, const QRectF &scene) const;

    // For tests and benchmarks: what was painted since the view was made.
    struct PaintCounts {
        qint64 frames = 0;
        qint64 nodes = 0; ///< nodes painted
        qint64 wires = 0; ///< wires painted
        qint64 drawn = 0; ///< nodes drawn from their parts, not from a kept picture
    };
    const PaintCounts &paintCounts() const;

public slots:
    void fitAll();
    void fitSelection(); ///< all, where nothing is selected
    void zoomIn();
    void zoomOut();
    void zoomTo(qreal zoom); ///< about the middle
    /// The node moves that the model tells next (auto-layout) glide, unless motion is reduced.
    void glideNextMoves();
    void reveal(const QString &node); ///< brings it into view, gliding unless motion is reduced
    void selectAll();
    void selectNone();
    void invertSelection();
    void walk(Qt::ArrowType direction); ///< to the nearest node there; selects it
    void walkExtending(Qt::ArrowType direction); ///< the same, and keeps what is selected
    /// To the next port of the current node, and along wires; at its last, back to the node.
    void walkPort(Qt::ArrowType direction);
    void walkFrame(); ///< to the frame round the current node, and on to the next one; selects it
    /// What Enter does: opens the current node; on a port starts a wire, or completes the one begun; takes the end of
    /// the current wire; asks for the current frame's title.
    void activate();
    void startWire(); ///< from the current port
    void cancel(); ///< ends any gesture or keyboard wire
    bool hasGesture() const; ///< whether cancel() would end something
    /// The port at which a new wire was begun by keyboard; part Nothing where none was.
    GraphSpot wireBegun() const;

signals:
    void selectionChanged();
    void currentChanged();
    void viewChanged(); ///< zoom or centre
    void hovered(const espalier::GraphSpot &spot);

    // Requests: nothing has happened yet.
    /// Nodes, and frames if several things were dragged.
    void moveRequested(const QHash<QString, QPointF> &nodes, const QHash<QString, QRectF> &frames);
    void duplicateRequested(const QStringList &nodes, const QPointF &delta);
    void connectRequested(const espalier::GraphEnd &from, const espalier::GraphEnd &to);
    /// `side` of the wire shall end at `end`.
    void rewireRequested(const QString &wire, const espalier::GraphEnd &end, espalier::WireSide side);
    void disconnectRequested(const QStringList &wires);
    void moveWiresRequested(const espalier::GraphEnd &from, const espalier::GraphEnd &to, bool isOutput);
    void clearPortRequested(const espalier::GraphEnd &port, bool isOutput);
    void knifeRequested(const QStringList &wires);
    void bypassRequested(const QStringList &nodes);
    /// A dot for each wire, at `at`.
    void rerouteRequested(const QStringList &wires, const QList<QPointF> &at);
    /// The nodes shall move to `to` and sit between the wire's ends.
    void insertOnWireRequested(const QHash<QString, QPointF> &to, const QString &wire);
    /// A wire was let go in the empty: offer what fits `origin`.
    void wireDroppedInEmpty(const espalier::GraphEnd &origin, bool isOutput, const QPointF &scene,
                            const QPoint &global);
    void quickAddRequested(const QPointF &scene, const QPoint &global, const QString &wireUnder);
    void openRequested(const QString &node);
    void renameRequested(const QString &node); ///< double click on the name
    void frameRenameRequested(const QString &frame);
    /// One frame was resized (`nodes` empty), or dragged with the nodes within it.
    void frameChangeRequested(const QString &frame, const QRectF &rect, const QHash<QString, QPointF> &nodes);
    void contextMenuRequested(const espalier::GraphSpot &spot, const QPointF &scene, const QPoint &global);
    /// `wire` is the one that it was dropped on, or empty. `data` lives for the length of the call only.
    void dropRequested(const QMimeData *data, const QPointF &scene, const QString &wire);

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void keyReleaseEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragMoveEvent(QDragMoveEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    bool focusNextPrevChild(bool next) override;

private:
    void revealRect(const QRectF &scene);

    friend class GraphViewPrivate;
    std::unique_ptr<GraphViewPrivate> d;
};

} // namespace espalier
