// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/entry_model.h"

#include "widgets/lists/entry_delegate.h"

#include <QtCore/QMimeData>

namespace espalier {

void EntryModel::showByCategory(const QList<ListEntry> &entries)
{
    clear();
    QHash<QString, QStandardItem *> categories;
    for (const ListEntry &entry : entries) {
        QStandardItem *&category = categories[entry.category];
        if (!category) {
            category = new QStandardItem(entry.category);
            category->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
            appendRow(category);
        }
        category->appendRow(newItem(entry));
    }
}

void EntryModel::showFlat(const QList<ListEntry> &entries)
{
    clear();
    for (const ListEntry &entry : entries)
        appendRow(newItem(entry));
}

QStandardItem *EntryModel::newItem(const ListEntry &entry) const
{
    auto *item = new QStandardItem(entry.title);
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    flags.setFlag(Qt::ItemIsDragEnabled, !m_mimeType.isEmpty());
    item->setFlags(flags);
    item->setToolTip(entry.help);
    item->setData(entry.help, Qt::AccessibleDescriptionRole);
    item->setData(entry.id, EntryIdRole);
    item->setData(entry.category, EntryCategoryRole);
    item->setData(entry.icon, EntryIconRole);
    return item;
}

QStringList EntryModel::mimeTypes() const
{
    return m_mimeType.isEmpty() ? QStringList() : QStringList(m_mimeType);
}

QMimeData *EntryModel::mimeData(const QModelIndexList &indexes) const
{
    for (const QModelIndex &index : indexes) {
        const QString id = index.data(EntryIdRole).toString();
        if (id.isEmpty() || m_mimeType.isEmpty())
            continue;
        auto *data = new QMimeData;
        data->setData(m_mimeType, id.toUtf8());
        return data;
    }
    return nullptr;
}

} // namespace espalier
