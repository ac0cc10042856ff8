// SPDX-License-Identifier: GPL-3.0-or-later
// A list that pops up at the pointer: type, Enter. Esc or a click elsewhere closes it.
#pragma once

#include "widgets/lists/list_item.h"

#include <QtWidgets/QFrame>

class QLabel;
class QLineEdit;
class QListView;

namespace espalier {

class ItemModel;

class QuickAdd : public QFrame {
    Q_OBJECT
public:
    explicit QuickAdd(QWidget *parent);

    void setItems(const QList<ListItem> &items);
    /// What the field says while it is empty.
    void setPlaceholder(const QString &text);
    /// Shows it with its field at `global`, moved so that all of it is on the screen.
    void popUp(const QPoint &global);
    QLineEdit *search() const { return m_search; }

signals:
    /// Sent once, before the popup closes.
    void chosen(const QString &id);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void updateHelp();
    void choose();
    void move(int rows);

    QLineEdit *m_search;
    QListView *m_list;
    QLabel *m_help;
    ItemModel *m_model;
};

} // namespace espalier
