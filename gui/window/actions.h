// SPDX-License-Identifier: GPL-3.0-or-later
// The action table come alive: one QAction for each row, its keys by keymap and by the person, its menus.
#pragma once

#include "gui/window/action_table.h"

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtGui/QKeySequence>

#include <functional>

class QAction;
class QMenu;
class QMenuBar;
class QWidget;

namespace espalier {

class Actions : public QObject {
    Q_OBJECT
public:
    /// `window` hears the keys of window actions; canvases are added by addCanvas.
    explicit Actions(QWidget *window);

    QAction *action(QStringView id) const;
    /// What happens when the action is triggered by menu, key, button or test. Each id has one handler.
    void handle(const char *id, std::function<void()> handler);
    bool hasHandler(QStringView id) const;
    /// Canvas actions are heard while `canvas` or a child has the focus.
    void addCanvas(QWidget *canvas);
    void fillMenuBar(QMenuBar *bar);
    /// A submenu of the menu bar, by its id in menuTable().
    QMenu *menu(QStringView id) const;

    /// Enables each action by its need.
    void update(const ActionFacts &facts);
    const ActionFacts &facts() const { return m_facts; }

    Keymap keymap() const { return m_keymap; }
    /// Sets the keymap, and the keys that the person has changed, and remembers the choice.
    void setKeymap(Keymap keymap);
    QList<QKeySequence> keys(QStringView id) const;
    /// The person's own keys for an action; remembered. Keys that others had are taken from them.
    void setKeys(QStringView id, const QList<QKeySequence> &keys);
    void resetKeys(QStringView id);
    bool hasOwnKeys(QStringView id) const;
    /// Actions that would be heard at the same time under one of `keys`.
    QStringList conflicts(QStringView id, const QList<QKeySequence> &keys) const;

signals:
    void triggered(const QString &id);
    void keysChanged();

private:
    void createActions(QWidget *window);
    void applyKeys();

    struct Row {
        const ActionSpec *spec = nullptr;
        QAction *action = nullptr;
        std::function<void()> handler;
    };
    QList<Row> m_rows;
    QHash<QString, int> m_index;
    QHash<QString, QMenu *> m_menus;
    Keymap m_keymap = Keymap::Default;
    ActionFacts m_facts;
};

/// Text of an action for tips and lists: without the mark of its mnemonic.
QString plainText(const ActionSpec &spec);

} // namespace espalier
