// SPDX-License-Identifier: GPL-3.0-or-later
// From schema and values to the rows of a property editor.
#pragma once

#include "gui/document/catalogue.h"
#include "gui/models/answers.h"
#include "widgets/properties/property.h"

#include <QtCore/QJsonValue>

namespace espalier {

QJsonValue toQt(const JsonValue &value);
JsonValue fromQt(const QJsonValue &value);

/// One row for a parameter with the value of each of several nodes; different ones show as mixed.
Property propertyOf(const ParamInfo &param, const std::vector<JsonValue> &values);
/// Rows for what all nodes have in common, problems included.
QList<Property> commonProperties(const std::vector<std::vector<ParamInfo>> &schemas,
                                 const std::vector<const JsonValue *> &params);

} // namespace espalier
