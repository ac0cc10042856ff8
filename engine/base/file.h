// SPDX-License-Identifier: Apache-2.0
// Files read and written so that neither hostile input nor a full disk, nor a kill at any moment, costs a person data.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace espalier {

/// All bytes of a regular file. Fails on a missing file, on a folder or device, and beyond `maxBytes`.
Result<std::string> readFile(const std::string &path, std::uint64_t maxBytes = std::uint64_t{1} << 30);

/// Replaces `path` by `bytes` as a whole or not at all: written beside, flushed to disk, renamed. On failure the old
/// file is as it was. A symbolic link is followed; the permissions of an existing file stay.
Result<void> writeFileAtomically(const std::string &path, std::string_view bytes);

/// The folder and its missing parents. Success if it is there already.
Result<void> createDirectories(const std::string &path);

/// Removes what interrupted atomic writes left in `folder` (their process was killed). Only for a folder that no other
/// process writes.
void removeTemporaryFiles(const std::string &folder);

/// A file replaced in pieces, for content that should not be in memory twice. Destroyed before `commit`, it leaves
/// the old file as it was. Movable; used by one thread at a time.
class AtomicFile {
public:
    static Result<AtomicFile> open(const std::string &path);
    AtomicFile(AtomicFile &&other) noexcept;
    AtomicFile &operator=(AtomicFile &&other) noexcept;
    AtomicFile(const AtomicFile &) = delete;
    AtomicFile &operator=(const AtomicFile &) = delete;
    ~AtomicFile();

    Result<void> write(std::string_view bytes);
    Result<void> commit(); ///< flush to disk and rename; the object is empty afterwards

private:
    AtomicFile() = default;
    void discard();

    int m_fd = -1;
    std::string m_path; ///< as the person wrote it
    std::string m_target; ///< with links followed
    std::string m_temporary;
};

/// A file that only grows, by whole records. Movable; used by one thread at a time.
class AppendFile {
public:
    /// Opens or creates.
    static Result<AppendFile> open(const std::string &path);
    AppendFile(AppendFile &&other) noexcept;
    AppendFile &operator=(AppendFile &&other) noexcept;
    AppendFile(const AppendFile &) = delete;
    AppendFile &operator=(const AppendFile &) = delete;
    ~AppendFile();

    /// One write() for the whole record; if the disk takes only a part of it, that part is removed again.
    Result<void> append(std::string_view record);
    Result<void> truncate(std::uint64_t size);
    Result<void> sync(); ///< returns when the disk has it
    std::uint64_t size() const { return m_size; }

private:
    AppendFile() = default;

    int m_fd = -1;
    std::string m_path;
    std::uint64_t m_size = 0;
};

/// A file read piece by piece while another process may be writing it. Movable; used by one thread at a time.
class ReadFile {
public:
    static Result<ReadFile> open(const std::string &path);
    ReadFile(ReadFile &&other) noexcept;
    ReadFile &operator=(ReadFile &&other) noexcept;
    ReadFile(const ReadFile &) = delete;
    ReadFile &operator=(const ReadFile &) = delete;
    ~ReadFile();

    /// Up to `bytes` bytes from `offset` into `into`; fewer only at the end of the file. Returns the number read.
    Result<std::size_t> read(std::uint64_t offset, char *into, std::size_t bytes) const;
    Result<std::uint64_t> size() const; ///< now

private:
    ReadFile() = default;

    int m_fd = -1;
    std::string m_path;
};

} // namespace espalier
