// SPDX-License-Identifier: GPL-3.0-or-later
// The icons of resources/icons: drawn on a 16 px grid in one stroke weight, in whatever colour is asked for.
#pragma once

#include <QtCore/QRectF>
#include <QtCore/QString>
#include <QtGui/QColor>
#include <QtGui/QIcon>
#include <QtGui/QPixmap>

class QPainter;

namespace espalier {

/// Names of all icons, sorted.
QStringList iconNames();

bool hasIcon(const QString &name);

/// The icon as a crisp picture of `size` logical px for screens with `ratio` device px in each. Cached. An unknown name
/// gives the question mark. GUI thread only, as are all functions here.
QPixmap iconPixmap(const QString &name, const QColor &colour, int size = 16, qreal ratio = 1);

/// An icon for buttons and menus, drawn when it is shown: in the text colour of the theme in force (faint when
/// disabled, on accented buttons onAccent), or always in `colour` if that is valid.
QIcon icon(const QString &name, const QColor &colour = {});

/// Draws the icon into `rect` with the painter's device ratio and transform taken into account.
void drawIcon(QPainter *painter, const QRectF &rect, const QString &name, const QColor &colour);

/// Draws the rounded square in `colour` that says what category a thing is, with the icon in white.
void drawCategorySquare(QPainter *painter, const QRectF &rect, const QString &name, const QColor &colour);

/// The same square as an icon of `size` px, for lists and titles.
QPixmap categoryPixmap(const QString &name, const QColor &colour, int size = 16, qreal ratio = 1);

/// Which icon a kind of thing has, from resources/icons/kinds.json: the kind's own, else its category's.
QString iconOfKind(const QString &kind, const QString &category);

/// The program's own icon, in all sizes that window managers ask for.
QIcon applicationIcon();

} // namespace espalier
