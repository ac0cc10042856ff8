// SPDX-License-Identifier: GPL-3.0-or-later
// How curves are painted: what stands still (grid, labels) and the curves are pictures that are kept; what follows the
// pointer is drawn over them.
#include "widgets/charts/time_chart.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtGui/QPaintEngine>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr qreal kLineWidth = 1.6;
constexpr qreal kGhostWidth = 1;
constexpr qreal kGhostOpacity = 0.25;
constexpr qreal kDash = 5; ///< px, and the gap between
constexpr qreal kGap = 3;
constexpr int kTableRows = 10;
constexpr qreal kMarkerEvery = 56; ///< px between the shapes on a curve

QColor faded(QColor colour, qreal opacity)
{
    colour.setAlphaF(float(colour.alphaF() * opacity));
    return colour;
}

/// One of four shapes that tell curves of the same colour apart.
void drawMarker(QPainter &painter, const QPointF &at, qreal size, int marker, const QColor &colour)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    const qreal half = size / 2;
    switch ((marker - 1) % 4) {
    case 0:
        painter.drawEllipse(at, half, half);
        break;
    case 1:
        painter.drawRect(QRectF(at.x() - half, at.y() - half, size, size));
        break;
    case 2:
        painter.drawPolygon(QPolygonF{at + QPointF(0, -half), at + QPointF(half, half), at + QPointF(-half, half)});
        break;
    default:
        painter.drawPolygon(
            QPolygonF{at + QPointF(0, -half), at + QPointF(half, 0), at + QPointF(0, half), at + QPointF(-half, 0)});
    }
}

/// The points that draw one column of pixels: its first, its extremes, its last, without what repeats.
void addColumn(const SeriesColumn &column, const AxisMap &y, double firstX, double lastX, double ratio,
               std::vector<QPointF> &into)
{
    const double first = y.toPixel(double(column.first)) * ratio;
    into.emplace_back(firstX, first);
    const bool isWithin
        = std::min(column.first, column.last) == column.least && std::max(column.first, column.last) == column.greatest;
    if (!isWithin) {
        const double least = y.toPixel(double(column.least)) * ratio;
        const double greatest = y.toPixel(double(column.greatest)) * ratio;
        const double middle = (firstX + lastX) / 2;
        const bool isLeastFirst = std::abs(first - least) < std::abs(first - greatest);
        into.emplace_back(middle, isLeastFirst ? least : greatest);
        into.emplace_back(middle, isLeastFirst ? greatest : least);
    }
    if (lastX > firstX || column.last != column.first)
        into.emplace_back(lastX, y.toPixel(double(column.last)) * ratio);
}

} // namespace

std::vector<std::vector<QPointF>> TimeChart::curve(const Frame &frame, int series, const ValuePyramid *values,
                                                   qreal ratio) const
{
    const ChartSeries &one = m_series[series];
    const SeriesAxis axis = seriesAxis();
    const int columns = std::max(1, int(std::ceil(frame.plot.width() * ratio)));
    std::vector<double> edges(size_t(columns) + 1);
    for (int c = 0; c <= columns; ++c)
        edges[size_t(c)] = toOwn(one, frame.x.toValue(frame.x.start + (frame.x.end - frame.x.start) * c / columns));
    const auto pixelOf = [&](double own) { return frame.x.toPixel(toX(one, own)) * ratio; };

    std::vector<qsizetype> gaps = one.series->notFinite(axis, edges.front(), edges.back());
    auto gap = gaps.begin();
    std::vector<std::vector<QPointF>> lines(1);
    const auto addOutside = [&](qsizetype index) {
        if (index < 0)
            return;
        const double value = double(values ? values->at(index) : one.series->value(index));
        lines.back().emplace_back(pixelOf(one.series->x(index, axis)), frame.y.toPixel(value) * ratio);
    };
    addOutside(one.series->before(axis, edges.front(), values));
    double lastX = -std::numeric_limits<double>::infinity();
    for (const SeriesColumn &column : one.series->columns(axis, edges, values)) {
        bool isCut = false;
        for (; gap != gaps.end() && one.series->x(*gap, axis) <= column.firstX; ++gap)
            isCut = isCut || one.series->x(*gap, axis) >= lastX;
        if (isCut && !lines.back().empty())
            lines.emplace_back();
        addColumn(column, frame.y, pixelOf(column.firstX), pixelOf(column.lastX), ratio, lines.back());
        lastX = column.lastX;
    }
    if (gap != gaps.end() && !lines.back().empty())
        lines.emplace_back();
    if (!lines.back().empty() || gaps.empty())
        addOutside(one.series->after(axis, edges.back(), values));
    std::erase_if(lines, [](const auto &line) { return line.empty(); });
    return lines;
}

