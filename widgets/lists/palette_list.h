// SPDX-License-Identifier: GPL-3.0-or-later
// A searchable list of things to drag: a field on top, items under headings that fold.
#pragma once

#include "widgets/lists/list_item.h"

#include <QtWidgets/QWidget>

class QLabel;
class QLineEdit;
class QListView;

namespace espalier {

class ItemModel;

class PaletteList : public QWidget {
    Q_OBJECT
public:
    /// `mimeType`: of what is dragged out; its data is the item's id.
    explicit PaletteList(const QString &mimeType, QWidget *parent = nullptr);

    void setItems(const QList<ListItem> &items);
    void setPlaceholder(const QString &text);
    void setEmptyText(const QString &text);
    QLineEdit *search() const { return m_search; }
    QListView *list() const { return m_list; }

signals:
    /// Double click, or Enter in the list or the field (then the best match).
    void activated(const QString &id);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void activate(int row);
    void updateEmpty();

    QLineEdit *m_search;
    QListView *m_list;
    QLabel *m_empty;
    ItemModel *m_model;
    QString m_emptyText;
};

} // namespace espalier
