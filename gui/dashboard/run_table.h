// SPDX-License-Identifier: GPL-3.0-or-later
// The runs as a table: how each stands, what it reached, and only those settings in which they differ.
#pragma once

#include <QtCore/QAbstractTableModel>
#include <QtCore/QStringList>

namespace espalier {

class Dashboard;
struct RunInfo;

class RunTable : public QAbstractTableModel {
    Q_OBJECT
public:
    explicit RunTable(Dashboard *dashboard, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;

    /// Empty: a heading of a group.
    QString runAt(int row) const;
    int rowOf(const QString &run) const;
    /// Newest first, or by the values of a column; headings stay.
    void sort(int column, Qt::SortOrder order) override;
    /// Runs with the same value of the setting stand together under a heading with their mean; empty: no groups.
    void groupBy(const QString &setting);
    const QString &groupedBy() const { return m_group; }
    /// Settings that are not the same in all runs.
    const QStringList &differing() const { return m_settings; }
    /// All rows and columns as they stand.
    QByteArray csv() const;

signals:
    void told(const QString &sentence);

private:
    enum class Kind { Name, State, Time, Step, Best, Last, Setting, Tags, Note };
    struct Column {
        Kind kind = Kind::Name;
        QString key; ///< of the metric or setting
        QString title;
        QString tip;
    };
    struct Row {
        QString run;
        QString heading;
    };
    void rebuild();
    void findColumns();
    QString textAt(const RunInfo &info, const Column &column) const;
    QVariant sortKey(const RunInfo &info, const Column &column) const;
    QString headingOf(const QString &value, const QStringList &runs) const;

    Dashboard *m_dashboard;
    QList<Column> m_columns;
    QList<Row> m_rows;
    QStringList m_settings;
    QString m_group;
    int m_sortColumn = -1;
    Qt::SortOrder m_order = Qt::AscendingOrder;
};

} // namespace espalier
