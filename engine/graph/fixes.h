// SPDX-License-Identifier: Apache-2.0
// Ways out of problems that one click can take: each problem of a drawing with an evident one gets it.
#pragma once

#include "engine/graph/lower.h"

#include <vector>

namespace espalier {

/// Adds fixes to the problems that have none yet. `lowered` and `options` are what the problems come from: types at the
/// ports decide what fits. Pure; the same input gives the same fixes.
void addFixes(const Document &document, const Lowered &lowered, const LowerOptions &options,
              std::vector<Error> &problems);

} // namespace espalier
