// SPDX-License-Identifier: GPL-3.0-or-later
// The whole drawing, small, with the part that the view shows: dragging there moves the view.
#pragma once

#include <QtCore/QRectF>
#include <QtCore/QTimer>
#include <QtGui/QPixmap>
#include <QtWidgets/QWidget>

namespace espalier {

class GraphScene;

class Minimap : public QWidget {
    Q_OBJECT
public:
    Minimap(const GraphScene &scene, QWidget *parent);

    /// The part of the scene in view.
    void setVisibleRect(const QRectF &scene);
    void refresh(); ///< the theme or all nodes changed
    QSize sizeHint() const override;

signals:
    void centreRequested(const QPointF &scene);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    void draw(qreal ratio);
    QPointF toMap(const QPointF &scene) const;
    QPointF toScene(const QPointF &map) const;

    const GraphScene &m_scene;
    QRectF m_shown; ///< of the scene
    QRectF m_content;
    QPixmap m_picture;
    qreal m_scale = 1;
    QPointF m_origin;
    QTimer m_timer;
    bool m_isStale = true;
};

} // namespace espalier
