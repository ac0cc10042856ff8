// SPDX-License-Identifier: GPL-3.0-or-later
// Buttons, check marks, switches, and the strokes that all parts of the style share.
#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/style_parts.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QStyleOption>
#include <QtWidgets/QWidget>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

struct Face {
    QColor fill;
    QColor border;
    QColor text;
};

Face accentFace(const Theme &theme, QStyle::State state)
{
    if (!(state & QStyle::State_Enabled))
        return {theme.raised, theme.line, theme.faint};
    if (state & QStyle::State_Sunken)
        return {mixed(theme.accent, theme.onAccent, 0.88), {}, theme.onAccent};
    // In the light the accent carries white text: only darker keeps the contrast.
    const QColor hovered = theme.isDark ? mixed(Qt::white, theme.accent, 0.12) : mixed(Qt::black, theme.accent, 0.1);
    return {state & QStyle::State_MouseOver ? hovered : theme.accent, {}, theme.onAccent};
}

Face plainFace(const Theme &theme, QStyle::State state, bool isFlat)
{
    Face face{isFlat ? QColor() : theme.raised, isFlat ? QColor() : theme.line, theme.text};
    if (!(state & QStyle::State_Enabled)) {
        face.text = theme.faint;
        return face;
    }
    if (state & QStyle::State_MouseOver)
        face.fill = theme.hover;
    if (state & (QStyle::State_Sunken | QStyle::State_On))
        face.fill = mixed(theme.text, theme.hover, 0.08);
    if (state & QStyle::State_On)
        face.border = theme.edge;
    return face;
}

Face faceOf(const QStyleOption *option, const QWidget *widget, bool isFlat)
{
    const Theme &theme = Theme::current();
    return isAccented(option, widget) ? accentFace(theme, option->state) : plainFace(theme, option->state, isFlat);
}

void paintFace(QPainter *painter, const QStyleOption *option, const Face &face)
{
    const Theme &theme = Theme::current();
    paintBox(painter, option->rect, face.fill, face.border, theme.sizes.radiusControl);
    if (option->state & QStyle::State_HasFocus)
        paintFocusRing(painter, option->rect, theme.sizes.radiusControl);
}

void paintSwitch(const QStyleOption *option, QPainter *painter)
{
    const Theme &theme = Theme::current();
    const bool isOn = option->state & QStyle::State_On;
    const bool isEnabled = option->state & QStyle::State_Enabled;
    const QRectF track = QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5);
    const qreal radius = track.height() / 2;
    const QColor edge = isEnabled ? theme.edge : theme.line;
    paintBox(painter, option->rect, isOn && isEnabled ? theme.text : theme.raised, edge, radius);
    QRectF knob(0, 0, track.height() - 6, track.height() - 6);
    const bool isPartly = option->state & QStyle::State_NoChange;
    const qreal x = isPartly ? track.center().x() : isOn ? track.right() - radius : track.left() + radius;
    knob.moveCenter(QPointF(x, track.center().y()));
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(isOn && isEnabled ? theme.panel : isEnabled ? theme.muted : theme.faint);
    painter->drawEllipse(knob);
    painter->restore();
}

QRect iconRect(const QRect &rect, int size)
{
    return QStyle::alignedRect(Qt::LeftToRight, Qt::AlignCenter, QSize(size, size), rect);
}

/// A small triangle at the right: this button opens a menu.
void paintMenuMark(QPainter *painter, const QRect &rect, const QColor &colour)
{
    const int size = Theme::current().px(12);
    drawIcon(painter, iconRect(rect, size), u"triangle-down"_s, colour);
}

struct Label {
    QString text;
    QIcon icon;
    QSize iconSize;
    bool hasMenu = false;
};

/// Icon and text side by side in the middle of `rect`; the mark of a menu at the end.
void paintLabel(QPainter *painter, QRect rect, const Label &label, const QColor &colour, QStyle::State state, int flags)
{
    const Theme &theme = Theme::current();
    if (label.hasMenu) {
        paintMenuMark(painter, QRect(rect.right() - theme.px(16), rect.top(), theme.px(14), rect.height()),
                      theme.muted);
        rect.adjust(0, 0, -theme.px(14), 0);
    }
    const int gap = label.icon.isNull() || label.text.isEmpty() ? 0 : theme.space(Space::Small);
    const int iconWidth = label.icon.isNull() ? 0 : label.iconSize.width();
    const int textWidth
        = std::min(painter->fontMetrics().size(flags, label.text).width(), rect.width() - iconWidth - gap);
    int x = rect.center().x() - (iconWidth + gap + textWidth) / 2 + 1;
    if (iconWidth > 0) {
        const QRect square(x, rect.center().y() - label.iconSize.height() / 2 + (rect.height() % 2 ? 0 : 1), iconWidth,
                           label.iconSize.height());
        paintIcon(painter, square, label.icon, colour, state & QStyle::State_Enabled);
        x += iconWidth + gap;
    }
    paintText(painter, QRect(x, rect.top(), textWidth + 1, rect.height()), flags | Qt::AlignVCenter, label.text,
              colour);
}

int mnemonicFlag(const QStyleOption *option, const QWidget *widget, const QStyle *style)
{
    return style->styleHint(QStyle::SH_UnderlineShortcut, option, widget) ? Qt::TextShowMnemonic : Qt::TextHideMnemonic;
}

} // namespace

