// SPDX-License-Identifier: GPL-3.0-or-later
// What EspalierStyle paints, part by part. Each function paints one element from the theme in force; who returns bool
// says whether the element was one of its own.
#pragma once

#include <QtCore/QRectF>
#include <QtGui/QColor>
#include <QtWidgets/QStyle>

class QPainter;
class QStyleOption;
class QStyleOptionComplex;
class QWidget;

namespace espalier {

/// A rounded box with a border of 1 px inside of `rect`. An invalid colour leaves that part out.
void paintBox(QPainter *painter, const QRectF &rect, const QColor &fill, const QColor &border, qreal radius);

/// The ring of 2 px that shows where the keyboard is, inside of `rect`.
void paintFocusRing(QPainter *painter, const QRectF &rect, qreal radius);

/// Text of one line or more with the mnemonic as the option asks, in `colour`.
void paintText(QPainter *painter, const QRect &rect, int flags, const QString &text, const QColor &colour);

bool isAccented(const QStyleOption *option, const QWidget *widget);

/// An icon in `colour` if it is one of ours, else as it comes.
void paintIcon(QPainter *painter, const QRect &rect, const QIcon &icon, const QColor &colour, bool isEnabled);

// style_buttons.cpp
void paintPushButton(const QStyleOption *option, QPainter *painter, const QWidget *widget);
void paintPushButtonLabel(const QStyleOption *option, QPainter *painter, const QWidget *widget, const QStyle *style);
void paintToolButton(const QStyleOptionComplex *option, QPainter *painter, const QWidget *widget, const QStyle *style);
void paintCheckMark(const QStyleOption *option, QPainter *painter, const QWidget *widget);
void paintRadioMark(const QStyleOption *option, QPainter *painter);

// style_fields.cpp
void paintField(QPainter *painter, const QRectF &rect, QStyle::State state, const QWidget *widget);
bool paintFieldControl(QStyle::ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                       const QWidget *widget, const QStyle *style);
QRect fieldPart(QStyle::ComplexControl control, const QStyleOptionComplex *option, QStyle::SubControl part);
void paintComboLabel(const QStyleOption *option, QPainter *painter, const QStyle *style, const QWidget *widget);

// style_bars.cpp
bool paintBarElement(QStyle::ControlElement element, const QStyleOption *option, QPainter *painter,
                     const QWidget *widget, const QStyle *style);
void paintTabShape(const QStyleOption *option, QPainter *painter, const QWidget *widget);
void paintTabLabel(const QStyleOption *option, QPainter *painter, const QWidget *widget, const QStyle *style);
QSize tabSize(const QStyleOption *option, const QWidget *widget);
void paintProgress(const QStyleOption *option, QPainter *painter);

// style_views.cpp
bool paintViewPrimitive(QStyle::PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                        const QWidget *widget);
void paintScrollBar(const QStyleOptionComplex *option, QPainter *painter);
QRect scrollBarPart(const QStyleOptionComplex *option, QStyle::SubControl part);
void paintSlider(const QStyleOptionComplex *option, QPainter *painter, const QWidget *widget, const QStyle *style);

} // namespace espalier
