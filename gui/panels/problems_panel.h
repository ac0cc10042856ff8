// SPDX-License-Identifier: GPL-3.0-or-later
// All problems of a drawing as sentences, each with the place that it leads to and its fixes as buttons.
#pragma once

#include "engine/base/error.h"

#include <QtWidgets/QWidget>

class QLabel;
class QListWidget;
class QStackedWidget;

namespace espalier {

class DocumentPage;

class ProblemsPanel : public QWidget {
    Q_OBJECT
public:
    explicit ProblemsPanel(QWidget *parent = nullptr);

    /// Follows the page's answers; null: no document.
    void setPage(DocumentPage *page);
    /// Shows the next problem on the canvas, beginning anew after the last one.
    void showNext();

private:
    void refresh();
    QWidget *makeRow(const Error &problem);
    void jump(int row);

    DocumentPage *m_page = nullptr;
    QStackedWidget *m_stack;
    QListWidget *m_list;
    QLabel *m_none;
    QList<Error> m_problems;
};

} // namespace espalier
