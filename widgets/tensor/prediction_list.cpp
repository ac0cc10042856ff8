// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/prediction_list.h"

#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QAbstractListModel>
#include <QtCore/QHash>
#include <QtCore/QSet>
#include <QtCore/QTimer>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QStyledItemDelegate>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr int kCardWidth = 224; ///< px at a 13 px font
constexpr int kCardHeight = 72;
constexpr qsizetype kMostPictures = 2000; ///< kept; more are asked for again

} // namespace

class PredictionModel : public QAbstractListModel {
public:
    using QAbstractListModel::QAbstractListModel;

    QList<PredictionItem> items;
    qint64 total = 0;
    QHash<qint64, QImage> pictures;
    QSet<qint64> asked;
    std::function<void()> wantsMore;

    void set(const QList<PredictionItem> &all, qint64 of)
    {
        beginResetModel();
        items = all;
        total = of;
        asked.clear();
        if (pictures.size() > kMostPictures)
            pictures.clear();
        endResetModel();
    }
    void append(const QList<PredictionItem> &more, qint64 of)
    {
        if (more.isEmpty())
            return;
        beginInsertRows({}, int(items.size()), int(items.size() + more.size()) - 1);
        items += more;
        total = of;
        endInsertRows();
    }
    void setPicture(qint64 row, const QImage &picture)
    {
        pictures.insert(row, picture);
        for (qsizetype i = 0; i < items.size(); ++i)
            if (items[i].row == row)
                emit dataChanged(index(int(i)), index(int(i)));
    }
    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(items.size()); }
    QVariant data(const QModelIndex &at, int role) const override
    {
        if (!at.isValid())
            return {};
        const PredictionItem &item = items[at.row()];
        if (role == Qt::ToolTipRole || role == Qt::AccessibleDescriptionRole)
            return item.detail;
        if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
            return PredictionList::tr("%1: is %2, predicted %3, loss %4")
                .arg(item.title, item.target, item.predicted, formatNumber(item.loss));
        return {};
    }
    bool canFetchMore(const QModelIndex &parent) const override { return !parent.isValid() && items.size() < total; }
    void fetchMore(const QModelIndex &) override { wantsMore(); }
};

class PredictionDelegate : public QStyledItemDelegate {
public:
    explicit PredictionDelegate(PredictionList *list)
        : QStyledItemDelegate(list)
        , m_list(list)
    {
    }
    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {Theme::current().px(kCardWidth), Theme::current().px(kCardHeight)};
    }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = Theme::current();
        const PredictionItem &item = m_list->m_model->items[index.row()];
        const int gap = theme.space(Space::Small);
        QRect card = option.rect.adjusted(0, 0, -gap / 2, -gap / 2);
        painter->setRenderHint(QPainter::Antialiasing);
        const bool isSelected = option.state & QStyle::State_Selected;
        painter->setPen(isSelected ? QPen(theme.selection, 2) : QPen(theme.line, 1));
        painter->setBrush(option.state & QStyle::State_MouseOver ? theme.hover : theme.raised);
        painter->drawRoundedRect(QRectF(card).adjusted(1, 1, -1, -1), theme.sizes.radiusSmall, theme.sizes.radiusSmall);
        QRect inside = card.adjusted(gap, gap, -gap, -gap);
        if (m_list->m_showsPictures) {
            const int side = inside.height();
            paintPicture(*painter, QRect(inside.topLeft(), QSize(side, side)), item.row);
            inside.setLeft(inside.left() + side + gap);
        }
        paintWords(*painter, inside, item);
    }

