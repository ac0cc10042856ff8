// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/scatter_view.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtGui/QAccessible>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr int kTicks = 4;
constexpr qreal kReach = 12; ///< px within which a point is meant
constexpr qreal kRadius = 3;

/// 1, 2 or 5 times a power of ten: about so many ticks over a span.
double tickStep(double span)
{
    const double rough = span / kTicks;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double times = rough / power;
    return power * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

bool isFinite(const QPointF &point)
{
    return std::isfinite(point.x()) && std::isfinite(point.y());
}

} // namespace

ScatterView::ScatterView(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setMinimumSize(Theme::current().px(160), Theme::current().px(120));
    setAccessibleName(tr("Predicted against true"));
}

void ScatterView::setPoints(const QList<QPointF> &points, const QColor &colour)
{
    m_points = points;
    m_colour = colour;
    m_low = HUGE_VAL;
    m_high = -HUGE_VAL;
    for (const QPointF &point : points) {
        if (!isFinite(point))
            continue;
        m_low = std::min({m_low, point.x(), point.y()});
        m_high = std::max({m_high, point.x(), point.y()});
    }
    if (!(m_low < m_high)) {
        m_low = std::isfinite(m_low) ? m_low - 1 : 0;
        m_high = m_low + 2;
    }
    m_current = -1;
    update();
}

QRectF ScatterView::plot() const
{
    const Theme &theme = Theme::current();
    return QRectF(rect()).adjusted(theme.px(56), theme.px(8), -theme.px(12), -theme.px(36));
}

QPointF ScatterView::placeOf(int index) const
{
    const QRectF area = plot();
    const QPointF point = m_points.value(index);
    const auto share = [this](double value) { return (value - m_low) / (m_high - m_low); };
    return {area.left() + share(point.x()) * area.width(), area.bottom() - share(point.y()) * area.height()};
}

int ScatterView::nearest(const QPointF &at) const
{
    int best = -1;
    qreal reach = kReach * kReach;
    for (int i = 0; i < m_points.size(); ++i) {
        if (!isFinite(m_points[i]))
            continue;
        const QPointF off = placeOf(i) - at;
        const qreal distance = QPointF::dotProduct(off, off);
        if (distance < reach) {
            reach = distance;
            best = i;
        }
    }
    return best;
}

QString ScatterView::textOf(int index) const
{
    if (index < 0)
        return {};
    const QPointF point = m_points[index];
    return tr("true %1, predicted %2, off by %3")
        .arg(formatNumber(point.x()), formatNumber(point.y()), formatNumber(point.y() - point.x()));
}

void ScatterView::setCurrent(int index)
{
    if (index == m_current)
        return;
    m_current = index;
    setAccessibleDescription(textOf(index));
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
    emit told(textOf(index));
    update();
}

void ScatterView::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    const QRectF area = plot();
    painter.setFont(theme.font(TextSize::Caption));
    const double step = tickStep(m_high - m_low);
    for (int i = 0; i <= 3 * kTicks; ++i) {
        const double value = (std::ceil(m_low / step) + i) * step;
        const double share = (value - m_low) / (m_high - m_low);
        if (!(share <= 1))
            break;
        const QString text = formatTick(value);
        const qreal y = std::round(area.bottom() - share * area.height()) + 0.5;
        const qreal x = area.left() + share * area.width();
        painter.setPen(theme.line);
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(theme.muted);
        drawFigures(&painter, QRectF(0, y - 10, area.left() - theme.space(Space::Small), 20),
                    Qt::AlignRight | Qt::AlignVCenter, text);
        drawFigures(&painter, QRectF(x - 40, area.bottom() + 2, 80, theme.px(16)), Qt::AlignHCenter | Qt::AlignVCenter,
                    text);
    }
    painter.drawText(QRectF(area.left(), area.bottom() + theme.px(18), area.width(), theme.px(16)), Qt::AlignCenter,
                     tr("true value"));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.muted, 1, Qt::DashLine));
    painter.drawLine(area.bottomLeft(), area.topRight());
    QColor fill = m_colour.isValid() ? m_colour : theme.seriesColour(0);
    fill.setAlphaF(0.6F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    for (int i = 0; i < m_points.size(); ++i)
        if (isFinite(m_points[i]))
            painter.drawEllipse(placeOf(i), kRadius, kRadius);
    if (m_current >= 0) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(theme.selection, 2));
        painter.drawEllipse(placeOf(m_current), kRadius + 3, kRadius + 3);
    }
    if (hasFocus()) {
        painter.setPen(QPen(theme.selection, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void ScatterView::mousePressEvent(QMouseEvent *event)
{
    const int hit = nearest(event->position());
    setCurrent(hit);
    if (hit >= 0)
        emit chosen(hit);
}

void ScatterView::mouseMoveEvent(QMouseEvent *event)
{
    setCurrent(nearest(event->position()));
}

void ScatterView::leaveEvent(QEvent *)
{
    if (!hasFocus())
        setCurrent(-1);
}

void ScatterView::keyPressEvent(QKeyEvent *event)
{
    const int count = int(m_points.size());
    const bool isForward = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down;
    const bool isBack = event->key() == Qt::Key_Left || event->key() == Qt::Key_Up;
    if ((isForward || isBack) && count > 0)
        setCurrent(std::clamp(m_current + (isForward ? 1 : -1), 0, count - 1));
    else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && m_current >= 0)
        emit chosen(m_current);
    else
        QWidget::keyPressEvent(event);
}

} // namespace espalier
