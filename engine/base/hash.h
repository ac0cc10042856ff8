// SPDX-License-Identifier: Apache-2.0
// FNV-1a, 64 bits: stable across machines and releases (it keys random streams and caches). Not for hostile input.
#pragma once

#include <cstdint>
#include <string_view>

namespace espalier {

constexpr std::uint64_t hash64(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325u)
{
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return hash;
}

} // namespace espalier
