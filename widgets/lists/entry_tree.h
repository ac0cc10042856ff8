// SPDX-License-Identifier: GPL-3.0-or-later
// The view of entries that palette and quick-add share.
#pragma once

#include <QtWidgets/QTreeView>

namespace espalier {

/// A tree without lines and headers whose categories fold by one click. Dragged entries look like what they are.
class EntryTree : public QTreeView {
    Q_OBJECT
public:
    explicit EntryTree(QWidget *parent = nullptr);

    /// Said in the middle when there is nothing to show.
    void setEmptyText(const QString &text);

    /// Makes the entry above or below the current one current, past titles of categories.
    void step(int direction);

    /// Makes the first entry current.
    void chooseFirst();

    QString currentId() const;

protected:
    void mouseReleaseEvent(QMouseEvent *event) override;
    void startDrag(Qt::DropActions actions) override;
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void drawBranches(QPainter *, const QRect &, const QModelIndex &) const override { }

private:
    QString m_emptyText;
};

} // namespace espalier
