// SPDX-License-Identifier: Apache-2.0
// The processor's own instruction where it has one, else slicing by 8 (Kounavis and Berry, 2005): eight table look-ups
// for eight bytes.
#include "engine/base/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace espalier {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables makeTables()
{
    Tables t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0x82F63B78u : 0u);
        t[0][i] = crc;
    }
    for (std::size_t slice = 1; slice < 8; ++slice)
        for (std::size_t i = 0; i < 256; ++i)
            t[slice][i] = (t[slice - 1][i] >> 8) ^ t[0][t[slice - 1][i] & 0xFFu];
    return t;
}

constexpr Tables kTables = makeTables();
static_assert(std::endian::native == std::endian::little, "the sliced loop reads words as little-endian");

std::uint32_t sliced(std::string_view bytes, std::uint32_t crc)
{
    const char *p = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, p += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, p, 8);
        word ^= crc;
        crc = 0;
        for (std::size_t i = 0; i < 8; ++i)
            crc ^= kTables[7 - i][(word >> (8 * i)) & 0xFFu];
    }
    for (; left > 0; --left, ++p)
        crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(*p)) & 0xFFu];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t byInstruction(std::string_view bytes, std::uint32_t crc)
{
    const char *p = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t sum = crc;
    for (; left >= 8; left -= 8, p += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, p, 8);
        sum = _mm_crc32_u64(sum, word);
    }
    crc = static_cast<std::uint32_t>(sum);
    for (; left > 0; --left, ++p)
        crc = _mm_crc32_u8(crc, static_cast<unsigned char>(*p));
    return crc;
}
#endif

using Update = std::uint32_t (*)(std::string_view, std::uint32_t);

Update bestUpdate()
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return byInstruction;
#endif
    return sliced;
}

} // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc)
{
    static const Update update = bestUpdate();
    return ~update(bytes, ~crc);
}

} // namespace espalier
