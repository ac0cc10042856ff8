// SPDX-License-Identifier: GPL-3.0-or-later
// The table of runs with what can be done to them; two of them are compared in its place.
#pragma once

#include <QtWidgets/QWidget>

class QStackedWidget;
class QTableView;
class QToolButton;
class QLabel;

namespace espalier {

class CompareView;
class Dashboard;
class RunTable;

class RunsPanel : public QWidget {
    Q_OBJECT
public:
    explicit RunsPanel(Dashboard *dashboard, QWidget *parent = nullptr);

    RunTable *table() const { return m_table; }
    QTableView *view() const { return m_view; }
    CompareView *comparison() const { return m_compare; }
    QStringList selected() const; ///< in the order of the table
    /// The first selected run, else the one looked at.
    QString current() const;
    void select(const QStringList &runs);

    void renameCurrent();
    /// Into the trash; those that live stay.
    void deleteSelected();
    bool canRestore() const { return !m_deleted.isEmpty(); }
    void restoreLast();
    /// The two selected ones; with one, it and the run looked at.
    void compareSelected();
    bool isComparing() const;
    void saveCsv();

signals:
    void told(const QString &sentence);

protected:
    void showEvent(QShowEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    void refresh();
    void buildBar(QWidget *bar);
    void fillGroups();

    Dashboard *m_dashboard;
    QStackedWidget *m_stack;
    QTableView *m_view;
    RunTable *m_table;
    CompareView *m_compare;
    QToolButton *m_groups;
    QToolButton *m_restore;
    QLabel *m_space;
    QList<QStringList> m_deleted; ///< newest last
};

/// The same runs in short, beside the curves: name, state and best value.
class RunList : public QWidget {
    Q_OBJECT
public:
    RunList(Dashboard *dashboard, RunTable *table, QWidget *parent = nullptr);

private:
    void hideColumns();

    QTableView *m_view;
    RunTable *m_table;
};

} // namespace espalier
