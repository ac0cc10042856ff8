// SPDX-License-Identifier: GPL-3.0-or-later
// What mouse and keyboard do on curves: look, zoom, go to a step.
#include "widgets/charts/time_chart.h"

#include "widgets/charts/chart_link.h"
#include "widgets/common/theme.h"

#include <QtGui/QHelpEvent>
#include <QtGui/QKeyEvent>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QMenu>
#include <QtWidgets/QToolTip>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr double kZoomStep = 1.25;
constexpr int kPageOfPoints = 10;

} // namespace

bool TimeChart::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        if (const ChartMark *mark = markAt(help->pos())) {
            QToolTip::showText(help->globalPos(), mark->label, this);
            return true;
        }
        if (help->pos().y() > titleHeight(Theme::current())) { // over the curves the table tells all
            QToolTip::hideText();
            return true;
        }
    }
    return ChartView::event(event);
}

const ChartMark *TimeChart::markAt(const QPointF &at) const
{
    const ChartMark *best = nullptr;
    double distance = Theme::current().px(6);
    for (const ChartMark &mark : m_marks) {
        const auto x = xOfMark(mark);
        if (!x || *x < frame().x.from || *x > frame().x.to)
            continue;
        const bool isOnGround = mark.kind == ChartMark::Kind::Checkpoint;
        const bool isInReach = !isOnGround || at.y() > frame().plot.bottom() - Theme::current().sizes.hit;
        if (const double away = std::abs(frame().x.toPixel(*x) - at.x()); isInReach && away < distance) {
            best = &mark;
            distance = away;
        }
    }
    return best;
}

void TimeChart::mousePressEvent(QMouseEvent *event)
{
    if (isEmpty() || (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton)) {
        ChartView::mousePressEvent(event);
        return;
    }
    m_pressed = m_pointer = event->position();
    const bool pans = event->button() == Qt::MiddleButton || event->modifiers() & Qt::ShiftModifier;
    m_drag = pans ? Drag::Pan : Drag::Pressed;
    if (pans)
        setCursor(Qt::ClosedHandCursor);
    event->accept();
}

void TimeChart::mouseMoveEvent(QMouseEvent *event)
{
    const QPointF at = event->position();
    m_isHovered = true;
    if (m_drag == Drag::Pan) {
        pan(at.x() - m_pointer.x());
        m_pointer = at;
        return;
    }
    m_pointer = at;
    if (m_drag == Drag::Pressed && (at - m_pressed).manhattanLength() > Theme::current().px(6))
        m_drag = Drag::Box;
    if (isEmpty())
        return;
    const QRectF plot = frame().plot;
    const bool isInside = at.x() >= plot.left() && at.x() <= plot.right();
    setCrosshair(isInside ? std::optional(frame().x.toValue(at.x())) : std::nullopt);
    update();
}

void TimeChart::mouseReleaseEvent(QMouseEvent *event)
{
    const Drag drag = std::exchange(m_drag, Drag::None);
    unsetCursor();
    if (drag == Drag::Pressed) {
        requestStep(frame().x.toValue(std::clamp(m_pressed.x(), frame().plot.left(), frame().plot.right())));
    } else if (drag == Drag::Box) {
        m_pointer = event->position();
        const Frame &shown = frame();
        const QRectF chosen = box();
        if (chosen.width() > 3) {
            const std::pair x(shown.x.toValue(chosen.left()), shown.x.toValue(chosen.right()));
            const bool cutsY = !isBoxFlat();
            const std::pair y(shown.y.toValue(chosen.bottom()), shown.y.toValue(chosen.top()));
            setYRange(cutsY ? std::optional(y) : std::nullopt);
            setXRange(x);
        }
    }
    update();
}

bool TimeChart::isBoxFlat() const
{
    return std::abs(m_pointer.y() - m_pressed.y()) < Theme::current().px(16);
}

QRectF TimeChart::box() const
{
    QRectF dragged = QRectF(m_pressed, m_pointer).normalized();
    if (isBoxFlat()) {
        dragged.setTop(frame().plot.top());
        dragged.setBottom(frame().plot.bottom());
    }
    return dragged & frame().plot;
}

void TimeChart::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton)
        fit();
}

void TimeChart::wheelEvent(QWheelEvent *event)
{
    // Without the focus the wheel belongs to the page that the chart lies on.
    if (isEmpty() || !(hasFocus() || event->modifiers() & Qt::ControlModifier)) {
        event->ignore();
        return;
    }
    if (event->angleDelta().x() != 0 && std::abs(event->angleDelta().x()) > std::abs(event->angleDelta().y()))
        pan(event->angleDelta().x() / 2.0);
    else if (event->angleDelta().y() != 0)
        zoom(std::pow(kZoomStep, event->angleDelta().y() / 120.0), frame().x.toValue(event->position().x()));
    event->accept();
}

void TimeChart::leaveEvent(QEvent *)
{
    m_isHovered = false;
    setCrosshair(std::nullopt);
    update();
}

