// SPDX-License-Identifier: GPL-3.0-or-later
// The popup at the cursor in which a few letters and Enter add something.
#pragma once

#include "widgets/lists/list_entry.h"

#include <QtWidgets/QFrame>

#include <functional>

class QLabel;
class QLineEdit;

namespace espalier {

class EntryModel;
class EntryTree;

/// Search field, the matches, and the chosen one's help. Made once and shown as often as wanted. Up and Down choose,
/// Enter takes, Esc or a click elsewhere closes. GUI thread.
class QuickAdd : public QFrame {
    Q_OBJECT
public:
    using Filter = std::function<bool(const ListEntry &)>;

    explicit QuickAdd(QWidget *parent = nullptr);

    void setEntries(const QList<ListEntry> &entries);

    /// Ids that stand first while nothing is typed, the latest first.
    void setRecent(const QStringList &ids);

    /// Opens with its search field at `globalPosition`, kept on the screen. Only what passes `filter` is offered;
    /// `caption` says what that is ("Fits 16 × 8 × 8"), empty: nothing.
    void open(const QPoint &globalPosition, const Filter &filter = {}, const QString &caption = {});

    QLineEdit *searchField() const { return m_search; }

signals:
    /// The popup has closed already.
    void chosen(const QString &id);

    /// Closed without a choice.
    void cancelled();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void showMatches();
    void showHelp();
    void take();
    QList<ListEntry> offered() const;

    QLabel *m_caption = nullptr;
    QLineEdit *m_search = nullptr;
    EntryModel *m_model = nullptr;
    EntryTree *m_view = nullptr;
    QLabel *m_help = nullptr;
    QList<ListEntry> m_entries;
    QStringList m_recent;
    Filter m_filter;
    bool m_hasChosen = false;
};

} // namespace espalier
