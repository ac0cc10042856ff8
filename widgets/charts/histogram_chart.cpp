// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/histogram_chart.h"

#include "widgets/charts/chart_accessible.h"
#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QPaintEngine>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {

HistogramChart::HistogramChart(QWidget *parent)
    : ChartView(parent)
{
}

void HistogramChart::setHistograms(std::shared_ptr<const HistogramSeries> series, const QColor &colour)
{
    m_series = std::move(series);
    m_colour = colour;
    m_pointed.reset();
    m_seen = {-1, 0};
    refresh();
    lookChanged();
}

void HistogramChart::refresh()
{
    const std::pair<qsizetype, qint64> now
        = isEmpty() ? std::pair<qsizetype, qint64>(0, 0) : std::pair(m_series->size(), m_series->last().step);
    if (now == m_seen)
        return;
    m_seen = now;
    if (m_pointed && *m_pointed >= now.first)
        m_pointed.reset();
    lookChanged();
}

void HistogramChart::setTimeCursor(std::optional<qint64> step)
{
    if (step == m_cursor)
        return;
    m_cursor = step;
    update();
}

bool HistogramChart::isEmpty() const
{
    return !m_series || m_series->isEmpty();
}

QRectF HistogramChart::below(const QRectF &rect) const
{
    const Theme &theme = Theme::current();
    return rect.adjusted(theme.space(Space::Medium), titleHeight(theme) + theme.space(Space::Tiny),
                         -theme.space(Space::Large), -theme.space(Space::Small));
}

void HistogramChart::render(QPainter &painter, const QRectF &rect)
{
    paintTitle(painter, rect);
    if (isEmpty()) {
        paintEmpty(painter, rect);
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    paintFrames(painter, below(rect));
}

QString HistogramChart::csv() const
{
    QString text = u"step,wall_time,left,right,count\n"_s;
    for (qsizetype i = 0; !isEmpty() && i < m_series->size(); ++i) {
        const HistogramFrame &frame = m_series->at(i);
        const QString head = QString::number(frame.step) + u',' + QString::number(frame.wallTime, 'f', 6) + u',';
        for (const HistogramBin &bin : frame.bins)
            text += head + csvNumber(double(bin.left)) + u',' + csvNumber(double(bin.right)) + u','
                + csvNumber(double(bin.count)) + u'\n';
    }
    return text;
}

QString HistogramChart::frameText(qsizetype frame) const
{
    const HistogramFrame &one = m_series->at(frame);
    const QString step = tr("step %1").arg(formatCount(one.step));
    if (one.bins.empty())
        return tr("%1 · no finite value").arg(step);
    return tr("%1 · median %2 · from %3 to %4")
        .arg(step, formatNumber(one.percentile(5000)), formatNumber(double(one.least())),
             formatNumber(double(one.greatest())));
}

std::vector<qsizetype> HistogramChart::chosenFrames(int most) const
{
    std::vector<qsizetype> chosen;
    const qsizetype all = m_series->size();
    const qsizetype count = std::min<qsizetype>(all, std::max(most, 2));
    for (qsizetype i = 0; i < count; ++i)
        chosen.push_back(count == 1 ? 0 : i * (all - 1) / (count - 1));
    return chosen;
}

std::pair<double, double> HistogramChart::valueRange(const std::vector<qsizetype> &frames) const
{
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const qsizetype i : frames) {
        const HistogramFrame &frame = m_series->at(i);
        if (frame.bins.empty())
            continue;
        low = std::min(low, frame.percentile(1));
        high = std::max(high, frame.percentile(9999));
    }
    if (!(low <= high))
        return {-1, 1};
    if (low == high) {
        const double room = low == 0 ? 1 : std::abs(low) * 0.1;
        return {low - room, high + room};
    }
    return {low, high};
}

