// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tensor/value_table.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme.h"

#include <QtCore/QAbstractTableModel>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QHeaderView>

#include <algorithm>

namespace espalier {

class ValueTableModel : public QAbstractTableModel {
public:
    using QAbstractTableModel::QAbstractTableModel;

    void set(const ValueMatrix &matrix)
    {
        const bool isSameSize = matrix.rows == m_matrix.rows && matrix.columns == m_matrix.columns;
        if (!isSameSize)
            beginResetModel();
        m_matrix = matrix;
        if (!isSameSize)
            endResetModel();
        else if (!m_matrix.isEmpty())
            emit dataChanged(index(0, 0), index(m_matrix.rows - 1, m_matrix.columns - 1));
    }
    const ValueMatrix &matrix() const { return m_matrix; }
    int rowCount(const QModelIndex &parent = {}) const override
    {
        return parent.isValid() || m_matrix.isEmpty() ? 0 : m_matrix.rows;
    }
    int columnCount(const QModelIndex &parent = {}) const override
    {
        return parent.isValid() || m_matrix.isEmpty() ? 0 : m_matrix.columns;
    }
    QVariant data(const QModelIndex &at, int role) const override
    {
        if (!at.isValid())
            return {};
        if (role == Qt::DisplayRole)
            return formatNumber(m_matrix.at(at.row(), at.column()), 4);
        if (role == Qt::TextAlignmentRole)
            return int(Qt::AlignRight | Qt::AlignVCenter);
        if (role == Qt::ToolTipRole || role == Qt::AccessibleTextRole)
            return m_matrix.textAt(at.row(), at.column());
        return {};
    }
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override
    {
        if (role != Qt::DisplayRole)
            return {};
        return QString::number((orientation == Qt::Vertical ? m_matrix.firstRow : m_matrix.firstColumn) + section);
    }

private:
    ValueMatrix m_matrix;
};

ValueTable::ValueTable(QWidget *parent)
    : QTableView(parent)
    , m_model(new ValueTableModel(this))
{
    setModel(m_model);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Values"));
    setTabKeyNavigation(false);
    const Theme &theme = Theme::current();
    verticalHeader()->setDefaultSectionSize(theme.sizes.hit);
    horizontalHeader()->setDefaultSectionSize(theme.px(72));
}

void ValueTable::setMatrix(const ValueMatrix &matrix)
{
    m_model->set(matrix);
}

QString ValueTable::selectedText() const
{
    const ValueMatrix &matrix = m_model->matrix();
    QRect part(0, 0, matrix.columns, matrix.rows);
    if (const QModelIndexList chosen = selectionModel()->selectedIndexes(); !chosen.isEmpty()) {
        part = {};
        for (const QModelIndex &each : chosen)
            part |= QRect(each.column(), each.row(), 1, 1);
    }
    QString text;
    for (int y = part.top(); y <= part.bottom(); ++y) {
        for (int x = part.left(); x <= part.right(); ++x)
            text += QString::number(matrix.at(y, x), 'g', 9)
                + (x < part.right() ? QLatin1Char('\t') : QLatin1Char('\n'));
    }
    return text;
}

void ValueTable::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy))
        QGuiApplication::clipboard()->setText(selectedText());
    else
        QTableView::keyPressEvent(event);
}

} // namespace espalier
