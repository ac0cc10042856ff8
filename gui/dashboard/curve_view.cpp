// SPDX-License-Identifier: GPL-3.0-or-later
// Long, because painting and gestures of one chart belong together.
#include "gui/dashboard/curve_view.h"

#include "widgets/charts/series.h"
#include "widgets/charts/smoothing.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QDateTime>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr int kTicks = 4;
constexpr int kMostValues = 10; ///< lines of the crosshair's table
constexpr qreal kGhost = 0.25; ///< opacity of the raw line behind its smoothed one
constexpr double kWheelZoom = 1.0015;

SeriesAxis seriesAxis(CurveAxis axis)
{
    return axis == CurveAxis::WallTime || axis == CurveAxis::Relative ? SeriesAxis::WallTime : SeriesAxis::Step;
}

QString nameOf(const CurveLine &line)
{
    return line.split.isEmpty() ? line.run : line.run + QStringLiteral(" · ") + line.split;
}

/// The line whose value stands in the title: validation of the run that came last, else its train.
const CurveLine *tellingLine(const CurveData &data)
{
    const CurveLine *best = nullptr;
    for (const CurveLine &line : data.lines)
        if (!line.series->isEmpty() && (!best || line.isDashed || !best->isDashed || line.run != best->run))
            best = &line;
    return best;
}

void drawMarker(QPainter *painter, QPointF at, int marker)
{
    constexpr qreal kSize = 3;
    switch (marker % 3) {
    case 1:
        painter->drawEllipse(at, kSize, kSize);
        break;
    case 2:
        painter->drawRect(QRectF(at.x() - kSize, at.y() - kSize, 2 * kSize, 2 * kSize));
        break;
    default:
        painter->drawPolygon(
            QPolygonF({at + QPointF(0, -kSize), at + QPointF(kSize, kSize), at + QPointF(-kSize, kSize)}));
    }
}

} // namespace

CurveView::CurveView(QWidget *parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
}

CurveView::~CurveView() = default;

void CurveView::setData(const CurveData &data)
{
    m_data = data;
    m_smoothed.clear();
    m_smoothed.resize(static_cast<std::size_t>(data.lines.size()));
    setAccessibleName(data.title);
    setAccessibleDescription(latestText());
    setToolTip({});
    update();
}

void CurveView::setLook(double smoothing, CurveAxis axis, CurveScale scale)
{
    if (m_smoothing != smoothing)
        for (auto &each : m_smoothed)
            each.reset();
    if (m_axis != axis)
        m_range.reset();
    m_smoothing = smoothing;
    m_axis = axis;
    m_scale = scale;
    update();
}

void CurveView::setCrosshair(std::optional<double> x)
{
    if (m_crosshair == x)
        return;
    m_crosshair = x;
    update();
}

void CurveView::setLookedAt(std::optional<qint64> step)
{
    if (m_lookedAt == step)
        return;
    m_lookedAt = step;
    update();
}

void CurveView::setRange(std::optional<std::pair<double, double>> range)
{
    if (m_range == range)
        return;
    m_range = range;
    update();
}

QSize CurveView::sizeHint() const
{
    const Theme &theme = Theme::current();
    return {theme.px(360), theme.px(220)};
}

QSize CurveView::minimumSizeHint() const
{
    const Theme &theme = Theme::current();
    return {theme.px(220), theme.px(120)};
}

// From series to the axis and back.

double CurveView::xOf(const CurveLine &line, double seriesX) const
{
    if (m_axis == CurveAxis::Relative)
        return seriesX - line.series->first()->wallTime;
    if (m_axis == CurveAxis::Epoch && line.stepsPerEpoch > 0)
        return seriesX / line.stepsPerEpoch;
    return seriesX;
}

double CurveView::seriesX(const CurveLine &line, double x) const
{
    if (m_axis == CurveAxis::Relative)
        return x + line.series->first()->wallTime;
    if (m_axis == CurveAxis::Epoch && line.stepsPerEpoch > 0)
        return x * line.stepsPerEpoch;
    return x;
}

