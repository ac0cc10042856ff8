// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/confusion_view.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"
#include "widgets/common/theme_manager.h"
#include "widgets/tensor/colour_map.h"

#include <QtCore/QAbstractTableModel>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QStyledItemDelegate>

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

constexpr int kLeastCell = 6; ///< px
constexpr int kGreatestCell = 96; ///< px at a 13 px font, across
constexpr int kLeastForText = 30; ///< px at a 13 px font, across
constexpr qsizetype kLongestName = 60;

} // namespace

class ConfusionModel : public QAbstractTableModel {
public:
    using QAbstractTableModel::QAbstractTableModel;

    void set(const ConfusionData &data)
    {
        const bool isSame = data.classes == m_data.classes;
        if (!isSame)
            beginResetModel();
        m_data = data;
        m_sums.clear();
        for (qsizetype row = 0; row < data.classes.size(); ++row) {
            const QList<qint64> counts = data.counts.value(row);
            m_sums.append(std::accumulate(counts.begin(), counts.end(), qint64(0)));
        }
        if (!isSame)
            endResetModel();
        else if (!data.classes.isEmpty())
            emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    }
    const ConfusionData &confusion() const { return m_data; }
    qint64 count(int row, int column) const { return m_data.counts.value(row).value(column); }
    double share(int row, int column) const
    {
        const qint64 sum = m_sums.value(row);
        return sum > 0 ? double(count(row, column)) / double(sum) : 0;
    }
    QString name(int index) const { return m_data.classes.value(index).left(kLongestName); }
    int rowCount(const QModelIndex &parent = {}) const override
    {
        return parent.isValid() ? 0 : int(m_data.classes.size());
    }
    int columnCount(const QModelIndex &parent = {}) const override { return rowCount(parent); }
    QVariant data(const QModelIndex &at, int role) const override
    {
        if (!at.isValid())
            return {};
        if (role == Qt::DisplayRole)
            return formatCount(count(at.row(), at.column()));
        if (role == Qt::ToolTipRole || role == Qt::AccessibleTextRole)
            return sentence(at.row(), at.column());
        return {};
    }
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override
    {
        if (role == Qt::DisplayRole)
            return name(section);
        if (role == Qt::ToolTipRole)
            return orientation == Qt::Vertical ? ConfusionView::tr("%1: %2 samples are of this class.")
                                                     .arg(name(section), formatCount(m_sums.value(section)))
                                               : ConfusionView::tr("What was predicted as %1.").arg(name(section));
        return {};
    }

private:
    QString sentence(int row, int column) const
    {
        const QString text = row == column ? ConfusionView::tr("%1 of %2 samples of %3 were recognised: %4.")
                                           : ConfusionView::tr("%1 of %2 samples of %3 were taken for %5: %4.");
        QString said = text.arg(formatCount(count(row, column)), formatCount(m_sums.value(row)), name(row),
                                formatPercent(share(row, column)));
        return row == column ? said : said.arg(name(column));
    }

    ConfusionData m_data;
    QList<qint64> m_sums;
};

class ConfusionDelegate : public QStyledItemDelegate {
public:
    explicit ConfusionDelegate(ConfusionView *view)
        : QStyledItemDelegate(view)
        , m_view(view)
    {
    }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = Theme::current();
        const bool isRight = index.row() == index.column();
        const double share = m_view->m_model->share(index.row(), index.column());
        const qint64 count = m_view->m_model->count(index.row(), index.column());
        const int gap = option.rect.width() > 2 * kLeastCell ? 1 : 0;
        const QRect place = option.rect.adjusted(0, 0, -gap, -gap);
        // Right ones and wrong ones are two colours of a scale that everybody can tell apart; their place tells it too.
        const ColourMap map(ColourScale::Diverging, theme.isDark);
        const double reach = count > 0 ? 0.08 + 0.92 * std::min(1.0, isRight ? share : share * 1.5) : 0;
        const QColor ground(map.at(0.5 + (isRight ? -reach : reach) * 0.42));
        painter->fillRect(place, count > 0 ? ground : theme.raised);
        if (place.width() >= theme.px(kLeastForText) && place.height() >= theme.px(16) && (count > 0 || isRight)) {
            const bool isBright = contrastRatio(ground, Qt::black) > contrastRatio(ground, Qt::white);
            painter->setPen(count == 0 ? theme.muted : QColor(isBright ? Qt::black : Qt::white));
            painter->setFont(theme.font(TextSize::Caption, isRight ? TextWeight::Strong : TextWeight::Regular));
            const QString text = m_view->m_showsShares ? formatPercent(share) : formatCount(count);
            const bool fits = figuresWidth(painter->font(), text) < place.width();
            drawFigures(painter, place, Qt::AlignCenter, fits ? text : formatShort(double(count), 2));
        }
        if (option.state & QStyle::State_Selected) {
            painter->setPen(QPen(theme.selection, 2));
            painter->setBrush(Qt::NoBrush);
            painter->drawRect(place.adjusted(1, 1, -1, -1));
        }
    }

