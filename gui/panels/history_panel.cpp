// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/history_panel.h"

#include "gui/document/studio_document.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtCore/QLocale>
#include <QtGui/QStandardItemModel>

namespace espalier {

HistoryPanel::HistoryPanel(QWidget *parent)
    : QListView(parent)
    , m_items(new QStandardItemModel(this))
{
    setModel(m_items);
    setFrameShape(QFrame::NoFrame);
    setUniformItemSizes(true);
    setEditTriggers(NoEditTriggers);
    setAccessibleName(tr("History"));
    const auto jump = [this](const QModelIndex &index) {
        if (m_document && !m_document->isReadOnly())
            m_document->jumpTo(index.row());
    };
    connect(this, &QListView::clicked, this, jump);
    connect(this, &QListView::activated, this, jump);
}

void HistoryPanel::setDocument(StudioDocument *document)
{
    if (m_document)
        m_document->disconnect(this);
    m_document = document;
    if (document) {
        connect(document, &StudioDocument::historyChanged, this, &HistoryPanel::refresh);
        connect(document, &StudioDocument::cleanChanged, this, &HistoryPanel::refresh);
    }
    refresh();
}

void HistoryPanel::refresh()
{
    const int rows = m_document ? static_cast<int>(m_document->history().size()) + 1 : 0;
    const Theme &theme = Theme::current();
    m_items->setRowCount(rows);
    m_items->setColumnCount(1);
    for (int row = 0; row < rows; ++row) {
        const bool isStart = row == 0;
        const HistoryEntry *entry = isStart ? nullptr : &m_document->history()[static_cast<std::size_t>(row) - 1];
        QString text = isStart ? tr("As it was opened") : entry->label;
        if (row == m_document->cleanPosition())
            text += QStringLiteral(" · ") + tr("saved");
        auto *item = m_items->item(row);
        if (!item)
            m_items->setItem(row, item = new QStandardItem);
        item->setText(text);
        const bool isUndone = row > m_document->position();
        item->setForeground(isUndone ? theme.faint : theme.text);
        item->setIcon(row == m_document->position() ? icon(QStringLiteral("chevron-right"), theme.accent) : QIcon());
        item->setToolTip(entry ? QLocale().toString(entry->time.toLocalTime(), QLocale::ShortFormat) : QString());
        item->setData(isUndone ? tr("%1, undone").arg(text) : text, Qt::AccessibleTextRole);
    }
    if (m_document && rows > 0) {
        setCurrentIndex(m_items->index(m_document->position(), 0));
        scrollTo(currentIndex());
    }
}

} // namespace espalier
