// SPDX-License-Identifier: Apache-2.0
// bfloat16: the upper half of a float32, rounded to nearest even.
#pragma once

#include <bit>
#include <cstdint>

namespace espalier {

struct bfloat16 {
    std::uint16_t bits = 0;

    bfloat16() = default;
    explicit bfloat16(float value)
    {
        const auto u = std::bit_cast<std::uint32_t>(value);
        if ((u & 0x7fffffffu) > 0x7f800000u) { // keep a NaN a NaN: rounding could carry it to infinity
            bits = static_cast<std::uint16_t>((u >> 16) | 0x40u);
            return;
        }
        bits = static_cast<std::uint16_t>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
    }
    explicit operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
    friend bool operator==(bfloat16 a, bfloat16 b) { return static_cast<float>(a) == static_cast<float>(b); }
};
static_assert(sizeof(bfloat16) == 2);

} // namespace espalier
