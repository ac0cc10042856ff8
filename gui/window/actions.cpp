// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/actions.h"

#include <QtCore/QSettings>
#include <QtGui/QAction>
#include <QtWidgets/QMenu>
#include <QtWidgets/QMenuBar>

namespace espalier {
namespace {

QString translated(const char *english)
{
    return QCoreApplication::translate("Actions", english);
}

QString shortcutSetting(QStringView id)
{
    return QStringLiteral("shortcuts/") + id.toString();
}

QList<QKeySequence> parse(const QStringList &texts)
{
    QList<QKeySequence> keys;
    for (const QString &text : texts)
        keys.append(QKeySequence(text, QKeySequence::PortableText));
    return keys;
}

QStringList print(const QList<QKeySequence> &keys)
{
    QStringList texts;
    for (const QKeySequence &key : keys)
        texts.append(key.toString(QKeySequence::PortableText));
    return texts;
}

QList<QKeySequence> wantedKeys(const ActionSpec &spec, Keymap keymap)
{
    const QSettings settings;
    const QString own = shortcutSetting(QString::fromLatin1(spec.id));
    return parse(settings.contains(own) ? settings.value(own).toStringList() : defaultKeys(spec, keymap));
}

} // namespace

QString plainText(const ActionSpec &spec)
{
    QString text = translated(spec.text);
    return text.remove(QLatin1Char('&'));
}

Actions::Actions(QWidget *window)
    : QObject(window)
    , m_keymap(static_cast<Keymap>(QSettings().value(QStringLiteral("keymap"), 0).toInt()))
{
    if (m_keymap < Keymap::Default || m_keymap > Keymap::ComfyUi)
        m_keymap = Keymap::Default;
    createActions(window);
    applyKeys();
    update({});
}

void Actions::createActions(QWidget *window)
{
    for (const ActionSpec &spec : actionTable()) {
        auto *action = new QAction(translated(spec.text), this);
        const QString id = QString::fromLatin1(spec.id);
        action->setObjectName(id);
        action->setCheckable(spec.isCheckable);
        action->setStatusTip(translated(spec.help));
        const bool isCanvas = spec.scope == ActionScope::Canvas;
        action->setShortcutContext(isCanvas ? Qt::WidgetWithChildrenShortcut : Qt::WindowShortcut);
        if (!isCanvas)
            window->addAction(action);
        const int row = static_cast<int>(m_rows.size());
        connect(action, &QAction::triggered, this, [this, row] {
            emit triggered(QString::fromLatin1(m_rows[row].spec->id));
            if (m_rows[row].handler)
                m_rows[row].handler();
        });
        m_index.insert(id, row);
        m_rows.append({&spec, action, {}});
    }
}

QAction *Actions::action(QStringView id) const
{
    const auto it = m_index.constFind(id.toString());
    return it == m_index.cend() ? nullptr : m_rows[*it].action;
}

void Actions::handle(const char *id, std::function<void()> handler)
{
    const auto it = m_index.constFind(QString::fromLatin1(id));
    Q_ASSERT_X(it != m_index.cend(), "Actions::handle", id);
    m_rows[*it].handler = std::move(handler);
}

bool Actions::hasHandler(QStringView id) const
{
    const auto it = m_index.constFind(id.toString());
    return it != m_index.cend() && m_rows[*it].handler;
}

void Actions::addCanvas(QWidget *canvas)
{
    for (const Row &row : m_rows)
        if (row.spec->scope == ActionScope::Canvas)
            canvas->addAction(row.action);
}

void Actions::fillMenuBar(QMenuBar *bar)
{
    for (const MenuSpec &spec : menuTable()) {
        const QString id = QString::fromLatin1(spec.id);
        const QString parent = id.section(QLatin1Char('/'), 0, -2);
        QMenu *menu = nullptr;
        if (parent.isEmpty()) {
            menu = bar->addMenu(translated(spec.text));
        } else {
            menu = new QMenu(translated(spec.text), bar);
        }
        menu->setObjectName(id);
        m_menus.insert(id, menu);
    }
    for (const Row &row : m_rows) {
        QMenu *menu = m_menus.value(QString::fromLatin1(row.spec->menu));
        if (row.spec->startsSection && !menu->isEmpty())
            menu->addSeparator();
        menu->addAction(row.action);
    }
    // Submenus come last in their menu, but for the lists of files, which stand where people look for them.
    for (const MenuSpec &spec : menuTable()) {
        const QString id = QString::fromLatin1(spec.id);
        const QString parent = id.section(QLatin1Char('/'), 0, -2);
        if (parent.isEmpty())
            continue;
        QMenu *into = m_menus.value(parent);
        if (parent == QLatin1StringView("file"))
            into->insertMenu(action(QStringLiteral("file.save")), m_menus.value(id));
        else
            into->addMenu(m_menus.value(id));
    }
}

QMenu *Actions::menu(QStringView id) const
{
    return m_menus.value(id.toString());
}

void Actions::update(const ActionFacts &facts)
{
    m_facts = facts;
    for (const Row &row : m_rows)
        row.action->setEnabled(isMet(row.spec->need, facts));
}

void Actions::setKeymap(Keymap keymap)
{
    m_keymap = keymap;
    QSettings().setValue(QStringLiteral("keymap"), static_cast<int>(keymap));
    applyKeys();
    emit keysChanged();
}

void Actions::applyKeys()
{
    for (const Row &row : m_rows)
        row.action->setShortcuts(wantedKeys(*row.spec, m_keymap));
}

QList<QKeySequence> Actions::keys(QStringView id) const
{
    const QAction *found = action(id);
    return found ? found->shortcuts() : QList<QKeySequence>();
}

void Actions::setKeys(QStringView id, const QList<QKeySequence> &keys)
{
    for (const QString &other : conflicts(id, keys)) {
        QList<QKeySequence> left = this->keys(other);
        left.removeIf([&](const QKeySequence &key) { return keys.contains(key); });
        QSettings().setValue(shortcutSetting(other), print(left));
    }
    QSettings().setValue(shortcutSetting(id), print(keys));
    applyKeys();
    emit keysChanged();
}

void Actions::resetKeys(QStringView id)
{
    QSettings().remove(shortcutSetting(id));
    applyKeys();
    emit keysChanged();
}

bool Actions::hasOwnKeys(QStringView id) const
{
    return QSettings().contains(shortcutSetting(id));
}

QStringList Actions::conflicts(QStringView id, const QList<QKeySequence> &keys) const
{
    QStringList others;
    for (const Row &row : m_rows) {
        const QString other = QString::fromLatin1(row.spec->id);
        if (other == id)
            continue;
        for (const QKeySequence &key : row.action->shortcuts())
            if (keys.contains(key)) {
                others.append(other);
                break;
            }
    }
    return others;
}

} // namespace espalier
