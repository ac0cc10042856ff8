// SPDX-License-Identifier: Apache-2.0
// Cuts a program into units: what one kernel does. Backend patterns first, then element-wise fusion.
#pragma once

#include "engine/backends/backend.h"

#include <vector>

namespace espalier {

struct Unit {
    std::vector<std::int32_t> instructions; ///< ascending
    const Pattern *pattern = nullptr; ///< null: fused or single
    bool fused = false;
};

struct GroupingOptions {
    bool patterns = true; ///< patterns of several instructions
    bool fuse = true;
};

/// Units in an order in which they can run. Views (reshape) and constants are units of their own.
std::vector<Unit> groupInstructions(const Program &program, const Backend &backend, const GroupingOptions &options);

/// The group with its outer inputs and outputs; `uses` are useCounts(program).
Group makeGroup(const Program &program, const std::vector<std::int32_t> &instructions,
                std::span<const std::int32_t> uses);

} // namespace espalier
