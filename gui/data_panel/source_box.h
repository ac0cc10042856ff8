// SPDX-License-Identifier: GPL-3.0-or-later
// Which sources the document has, and the chosen one's kind, name and parameters.
#pragma once

#include <QtWidgets/QWidget>

class QComboBox;
class QToolButton;

namespace espalier {

class DataAdder;
class DataSubject;
class PropertyEditor;

class SourceBox : public QWidget {
    Q_OBJECT
public:
    /// Both are borrowed.
    SourceBox(DataSubject *subject, DataAdder *adder, QWidget *parent = nullptr);

    /// Shows the document as it is now.
    void refresh();
    PropertyEditor *editor() const { return m_editor; }
    /// What takes the keyboard first.
    QWidget *first() const;

private:
    void fillKinds();
    void showParameters();
    void set(const QString &name, const QJsonValue &value);
    void reset(const QString &name);
    void browse(const QString &name);
    void changeKind(int index);

    DataSubject *m_subject;
    DataAdder *m_adder;
    QComboBox *m_sources;
    QToolButton *m_add;
    QToolButton *m_remove;
    QToolButton *m_reload;
    QComboBox *m_kind;
    PropertyEditor *m_editor;
};

} // namespace espalier
