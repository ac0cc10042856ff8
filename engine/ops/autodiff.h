// SPDX-License-Identifier: Apache-2.0
// Reverse-mode differentiation: walks the program backwards and applies the gradient rule of each op.
#pragma once

#include "engine/ops/builder.h"

namespace espalier {

/// Appends to `builder` the gradients of sum_i <outputs[i], seeds[i]> with respect to each of `wrt` (values of the same
/// program). A seed has the type of its output. kNoValue where nothing depends on it. Gradients of a value used twice
/// are added in the order of their uses from the last to the first, so the bits do not depend on the caller.
/// `stops`: gradients are not carried through these values.
std::vector<ValueId> backpropagate(Builder &builder, std::span<const ValueId> outputs, std::span<const ValueId> seeds,
                                   std::span<const ValueId> wrt, std::span<const ValueId> stops = {});

} // namespace espalier
