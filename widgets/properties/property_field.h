// SPDX-License-Identifier: GPL-3.0-or-later
// The input of one property: a line, a list of choices, a switch.
#pragma once

#include "widgets/properties/property.h"

#include <QtWidgets/QWidget>

#include <memory>

namespace espalier {

class PropertyField : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;

    virtual void display(const Property &property) = 0;

    /// What takes the keyboard.
    virtual QWidget *input() const = 0;

    virtual void commit() { }
    virtual void revert() { }

signals:
    void committed(const QJsonValue &value);
    void problemFound(const QString &problem);
    void browseRequested();
};

/// Which input a property has; another kind needs another field.
enum class FieldKind { Line, File, Choice, Switch };

FieldKind fieldKind(const Property &property);

PropertyField *newField(FieldKind kind, QWidget *parent);

} // namespace espalier
