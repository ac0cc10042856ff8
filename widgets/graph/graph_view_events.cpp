// SPDX-License-Identifier: GPL-3.0-or-later
// The events of a graph view.
#include "widgets/graph/graph_model.h"
#include "widgets/graph/graph_view_p.h"
#include "widgets/graph/minimap.h"

#include <QtCore/QMimeData>
#include <QtGui/QContextMenuEvent>
#include <QtGui/QDropEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QNativeGestureEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QGestureEvent>
#include <QtWidgets/QPinchGesture>
#include <QtWidgets/QToolTip>

#include <cmath>

namespace espalier {
namespace {

constexpr qreal kWheelZoom = 1.2; ///< for a notch of 120

} // namespace

bool GraphView::event(QEvent *event)
{
    switch (event->type()) {
    case QEvent::ShortcutOverride:
        // While a gesture goes on, Esc ends it, whatever it is bound to otherwise; Space is held, not pressed.
        if (const int key = static_cast<QKeyEvent *>(event)->key();
            (key == Qt::Key_Escape && (d->gesture || d->pressed.button != Qt::NoButton))
            || (key == Qt::Key_Space && d->bindings.spacePans)) {
            event->accept();
            return true;
        }
        break;
    case QEvent::ToolTip: {
        auto *help = static_cast<QHelpEvent *>(event);
        const QString tip = d->gesture ? QString() : d->tipAt(help->pos());
        if (tip.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), tip, this);
        return true;
    }
    case QEvent::NativeGesture: {
        auto *gesture = static_cast<QNativeGestureEvent *>(event);
        if (gesture->gestureType() != Qt::ZoomNativeGesture)
            break;
        d->zoomAt(gesture->position(), 1 + gesture->value());
        return true;
    }
    case QEvent::Gesture: {
        auto *gestures = static_cast<QGestureEvent *>(event);
        auto *pinch = static_cast<QPinchGesture *>(gestures->gesture(Qt::PinchGesture));
        if (!pinch)
            break;
        d->zoomAt(mapFromGlobal(pinch->centerPoint()), pinch->scaleFactor());
        return true;
    }
    default:
        break;
    }
    return QWidget::event(event);
}

void GraphView::paintEvent(QPaintEvent *event)
{
    d->m_staleRects = 0;
    QPainter painter(this);
    d->painter.paint(&painter, d->camera, d->state, event->region());
}

void GraphView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    d->camera.size = size();
    d->minimap->setVisibleRect(d->camera.visible());
    d->arrange();
    d->markAll();
    emit viewChanged();
}

void GraphView::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::EnabledChange || event->type() == QEvent::PaletteChange)
        d->markAll();
    QWidget::changeEvent(event);
}

void GraphView::mousePressEvent(QMouseEvent *event)
{
    d->press(event);
}

void GraphView::mouseMoveEvent(QMouseEvent *event)
{
    d->moveTo(d->pointerAt(event->position(), event->modifiers()));
}

void GraphView::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != d->pressed.button)
        return;
    d->last = d->pointerAt(event->position(), event->modifiers());
    if (d->gesture) {
        d->end(true);
    } else {
        const PointerPress press = d->pressed;
        d->pressed.button = Qt::NoButton;
        d->click(press);
    }
    d->setHover(d->spotAt(event->position()));
}

void GraphView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || d->gesture) {
        mousePressEvent(event); // quick clicks of another button are clicks
        return;
    }
    d->pressed.button = Qt::NoButton;
    const GraphSpot spot = d->spotAt(event->position());
    const QPointF scene = toScene(event->position());
    if (spot.part == GraphPart::Node) {
        const SceneNode *node = d->scene.node(spot.id);
        const bool isOnName = node->layout.name.translated(node->at).contains(scene);
        if (isOnName && node->data.form == NodeForm::Card && d->camera.detail() <= Detail::Medium && !d->isReadOnly)
            emit renameRequested(spot.id);
        else
            emit openRequested(spot.id);
    } else if (d->isReadOnly) {
        return;
    } else if (spot.part == GraphPart::Wire) {
        emit rerouteRequested({spot.id}, {nearestOn(d->scene.wire(spot.id)->line, scene)});
    } else if (spot.part == GraphPart::Frame || spot.part == GraphPart::FrameEdge) {
        emit frameRenameRequested(spot.id);
    } else if (spot.part == GraphPart::Nothing && d->bindings.doubleClickAdds) {
        emit quickAddRequested(scene, event->globalPosition().toPoint(), {});
    }
}

