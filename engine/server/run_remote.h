// SPDX-License-Identifier: Apache-2.0
// A run of another process, joined through its socket: its frames pass through, requests are passed on.
#pragma once

#include "engine/base/local_socket.h"
#include "engine/server/frame_sink.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace espalier {

/// Connects to the socket of the run at this path. Errors: no such run; it is not alive ("run.lost", "run.over"); it
/// does not answer.
Result<LocalStream> joinRun(const std::string &run);

/// Functions can be called from any thread.
class RunRemote {
public:
    /// Joins and shakes hands. Notifications and binary frames of the run go to `sink`, which must outlive it; when
    /// the connection ends, so does a last notification "run.detached" {"run"}.
    static Result<std::shared_ptr<RunRemote>> join(const std::string &run, FrameSink &sink);
    RunRemote(const RunRemote &) = delete;
    RunRemote &operator=(const RunRemote &) = delete;
    ~RunRemote();

    bool isOpen() const;
    /// Waits for the answer. Binary frames and progress of the request go to the sink under the id `caller`. Errors:
    /// those of the answer; the run has ended; cancelled (the other end is told).
    Result<JsonValue> request(const std::string &method, JsonValue params, const std::stop_token &stop,
                              JsonValue caller = {});

private:
    RunRemote(std::string run, LocalStream stream, FrameSink &sink);
    void read();
    void take(const Response &response);
    bool putCallersId(JsonValue &params) const;

    std::string m_run;
    LocalStream m_stream;
    FrameSink &m_sink;
    std::mutex m_writeMutex;
    mutable std::mutex m_mutex; ///< guards all below
    std::condition_variable_any m_answered;
    std::int64_t m_lastId = 0;
    std::map<std::int64_t, std::optional<Result<JsonValue>>> m_pending;
    std::map<std::int64_t, JsonValue> m_callers; ///< ids of the requests that some of them were made for
    bool m_isOpen = true;
    std::thread m_thread;
};

} // namespace espalier
