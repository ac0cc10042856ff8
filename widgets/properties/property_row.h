// SPDX-License-Identifier: GPL-3.0-or-later
// One row: label, reset button, field; below, what is wrong and what it means.
#pragma once

#include "widgets/properties/property_field.h"

class QToolButton;

namespace espalier {

class ToneLabel;

class PropertyRow : public QWidget {
    Q_OBJECT
public:
    explicit PropertyRow(const Property &property, QWidget *parent = nullptr);

    /// Shows a property of the same name. False if it needs another kind of field: then nothing was changed.
    bool display(const Property &property);

    void showHelp(bool shows);

    PropertyField *field() const { return m_field; }

signals:
    void changeRequested(const QString &name, const QJsonValue &value);
    void resetRequested(const QString &name);
    void browseRequested(const QString &name);

private:
    void showProblem();

    Property m_property;
    FieldKind m_kind;
    QString m_typedProblem;
    ToneLabel *m_label = nullptr;
    PropertyField *m_field = nullptr;
    QToolButton *m_reset = nullptr; // after the field: Tab comes to it later
    ToneLabel *m_problem = nullptr;
    ToneLabel *m_help = nullptr;
};

} // namespace espalier
