// SPDX-License-Identifier: Apache-2.0
// Finds instructions that compute the same thing, in constant time each.
#pragma once

#include "engine/ops/program.h"

#include <cstdint>
#include <unordered_map>

namespace espalier {

bool sameComputation(const Instruction &a, const Instruction &b);
/// Of what an instruction computes: equal for instructions that are the same computation.
std::uint64_t computationHash(const Instruction &instruction);

/// Instructions by what they compute: op, inputs (in either order where the op commutes), attributes, bodies.
/// Ops are pure, random ones too: equal instructions have equal values.
class HashCons {
public:
    /// Index given with an equal instruction before, or -1. `at(index)` is the instruction, or nullptr to pass it over.
    template <typename At>
    std::int32_t find(const Instruction &instruction, At &&at) const
    {
        const auto [first, last] = m_entries.equal_range(computationHash(instruction));
        for (auto it = first; it != last; ++it) {
            const Instruction *known = at(it->second);
            if (known && sameComputation(instruction, *known))
                return it->second;
        }
        return -1;
    }
    void add(const Instruction &instruction, std::int32_t index)
    {
        m_entries.emplace(computationHash(instruction), index);
    }
    /// Before an instruction changes or goes; as it was added.
    void remove(const Instruction &instruction, std::int32_t index)
    {
        const auto [first, last] = m_entries.equal_range(computationHash(instruction));
        for (auto it = first; it != last; ++it) {
            if (it->second != index)
                continue;
            m_entries.erase(it);
            return;
        }
    }

private:
    std::unordered_multimap<std::uint64_t, std::int32_t> m_entries;
};

} // namespace espalier
