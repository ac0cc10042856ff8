// SPDX-License-Identifier: Apache-2.0
// The element types that tensors can have.
#pragma once

#include "engine/base/bfloat16.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace espalier {

/// `Unknown` is legal while editing: a broken node gives one problem, and no cascade.
enum class DType : std::uint8_t { Unknown, Float64, Float32, BFloat16, Int64, Int32, Bool };

std::string_view name(DType dtype); ///< "float32", ...
std::optional<DType> dtypeFromName(std::string_view name);
std::size_t byteSize(DType dtype); ///< of one element; 0 for Unknown. bool is one byte, 0 or 1.
constexpr bool isFloating(DType d)
{
    return d == DType::Float64 || d == DType::Float32 || d == DType::BFloat16;
}
constexpr bool isInteger(DType d)
{
    return d == DType::Int64 || d == DType::Int32;
}

template <typename T>
struct DTypeOf;
template <>
struct DTypeOf<double> {
    static constexpr DType value = DType::Float64;
};
template <>
struct DTypeOf<float> {
    static constexpr DType value = DType::Float32;
};
template <>
struct DTypeOf<bfloat16> {
    static constexpr DType value = DType::BFloat16;
};
template <>
struct DTypeOf<std::int64_t> {
    static constexpr DType value = DType::Int64;
};
template <>
struct DTypeOf<std::int32_t> {
    static constexpr DType value = DType::Int32;
};
template <>
struct DTypeOf<bool> {
    static constexpr DType value = DType::Bool;
};

} // namespace espalier
