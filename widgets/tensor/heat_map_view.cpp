// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/heat_map_view.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"
#include "widgets/common/theme_manager.h"

#include <QtGui/QAccessible>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QToolTip>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr double kZoomStep = 1.25;
constexpr double kMostZoom = 400;
constexpr double kGreatestCell = 48; ///< px at a 13 px font: a few numbers needn't fill a wall
constexpr double kLeastForText = 44; ///< px: a cell so wide has room for its number

} // namespace

HeatMapView::HeatMapView(QWidget *parent)
    : QAbstractScrollArea(parent)
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(Theme::current().px(120), Theme::current().px(64));
    setAccessibleName(tr("Heat map"));
    viewport()->setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
    connect(&ThemeManager::instance(), &ThemeManager::changed, this, [this] {
        render();
        arrange();
    });
}

void HeatMapView::setMatrix(const ValueMatrix &matrix)
{
    const bool isSameSize = matrix.rows == m_matrix.rows && matrix.columns == m_matrix.columns;
    m_matrix = matrix;
    if (!isSameSize) {
        m_zoom = 1;
        m_cursor = {};
        m_hovered = {-1, -1};
    }
    render();
    arrange();
}

void HeatMapView::setScale(ColourScale scale)
{
    m_scale = scale;
    render();
    viewport()->update();
}

void HeatMapView::render()
{
    if (m_matrix.isEmpty()) {
        m_image = {};
        return;
    }
    const Theme &theme = Theme::current();
    const ColourMap map(m_scale, theme.isDark);
    const ValueRange range = m_matrix.range.on(m_scale);
    m_image = QImage(m_matrix.columns, m_matrix.rows, QImage::Format_RGB32);
    for (int y = 0; y < m_matrix.rows; ++y) {
        auto *line = reinterpret_cast<QRgb *>(m_image.scanLine(y));
        for (int x = 0; x < m_matrix.columns; ++x) {
            const double value = m_matrix.at(y, x);
            line[x] = std::isfinite(value) ? map.at(range.share(value)) : theme.error.rgb();
        }
    }
}

QSizeF HeatMapView::shownSize() const
{
    if (m_matrix.isEmpty())
        return {};
    const QSizeF room = viewport()->size();
    const double columns = m_matrix.columns;
    const double rows = m_matrix.rows;
    const double most = kGreatestCell * Theme::current().scale;
    double width = std::min(most, room.width() / columns);
    double height = std::min(most, room.height() / rows);
    // Cells are squares, unless that would leave one of a long thin matrix less than a pixel.
    const double side = std::min(width, height);
    width = std::max(side, std::min(width, 3.0)) * m_zoom;
    height = std::max(side, std::min(height, 3.0)) * m_zoom;
    if (rows == 1)
        height = std::max(height, std::min(room.height(), most / 2));
    if (columns == 1)
        width = std::max(width, std::min(room.width(), most / 2));
    return {width * columns, height * rows};
}

void HeatMapView::arrange()
{
    const QSizeF all = shownSize();
    for (QScrollBar *bar : {horizontalScrollBar(), verticalScrollBar()}) {
        const bool isAcross = bar == horizontalScrollBar();
        const double room = isAcross ? viewport()->width() : viewport()->height();
        const double size = isAcross ? all.width() : all.height();
        bar->setRange(0, m_zoom > 1 ? std::max(0, static_cast<int>(std::ceil(size - room))) : 0);
        bar->setPageStep(static_cast<int>(room));
        bar->setSingleStep(Theme::current().px(24));
    }
    viewport()->update();
}

QPointF HeatMapView::origin() const
{
    return {-static_cast<double>(horizontalScrollBar()->value()), -static_cast<double>(verticalScrollBar()->value())};
}

QRectF HeatMapView::rectOf(const QPoint &cell) const
{
    if (m_matrix.isEmpty())
        return {};
    const QSizeF all = shownSize();
    const QSizeF each(all.width() / m_matrix.columns, all.height() / m_matrix.rows);
    return {origin() + QPointF(cell.x() * each.width(), cell.y() * each.height()), each};
}

QPoint HeatMapView::cellAt(const QPointF &point) const
{
    const QRectF first = rectOf({0, 0});
    if (first.isEmpty())
        return {-1, -1};
    const QPointF off = point - first.topLeft();
    const QPoint cell(static_cast<int>(std::floor(off.x() / first.width())),
                      static_cast<int>(std::floor(off.y() / first.height())));
    const bool isInside = cell.x() >= 0 && cell.y() >= 0 && cell.x() < m_matrix.columns && cell.y() < m_matrix.rows;
    return isInside ? cell : QPoint(-1, -1);
}

void HeatMapView::setCursorCell(const QPoint &cell)
{
    if (m_matrix.isEmpty())
        return;
    const QPoint held(std::clamp(cell.x(), 0, m_matrix.columns - 1), std::clamp(cell.y(), 0, m_matrix.rows - 1));
    const bool moved = held != m_cursor;
    m_cursor = held;
    const QRectF place = rectOf(held);
    const auto show = [](QScrollBar *bar, double from, double to, double room) {
        if (from < 0)
            bar->setValue(bar->value() + static_cast<int>(std::floor(from)));
        else if (to > room)
            bar->setValue(bar->value() + static_cast<int>(std::ceil(to - room)));
    };
    show(horizontalScrollBar(), place.left(), place.right(), viewport()->width());
    show(verticalScrollBar(), place.top(), place.bottom(), viewport()->height());
    viewport()->update();
    tell(held);
    if (moved)
        emit cursorMoved(held);
}