HistogramChart::Axes HistogramChart::axesOverSteps(const QRectF &rect) const
{
    const Theme &theme = Theme::current();
    const QFont caption = theme.font(TextSize::Caption);
    const QFontMetricsF metrics(caption);
    Axes made;
    const auto [low, high] = valueRange(chosenFrames(256));
    std::tie(made.values.from, made.values.to) = roundEnds(low, high, ChartScale::Linear, AxisUnit::Number);
    made.values.end = rect.top();
    made.values.start = std::max(rect.bottom() - metrics.height() - theme.space(Space::Tiny), rect.top() + 1);
    made.valueTicks = axisTicks(made.values, 4, AxisUnit::Number);
    qreal label = theme.px(16);
    for (const double tick : std::as_const(made.valueTicks))
        label = std::max(label, figuresWidth(caption, tickText(tick, made.valueTicks, AxisUnit::Number)));
    made.plot = QRectF(
        QPointF(rect.left() + label + theme.space(Space::Small), rect.top()),
        QPointF(std::max(rect.right(), rect.left() + label + theme.space(Space::Small) + 1), made.values.start));
    std::tie(made.steps.from, made.steps.to)
        = roundEnd(double(m_series->at(0).step), double(m_series->last().step), AxisUnit::Number);
    made.steps.start = made.plot.left();
    made.steps.end = made.plot.right();
    made.stepTicks = axisTicks(made.steps, std::clamp(int(made.plot.width() / theme.px(64)), 1, 8), AxisUnit::Number);
    return made;
}

void HistogramChart::paintStepTicks(QPainter &painter, const Axes &axes) const
{
    const Theme &theme = Theme::current();
    painter.setFont(theme.font(TextSize::Caption));
    painter.setPen(theme.muted);
    const QFontMetricsF metrics(painter.font());
    for (const double tick : axes.stepTicks) {
        const QString text = tickText(tick, axes.stepTicks, AxisUnit::Number);
        const qreal wide = figuresWidth(painter.font(), text);
        const qreal left
            = std::min(axes.steps.toPixel(tick) - wide / 2, axes.plot.right() + theme.space(Space::Medium) - wide);
        drawFigures(&painter, QRectF(left, axes.plot.bottom() + theme.space(Space::Tiny), wide, metrics.height()),
                    Qt::AlignLeft | Qt::AlignVCenter, text);
    }
}

void HistogramChart::paintValueTicks(QPainter &painter, const Axes &axes, bool hasLines) const
{
    const Theme &theme = Theme::current();
    painter.setFont(theme.font(TextSize::Caption));
    const QFontMetricsF metrics(painter.font());
    for (const double tick : axes.valueTicks) {
        const qreal y = axes.values.toPixel(tick);
        if (hasLines) {
            painter.setPen(QPen(theme.line, 1));
            painter.drawLine(QPointF(axes.plot.left(), std::round(y) + 0.5),
                             QPointF(axes.plot.right(), std::round(y) + 0.5));
        }
        painter.setPen(theme.muted);
        const QRectF place(0, y - metrics.height() / 2, axes.plot.left() - theme.space(Space::Small), metrics.height());
        drawFigures(&painter, place, Qt::AlignRight | Qt::AlignVCenter,
                    tickText(tick, axes.valueTicks, AxisUnit::Number));
    }
}

void HistogramChart::paintMarked(QPainter &painter, const QRectF &rect, qsizetype frame, bool isPointed) const
{
    const Theme &theme = Theme::current();
    const Axes axes = axesOverSteps(rect);
    const qreal x = std::round(axes.steps.toPixel(double(frames().at(frame).step)));
    painter.setPen(QPen(isPointed ? theme.text : theme.edge, isPointed ? 1 : 2));
    const qreal at = x + (isPointed ? 0.5 : 0);
    painter.drawLine(QPointF(at, axes.plot.top()), QPointF(at, axes.plot.bottom()));
}

qsizetype HistogramChart::frameAt(const QRectF &rect, const QPointF &at) const
{
    const Axes axes = axesOverSteps(rect);
    return axes.plot.contains(at) ? frameAtStep(axes.steps.toValue(at.x())) : -1;
}

qsizetype HistogramChart::frameAtStep(double step) const
{
    const qsizetype at = m_series->atStep(qint64(std::clamp(std::floor(step), -9e18, 9e18)));
    if (at < 0)
        return 0;
    if (at + 1 < m_series->size() && double(m_series->at(at + 1).step) - step < step - double(m_series->at(at).step))
        return at + 1;
    return at;
}

