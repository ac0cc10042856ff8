// SPDX-License-Identifier: GPL-3.0-or-later
// Between a property's value and the text that people read and type. Pure.
#pragma once

#include "widgets/properties/property.h"

#include <QtCore/QLocale>

namespace espalier {

struct ParsedValue {
    QJsonValue value; ///< undefined where the text can't be used
    QString problem; ///< then the sentence that says why
};

/// The text of one value: "64", "0.001", "3 × 3", "same", or JSON. Empty for undefined.
QString valueText(const Property &property, const QJsonValue &value, const QLocale &locale = QLocale());

/// What `text` means for `property`: numbers are reckoned ("2*32"), one number stands for all of a list of fixed
/// length, range and length are checked.
ParsedValue parseValue(const Property &property, const QString &text, const QLocale &locale = QLocale());

/// The value one step (or `count` of them) up or down, kept in range; undefined where there is no step to take. Whole
/// numbers go by 1, real ones by a tenth of their leading digit's place; equal numbers of a list go together, else the
/// one at `place`.
QJsonValue stepped(const Property &property, const QJsonValue &value, int count, int place = 0);

/// Which number of a list the cursor stands in.
int placeInList(const QString &text, int cursor);

/// The sentence about the range of a property ("Between 1 and 10,000."); empty if it has none.
QString rangeSentence(const Property &property, const QLocale &locale = QLocale());

} // namespace espalier
