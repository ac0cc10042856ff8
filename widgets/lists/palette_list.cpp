// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/palette_list.h"

#include "widgets/common/theme.h"
#include "widgets/lists/entry_delegate.h"
#include "widgets/lists/entry_model.h"
#include "widgets/lists/entry_tree.h"
#include "widgets/lists/key_hint_field.h"
#include "widgets/lists/ranking.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QVBoxLayout>

namespace espalier {

PaletteList::PaletteList(QWidget *parent)
    : QWidget(parent)
    , m_search(new KeyHintField(this))
    , m_model(new EntryModel(this))
    , m_view(new EntryTree(this))
{
    const Theme &theme = Theme::current();
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Search"));
    m_search->installEventFilter(this);
    m_view->setModel(m_model);
    m_view->setAccessibleName(tr("Palette"));
    auto *searchRow = new QVBoxLayout;
    searchRow->setContentsMargins(theme.space(Space::Medium), theme.space(Space::Small), theme.space(Space::Medium),
                                  theme.space(Space::Small));
    searchRow->addWidget(m_search);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(searchRow);
    column->addWidget(m_view);
    setFocusProxy(m_search);
    connect(m_search, &QLineEdit::textChanged, this, &PaletteList::showMatches);
    connect(m_view, &QTreeView::activated, this, &PaletteList::activate);
    connect(m_view, &QTreeView::collapsed, this, &PaletteList::rememberFolds);
    connect(m_view, &QTreeView::expanded, this, &PaletteList::rememberFolds);
}

QLineEdit *PaletteList::searchField() const
{
    return m_search;
}

QTreeView *PaletteList::view() const
{
    return m_view;
}

void PaletteList::setEntries(const QList<ListEntry> &entries)
{
    if (m_entries == entries)
        return; // nobody's place in the list is lost for nothing
    m_entries = entries;
    showMatches();
}

void PaletteList::setMimeType(const QString &type)
{
    m_model->setMimeType(type);
    showMatches();
}

void PaletteList::setPlaceholder(const QString &text, const QString &keyHint)
{
    m_search->setPlaceholderText(text);
    m_search->setKeyHint(keyHint);
}

void PaletteList::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

QStringList PaletteList::foldedCategories() const
{
    QStringList categories(m_folded.begin(), m_folded.end());
    categories.sort();
    return categories;
}

void PaletteList::setFoldedCategories(const QStringList &categories)
{
    m_folded = QSet<QString>(categories.begin(), categories.end());
    showMatches();
}

void PaletteList::showMatches()
{
    const QString query = m_search->text();
    const QSignalBlocker quiet(m_view); // folds that are set here aren't the person's
    if (query.trimmed().isEmpty()) {
        m_model->showByCategory(m_entries);
        for (int row = 0; row < m_model->rowCount(); ++row) {
            const QModelIndex category = m_model->index(row, 0);
            m_view->setExpanded(category, !m_folded.contains(category.data().toString()));
        }
        return;
    }
    QList<ListEntry> matches;
    for (const int index : ranked(query, m_entries))
        matches.append(m_entries[index]);
    m_view->setEmptyText(tr("Nothing here is called “%1”.").arg(query.trimmed().left(40)));
    m_model->showFlat(matches);
    m_view->chooseFirst();
}

void PaletteList::rememberFolds()
{
    if (!m_search->text().trimmed().isEmpty())
        return;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex category = m_model->index(row, 0);
        if (m_view->isExpanded(category))
            m_folded.remove(category.data().toString());
        else
            m_folded.insert(category.data().toString());
    }
}

void PaletteList::activate(const QModelIndex &index)
{
    const QString id = index.data(EntryIdRole).toString();
    if (!id.isEmpty())
        emit activated(id);
}

bool PaletteList::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_search || event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    switch (static_cast<QKeyEvent *>(event)->key()) {
    case Qt::Key_Down:
        m_view->step(1);
        return true;
    case Qt::Key_Up:
        m_view->step(-1);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!m_view->currentId().isEmpty())
            emit activated(m_view->currentId());
        return true;
    case Qt::Key_Escape:
        if (m_search->text().isEmpty())
            return false;
        m_search->clear();
        return true;
    default:
        return false;
    }
}

} // namespace espalier
