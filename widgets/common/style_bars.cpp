// SPDX-License-Identifier: GPL-3.0-or-later
// What lies along an edge: menus, menu bars, tool bars, tabs, dock titles, headers, progress.
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/style_parts.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtGui/QPainterPath>
#include <QtWidgets/QStyleOption>
#include <QtWidgets/QTabBar>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

bool isSheet(const QStyleOption *option, const QWidget *widget)
{
    if (const auto *bar = qobject_cast<const QTabBar *>(widget))
        return bar->documentMode();
    const auto *tab = qstyleoption_cast<const QStyleOptionTab *>(option);
    return tab && tab->documentMode;
}

bool isVertical(const QStyleOptionTab *tab)
{
    return tab->shape >= QTabBar::RoundedWest && tab->shape != QTabBar::TriangularNorth
        && tab->shape != QTabBar::TriangularSouth;
}

QFont strong(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

void paintLine(QPainter *painter, const QRect &rect)
{
    painter->fillRect(rect, Theme::current().line);
}

QString shortcutOf(const QString &text)
{
    const qsizetype tab = text.indexOf(u'\t');
    return tab < 0 ? QString() : text.mid(tab + 1);
}

void paintMenuItem(const QStyleOption *option, QPainter *painter, const QWidget *widget, const QStyle *style)
{
    const auto *item = qstyleoption_cast<const QStyleOptionMenuItem *>(option);
    if (!item)
        return;
    const Theme &theme = Theme::current();
    painter->fillRect(option->rect, theme.raised);
    if (item->menuItemType == QStyleOptionMenuItem::Separator) {
        paintLine(painter, QRect(option->rect.left(), option->rect.center().y(), option->rect.width(), 1));
        return;
    }
    const bool isEnabled = option->state & QStyle::State_Enabled;
    if (option->state & QStyle::State_Selected && isEnabled)
        paintBox(painter, option->rect.adjusted(1, 0, -1, 0), theme.hover, {}, theme.sizes.radiusSmall);
    const int icon = theme.sizes.icon;
    const QRect mark(option->rect.left() + theme.space(Space::Small), option->rect.center().y() - icon / 2 + 1, icon,
                     icon);
    if (item->checkType != QStyleOptionMenuItem::NotCheckable && item->checked)
        drawIcon(painter, mark, u"check"_s, isEnabled ? theme.text : theme.faint);
    else if (!item->icon.isNull())
        paintIcon(painter, mark, item->icon, isEnabled ? theme.muted : theme.faint, isEnabled);
    const bool hasColumn = item->menuHasCheckableItems || item->maxIconWidth > 0;
    const int left = hasColumn ? mark.right() + 1 + theme.space(Space::Small) : theme.space(Space::Medium);
    const QRect text(left, option->rect.top(), option->rect.right() - left - theme.space(Space::Medium),
                     option->rect.height());
    painter->save();
    painter->setFont(item->font);
    const int mnemonic
        = style->styleHint(QStyle::SH_UnderlineShortcut, option, widget) ? Qt::TextShowMnemonic : Qt::TextHideMnemonic;
    paintText(painter, text, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine | mnemonic,
              item->text.section(u'\t', 0, 0), isEnabled ? theme.text : theme.faint);
    paintText(painter, text, Qt::AlignVCenter | Qt::AlignRight | Qt::TextSingleLine, shortcutOf(item->text),
              isEnabled ? theme.muted : theme.faint);
    if (item->menuItemType == QStyleOptionMenuItem::SubMenu) {
        const QRect arrow(option->rect.right() - icon - 2, mark.top(), icon, icon);
        drawIcon(painter, arrow, u"chevron-right"_s, isEnabled ? theme.muted : theme.faint);
    }
    painter->restore();
}

void paintMenuBarItem(const QStyleOption *option, QPainter *painter, const QWidget *widget, const QStyle *style)
{
    const auto *item = qstyleoption_cast<const QStyleOptionMenuItem *>(option);
    if (!item)
        return;
    const Theme &theme = Theme::current();
    painter->fillRect(option->rect, theme.panel);
    const bool isActive = option->state & (QStyle::State_Selected | QStyle::State_Sunken);
    if (isActive)
        paintBox(painter, option->rect.adjusted(0, 2, 0, -2), theme.hover, {}, theme.sizes.radiusSmall);
    const int mnemonic
        = style->styleHint(QStyle::SH_UnderlineShortcut, option, widget) ? Qt::TextShowMnemonic : Qt::TextHideMnemonic;
    const bool isEnabled = option->state & QStyle::State_Enabled;
    paintText(painter, option->rect, Qt::AlignCenter | Qt::TextSingleLine | mnemonic, item->text,
              !isEnabled     ? theme.faint
                  : isActive ? theme.text
                             : theme.muted);
}

void paintHeaderSection(const QStyleOption *option, QPainter *painter)
{
    const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option);
    const Theme &theme = Theme::current();
    const bool isHovered = option->state & QStyle::State_MouseOver && option->state & QStyle::State_Enabled;
    painter->fillRect(option->rect, isHovered ? theme.hover : theme.panel);
    if (!header || header->orientation == Qt::Horizontal)
        paintLine(painter, QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1));
    else
        paintLine(painter, QRect(option->rect.right(), option->rect.top(), 1, option->rect.height()));
}

