// SPDX-License-Identifier: Apache-2.0
// A drawn recurrent cell: the Scan layer runs a block over the time axis.
#pragma once

#include "engine/graph/context.h"

namespace espalier {

/// Builds the nodes of `graph` that are `needed`, in order. `given` are the values of BlockInput nodes in a scan's
/// body.
std::vector<NodeValues> lowerNodes(LowerState &state, Frame &frame, const ResolvedGraph &graph,
                                   const std::vector<bool> &needed,
                                   const std::unordered_map<const DocumentNode *, ValueId> &given);

/// Builds the op `scan` for a Scan node. Ports of the block that have an input and an output of one name are states,
/// other inputs are sequences [batch, time, ...] of which the body sees one step, other outputs are stacked over time.
/// Weights inside become constants of the scan.
void buildScan(LowerState &state, Frame &frame, const ResolvedNode &node, NodeValues &values, LayerContext &context);

} // namespace espalier
