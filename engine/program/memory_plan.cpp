// SPDX-License-Identifier: Apache-2.0
#include "engine/program/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t aligned(std::size_t bytes)
{
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

} // namespace

MemoryPlan planMemory(std::span<const Lifetime> lifetimes)
{
    MemoryPlan plan;
    plan.offsets.assign(lifetimes.size(), 0);
    std::vector<std::size_t> order(lifetimes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return lifetimes[a].bytes > lifetimes[b].bytes; });
    std::vector<std::size_t> placed; // by offset
    for (const std::size_t item : order) {
        const Lifetime &life = lifetimes[item];
        const std::size_t bytes = aligned(std::max<std::size_t>(life.bytes, 1));
        std::size_t offset = 0;
        for (const std::size_t other : placed) {
            const Lifetime &o = lifetimes[other];
            if (o.last < life.first || life.last < o.first)
                continue;
            if (offset + bytes <= plan.offsets[other])
                break; // the gap before `other` is wide enough
            offset = std::max(offset, plan.offsets[other] + aligned(std::max<std::size_t>(o.bytes, 1)));
        }
        plan.offsets[item] = offset;
        plan.arenaBytes = std::max(plan.arenaBytes, offset + bytes);
        placed.insert(std::upper_bound(placed.begin(), placed.end(), item,
                                       [&](std::size_t a, std::size_t b) { return plan.offsets[a] < plan.offsets[b]; }),
                      item);
    }
    return plan;
}

} // namespace espalier
