// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/item_model.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QMimeData>
#include <QtGui/QPainter>

namespace espalier {

ItemModel::ItemModel(QObject *parent)
    : QAbstractListModel(parent)
{
}

void ItemModel::setItems(const QList<ListItem> &items)
{
    if (m_items == items)
        return;
    m_items = items;
    rebuild();
}

void ItemModel::setQuery(const QString &query)
{
    m_query = query;
    rebuild();
}

void ItemModel::setHasHeadings(bool has)
{
    m_hasHeadings = has;
    rebuild();
}

void ItemModel::toggleFolded(const QString &category)
{
    if (!m_folded.remove(category))
        m_folded.insert(category);
    rebuild();
}

int ItemModel::firstItemRow() const
{
    for (int row = 0; row < m_rows.size(); ++row)
        if (!m_rows[row].isHeading)
            return row;
    return -1;
}

void ItemModel::rebuild()
{
    beginResetModel();
    m_rows.clear();
    const QList<ListItem> found = rankItems(m_items, m_query);
    const bool hasHeadings = m_hasHeadings && m_query.trimmed().isEmpty();
    QString heading;
    for (const ListItem &item : found) {
        if (hasHeadings && item.category != heading) {
            heading = item.category;
            Row row;
            row.isHeading = true;
            row.item.title = row.item.category = heading;
            m_rows.append(row);
        }
        if (!hasHeadings || !m_folded.contains(item.category))
            m_rows.append({false, item});
    }
    endResetModel();
}

int ItemModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant ItemModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const Row &row = m_rows[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return row.item.title;
    case Qt::ToolTipRole:
    case HelpRole:
        return row.item.help;
    case IdRole:
        return row.item.id;
    case IsHeadingRole:
        return row.isHeading;
    case CategoryRole:
        return row.item.category;
    case IconRole:
        return row.item.icon;
    case IsFoldedRole:
        return m_folded.contains(row.item.category);
    case Qt::AccessibleTextRole:
        return !row.isHeading                      ? row.item.title
            : m_folded.contains(row.item.category) ? tr("%1, folded").arg(row.item.title)
                                                   : tr("%1, open").arg(row.item.title);
    default:
        return {};
    }
}

Qt::ItemFlags ItemModel::flags(const QModelIndex &index) const
{
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (!m_mimeType.isEmpty() && !index.data(IsHeadingRole).toBool())
        flags |= Qt::ItemIsDragEnabled;
    return flags;
}

QMimeData *ItemModel::mimeData(const QModelIndexList &indexes) const
{
    if (indexes.isEmpty())
        return nullptr;
    auto *data = new QMimeData;
    data->setData(m_mimeType, indexes.first().data(IdRole).toString().toUtf8());
    return data;
}

void ItemDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme &theme = Theme::current();
    painter->save();
    const bool isCurrent = option.state & (QStyle::State_Selected | QStyle::State_MouseOver);
    const bool isHeading = index.data(ItemModel::IsHeadingRole).toBool();
    if (isCurrent)
        painter->fillRect(option.rect, theme.hover);
    const int margin = theme.space(Space::Medium);
    QRect rect = option.rect.adjusted(margin, 0, -margin, 0);
    const QString text = index.data(Qt::DisplayRole).toString();
    if (isHeading) {
        painter->setFont(theme.font(TextSize::Caption, TextWeight::Strong));
        painter->setPen(theme.muted);
        painter->drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, text);
        const int side = theme.px(12);
        drawIcon(painter, QRectF(rect.right() - side, rect.center().y() - side / 2.0, side, side),
                 index.data(ItemModel::IsFoldedRole).toBool() ? QStringLiteral("triangle-right")
                                                              : QStringLiteral("triangle-down"),
                 theme.muted);
    } else {
        const int side = theme.sizes.icon;
        drawCategorySquare(
            painter, QRectF(rect.left() + theme.space(Space::Tiny), rect.center().y() - side / 2.0 + 0.5, side, side),
            index.data(ItemModel::IconRole).toString(), theme.category(index.data(ItemModel::CategoryRole).toString()));
        rect.setLeft(rect.left() + theme.space(Space::Tiny) + side + theme.space(Space::Small) + 2);
        painter->setFont(theme.font());
        painter->setPen(theme.text);
        painter->drawText(rect, Qt::AlignLeft | Qt::AlignVCenter,
                          painter->fontMetrics().elidedText(text, Qt::ElideRight, rect.width()));
    }
    if (option.state & QStyle::State_HasFocus) {
        painter->setPen(QPen(theme.selection, 1));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5));
    }
    painter->restore();
}

QSize ItemDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    return {Theme::current().px(120), Theme::current().sizes.row};
}

} // namespace espalier
