// SPDX-License-Identifier: GPL-3.0-or-later
// Two runs side by side: settings, drawing and values that differ, and their curves in one chart.
#pragma once

#include <QtWidgets/QWidget>

class QLabel;
class QTreeWidget;

namespace espalier {

class ChartLink;
class Dashboard;
class TimeChart;
struct DrawingDifference;

class CompareView : public QWidget {
    Q_OBJECT
public:
    explicit CompareView(Dashboard *dashboard, QWidget *parent = nullptr);

    void compare(const QString &first, const QString &second);
    /// Texts of the rows: "what | before | after".
    QStringList lines() const;

signals:
    void closed();

private:
    void fill();
    void addSection(const QString &title, const QList<DrawingDifference> &differences);
    void showCurves();

    Dashboard *m_dashboard;
    QLabel *m_title;
    QTreeWidget *m_tree;
    QList<TimeChart *> m_charts;
    ChartLink *m_link;
    QString m_first;
    QString m_second;
};

} // namespace espalier
