// SPDX-License-Identifier: GPL-3.0-or-later
// How curves are drawn: the legend of solid and dashed, smoothing, and what runs along the axis.
#pragma once

#include <QtWidgets/QWidget>

class QSlider;
class QToolButton;

namespace espalier {

class Dashboard;

class CurveOptions : public QWidget {
    Q_OBJECT
public:
    explicit CurveOptions(Dashboard *dashboard, QWidget *parent = nullptr);

signals:
    void openLogdirRequested();

private:
    void refresh();
    void buildMenus();

    Dashboard *m_dashboard;
    QSlider *m_smoothing;
    QToolButton *m_axis;
    QToolButton *m_more;
};

} // namespace espalier