private:
    ConfusionView *m_view;
};

/// Rows may be lower than a header of the style would like: names still show whole.
class ClassHeader : public QHeaderView {
public:
    explicit ClassHeader(QWidget *parent)
        : QHeaderView(Qt::Vertical, parent)
    {
    }

protected:
    void paintSection(QPainter *painter, const QRect &rect, int index) const override
    {
        const Theme &theme = Theme::current();
        painter->setFont(theme.font(TextSize::Caption));
        painter->setPen(theme.muted);
        const QRect words = rect.adjusted(0, 0, -theme.space(Space::Small), 0);
        const QString name = model()->headerData(index, Qt::Vertical).toString();
        painter->drawText(words, int(Qt::AlignRight | Qt::AlignVCenter) | Qt::TextSingleLine,
                          painter->fontMetrics().elidedText(name, Qt::ElideRight, words.width()));
    }
};

ConfusionView::ConfusionView(QWidget *parent)
    : QTableView(parent)
    , m_model(new ConfusionModel(this))
{
    setVerticalHeader(new ClassHeader(this));
    setModel(m_model);
    setItemDelegate(new ConfusionDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setSelectionMode(SingleSelection);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    setAccessibleName(tr("Confusion matrix: a row a true class, a column a predicted one"));
    setCornerButtonEnabled(false);
    for (QHeaderView *header : {horizontalHeader(), verticalHeader()}) {
        header->setMinimumSectionSize(kLeastCell);
        header->setSectionResizeMode(QHeaderView::Fixed);
        header->setHighlightSections(true);
        header->setSectionsClickable(false);
        header->setTextElideMode(Qt::ElideRight);
    }
    horizontalHeader()->setDefaultAlignment(Qt::AlignCenter);
    connect(this, &QTableView::clicked, this,
            [this](const QModelIndex &at) { emit cellChosen(at.row(), at.column()); });
    connect(&ThemeManager::instance(), &ThemeManager::changed, this, [this] { arrange(); });
}

void ConfusionView::setConfusion(const ConfusionData &confusion)
{
    m_model->set(confusion);
    arrange();
    viewport()->update();
}

const ConfusionData &ConfusionView::confusion() const
{
    return m_model->confusion();
}

void ConfusionView::setShowsShares(bool shares)
{
    m_showsShares = shares;
    viewport()->update();
}

void ConfusionView::arrange()
{
    const int count = m_model->rowCount();
    if (count == 0)
        return;
    const Theme &theme = Theme::current();
    const QFontMetrics metrics(horizontalHeader()->font());
    int widest = 0;
    for (int i = 0; i < std::min(count, 200); ++i)
        widest = std::max(widest, metrics.horizontalAdvance(m_model->name(i)));
    verticalHeader()->setFixedWidth(std::min(widest + theme.px(28), theme.px(140)));
    const int down = (height() - horizontalHeader()->sizeHint().height()) / count;
    const int bar = down < theme.px(16) ? verticalScrollBar()->sizeHint().width() : 0;
    const int across = (width() - verticalHeader()->width() - bar) / count;
    const int least = std::min(std::max(theme.px(28), widest + theme.px(22)), theme.px(64));
    horizontalHeader()->setDefaultSectionSize(std::clamp(across, least, theme.px(kGreatestCell)));
    verticalHeader()->setDefaultSectionSize(std::clamp(down, theme.px(16), theme.px(40)));
}

void ConfusionView::resizeEvent(QResizeEvent *event)
{
    QTableView::resizeEvent(event);
    arrange();
}

void ConfusionView::keyPressEvent(QKeyEvent *event)
{
    const bool chooses
        = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space;
    if (chooses && currentIndex().isValid())
        emit cellChosen(currentIndex().row(), currentIndex().column());
    else
        QTableView::keyPressEvent(event);
}

} // namespace espalier