std::pair<double, double> CurveView::wholeRange() const
{
    double from = std::numeric_limits<double>::max();
    double to = std::numeric_limits<double>::lowest();
    const SeriesAxis axis = seriesAxis(m_axis);
    for (const CurveLine &line : m_data.lines) {
        if (line.series->isEmpty())
            continue;
        const auto first = line.series->first();
        const auto last = line.series->last();
        const bool isTime = axis == SeriesAxis::WallTime;
        from = std::min(from, xOf(line, isTime ? first->wallTime : static_cast<double>(first->step)));
        to = std::max(to, xOf(line, isTime ? last->wallTime : static_cast<double>(last->step)));
    }
    if (from > to)
        return {0, 1};
    if (m_axis != CurveAxis::WallTime && from > 0 && from < 0.05 * to)
        from = 0; // a run begins at its beginning
    return {from, to > from ? to : from + 1};
}

SmoothedSeries *CurveView::smoothed(std::size_t line) const
{
    if (m_smoothing <= 0)
        return nullptr;
    auto &kept = m_smoothed[line];
    if (!kept)
        kept = std::make_unique<SmoothedSeries>(m_data.lines[static_cast<qsizetype>(line)].series, m_smoothing);
    kept->update();
    return kept.get();
}

QRectF CurveView::plotOf(const QRectF &rect) const
{
    const Theme &theme = Theme::current();
    return rect.adjusted(theme.px(52), theme.px(38), -theme.px(12), -theme.px(24));
}

CurveView::Frame CurveView::frameFor(const QRectF &rect) const
{
    Frame frame;
    frame.plot = plotOf(rect);
    const auto [from, to] = m_range.value_or(wholeRange());
    frame.x.from = from;
    frame.x.to = to;
    frame.x.start = frame.plot.left();
    frame.x.end = frame.plot.right();
    double least = std::numeric_limits<double>::max();
    double greatest = std::numeric_limits<double>::lowest();
    const SeriesAxis axis = seriesAxis(m_axis);
    for (const CurveLine &line : m_data.lines) {
        if (line.series->isEmpty())
            continue;
        const ValueExtent extent = line.series->extent(axis, seriesX(line, from), seriesX(line, to));
        if (extent.least > extent.greatest)
            continue;
        least = std::min(least, static_cast<double>(extent.least));
        greatest = std::max(greatest, static_cast<double>(extent.greatest));
    }
    if (least > greatest) {
        least = 0;
        greatest = 1;
    }
    frame.y.kind = m_scale == CurveScale::Log ? AxisScale::Kind::Log
        : m_scale == CurveScale::SymLog       ? AxisScale::Kind::SymLog
                                              : AxisScale::Kind::Linear;
    if (frame.y.kind == AxisScale::Kind::Log)
        least = std::max(least, greatest > 0 ? greatest * 1e-9 : 1e-9);
    frame.y.from = least;
    frame.y.to = std::max(greatest, least);
    roundEnds(frame.y, kTicks);
    if (m_data.isPercent && frame.y.kind == AxisScale::Kind::Linear)
        frame.y.to = std::min(frame.y.to, std::max(1.0, greatest));
    frame.y.start = frame.plot.bottom();
    frame.y.end = frame.plot.top();
    return frame;
}

// Words.

QString CurveView::valueText(double value) const
{
    return m_data.isPercent ? formatPercent(value) : formatNumber(value);
}

QString CurveView::xText(double x) const
{
    switch (m_axis) {
    case CurveAxis::WallTime:
        return QLocale().toString(QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(x * 1000)).time(),
                                  QStringLiteral("HH:mm:ss"));
    case CurveAxis::Relative:
        return formatClock(x);
    case CurveAxis::Epoch:
        return tr("epoch %1").arg(formatNumber(x));
    case CurveAxis::Step:
        break;
    }
    return tr("step %1").arg(formatCount(static_cast<qint64>(std::llround(x))));
}

QString CurveView::latestText() const
{
    const CurveLine *line = tellingLine(m_data);
    if (!line)
        return {};
    const auto point = m_lookedAt ? [&]() -> std::optional<SeriesPoint> {
        const qsizetype at = line->series->atStep(*m_lookedAt);
        return at < 0 ? std::nullopt : std::optional(line->series->point(at));
    }()
        : line->series->last();
    return point ? nameOf(*line) + QLatin1Char(' ') + valueText(static_cast<double>(point->value)) : QString();
}

// Painting.

