// SPDX-License-Identifier: GPL-3.0-or-later
// The look as plain data: colours by meaning, sizes and type that grow with the application's font. Widgets read
// colours and sizes from here and nowhere else.
#pragma once

#include <QtCore/QHash>
#include <QtCore/QList>
#include <QtCore/QString>
#include <QtGui/QColor>
#include <QtGui/QFont>
#include <QtGui/QPalette>

namespace espalier {

/// Sizes of type: caption 11, body 13, heading 15, title 20, hero 28 px at a 13 px font.
enum class TextSize { Caption, Body, Heading, Title, Hero };

enum class TextWeight { Regular, Strong };

/// Steps between things: 4, 8, 12, 16, 24, 32 px at a 13 px font.
enum class Space { Tiny, Small, Medium, Large, Wide, Huge };

/// Lengths in whole logical pixels, scaled with the application's font.
struct ThemeSizes {
    int toolbar = 48;
    int tabs = 34;
    int control = 30;
    int row = 28;
    int status = 26;
    int icon = 16;
    int hit = 24; ///< nothing that can be clicked is smaller
    int port = 10;
    int portHit = 24;
    int wire = 2;
    int node = 168;
    qreal radiusControl = 6;
    qreal radiusNode = 8;
    qreal radiusSmall = 4;
};

/// One theme. A value: copying is cheap enough to keep one per widget, but reading Theme::current() when painting is
/// the usual way.
struct Theme {
    QString name; ///< "dark" or "light"
    bool isDark = false;
    bool isHighContrast = false;
    bool reducesMotion = false;
    qreal scale = 1; ///< the application's font in px / 13

    // Three surfaces and the two lines between them.
    QColor canvas; ///< behind the drawing
    QColor grid; ///< its dots
    QColor panel; ///< docks, bars, window
    QColor raised; ///< controls, menus
    QColor node; ///< the card of a node: raised in the dark, panel in the light
    QColor hover; ///< a surface under the pointer, the current row
    QColor line; ///< 1 px between surfaces
    QColor edge; ///< 1 px round inputs; 3 : 1 and more

    QColor text;
    QColor muted; ///< second voice, placeholders
    QColor faint; ///< marks and disabled text only
    QColor accent; ///< the one thing to do next; never a colour of text
    QColor onAccent; ///< text on it
    QColor selection; ///< selection and focus; never a colour of text
    QColor ok; ///< marks
    QColor okText;
    QColor warning; ///< marks
    QColor warningText;
    QColor error; ///< marks
    QColor errorText;

    QList<QColor> series; ///< eight, for runs
    QList<QColor> frames; ///< for frames behind nodes: outlines; see frameFill
    QHash<QString, QColor> categories;
    QHash<QString, QColor> ports;

    ThemeSizes sizes;
    QList<int> spacings; ///< by Space
    QList<int> textSizes; ///< px by TextSize
    int hoverMs = 80; ///< duration of hover changes; 0 when motion is reduced
    int panelMs = 160; ///< duration of panels that open, layouts that glide; 0 when motion is reduced

    /// The theme in force. GUI thread only; the reference stays valid, its contents change with
    /// ThemeManager::changed().
    static const Theme &current();

    /// Reads "dark" or "light" with sizes for a font of `fontPixels` px. Other names give "light".
    static Theme load(const QString &name, qreal fontPixels = 13, bool highContrast = false,
                      bool reducedMotion = false);

    /// Colour of a category by its role ("convolution") or its name in a catalogue ("Input & output"), whatever the
    /// case. Unknown ones are neutral.
    QColor category(const QString &name) const;

    /// Colour of a port by kind: "float", "integer", "bool", "label", "text", "any". Unknown ones look like "any".
    QColor port(const QString &kind) const;

    /// Colour of the run with this index; from the ninth on colours repeat and markers join (see seriesMarker).
    QColor seriesColour(int index) const;

    /// 0 for the first eight series, then 1, 2, …: which marker the curve bears.
    int seriesMarker(int index) const;

    QColor frameColour(int index) const;

    /// Ground of a frame: its colour, faint over the canvas.
    QColor frameFill(int index) const;

    int space(Space step) const { return spacings.at(static_cast<int>(step)); }

    QFont font(TextSize size = TextSize::Body, TextWeight weight = TextWeight::Regular) const;

    /// A length of the drawn targets (px at a 13 px font) in logical pixels, rounded.
    int px(qreal designPixels) const;

    QPalette palette() const;
};

/// `share` of `over`, the rest `under`; opaque.
QColor mixed(const QColor &over, const QColor &under, qreal share);

/// Contrast ratio by WCAG: 1 … 21.
qreal contrastRatio(const QColor &a, const QColor &b);

} // namespace espalier
