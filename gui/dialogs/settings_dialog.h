// SPDX-License-Identifier: GPL-3.0-or-later
// Settings of the studio: keymap and shortcuts, canvas. Changes act at once.
#pragma once

#include <QtWidgets/QDialog>

class QTabWidget;
class QTreeWidget;
class QTreeWidgetItem;

namespace espalier {

class Actions;

class SettingsDialog : public QDialog {
    Q_OBJECT
public:
    enum class Part { General, Shortcuts };
    SettingsDialog(Actions &actions, Part part, QWidget *parent);

signals:
    /// Seconds after the last edit; 0: off.
    void autosaveChosen(int seconds);

private:
    QWidget *makeGeneral();
    QWidget *makeShortcuts();
    void fillShortcuts();
    void showRow(QTreeWidgetItem *row, const QString &id);
    void filter(const QString &text);
    void editKeys(QTreeWidgetItem *row);

    Actions &m_actions;
    QTreeWidget *m_list = nullptr;
};

} // namespace espalier