void TimeChart::paintGrid(QPainter &painter, const Frame &frame) const
{
    const Theme &theme = Theme::current();
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setPen(QPen(theme.line, 1));
    for (const double tick : frame.yTicks) {
        const qreal y = std::round(frame.y.toPixel(tick));
        if (y >= frame.plot.top() - 1 && y <= frame.plot.bottom() + 1)
            painter.drawLine(QPointF(frame.plot.left(), y), QPointF(frame.plot.right(), y));
    }
    painter.setFont(theme.font(TextSize::Caption));
    painter.setPen(theme.muted);
    const QFontMetricsF metrics(painter.font());
    for (const double tick : frame.yTicks) {
        const qreal y = frame.y.toPixel(tick);
        if (y < frame.plot.top() - 1 || y > frame.plot.bottom() + 1)
            continue;
        const QRectF place(frame.rect.left(), y - metrics.height() / 2,
                           frame.plot.left() - theme.space(Space::Small) - frame.rect.left(), metrics.height());
        drawFigures(&painter, place, Qt::AlignRight | Qt::AlignVCenter, tickText(tick, frame.yTicks, yUnit()));
    }
    qreal free = -1e9; // labels never touch
    for (const double tick : frame.xTicks) {
        const QString text = tickText(tick, frame.xTicks, xUnit());
        const qreal width = figuresWidth(painter.font(), text);
        qreal left = frame.x.toPixel(tick) - width / 2;
        left = std::min(left, frame.rect.right() - width - theme.space(Space::Tiny));
        if (left < free)
            continue;
        free = left + width + theme.space(Space::Small);
        drawFigures(&painter, QRectF(left, frame.plot.bottom() + theme.space(Space::Tiny), width, metrics.height()),
                    Qt::AlignLeft | Qt::AlignVCenter, text);
    }
}

void TimeChart::paintLegend(QPainter &painter, const Frame &frame) const
{
    if (frame.legend.height() <= 0)
        return;
    const Theme &theme = Theme::current();
    painter.setFont(theme.font(TextSize::Caption));
    const QFontMetricsF metrics(painter.font());
    qreal x = frame.legend.left();
    const qreal sample = theme.px(18);
    const qreal between = theme.space(Space::Tiny);
    int left = int(m_series.size());
    for (const ChartSeries &one : m_series) {
        const QString more = tr("and %n more", nullptr, left);
        const qreal room = frame.legend.right() - x - (left > 1 ? metrics.horizontalAdvance(more) + between : 0);
        const qreal width = metrics.horizontalAdvance(one.label);
        painter.setPen(theme.muted);
        if (sample + between + width > room) {
            painter.drawText(QRectF(x, frame.legend.top(), frame.legend.right() - x, frame.legend.height()),
                             Qt::AlignLeft | Qt::AlignVCenter,
                             metrics.elidedText(more, Qt::ElideRight, frame.legend.right() - x));
            return;
        }
        const qreal y = frame.legend.center().y();
        QPen pen(one.colour, 2, Qt::SolidLine, Qt::FlatCap);
        if (one.dashed)
            pen.setDashPattern({2.5, 1.5});
        painter.setPen(pen);
        painter.drawLine(QPointF(x, y), QPointF(x + sample, y));
        if (one.marker > 0)
            drawMarker(painter, QPointF(x + sample / 2, y), theme.px(7), one.marker, one.colour);
        painter.setPen(theme.muted);
        painter.drawText(QRectF(x + sample + between, frame.legend.top(), width + 1, frame.legend.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, one.label);
        x += sample + between + width + theme.space(Space::Medium);
        --left;
    }
}

void TimeChart::paintMarks(QPainter &painter, const Frame &frame) const
{
    const Theme &theme = Theme::current();
    painter.setRenderHint(QPainter::Antialiasing);
    for (const ChartMark &mark : m_marks) {
        const auto at = xOfMark(mark);
        if (!at || *at < frame.x.from || *at > frame.x.to)
            continue;
        const qreal x = std::round(frame.x.toPixel(*at)) + 0.5;
        const qreal foot = frame.plot.bottom();
        const qreal size = theme.px(4);
        if (mark.kind == ChartMark::Kind::Checkpoint) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.faint);
            painter.drawPolygon(
                QPolygonF{QPointF(x, foot - size), QPointF(x + size * 0.7, foot), QPointF(x - size * 0.7, foot)});
            continue;
        }
        const bool isProblem = mark.kind == ChartMark::Kind::Problem;
        const QColor colour = isProblem ? theme.error : theme.edge;
        painter.setPen(QPen(colour, 1, Qt::CustomDashLine, Qt::FlatCap));
        QPen pen = painter.pen();
        pen.setDashPattern({2, 3});
        painter.setPen(pen);
        painter.drawLine(QPointF(x, frame.plot.top()), QPointF(x, foot));
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        const QPointF top(x, frame.plot.top());
        if (isProblem)
            painter.drawPolygon(
                QPolygonF{top + QPointF(0, -size), top + QPointF(size, size), top + QPointF(-size, size)});
        else
            painter.drawPolygon(QPolygonF{top + QPointF(0, size), top + QPointF(size, 0), top + QPointF(0, -size),
                                          top + QPointF(-size, 0)});
    }
}

