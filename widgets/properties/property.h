// SPDX-License-Identifier: GPL-3.0-or-later
// One row of a property editor, as plain data. Nothing in it knows what is edited.
#pragma once

#include <QtCore/QJsonValue>
#include <QtCore/QList>
#include <QtCore/QString>
#include <QtCore/QStringList>

#include <optional>

namespace espalier {

struct Property {
    QString name; ///< how it is called in signals; unique in one editor
    QString label; ///< as people read it
    QString help; ///< a sentence or two
    /// "integer", "real", "bool", "choice", "integer_list", "list", "expression", "text", "file", "dtype",
    /// "initializer" or "any". What isn't known is edited as JSON text.
    QString type;
    QString group; ///< heading; empty: the first group, without one (initializers: "Initial values", folded)
    QJsonValue defaultValue = QJsonValue(QJsonValue::Undefined); ///< undefined: there is none, and nothing to reset
    QList<QJsonValue> values; ///< of each thing that is edited; different ones show as mixed
    std::optional<double> minimum; ///< of numbers, and of each number of a list
    std::optional<double> maximum;
    QString unit; ///< "px", "s"; shown in the field
    QStringList choices; ///< of "choice"; offered but not binding for "dtype" and "initializer"
    QStringList choiceLabels; ///< as people read them, in the same order; empty: as they are
    int minLength = 0; ///< of lists
    int maxLength = -1; ///< of lists; -1: any
    QString problem; ///< the owner's sentence about the value; empty: none
    bool isEnabled = true;

    friend bool operator==(const Property &, const Property &) = default;
};

/// Whether the things have different values.
bool isMixed(const Property &property);

/// The common value; undefined if mixed or if there is none.
QJsonValue commonValue(const Property &property);

/// Whether any value is another than the default. False without a default.
bool differsFromDefault(const Property &property);

} // namespace espalier