void TimeChart::zoom(double factor, double around)
{
    AxisMap axis = frame().x;
    around = std::clamp(around, axis.from, axis.to);
    const double pixel = axis.toPixel(around);
    const std::pair range(axis.toValue(pixel - (pixel - axis.start) / factor),
                          axis.toValue(pixel + (axis.end - pixel) / factor));
    const auto [from, to] = wholeX();
    if (range.second - range.first >= to - from && factor < 1) {
        setXRange(std::nullopt);
        return;
    }
    const double least = (seriesAxis() == SeriesAxis::Step ? 1e-3 : 1e-5);
    if (range.second - range.first > std::max(least * 1e-2, (to - from) * 1e-12))
        setXRange(range);
}

void TimeChart::pan(double px)
{
    const AxisMap axis = frame().x;
    const auto whole = wholeX();
    std::pair range(axis.toValue(axis.start - px), axis.toValue(axis.end - px));
    if (px > 0 && range.first < whole.first) // not past what there is
        range = {whole.first, axis.toValue(axis.toPixel(whole.first) + axis.end - axis.start)};
    if (px < 0 && range.second > whole.second)
        range = {axis.toValue(axis.toPixel(whole.second) - (axis.end - axis.start)), whole.second};
    if (range.first >= whole.first && range.second <= whole.second && range.first < range.second)
        setXRange(range);
}

void TimeChart::walk(int points)
{
    const auto longest = std::max_element(m_series.begin(), m_series.end(), [](const auto &a, const auto &b) {
        return a.series->size() < b.series->size();
    });
    if (longest == m_series.end() || longest->series->isEmpty())
        return;
    const Series &series = *longest->series;
    const auto at = crosshair();
    qsizetype index = at ? series.nearest(seriesAxis(), toOwn(*longest, *at))
                         : series.nearest(seriesAxis(), toOwn(*longest, frame().x.to));
    // By visible points: a range's end leads into the next range.
    const auto ranges = series.visible();
    for (size_t r = 0; at && r < ranges.size(); ++r) {
        if (index < ranges[r].from || index >= ranges[r].to)
            continue;
        index += points;
        while (index >= ranges[r].to && r + 1 < ranges.size()) {
            index += ranges[r + 1].from - ranges[r].to;
            ++r;
        }
        while (index < ranges[r].from && r > 0) {
            index -= ranges[r].from - ranges[r - 1].to;
            --r;
        }
        index = std::clamp(index, ranges[r].from, ranges[r].to - 1);
        break;
    }
    const double x = toX(*longest, series.x(index, seriesAxis()));
    if (x < frame().x.from || x > frame().x.to) {
        const double half = (frame().x.to - frame().x.from) / 2;
        setXRange(std::pair(x - half, x + half));
    }
    setCrosshair(x);
}

void TimeChart::requestStep(double x)
{
    for (const ChartSeries &one : m_series) {
        const qsizetype index = one.series->nearest(seriesAxis(), toOwn(one, x));
        if (index < 0)
            continue;
        emit stepRequested(one.series->point(index).step);
        return;
    }
}

void TimeChart::keyPressEvent(QKeyEvent *event)
{
    const int page = event->modifiers() & Qt::ShiftModifier ? kPageOfPoints : 1;
    const double middle = crosshair().value_or((frame().x.from + frame().x.to) / 2);
    switch (event->key()) {
    case Qt::Key_Left:
        walk(-page);
        break;
    case Qt::Key_Right:
        walk(page);
        break;
    case Qt::Key_PageUp:
        pan(frame().plot.width() / 2);
        break;
    case Qt::Key_PageDown:
        pan(-frame().plot.width() / 2);
        break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoom(kZoomStep, middle);
        break;
    case Qt::Key_Minus:
        zoom(1 / kZoomStep, middle);
        break;
    case Qt::Key_Home:
        fit();
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!crosshair()) {
            ChartView::keyPressEvent(event);
            return;
        }
        requestStep(*crosshair());
        break;
    case Qt::Key_Escape:
        if (!crosshair() && m_drag == Drag::None) {
            ChartView::keyPressEvent(event);
            return;
        }
        m_drag = Drag::None;
        setCrosshair(std::nullopt);
        update();
        break;
    default:
        ChartView::keyPressEvent(event);
        return;
    }
    event->accept();
}

void TimeChart::focusInEvent(QFocusEvent *event)
{
    ChartView::focusInEvent(event);
    update();
}

void TimeChart::focusOutEvent(QFocusEvent *event)
{
    ChartView::focusOutEvent(event);
    update();
}

void TimeChart::resizeEvent(QResizeEvent *event)
{
    ChartView::resizeEvent(event);
    m_isFrameValid = false;
    m_isGroundValid = false;
    m_areCurvesValid = false;
}

void TimeChart::lookChanged()
{
    m_isFrameValid = false;
    m_isGroundValid = false;
    m_areCurvesValid = false;
    update();
}

void TimeChart::fillMenu(QMenu &menu)
{
    QAction *whole = menu.addAction(tr("Show all"));
    whole->setObjectName(QStringLiteral("fit"));
    whole->setEnabled(m_yRange || (m_link ? m_link->range() : m_xRange));
    connect(whole, &QAction::triggered, this, &TimeChart::fit);
}

} // namespace espalier