void TimeChart::paintMarkers(QPainter &painter, const Frame &frame) const
{
    const Theme &theme = Theme::current();
    painter.setRenderHint(QPainter::Antialiasing);
    for (int i = 0; i < m_series.size(); ++i) {
        const ChartSeries &one = m_series[i];
        const bool isPoint = one.series->size() == 1;
        if (one.marker <= 0 && !isPoint)
            continue;
        qreal next = -1e9;
        for (const auto &line : curve(frame, i, drawnValues(i), 1)) {
            for (const QPointF &at : line) {
                if (at.x() < next || !frame.plot.adjusted(-1, -1, 1, 1).contains(at))
                    continue;
                next = at.x() + kMarkerEvery;
                drawMarker(painter, at, theme.px(isPoint ? 5 : 7), std::max(one.marker, 1), one.colour);
            }
        }
    }
}

void TimeChart::paintNotFinite(QPainter &painter, const Frame &frame) const
{
    const Theme &theme = Theme::current();
    painter.setRenderHint(QPainter::Antialiasing);
    const qreal size = theme.px(4);
    for (const ChartSeries &one : m_series) {
        qreal lastX = -1e9;
        float lastValue = 0;
        for (const qsizetype index :
             one.series->notFinite(seriesAxis(), toOwn(one, frame.x.from), toOwn(one, frame.x.to))) {
            const qreal x = frame.x.toPixel(toX(one, one.series->x(index, seriesAxis())));
            const float value = one.series->value(index);
            const bool isSameKind
                = std::isnan(value) == std::isnan(lastValue) && (std::isnan(value) || value == lastValue);
            if (x - lastX < 2 && isSameKind)
                continue;
            lastX = x;
            lastValue = value;
            painter.setPen(QPen(one.colour, 1.5));
            if (std::isnan(value)) { // a cross on the ground
                const QPointF at(x, frame.plot.bottom() - size);
                painter.drawLine(at + QPointF(-size, -size) * 0.7, at + QPointF(size, size) * 0.7);
                painter.drawLine(at + QPointF(-size, size) * 0.7, at + QPointF(size, -size) * 0.7);
                continue;
            }
            const qreal up = value > 0 ? -1 : 1; // an arrow out of the picture
            const QPointF tip(x, value > 0 ? frame.plot.top() : frame.plot.bottom());
            painter.setPen(Qt::NoPen);
            painter.setBrush(one.colour);
            painter.drawPolygon(
                QPolygonF{tip, tip + QPointF(-size, -up * 1.5 * size), tip + QPointF(size, -up * 1.5 * size)});
        }
    }
}

