// SPDX-License-Identifier: Apache-2.0
// What type rules and gradient rules have in common.
#pragma once

#include "engine/ops/builder.h"

#include <string>
#include <vector>

namespace espalier {

using InferredTypes = Result<std::vector<TensorType>>;

/// Equal, or one of them not known yet.
bool mayEqual(const Dim &a, const Dim &b);
bool mayEqual(const Shape &a, const Shape &b);
bool mayEqual(const TensorType &a, const TensorType &b);

/// A negative size can't be; symbols and unknown sizes may be anything.
Result<void> checkSizes(std::string_view op, const Shape &shape);

/// Axis 0..rank-1; the error names the op and the input's type.
Result<int> resolveAxis(std::string_view op, std::int64_t axis, const TensorType &type);
/// Sorted axes, each once; all of them for an empty list.
Result<std::vector<int>> resolveAxes(std::string_view op, const std::vector<std::int64_t> &axes,
                                     const TensorType &type);

/// "floating-point numbers" and the like, for a sentence about `kinds` (scalar::Kinds).
std::string_view kindsText(unsigned kinds);
bool hasKind(DType dtype, unsigned kinds);
/// Fails with a sentence unless `type` has one of the kinds.
Result<void> checkKind(std::string_view op, const TensorType &type, unsigned kinds);
/// Fails with a sentence unless both have one dtype.
Result<void> checkSameDType(std::string_view op, const TensorType &a, const TensorType &b);
/// NumPy's broadcasting, or a sentence with both shapes.
Result<Shape> broadcastShapes(std::string_view op, const Shape &a, const Shape &b);

/// A cost of no operations: what is read and written.
Cost moveCost(const OpCall &call, std::span<const TensorType> outputs);
/// Bytes of all inputs and outputs.
Dim bytesOf(std::span<const TensorType> inputs, std::span<const TensorType> outputs);

/// Stands for "no gradient" of each input.
std::vector<ValueId> noGradients(const GradientCall &call);

} // namespace espalier
