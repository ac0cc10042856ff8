// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/record_reader.h"

#include "engine/base/crc32c.h"

#include <bit>
#include <cstring>

namespace espalier {
namespace {

/// Far beyond any real record; a larger length with a right checksum is an attempt to make us wait for ever.
constexpr std::uint64_t kMaxRecord = std::uint64_t{1} << 30;
static_assert(std::endian::native == std::endian::little, "record headers are little-endian");

template <typename T>
T load(const char *bytes)
{
    T value{};
    std::memcpy(&value, bytes, sizeof(T));
    return value;
}

void storeCrc(char *into, std::string_view bytes)
{
    const std::uint32_t crc = maskedCrc(crc32c(bytes));
    std::memcpy(into, &crc, sizeof crc);
}

bool crcIsRight(const char *stored, std::string_view bytes)
{
    return load<std::uint32_t>(stored) == maskedCrc(crc32c(bytes));
}

} // namespace

void putRecordHeader(char *header, std::uint64_t length)
{
    std::memcpy(header, &length, sizeof length);
    storeCrc(header + 8, {header, 8});
}

void putRecordFooter(char *footer, std::string_view bytes)
{
    storeCrc(footer, bytes);
}

void RecordReader::feed(std::string_view bytes)
{
    if (m_used > 0 && m_used >= m_buffer.size() / 2) { // rarely, so that each byte moves at most once on average
        m_buffer.erase(0, m_used);
        m_used = 0;
    }
    m_buffer += bytes;
}

tl::unexpected<Error> RecordReader::damaged()
{
    m_damaged = true;
    Place place;
    place.file = m_name;
    return fail(error("events.damaged",
                      "{0} is damaged from byte {1} on; what lies before it was read. Use an earlier "
                      "copy of it, or train again.",
                      m_name, m_offset)
                    .at(std::move(place)));
}

Result<std::optional<RecordReader::Record>> RecordReader::next()
{
    if (m_damaged)
        return damaged();
    const std::string_view left = std::string_view(m_buffer).substr(m_used);
    if (left.size() < kRecordHeaderBytes)
        return std::nullopt;
    const auto length = load<std::uint64_t>(left.data());
    if (!crcIsRight(left.data() + 8, left.substr(0, 8)) || length > kMaxRecord)
        return damaged();
    const std::size_t total = kRecordHeaderBytes + static_cast<std::size_t>(length) + kRecordFooterBytes;
    if (left.size() < total)
        return std::nullopt;
    const std::string_view bytes = left.substr(kRecordHeaderBytes, static_cast<std::size_t>(length));
    if (!crcIsRight(bytes.data() + bytes.size(), bytes))
        return damaged();
    const Record record{m_offset, bytes};
    m_used += total;
    m_offset += total;
    return record;
}

} // namespace espalier