void TimeChart::drawGround(const Frame &frame, qreal ratio)
{
    m_ground = QImage((QSizeF(size()) * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
    m_ground.setDevicePixelRatio(ratio);
    m_ground.fill(Theme::current().panel);
    QPainter painter(&m_ground);
    paintGrid(painter, frame);
    painter.setRenderHint(QPainter::Antialiasing);
    paintLegend(painter, frame);
    m_groundFrame = frame;
    m_isGroundValid = true;
}

void TimeChart::drawCurves(const Frame &frame, qreal ratio)
{
    const QSize wanted = (QSizeF(size()) * ratio).toSize();
    if (!m_isGroundValid || m_ground.size() != wanted || m_ground.devicePixelRatio() != ratio || m_groundFrame != frame)
        drawGround(frame, ratio);
    m_picture = m_ground;
    const QRect clip = QRectF(frame.plot.left() * ratio, frame.plot.top() * ratio - ratio, frame.plot.width() * ratio,
                              frame.plot.height() * ratio + 2 * ratio)
                           .toRect()
        & m_picture.rect();
    for (const bool isGhost : {true, false}) {
        for (int i = 0; i < m_series.size(); ++i) {
            const ValuePyramid *values = drawnValues(i);
            if (isGhost && !values)
                continue;
            const ChartSeries &one = m_series[i];
            CurveStroke stroke;
            stroke.colour = isGhost ? faded(one.colour, kGhostOpacity) : one.colour;
            stroke.width = (isGhost ? kGhostWidth : kLineWidth) * ratio;
            if (one.dashed && !isGhost) {
                stroke.dash = kDash * ratio;
                stroke.gap = kGap * ratio;
            }
            for (const auto &line : curve(frame, i, isGhost ? nullptr : values, ratio))
                m_raster.draw(m_picture, clip, line, stroke);
        }
    }
    QPainter painter(&m_picture);
    paintMarks(painter, frame);
    paintMarkers(painter, frame);
    paintNotFinite(painter, frame);
    m_areCurvesValid = true;
}

void TimeChart::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    if (isEmpty()) {
        painter.fillRect(rect(), theme.panel);
        paintTitle(painter, QRectF(rect()));
        paintEmpty(painter, QRectF(rect()));
    } else {
        const Frame &shown = frame();
        const qreal ratio
            = painter.paintEngine()->paintDevice()->devicePixelRatioF(); // a picture's, when one is grabbed
        if (!m_areCurvesValid || m_picture.devicePixelRatio() != ratio
            || m_picture.size() != (QSizeF(size()) * ratio).toSize())
            drawCurves(shown, ratio);
        painter.drawImage(QPointF(), m_picture);
        paintTitle(painter, QRectF(rect()));
        painter.setRenderHint(QPainter::Antialiasing);
        paintOverlay(painter, shown);
    }
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(theme.selection, 2));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), theme.sizes.radiusSmall,
                                theme.sizes.radiusSmall);
    }
    emit painted();
}

void TimeChart::paintOverlay(QPainter &painter, const Frame &frame) const
{
    const Theme &theme = Theme::current();
    const auto vertical = [&](double x, const QColor &colour, qreal width) {
        if (x < frame.x.from || x > frame.x.to)
            return;
        const qreal at = std::round(frame.x.toPixel(x)) + (width > 1 ? 0 : 0.5);
        painter.setPen(QPen(colour, width));
        painter.drawLine(QPointF(at, frame.plot.top()), QPointF(at, frame.plot.bottom()));
    };
    if (m_cursor)
        if (const auto x = xOfStep(*m_cursor))
            vertical(*x, theme.edge, 2);
    if (m_drag == Drag::Box) {
        painter.setPen(QPen(theme.selection, 1));
        painter.setBrush(faded(theme.selection, 0.15));
        painter.drawRect(box());
        return;
    }
    const auto at = crosshair();
    if (!at || *at < frame.x.from || *at > frame.x.to)
        return;
    vertical(*at, theme.muted, 1);
    const QList<Reading> found = readings(*at);
    for (const Reading &reading : found) {
        const QPointF point(frame.x.toPixel(reading.x), reading.y);
        if (!std::isfinite(reading.value) || !frame.plot.adjusted(-1, -1, 1, 1).contains(point))
            continue;
        painter.setPen(QPen(theme.panel, 1.5));
        painter.setBrush(m_series[reading.series].colour);
        painter.drawEllipse(point, theme.px(3.5), theme.px(3.5));
    }
    if (m_isHovered || hasFocus())
        paintTable(painter, frame, found);
}

