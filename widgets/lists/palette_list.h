// SPDX-License-Identifier: GPL-3.0-or-later
// A palette: entries under categories that fold, with a search field; entries are dragged out or activated.
#pragma once

#include "widgets/lists/list_entry.h"

#include <QtWidgets/QWidget>

class QLineEdit;
class QModelIndex;
class QTreeView;

namespace espalier {

class EntryModel;
class EntryTree;
class KeyHintField;

/// Search field and list. Down from the field walks the list, Enter activates the best match, Esc clears. GUI thread.
class PaletteList : public QWidget {
    Q_OBJECT
public:
    explicit PaletteList(QWidget *parent = nullptr);

    void setEntries(const QList<ListEntry> &entries);

    /// The type under which a dragged entry carries its id (UTF-8).
    void setMimeType(const QString &type);

    /// What the empty search field says ("Search 58 layers"), and the key that leads elsewhere to the same ("Tab").
    void setPlaceholder(const QString &text, const QString &keyHint = {});

    void focusSearch();

    /// Names of the categories that are folded, for settings.
    QStringList foldedCategories() const;
    void setFoldedCategories(const QStringList &categories);

    QLineEdit *searchField() const;
    QTreeView *view() const;

signals:
    /// Enter or double-click on an entry.
    void activated(const QString &id);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void showMatches();
    void activate(const QModelIndex &index);
    void rememberFolds();

    KeyHintField *m_search = nullptr;
    EntryModel *m_model = nullptr;
    EntryTree *m_view = nullptr;
    QList<ListEntry> m_entries;
    QSet<QString> m_folded;
};

} // namespace espalier
