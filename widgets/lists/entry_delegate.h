// SPDX-License-Identifier: GPL-3.0-or-later
// How an entry looks in a list: the category's square, its title, and for titles of categories the fold mark.
#pragma once

#include <QtWidgets/QStyledItemDelegate>

namespace espalier {

/// Roles of the items that EntryDelegate paints.
enum EntryRole {
    EntryIdRole = Qt::UserRole + 1, ///< empty for the title of a category
    EntryCategoryRole,
    EntryIconRole,
};

class EntryDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    /// Whether the category stands at the end of each row, where rows of several are mixed.
    void setShowsCategory(bool shows) { m_showsCategory = shows; }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    void paintCategory(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const;
    void paintEntry(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const;

    bool m_showsCategory = false;
};

} // namespace espalier
