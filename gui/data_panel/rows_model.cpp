// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/rows_model.h"

#include "gui/data_panel/data_subject.h"
#include "gui/engine_client/text.h"
#include "widgets/common/figures.h"

#include <QtCore/QLocale>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kMostEntries = 64; ///< of a vector: what the engine sends of a cell

} // namespace

RowsModel::RowsModel(DataSubject *subject, QObject *parent)
    : QAbstractTableModel(parent)
    , m_subject(subject)
{
    connect(subject, &DataSubject::described, this, &RowsModel::reset);
    connect(subject, &DataSubject::sourceChanged, this, &RowsModel::reset);
}

void RowsModel::reset()
{
    beginResetModel();
    ++m_generation;
    m_pages.clear();
    m_order.clear();
    m_underWay.clear();
    m_columns.clear();
    m_rows = m_subject->isDescribed() ? static_cast<int>(std::min<qint64>(m_subject->rows().count, kMostRows)) : 0;
    const QList<DataColumn> &columns = m_subject->columns();
    for (int c = 0; c < columns.size(); ++c) {
        if (columns[c].isPicture())
            continue; // shown as pictures
        if (columns[c].elementNames.isEmpty() || columns[c].shape.size() != 1)
            m_columns.push_back({c, -1, columns[c].name});
        else
            for (int i = 0; i < std::min<qsizetype>(columns[c].elementNames.size(), kMostEntries); ++i)
                m_columns.push_back({c, i, columns[c].elementNames[i]});
    }
    endResetModel();
}

int RowsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int RowsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

QVariant RowsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    if (orientation == Qt::Vertical)
        return formatCount(section + 1);
    return section < static_cast<int>(m_columns.size()) ? m_columns[static_cast<std::size_t>(section)].name : QString();
}

QVariant RowsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const Shown &shown = m_columns[static_cast<std::size_t>(index.column())];
    const DataColumn &column = m_subject->columns()[shown.column];
    if (role == Qt::TextAlignmentRole)
        return QVariant(column.classes > 0 ? Qt::AlignLeft | Qt::AlignVCenter : Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    const int page = index.row() / kPageRows;
    const auto found = m_pages.constFind(page);
    if (found == m_pages.constEnd()) {
        if (role == Qt::DisplayRole)
            const_cast<RowsModel *>(this)->ask(page); // views ask by const calls
        return role == Qt::DisplayRole ? QVariant(QStringLiteral("…")) : QVariant();
    }
    const auto &columns = (*found)["columns"].items();
    const auto at = static_cast<std::size_t>(shown.column);
    const auto row = static_cast<std::size_t>(index.row() % kPageRows);
    if (at >= columns.size() || row >= columns[at]["values"].items().size())
        return {};
    return textOf(shown, columns[at]["values"].items()[row]);
}

QString RowsModel::textOf(const Shown &shown, const JsonValue &cell) const
{
    const DataColumn &column = m_subject->columns()[shown.column];
    const auto one = [&](const JsonValue &value) {
        if (value.isNull())
            return tr("missing");
        if (value.isBool())
            return value.boolean() ? tr("yes") : tr("no");
        const auto label = static_cast<qsizetype>(value.integer(-1));
        if (column.classes > 0 && label >= 0 && label < column.labels.size())
            return column.labels[label];
        return QLocale().toString(value.number(), 'g', 6);
    };
    if (!cell.isObject())
        return one(cell);
    const auto &values = cell["values"].items();
    if (shown.entry >= 0)
        return shown.entry < static_cast<int>(values.size()) ? one(values[static_cast<std::size_t>(shown.entry)])
                                                             : QString();
    QStringList parts;
    const bool isText = column.classes > 0 && !column.labels.isEmpty();
    for (const JsonValue &value : values)
        parts.append(one(value));
    return parts.join(isText ? QString() : QStringLiteral(", "));
}

void RowsModel::ask(int page)
{
    if (m_underWay.contains(page))
        return;
    m_underWay.insert(page);
    JsonValue params = JsonValue::object();
    params.set("offset", page * kPageRows).set("limit", kPageRows);
    const int generation = m_generation;
    m_subject->ask(QStringLiteral("data.rows"), std::move(params), this,
                   [this, page, generation](const Result<JsonValue> &result) {
                       if (generation != m_generation)
                           return;
                       m_underWay.remove(page);
                       if (!result)
                           return; // described says why
                       m_pages.insert(page, *result);
                       m_order.append(page);
                       if (m_order.size() > kMostPages)
                           m_pages.remove(m_order.takeFirst());
                       const int first = page * kPageRows;
                       emit dataChanged(index(first, 0),
                                        index(std::min(m_rows, first + kPageRows) - 1, columnCount() - 1));
                       emit pageCame(first);
                   });
}

} // namespace espalier
