// SPDX-License-Identifier: GPL-3.0-or-later
// Entries as the items of a view: under their categories, or ranked by what was typed.
#pragma once

#include "widgets/lists/list_entry.h"

#include <QtGui/QStandardItemModel>

namespace espalier {

class EntryModel : public QStandardItemModel {
    Q_OBJECT
public:
    using QStandardItemModel::QStandardItemModel;

    /// The type under which a dragged entry carries its id (UTF-8); empty: entries can't be dragged.
    void setMimeType(const QString &type) { m_mimeType = type; }

    /// Two levels: categories in the order of their first entry, and their entries.
    void showByCategory(const QList<ListEntry> &entries);

    /// One level, in this order.
    void showFlat(const QList<ListEntry> &entries);

    QStringList mimeTypes() const override;
    QMimeData *mimeData(const QModelIndexList &indexes) const override;

private:
    QStandardItem *newItem(const ListEntry &entry) const;

    QString m_mimeType;
};

} // namespace espalier