private:
    void paintPicture(QPainter &painter, const QRect &place, qint64 row) const
    {
        const Theme &theme = Theme::current();
        const QImage picture = m_list->m_model->pictures.value(row);
        if (picture.isNull()) {
            painter.fillRect(place, theme.hover);
            if (!m_list->m_model->asked.contains(row)) {
                m_list->m_model->asked.insert(row);
                m_list->m_wanted.append(row);
            }
            return;
        }
        QRect fitted(QPoint(), picture.size().scaled(place.size(), Qt::KeepAspectRatio));
        fitted.moveCenter(place.center());
        painter.setRenderHint(QPainter::SmoothPixmapTransform, picture.width() > fitted.width());
        painter.drawImage(fitted, picture);
    }
    void paintWords(QPainter &painter, const QRect &place, const PredictionItem &item) const
    {
        const Theme &theme = Theme::current();
        const int line = place.height() / 3;
        QRect row(place.topLeft(), QSize(place.width(), line));
        painter.setFont(theme.font(TextSize::Body, TextWeight::Strong));
        const QFontMetrics metrics(painter.font());
        const int mark = theme.px(14);
        drawIcon(&painter, QRectF(row.left(), row.center().y() - mark / 2.0 + 0.5, mark, mark),
                 item.isRight ? QStringLiteral("check") : QStringLiteral("close"),
                 item.isRight ? theme.okText : theme.errorText);
        QRect words = row.adjusted(mark + theme.space(Space::Tiny), 0, 0, 0);
        if (item.row == m_list->m_pinned) {
            drawIcon(&painter, QRectF(words.right() - mark, row.center().y() - mark / 2.0, mark, mark),
                     QStringLiteral("pin"), theme.muted);
            words.setRight(words.right() - mark);
        }
        painter.setPen(theme.text);
        const QString said
            = item.isRight ? item.predicted : PredictionList::tr("%1, is %2").arg(item.predicted, item.target);
        painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
                         metrics.elidedText(said, Qt::ElideRight, words.width()));
        row.translate(0, line);
        paintProbability(painter, row, item);
        row.translate(0, line);
        painter.setFont(theme.font(TextSize::Caption));
        painter.setPen(theme.muted);
        const QString loss = PredictionList::tr("loss %1").arg(formatNumber(item.loss));
        const int lossWidth = QFontMetrics(painter.font()).horizontalAdvance(loss) + theme.space(Space::Small);
        drawFigures(&painter, row, Qt::AlignRight | Qt::AlignVCenter, loss);
        painter.drawText(row.adjusted(0, 0, -lossWidth, 0), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
                         QFontMetrics(painter.font()).elidedText(item.title, Qt::ElideRight, row.width() - lossWidth));
    }
    static void paintProbability(QPainter &painter, const QRect &row, const PredictionItem &item)
    {
        if (item.probability < 0)
            return;
        const Theme &theme = Theme::current();
        painter.setFont(theme.font(TextSize::Caption));
        painter.setPen(theme.muted);
        const int words = theme.px(44);
        drawFigures(&painter, row, Qt::AlignRight | Qt::AlignVCenter, formatPercent(item.probability));
        const int high = theme.px(4);
        const QRectF bar(row.left(), row.center().y() - high / 2.0 + 0.5, row.width() - words, high);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.line);
        painter.drawRoundedRect(bar, high / 2.0, high / 2.0);
        QRectF filled = bar;
        filled.setWidth(bar.width() * std::clamp(item.probability, 0.0, 1.0));
        painter.setBrush(item.isRight ? theme.ok : theme.error);
        painter.drawRoundedRect(filled, high / 2.0, high / 2.0);
    }

    PredictionList *m_list;
};

PredictionList::PredictionList(QWidget *parent)
    : QListView(parent)
    , m_model(new PredictionModel(this))
{
    m_model->wantsMore = [this] { emit moreRequested(); };
    setModel(m_model);
    setItemDelegate(new PredictionDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setViewMode(IconMode);
    setMovement(Static);
    setResizeMode(Adjust);
    setUniformItemSizes(true);
    setSelectionMode(SingleSelection);
    setVerticalScrollMode(ScrollPerPixel);
    setMouseTracking(true);
    setAccessibleName(tr("Predictions"));
    connect(this, &QListView::clicked, this, [this](const QModelIndex &at) { emit chosen(items()[at.row()].row); });
}

void PredictionList::setItems(const QList<PredictionItem> &items, qint64 total)
{
    m_model->set(items, total);
}

void PredictionList::appendItems(const QList<PredictionItem> &items, qint64 total)
{
    m_model->append(items, total);
}

const QList<PredictionItem> &PredictionList::items() const
{
    return m_model->items;
}

void PredictionList::setPicture(qint64 row, const QImage &picture)
{
    m_model->setPicture(row, picture);
}

bool PredictionList::hasPicture(qint64 row) const
{
    return m_model->pictures.contains(row);
}

void PredictionList::setShowsPictures(bool shows)
{
    m_showsPictures = shows;
    viewport()->update();
}

void PredictionList::setPinnedRow(qint64 row)
{
    m_pinned = row;
    viewport()->update();
}

int PredictionList::currentItem() const
{
    return currentIndex().isValid() ? currentIndex().row() : -1;
}

void PredictionList::keyPressEvent(QKeyEvent *event)
{
    const bool chooses = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (chooses && currentIndex().isValid())
        emit chosen(items()[currentIndex().row()].row);
    else
        QListView::keyPressEvent(event);
}

void PredictionList::paintEvent(QPaintEvent *event)
{
    QListView::paintEvent(event);
    if (m_wanted.isEmpty())
        return;
    // What was painted without a picture asks for it, after painting.
    QTimer::singleShot(0, this, [this] {
        const QList<qint64> rows = std::exchange(m_wanted, {});
        if (!rows.isEmpty())
            emit picturesRequested(rows);
    });
}

} // namespace espalier