void paintHeaderLabel(const QStyleOption *option, QPainter *painter)
{
    const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option);
    if (!header)
        return;
    const QString text = painter->fontMetrics().elidedText(header->text, Qt::ElideRight, option->rect.width());
    paintText(painter, option->rect, static_cast<int>(header->textAlignment) | Qt::AlignVCenter, text,
              Theme::current().muted);
}

void paintDockTitle(const QStyleOption *option, QPainter *painter, const QWidget *widget, const QStyle *style)
{
    const auto *dock = qstyleoption_cast<const QStyleOptionDockWidget *>(option);
    if (!dock)
        return;
    const Theme &theme = Theme::current();
    painter->save();
    painter->setFont(strong(painter->font()));
    const QRect rect = style->subElementRect(QStyle::SE_DockWidgetTitleBarText, option, widget)
                           .adjusted(theme.space(Space::Tiny), 0, 0, 0);
    const QString text = painter->fontMetrics().elidedText(dock->title, Qt::ElideRight, rect.width());
    paintText(painter, rect, Qt::AlignVCenter | Qt::AlignLeft, text, theme.text);
    painter->restore();
}

void paintSplitter(const QStyleOption *option, QPainter *painter)
{
    const Theme &theme = Theme::current();
    const bool isActive = option->state & (QStyle::State_MouseOver | QStyle::State_Sunken | QStyle::State_HasFocus);
    const QRect rect = option->rect;
    QRect line = rect;
    if (option->state & QStyle::State_Horizontal && rect.width() > 1)
        line = QRect(rect.center().x(), rect.top(), 1, rect.height());
    else if (!(option->state & QStyle::State_Horizontal) && rect.height() > 1)
        line = QRect(rect.left(), rect.center().y(), rect.width(), 1);
    painter->fillRect(line, isActive ? theme.selection : theme.line);
}

} // namespace

bool paintBarElement(QStyle::ControlElement element, const QStyleOption *option, QPainter *painter,
                     const QWidget *widget, const QStyle *style)
{
    const Theme &theme = Theme::current();
    switch (element) {
    case QStyle::CE_MenuItem:
        paintMenuItem(option, painter, widget, style);
        return true;
    case QStyle::CE_MenuBarItem:
        paintMenuBarItem(option, painter, widget, style);
        return true;
    case QStyle::CE_MenuBarEmptyArea:
    case QStyle::CE_MenuEmptyArea:
    case QStyle::CE_HeaderEmptyArea:
        painter->fillRect(option->rect, element == QStyle::CE_MenuEmptyArea ? theme.raised : theme.panel);
        return true;
    case QStyle::CE_ToolBar:
        painter->fillRect(option->rect, theme.panel);
        paintLine(painter, QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1));
        return true;
    case QStyle::CE_HeaderSection:
        paintHeaderSection(option, painter);
        return true;
    case QStyle::CE_HeaderLabel:
        paintHeaderLabel(option, painter);
        return true;
    case QStyle::CE_DockWidgetTitle:
        paintDockTitle(option, painter, widget, style);
        return true;
    case QStyle::CE_Splitter:
        paintSplitter(option, painter);
        return true;
    default:
        return false;
    }
}

void paintTabShape(const QStyleOption *option, QPainter *painter, const QWidget *widget)
{
    const auto *tab = qstyleoption_cast<const QStyleOptionTab *>(option);
    if (!tab)
        return;
    const Theme &theme = Theme::current();
    const QRect rect = option->rect;
    const bool isSelected = option->state & QStyle::State_Selected;
    const bool isHovered = option->state & QStyle::State_MouseOver && option->state & QStyle::State_Enabled;
    if (isSheet(option, widget)) {
        if (isSelected) {
            painter->fillRect(rect, theme.canvas);
            paintLine(painter, QRect(rect.left(), rect.top(), 1, rect.height()));
            paintLine(painter, QRect(rect.right(), rect.top(), 1, rect.height()));
        } else if (isHovered) {
            painter->fillRect(rect.adjusted(0, 0, 0, -1), theme.hover);
        }
    } else if (isSelected) {
        const int pad = theme.space(Space::Small);
        const QRect bar = isVertical(tab) ? QRect(rect.left(), rect.top() + pad, 2, rect.height() - 2 * pad)
                                          : QRect(rect.left() + pad, rect.bottom() - 1, rect.width() - 2 * pad, 2);
        painter->fillRect(bar, theme.accent);
    }
    if (option->state & QStyle::State_HasFocus)
        paintFocusRing(painter, rect.adjusted(1, 2, -1, -3), theme.sizes.radiusSmall);
}

