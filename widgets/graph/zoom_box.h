// SPDX-License-Identifier: GPL-3.0-or-later
// − 80 % + ⛶: how far in one looks, and the buttons that change it.
#pragma once

#include <QtWidgets/QWidget>

class QToolButton;

namespace espalier {

class ZoomBox : public QWidget {
    Q_OBJECT
public:
    explicit ZoomBox(QWidget *parent);

    void setZoom(qreal zoom);
    void applyTheme();

signals:
    void zoomInRequested();
    void zoomOutRequested();
    void resetRequested(); ///< to 100 %
    void fitRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;

private:
    QToolButton *add(const QString &name, const QString &tip);

    QToolButton *m_out;
    QToolButton *m_percent;
    QToolButton *m_in;
    QToolButton *m_fit;
};

} // namespace espalier
