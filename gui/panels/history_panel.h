// SPDX-License-Identifier: GPL-3.0-or-later
// Every edit of the document, newest below; a click goes back or forward to it.
#pragma once

#include <QtWidgets/QListView>

class QStandardItemModel;

namespace espalier {

class StudioDocument;

class HistoryPanel : public QListView {
    Q_OBJECT
public:
    explicit HistoryPanel(QWidget *parent = nullptr);
    void setDocument(StudioDocument *document);

private:
    void refresh();

    StudioDocument *m_document = nullptr;
    QStandardItemModel *m_items;
};

} // namespace espalier
