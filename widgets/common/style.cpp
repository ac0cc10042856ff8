// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/style.h"

#include "widgets/common/icons.h"
#include "widgets/common/style_parts.h"
#include "widgets/common/theme.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QAbstractItemView>
#include <QtWidgets/QAbstractSpinBox>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QSlider>
#include <QtWidgets/QStyleOption>
#include <QtWidgets/QTabBar>
#include <QtWidgets/QTextEdit>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

bool tellsHover(const QWidget *widget)
{
    return qobject_cast<const QAbstractButton *>(widget) || qobject_cast<const QComboBox *>(widget)
        || qobject_cast<const QAbstractSpinBox *>(widget) || qobject_cast<const QLineEdit *>(widget)
        || qobject_cast<const QScrollBar *>(widget) || qobject_cast<const QSlider *>(widget)
        || qobject_cast<const QTabBar *>(widget) || qobject_cast<const QHeaderView *>(widget);
}

/// Mark and words, with the focus ring round both.
void paintMarkedButton(QStyle::ControlElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget, const QStyle *style)
{
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    if (!button)
        return;
    const bool isCheck = element == QStyle::CE_CheckBox;
    QStyleOptionButton part(*button);
    part.state &= ~QStyle::State_HasFocus;
    part.rect = style->subElementRect(isCheck ? QStyle::SE_CheckBoxIndicator : QStyle::SE_RadioButtonIndicator, button,
                                      widget);
    style->drawPrimitive(isCheck ? QStyle::PE_IndicatorCheckBox : QStyle::PE_IndicatorRadioButton, &part, painter,
                         widget);
    part.rect
        = style->subElementRect(isCheck ? QStyle::SE_CheckBoxContents : QStyle::SE_RadioButtonContents, button, widget);
    style->drawControl(isCheck ? QStyle::CE_CheckBoxLabel : QStyle::CE_RadioButtonLabel, &part, painter, widget);
    if (option->state & QStyle::State_HasFocus)
        paintFocusRing(painter, option->rect, Theme::current().sizes.radiusSmall);
}

QSize switchSize()
{
    const Theme &theme = Theme::current();
    return {theme.px(30), theme.px(18)};
}

bool isSwitch(const QWidget *widget)
{
    return widget && widget->property(kSwitchProperty).toBool();
}

QRect switchPart(QStyle::SubElement element, const QStyleOption *option)
{
    const Theme &theme = Theme::current();
    const QRect rect = option->rect;
    const QSize size = switchSize();
    const QRect mark(QPoint(rect.left() + theme.px(3), rect.center().y() - size.height() / 2 + 1), size);
    const QRect words = rect.adjusted(mark.right() + 1 + theme.space(Space::Small) - rect.left(), 0, 0, 0);
    return QStyle::visualRect(option->direction, rect, element == QStyle::SE_CheckBoxIndicator ? mark : words);
}

bool isTextArea(const QWidget *widget)
{
    return qobject_cast<const QTextEdit *>(widget) || qobject_cast<const QPlainTextEdit *>(widget);
}

bool isTextless(const QStyleOption *option)
{
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    return button && button->text.isEmpty();
}

QSize buttonSize(const QStyleOption *option, const QSize &contents, const QWidget *widget)
{
    const Theme &theme = Theme::current();
    int width = contents.width() + 2 * theme.px(isTextless(option) ? 7 : 14);
    if (isAccented(option, widget)) // strong words are wider
        width += theme.space(Space::Tiny);
    return {std::max(width, theme.sizes.control), std::max(contents.height(), theme.sizes.control)};
}

QSize toolButtonSize(const QStyleOption *option, const QSize &contents)
{
    const Theme &theme = Theme::current();
    const auto *button = qstyleoption_cast<const QStyleOptionToolButton *>(option);
    int width = theme.sizes.control;
    if (button && (button->toolButtonStyle != Qt::ToolButtonIconOnly || button->icon.isNull())
        && !button->text.isEmpty())
        width = contents.width() + 2 * theme.px(10);
    if (button && button->features & QStyleOptionToolButton::HasMenu && !button->text.isEmpty()
        && button->toolButtonStyle != Qt::ToolButtonIconOnly)
        width += theme.px(14);
    return {std::max(width, theme.sizes.control), std::max(contents.height(), theme.sizes.control)};
}

