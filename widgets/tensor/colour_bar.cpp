// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/colour_bar.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"
#include "widgets/common/theme_manager.h"

#include <QtGui/QPainter>

namespace espalier {

ColourBar::ColourBar(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&ThemeManager::instance(), &ThemeManager::changed, this, [this] {
        updateGeometry();
        update();
    });
    setScale(m_scale, m_range);
}

void ColourBar::setScale(ColourScale scale, const ValueRange &range, bool marks)
{
    m_scale = scale;
    m_range = range.on(scale);
    m_hasMarks = marks;
    setToolTip(marks ? tr("What the colours mean: from %1 to %2.")
                           .arg(formatNumber(m_range.minimum), formatNumber(m_range.maximum))
                     : tr("Each picture is spread over the whole scale, from its least to its greatest value."));
    setAccessibleName(tr("Colour scale"));
    setAccessibleDescription(toolTip());
    update();
}

QSize ColourBar::sizeHint() const
{
    return {Theme::current().px(216), Theme::current().px(24)};
}

void ColourBar::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    const ColourMap map(m_scale, theme.isDark);
    const int words = theme.px(52);
    const int high = theme.px(10);
    const QRect bar(words, (height() - high) / 2, width() - 2 * words, high);
    for (int x = 0; x < bar.width(); ++x)
        painter.fillRect(bar.left() + x, bar.top(), 1, bar.height(), QColor(map.at(x / double(bar.width() - 1))));
    painter.setPen(theme.line);
    painter.drawRect(bar.adjusted(0, 0, -1, -1));
    painter.setFont(theme.font(TextSize::Caption));
    painter.setPen(theme.muted);
    const int gap = theme.space(Space::Tiny);
    const QString low = m_hasMarks ? formatNumber(m_range.minimum) : tr("low");
    const QString great = m_hasMarks ? formatNumber(m_range.maximum) : tr("high");
    drawFigures(&painter, QRectF(0, 0, words - gap, height()), Qt::AlignRight | Qt::AlignVCenter, low);
    drawFigures(&painter, QRectF(bar.right() + 1 + gap, 0, words - gap, height()), Qt::AlignLeft | Qt::AlignVCenter,
                great);
}

} // namespace espalier