void CurveView::paintTitle(QPainter *painter, const QRectF &rect) const
{
    const Theme &theme = Theme::current();
    const int margin = theme.space(Space::Medium);
    const QRectF row(rect.left() + margin, rect.top() + theme.px(6), rect.width() - 2.0 * margin, theme.px(22));
    painter->setFont(theme.font(TextSize::Body, TextWeight::Strong));
    painter->setPen(theme.text);
    qreal left = row.left();
    if (m_data.isPinned) {
        drawIcon(painter, QRectF(left, row.center().y() - 6, 12, 12), QStringLiteral("pin"), theme.muted);
        left += 18;
    }
    const qreal titleWidth = std::min(painter->fontMetrics().horizontalAdvance(m_data.title) + 2.0, row.width() * 0.6);
    painter->drawText(QRectF(left, row.top(), titleWidth, row.height()), Qt::AlignVCenter,
                      painter->fontMetrics().elidedText(m_data.title, Qt::ElideRight, qRound(titleWidth)));
    painter->setFont(theme.font());
    painter->setPen(theme.muted);
    const QRectF rest(left + titleWidth + margin, row.top(), row.right() - left - titleWidth - margin, row.height());
    drawFigures(painter, rest, Qt::AlignRight | Qt::AlignVCenter,
                painter->fontMetrics().elidedText(latestText(), Qt::ElideLeft, qRound(rest.width())));
}

void CurveView::paintGrid(QPainter *painter, const Frame &frame) const
{
    const Theme &theme = Theme::current();
    painter->setFont(theme.font(TextSize::Caption));
    for (const double value : scaleTicks(frame.y, kTicks)) {
        const qreal y = std::round(frame.y.toPixel(value)) + 0.5;
        painter->setPen(QPen(theme.line, 1));
        painter->drawLine(QPointF(frame.plot.left(), y), QPointF(frame.plot.right(), y));
        painter->setPen(theme.muted);
        const QString text = m_data.isPercent ? formatPercent(value, 2) : formatTick(value);
        drawFigures(painter, QRectF(frame.plot.left() - 60, y - 8, 54, 16), Qt::AlignRight | Qt::AlignVCenter, text);
    }
    painter->setPen(theme.muted);
    const int count = std::clamp(static_cast<int>(frame.plot.width() / theme.px(80)), 1, 8);
    for (const double x : scaleTicks(frame.x, count)) {
        const QString text = m_axis == CurveAxis::WallTime || m_axis == CurveAxis::Relative ? xText(x) : formatTick(x);
        drawFigures(painter, QRectF(frame.x.toPixel(x) - 40, frame.plot.bottom() + 4, 80, 16),
                    Qt::AlignHCenter | Qt::AlignTop, text);
    }
}

void CurveView::paintLine(QPainter *painter, const Frame &frame, std::size_t index) const
{
    const CurveLine &line = m_data.lines[static_cast<qsizetype>(index)];
    if (line.series->isEmpty())
        return;
    const SeriesAxis axis = seriesAxis(m_axis);
    const int columns = std::max(static_cast<int>(frame.plot.width()), 1);
    std::vector<double> edges(static_cast<std::size_t>(columns) + 1);
    for (int i = 0; i <= columns; ++i)
        edges[static_cast<std::size_t>(i)] = seriesX(line, frame.x.from + (frame.x.to - frame.x.from) * i / columns);
    const auto pathOf = [&](const ValuePyramid *values) {
        QPolygonF path;
        const auto add
            = [&](double x, double y) { path.append(QPointF(frame.x.toPixel(xOf(line, x)), frame.y.toPixel(y))); };
        const auto addIndex = [&](qsizetype at) {
            if (at >= 0)
                add(line.series->x(at, axis), static_cast<double>(values ? values->at(at) : line.series->value(at)));
        };
        addIndex(line.series->before(axis, edges.front(), values));
        for (const SeriesColumn &column : line.series->columns(axis, edges, values)) {
            add(column.firstX, static_cast<double>(column.first));
            if (column.least < std::min(column.first, column.last))
                add((column.firstX + column.lastX) / 2, static_cast<double>(column.least));
            if (column.greatest > std::max(column.first, column.last))
                add((column.firstX + column.lastX) / 2, static_cast<double>(column.greatest));
            if (column.lastX > column.firstX)
                add(column.lastX, static_cast<double>(column.last));
        }
        addIndex(line.series->after(axis, edges.back(), values));
        return path;
    };
    const SmoothedSeries *smooth = smoothed(index);
    QColor colour = line.colour;
    if (smooth) {
        colour.setAlphaF(static_cast<float>(kGhost));
        painter->setPen(QPen(colour, 1));
        painter->drawPolyline(pathOf(nullptr));
    }
    QPen pen(line.colour, 1.6);
    pen.setJoinStyle(Qt::RoundJoin);
    if (line.isDashed)
        pen.setDashPattern({3.2, 2.0});
    painter->setPen(pen);
    const QPolygonF path = pathOf(smooth ? &smooth->values() : nullptr);
    painter->drawPolyline(path);
    painter->setBrush(line.colour);
    if (path.size() == 1) // a single point has no line
        painter->drawEllipse(path.first(), 2.5, 2.5);
    if (line.marker > 0)
        for (qsizetype i = 0; i < path.size(); i += std::max<qsizetype>(path.size() / 6, 1))
            drawMarker(painter, path[i], line.marker);
    painter->setBrush(Qt::NoBrush);
    // What is not finite has no place on the axis: a cross at the top says where it was.
    painter->setPen(QPen(Theme::current().error, 1.5));
    for (const qsizetype at : line.series->notFinite(axis, edges.front(), edges.back(), 50)) {
        const qreal x = frame.x.toPixel(xOf(line, line.series->x(at, axis)));
        painter->drawLine(QPointF(x - 3, frame.plot.top() + 1), QPointF(x + 3, frame.plot.top() + 7));
        painter->drawLine(QPointF(x - 3, frame.plot.top() + 7), QPointF(x + 3, frame.plot.top() + 1));
    }
}

