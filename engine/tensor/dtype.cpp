// SPDX-License-Identifier: Apache-2.0
#include "engine/tensor/dtype.h"

#include <array>
#include <utility>

namespace espalier {
namespace {
constexpr std::array<std::pair<std::string_view, std::size_t>, 7> kTypes{
    {{"unknown", 0}, {"float64", 8}, {"float32", 4}, {"bfloat16", 2}, {"int64", 8}, {"int32", 4}, {"bool", 1}}};
}

std::string_view name(DType dtype)
{
    return kTypes[static_cast<std::size_t>(dtype)].first;
}

std::size_t byteSize(DType dtype)
{
    return kTypes[static_cast<std::size_t>(dtype)].second;
}

std::optional<DType> dtypeFromName(std::string_view name)
{
    for (std::size_t i = 0; i < kTypes.size(); ++i)
        if (kTypes[i].first == name)
            return static_cast<DType>(i);
    return std::nullopt;
}

} // namespace espalier