void GraphView::wheelEvent(QWheelEvent *event)
{
    const QPoint angle = event->angleDelta();
    event->accept();
    if (event->modifiers() & (Qt::ShiftModifier | Qt::AltModifier) || (angle.y() == 0 && angle.x() != 0)) {
        const QPointF by = event->pixelDelta().isNull() ? QPointF(angle) / 2 : QPointF(event->pixelDelta());
        d->setCamera(d->camera.zoom, d->camera.centre - (by.x() != 0 ? by : QPointF(by.y(), 0)) / d->camera.scale());
    } else if (angle.y() != 0) {
        d->zoomAt(event->position(), std::pow(kWheelZoom, angle.y() / 120.0));
    }
    if (d->gesture) {
        d->last.scene = toScene(d->last.view);
        d->gesture->move(d->last);
    }
}

void GraphView::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Space && d->bindings.spacePans && event->modifiers() == Qt::NoModifier) {
        d->isSpaceHeld = true;
        d->updateCursor();
    } else if (event->key() == Qt::Key_Escape && (d->gesture || d->pressed.button != Qt::NoButton)) {
        d->end(false);
    } else {
        QWidget::keyPressEvent(event);
    }
}

void GraphView::keyReleaseEvent(QKeyEvent *event)
{
    if (event->key() != Qt::Key_Space || event->isAutoRepeat()) {
        QWidget::keyReleaseEvent(event);
        return;
    }
    d->isSpaceHeld = false;
    d->updateCursor();
}

void GraphView::focusInEvent(QFocusEvent *event)
{
    d->state.hasFocus = true;
    d->markFocus();
    QWidget::focusInEvent(event);
}

void GraphView::focusOutEvent(QFocusEvent *event)
{
    d->state.hasFocus = false;
    d->isSpaceHeld = false;
    d->markFocus();
    QWidget::focusOutEvent(event);
}

void GraphView::leaveEvent(QEvent *event)
{
    if (!d->gesture)
        d->setHover({});
    QWidget::leaveEvent(event);
}

void GraphView::contextMenuEvent(QContextMenuEvent *event)
{
    event->accept();
    if (event->reason() == QContextMenuEvent::Mouse)
        return; // the release of the button asks: a right drag is no menu
    const GraphSpot &spot = d->state.current;
    const QPointF scene = spot.isPort() ? portPosition(spot.end(), spot.part == GraphPart::Output)
        : spot.part == GraphPart::Node  ? nodeRect(spot.id).center()
                                        : d->camera.centre;
    emit contextMenuRequested(spot, scene, mapToGlobal(toView(scene).toPoint()));
}

void GraphView::dragEnterEvent(QDragEnterEvent *event)
{
    if (d->takes(event->mimeData()))
        event->acceptProposedAction();
}

void GraphView::dragMoveEvent(QDragMoveEvent *event)
{
    if (!d->takes(event->mimeData()))
        return;
    d->setLitWire(d->dropWireAt(event->position(), event->mimeData()));
    event->acceptProposedAction();
}

void GraphView::dragLeaveEvent(QDragLeaveEvent *event)
{
    d->setLitWire({});
    QWidget::dragLeaveEvent(event);
}

void GraphView::dropEvent(QDropEvent *event)
{
    if (!d->takes(event->mimeData()))
        return;
    const QString wire = d->dropWireAt(event->position(), event->mimeData());
    d->setLitWire({});
    event->acceptProposedAction();
    emit dropRequested(event->mimeData(), toScene(event->position()), wire);
}

/// Tab is quick-add on the canvas; Shift+Tab leaves it.
bool GraphView::focusNextPrevChild(bool next)
{
    return next ? false : QWidget::focusNextPrevChild(false);
}

} // namespace espalier
