// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/bar_chart.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr int kRow = 22; ///< px of the drawn targets
constexpr int kBar = 10;

} // namespace

BarChart::BarChart(QWidget *parent)
    : ChartView(parent)
{
}

void BarChart::setBars(const QList<ChartBar> &bars, const QColor &colour)
{
    m_bars = bars;
    m_colour = colour;
    QStringList spoken;
    double all = 0;
    for (const ChartBar &bar : bars)
        all += bar.value;
    for (const ChartBar &bar : bars)
        spoken
            << tr("%1: %2, %3").arg(bar.label, formatNumber(bar.value), formatPercent(all > 0 ? bar.value / all : 0));
    setAccessibleDescription(spoken.join(u"; "_s));
    updateGeometry();
    update();
}

QSize BarChart::sizeHint() const
{
    const Theme &theme = Theme::current();
    const int rows = int(std::min<qsizetype>(m_bars.size(), 400));
    return {theme.px(320), titleHeight(theme) + rows * theme.px(kRow) + theme.space(Space::Small)};
}

void BarChart::render(QPainter &painter, const QRectF &rect)
{
    paintTitle(painter, rect);
    if (isEmpty()) {
        paintEmpty(painter, rect);
        return;
    }
    const Theme &theme = Theme::current();
    painter.setFont(theme.font(TextSize::Caption));
    const QFontMetricsF metrics(painter.font());
    const qreal inset = theme.space(Space::Medium);
    qreal labels = 0;
    qreal figures = 0;
    double most = 0;
    double all = 0;
    for (const ChartBar &bar : m_bars) {
        labels = std::max(labels, metrics.horizontalAdvance(bar.label));
        figures = std::max(figures, figuresWidth(painter.font(), formatNumber(bar.value)));
        most = std::max(most, bar.value);
        all += bar.value;
    }
    labels = std::min(labels, rect.width() * 0.35);
    const qreal shares = figuresWidth(painter.font(), formatPercent(0.888));
    const qreal left = rect.left() + inset + labels + theme.space(Space::Small);
    const qreal right = rect.right() - inset - shares - figures - 2.0 * theme.space(Space::Small);
    const qreal high = theme.px(kRow);
    QRectF row(rect.left() + inset, rect.top() + titleHeight(theme), rect.width() - 2 * inset, high);
    painter.setRenderHint(QPainter::Antialiasing);
    for (const ChartBar &bar : m_bars) {
        if (row.top() > rect.bottom())
            break;
        painter.setPen(theme.text);
        painter.drawText(QRectF(row.left(), row.top(), labels + 1, high), Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(bar.label, Qt::ElideRight, labels));
        const QRectF track(left, row.center().y() - theme.px(kBar) / 2.0, std::max(1.0, right - left), theme.px(kBar));
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.line);
        painter.drawRoundedRect(track, theme.px(2), theme.px(2));
        if (most > 0 && bar.value > 0) {
            painter.setBrush(m_colour);
            const QRectF filled(track.topLeft(),
                                QSizeF(std::max(2.0, track.width() * bar.value / most), track.height()));
            painter.drawRoundedRect(filled, theme.px(2), theme.px(2));
        }
        painter.setPen(theme.text);
        const QRectF value(right + theme.space(Space::Small), row.top(), figures, high);
        drawFigures(&painter, value, Qt::AlignRight | Qt::AlignVCenter, formatNumber(bar.value));
        painter.setPen(theme.muted);
        drawFigures(&painter, row, Qt::AlignRight | Qt::AlignVCenter, formatPercent(all > 0 ? bar.value / all : 0));
        row.translate(0, high);
    }
}

QString BarChart::csv() const
{
    QString text = u"label,value\n"_s;
    for (const ChartBar &bar : m_bars)
        text += csvField(bar.label) + u',' + csvNumber(bar.value) + u'\n';
    return text;
}

void BarChart::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(rect(), theme.panel);
    render(painter, QRectF(rect()));
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(theme.selection, 2));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), theme.sizes.radiusSmall,
                                theme.sizes.radiusSmall);
    }
}

} // namespace espalier
