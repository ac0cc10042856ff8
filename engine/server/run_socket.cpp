// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_socket.h"

#include "engine/base/file.h"
#include "engine/base/ids.h"
#include "engine/base/process.h"
#include "engine/base/threads.h"

#include <algorithm>
#include <filesystem>

namespace espalier {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view kSocketSuffix = ".sock";
constexpr std::string_view kNoteSuffix = ".run";
constexpr std::uint64_t kMaxNote = std::uint64_t{64} << 10;

std::string noteOf(const std::string &socket)
{
    return socket.substr(0, socket.size() - kSocketSuffix.size()).append(kNoteSuffix);
}

/// Notes without a socket: their processes were killed.
void removeStaleNotes(const std::string &folder)
{
    std::error_code code;
    for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
        fs::path socket = it->path();
        std::error_code ignored;
        if (socket.extension() == kNoteSuffix && !fs::exists(socket.replace_extension(kSocketSuffix), ignored))
            fs::remove(it->path(), ignored);
    }
}

} // namespace

Result<std::unique_ptr<RunSocket>> RunSocket::open(const std::string &run, Serve serve)
{
    ESPALIER_TRY(const std::string folder, runtimeDirectory());
    removeStaleSockets(folder);
    removeStaleNotes(folder);
    const std::string path = (folder + "/run-" + std::to_string(processId()) + "-" + newId()).append(kSocketSuffix);
    ESPALIER_TRY(LocalListener listener, LocalListener::listen(path));
    ESPALIER_CHECK(writeFileAtomically(noteOf(path), run));
    return std::unique_ptr<RunSocket>(new RunSocket(std::move(listener), std::move(serve)));
}

RunSocket::RunSocket(LocalListener listener, Serve serve)
    : m_listener(std::move(listener))
    , m_serve(std::move(serve))
    , m_thread([this] { listen(); })
{
}

RunSocket::~RunSocket()
{
    close();
}

void RunSocket::listen()
{
    resetThreadAffinity();
    for (;;) {
        auto stream = m_listener.accept();
        if (!stream)
            return;
        sweep();
        welcome(std::move(*stream));
    }
}

void RunSocket::welcome(LocalStream stream)
{
    const std::lock_guard lock(m_mutex);
    if (m_isClosed || m_connections.size() >= kMostConnections)
        return;
    Connection &connection = m_connections.emplace_back(Connection{std::move(stream), false, {}});
    connection.thread = std::thread([this, &connection] {
        resetThreadAffinity();
        m_serve(connection.stream);
        connection.stream.shutdown();
        const std::lock_guard done(m_mutex);
        connection.isDone = true;
    });
}

/// Forgets connections that have ended.
void RunSocket::sweep()
{
    std::list<Connection> ended;
    {
        const std::lock_guard lock(m_mutex);
        for (auto it = m_connections.begin(); it != m_connections.end();) {
            const auto next = std::next(it);
            if (it->isDone)
                ended.splice(ended.end(), m_connections, it);
            it = next;
        }
    }
    for (Connection &connection : ended)
        connection.thread.join();
}

void RunSocket::stopListening()
{
    std::error_code ignored;
    fs::remove(noteOf(path()), ignored);
    m_listener.close();
}

void RunSocket::close()
{
    stopListening();
    if (m_thread.joinable())
        m_thread.join();
    {
        const std::lock_guard lock(m_mutex);
        m_isClosed = true;
        for (Connection &connection : m_connections)
            connection.stream.shutdown();
    }
    for (Connection &connection : m_connections) // nobody adds any more
        if (connection.thread.joinable())
            connection.thread.join();
    m_connections.clear();
}

std::vector<std::string> livingRuns()
{
    std::vector<std::string> runs;
    const auto folder = runtimeDirectory();
    if (!folder)
        return runs;
    removeStaleSockets(*folder);
    std::error_code code;
    for (fs::directory_iterator it(*folder, code), end; !code && it != end; it.increment(code)) {
        fs::path socket = it->path();
        std::error_code ignored;
        if (socket.extension() != kNoteSuffix || !fs::exists(socket.replace_extension(kSocketSuffix), ignored))
            continue;
        if (auto run = readFile(it->path().string(), kMaxNote))
            runs.push_back(std::move(*run));
    }
    std::sort(runs.begin(), runs.end());
    return runs;
}

} // namespace espalier
