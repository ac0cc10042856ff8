// SPDX-License-Identifier: Apache-2.0
// Cuts a growing TFRecord stream, the framing of tfevents files, into records:
// u64 length | u32 masked crc32c(length) | bytes | u32 masked crc32c(bytes), little-endian.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace espalier {

constexpr std::size_t kRecordHeaderBytes = 12;
constexpr std::size_t kRecordFooterBytes = 4;

/// Adds one record to `out`; `writeBody(out)` appends its bytes.
template <typename WriteBody>
void appendRecord(std::string &out, WriteBody &&writeBody);

class RecordReader {
public:
    struct Record {
        std::uint64_t offset = 0; ///< of the record's first byte in the file
        std::string_view bytes; ///< valid until the next feed()
    };

    /// `name` is the file as errors call it; `offset` is where the first fed byte lies in it.
    explicit RecordReader(std::string name, std::uint64_t offset = 0)
        : m_name(std::move(name))
        , m_offset(offset)
    {
    }

    void feed(std::string_view bytes);
    /// The next whole record, or nothing: wait for more bytes. A wrong checksum is an error that gives the offset, and
    /// stays: after it no record can be found with certainty.
    Result<std::optional<Record>> next();
    /// Of the first byte that belongs to no record returned so far.
    std::uint64_t offset() const { return m_offset; }

private:
    tl::unexpected<Error> damaged();

    std::string m_name;
    std::string m_buffer;
    std::size_t m_used = 0; ///< of m_buffer
    std::uint64_t m_offset;
    bool m_damaged = false;
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
