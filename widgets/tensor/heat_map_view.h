// SPDX-License-Identifier: GPL-3.0-or-later
// A matrix as a heat map: fits the view, zooms to single values, says the value under the pointer or the cursor keys.
#pragma once

#include "widgets/tensor/tensor_data.h"

#include <QtWidgets/QAbstractScrollArea>

namespace espalier {

/// Wheel with Ctrl, + and − zoom, 0 fits; dragging pans; arrows move the cursor from value to value.
class HeatMapView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit HeatMapView(QWidget *parent = nullptr);

    /// Zoom and cursor stay where the size stays the same.
    void setMatrix(const ValueMatrix &matrix);
    const ValueMatrix &matrix() const { return m_matrix; }
    void setScale(ColourScale scale);
    ColourScale scale() const { return m_scale; }

    /// (column, row) that the keyboard stands on.
    QPoint cursor() const { return m_cursor; }
    void setCursorCell(const QPoint &cell);
    /// The cell at a point of the viewport; (-1, -1) outside.
    QPoint cellAt(const QPointF &point) const;
    QRectF rectOf(const QPoint &cell) const;
    double zoom() const { return m_zoom; }
    bool isFitted() const { return m_zoom <= 1; }

public slots:
    void zoomIn();
    void zoomOut();
    void fit();

signals:
    /// What stands there, as a sentence; empty when the pointer leaves.
    void told(const QString &text);
    void cursorMoved(const QPoint &cell);

protected:
    bool viewportEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void render();
    void arrange();
    void zoomTo(double zoom, const QPointF &about);
    QSizeF shownSize() const;
    QPointF origin() const;
    void paintValues(QPainter &painter, const QRectF &visible);
    void tell(const QPoint &cell);

    ValueMatrix m_matrix;
    ColourScale m_scale = ColourScale::Sequential;
    QImage m_image; ///< a pixel a value
    double m_zoom = 1; ///< 1: all of it fits
    QPoint m_cursor;
    QPoint m_hovered{-1, -1};
    QPoint m_grabbed;
    bool m_isPanning = false;
};

} // namespace espalier
