// SPDX-License-Identifier: Apache-2.0
// A fast 64-bit hash of content, for fingerprints and cache keys: 8 bytes a step, the same on every machine of our
// byte order. Not for hostile input.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace espalier {

class ContentHash {
public:
    void add(std::uint64_t word)
    {
        m_state = (m_state ^ word) * 0x9E3779B97F4A7C15u;
        m_state ^= m_state >> 29;
    }
    /// The length counts, too: "a" + "b" differs from "ab".
    void add(std::string_view bytes)
    {
        add(static_cast<std::uint64_t>(bytes.size()));
        while (!bytes.empty()) {
            std::uint64_t word = 0;
            const std::size_t n = bytes.size() < 8 ? bytes.size() : 8;
            std::memcpy(&word, bytes.data(), n);
            add(word);
            bytes.remove_prefix(n);
        }
    }
    std::uint64_t value() const
    {
        const std::uint64_t mixed = (m_state ^ (m_state >> 32)) * 0xD6E8FEB86659FD93u;
        return mixed ^ (mixed >> 32);
    }
    /// 16 hexadecimal digits.
    std::string text() const
    {
        std::string out(16, '0');
        std::uint64_t rest = value();
        for (std::size_t i = 16; i-- > 0; rest >>= 4)
            out[i] = "0123456789abcdef"[rest & 15u];
        return out;
    }

private:
    std::uint64_t m_state = 0xcbf29ce484222325u;
};

} // namespace espalier