void CurveView::paintMarks(QPainter *painter, const Frame &frame) const
{
    if (m_axis == CurveAxis::WallTime || m_axis == CurveAxis::Relative || m_data.lines.isEmpty())
        return;
    const CurveLine &line = m_data.lines.first();
    for (const CurveMark &mark : m_data.marks) {
        const double x = frame.x.toPixel(xOf(line, static_cast<double>(mark.step)));
        if (x < frame.plot.left() || x > frame.plot.right())
            continue;
        painter->setPen(QPen(mark.colour, 1, mark.isFaint ? Qt::SolidLine : Qt::DotLine));
        const qreal top = mark.isFaint ? frame.plot.bottom() - 5 : frame.plot.top();
        painter->drawLine(QPointF(x, top), QPointF(x, frame.plot.bottom()));
        if (mark.isFaint)
            continue;
        painter->setBrush(mark.colour);
        painter->setPen(Qt::NoPen);
        painter->drawPolygon(QPolygonF({QPointF(x - 4, top - 1), QPointF(x + 4, top - 1), QPointF(x, top + 5)}));
        painter->setBrush(Qt::NoBrush);
    }
}

/// The table at the crosshair: each line's value there, nearest to the pointer's line first in the order of the runs.
void CurveView::paintValues(QPainter *painter, const Frame &frame) const
{
    const Theme &theme = Theme::current();
    const qreal x = std::round(frame.x.toPixel(*m_crosshair)) + 0.5;
    if (x < frame.plot.left() || x > frame.plot.right())
        return;
    painter->setPen(QPen(theme.muted, 1));
    painter->drawLine(QPointF(x, frame.plot.top()), QPointF(x, frame.plot.bottom()));
    struct Row {
        QColor colour;
        QString name;
        QString value;
    };
    std::vector<Row> rows;
    for (std::size_t i = 0; i < static_cast<std::size_t>(m_data.lines.size()); ++i) {
        const CurveLine &line = m_data.lines[static_cast<qsizetype>(i)];
        const qsizetype at = line.series->nearest(seriesAxis(m_axis), seriesX(line, *m_crosshair));
        if (at < 0)
            continue;
        const SmoothedSeries *smooth = smoothed(i);
        const auto value = static_cast<double>(smooth ? smooth->values().at(at) : line.series->value(at));
        painter->setBrush(line.colour);
        painter->setPen(QPen(theme.panel, 1));
        painter->drawEllipse(
            QPointF(frame.x.toPixel(xOf(line, line.series->x(at, seriesAxis(m_axis)))), frame.y.toPixel(value)), 3.5,
            3.5);
        rows.push_back({line.colour, nameOf(line), valueText(value)});
    }
    if (!m_isHovered || rows.empty())
        return;
    rows.resize(std::min<std::size_t>(rows.size(), kMostValues));
    painter->setFont(theme.font(TextSize::Caption));
    qreal nameWidth = painter->fontMetrics().horizontalAdvance(xText(*m_crosshair));
    qreal valueWidth = 0;
    for (const Row &row : rows) {
        nameWidth = std::max(nameWidth, 14.0 + painter->fontMetrics().horizontalAdvance(row.name));
        valueWidth = std::max(valueWidth, figuresWidth(painter->font(), row.value));
    }
    constexpr qreal kRow = 16;
    const QSizeF size(nameWidth + valueWidth + 28, kRow * static_cast<qreal>(rows.size() + 1) + 10);
    QRectF box(QPointF(x + 10, frame.plot.top() + 4), size);
    if (box.right() > width() - 4)
        box.moveRight(x - 10);
    painter->setPen(theme.line);
    painter->setBrush(theme.raised);
    painter->drawRoundedRect(box, theme.sizes.radiusSmall, theme.sizes.radiusSmall);
    painter->setPen(theme.muted);
    QRectF row(box.left() + 8, box.top() + 5, box.width() - 16, kRow);
    drawFigures(painter, row, Qt::AlignLeft | Qt::AlignVCenter, xText(*m_crosshair));
    for (const Row &each : rows) {
        row.translate(0, kRow);
        painter->setPen(Qt::NoPen);
        painter->setBrush(each.colour);
        painter->drawEllipse(QPointF(row.left() + 4, row.center().y()), 3.5, 3.5);
        painter->setPen(theme.text);
        painter->drawText(row.adjusted(14, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, each.name);
        drawFigures(painter, row, Qt::AlignRight | Qt::AlignVCenter, each.value);
    }
}

void CurveView::paintChart(QPainter *painter, const QRectF &rect) const
{
    const Theme &theme = Theme::current();
    painter->fillRect(rect, theme.panel);
    painter->setRenderHint(QPainter::Antialiasing);
    paintTitle(painter, rect);
    const Frame frame = frameFor(rect);
    if (frame.plot.width() < 10 || frame.plot.height() < 10)
        return;
    paintGrid(painter, frame);
    painter->save();
    painter->setClipRect(frame.plot.adjusted(-1, -2, 1, 2));
    paintMarks(painter, frame);
    for (std::size_t i = 0; i < static_cast<std::size_t>(m_data.lines.size()); ++i)
        paintLine(painter, frame, i);
    painter->restore();
}

void CurveView::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    {
        QPainter painter(this);
        paintChart(&painter, rect());
        const Frame frame = frameFor(rect());
        if (m_lookedAt && !m_data.lines.isEmpty() && m_axis != CurveAxis::WallTime && m_axis != CurveAxis::Relative) {
            const qreal x
                = std::round(frame.x.toPixel(xOf(m_data.lines.first(), static_cast<double>(*m_lookedAt)))) + 0.5;
            painter.setPen(QPen(theme.selection, 1));
            painter.drawLine(QPointF(x, frame.plot.top()), QPointF(x, frame.plot.bottom()));
        }
        if (m_dragFrom && !m_isPanning) {
            QColor fill = theme.selection;
            fill.setAlpha(40);
            painter.fillRect(QRectF(std::min(*m_dragFrom, m_dragTo), frame.plot.top(), std::abs(m_dragTo - *m_dragFrom),
                                    frame.plot.height()),
                             fill);
        }
        if (m_crosshair)
            paintValues(&painter, frame);
        if (hasFocus()) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(theme.selection, 1.5));
            painter.drawRoundedRect(QRectF(rect()).adjusted(2, 2, -2, -2), theme.sizes.radiusSmall,
                                    theme.sizes.radiusSmall);
        }
    }
    emit painted();
}

