// SPDX-License-Identifier: GPL-3.0-or-later
// Fields that are typed or chosen in: line edits, spin boxes, combo boxes.
#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/style_parts.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QStyleOption>
#include <QtWidgets/QWidget>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

int markWidth()
{
    return Theme::current().sizes.hit;
}

QRect markRect(const QStyleOption *option)
{
    return QStyle::visualRect(
        option->direction, option->rect,
        QRect(option->rect.right() + 1 - markWidth() - 2, option->rect.top(), markWidth(), option->rect.height()));
}

QRect textRect(const QStyleOption *option, bool hasMark)
{
    const Theme &theme = Theme::current();
    QRect rect = option->rect.adjusted(theme.space(Space::Small), 1, -theme.space(Space::Small), -1);
    if (hasMark)
        rect.setRight(option->rect.right() - markWidth() - 2);
    return QStyle::visualRect(option->direction, option->rect, rect);
}

void paintMark(QPainter *painter, const QStyleOption *option, const QString &name, int size)
{
    const Theme &theme = Theme::current();
    QRectF square(0, 0, size, size);
    square.moveCenter(QRectF(markRect(option)).center());
    drawIcon(painter, square, name, option->state & QStyle::State_Enabled ? theme.muted : theme.faint);
}

QRect spinPart(const QStyleOptionComplex *option, QStyle::SubControl part)
{
    const auto *spin = qstyleoption_cast<const QStyleOptionSpinBox *>(option);
    const bool hasButtons = !spin || spin->buttonSymbols != QAbstractSpinBox::NoButtons;
    const QRect mark = hasButtons ? markRect(option) : QRect();
    switch (part) {
    case QStyle::SC_SpinBoxUp:
        return mark.adjusted(0, 0, 0, -mark.height() / 2);
    case QStyle::SC_SpinBoxDown:
        return mark.adjusted(0, mark.height() - mark.height() / 2, 0, 0);
    case QStyle::SC_SpinBoxEditField:
        return textRect(option, hasButtons);
    default:
        return option->rect;
    }
}

QRect comboPart(const QStyleOptionComplex *option, QStyle::SubControl part)
{
    switch (part) {
    case QStyle::SC_ComboBoxArrow:
        return markRect(option);
    case QStyle::SC_ComboBoxEditField:
        return textRect(option, true);
    default:
        return option->rect;
    }
}

} // namespace

void paintField(QPainter *painter, const QRectF &rect, QStyle::State state, const QWidget *widget)
{
    const Theme &theme = Theme::current();
    const bool isEnabled = state & QStyle::State_Enabled;
    const bool hasProblem = widget && widget->property(kProblemProperty).toBool();
    const QColor fill = !isEnabled ? theme.panel : state & QStyle::State_MouseOver ? theme.hover : theme.raised;
    const QColor edge = hasProblem ? theme.error : isEnabled ? theme.edge : theme.line;
    paintBox(painter, rect, fill, edge, theme.sizes.radiusControl);
    if (state & QStyle::State_HasFocus)
        paintFocusRing(painter, rect, theme.sizes.radiusControl);
}

bool paintFieldControl(QStyle::ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                       const QWidget *widget, const QStyle *)
{
    if (control == QStyle::CC_SpinBox) {
        const auto *spin = qstyleoption_cast<const QStyleOptionSpinBox *>(option);
        if (!spin || spin->frame)
            paintField(painter, option->rect, option->state, widget);
        if (!spin || spin->buttonSymbols != QAbstractSpinBox::NoButtons)
            paintMark(painter, option, u"spin"_s, Theme::current().px(14));
        return true;
    }
    if (control == QStyle::CC_ComboBox) {
        const auto *combo = qstyleoption_cast<const QStyleOptionComboBox *>(option);
        if (!combo || combo->frame)
            paintField(painter, option->rect, option->state, widget);
        paintMark(painter, option, u"triangle-down"_s, Theme::current().px(12));
        return true;
    }
    return false;
}

QRect fieldPart(QStyle::ComplexControl control, const QStyleOptionComplex *option, QStyle::SubControl part)
{
    return control == QStyle::CC_SpinBox ? spinPart(option, part) : comboPart(option, part);
}

void paintComboLabel(const QStyleOption *option, QPainter *painter, const QStyle *style, const QWidget *widget)
{
    const auto *combo = qstyleoption_cast<const QStyleOptionComboBox *>(option);
    if (!combo || combo->editable)
        return;
    const Theme &theme = Theme::current();
    QRect rect = style->subControlRect(QStyle::CC_ComboBox, combo, QStyle::SC_ComboBoxEditField, widget);
    rect.adjust(theme.px(2), 0, 0, 0);
    if (!combo->currentIcon.isNull()) {
        const QRect square(QPoint(rect.left(), rect.center().y() - combo->iconSize.height() / 2 + 1), combo->iconSize);
        paintIcon(painter, square, combo->currentIcon, {}, option->state & QStyle::State_Enabled);
        rect.setLeft(square.right() + theme.space(Space::Small));
    }
    const QString text = painter->fontMetrics().elidedText(combo->currentText, Qt::ElideRight, rect.width());
    paintText(painter, rect, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, text,
              option->palette.color(QPalette::ButtonText)); // the placeholder's colour where nothing is chosen
}

} // namespace espalier
