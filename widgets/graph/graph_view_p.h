// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of a graph view: what its gestures, painter and accessible children share.
#pragma once

#include "widgets/graph/canvas_painter.h"
#include "widgets/graph/canvas_state.h"
#include "widgets/graph/gesture.h"
#include "widgets/graph/graph_scene.h"
#include "widgets/graph/graph_view.h"
#include "widgets/graph/wire_router.h"

#include <QtCore/QPointer>
#include <QtCore/QTimer>
#include <QtCore/QVariantAnimation>

namespace espalier {

class Minimap;
class ZoomBox;

class GraphViewPrivate : public QObject {
    Q_OBJECT
public:
    explicit GraphViewPrivate(GraphView *view);
    ~GraphViewPrivate() override;

    static GraphViewPrivate *of(const GraphView *view) { return view->d.get(); }

    // Looking.
    void setCamera(qreal zoom, const QPointF &centre);
    void zoomAt(const QPointF &view, qreal factor);
    void glideTo(qreal zoom, const QPointF &centre);
    void fit(const QRectF &scene);
    PointerAt pointerAt(const QPointF &view, Qt::KeyboardModifiers modifiers) const;
    GraphSpot spotAt(const QPointF &view) const;
    /// px in scene units.
    qreal inScene(qreal pixels) const { return pixels * camera.unit / camera.scale(); }

    // What is stale.
    void markScene(const QRectF &scene);
    void markWire(int wire);
    void markNode(const QString &id);
    void markSpot(const GraphSpot &spot);
    void markFocus();
    void markAll();

    // Selection and focus.
    void setSelection(const GraphSelection &selection);
    void setCurrent(const GraphSpot &spot);
    void setHover(const GraphSpot &spot);
    void dropNode(const QString &id);
    void dropPart(QSet<QString> GraphSelection::*part, const QString &id);
    void walk(Qt::ArrowType direction, bool extends);
    void walkPort(Qt::ArrowType direction);
    void walkFrame();

    // Gestures.
    void press(QMouseEvent *event);
    std::unique_ptr<Gesture> gestureFor(const PointerPress &press);
    void click(const PointerPress &press);
    void begin(std::unique_ptr<Gesture> gesture);
    void moveTo(const PointerAt &at);
    void end(bool finishes);
    void scrollAtEdge();
    bool canConnect(const GraphEnd &from, const GraphEnd &to) const;
    bool canInsert(const QStringList &nodes, const QString &wire) const;
    QString dropWireAt(const QPointF &view, const QMimeData *data) const;
    bool takes(const QMimeData *data) const;
    void setLitWire(const QString &wire);
    void updateCursor();
    QString tipAt(const QPointF &view) const;

    // Gliding nodes.
    void glideNodes();

    GraphView *q;
    GraphScene scene;
    GraphView::PaintCounts counts;
    NodePainter nodePainter;
    CanvasPainter painter;
    WireRouter router;
    Camera camera;
    CanvasState state;
    PointerBindings bindings;
    std::function<bool(const GraphEnd &, const GraphEnd &)> allows;
    std::function<bool(const QMimeData *, const QString &)> allowsDrop;
    std::function<bool(const QStringList &, const QString &)> allowsInsert;
    QStringList mimeTypes;
    bool snapsToGrid = false;
    qreal gridSize = kGridStep;
    bool isReadOnly = false;
    bool isMinimapWanted = true;
    bool isSpaceHeld = false;
    QPointer<QWidget> emptyState;
    Minimap *minimap = nullptr;
    ZoomBox *zoomBox = nullptr;

    PointerPress pressed; ///< button NoButton: none is down
    PointerAt last;
    std::unique_ptr<Gesture> gesture;
    QTimer scrollTimer;

private:
    void arrange();
    friend class GraphView;

    QVariantAnimation m_glide;
    QVariantAnimation m_nodeGlide;
    QHash<QString, QPointF> m_glideFrom;
    int m_staleRects = 0;
};

} // namespace espalier
