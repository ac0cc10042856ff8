// SPDX-License-Identifier: Apache-2.0
// What the type, cost and gradient rules of heavy ops share.
#pragma once

#include "engine/ops/rules.h"

#include <initializer_list>

namespace espalier {

// Each returns an Error that names the op, its input and what was wanted.
Result<void> expectRank(const OpCall &call, int input, int rank);
Result<void> expectDType(const OpCall &call, int input, DType dtype);
/// All of these inputs are floating and of the dtype of the first one.
Result<void> expectFloating(const OpCall &call, std::initializer_list<int> inputs);
Result<void> expectShape(const OpCall &call, int input, const Shape &shape);
/// The attribute has `count` whole numbers from `minimum` to 2^30, so that sums and products of two don't overflow.
Result<void> expectIntegers(const OpCall &call, std::string_view attr, int count, std::int64_t minimum);
Result<int> expectAxis(const OpCall &call, int rank);

/// `flops` for each element of `of`, and every tensor touched once.
Cost elementCost(const OpCall &call, std::span<const TensorType> outputs, const Shape &of, std::int64_t flops);

/// Differentiates the op's expand(): the rule of ops whose gradient is seldom asked for (backward ops).
std::vector<ValueId> gradientByExpansion(const GradientCall &call, std::string_view op);

} // namespace espalier
