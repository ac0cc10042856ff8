// SPDX-License-Identifier: GPL-3.0-or-later
// What is in each column, one line each: type, spread of the values as small bars, range, missing share.
#pragma once

#include "engine/base/json_value.h"

#include <QtCore/QAbstractListModel>
#include <QtWidgets/QStyledItemDelegate>

namespace espalier {

struct DataColumn;

struct ColumnFacts {
    QString name;
    QString type;
    QString words; ///< "0 … 16, mean 4.88", "setosa 33 %, …"
    QList<qint64> bars; ///< histogram, or counts of the classes
    bool isClasses = false; ///< the bars stand for names
    double missing = 0; ///< share of the cells
    QString sentence() const; ///< all of it, for screen readers and tool tips
};

/// From the columns and the answer to data.statistics (null: only names and types are known yet). A vector with named
/// entries gives a line for each.
QList<ColumnFacts> columnFacts(const QList<DataColumn> &columns, const JsonValue &statistics);

class ColumnFactsModel : public QAbstractListModel {
    Q_OBJECT
public:
    using QAbstractListModel::QAbstractListModel;
    void setFacts(QList<ColumnFacts> facts);
    const ColumnFacts &facts(int row) const { return m_facts[row]; }
    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;

private:
    QList<ColumnFacts> m_facts;
};

class ColumnFactsDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

} // namespace espalier
