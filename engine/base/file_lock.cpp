// SPDX-License-Identifier: Apache-2.0
#include "engine/base/file_lock.h"

#include "engine/base/file_error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace espalier {
namespace {

struct flock wholeFile(short type)
{
    struct flock range = {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    return range;
}

void closeAndClear(int &fd)
{
    if (fd >= 0)
        ::close(fd);
    fd = -1;
}

} // namespace

Result<FileLock> FileLock::acquire(const std::string &path)
{
    FileLock lock;
    lock.m_fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock.m_fd < 0)
        return fail(fileWriteError(path, errno));
    struct flock range = wholeFile(F_WRLCK);
    if (::fcntl(lock.m_fd, F_OFD_SETLK, &range) == 0)
        return lock;
    if (errno == EAGAIN || errno == EACCES)
        return fail("file.locked", "{0} is in use by another process. Wait until it ends, or stop it.", path);
    if (errno == EINVAL || errno == ENOLCK || errno == EOPNOTSUPP) // a file system without locks: no protection
        return lock;
    return fail(fileWriteError(path, errno));
}

FileLock::State FileLock::probe(const std::string &path)
{
    int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? State::Free : State::Unknown;
    struct flock range = wholeFile(F_WRLCK);
    const bool asked = ::fcntl(fd, F_OFD_GETLK, &range) == 0;
    closeAndClear(fd);
    if (!asked)
        return State::Unknown;
    return range.l_type == F_UNLCK ? State::Free : State::Held;
}

FileLock::FileLock(FileLock &&other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
{
}

FileLock &FileLock::operator=(FileLock &&other) noexcept
{
    closeAndClear(m_fd);
    m_fd = std::exchange(other.m_fd, -1);
    return *this;
}

FileLock::~FileLock()
{
    closeAndClear(m_fd);
}

} // namespace espalier
