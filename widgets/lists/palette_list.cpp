// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/palette_list.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/lists/item_model.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListView>
#include <QtWidgets/QVBoxLayout>

namespace espalier {

PaletteList::PaletteList(const QString &mimeType, QWidget *parent)
    : QWidget(parent)
    , m_search(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_empty(new QLabel(this))
    , m_model(new ItemModel(this))
{
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto *margin = new QVBoxLayout;
    margin->setContentsMargins(theme.space(Space::Medium), theme.space(Space::Small), theme.space(Space::Medium),
                               theme.space(Space::Small));
    margin->addWidget(m_search);
    column->addLayout(margin);
    column->addWidget(m_empty);
    column->addWidget(m_list, 1);
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Search"));
    m_search->installEventFilter(this);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new ItemDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setMouseTracking(true);
    m_list->setDragEnabled(true);
    m_list->setDragDropMode(QAbstractItemView::DragOnly);
    m_list->setAccessibleName(tr("Entries"));
    m_empty->setWordWrap(true);
    m_empty->setMargin(theme.space(Space::Medium));
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_model->setMimeType(mimeType);
    setFocusProxy(m_search);
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_model->setQuery(text);
        m_list->setCurrentIndex(m_model->index(m_model->firstItemRow()));
        updateEmpty();
    });
    connect(m_search, &QLineEdit::returnPressed, this, [this] { activate(m_list->currentIndex().row()); });
    connect(m_list, &QListView::activated, this, [this](const QModelIndex &index) { activate(index.row()); });
    connect(m_list, &QListView::clicked, this, [this](const QModelIndex &index) {
        if (index.data(ItemModel::IsHeadingRole).toBool())
            activate(index.row());
    });
    updateEmpty();
}

void PaletteList::setItems(const QList<ListItem> &items)
{
    m_model->setItems(items);
    updateEmpty();
}

void PaletteList::setPlaceholder(const QString &text)
{
    m_search->setPlaceholderText(text);
}

void PaletteList::setEmptyText(const QString &text)
{
    m_emptyText = text;
    updateEmpty();
}

void PaletteList::updateEmpty()
{
    const bool isEmpty = m_model->rowCount() == 0;
    m_empty->setVisible(isEmpty);
    m_empty->setText(m_model->items().isEmpty() ? m_emptyText : tr("Nothing is called that."));
}

void PaletteList::activate(int row)
{
    const QModelIndex index = m_model->index(row);
    if (!index.isValid())
        return;
    if (index.data(ItemModel::IsHeadingRole).toBool()) {
        m_model->toggleFolded(index.data(ItemModel::CategoryRole).toString());
        m_list->setCurrentIndex(m_model->index(row));
        return;
    }
    emit activated(index.data(ItemModel::IdRole).toString());
}

bool PaletteList::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_search && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Down) {
            if (!m_list->currentIndex().isValid())
                m_list->setCurrentIndex(m_model->index(0));
            m_list->setFocus(Qt::TabFocusReason);
            return true;
        }
        if (key->key() == Qt::Key_Escape && !m_search->text().isEmpty()) {
            m_search->clear();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace espalier
