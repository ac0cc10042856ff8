// SPDX-License-Identifier: Apache-2.0
// A bypassed node: what comes in goes out, where the types allow it.
#pragma once

#include "engine/graph/context.h"

namespace espalier {

/// Calls the kind's build; false where it has a problem.
bool buildNode(LowerState &state, Frame &frame, const ResolvedNode &node, NodeValues &values);

/// Each output takes the first input whose type is that of the output; where nobody can say the output's type, the
/// first input. An output that someone reads (`isRead`) and that no input fits is a problem.
void passThrough(LowerState &state, Frame &frame, const ResolvedNode &node, NodeValues &values,
                 const std::vector<bool> &isRead);

} // namespace espalier
