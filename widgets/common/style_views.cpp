// SPDX-License-Identifier: GPL-3.0-or-later
// Lists, trees, frames, tool tips, scroll bars and sliders.
#include "widgets/common/icons.h"
#include "widgets/common/style_parts.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QAbstractItemView>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QStyleOption>
#include <QtWidgets/QTextEdit>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

void paintRow(const QStyleOption *option, QPainter *painter)
{
    const auto *item = qstyleoption_cast<const QStyleOptionViewItem *>(option);
    const Theme &theme = Theme::current();
    if (item && item->backgroundBrush.style() != Qt::NoBrush)
        painter->fillRect(option->rect, item->backgroundBrush);
    const bool isEnabled = option->state & QStyle::State_Enabled;
    if (option->state & QStyle::State_Selected)
        painter->fillRect(option->rect, isEnabled ? mixed(theme.selection, theme.panel, 0.2) : theme.hover);
    else if (option->state & QStyle::State_MouseOver && isEnabled)
        painter->fillRect(option->rect, theme.hover);
}

void paintBranch(const QStyleOption *option, QPainter *painter)
{
    if (!(option->state & QStyle::State_Children))
        return;
    const Theme &theme = Theme::current();
    QRectF square(0, 0, theme.px(12), theme.px(12));
    square.moveCenter(QRectF(option->rect).center());
    drawIcon(painter, square, option->state & QStyle::State_Open ? u"triangle-down"_s : u"triangle-right"_s,
             theme.muted);
}

bool isTextArea(const QWidget *widget)
{
    return qobject_cast<const QTextEdit *>(widget) || qobject_cast<const QPlainTextEdit *>(widget);
}

void paintFrame(const QStyleOption *option, QPainter *painter, const QWidget *widget)
{
    const Theme &theme = Theme::current();
    const bool hasFocus = option->state & QStyle::State_HasFocus || (widget && widget->hasFocus());
    if (isTextArea(widget))
        paintBox(painter, option->rect, theme.panel, theme.edge, theme.sizes.radiusSmall);
    else if (!qobject_cast<const QAbstractItemView *>(widget)) // lists lie on their panel without a box
        paintBox(painter, option->rect, {}, theme.line, 0);
    if (hasFocus)
        paintFocusRing(painter, option->rect, theme.sizes.radiusSmall);
}

void paintArrow(QPainter *painter, const QStyleOption *option, const QString &name)
{
    const Theme &theme = Theme::current();
    const int size = std::min({theme.sizes.icon, option->rect.width(), option->rect.height()});
    QRectF square(0, 0, size, size);
    square.moveCenter(QRectF(option->rect).center());
    drawIcon(painter, square, name, option->state & QStyle::State_Enabled ? theme.muted : theme.faint);
}

} // namespace

bool paintViewPrimitive(QStyle::PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                        const QWidget *widget)
{
    const Theme &theme = Theme::current();
    switch (element) {
    case QStyle::PE_PanelItemViewItem:
    case QStyle::PE_PanelItemViewRow:
        paintRow(option, painter);
        return true;
    case QStyle::PE_FrameTabWidget:
    case QStyle::PE_FrameStatusBarItem:
    case QStyle::PE_FrameDefaultButton:
    case QStyle::PE_FrameGroupBox:
    case QStyle::PE_IndicatorTabTear:
        return true; // nothing: no boxes in boxes
    case QStyle::PE_IndicatorBranch:
        paintBranch(option, painter);
        return true;
    case QStyle::PE_FrameFocusRect:
        paintFocusRing(painter, option->rect, theme.sizes.radiusSmall);
        return true;
    case QStyle::PE_Frame:
        paintFrame(option, painter, widget);
        return true;
    case QStyle::PE_PanelMenu:
        painter->fillRect(option->rect, theme.raised);
        return true;
    case QStyle::PE_FrameMenu:
    case QStyle::PE_FrameDockWidget:
        paintBox(painter, option->rect, {}, theme.line, 0);
        return true;
    case QStyle::PE_PanelTipLabel:
        painter->fillRect(option->rect, theme.raised);
        paintBox(painter, option->rect, {}, theme.line, 0);
        return true;
    case QStyle::PE_PanelMenuBar:
    case QStyle::PE_PanelStatusBar:
        painter->fillRect(option->rect, theme.panel);
        if (element == QStyle::PE_PanelStatusBar)
            painter->fillRect(QRect(option->rect.left(), option->rect.top(), option->rect.width(), 1), theme.line);
        return true;
    case QStyle::PE_FrameTabBarBase:
        painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), theme.line);
        return true;
    case QStyle::PE_IndicatorToolBarSeparator:
        if (option->state & QStyle::State_Horizontal)
            painter->fillRect(
                QRect(option->rect.center().x(), option->rect.center().y() - theme.px(9), 1, theme.px(18)), theme.line);
        else
            painter->fillRect(QRect(option->rect.left(), option->rect.center().y(), option->rect.width(), 1),
                              theme.line);
        return true;
    case QStyle::PE_IndicatorToolBarHandle:
        paintArrow(painter, option, u"grip"_s);
        return true;
    case QStyle::PE_IndicatorTabClose:
        if (option->state & QStyle::State_MouseOver)
            paintBox(painter, option->rect, theme.hover, {}, theme.sizes.radiusSmall);
        paintArrow(painter, option, u"close"_s);
        return true;
    case QStyle::PE_IndicatorArrowDown:
    case QStyle::PE_IndicatorSpinDown:
        paintArrow(painter, option, u"chevron-down"_s);
        return true;
    case QStyle::PE_IndicatorArrowUp:
    case QStyle::PE_IndicatorSpinUp:
        paintArrow(painter, option, u"chevron-up"_s);
        return true;
    case QStyle::PE_IndicatorArrowLeft:
        paintArrow(painter, option, u"chevron-left"_s);
        return true;
    case QStyle::PE_IndicatorArrowRight:
        paintArrow(painter, option, u"chevron-right"_s);
        return true;
    case QStyle::PE_IndicatorHeaderArrow:
        if (const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option))
            paintArrow(painter, option,
                       header->sortIndicator == QStyleOptionHeader::SortUp ? u"chevron-up"_s : u"chevron-down"_s);
        return true;
    default:
        return false;
    }
}

