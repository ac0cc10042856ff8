// SPDX-License-Identifier: Apache-2.0
// What is known of a value from how it is made, without running anything. NaN stays possible unless it says "finite".
#pragma once

#include "engine/program/passes/graph.h"

namespace espalier {

/// Never below zero (it may be NaN or infinite).
bool isNonNegative(Graph &graph, ValueId id);
/// Never NaN or infinite: integers, draws, finite constants, and what keeps them so.
bool isFiniteValue(Graph &graph, ValueId id);

} // namespace espalier
