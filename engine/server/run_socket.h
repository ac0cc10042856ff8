// SPDX-License-Identifier: Apache-2.0
// The socket on which a run can be joined while it is trained.
#pragma once

#include "engine/base/local_socket.h"

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace espalier {

class RunSocket {
public:
    static constexpr std::size_t kMostConnections = 64; ///< further ones are closed at once

    /// `serve` talks to one connection, on a thread of its own, until the other end goes or the stream is shut down.
    using Serve = std::function<void(LocalStream &stream)>;
    /// Makes a socket with a new name in the user's runtime folder, a note beside it that says for which run it is, and
    /// listens. Errors: see runtimeDirectory().
    static Result<std::unique_ptr<RunSocket>> open(const std::string &run, Serve serve);
    RunSocket(const RunSocket &) = delete;
    RunSocket &operator=(const RunSocket &) = delete;
    ~RunSocket();

    const std::string &path() const { return m_listener.path(); }
    /// Removes the socket file; connections go on.
    void stopListening();
    /// Cuts all connections and waits for their threads.
    void close();

private:
    struct Connection {
        LocalStream stream;
        bool isDone = false; ///< under m_mutex
        std::thread thread;
    };
    RunSocket(LocalListener listener, Serve serve);
    void listen();
    void welcome(LocalStream stream);
    void sweep();

    LocalListener m_listener;
    Serve m_serve;
    std::mutex m_mutex;
    std::list<Connection> m_connections;
    bool m_isClosed = false;
    std::thread m_thread;
};

/// The runs of this user that live on this machine, by what their processes noted beside their sockets.
std::vector<std::string> livingRuns();

} // namespace espalier
