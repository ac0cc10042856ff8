// SPDX-License-Identifier: Apache-2.0
// What the data methods share: how counts and lists are written.
#pragma once

#include "engine/base/json_value.h"
#include "engine/data/dataset.h"

#include <vector>

namespace espalier {

constexpr std::int64_t kFirstRows = 1000; ///< of a preview

inline bool isWhole(const Dataset &data)
{
    const RowCount total = data.total();
    return total.isExact && total.rows == data.size();
}

inline JsonValue toJson(const RowCount &count)
{
    return JsonValue::object().set("count", count.rows).set("exact", count.isExact);
}

template <typename T>
JsonValue listOf(const std::vector<T> &values)
{
    JsonValue::Array list(values.begin(), values.end());
    return JsonValue(std::move(list));
}

} // namespace espalier
