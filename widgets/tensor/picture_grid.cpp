// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/picture_grid.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"
#include "widgets/common/theme_manager.h"

#include <QtCore/QAbstractTableModel>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QStyledItemDelegate>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr double kZoomStep = 1.25;
constexpr int kUsualSide = 48; ///< px at a 13 px font
constexpr int kMostSide = 512;
constexpr int kLeastSide = 8;
constexpr int kGap = 4; ///< between pictures, px at a 13 px font

} // namespace

/// The pictures as a table, so that keyboard, selection and screen readers work as in any other.
class PictureGridModel : public QAbstractTableModel {
public:
    using QAbstractTableModel::QAbstractTableModel;

    void set(const PictureSheet &sheet, int columns)
    {
        const bool isSame = sheet.count == m_sheet.count && columns == m_columns;
        if (!isSame)
            beginResetModel();
        m_sheet = sheet;
        m_columns = std::max(1, columns);
        if (!isSame)
            endResetModel();
    }
    const PictureSheet &sheet() const { return m_sheet; }
    int pictureAt(const QModelIndex &at) const
    {
        const int picture = at.isValid() ? at.row() * m_columns + at.column() : -1;
        return picture < m_sheet.count ? picture : -1;
    }
    int rowCount(const QModelIndex &parent = {}) const override
    {
        return parent.isValid() || m_sheet.isEmpty() ? 0 : (m_sheet.count + m_columns - 1) / m_columns;
    }
    int columnCount(const QModelIndex &parent = {}) const override
    {
        return parent.isValid() || m_sheet.isEmpty() ? 0 : m_columns;
    }
    Qt::ItemFlags flags(const QModelIndex &at) const override
    {
        return pictureAt(at) < 0 ? Qt::NoItemFlags : QAbstractTableModel::flags(at);
    }
    QVariant data(const QModelIndex &at, int role) const override
    {
        const int picture = pictureAt(at);
        if (picture < 0)
            return {};
        if (role == Qt::AccessibleTextRole || role == Qt::ToolTipRole) {
            if (m_sheet.ranges.isEmpty())
                return m_sheet.nameOf(picture);
            const ValueRange range = m_sheet.rangeOf(picture);
            return PictureGrid::tr("%1: from %2 to %3")
                .arg(m_sheet.nameOf(picture), formatNumber(range.minimum), formatNumber(range.maximum));
        }
        return {};
    }

private:
    PictureSheet m_sheet;
    int m_columns = 1;
};

class PictureDelegate : public QStyledItemDelegate {
public:
    explicit PictureDelegate(PictureGrid *grid)
        : QStyledItemDelegate(grid)
        , m_grid(grid)
    {
    }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = Theme::current();
        const int picture = m_grid->m_model->pictureAt(index);
        if (picture < 0)
            return;
        const QRect place(option.rect.topLeft(), m_grid->pictureSize());
        const QRect from = m_grid->sheet().rectOf(picture);
        painter->setRenderHint(QPainter::SmoothPixmapTransform, place.width() < from.width());
        painter->drawImage(place, m_grid->m_coloured, from);
        if (!(option.state & QStyle::State_Selected))
            return;
        painter->setPen(QPen(theme.selection, 2));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(place.adjusted(0, 0, 1, 1));
    }

private:
    PictureGrid *m_grid;
};

