// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/entry_delegate.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QStyle>
#include <QtWidgets/QTreeView>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

void paintGround(QPainter *painter, const QStyleOptionViewItem &option)
{
    const QStyle *style = option.widget ? option.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
}

QRectF square(const QRect &row, int left, int size)
{
    return {static_cast<qreal>(left), row.center().y() - size / 2.0 + 0.5, static_cast<qreal>(size),
            static_cast<qreal>(size)};
}

} // namespace

void EntryDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem row = option;
    initStyleOption(&row, index);
    painter->save();
    if (index.data(EntryIdRole).toString().isEmpty())
        paintCategory(painter, row, index);
    else
        paintEntry(painter, row, index);
    painter->restore();
}

void EntryDelegate::paintCategory(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme &theme = Theme::current();
    const bool isCurrent = option.state & QStyle::State_Selected && option.state & QStyle::State_HasFocus;
    if (isCurrent)
        paintGround(painter, option);
    painter->setFont(theme.font(TextSize::Caption, TextWeight::Strong));
    painter->setPen(theme.muted);
    QRect rect = option.rect.adjusted(theme.space(Space::Medium), theme.px(6), -theme.space(Space::Medium), 0);
    painter->drawText(rect, Qt::AlignVCenter | Qt::AlignLeft, option.text);
    const auto *tree = qobject_cast<const QTreeView *>(option.widget);
    const bool isOpen = tree && tree->isExpanded(index);
    const int size = theme.px(12);
    drawIcon(painter, square(rect, rect.right() - size, size), isOpen ? u"triangle-down"_s : u"triangle-right"_s,
             theme.muted);
}

void EntryDelegate::paintEntry(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme &theme = Theme::current();
    paintGround(painter, option);
    const QString category = index.data(EntryCategoryRole).toString();
    const int left = option.rect.left() + theme.px(14);
    drawCategorySquare(painter, square(option.rect, left, theme.sizes.icon), index.data(EntryIconRole).toString(),
                       theme.category(category));
    QRect words = option.rect.adjusted(0, 0, -theme.space(Space::Medium), 0);
    words.setLeft(left + theme.sizes.icon + theme.px(10));
    if (m_showsCategory) {
        painter->setFont(theme.font(TextSize::Caption));
        painter->setPen(theme.muted);
        painter->drawText(words, Qt::AlignVCenter | Qt::AlignRight, category);
        words.setRight(words.right() - painter->fontMetrics().horizontalAdvance(category) - theme.space(Space::Small));
    }
    painter->setFont(theme.font());
    painter->setPen(theme.text);
    painter->drawText(words, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
                      painter->fontMetrics().elidedText(option.text, Qt::ElideRight, words.width()));
}

QSize EntryDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &index) const
{
    const Theme &theme = Theme::current();
    const QFontMetrics metrics(theme.font());
    const int width = metrics.horizontalAdvance(index.data(Qt::DisplayRole).toString()) + theme.px(60);
    const bool isCategory = index.data(EntryIdRole).toString().isEmpty();
    return {width, theme.sizes.row + (isCategory ? theme.px(4) : 0)};
}

} // namespace espalier
