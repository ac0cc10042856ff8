// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/properties/property.h"

#include <algorithm>

namespace espalier {

bool isMixed(const Property &property)
{
    return std::adjacent_find(property.values.begin(), property.values.end(), std::not_equal_to<>())
        != property.values.end();
}

QJsonValue commonValue(const Property &property)
{
    return property.values.isEmpty() || isMixed(property) ? QJsonValue(QJsonValue::Undefined) : property.values.first();
}

bool differsFromDefault(const Property &property)
{
    return !property.defaultValue.isUndefined()
        && std::any_of(property.values.begin(), property.values.end(),
                       [&](const QJsonValue &value) { return value != property.defaultValue; });
}

} // namespace espalier
