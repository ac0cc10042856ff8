// SPDX-License-Identifier: Apache-2.0
#include "engine/base/local_socket.h"

#include "engine/base/file_error.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <utility>

namespace espalier {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxPath = 100; // of 108 that the system has, on Linux
constexpr int kBacklog = 16;
constexpr int kPatience = 3; ///< seconds

void closeAndClear(int &fd)
{
    if (fd >= 0)
        ::close(fd);
    fd = -1;
}

bool fillAddress(const std::string &path, sockaddr_un &address)
{
    address = {};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return false;
    std::memcpy(address.sun_path, path.data(), path.size());
    return true;
}

const sockaddr *generic(const sockaddr_un &address)
{
    return reinterpret_cast<const sockaddr *>(&address);
}

int newSocket(int flags = 0)
{
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

/// Nobody listens. A process that is too busy to answer is not gone, and is not waited for.
bool isStale(const std::string &path)
{
    sockaddr_un address;
    const LocalStream stream(newSocket(SOCK_NONBLOCK));
    return fillAddress(path, address) && stream.fd() >= 0
        && ::connect(stream.fd(), generic(address), sizeof address) != 0 && errno == ECONNREFUSED;
}

/// connect() waits while too many others wait; this is for how long. 0: for ever, as for reading and writing.
void setWriteTimeout(int fd, int seconds)
{
    const timeval limit{seconds, 0};
    (void)::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

tl::unexpected<Error> tooLong(const std::string &path)
{
    return fail("socket.path", "The path {0} is too long for a socket. Set XDG_RUNTIME_DIR to a shorter folder.", path);
}

/// Only ours, only for us.
Result<void> checkPrivate(const std::string &folder)
{
    struct stat status = {};
    if (::lstat(folder.c_str(), &status) != 0)
        return fail(fileReadError(folder, errno));
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
        return fail("socket.folder",
                    "{0} can be reached by other users, so that runs can't be controlled through it. Make it yours "
                    "alone (chmod 700), or set XDG_RUNTIME_DIR to a folder that is.",
                    folder);
    return {};
}

Result<std::string> privateFolder(const fs::path &folder)
{
    const std::string path = folder.string();
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(fileWriteError(path, errno));
    ESPALIER_CHECK(checkPrivate(path));
    return path;
}

} // namespace

Result<std::string> runtimeDirectory()
{
    constexpr std::size_t kRoomForName = 40;
    const char *xdg = std::getenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
    std::error_code ignored;
    if (xdg && *xdg == '/' && fs::is_directory(xdg, ignored)) {
        const fs::path folder = fs::path(xdg) / "espalier";
        if (folder.string().size() + kRoomForName <= kMaxPath)
            if (auto made = privateFolder(folder))
                return made;
    }
    fs::path temporary = fs::temp_directory_path(ignored);
    if (temporary.empty() || temporary.string().size() + 2 * kRoomForName > kMaxPath)
        temporary = "/tmp";
    return privateFolder(temporary / ("espalier-" + std::to_string(::geteuid())));
}

void removeStaleSockets(const std::string &folder)
{
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        std::error_code ignored;
        if (!fs::is_socket(it->symlink_status(ignored)))
            continue;
        if (isStale(it->path().string()))
            fs::remove(it->path(), ignored);
    }
}

bool isPeerAllowed(std::int64_t peer, std::int64_t own)
{
    return peer == own || peer == 0;
}

Result<LocalStream> LocalStream::connect(const std::string &path)
{
    sockaddr_un address;
    if (!fillAddress(path, address))
        return tooLong(path);
    LocalStream stream(newSocket());
    if (stream.m_fd < 0)
        return fail(fileReadError(path, errno));
    setWriteTimeout(stream.m_fd, kPatience);
    int result = -1;
    do
        result = ::connect(stream.m_fd, generic(address), sizeof address);
    while (result != 0 && errno == EINTR);
    if (result == 0) {
        setWriteTimeout(stream.m_fd, 0);
        return stream;
    }
    if (errno == EAGAIN)
        return fail("socket.busy", "The process that listens on {0} does not answer: it is stopped or overloaded.",
                    path);
    if (errno == ECONNREFUSED)
        return fail("socket.refused", "Nobody listens on {0} any more: the process was killed.", path);
    if (errno == ENOENT)
        return fail("socket.missing", "There is no socket {0}: the process has ended.", path);
    return fail(fileReadError(path, errno));
}

LocalStream::LocalStream(LocalStream &&other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
{
}

LocalStream &LocalStream::operator=(LocalStream &&other) noexcept
{
    closeAndClear(m_fd);
    m_fd = std::exchange(other.m_fd, -1);
    return *this;
}

LocalStream::~LocalStream()
{
    closeAndClear(m_fd);
}

std::int64_t LocalStream::peerUser() const
{
    ucred peer = {};
    socklen_t size = sizeof peer;
    if (::getsockopt(m_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return -1;
    return static_cast<std::int64_t>(peer.uid);
}

std::size_t LocalStream::read(char *into, std::size_t bytes)
{
    ssize_t n = -1;
    do
        n = ::recv(m_fd, into, bytes, 0);
    while (n < 0 && errno == EINTR);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
}

bool LocalStream::write(std::string_view bytes)
{
    return write(bytes, -1);
}

bool LocalStream::write(std::string_view bytes, int idleMs)
{
    while (!bytes.empty()) {
        const ssize_t n = ::send(m_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return false;
        pollfd wait{m_fd, POLLOUT, 0};
        const int ready = ::poll(&wait, 1, idleMs);
        if (ready == 0 || (ready < 0 && errno != EINTR) || (wait.revents & (POLLERR | POLLHUP)) != 0)
            return false;
    }
    return true;
}

void LocalStream::endWriting()
{
    if (m_fd >= 0)
        ::shutdown(m_fd, SHUT_WR);
}

void LocalStream::shutdown()
{
    if (m_fd >= 0)
        ::shutdown(m_fd, SHUT_RDWR);
}

Result<LocalListener> LocalListener::listen(const std::string &path)
{
    sockaddr_un address;
    if (path.size() > kMaxPath || !fillAddress(path, address))
        return tooLong(path);
    LocalListener listener;
    if (::pipe2(listener.m_wake, O_CLOEXEC) != 0)
        return fail(fileWriteError(path, errno));
    listener.m_fd = newSocket();
    if (listener.m_fd < 0 || ::bind(listener.m_fd, generic(address), sizeof address) != 0)
        return fail(fileWriteError(path, errno));
    listener.m_path = path;
    // Between bind and chmod only the folder's mode protects it; nobody can connect before listen() anyway.
    if (::chmod(path.c_str(), 0600) != 0 || ::listen(listener.m_fd, kBacklog) != 0)
        return fail(fileWriteError(path, errno));
    return listener;
}

LocalListener::LocalListener(LocalListener &&other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_path(std::exchange(other.m_path, {}))
{
    std::swap(m_wake, other.m_wake);
}

LocalListener &LocalListener::operator=(LocalListener &&other) noexcept
{
    std::swap(m_fd, other.m_fd);
    std::swap(m_wake, other.m_wake);
    std::swap(m_path, other.m_path);
    return *this;
}

LocalListener::~LocalListener()
{
    close();
    closeAndClear(m_fd);
    closeAndClear(m_wake[0]);
    closeAndClear(m_wake[1]);
}

Result<LocalStream> LocalListener::accept()
{
    for (;;) {
        std::array<pollfd, 2> wait{pollfd{m_fd, POLLIN, 0}, pollfd{m_wake[0], POLLIN, 0}};
        if (::poll(wait.data(), wait.size(), -1) < 0 && errno != EINTR)
            return fail(fileReadError(m_path, errno));
        if (wait[1].revents != 0)
            return fail("socket.closed", "The socket {0} was closed.", m_path);
        if (wait[0].revents == 0)
            continue;
        LocalStream stream(::accept4(m_fd, nullptr, nullptr, SOCK_CLOEXEC));
        if (stream.fd() >= 0 && isPeerAllowed(stream.peerUser(), static_cast<std::int64_t>(::geteuid())))
            return stream;
        if (stream.fd() < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
            (void)::poll(nullptr, 0, 100); // no room for another connection now; don't spin until there is
    }
}

void LocalListener::close()
{
    if (m_fd < 0 || m_path.empty())
        return;
    ::unlink(m_path.c_str());
    const char byte = 0;
    [[maybe_unused]] const ssize_t sent = ::write(m_wake[1], &byte, 1); // fails only when one is there already
}

} // namespace espalier
