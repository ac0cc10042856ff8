// SPDX-License-Identifier: Apache-2.0
#include "engine/base/file.h"

#include "engine/base/assert.h"
#include "engine/base/file_error.h"
#include "engine/base/ids.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

namespace espalier {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTemporarySuffix = ".espalier-tmp";
constexpr std::size_t kMaxTransfer = std::size_t{1} << 30; // read() and write() take at most 2 GiB at once

tl::unexpected<Error> failAt(const std::string &path, Error e)
{
    Place place;
    place.file = path;
    return fail(std::move(e).at(std::move(place)));
}

int openRetrying(const std::string &path, int flags, mode_t mode = 0666)
{
    int fd = -1;
    do
        fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

void closeAndClear(int &fd)
{
    if (fd >= 0)
        ::close(fd);
    fd = -1;
}

/// Writes all of it; 0 or an errno.
int writeAll(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), std::min(bytes.size(), kMaxTransfer));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return EIO;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
}

/// A rename is on disk only when its folder is. Some file systems refuse; the data itself is safe then, too.
void syncFolder(const fs::path &folder)
{
    int fd = openRetrying(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
    if (fd >= 0)
        ::fsync(fd);
    closeAndClear(fd);
}

} // namespace

Result<std::string> readFile(const std::string &path, std::uint64_t maxBytes)
{
    ESPALIER_TRY(const ReadFile file, ReadFile::open(path));
    ESPALIER_TRY(const std::uint64_t size, file.size());
    const auto tooLarge = [&] {
        return failAt(path,
                      error("file.large",
                            "{0} is larger than {1} bytes, which is more than such a file can have. "
                            "Check that it is the file you meant.",
                            path, maxBytes));
    };
    if (size > maxBytes)
        return tooLarge();
    std::string bytes;
    std::size_t chunk = static_cast<std::size_t>(size) + 1; // files of /proc say 0: read until nothing comes
    for (;;) {
        const std::size_t old = bytes.size();
        bytes.resize(old + chunk);
        ESPALIER_TRY(const std::size_t n, file.read(old, bytes.data() + old, chunk));
        bytes.resize(old + n);
        if (bytes.size() > maxBytes)
            return tooLarge();
        if (n < chunk)
            return bytes;
        chunk = std::size_t{64} << 10;
    }
}

Result<void> writeFileAtomically(const std::string &path, std::string_view bytes)
{
    ESPALIER_TRY(AtomicFile file, AtomicFile::open(path));
    ESPALIER_CHECK(file.write(bytes));
    return file.commit();
}

Result<void> createDirectories(const std::string &path)
{
    std::error_code code;
    fs::create_directories(path, code);
    if (code)
        return fail(fileWriteError(path, code.value()));
    if (!fs::is_directory(path, code))
        return fail(fileWriteError(path, ENOTDIR));
    return {};
}

void removeTemporaryFiles(const std::string &folder)
{
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        const std::string name = it->path().filename().string();
        std::error_code ignored;
        if (name.front() == '.' && name.ends_with(kTemporarySuffix))
            fs::remove(it->path(), ignored);
    }
}