void paintTabLabel(const QStyleOption *option, QPainter *painter, const QWidget *widget, const QStyle *style)
{
    const auto *tab = qstyleoption_cast<const QStyleOptionTab *>(option);
    if (!tab)
        return;
    const Theme &theme = Theme::current();
    const bool isSelected = option->state & QStyle::State_Selected;
    const bool isActive = isSelected || option->state & QStyle::State_MouseOver;
    painter->save();
    QRect rect = option->rect;
    if (isVertical(tab)) { // the words run along the edge
        const bool isWest = tab->shape == QTabBar::RoundedWest || tab->shape == QTabBar::TriangularWest;
        painter->translate(isWest ? rect.bottomLeft() + QPoint(0, 1) : rect.topRight() + QPoint(1, 0));
        painter->rotate(isWest ? -90 : 90);
        rect = QRect(0, 0, rect.height(), rect.width());
    } else {
        rect = style->subElementRect(QStyle::SE_TabBarTabText, option, widget);
    }
    if (isSelected && !isSheet(option, widget))
        painter->setFont(strong(painter->font()));
    if (!tab->icon.isNull()) {
        const QRect square(rect.left(), rect.center().y() - theme.sizes.icon / 2 + 1, theme.sizes.icon,
                           theme.sizes.icon);
        paintIcon(painter, square, tab->icon, isActive ? theme.text : theme.muted, true);
        rect.setLeft(square.right() + theme.space(Space::Small));
    }
    const int mnemonic
        = style->styleHint(QStyle::SH_UnderlineShortcut, option, widget) ? Qt::TextShowMnemonic : Qt::TextHideMnemonic;
    paintText(painter, rect, Qt::AlignCenter | Qt::TextSingleLine | mnemonic, tab->text,
              !(option->state & QStyle::State_Enabled) ? theme.faint
                  : isActive                           ? theme.text
                                                       : theme.muted);
    painter->restore();
}

QSize tabSize(const QStyleOption *option, const QWidget *widget)
{
    const auto *tab = qstyleoption_cast<const QStyleOptionTab *>(option);
    if (!tab)
        return {};
    const Theme &theme = Theme::current();
    const QFont font = widget ? widget->font() : theme.font();
    // Strong or not, a tab keeps its width: choosing one moves none.
    const int text = QFontMetrics(strong(font)).size(Qt::TextShowMnemonic, tab->text).width();
    const int side = isSheet(option, widget) ? theme.space(Space::Medium) : theme.space(Space::Small);
    const int icon = tab->icon.isNull() ? 0 : theme.sizes.icon + theme.space(Space::Small);
    const auto extra = [&](const QSize &button) { return button.isEmpty() ? 0 : button.width() + theme.px(6); };
    const QSize size(text + 2 * side + icon + extra(tab->leftButtonSize) + extra(tab->rightButtonSize) + 2,
                     theme.sizes.tabs);
    return isVertical(tab) ? size.transposed() : size;
}

void paintProgress(const QStyleOption *option, QPainter *painter)
{
    const auto *bar = qstyleoption_cast<const QStyleOptionProgressBar *>(option);
    if (!bar)
        return;
    const Theme &theme = Theme::current();
    const QRectF rect(option->rect);
    const bool isLine = rect.height() < theme.px(12);
    const qreal radius = isLine ? rect.height() / 2 : theme.sizes.radiusControl;
    paintBox(painter, rect, isLine ? theme.line : theme.raised, isLine ? QColor() : theme.line, radius);
    const qint64 range = qint64(bar->maximum) - bar->minimum;
    // Nobody knows how long: a third in the middle, at rest; what moves is the words beside it.
    const qreal share
        = range > 0 ? std::clamp((bar->progress - bar->minimum) / static_cast<qreal>(range), 0.0, 1.0) : 0;
    const qreal thick = isLine ? rect.height() : theme.px(3);
    QRectF done(rect.left(), rect.bottom() - thick, rect.width() * share, thick);
    if (range <= 0)
        done = QRectF(rect.left() + rect.width() / 3, done.top(), rect.width() / 3, thick);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    QPainterPath shape;
    shape.addRoundedRect(rect, radius, radius);
    painter->setClipPath(shape);
    painter->fillRect(done, theme.accent);
    painter->restore();
    if (!isLine && bar->textVisible) {
        painter->save();
        painter->setPen(theme.text);
        const int side = theme.space(Space::Medium);
        drawFigures(painter, rect.adjusted(side, 0, -side, 0), Qt::AlignLeft | Qt::AlignVCenter, bar->text);
        painter->restore();
    }
}

} // namespace espalier
