// SPDX-License-Identifier: Apache-2.0
// Dimensions, shapes and types from the text that toString() gives.
#pragma once

#include "engine/base/result.h"
#include "engine/tensor/shape.h"

#include <string_view>

namespace espalier {

/// "32", "batch", "2*batch + 1", "floor((time - 1)/2)", "(a + 1)*3", "?". The inverse of Dim::toString. Refuses, with a
/// sentence, what is no such expression, is nested deeper than 32, or has constants or products beyond 2^50.
Result<Dim> parseDim(std::string_view text);

/// "[batch, 3]", "[]", "[...]". The inverse of Shape::toString. At most 32 axes; refuses more than 2^50 elements
/// (symbols counted as one).
Result<Shape> parseShape(std::string_view text);

/// "float32[batch, 3]", "unknown[...]". The inverse of TensorType::toString.
Result<TensorType> parseTensorType(std::string_view text);

/// Whether the known part of the element count is at most 2^50: every size in bytes then fits 64 bits.
bool hasSaneSize(const Shape &shape);

} // namespace espalier
