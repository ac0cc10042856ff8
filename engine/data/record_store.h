// SPDX-License-Identifier: Apache-2.0
// Rows as records of equal size: in memory while they fit, else in a cache file, read at random either way.
#pragma once

#include "engine/base/file.h"
#include "engine/data/data_options.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// Immutable; any number of threads may read.
class RecordStore {
public:
    RecordStore() = default;
    RecordStore(const RecordStore &) = delete;
    RecordStore &operator=(const RecordStore &) = delete;
    virtual ~RecordStore() = default;
    virtual std::int64_t size() const = 0; ///< number of records
    virtual std::size_t recordBytes() const = 0;
    /// The record in memory; null if the store is a file.
    virtual const std::byte *direct(std::int64_t record) const = 0;
    /// Copies `count` records from `first` on.
    virtual Result<void> read(std::int64_t first, std::int64_t count, std::byte *into) const = 0;
    /// What the writer gave to finish().
    virtual const std::string &meta() const = 0;
};
using RecordStorePointer = std::shared_ptr<const RecordStore>;

/// Calls visit(index into rows, record) for each row; records of a file are fetched in runs of neighbours.
template <typename Visit>
Result<void> visitRecords(const RecordStore &store, std::span<const std::int64_t> rows, Visit &&visit)
{
    constexpr std::size_t kBuffer = std::size_t{256} << 10;
    const std::size_t bytes = store.recordBytes();
    std::vector<std::byte> buffer;
    for (std::size_t i = 0; i < rows.size();) {
        if (const std::byte *record = store.direct(rows[i])) {
            visit(i++, record);
            continue;
        }
        std::size_t run = 1;
        while (i + run < rows.size() && rows[i + run] == rows[i + run - 1] + 1 && (run + 1) * bytes <= kBuffer)
            ++run;
        buffer.resize(run * bytes);
        ESPALIER_CHECK(store.read(rows[i], static_cast<std::int64_t>(run), buffer.data()));
        for (std::size_t k = 0; k < run; ++k)
            visit(i + k, buffer.data() + k * bytes);
        i += run;
    }
    return {};
}

/// Takes records one after the other; moves from memory to a cache file, written beside and renamed, at the limit.
class RecordWriter {
public:
    /// `key` names the cache file; the same key must mean the same content.
    RecordWriter(std::size_t recordBytes, std::string key, const DataOptions &options);

    /// Whole records.
    Result<void> append(const void *records, std::size_t bytes);
    std::int64_t size() const { return m_size; }
    /// `meta` is kept with the records.
    Result<RecordStorePointer> finish(std::string meta);

private:
    Result<void> spill();

    std::size_t m_recordBytes;
    std::string m_key;
    const DataOptions &m_options;
    std::int64_t m_size = 0;
    std::vector<std::byte> m_memory;
    std::optional<AtomicFile> m_file;
};

/// The cache file of `key`, if there is a whole one.
std::optional<RecordStorePointer> openCachedRecords(const std::string &key, const DataOptions &options);

/// Records that lie in a plain file of other origin, such as IDX.
Result<RecordStorePointer> openRecordsInFile(const std::string &path, std::uint64_t offset, std::size_t recordBytes,
                                             std::int64_t count);

} // namespace espalier