void HistogramChart::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    const qreal ratio = painter.paintEngine()->paintDevice()->devicePixelRatioF();
    const QSize wanted = (QSizeF(size()) * ratio).toSize();
    if (!m_isPictureValid || m_picture.size() != wanted || m_picture.devicePixelRatio() != ratio) {
        m_picture = QImage(wanted, QImage::Format_ARGB32_Premultiplied);
        m_picture.setDevicePixelRatio(ratio);
        m_picture.fill(theme.panel);
        QPainter into(&m_picture);
        if (isEmpty()) {
            paintEmpty(into, QRectF(rect()));
        } else {
            into.setRenderHint(QPainter::Antialiasing);
            paintFrames(into, below(QRectF(rect())));
        }
        m_isPictureValid = true;
    }
    painter.drawImage(QPointF(), m_picture);
    paintTitle(painter, QRectF(rect()));
    painter.setRenderHint(QPainter::Antialiasing);
    if (!isEmpty()) {
        if (const qsizetype at = m_cursor ? m_series->atStep(*m_cursor) : -1; at >= 0)
            paintMarked(painter, below(QRectF(rect())), at, false);
        if (m_pointed) {
            paintMarked(painter, below(QRectF(rect())), *m_pointed, true);
            paintHint(painter);
        }
    }
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(theme.selection, 2));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), theme.sizes.radiusSmall,
                                theme.sizes.radiusSmall);
    }
    emit painted();
}

void HistogramChart::paintHint(QPainter &painter) const
{
    const Theme &theme = Theme::current();
    painter.setFont(theme.font(TextSize::Caption));
    const QFontMetricsF metrics(painter.font());
    const qreal inset = theme.space(Space::Small);
    const qreal room = width() - 4.0 * inset;
    const QString text = metrics.elidedText(frameText(*m_pointed), Qt::ElideRight, room);
    const QRectF box(2 * inset, titleHeight(theme), figuresWidth(painter.font(), text) + 2 * inset,
                     metrics.height() + inset);
    painter.setPen(QPen(theme.line, 1));
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.sizes.radiusSmall, theme.sizes.radiusSmall);
    painter.setPen(theme.text);
    drawFigures(&painter, box.adjusted(inset, 0, -inset, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
}

void HistogramChart::point(std::optional<qsizetype> frame)
{
    if (frame == m_pointed)
        return;
    m_pointed = frame;
    setAccessibleDescription(frame ? frameText(*frame) : QString());
    if (hasFocus())
        announceChart(this);
    update();
}

void HistogramChart::mouseMoveEvent(QMouseEvent *event)
{
    if (isEmpty())
        return;
    const qsizetype at = frameAt(below(QRectF(rect())), event->position());
    point(at < 0 ? std::nullopt : std::optional(at));
}

void HistogramChart::mousePressEvent(QMouseEvent *event)
{
    const qsizetype at
        = isEmpty() || event->button() != Qt::LeftButton ? -1 : frameAt(below(QRectF(rect())), event->position());
    if (at < 0) {
        ChartView::mousePressEvent(event);
        return;
    }
    emit stepRequested(m_series->at(at).step);
}

void HistogramChart::leaveEvent(QEvent *)
{
    point(std::nullopt);
}

void HistogramChart::keyPressEvent(QKeyEvent *event)
{
    if (isEmpty()) {
        ChartView::keyPressEvent(event);
        return;
    }
    const qsizetype last = m_series->size() - 1;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Up:
        point(m_pointed ? std::max<qsizetype>(*m_pointed - 1, 0) : last);
        break;
    case Qt::Key_Right:
    case Qt::Key_Down:
        point(m_pointed ? std::min(*m_pointed + 1, last) : last);
        break;
    case Qt::Key_Home:
        point(0);
        break;
    case Qt::Key_End:
        point(last);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        emit stepRequested(m_series->at(m_pointed.value_or(last)).step);
        break;
    case Qt::Key_Escape:
        if (m_pointed) {
            point(std::nullopt);
            break;
        }
        [[fallthrough]];
    default:
        ChartView::keyPressEvent(event);
        return;
    }
    event->accept();
}

void HistogramChart::focusInEvent(QFocusEvent *event)
{
    ChartView::focusInEvent(event);
    update();
}

void HistogramChart::focusOutEvent(QFocusEvent *event)
{
    ChartView::focusOutEvent(event);
    update();
}

void HistogramChart::lookChanged()
{
    m_isPictureValid = false;
    update();
}

} // namespace espalier