void HeatMapView::tell(const QPoint &cell)
{
    const QString text = cell.x() < 0 || m_matrix.isEmpty() ? QString() : m_matrix.textAt(cell.y(), cell.x());
    setAccessibleDescription(text);
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
    emit told(text);
}

void HeatMapView::zoomTo(double zoom, const QPointF &about)
{
    const QSizeF before = shownSize();
    if (before.isEmpty())
        return;
    const QPointF at = about - origin();
    m_zoom = std::clamp(zoom, 1.0, kMostZoom);
    arrange();
    const QSizeF after = shownSize();
    horizontalScrollBar()->setValue(static_cast<int>(at.x() * after.width() / before.width() - about.x()));
    verticalScrollBar()->setValue(static_cast<int>(at.y() * after.height() / before.height() - about.y()));
}

void HeatMapView::zoomIn()
{
    zoomTo(m_zoom * kZoomStep, rectOf(m_cursor).center());
}

void HeatMapView::zoomOut()
{
    zoomTo(m_zoom / kZoomStep, rectOf(m_cursor).center());
}

void HeatMapView::fit()
{
    m_zoom = 1;
    arrange();
}

void HeatMapView::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), theme.panel);
    if (m_image.isNull())
        return;
    const QRectF all(origin(), shownSize());
    const QRectF cell = rectOf({0, 0});
    // Where a value has less than a pixel, means of neighbours tell more than whichever was hit.
    painter.setRenderHint(QPainter::SmoothPixmapTransform, cell.width() < 1 || cell.height() < 1);
    painter.drawImage(all, m_image);
    painter.setPen(theme.line);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(all.adjusted(0, 0, -1, -1));
    if (cell.width() >= kLeastForText * theme.scale && cell.height() >= theme.px(16))
        paintValues(painter, all & QRectF(viewport()->rect()));
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme.panel, 4));
        painter.drawRect(rectOf(m_cursor));
        painter.setPen(QPen(theme.selection, 2));
        painter.drawRect(rectOf(m_cursor));
    }
}

void HeatMapView::paintValues(QPainter &painter, const QRectF &visible)
{
    const Theme &theme = Theme::current();
    painter.setFont(theme.font(TextSize::Caption));
    const QPoint first = cellAt(visible.topLeft() + QPointF(0.5, 0.5));
    for (int y = std::max(0, first.y()); y < m_matrix.rows && rectOf({0, y}).top() < visible.bottom(); ++y) {
        for (int x = std::max(0, first.x()); x < m_matrix.columns && rectOf({x, 0}).left() < visible.right(); ++x) {
            const QColor ground(m_image.pixel(x, y));
            const bool isBright = contrastRatio(ground, Qt::black) > contrastRatio(ground, Qt::white);
            painter.setPen(isBright ? Qt::black : Qt::white);
            drawFigures(&painter, rectOf({x, y}), Qt::AlignCenter, formatNumber(m_matrix.at(y, x)));
        }
    }
}

void HeatMapView::resizeEvent(QResizeEvent *)
{
    arrange();
}

void HeatMapView::wheelEvent(QWheelEvent *event)
{
    if (event->modifiers() & Qt::ControlModifier)
        zoomTo(m_zoom * std::pow(kZoomStep, event->angleDelta().y() / 120.0), event->position());
    else
        QAbstractScrollArea::wheelEvent(event);
    event->accept();
}

void HeatMapView::keyPressEvent(QKeyEvent *event)
{
    const int page = event->modifiers() & Qt::ControlModifier ? 10 : 1;
    switch (event->key()) {
    case Qt::Key_Left:
        return setCursorCell(m_cursor - QPoint(page, 0));
    case Qt::Key_Right:
        return setCursorCell(m_cursor + QPoint(page, 0));
    case Qt::Key_Up:
        return setCursorCell(m_cursor - QPoint(0, page));
    case Qt::Key_Down:
        return setCursorCell(m_cursor + QPoint(0, page));
    case Qt::Key_Home:
        return setCursorCell({0, m_cursor.y()});
    case Qt::Key_End:
        return setCursorCell({m_matrix.columns - 1, m_cursor.y()});
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoomIn();
    case Qt::Key_Minus:
        return zoomOut();
    case Qt::Key_0:
        return fit();
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

void HeatMapView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_isPanning = false;
    m_grabbed = event->position().toPoint();
    if (const QPoint cell = cellAt(event->position()); cell.x() >= 0)
        setCursorCell(cell);
}

void HeatMapView::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons() & Qt::LeftButton) {
        const QPoint now = event->position().toPoint();
        if (!m_isPanning && (now - m_grabbed).manhattanLength() < 4)
            return;
        m_isPanning = true;
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() - (now - m_grabbed).x());
        verticalScrollBar()->setValue(verticalScrollBar()->value() - (now - m_grabbed).y());
        m_grabbed = now;
        return;
    }
    const QPoint cell = cellAt(event->position());
    if (cell == m_hovered)
        return;
    m_hovered = cell;
    tell(cell);
}

void HeatMapView::mouseReleaseEvent(QMouseEvent *)
{
    m_isPanning = false;
}

bool HeatMapView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QPoint cell = cellAt(help->pos());
        if (cell.x() < 0)
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), m_matrix.textAt(cell.y(), cell.x()), viewport(),
                               rectOf(cell).toAlignedRect());
        return true;
    }
    if (event->type() == QEvent::Leave) {
        m_hovered = {-1, -1};
        tell(hasFocus() ? m_cursor : m_hovered);
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void HeatMapView::focusInEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void HeatMapView::focusOutEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

} // namespace espalier