QSize menuItemSize(const QStyleOption *option, const QSize &contents)
{
    const Theme &theme = Theme::current();
    const auto *item = qstyleoption_cast<const QStyleOptionMenuItem *>(option);
    if (item && item->menuItemType == QStyleOptionMenuItem::Separator)
        return {contents.width(), theme.px(9)};
    int width = contents.width() + theme.space(Space::Medium) + theme.space(Space::Large);
    if (item && (item->menuHasCheckableItems || item->maxIconWidth > 0))
        width += theme.sizes.icon + theme.space(Space::Small);
    if (item && item->text.contains(u'\t'))
        width += theme.space(Space::Large);
    if (item && item->menuItemType == QStyleOptionMenuItem::SubMenu)
        width += theme.sizes.icon;
    return {width, theme.sizes.row};
}

} // namespace

EspalierStyle::EspalierStyle()
    : QProxyStyle(u"Fusion"_s)
{
}

void EspalierStyle::drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                                  const QWidget *widget) const
{
    switch (element) {
    case PE_PanelLineEdit: {
        const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
        if (frame && frame->lineWidth > 0)
            paintField(painter, option->rect, option->state, widget);
        return;
    }
    case PE_FrameLineEdit:
        return;
    case PE_PanelButtonCommand:
        paintPushButton(option, painter, widget);
        return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
        paintCheckMark(option, painter, element == PE_IndicatorCheckBox ? widget : nullptr);
        return;
    case PE_IndicatorRadioButton:
        paintRadioMark(option, painter);
        return;
    default:
        if (!paintViewPrimitive(element, option, painter, widget))
            QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void EspalierStyle::drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                                const QWidget *widget) const
{
    switch (element) {
    case CE_PushButton: // Fusion would add its own focus rectangle
        paintPushButton(option, painter, widget);
        paintPushButtonLabel(option, painter, widget, proxy());
        return;
    case CE_PushButtonBevel:
        paintPushButton(option, painter, widget);
        return;
    case CE_PushButtonLabel:
        paintPushButtonLabel(option, painter, widget, proxy());
        return;
    case CE_CheckBox:
    case CE_RadioButton:
        paintMarkedButton(element, option, painter, widget, proxy());
        return;
    case CE_SizeGrip:
        return; // windows are sized at their edges
    case CE_ComboBoxLabel:
        paintComboLabel(option, painter, proxy(), widget);
        return;
    case CE_TabBarTabShape:
        paintTabShape(option, painter, widget);
        return;
    case CE_TabBarTabLabel:
        paintTabLabel(option, painter, widget, proxy());
        return;
    case CE_ProgressBar:
        paintProgress(option, painter);
        return;
    case CE_ShapedFrame: {
        const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
        if (frame && (frame->frameShape == QFrame::HLine || frame->frameShape == QFrame::VLine)) {
            const QPoint middle = option->rect.center();
            painter->fillRect(frame->frameShape == QFrame::HLine
                                  ? QRect(option->rect.left(), middle.y(), option->rect.width(), 1)
                                  : QRect(middle.x(), option->rect.top(), 1, option->rect.height()),
                              Theme::current().line);
            return;
        }
        if (frame && frame->frameShape != QFrame::NoFrame)
            proxy()->drawPrimitive(PE_Frame, option, painter, widget);
        return;
    }
    default:
        if (!paintBarElement(element, option, painter, widget, proxy()))
            QProxyStyle::drawControl(element, option, painter, widget);
    }
}

void EspalierStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                                       const QWidget *widget) const
{
    switch (control) {
    case CC_ToolButton:
        paintToolButton(option, painter, widget, proxy());
        return;
    case CC_ScrollBar:
        paintScrollBar(option, painter);
        return;
    case CC_Slider:
        paintSlider(option, painter, widget, proxy());
        return;
    default:
        if (!paintFieldControl(control, option, painter, widget, proxy()))
            QProxyStyle::drawComplexControl(control, option, painter, widget);
    }
}

QRect EspalierStyle::subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                                    const QWidget *widget) const
{
    if (control == CC_ScrollBar)
        return scrollBarPart(option, part);
    const bool isPopup = control == CC_ComboBox && part == SC_ComboBoxListBoxPopup;
    if ((control == CC_SpinBox || control == CC_ComboBox) && !isPopup)
        return fieldPart(control, option, part);
    return QProxyStyle::subControlRect(control, option, part, widget);
}

