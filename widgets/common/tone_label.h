// SPDX-License-Identifier: GPL-3.0-or-later
// A label whose colour and size are roles of the theme, and stay right when the theme changes.
#pragma once

#include "widgets/common/theme.h"

#include <QtWidgets/QLabel>

namespace espalier {

enum class Tone { Text, Muted, Ok, Warning, Error };

class ToneLabel : public QLabel {
    Q_OBJECT
public:
    explicit ToneLabel(const QString &text = {}, Tone tone = Tone::Text, TextSize size = TextSize::Body,
                       TextWeight weight = TextWeight::Regular, QWidget *parent = nullptr);

    void setTone(Tone tone);
    void setWeight(TextWeight weight);

private:
    void follow();

    Tone m_tone;
    TextSize m_size;
    TextWeight m_weight;
};

} // namespace espalier
