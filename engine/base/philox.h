// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
// Bits depend on (key, counter) alone, so neither layout, threads, fusion nor device can change them.
#pragma once

#include <array>
#include <cstdint>

namespace espalier {

struct PhiloxKey {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
};

/// Four random words for one 128-bit counter.
inline std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, PhiloxKey key)
{
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53u} * counter[0];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key.low, static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key.high, static_cast<std::uint32_t>(a)};
        key.low += 0x9E3779B9u;
        key.high += 0xBB67AE85u;
    }
    return counter;
}

/// The key of one random node: the run's seed mixed with the hash of the node's stable path.
inline PhiloxKey philoxKey(std::uint64_t seed, std::uint64_t stream)
{
    std::uint64_t mixed = seed + 0x9E3779B97F4A7C15u * (stream | 1u); // splitmix64 finaliser
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    mixed ^= mixed >> 31;
    mixed ^= stream;
    return {static_cast<std::uint32_t>(mixed), static_cast<std::uint32_t>(mixed >> 32)};
}

/// Word for logical element `element` of the tensor drawn at `step`:
/// counter = (element / 4, step), word element % 4.
inline std::uint32_t philoxWord(PhiloxKey key, std::uint64_t step, std::uint64_t element)
{
    const std::uint64_t block = element >> 2;
    return philox4x32({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                       static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32)},
                      key)[element & 3u];
}

/// Uniform in [0, 1) with 24 bits, exact in float32.
inline float philoxUniform(std::uint32_t word)
{
    return static_cast<float>(word >> 8) * 0x1p-24f;
}

} // namespace espalier
