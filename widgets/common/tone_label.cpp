// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/common/tone_label.h"

#include "widgets/common/theme_manager.h"

namespace espalier {
namespace {

QColor colourOf(Tone tone)
{
    const Theme &theme = Theme::current();
    switch (tone) {
    case Tone::Muted:
        return theme.muted;
    case Tone::Ok:
        return theme.okText;
    case Tone::Warning:
        return theme.warningText;
    case Tone::Error:
        return theme.errorText;
    default:
        return theme.text;
    }
}

} // namespace

ToneLabel::ToneLabel(const QString &text, Tone tone, TextSize size, TextWeight weight, QWidget *parent)
    : QLabel(text, parent)
    , m_tone(tone)
    , m_size(size)
    , m_weight(weight)
{
    setTextFormat(Qt::PlainText); // what comes from files is never taken for markup
    connect(&ThemeManager::instance(), &ThemeManager::changed, this, &ToneLabel::follow);
    follow();
}

void ToneLabel::setTone(Tone tone)
{
    m_tone = tone;
    follow();
}

void ToneLabel::setWeight(TextWeight weight)
{
    m_weight = weight;
    follow();
}

void ToneLabel::follow()
{
    const Theme &theme = Theme::current();
    setFont(theme.font(m_size, m_weight));
    QPalette palette = theme.palette();
    palette.setColor(QPalette::WindowText, colourOf(m_tone));
    palette.setColor(QPalette::Disabled, QPalette::WindowText, theme.faint);
    setPalette(palette);
}

} // namespace espalier