Result<AtomicFile> AtomicFile::open(const std::string &path)
{
    AtomicFile file;
    file.m_path = path;
    std::error_code code;
    fs::path target = path;
    if (fs::is_symlink(target, code))
        target = fs::weakly_canonical(target, code);
    struct stat existing = {};
    const bool exists = ::stat(target.c_str(), &existing) == 0;
    if (exists && S_ISDIR(existing.st_mode))
        return fail(fileWriteError(path, EISDIR));
    if (target.filename().empty())
        return fail(fileWriteError(path, EISDIR));
    file.m_target = target.string();
    // Not the old name in full: with the id added it could pass the limit of 255 bytes.
    const fs::path temporary
        = target.parent_path() / std::string(".").append(newId()).append(newId()).append(kTemporarySuffix);
    file.m_fd = openRetrying(temporary.string(), O_WRONLY | O_CREAT | O_EXCL);
    if (file.m_fd < 0)
        return fail(fileWriteError(path, errno));
    file.m_temporary = temporary.string();
    if (exists && ::fchmod(file.m_fd, existing.st_mode & 07777) != 0)
        return fail(fileWriteError(path, errno));
    return file;
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_path(std::move(other.m_path))
    , m_target(std::move(other.m_target))
    , m_temporary(std::exchange(other.m_temporary, {}))
{
}

AtomicFile &AtomicFile::operator=(AtomicFile &&other) noexcept
{
    discard();
    m_fd = std::exchange(other.m_fd, -1);
    m_path = std::move(other.m_path);
    m_target = std::move(other.m_target);
    m_temporary = std::exchange(other.m_temporary, {});
    return *this;
}

AtomicFile::~AtomicFile()
{
    discard();
}

void AtomicFile::discard()
{
    closeAndClear(m_fd);
    if (!m_temporary.empty())
        ::unlink(m_temporary.c_str());
    m_temporary.clear();
}

Result<void> AtomicFile::write(std::string_view bytes)
{
    ESPALIER_ASSERT(m_fd >= 0, "the file was committed");
    if (const int code = writeAll(m_fd, bytes); code != 0)
        return fail(fileWriteError(m_path, code));
    return {};
}

Result<void> AtomicFile::commit()
{
    ESPALIER_ASSERT(m_fd >= 0, "the file was committed");
    if (::fsync(m_fd) != 0)
        return fail(fileWriteError(m_path, errno));
    const int closed = ::close(std::exchange(m_fd, -1)); // network file systems report a full disk only here
    if (closed != 0 && errno != EINTR)
        return fail(fileWriteError(m_path, errno));
    if (::rename(m_temporary.c_str(), m_target.c_str()) != 0)
        return fail(fileWriteError(m_path, errno));
    m_temporary.clear();
    syncFolder(fs::path(m_target).parent_path());
    return {};
}

Result<AppendFile> AppendFile::open(const std::string &path)
{
    AppendFile file;
    file.m_path = path;
    file.m_fd = openRetrying(path, O_WRONLY | O_CREAT | O_APPEND);
    struct stat status = {};
    if (file.m_fd < 0 || ::fstat(file.m_fd, &status) != 0)
        return fail(fileWriteError(path, errno));
    file.m_size = static_cast<std::uint64_t>(status.st_size);
    return file;
}

AppendFile::AppendFile(AppendFile &&other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_path(std::move(other.m_path))
    , m_size(other.m_size)
{
}

AppendFile &AppendFile::operator=(AppendFile &&other) noexcept
{
    closeAndClear(m_fd);
    m_fd = std::exchange(other.m_fd, -1);
    m_path = std::move(other.m_path);
    m_size = other.m_size;
    return *this;
}

AppendFile::~AppendFile()
{
    closeAndClear(m_fd);
}

Result<void> AppendFile::append(std::string_view record)
{
    if (const int code = writeAll(m_fd, record); code != 0) {
        [[maybe_unused]] const int cut = ::ftruncate(m_fd, static_cast<off_t>(m_size)); // a reader waits at worst
        return fail(fileWriteError(m_path, code));
    }
    m_size += record.size();
    return {};
}

Result<void> AppendFile::truncate(std::uint64_t size)
{
    if (::ftruncate(m_fd, static_cast<off_t>(size)) != 0)
        return fail(fileWriteError(m_path, errno));
    m_size = size;
    return {};
}

Result<void> AppendFile::sync()
{
    if (::fdatasync(m_fd) != 0 && errno != EINVAL && errno != EROFS) // a pipe or device has nothing to flush
        return fail(fileWriteError(m_path, errno));
    return {};
}

Result<ReadFile> ReadFile::open(const std::string &path)
{
    ReadFile file;
    file.m_path = path;
    struct stat status = {};
    // Looked at before it is opened: opening a named pipe would wait for its writer.
    if (::stat(path.c_str(), &status) != 0)
        return fail(fileReadError(path, errno));
    if (S_ISDIR(status.st_mode))
        return fail(fileReadError(path, EISDIR));
    if (!S_ISREG(status.st_mode))
        return failAt(path, error("file.device", "{0} is a device or a pipe. Name a file.", path));
    file.m_fd = openRetrying(path, O_RDONLY | O_NONBLOCK);
    if (file.m_fd < 0)
        return fail(fileReadError(path, errno));
    return file;
}

ReadFile::ReadFile(ReadFile &&other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_path(std::move(other.m_path))
{
}

ReadFile &ReadFile::operator=(ReadFile &&other) noexcept
{
    closeAndClear(m_fd);
    m_fd = std::exchange(other.m_fd, -1);
    m_path = std::move(other.m_path);
    return *this;
}

ReadFile::~ReadFile()
{
    closeAndClear(m_fd);
}

Result<std::size_t> ReadFile::read(std::uint64_t offset, char *into, std::size_t bytes) const
{
    std::size_t done = 0;
    while (done < bytes) {
        const ssize_t n
            = ::pread(m_fd, into + done, std::min(bytes - done, kMaxTransfer), static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(fileReadError(m_path, errno));
        if (n == 0)
            break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

Result<std::uint64_t> ReadFile::size() const
{
    struct stat status = {};
    if (::fstat(m_fd, &status) != 0)
        return fail(fileReadError(m_path, errno));
    return static_cast<std::uint64_t>(status.st_size);
}

} // namespace espalier
