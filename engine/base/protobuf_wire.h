// SPDX-License-Identifier: Apache-2.0
// Protocol Buffers' wire format, for messages so small that a generated codec would outweigh them.
// https://protobuf.dev/programming-guides/encoding
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace espalier::wire {

enum class Type : std::uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

inline std::size_t varintSize(std::uint64_t value)
{
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7)
        ++size;
    return size;
}

inline void putVarint(std::string &out, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        out += static_cast<char>(value | 0x80u);
    out += static_cast<char>(value);
}

inline void putKey(std::string &out, std::uint32_t field, Type type)
{
    putVarint(out, (std::uint64_t{field} << 3) | static_cast<std::uint8_t>(type));
}

/// Negative numbers take ten bytes, as int32, int64 and enum do.
inline void putInteger(std::string &out, std::uint32_t field, std::int64_t value)
{
    putKey(out, field, Type::Varint);
    putVarint(out, static_cast<std::uint64_t>(value));
}

inline void putDouble(std::string &out, std::uint32_t field, double value)
{
    putKey(out, field, Type::Fixed64);
    char bytes[8];
    std::memcpy(bytes, &value, 8);
    out.append(bytes, 8);
}

inline void putFloat(std::string &out, std::uint32_t field, float value)
{
    putKey(out, field, Type::Fixed32);
    char bytes[4];
    std::memcpy(bytes, &value, 4);
    out.append(bytes, 4);
}

/// Texts, bytes, messages and packed lists.
inline void putBytes(std::string &out, std::uint32_t field, std::string_view bytes)
{
    putKey(out, field, Type::Bytes);
    putVarint(out, bytes.size());
    out += bytes;
}

/// Walks the fields of one message. Views point into the message. Damage ends the walk and sets failed().
class Reader {
public:
    explicit Reader(std::string_view message)
        : m_left(message)
    {
    }

    /// Goes to the next field; false at the end and on damage.
    bool next()
    {
        if (m_left.empty() || m_failed)
            return false;
        const std::uint64_t key = varint();
        m_field = static_cast<std::uint32_t>(key >> 3);
        m_type = static_cast<Type>(key & 7u);
        if (m_failed || m_field == 0 || (key >> 32) != 0)
            return !fail();
        switch (m_type) {
        case Type::Varint:
            m_integer = varint();
            return !m_failed;
        case Type::Fixed64:
            return take(8);
        case Type::Fixed32:
            return take(4);
        case Type::Bytes: {
            const std::uint64_t length = varint();
            return !m_failed && take(length);
        }
        }
        return !fail(); // groups went out of use with proto3
    }

    bool failed() const { return m_failed; }
    std::uint32_t field() const { return m_field; }
    bool is(std::uint32_t field, Type type) const { return m_field == field && m_type == type; }
    std::int64_t integer() const { return static_cast<std::int64_t>(m_integer); } ///< of a Varint
    std::string_view bytes() const { return m_bytes; } ///< of any other type
    double asDouble() const { return as<double>(); } ///< of a Fixed64
    float asFloat() const { return as<float>(); } ///< of a Fixed32

    /// The next number of a packed list, whose bytes this reader was made of; false at its end.
    bool nextPacked(std::int64_t &value)
    {
        if (m_left.empty() || m_failed)
            return false;
        value = static_cast<std::int64_t>(varint());
        return !m_failed;
    }

private:
    bool fail()
    {
        m_failed = true;
        return true;
    }
    bool take(std::uint64_t length)
    {
        if (length > m_left.size())
            return !fail();
        m_bytes = m_left.substr(0, static_cast<std::size_t>(length));
        m_left.remove_prefix(static_cast<std::size_t>(length));
        return true;
    }
    std::uint64_t varint()
    {
        std::uint64_t value = 0;
        for (std::uint32_t shift = 0; shift < 64; shift += 7) {
            if (m_left.empty())
                break;
            const auto byte = static_cast<unsigned char>(m_left.front());
            m_left.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7Fu} << shift;
            if (byte < 0x80)
                return value;
        }
        fail();
        return 0;
    }
    template <typename T>
    T as() const
    {
        T value{};
        std::memcpy(&value, m_bytes.data(), sizeof(T));
        return value;
    }

    std::string_view m_left;
    std::string_view m_bytes;
    std::uint64_t m_integer = 0;
    std::uint32_t m_field = 0;
    Type m_type = Type::Varint;
    bool m_failed = false;
};

} // namespace espalier::wire
