// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/class_table.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtCore/QAbstractTableModel>
#include <QtCore/QSortFilterProxyModel>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QStyledItemDelegate>

#include <cmath>

namespace espalier {
namespace {

enum Column { Name, Support, Predicted, Precision, Recall, F1, ColumnCount };
constexpr int kSortRole = Qt::UserRole;
constexpr int kIndexRole = Qt::UserRole + 1;

} // namespace

class ClassTableModel : public QAbstractTableModel {
public:
    using QAbstractTableModel::QAbstractTableModel;

    void set(const QList<ClassRow> &rows)
    {
        const bool isSame = rows.size() == m_rows.size();
        if (!isSame)
            beginResetModel();
        m_rows = rows;
        if (!isSame)
            endResetModel();
        else if (!rows.isEmpty())
            emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    }
    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_rows.size()); }
    int columnCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(ColumnCount); }
    QVariant data(const QModelIndex &at, int role) const override
    {
        if (!at.isValid())
            return {};
        const ClassRow &row = m_rows[at.row()];
        const std::optional<double> share = shareOf(row, at.column());
        switch (role) {
        case Qt::DisplayRole:
            return text(row, at.column(), share);
        case Qt::TextAlignmentRole:
            return int(Qt::AlignVCenter | (at.column() == Name ? Qt::AlignLeft : Qt::AlignRight));
        case kIndexRole:
            return row.index;
        case kSortRole:
            if (at.column() == Name)
                return row.name;
            if (at.column() == Support)
                return row.support;
            if (at.column() == Predicted)
                return row.predicted;
            return share.value_or(-1);
        default:
            return {};
        }
    }
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override
    {
        if (orientation != Qt::Horizontal)
            return {};
        const QString names[] = {ClassTable::tr("Class"),     ClassTable::tr("Samples"), ClassTable::tr("Predicted"),
                                 ClassTable::tr("Precision"), ClassTable::tr("Recall"),  ClassTable::tr("F1")};
        const QString tips[] = {ClassTable::tr("What there is to recognise."),
                                ClassTable::tr("How many samples are of this class."),
                                ClassTable::tr("How many samples were taken for this class."),
                                ClassTable::tr("Of those taken for this class: the share that is of it."),
                                ClassTable::tr("Of those of this class: the share that was recognised."),
                                ClassTable::tr("The harmonic mean of precision and recall: low if either is.")};
        if (role == Qt::DisplayRole)
            return names[section];
        if (role == Qt::ToolTipRole)
            return tips[section];
        if (role == Qt::TextAlignmentRole)
            return int(Qt::AlignVCenter | (section == Name ? Qt::AlignLeft : Qt::AlignRight));
        return {};
    }
    static std::optional<double> shareOf(const ClassRow &row, int column)
    {
        return column == Precision ? row.precision
            : column == Recall     ? row.recall
            : column == F1         ? row.f1
                                   : std::nullopt;
    }

private:
    static QString text(const ClassRow &row, int column, const std::optional<double> &share)
    {
        if (column == Name)
            return row.name;
        if (column == Support || column == Predicted)
            return formatCount(column == Support ? row.support : row.predicted);
        return share ? formatPercent(*share) : QStringLiteral("–");
    }

    QList<ClassRow> m_rows;
};

ClassTable::ClassTable(QWidget *parent)
    : QTableView(parent)
    , m_model(new ClassTableModel(this))
{
    auto *sorted = new QSortFilterProxyModel(this);
    sorted->setSourceModel(m_model);
    sorted->setSortRole(kSortRole);
    setModel(sorted);
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setSortingEnabled(true);
    sortByColumn(-1, Qt::AscendingOrder);
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setTabKeyNavigation(false);
    setAccessibleName(tr("Per class"));
    verticalHeader()->hide();
    const Theme &theme = Theme::current();
    verticalHeader()->setDefaultSectionSize(theme.sizes.row);
    horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    horizontalHeader()->setMinimumSectionSize(theme.px(56));
    horizontalHeader()->setHighlightSections(false);
    connect(this, &QTableView::clicked, this, &ClassTable::choose);
}

void ClassTable::setRows(const QList<ClassRow> &rows)
{
    m_model->set(rows);
}

void ClassTable::choose(const QModelIndex &at)
{
    if (at.isValid())
        emit classChosen(at.data(kIndexRole).toInt());
}

void ClassTable::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        choose(currentIndex());
    else
        QTableView::keyPressEvent(event);
}

} // namespace espalier
