// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/half.h"

#include "engine/base/vector_clones.h"

namespace espalier {

ESPALIER_CLONES void halvesToFloats(const std::uint16_t *from, float *to, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i)
        to[i] = std::bit_cast<float>(static_cast<std::uint32_t>(from[i]) << 16);
}

ESPALIER_CLONES void floatsToHalves(const float *from, std::uint16_t *to, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i)
        to[i] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(nearestHalf(from[i])) >> 16);
}

} // namespace espalier