QRect scrollBarPart(const QStyleOptionComplex *option, QStyle::SubControl part)
{
    const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);
    if (!bar)
        return {};
    const bool isHorizontal = bar->orientation == Qt::Horizontal;
    const int length = isHorizontal ? bar->rect.width() : bar->rect.height();
    int handle = length;
    if (const qint64 range = qint64(bar->maximum) - bar->minimum; range > 0) {
        handle = static_cast<int>(qint64(bar->pageStep) * length / (range + bar->pageStep));
        handle = std::clamp(handle, std::min(Theme::current().sizes.hit, length), length);
    }
    const int start = QStyle::sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - handle,
                                                      bar->upsideDown);
    const auto along = [&](int from, int size) {
        return isHorizontal ? QRect(bar->rect.left() + from, bar->rect.top(), size, bar->rect.height())
                            : QRect(bar->rect.left(), bar->rect.top() + from, bar->rect.width(), size);
    };
    switch (part) {
    case QStyle::SC_ScrollBarSlider:
        return along(start, handle);
    case QStyle::SC_ScrollBarSubPage:
        return along(0, start);
    case QStyle::SC_ScrollBarAddPage:
        return along(start + handle, length - start - handle);
    case QStyle::SC_ScrollBarGroove:
        return bar->rect;
    default:
        return {}; // no buttons at the ends
    }
}

void paintScrollBar(const QStyleOptionComplex *option, QPainter *painter)
{
    const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);
    if (!bar || bar->maximum <= bar->minimum)
        return;
    const Theme &theme = Theme::current();
    const bool isActive = option->state & QStyle::State_MouseOver || option->activeSubControls != QStyle::SC_None;
    const int inset = isActive ? 2 : 3; // slim until it is wanted
    const QRectF handle
        = QRectF(scrollBarPart(option, QStyle::SC_ScrollBarSlider)).adjusted(inset, inset, -inset, -inset);
    paintBox(painter, handle, isActive ? theme.faint : theme.edge, {}, std::min(handle.width(), handle.height()) / 2);
}

void paintSlider(const QStyleOptionComplex *option, QPainter *painter, const QWidget *widget, const QStyle *style)
{
    const auto *slider = qstyleoption_cast<const QStyleOptionSlider *>(option);
    if (!slider)
        return;
    const Theme &theme = Theme::current();
    const bool isEnabled = option->state & QStyle::State_Enabled;
    const bool isHorizontal = slider->orientation == Qt::Horizontal;
    const QRectF handle = style->subControlRect(QStyle::CC_Slider, slider, QStyle::SC_SliderHandle, widget);
    const qreal thick = theme.px(3);
    QRectF track = QRectF(option->rect).adjusted(1, 1, -1, -1);
    QRectF done;
    const bool fromStart = slider->upsideDown == !isHorizontal; // vertical sliders have their least at the bottom
    if (isHorizontal) {
        track = QRectF(track.left(), handle.center().y() - thick / 2, track.width(), thick);
        done = slider->upsideDown ? QRectF(QPointF(handle.center().x(), track.top()), track.bottomRight())
                                  : QRectF(track.topLeft(), QPointF(handle.center().x(), track.bottom()));
    } else {
        track = QRectF(handle.center().x() - thick / 2, track.top(), thick, track.height());
        done = fromStart ? QRectF(QPointF(track.left(), handle.center().y()), track.bottomRight())
                         : QRectF(track.topLeft(), QPointF(track.right(), handle.center().y()));
    }
    paintBox(painter, track, theme.line, {}, thick / 2);
    paintBox(painter, done, isEnabled ? theme.accent : theme.faint, {}, thick / 2);
    const qreal size = theme.px(option->state & QStyle::State_MouseOver && isEnabled ? 14 : 12);
    QRectF knob(0, 0, size, size);
    knob.moveCenter(handle.center());
    paintBox(painter, knob, isEnabled ? theme.text : theme.faint, {}, size / 2);
    if (option->state & QStyle::State_HasFocus) {
        const QRectF ring = knob.adjusted(-4, -4, 4, 4);
        paintFocusRing(painter, ring, ring.width() / 2);
    }
}

} // namespace espalier
