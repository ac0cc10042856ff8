// SPDX-License-Identifier: Apache-2.0
// Cuts a growing TFRecord stream, the framing of tfevents files, into records:
// u64 length | u32 masked crc32c(length) | bytes | u32 masked crc32c(bytes), little-endian.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

constexpr std::size_t kRecordHeaderBytes = 12;
constexpr std::size_t kRecordFooterBytes = 4;

/// Adds one record to `out`; `writeBody(out)` appends its bytes.
template <typename WriteBody>
void appendRecord(std::string &out, WriteBody &&writeBody);

/// What a reader does about a wrong checksum.
enum class OnDamage {
    Stop, ///< an error that stays: for who must not go on behind it
    PassOver, ///< goes on with the next record that can be found; see damage()
};

/// Bytes of a file that are no record.
struct DamagedBytes {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    bool areZeros = false; ///< pages that a file system has not, or not yet, filled
};

class RecordReader {
public:
    struct Record {
        std::uint64_t offset = 0; ///< of the record's first byte in the file
        std::string_view bytes; ///< valid until the next call of next() or feed()
    };

    /// `name` is the file as errors call it; `offset` is where the first fed byte lies in it.
    explicit RecordReader(std::string name, std::uint64_t offset = 0, OnDamage onDamage = OnDamage::Stop)
        : m_name(std::move(name))
        , m_offset(offset)
        , m_passesOver(onDamage == OnDamage::PassOver)
    {
    }

    /// `bytes` must live until next() has returned nothing, or failed.
    void feed(std::string_view bytes);
    /// The next whole record, or nothing: wait for more bytes. With OnDamage::Stop a wrong checksum is an error that
    /// gives the offset, and stays: after it no record can be found with certainty.
    Result<std::optional<Record>> next();
    /// Of the first byte that belongs to no record returned so far, nor to damage. Zeros at the end may still be
    /// filled, and a last record with a wrong checksum completed: they begin here until something follows them.
    std::uint64_t offset() const { return m_search && m_search->areZeros ? m_search->from : m_offset; }
    /// Forgets the bytes from offset() on; they are fed again, maybe others.
    void goBack();
    /// What was passed over so far, in order; the last one may still grow. At most a hundred: then the last one takes
    /// what lies between.
    std::vector<DamagedBytes> damage() const;

private:
    enum class Step { Found, Wait, Again, Damaged };
    std::string_view current() const;
    bool have(std::size_t bytes);
    void consume(std::size_t bytes);
    Step step(Record &record);
    Step damagedRecord(std::size_t total);
    void startSearch();
    bool search();
    void addDamage(const DamagedBytes &damage);
    tl::unexpected<Error> damaged();

    std::string m_name;
    std::string_view m_view; ///< of the fed bytes, those not used
    std::string m_tail; ///< what earlier feeds left; comes before m_view
    std::size_t m_used = 0; ///< of m_tail
    std::uint64_t m_offset; ///< of current()
    bool m_passesOver;
    bool m_isStopped = false;
    bool m_wasFound = false; ///< by search(): the header alone spoke for it
    std::optional<DamagedBytes> m_search; ///< looking for the next record since there
    std::vector<DamagedBytes> m_damage;
};

/// The twelve bytes before, and the four after, a record's `bytes`.
void putRecordHeader(char *header, std::uint64_t length);
void putRecordFooter(char *footer, std::string_view bytes);

template <typename WriteBody>
void appendRecord(std::string &out, WriteBody &&writeBody)
{
    const std::size_t start = out.size();
    out.append(kRecordHeaderBytes, '\0');
    writeBody(out);
    const std::size_t length = out.size() - start - kRecordHeaderBytes;
    putRecordHeader(out.data() + start, length);
    out.append(kRecordFooterBytes, '\0');
    putRecordFooter(out.data() + out.size() - kRecordFooterBytes,
                    std::string_view(out).substr(start + kRecordHeaderBytes, length));
}

} // namespace espalier
