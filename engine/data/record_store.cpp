// SPDX-License-Identifier: Apache-2.0
// A cache file is: records, meta, footer {magic, record bytes, records, meta bytes, hash of meta and of these}.
#include "engine/data/record_store.h"

#include "engine/base/resources.h"
#include "engine/data/content_hash.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMagic = 0x31737761726c6173u; // "salraws1", little-endian
constexpr std::size_t kWriteBlock = std::size_t{1} << 20;
constexpr std::string_view kSuffix = ".rows";

using Footer = std::array<std::uint64_t, 5>;

std::uint64_t footerHash(const Footer &footer, const std::string &meta)
{
    ContentHash hash;
    for (std::size_t i = 0; i + 1 < footer.size(); ++i)
        hash.add(footer[i]);
    hash.add(std::string_view(meta));
    return hash.value();
}

class MemoryRecords : public RecordStore {
public:
    MemoryRecords(std::size_t recordBytes, std::int64_t size, std::vector<std::byte> bytes, std::string meta)
        : m_recordBytes(recordBytes)
        , m_size(size)
        , m_bytes(std::move(bytes))
        , m_meta(std::move(meta))
    {
    }
    std::int64_t size() const override { return m_size; }
    std::size_t recordBytes() const override { return m_recordBytes; }
    const std::byte *direct(std::int64_t record) const override
    {
        return m_bytes.data() + static_cast<std::size_t>(record) * m_recordBytes;
    }
    Result<void> read(std::int64_t first, std::int64_t count, std::byte *into) const override
    {
        std::memcpy(into, direct(first), static_cast<std::size_t>(count) * m_recordBytes);
        return {};
    }
    const std::string &meta() const override { return m_meta; }

private:
    std::size_t m_recordBytes;
    std::int64_t m_size;
    std::vector<std::byte> m_bytes;
    std::string m_meta;
};

class FileRecords : public RecordStore {
public:
    FileRecords(ReadFile file, std::string path, std::uint64_t offset, std::size_t recordBytes, std::int64_t size,
                std::string meta)
        : m_file(std::move(file))
        , m_path(std::move(path))
        , m_offset(offset)
        , m_recordBytes(recordBytes)
        , m_size(size)
        , m_meta(std::move(meta))
    {
    }
    std::int64_t size() const override { return m_size; }
    std::size_t recordBytes() const override { return m_recordBytes; }
    const std::byte *direct(std::int64_t) const override { return nullptr; }
    Result<void> read(std::int64_t first, std::int64_t count, std::byte *into) const override
    {
        const std::size_t bytes = static_cast<std::size_t>(count) * m_recordBytes;
        ESPALIER_TRY(const std::size_t got,
                     m_file.read(m_offset + static_cast<std::uint64_t>(first) * m_recordBytes,
                                 reinterpret_cast<char *>(into), bytes));
        if (got != bytes) {
            return fail(error("data.cache.cut", "{0} became shorter while it was read. Start again.", m_path)
                            .at({.file = m_path}));
        }
        return {};
    }
    const std::string &meta() const override { return m_meta; }

private:
    ReadFile m_file;
    std::string m_path;
    std::uint64_t m_offset;
    std::size_t m_recordBytes;
    std::int64_t m_size;
    std::string m_meta;
};

std::string cacheFolder(const DataOptions &options)
{
    return options.cacheDirectory.empty() ? userCacheDirectory() + "/rows" : options.cacheDirectory;
}

std::string cachePath(const std::string &key, const DataOptions &options)
{
    return cacheFolder(options) + "/" + key + std::string(kSuffix);
}

/// Removes the longest unused caches until `needed` more bytes stay below the limit, and what killed writers left.
void makeRoom(std::uint64_t needed, const DataOptions &options)
{
    struct Entry {
        fs::file_time_type used;
        std::uint64_t bytes;
        fs::path path;
    };
    std::vector<Entry> entries;
    std::uint64_t total = needed;
    std::error_code error;
    const auto now = fs::file_time_type::clock::now();
    for (fs::directory_iterator it(cacheFolder(options), error), end; !error && it != end; it.increment(error)) {
        std::error_code ignored;
        const fs::file_time_type used = fs::last_write_time(it->path(), ignored);
        if (it->path().extension() == kSuffix) {
            entries.push_back({used, fs::file_size(it->path(), ignored), it->path()});
            total += entries.back().bytes;
        } else if (now - used > std::chrono::hours(48)) {
            fs::remove(it->path(), ignored);
        }
    }
    std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) { return a.used < b.used; });
    for (const Entry &entry : entries) {
        if (total <= options.cacheLimit)
            break;
        if (fs::remove(entry.path, error)) // a run that has it open keeps reading it
            total -= entry.bytes;
    }
}