QRect EspalierStyle::subElementRect(SubElement element, const QStyleOption *option, const QWidget *widget) const
{
    const Theme &theme = Theme::current();
    if (element == SE_LineEditContents) {
        const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
        const int side = frame && frame->lineWidth > 0 ? theme.space(Space::Small) : 0;
        return option->rect.adjusted(side, 0, -side, 0);
    }
    if ((element == SE_CheckBoxIndicator || element == SE_CheckBoxContents) && isSwitch(widget))
        return switchPart(element, option);
    QRect rect = QProxyStyle::subElementRect(element, option, widget);
    const bool isMark = element == SE_CheckBoxIndicator || element == SE_RadioButtonIndicator;
    if (isMark || element == SE_CheckBoxContents || element == SE_RadioButtonContents)
        rect.translate(option->direction == Qt::LeftToRight ? theme.px(3) : -theme.px(3), 0); // room for the focus ring
    return rect;
}

QSize EspalierStyle::sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &contents,
                                      const QWidget *widget) const
{
    const Theme &theme = Theme::current();
    switch (type) {
    case CT_PushButton:
        return buttonSize(option, contents, widget);
    case CT_ToolButton:
        return toolButtonSize(option, contents);
    case CT_MenuItem:
        return menuItemSize(option, contents);
    case CT_MenuBarItem:
        return {contents.width() + 2 * theme.px(9), std::max(contents.height(), theme.px(26))};
    case CT_TabBarTab:
        return tabSize(option, widget);
    case CT_LineEdit:
        return {contents.width() + 2 * theme.space(Space::Small), theme.sizes.control};
    case CT_SpinBox:
    case CT_ComboBox:
        return {contents.width() + theme.sizes.hit + 2 * theme.space(Space::Small), theme.sizes.control};
    case CT_ItemViewItem: {
        const QSize size = QProxyStyle::sizeFromContents(type, option, contents, widget);
        return {size.width(), std::max(size.height(), theme.sizes.row)};
    }
    case CT_HeaderSection: {
        const QSize size = QProxyStyle::sizeFromContents(type, option, contents, widget);
        return {size.width() + theme.space(Space::Small), std::max(size.height(), theme.sizes.row)};
    }
    case CT_CheckBox:
    case CT_RadioButton: {
        const QSize size = QProxyStyle::sizeFromContents(type, option, contents, widget);
        const int extra = isSwitch(widget) ? switchSize().width() - theme.sizes.icon : 0;
        return {std::max(size.width() + extra + theme.px(6), theme.sizes.hit),
                std::max(size.height(), theme.sizes.hit)};
    }
    default:
        return QProxyStyle::sizeFromContents(type, option, contents, widget);
    }
}

