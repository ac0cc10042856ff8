// SPDX-License-Identifier: GPL-3.0-or-later
// Predicted against true: a point a sample, and the line on which all would lie if nothing were wrong.
#pragma once

#include <QtCore/QList>
#include <QtCore/QPointF>
#include <QtWidgets/QWidget>

namespace espalier {

class ScatterView : public QWidget {
    Q_OBJECT
public:
    explicit ScatterView(QWidget *parent = nullptr);

    /// (true, predicted); those that are not finite are left out.
    void setPoints(const QList<QPointF> &points, const QColor &colour);
    int current() const { return m_current; }
    QPointF placeOf(int index) const; ///< in the widget

signals:
    void chosen(int index); ///< clicked, or Enter
    void told(const QString &text);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    QRectF plot() const;
    int nearest(const QPointF &at) const;
    QString textOf(int index) const;
    void setCurrent(int index);

    QList<QPointF> m_points;
    QColor m_colour;
    double m_low = 0;
    double m_high = 1;
    int m_current = -1;
};

} // namespace espalier
