// SPDX-License-Identifier: GPL-3.0-or-later
// The drawing as a tree: nodes in order of their wires, blocks with what is inside, problems in words. The same model
// for those who can't or won't use the canvas.
#pragma once

#include <QtWidgets/QTreeView>

#include <string>

class QStandardItem;
class QStandardItemModel;
class QTimer;

namespace espalier {

struct DocumentGraph;
class DocumentPage;

class OutlinePanel : public QTreeView {
    Q_OBJECT
public:
    explicit OutlinePanel(QWidget *parent = nullptr);
    void setPage(DocumentPage *page);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void refresh();
    void addGraph(QStandardItem *parent, const DocumentGraph &graph, int depth);
    void followSelection();

    DocumentPage *m_page = nullptr;
    QStandardItemModel *m_items;
    QTimer *m_soon;
    bool m_isFollowing = false;
    bool m_isStale = true; ///< it changed while it was hidden
};

} // namespace espalier