Result<RecordStorePointer> openCacheFile(const std::string &path)
{
    ESPALIER_TRY(ReadFile file, ReadFile::open(path));
    ESPALIER_TRY(const std::uint64_t size, file.size());
    Footer footer{};
    const auto broken = [&] { return fail("data.cache.broken", "{0} is no whole cache file.", path); };
    if (size < sizeof footer)
        return broken();
    ESPALIER_CHECK(file.read(size - sizeof footer, reinterpret_cast<char *>(footer.data()), sizeof footer));
    const auto [magic, recordBytes, records, metaBytes, hash] = footer;
    const std::uint64_t content = size - sizeof footer;
    if (magic != kMagic || recordBytes == 0 || metaBytes > content || records > content / recordBytes
        || records * recordBytes + metaBytes != content)
        return broken();
    std::string meta(metaBytes, '\0');
    ESPALIER_CHECK(file.read(records * recordBytes, meta.data(), meta.size()));
    if (footerHash(footer, meta) != hash)
        return broken();
    return std::make_shared<FileRecords>(std::move(file), path, 0, recordBytes, static_cast<std::int64_t>(records),
                                         std::move(meta));
}

} // namespace

RecordWriter::RecordWriter(std::size_t recordBytes, std::string key, const DataOptions &options)
    : m_recordBytes(recordBytes)
    , m_key(std::move(key))
    , m_options(options)
{
}

Result<void> RecordWriter::append(const void *records, std::size_t bytes)
{
    const auto *first = static_cast<const std::byte *>(records);
    m_memory.insert(m_memory.end(), first, first + bytes);
    m_size += static_cast<std::int64_t>(bytes / m_recordBytes);
    if (m_file ? m_memory.size() >= kWriteBlock : m_memory.size() > m_options.memoryLimit)
        return spill();
    return {};
}

Result<void> RecordWriter::spill()
{
    if (!m_file) {
        ESPALIER_CHECK(createDirectories(cacheFolder(m_options)));
        makeRoom(m_memory.size(), m_options);
        ESPALIER_TRY(m_file, AtomicFile::open(cachePath(m_key, m_options)));
    }
    ESPALIER_CHECK(m_file->write(std::string_view(reinterpret_cast<const char *>(m_memory.data()), m_memory.size())));
    m_memory.clear();
    if (m_memory.capacity() > 2 * kWriteBlock)
        m_memory.shrink_to_fit();
    return {};
}

Result<RecordStorePointer> RecordWriter::finish(std::string meta)
{
    if (!m_file) {
        m_memory.shrink_to_fit();
        return std::make_shared<MemoryRecords>(m_recordBytes, m_size, std::move(m_memory), std::move(meta));
    }
    ESPALIER_CHECK(spill());
    Footer footer{kMagic, m_recordBytes, static_cast<std::uint64_t>(m_size), meta.size(), 0};
    footer.back() = footerHash(footer, meta);
    ESPALIER_CHECK(m_file->write(meta));
    ESPALIER_CHECK(m_file->write(std::string_view(reinterpret_cast<const char *>(footer.data()), sizeof footer)));
    makeRoom(static_cast<std::uint64_t>(m_size) * m_recordBytes, m_options);
    ESPALIER_CHECK(m_file->commit());
    return openCacheFile(cachePath(m_key, m_options));
}

std::optional<RecordStorePointer> openCachedRecords(const std::string &key, const DataOptions &options)
{
    const std::string path = cachePath(key, options);
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored))
        return std::nullopt;
    auto store = openCacheFile(path);
    if (!store) {
        fs::remove(path, ignored); // damaged: it is made anew
        return std::nullopt;
    }
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
    return std::move(*store);
}

Result<RecordStorePointer> openRecordsInFile(const std::string &path, std::uint64_t offset, std::size_t recordBytes,
                                             std::int64_t count)
{
    ESPALIER_TRY(ReadFile file, ReadFile::open(path));
    return std::make_shared<FileRecords>(std::move(file), path, offset, recordBytes, count, std::string());
}

} // namespace espalier
