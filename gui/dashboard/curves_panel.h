// SPDX-License-Identifier: GPL-3.0-or-later
// The curves of the shown runs in a grid: pinned ones on top, groups of tags and a search on the left when there is
// room.
#pragma once

#include "gui/dashboard/curves_data.h"

#include <QtCore/QHash>
#include <QtCore/QSet>
#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QHBoxLayout;
class QLineEdit;
class QListWidget;
class QScrollArea;
class QStackedWidget;

namespace espalier {

class ChartLink;
class Dashboard;

class CurvesPanel : public QWidget {
    Q_OBJECT
public:
    explicit CurvesPanel(Dashboard *dashboard, QWidget *parent = nullptr);
    ~CurvesPanel() override;

    /// With the groups on the left, for the whole window.
    void setFull(bool isFull);
    /// A widget at the right of the charts; takes it over.
    void setAside(QWidget *widget);
    /// The charts from the top left on.
    QList<TimeChart *> charts() const { return m_order; }
    /// The chart with the keyboard, else the first one; null: none.
    TimeChart *current() const;
    /// What a chart of this panel shows.
    CurveData dataOf(const TimeChart *chart) const { return m_shown.value(chart); }
    ChartLink *link() const { return m_link; }
    void pinCurrent();
    /// "copy", "picture" or "csv".
    void takeCurrent(const QString &kind);
    void fitAll();
    void focusSearch();

signals:
    void openLogdirRequested();
    /// A sentence for the status line.
    void told(const QString &sentence);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void rebuild();
    void arrange();
    QList<CurveData> collect() const;
    QStringList groups() const;
    void showGroups();
    bool isWanted(const CurveData &curves, const QString &group) const;
    TimeChart *chartFor(const CurveData &curves);
    void refreshLines(const QStringList &runs);
    void followFocus();

    Dashboard *m_dashboard;
    QStackedWidget *m_stack;
    QWidget *m_side;
    QLineEdit *m_search;
    QListWidget *m_groups;
    QScrollArea *m_scroll;
    QHBoxLayout *m_row;
    QWidget *m_grid;
    QHash<QString, TimeChart *> m_charts; ///< by key
    QHash<const TimeChart *, CurveData> m_shown;
    QList<TimeChart *> m_order;
    ChartLink *m_link;
    QTimer m_rebuildSoon;
    QSet<QString> m_hiddenGroups;
    QSet<QString> m_shownGroups;
    bool m_isFull = false;
    bool m_isListing = false;
};

} // namespace espalier
