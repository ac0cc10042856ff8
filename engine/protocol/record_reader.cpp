// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/record_reader.h"

#include "engine/base/crc32c.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace espalier {
namespace {

/// Far beyond any real record; a larger length with a right checksum is an attempt to make us wait for ever.
constexpr std::uint64_t kMaxRecord = std::uint64_t{1} << 30;
constexpr std::size_t kMostDamages = 100;
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

bool isHeader(const char *bytes)
{
    return load<std::uint64_t>(bytes) <= kMaxRecord && crcIsRight(bytes + 8, {bytes, 8});
}

bool areZeros(std::string_view bytes)
{
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
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
    if (!m_view.empty()) // of a feed whose records were not all taken
        m_tail += m_view;
    m_view = bytes;
}

std::string_view RecordReader::current() const
{
    return m_tail.size() > m_used ? std::string_view(m_tail).substr(m_used) : m_view;
}

/// Brings the next `bytes` together; false: they are not there yet. Bytes are copied only where they cross the border
/// of two feeds.
bool RecordReader::have(std::size_t bytes)
{
    if (m_tail.size() == m_used) {
        m_tail.clear();
        m_used = 0;
        if (m_view.size() >= bytes)
            return true;
        m_tail = m_view;
        m_view = {};
        return false;
    }
    const std::size_t left = m_tail.size() - m_used;
    if (left >= bytes)
        return true;
    m_tail.erase(0, m_used);
    m_used = 0;
    const std::size_t taken = std::min(bytes - left, m_view.size());
    m_tail += m_view.substr(0, taken);
    m_view.remove_prefix(taken);
    return m_tail.size() >= bytes;
}

void RecordReader::consume(std::size_t bytes)
{
    if (m_tail.size() > m_used)
        m_used += bytes;
    else
        m_view.remove_prefix(bytes);
    m_offset += bytes;
}

tl::unexpected<Error> RecordReader::damaged()
{
    m_isStopped = true;
    Place place;
    place.file = m_name;
    return fail(error("events.damaged",
                      "{0} is damaged from byte {1} on; what lies before it was read. Use an earlier "
                      "copy of it, or train again.",
                      m_name, m_offset)
                    .at(std::move(place)));
}

void RecordReader::addDamage(const DamagedBytes &damage)
{
    if (damage.to <= damage.from)
        return;
    const bool isNext = !m_damage.empty() && m_damage.back().to == damage.from;
    if (!isNext && m_damage.size() < kMostDamages) {
        m_damage.push_back(damage);
        return;
    }
    m_damage.back().to = damage.to;
    m_damage.back().areZeros = m_damage.back().areZeros && damage.areZeros;
}

void RecordReader::goBack()
{
    m_offset = offset();
    m_tail.clear();
    m_used = 0;
    m_view = {};
    m_search.reset();
    m_wasFound = false;
}

std::vector<DamagedBytes> RecordReader::damage() const
{
    std::vector<DamagedBytes> all = m_damage;
    if (m_search)
        all.push_back({m_search->from, m_offset + current().size(), m_search->areZeros});
    return all;
}

void RecordReader::startSearch()
{
    m_search = DamagedBytes{m_offset, m_offset, true};
    m_wasFound = false;
}

/// Looks for the next header with a right checksum. False: there is none yet.
bool RecordReader::search()
{
    m_tail.erase(0, m_used);
    m_used = 0;
    m_tail += m_view;
    m_view = {};
    std::size_t at = m_search->from == m_offset ? 1 : 0; // not where it began
    while (at + kRecordHeaderBytes <= m_tail.size() && !isHeader(m_tail.data() + at))
        ++at;
    at = std::min(at, m_tail.size());
    m_search->areZeros = m_search->areZeros && areZeros(std::string_view(m_tail).substr(0, at));
    m_used = at;
    m_offset += at;
    if (m_tail.size() - at < kRecordHeaderBytes) {
        // What is left may be the beginning of a header, or more of the same.
        return false;
    }
    m_search->to = m_offset;
    addDamage(*m_search);
    m_search.reset();
    m_wasFound = true;
    return true;
}

RecordReader::Step RecordReader::damagedRecord(std::size_t total)
{
    if (!m_passesOver)
        return Step::Damaged;
    if (m_wasFound || total == 0) { // the length can't be trusted
        startSearch();
        return Step::Again;
    }
    const bool isCarried = m_tail.size() > m_used;
    const std::string_view after = isCarried ? m_view : m_view.substr(total);
    const bool isLast = !isCarried || m_tail.size() - m_used == total;
    if (isLast && areZeros(after)) { // or nothing: pages of it may still be filled
        if (!isCarried)
            m_tail.clear();
        m_tail += m_view;
        m_view = {};
        return Step::Wait;
    }
    addDamage({m_offset, m_offset + total, false});
    consume(total);
    return Step::Again;
}

RecordReader::Step RecordReader::step(Record &record)
{
    if (m_search && !search())
        return Step::Wait;
    if (!have(kRecordHeaderBytes))
        return Step::Wait;
    const char *header = current().data();
    if (!isHeader(header))
        return damagedRecord(0);
    const auto length = static_cast<std::size_t>(load<std::uint64_t>(header));
    const std::size_t total = kRecordHeaderBytes + length + kRecordFooterBytes;
    if (!have(total))
        return Step::Wait;
    const std::string_view bytes = current().substr(kRecordHeaderBytes, length);
    if (!crcIsRight(bytes.data() + length, bytes))
        return damagedRecord(total);
    record = {m_offset, bytes};
    m_wasFound = false;
    consume(total);
    return Step::Found;
}

Result<std::optional<RecordReader::Record>> RecordReader::next()
{
    if (m_isStopped)
        return damaged();
    Record record;
    for (;;) {
        switch (step(record)) {
        case Step::Found:
            return record;
        case Step::Wait:
            return std::nullopt;
        case Step::Damaged:
            return damaged();
        case Step::Again:
            break;
        }
    }
}

} // namespace espalier