void TimeChart::paintTable(QPainter &painter, const Frame &frame, const QList<Reading> &readings) const
{
    if (readings.isEmpty())
        return;
    const Theme &theme = Theme::current();
    const QFont caption = theme.font(TextSize::Caption);
    const QFont strong = theme.font(TextSize::Caption, TextWeight::Strong);
    const QFontMetricsF metrics(caption);
    const qreal line = metrics.height() + theme.px(2);
    const qreal inset = theme.space(Space::Small);
    const qreal sample = theme.px(14);
    const int fitting = std::max(1, int((height() - 2 * inset) / line) - 2);
    const int rows = std::min({int(readings.size()), kTableRows, fitting});
    const QString more = readings.size() > rows ? tr("and %n more", nullptr, int(readings.size()) - rows) : QString();
    const QString head = xText(*crosshair());

    qreal labels = 0;
    qreal values = 0;
    for (int i = 0; i < rows; ++i) {
        labels = std::max(labels, metrics.horizontalAdvance(m_series[readings[i].series].label));
        values = std::max(values, figuresWidth(caption, valueText(readings[i].value)));
    }
    labels = std::min(labels, qreal(width()) * 0.5);
    const qreal wide = std::max(sample + inset + labels + inset + values, figuresWidth(strong, head)) + 2 * inset;
    const qreal high = line * (1 + rows + (more.isEmpty() ? 0 : 1)) + 2 * inset;
    const qreal x = frame.x.toPixel(*crosshair());
    qreal left = x + theme.space(Space::Medium);
    if (left + wide > width() - theme.space(Space::Tiny))
        left = x - theme.space(Space::Medium) - wide;
    left = std::clamp(left, qreal(0), std::max(qreal(0), width() - wide));
    const qreal top = std::clamp((m_isHovered ? m_pointer.y() : frame.plot.center().y()) - high / 2, qreal(1),
                                 std::max(qreal(1), height() - high - 1));
    painter.setPen(QPen(theme.line, 1));
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(QRectF(left, top, wide, high).adjusted(0.5, 0.5, -0.5, -0.5), theme.sizes.radiusControl,
                            theme.sizes.radiusControl);
    QRectF row(left + inset, top + inset, wide - 2 * inset, line);
    painter.setFont(strong);
    painter.setPen(theme.text);
    drawFigures(&painter, row, Qt::AlignLeft | Qt::AlignVCenter, head);
    painter.setFont(caption);
    for (int i = 0; i < rows; ++i) {
        row.translate(0, line);
        const ChartSeries &one = m_series[readings[i].series];
        QPen pen(one.colour, 2, Qt::SolidLine, Qt::FlatCap);
        if (one.dashed)
            pen.setDashPattern({2, 1.2});
        painter.setPen(pen);
        painter.drawLine(QPointF(row.left(), row.center().y()), QPointF(row.left() + sample, row.center().y()));
        painter.setPen(theme.muted);
        painter.drawText(QRectF(row.left() + sample + inset, row.top(), labels + 1, line),
                         Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(one.label, Qt::ElideMiddle, labels));
        painter.setPen(theme.text);
        drawFigures(&painter, row, Qt::AlignRight | Qt::AlignVCenter, valueText(readings[i].value));
    }
    if (!more.isEmpty()) {
        row.translate(0, line);
        painter.setPen(theme.muted);
        painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, more);
    }
}

void TimeChart::render(QPainter &painter, const QRectF &rect)
{
    paintTitle(painter, rect);
    if (isEmpty()) {
        paintEmpty(painter, rect);
        return;
    }
    const Frame shown = frameFor(rect, true);
    paintGrid(painter, shown);
    painter.setRenderHint(QPainter::Antialiasing);
    paintLegend(painter, shown);
    painter.save();
    painter.setClipRect(shown.plot.adjusted(0, -1, 0, 1));
    painter.setBrush(Qt::NoBrush);
    for (const bool isGhost : {true, false}) {
        for (int i = 0; i < m_series.size(); ++i) {
            const ChartSeries &one = m_series[i];
            const ValuePyramid *values = drawnValues(i);
            if (isGhost && !values)
                continue;
            QPen pen(isGhost ? faded(one.colour, kGhostOpacity) : one.colour, isGhost ? kGhostWidth : kLineWidth,
                     Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
            if (one.dashed && !isGhost)
                pen.setDashPattern({kDash / kLineWidth, kGap / kLineWidth});
            painter.setPen(pen);
            for (const auto &line : curve(shown, i, isGhost ? nullptr : values, 1))
                painter.drawPolyline(line.data(), int(line.size()));
        }
    }
    painter.restore();
    paintMarks(painter, shown);
    paintMarkers(painter, shown);
    paintNotFinite(painter, shown);
}

} // namespace espalier
