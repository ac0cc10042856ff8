// SPDX-License-Identifier: GPL-3.0-or-later
// What is selected: its problems with their fixes, its parameters, and what it costs.
#pragma once

#include "gui/document/edit.h"

#include <QtWidgets/QWidget>

class QLabel;
class QLineEdit;
class QScrollArea;
class QTimer;
class QToolButton;
class QVBoxLayout;

namespace espalier {

class DocumentPage;
class PropertyEditor;

class InspectorPanel : public QWidget {
    Q_OBJECT
public:
    explicit InspectorPanel(QWidget *parent = nullptr);

    void setPage(DocumentPage *page);
    void refresh();
    PropertyEditor *editor() const { return m_editor; }

private:
    std::vector<const DocumentNode *> selected() const;
    void showHead(const std::vector<const DocumentNode *> &nodes);
    void showProblems(const std::vector<const DocumentNode *> &nodes);
    void showProperties(const std::vector<const DocumentNode *> &nodes);
    void browse(const QString &name);
    void showExposed(const std::vector<const DocumentNode *> &nodes);
    void showCosts(const std::vector<const DocumentNode *> &nodes);
    void clear(QVBoxLayout *box);

    DocumentPage *m_page = nullptr;
    QTimer *m_soon; ///< what is selected can change a thousand times in one edit
    QLabel *m_icon;
    QLabel *m_name;
    QLabel *m_help;
    QVBoxLayout *m_problemBox;
    PropertyEditor *m_editor;
    QToolButton *m_expose; ///< inside a block: which parameters its instances may set
    QVBoxLayout *m_costBox;
    QWidget *m_content;
    QLabel *m_empty;
};

} // namespace espalier
