// SPDX-License-Identifier: GPL-3.0-or-later
// List items as rows for a view, with headings that fold; and the delegate that paints them.
#pragma once

#include "widgets/lists/list_item.h"

#include <QtCore/QAbstractListModel>
#include <QtCore/QSet>
#include <QtWidgets/QStyledItemDelegate>

namespace espalier {

class ItemModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { IdRole = Qt::UserRole, IsHeadingRole, CategoryRole, IconRole, IsFoldedRole, HelpRole };

    explicit ItemModel(QObject *parent = nullptr);

    void setItems(const QList<ListItem> &items);
    const QList<ListItem> &items() const { return m_items; }
    /// Shows what the query finds, best first and without headings; everything under headings for an empty one.
    void setQuery(const QString &query);
    void setHasHeadings(bool has);
    void toggleFolded(const QString &category);
    /// Type of what is dragged out, holding the item's id; empty: nothing can be dragged.
    void setMimeType(const QString &type) { m_mimeType = type; }
    int firstItemRow() const; ///< -1: there is none

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    QStringList mimeTypes() const override { return {m_mimeType}; }
    QMimeData *mimeData(const QModelIndexList &indexes) const override;

private:
    struct Row {
        bool isHeading = false;
        ListItem item; ///< of a heading: the category alone
    };
    void rebuild();

    QList<ListItem> m_items;
    QList<Row> m_rows;
    QString m_query;
    QString m_mimeType;
    bool m_hasHeadings = true;
    QSet<QString> m_folded;
};

/// Paints a heading, or a category square with a title.
class ItemDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

} // namespace espalier