// Gestures: a box zooms, a double click fits, the wheel zooms, the middle button or Shift pans, a click goes there.

void CurveView::mouseMoveEvent(QMouseEvent *event)
{
    const Frame frame = frameFor(rect());
    const qreal x = event->position().x();
    m_isHovered = true;
    if (m_dragFrom && m_isPanning) {
        const double by = frame.x.toValue(*m_dragFrom) - frame.x.toValue(x);
        m_dragFrom = x;
        emit rangeRequested(std::pair{frame.x.from + by, frame.x.to + by});
        return;
    }
    m_dragTo = x;
    if (m_dragFrom)
        update();
    if (frame.plot.adjusted(-2, 0, 2, 0).contains(event->position()))
        emit hovered(frame.x.toValue(x));
    else
        emit hovered(std::nullopt);
    setToolTip(event->position().y() < frame.plot.top() ? m_data.help : QString());
}

void CurveView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton)
        return;
    m_dragFrom = event->position().x();
    m_dragTo = *m_dragFrom;
    m_isPanning = event->button() == Qt::MiddleButton || event->modifiers().testFlag(Qt::ShiftModifier);
}

void CurveView::mouseReleaseEvent(QMouseEvent *event)
{
    if (!m_dragFrom)
        return;
    const Frame frame = frameFor(rect());
    const double from = frame.x.toValue(std::min(*m_dragFrom, m_dragTo));
    const double to = frame.x.toValue(std::max(*m_dragFrom, m_dragTo));
    const bool isClick = std::abs(m_dragTo - *m_dragFrom) < 4;
    const bool wasPanning = m_isPanning;
    m_dragFrom.reset();
    m_isPanning = false;
    update();
    if (wasPanning || event->button() != Qt::LeftButton)
        return;
    if (isClick && frame.plot.contains(event->position()))
        emit stepRequested(stepAt(from));
    else if (!isClick && to > from)
        emit rangeRequested(std::pair{std::max(from, frame.x.from), std::min(to, frame.x.to)});
}

