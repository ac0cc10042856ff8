// SPDX-License-Identifier: Apache-2.0
// The order of evaluation, and cycles by name.
#pragma once

#include "engine/graph/resolve.h"

namespace espalier {

/// Fills `graph.order` (sources first, otherwise in the order of the list). Each cycle becomes one problem that names
/// its nodes; its nodes are marked as broken and left out, as is everything behind them.
void sortTopologically(ResolvedGraph &graph);

} // namespace espalier
