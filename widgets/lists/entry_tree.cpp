// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/entry_tree.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/lists/entry_delegate.h"

#include <QtCore/QMimeData>
#include <QtGui/QDrag>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>

#include <memory>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

bool isEntry(const QModelIndex &index)
{
    return !index.data(EntryIdRole).toString().isEmpty();
}

/// What hangs at the pointer while an entry is dragged: its square and title on a small card.
QPixmap dragPicture(const QModelIndex &index, qreal ratio)
{
    const Theme &theme = Theme::current();
    const QString title = index.data(Qt::DisplayRole).toString();
    const int width = QFontMetrics(theme.font()).horizontalAdvance(title) + theme.px(46);
    QPixmap pixmap(QSize(width, theme.sizes.control) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.line);
    painter.setBrush(theme.node);
    const QRectF card(0.5, 0.5, width - 1, theme.sizes.control - 1);
    painter.drawRoundedRect(card, theme.sizes.radiusNode, theme.sizes.radiusNode);
    const QRectF square(theme.px(10), (theme.sizes.control - theme.sizes.icon) / 2.0, theme.sizes.icon,
                        theme.sizes.icon);
    drawCategorySquare(&painter, square, index.data(EntryIconRole).toString(),
                       theme.category(index.data(EntryCategoryRole).toString()));
    painter.setFont(theme.font());
    painter.setPen(theme.text);
    painter.drawText(card.adjusted(theme.px(34), 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, title);
    return pixmap;
}

} // namespace

EntryTree::EntryTree(QWidget *parent)
    : QTreeView(parent)
{
    setFrameShape(QFrame::NoFrame);
    setHeaderHidden(true);
    setIndentation(0);
    setRootIsDecorated(false);
    setUniformRowHeights(false);
    setEditTriggers(NoEditTriggers);
    setDragEnabled(true);
    setDragDropMode(DragOnly);
    setSelectionMode(SingleSelection);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setExpandsOnDoubleClick(false);
    setMouseTracking(true);
    setItemDelegate(new EntryDelegate(this));
}

void EntryTree::setEmptyText(const QString &text)
{
    m_emptyText = text;
    viewport()->update();
}

void EntryTree::step(int direction)
{
    QModelIndex index = currentIndex();
    if (!index.isValid())
        return chooseFirst();
    do
        index = direction > 0 ? indexBelow(index) : indexAbove(index);
    while (index.isValid() && !isEntry(index));
    if (index.isValid())
        setCurrentIndex(index);
}

void EntryTree::chooseFirst()
{
    QModelIndex index = model() ? model()->index(0, 0) : QModelIndex();
    while (index.isValid() && !isEntry(index))
        index = indexBelow(index);
    setCurrentIndex(index);
    scrollToTop();
}

QString EntryTree::currentId() const
{
    return currentIndex().data(EntryIdRole).toString();
}

void EntryTree::mouseReleaseEvent(QMouseEvent *event)
{
    const QModelIndex index = indexAt(event->position().toPoint());
    const bool isClick = event->button() == Qt::LeftButton && state() == NoState && index == currentIndex();
    QTreeView::mouseReleaseEvent(event);
    if (isClick && index.isValid() && !isEntry(index))
        setExpanded(index, !isExpanded(index));
}

void EntryTree::startDrag(Qt::DropActions)
{
    const QModelIndex index = currentIndex();
    std::unique_ptr<QMimeData> carried(model()->mimeData({index}));
    if (!carried)
        return;
    auto *drag = new QDrag(this);
    drag->setMimeData(carried.release());
    const QPixmap picture = dragPicture(index, devicePixelRatioF());
    drag->setPixmap(picture);
    const int grip = Theme::current().sizes.control / 2;
    drag->setHotSpot(QPoint(grip, grip));
    drag->exec(Qt::CopyAction);
}

void EntryTree::keyPressEvent(QKeyEvent *event)
{
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if ((isEnter || event->key() == Qt::Key_Space) && currentIndex().isValid() && !isEntry(currentIndex())) {
        setExpanded(currentIndex(), !isExpanded(currentIndex()));
        return;
    }
    if (isEnter && currentIndex().isValid()) {
        emit activated(currentIndex());
        return;
    }
    QTreeView::keyPressEvent(event);
}

void EntryTree::paintEvent(QPaintEvent *event)
{
    QTreeView::paintEvent(event);
    const Theme &theme = Theme::current();
    QPainter painter(viewport());
    if (model() && model()->rowCount() == 0 && !m_emptyText.isEmpty()) {
        painter.setFont(theme.font());
        painter.setPen(theme.muted);
        const int side = theme.space(Space::Medium);
        painter.drawText(viewport()->rect().adjusted(side, side, -side, -side),
                         Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap, m_emptyText);
    }
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme.selection, 2));
        const QRect row = currentIndex().isValid() ? visualRect(currentIndex()) : viewport()->rect();
        painter.drawRoundedRect(QRectF(row).adjusted(1, 1, -1, -1), theme.sizes.radiusSmall, theme.sizes.radiusSmall);
    }
}

} // namespace espalier