void CurveView::mouseDoubleClickEvent(QMouseEvent *)
{
    m_dragFrom.reset();
    emit rangeRequested(std::nullopt);
}

void CurveView::wheelEvent(QWheelEvent *event)
{
    if (!event->modifiers().testFlag(Qt::ControlModifier)) {
        event->ignore(); // the grid scrolls
        return;
    }
    zoom(std::pow(kWheelZoom, -event->angleDelta().y()), frameFor(rect()).x.toValue(event->position().x()));
    event->accept();
}

void CurveView::leaveEvent(QEvent *)
{
    m_isHovered = false;
    emit hovered(std::nullopt);
}

void CurveView::zoom(double factor, double around)
{
    const auto [from, to] = m_range.value_or(wholeRange());
    const auto [first, last] = wholeRange();
    const std::pair wanted{around + (from - around) * factor, around + (to - around) * factor};
    if (wanted.second - wanted.first >= last - first)
        emit rangeRequested(std::nullopt);
    else if (wanted.second > wanted.first)
        emit rangeRequested(wanted);
}

void CurveView::pan(double share)
{
    const auto [from, to] = m_range.value_or(wholeRange());
    emit rangeRequested(std::pair{from + (to - from) * share, to + (to - from) * share});
}

void CurveView::keyPressEvent(QKeyEvent *event)
{
    const auto [from, to] = m_range.value_or(wholeRange());
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoom(0.5, (from + to) / 2);
        break;
    case Qt::Key_Minus:
        zoom(2, (from + to) / 2);
        break;
    case Qt::Key_0:
    case Qt::Key_Home:
        emit rangeRequested(std::nullopt);
        break;
    case Qt::Key_Left:
    case Qt::Key_Right: {
        const bool isBack = event->key() == Qt::Key_Left;
        if (event->modifiers().testFlag(Qt::ShiftModifier)) {
            pan(isBack ? -0.2 : 0.2);
            break;
        }
        const double by = (to - from) / 50 * (isBack ? -1 : 1);
        m_isHovered = true;
        emit hovered(std::clamp(m_crosshair.value_or(isBack ? to : from) + by, from, to));
        break;
    }
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_crosshair)
            emit stepRequested(stepAt(*m_crosshair));
        break;
    case Qt::Key_Escape:
        emit hovered(std::nullopt);
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

void CurveView::contextMenuEvent(QContextMenuEvent *event)
{
    emit menuRequested(event->globalPos());
}

qint64 CurveView::stepAt(double x) const
{
    const CurveLine *line = tellingLine(m_data);
    if (!line)
        return 0;
    const qsizetype at = line->series->nearest(seriesAxis(m_axis), seriesX(*line, x));
    return at < 0 ? 0 : line->series->point(at).step;
}

QByteArray CurveView::csv() const
{
    QByteArray text("run,split,step,wall_time,value\n");
    for (const CurveLine &line : m_data.lines)
        for (const Series::Range &part : line.series->visible())
            for (qsizetype i = part.from; i < part.to; ++i) {
                const SeriesPoint point = line.series->point(i);
                QString run = line.run;
                text += '"' + run.replace(QLatin1Char('"'), QStringLiteral("\"\"")).toUtf8() + "\","
                    + line.split.toUtf8() + ',' + QByteArray::number(point.step) + ','
                    + QByteArray::number(point.wallTime, 'f', 6) + ','
                    + QByteArray::number(static_cast<double>(point.value), 'g', 9) + '\n';
            }
    return text;
}

} // namespace espalier
