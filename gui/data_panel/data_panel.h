// SPDX-License-Identifier: GPL-3.0-or-later
// The data that a drawing learns from: where they come from, what is in them, how they are split and brought to size.
#pragma once

#include "engine/base/json_value.h"

#include <QtWidgets/QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace espalier {

class DataAdder;
class DataSubject;
class DataWelcome;
class DocumentPage;
class PropertyEditor;
class SourceBox;
class ToneLabel;
struct Error;

class DataPanel : public QWidget {
    Q_OBJECT
public:
    explicit DataPanel(QWidget *parent = nullptr);

    /// What `describe` says under "sources".
    void setSchema(const JsonValue &sources);
    void setPage(DocumentPage *page);
    DataSubject *subject() const { return m_subject; }
    DataAdder *adder() const { return m_adder; }
    PropertyEditor *editor() const;
    /// Shows the source of this id or name.
    void showSource(const QString &idOrName);

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void refresh();
    void showAnswers();
    void showProblems(const QList<Error> &problems);
    void addToDrawing();

    DocumentPage *m_page = nullptr;
    DataSubject *m_subject;
    DataAdder *m_adder;
    QLabel *m_empty; ///< no document
    DataWelcome *m_welcome; ///< no data
    QWidget *m_content;
    SourceBox *m_box;
    QVBoxLayout *m_problemBox;
    QPushButton *m_propose;
    ToneLabel *m_proposed;
};

} // namespace espalier