PictureGrid::PictureGrid(QWidget *parent)
    : QTableView(parent)
    , m_model(new PictureGridModel(this))
    , m_side(Theme::current().px(kUsualSide))
{
    setModel(m_model);
    setItemDelegate(new PictureDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setSelectionMode(SingleSelection);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    setAccessibleName(tr("Pictures"));
    viewport()->setMouseTracking(true);
    for (QHeaderView *header : {horizontalHeader(), verticalHeader()}) {
        header->hide();
        header->setMinimumSectionSize(kLeastSide);
        header->setSectionResizeMode(QHeaderView::Fixed);
    }
    connect(&ThemeManager::instance(), &ThemeManager::changed, this, &PictureGrid::recolour);
}

void PictureGrid::setSheet(const PictureSheet &sheet)
{
    const int current = currentPicture();
    m_model->set(sheet, sheet.rowWord.isEmpty() ? columns() : sheet.columns);
    arrange();
    recolour();
    if (current >= 0 && current < sheet.count)
        setCurrentPicture(current);
}

const PictureSheet &PictureGrid::sheet() const
{
    return m_model->sheet();
}

void PictureGrid::setScale(ColourScale scale)
{
    m_scale = scale;
    recolour();
}

void PictureGrid::recolour()
{
    const PictureSheet &now = sheet();
    if (now.isEmpty()) {
        m_coloured = {};
    } else {
        const ColourMap map(m_scale, Theme::current().isDark);
        // Each over its own range: zero is nowhere in particular, and the levels are the scale.
        const bool isEach = !now.ranges.isEmpty();
        const ValueRange all = isEach ? ValueRange{0, 1} : now.range;
        m_coloured = coloured(now.levels, all, isEach ? all : all.on(m_scale), map);
    }
    viewport()->update();
}

QSize PictureGrid::pictureSize() const
{
    const QSize cell = sheet().cell;
    if (cell.isEmpty())
        return {m_side, m_side};
    const QSize fitted = cell.scaled(m_side, m_side, Qt::KeepAspectRatio);
    return fitted.expandedTo({kLeastSide, kLeastSide});
}

int PictureGrid::columns() const
{
    if (!sheet().rowWord.isEmpty())
        return sheet().columns;
    const int pitch = pictureSize().width() + Theme::current().px(kGap);
    const int room = viewport()->width();
    return std::clamp(room / std::max(1, pitch), 1, std::max(1, sheet().count));
}

void PictureGrid::arrange()
{
    const int gap = Theme::current().px(kGap);
    const QSize size = pictureSize();
    horizontalHeader()->setDefaultSectionSize(size.width() + gap);
    verticalHeader()->setDefaultSectionSize(size.height() + gap);
    if (m_model->columnCount() == columns() || sheet().isEmpty())
        return;
    const int current = currentPicture();
    m_model->set(PictureSheet(sheet()), columns());
    if (current >= 0)
        setCurrentPicture(current);
}

void PictureGrid::setSide(int side)
{
    m_side = std::clamp(side, kLeastSide, kMostSide);
    arrange();
    viewport()->update();
    if (currentIndex().isValid())
        scrollTo(currentIndex());
}

void PictureGrid::zoomIn()
{
    setSide(static_cast<int>(std::ceil(m_side * kZoomStep)));
}

void PictureGrid::zoomOut()
{
    setSide(static_cast<int>(m_side / kZoomStep));
}

void PictureGrid::resetZoom()
{
    setSide(Theme::current().px(kUsualSide));
}

int PictureGrid::currentPicture() const
{
    return m_model->pictureAt(currentIndex());
}

void PictureGrid::setCurrentPicture(int index)
{
    const int across = std::max(1, m_model->columnCount());
    setCurrentIndex(index < 0 ? QModelIndex() : m_model->index(index / across, index % across));
}

QRect PictureGrid::pictureRect(int index) const
{
    const int across = std::max(1, m_model->columnCount());
    return {visualRect(m_model->index(index / across, index % across)).topLeft(), pictureSize()};
}

void PictureGrid::currentChanged(const QModelIndex &current, const QModelIndex &previous)
{
    QTableView::currentChanged(current, previous);
    emit currentPictureChanged(m_model->pictureAt(current));
    emit told(m_model->data(current, Qt::ToolTipRole).toString());
}

void PictureGrid::tellAt(const QPoint &point)
{
    const QModelIndex at = indexAt(point);
    const int picture = m_model->pictureAt(at);
    const QRect place = picture < 0 ? QRect() : pictureRect(picture);
    if (!place.contains(point)) {
        emit told({});
        return;
    }
    const QSize cell = sheet().cell;
    const QPoint pixel((point.x() - place.left()) * cell.width() / place.width(),
                       (point.y() - place.top()) * cell.height() / place.height());
    emit told(tr("%1, row %2, column %3: about %4")
                  .arg(m_model->data(at, Qt::ToolTipRole).toString())
                  .arg(pixel.y() * sheet().shrink)
                  .arg(pixel.x() * sheet().shrink)
                  .arg(formatNumber(sheet().valueAt(picture, pixel))));
}

bool PictureGrid::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::MouseMove)
        tellAt(static_cast<QMouseEvent *>(event)->position().toPoint());
    else if (event->type() == QEvent::Leave)
        emit told({});
    return QTableView::viewportEvent(event);
}

void PictureGrid::resizeEvent(QResizeEvent *event)
{
    QTableView::resizeEvent(event);
    arrange();
}

void PictureGrid::wheelEvent(QWheelEvent *event)
{
    if (!(event->modifiers() & Qt::ControlModifier)) {
        QTableView::wheelEvent(event);
        return;
    }
    setSide(static_cast<int>(std::lround(m_side * std::pow(kZoomStep, event->angleDelta().y() / 120.0))));
    event->accept();
}

void PictureGrid::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoomIn();
    case Qt::Key_Minus:
        return zoomOut();
    case Qt::Key_0:
        return resetZoom();
    default:
        QTableView::keyPressEvent(event);
    }
}

} // namespace espalier
