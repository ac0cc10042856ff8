// SPDX-License-Identifier: Apache-2.0
// Byte streams between processes of one user on one machine: socket files that nobody else can open.
#pragma once

#include "engine/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace espalier {

/// The folder for sockets of this user, made and checked: $XDG_RUNTIME_DIR/espalier, else
/// <temporary folder>/espalier-<user number>; mode 0700 and owned by the user. Errors: it can't be made, or it is
/// somebody else's or open to others (then nothing in it can be trusted).
Result<std::string> runtimeDirectory();

/// Removes socket files in `folder` that nobody listens on any more: their processes were killed.
void removeStaleSockets(const std::string &folder);

/// Whether a process of user `peer` may talk to one of user `own`: the same user, or the system's administrator.
bool isPeerAllowed(std::int64_t peer, std::int64_t own);

/// One end of a connection. Movable. One thread reads, one writes; shutdown() may be called from any.
class LocalStream {
public:
    /// Errors: "socket.refused" where the file is there and nobody listens, "socket.missing" where it is not,
    /// "socket.busy" where the process does not answer for 3 seconds.
    static Result<LocalStream> connect(const std::string &path);
    explicit LocalStream(int fd)
        : m_fd(fd)
    {
    }
    LocalStream(LocalStream &&other) noexcept;
    LocalStream &operator=(LocalStream &&other) noexcept;
    LocalStream(const LocalStream &) = delete;
    LocalStream &operator=(const LocalStream &) = delete;
    ~LocalStream();

    int fd() const { return m_fd; } ///< for poll and for code that reads and writes by itself; still owned here
    std::int64_t peerUser() const; ///< number of the user at the other end; -1 if the system doesn't say
    /// Waits for bytes and reads up to `bytes` of them. 0: the other end has closed, or the connection broke.
    std::size_t read(char *into, std::size_t bytes);
    /// Waits until all is written. False: the other end is gone.
    bool write(std::string_view bytes);
    /// As write, but gives up when not a single byte went out for `idleMs` milliseconds.
    bool write(std::string_view bytes, int idleMs);
    void endWriting(); ///< the other end sees the end of the input and may go on writing
    /// Ends both directions: a blocked read or write returns.
    void shutdown();

private:
    int m_fd = -1;
};

/// A socket file that waits for connections. Movable. The file is removed on destruction.
class LocalListener {
public:
    /// Makes the socket file, mode 0600. `path` must be new and at most 100 bytes long.
    static Result<LocalListener> listen(const std::string &path);
    LocalListener(LocalListener &&other) noexcept;
    LocalListener &operator=(LocalListener &&other) noexcept;
    LocalListener(const LocalListener &) = delete;
    LocalListener &operator=(const LocalListener &) = delete;
    ~LocalListener();

    const std::string &path() const { return m_path; }
    /// Waits for the next connection of this user; others are turned away unheard. Error after close().
    Result<LocalStream> accept();
    /// Any thread: removes the file and ends a waiting accept(). May be called again.
    void close();

private:
    LocalListener() = default;

    int m_fd = -1;
    int m_wake[2] = {-1, -1}; ///< pipe: close() writes, accept() polls
    std::string m_path;
};

} // namespace espalier