void paintBox(QPainter *painter, const QRectF &rect, const QColor &fill, const QColor &border, qreal radius)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    painter->setPen(border.isValid() ? QPen(border, 1) : QPen(Qt::NoPen));
    const qreal inset = border.isValid() ? 0.5 : 0;
    painter->drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius);
    painter->restore();
}

void paintFocusRing(QPainter *painter, const QRectF &rect, qreal radius)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(Theme::current().selection, 2));
    painter->drawRoundedRect(rect.adjusted(1, 1, -1, -1), std::max(0.0, radius - 0.5), std::max(0.0, radius - 0.5));
    painter->restore();
}

void paintText(QPainter *painter, const QRect &rect, int flags, const QString &text, const QColor &colour)
{
    const QPen before = painter->pen();
    painter->setPen(colour);
    painter->drawText(rect, flags, text);
    painter->setPen(before);
}

bool isAccented(const QStyleOption *option, const QWidget *widget)
{
    if (widget && widget->property(kAccentProperty).toBool())
        return true;
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    return button && (button->features & QStyleOptionButton::DefaultButton);
}

void paintIcon(QPainter *painter, const QRect &rect, const QIcon &icon, const QColor &colour, bool isEnabled)
{
    if (hasIcon(icon.name()) && colour.isValid())
        drawIcon(painter, rect, icon.name(), colour);
    else
        icon.paint(painter, rect, Qt::AlignCenter, isEnabled ? QIcon::Normal : QIcon::Disabled);
}

void paintPushButton(const QStyleOption *option, QPainter *painter, const QWidget *widget)
{
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    paintFace(painter, option, faceOf(option, widget, button && (button->features & QStyleOptionButton::Flat)));
}

void paintPushButtonLabel(const QStyleOption *option, QPainter *painter, const QWidget *widget, const QStyle *style)
{
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    if (!button)
        return;
    const Face face = faceOf(option, widget, button->features & QStyleOptionButton::Flat);
    painter->save();
    if (isAccented(option, widget)) {
        QFont font = painter->font();
        font.setWeight(QFont::DemiBold);
        painter->setFont(font);
    }
    const Label label{button->text, button->icon, button->iconSize,
                      static_cast<bool>(button->features & QStyleOptionButton::HasMenu)};
    paintLabel(painter, option->rect, label, face.text, option->state, mnemonicFlag(option, widget, style));
    painter->restore();
}

void paintToolButton(const QStyleOptionComplex *option, QPainter *painter, const QWidget *widget, const QStyle *style)
{
    const auto *button = qstyleoption_cast<const QStyleOptionToolButton *>(option);
    if (!button)
        return;
    const Face face = faceOf(option, widget, option->state & QStyle::State_AutoRaise);
    paintFace(painter, option, face);
    Label label;
    if (button->toolButtonStyle != Qt::ToolButtonTextOnly)
        label.icon = button->icon;
    if (button->toolButtonStyle != Qt::ToolButtonIconOnly || button->icon.isNull())
        label.text = button->text;
    label.iconSize = button->iconSize;
    label.hasMenu = button->features & (QStyleOptionToolButton::HasMenu | QStyleOptionToolButton::MenuButtonPopup)
        && !label.text.isEmpty();
    painter->save();
    painter->setFont(button->font);
    if (button->arrowType != Qt::NoArrow && button->icon.isNull() && button->text.isEmpty()) {
        const QString names[] = {{}, u"chevron-up"_s, u"chevron-down"_s, u"chevron-left"_s, u"chevron-right"_s};
        drawIcon(painter, iconRect(option->rect, Theme::current().sizes.icon), names[button->arrowType], face.text);
    } else {
        paintLabel(painter, option->rect, label, face.text, option->state, mnemonicFlag(option, widget, style));
    }
    painter->restore();
}

void paintCheckMark(const QStyleOption *option, QPainter *painter, const QWidget *widget)
{
    if (widget && widget->property(kSwitchProperty).toBool())
        return paintSwitch(option, painter);
    const Theme &theme = Theme::current();
    const bool isEnabled = option->state & QStyle::State_Enabled;
    const bool isSet = option->state & (QStyle::State_On | QStyle::State_NoChange);
    const QColor fill = isSet && isEnabled                     ? theme.text
        : option->state & QStyle::State_MouseOver && isEnabled ? theme.hover
                                                               : theme.raised;
    paintBox(painter, option->rect, fill, isEnabled ? theme.edge : theme.line, theme.sizes.radiusSmall);
    if (isSet) {
        const QString mark = option->state & QStyle::State_NoChange ? u"minus"_s : u"check"_s;
        drawIcon(painter, QRectF(option->rect).adjusted(1, 1, -1, -1), mark, isEnabled ? theme.panel : theme.faint);
    }
}

void paintRadioMark(const QStyleOption *option, QPainter *painter)
{
    const Theme &theme = Theme::current();
    const bool isEnabled = option->state & QStyle::State_Enabled;
    const QRectF circle(option->rect);
    const QColor fill = option->state & QStyle::State_MouseOver && isEnabled ? theme.hover : theme.raised;
    paintBox(painter, circle, fill, isEnabled ? theme.edge : theme.line, circle.width() / 2);
    if (option->state & QStyle::State_On) {
        const qreal inset = circle.width() * 0.28;
        paintBox(painter, circle.adjusted(inset, inset, -inset, -inset), isEnabled ? theme.text : theme.faint, {},
                 circle.width() / 2);
    }
}

} // namespace espalier
