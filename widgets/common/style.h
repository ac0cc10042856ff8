// SPDX-License-Identifier: GPL-3.0-or-later
// The style of all controls: Fusion's behaviour, painted from the theme in force. No style sheets.
#pragma once

#include <QtWidgets/QProxyStyle>

namespace espalier {

/// Set this property to true on a button that is the one thing to do next ("Train"). A default button is one too.
inline constexpr char kAccentProperty[] = "accent";

/// Set this property to true on a check box that should look like a switch.
inline constexpr char kSwitchProperty[] = "switch";

/// Set this property to true on a field whose value can't be used: its edge turns red.
inline constexpr char kProblemProperty[] = "problem";

/// Paints every control. Further conventions: tool buttons with autoRaise are flat, others have a face; tab bars in
/// document mode look like sheets on the canvas, others are words underlined by the accent; progress bars lower than
/// 12 px are a bare line.
class EspalierStyle : public QProxyStyle {
    Q_OBJECT
public:
    EspalierStyle();

    void drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget = nullptr) const override;
    void drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                     const QWidget *widget = nullptr) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                            const QWidget *widget = nullptr) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                         const QWidget *widget = nullptr) const override;
    QRect subElementRect(SubElement element, const QStyleOption *option,
                         const QWidget *widget = nullptr) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &contents,
                           const QWidget *widget = nullptr) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption *option = nullptr,
                    const QWidget *widget = nullptr) const override;
    int styleHint(StyleHint hint, const QStyleOption *option = nullptr, const QWidget *widget = nullptr,
                  QStyleHintReturn *answer = nullptr) const override;
    QIcon standardIcon(StandardPixmap which, const QStyleOption *option = nullptr,
                       const QWidget *widget = nullptr) const override;
    QPalette standardPalette() const override;
    void polish(QWidget *widget) override;
    void polish(QApplication *application) override;
    void unpolish(QApplication *application) override;
    using QProxyStyle::polish;
    using QProxyStyle::unpolish;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void showMnemonics(bool shows);

    bool m_showsMnemonics = false; ///< while Alt is held
};

} // namespace espalier
