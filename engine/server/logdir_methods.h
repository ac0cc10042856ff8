// SPDX-License-Identifier: Apache-2.0
// `logdir.open` and `logdir.close`: folders with event files, and what is new in them until they are closed.
#pragma once

#include "engine/server/dispatcher.h"
#include "engine/server/roots.h"

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace espalier {

/// The logdirs of one connection. Every function can be called from any thread.
class LogdirDesk {
public:
    /// `sink` must outlive it.
    LogdirDesk(FrameSink &sink, std::vector<Root> roots);
    ~LogdirDesk(); ///< stops looking
    void addMethods(MethodTable &table);

private:
    Result<JsonValue> open(const Call &call);
    Result<JsonValue> close(const Call &call);
    Result<std::string> folderOf(const Call &call) const;

    FrameSink &m_sink;
    std::vector<Root> m_roots;
    std::mutex m_mutex;
    std::map<std::string, std::jthread> m_watches; ///< by folder
};

} // namespace espalier
