// SPDX-License-Identifier: Apache-2.0
// bfloat16 and float32 in memory, many at a time.
#pragma once

#include <bit>
#include <cstdint>

namespace espalier {

/// The nearest bfloat16, ties to even, as a float: what bfloat16's constructor does, without a branch.
inline float nearestHalf(float x)
{
    const auto u = std::bit_cast<std::uint32_t>(x);
    const std::uint32_t rounded = u + 0x7fffu + ((u >> 16) & 1u);
    const std::uint32_t kept = (u & 0x7fffffffu) > 0x7f800000u ? u | 0x400000u : rounded; // a NaN stays a NaN
    return std::bit_cast<float>(kept & 0xffff0000u);
}

void halvesToFloats(const std::uint16_t *from, float *to, std::int64_t n);
/// Rounds to nearest even.
void floatsToHalves(const float *from, std::uint16_t *to, std::int64_t n);

} // namespace espalier
