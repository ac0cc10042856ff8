// SPDX-License-Identifier: Apache-2.0
// Places buffers with known life times into one arena.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace espalier {

/// A buffer that must exist while launches first..last (both included) run.
struct Lifetime {
    std::size_t bytes = 0;
    int first = 0;
    int last = 0;
};

struct MemoryPlan {
    std::vector<std::size_t> offsets; ///< one for each life time; multiples of 64
    std::size_t arenaBytes = 0;
};

/// Buffers that live at the same time never overlap. Largest first, each at the lowest free offset (the greedy-by-size
/// heuristic of Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020).
MemoryPlan planMemory(std::span<const Lifetime> lifetimes);

} // namespace espalier