int EspalierStyle::pixelMetric(PixelMetric metric, const QStyleOption *option, const QWidget *widget) const
{
    const Theme &theme = Theme::current();
    switch (metric) {
    case PM_SmallIconSize:
    case PM_ButtonIconSize:
    case PM_ToolBarIconSize:
    case PM_TabBarIconSize:
    case PM_ListViewIconSize:
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
    case PM_TreeViewIndentation:
        return theme.sizes.icon;
    case PM_ScrollBarExtent:
        return theme.px(10);
    case PM_ScrollBarSliderMin:
    case PM_TabBarScrollButtonWidth:
    case PM_SliderThickness:
    case PM_SliderControlThickness:
        return theme.sizes.hit;
    case PM_SliderLength:
        return theme.px(16);
    case PM_ScrollView_ScrollBarSpacing:
    case PM_ScrollView_ScrollBarOverlap:
    case PM_TabBarTabOverlap:
    case PM_TabBarBaseOverlap:
    case PM_TabBarTabShiftVertical:
    case PM_TabBarTabShiftHorizontal:
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
    case PM_ButtonDefaultIndicator:
    case PM_ToolBarFrameWidth:
    case PM_MenuBarPanelWidth:
    case PM_MenuBarItemSpacing:
    case PM_SubMenuOverlap:
    case PM_MenuButtonIndicator:
        return 0;
    case PM_DefaultFrameWidth:
        return isTextArea(widget) ? theme.px(3) : 1; // room for the rounded corners
    case PM_MenuPanelWidth:
    case PM_SplitterWidth: // Qt widens the grip of so thin a handle by itself
    case PM_SpinBoxFrameWidth:
        return 1;
    case PM_TabBarTabHSpace:
        return 2 * theme.space(Space::Small);
    case PM_MenuHMargin:
    case PM_MenuVMargin:
        return theme.space(Space::Tiny);
    case PM_MenuBarHMargin:
    case PM_ToolBarItemMargin:
    case PM_ToolBarItemSpacing:
    case PM_CheckBoxLabelSpacing:
    case PM_RadioButtonLabelSpacing:
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing:
    case PM_DockWidgetTitleMargin:
    case PM_HeaderMargin:
        return theme.space(Space::Small);
    case PM_ToolBarHandleExtent:
    case PM_LayoutLeftMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutBottomMargin:
        return theme.space(Space::Medium);
    case PM_ToolBarSeparatorExtent:
        return theme.px(9);
    case PM_DockWidgetSeparatorExtent:
        return theme.px(5);
    case PM_ToolTipLabelFrameWidth:
        return theme.px(6);
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int EspalierStyle::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                             QStyleHintReturn *answer) const
{
    switch (hint) {
    case SH_UnderlineShortcut: // calm until Alt asks for the letters
        return m_showsMnemonics ? 1 : 0;
    case SH_Widget_Animate:
    case SH_Widget_Animation_Duration:
        return Theme::current().hoverMs;
    case SH_ComboBox_Popup:
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
        return 0;
    case SH_Menu_MouseTracking:
    case SH_MenuBar_MouseTracking:
    case SH_ItemView_ShowDecorationSelected:
    case SH_Slider_AbsoluteSetButtons:
        return hint == SH_Slider_AbsoluteSetButtons ? static_cast<int>(Qt::LeftButton) : 1;
    case SH_ToolTip_WakeUpDelay:
        return 500;
    case SH_TabBar_Alignment:
        return Qt::AlignLeft;
    case SH_DialogButtonBox_ButtonsHaveIcons:
    case SH_TabBar_PreferNoArrows:
        return 0;
    default:
        return QProxyStyle::styleHint(hint, option, widget, answer);
    }
}

QIcon EspalierStyle::standardIcon(StandardPixmap which, const QStyleOption *option, const QWidget *widget) const
{
    switch (which) {
    case SP_TitleBarCloseButton:
    case SP_DockWidgetCloseButton:
    case SP_LineEditClearButton:
        return icon(u"close"_s);
    case SP_TitleBarNormalButton:
        return icon(u"expand"_s);
    case SP_ToolBarHorizontalExtensionButton:
    case SP_ToolBarVerticalExtensionButton:
        return icon(u"more"_s);
    case SP_MessageBoxWarning:
        return icon(u"warning"_s, Theme::current().warning);
    case SP_MessageBoxCritical:
        return icon(u"error"_s, Theme::current().error);
    case SP_MessageBoxInformation:
        return icon(u"info"_s);
    case SP_MessageBoxQuestion:
        return icon(u"help"_s);
    default:
        return QProxyStyle::standardIcon(which, option, widget);
    }
}

QPalette EspalierStyle::standardPalette() const
{
    return Theme::current().palette();
}

void EspalierStyle::polish(QWidget *widget)
{
    QProxyStyle::polish(widget);
    if (tellsHover(widget))
        widget->setAttribute(Qt::WA_Hover);
    if (auto *tabs = qobject_cast<QTabBar *>(widget))
        tabs->setExpanding(false);
    if (auto *view = qobject_cast<QAbstractItemView *>(widget); view && view->viewport())
        view->viewport()->setAttribute(Qt::WA_Hover);
}

void EspalierStyle::polish(QApplication *application)
{
    QProxyStyle::polish(application);
    application->installEventFilter(this);
}

void EspalierStyle::unpolish(QApplication *application)
{
    application->removeEventFilter(this);
    QProxyStyle::unpolish(application);
}

bool EspalierStyle::eventFilter(QObject *watched, QEvent *event)
{
    const QEvent::Type type = event->type();
    const bool isKey = type == QEvent::KeyPress || type == QEvent::KeyRelease || type == QEvent::ShortcutOverride;
    if (isKey && static_cast<QKeyEvent *>(event)->key() == Qt::Key_Alt)
        showMnemonics(type != QEvent::KeyRelease);
    else if (type == QEvent::WindowDeactivate && !QApplication::activePopupWidget())
        showMnemonics(false);
    return QProxyStyle::eventFilter(watched, event);
}

void EspalierStyle::showMnemonics(bool shows)
{
    if (m_showsMnemonics == shows)
        return;
    m_showsMnemonics = shows;
    const QWidgetList windows = QApplication::topLevelWidgets();
    for (QWidget *window : windows) {
        if (!window->isVisible())
            continue;
        const auto widgets = window->findChildren<QWidget *>();
        for (QWidget *widget : widgets) {
            if (qobject_cast<QMenuBar *>(widget) || qobject_cast<QAbstractButton *>(widget)
                || qobject_cast<QLabel *>(widget) || qobject_cast<QTabBar *>(widget))
                widget->update();
        }
        window->update();
    }
}

} // namespace espalier
