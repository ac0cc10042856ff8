// SPDX-License-Identifier: GPL-3.0-or-later
// The data that a drawing learns from: where they come from, what is in them, how they are split and brought to size.
#pragma once

#include "engine/base/json_value.h"

#include <QtWidgets/QWidget>

class QBoxLayout;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace espalier {

class DataAdder;
class DataPreview;
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
    DataPreview *preview() const { return m_preview; }
    /// Shows the source of this id or name.
    void showSource(const QString &idOrName);
    /// Whether it has the whole window, and offers the way back.
    void setAlone(bool isAlone);

signals:
    /// From the whole window to its place beside the drawing.
    void backRequested();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void refresh();
    void showAnswers();
    /// Whether an Input of the drawing reads the source already.
    bool isDrawn() const;
    void showProblems(const QList<Error> &problems);
    void addToDrawing();

    DocumentPage *m_page = nullptr;
    DataSubject *m_subject;
    DataAdder *m_adder;
    QLabel *m_empty; ///< no document
    QPushButton *m_back;
    DataWelcome *m_welcome; ///< no data
    QWidget *m_content;
    QBoxLayout *m_parts; ///< beside each other where there is room
    SourceBox *m_box;
    DataPreview *m_preview;
    QVBoxLayout *m_problemBox;
    QPushButton *m_propose;
    ToneLabel *m_proposed;
};

} // namespace espalier
