// SPDX-License-Identifier: GPL-3.0-or-later
// The first rows of a source as a table that asks the engine for a page when somebody looks at it.
#pragma once

#include "engine/base/json_value.h"

#include <QtCore/QAbstractTableModel>
#include <QtCore/QHash>
#include <QtCore/QSet>
#include <QtCore/QStringList>

#include <vector>

namespace espalier {

class DataSubject;

class RowsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    static constexpr int kPageRows = 100;
    static constexpr int kMostRows = 10'000; ///< beyond them the engine would read the source whole
    static constexpr int kMostPages = 40; ///< kept

    /// `subject` is borrowed.
    explicit RowsModel(DataSubject *subject, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    /// Pages that were asked for and have not come yet.
    int pagesUnderWay() const { return static_cast<int>(m_underWay.size()); }

signals:
    void pageCame(int first);

private:
    struct Shown {
        int column = 0; ///< of the subject
        int entry = -1; ///< of a vector; -1: the whole cell
        QString name;
    };
    void reset();
    void ask(int page);
    QString textOf(const Shown &shown, const JsonValue &cell) const;

    DataSubject *m_subject;
    std::vector<Shown> m_columns;
    int m_rows = 0;
    int m_generation = 0; ///< answers of an older one are dropped
    mutable QHash<int, JsonValue> m_pages;
    QList<int> m_order; ///< of pages, the oldest first
    QSet<int> m_underWay;
};

} // namespace espalier
