// SPDX-License-Identifier: Apache-2.0
// The run methods of one connection, and what it watches. engine/protocol/README.md, "Runs", is the spec.
#pragma once

#include "engine/server/dispatcher.h"
#include "engine/server/probe_methods.h"
#include "engine/server/roots.h"
#include "engine/server/run_host.h"
#include "engine/server/run_remote.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace espalier {

class Session;

struct RunConnectionContext {
    RunHost &host;
    FrameSink &sink;
    std::function<void()> cut; ///< makes a blocked sink drop what it has; called when the connection ends
    const std::vector<Root> &roots;
    const Session *session = nullptr; ///< the open documents; null: run.start takes none
};

/// All that `context` refers to must outlive it; it must outlive the dispatcher of its methods.
class RunConnection {
public:
    explicit RunConnection(RunConnectionContext context);
    RunConnection(const RunConnection &) = delete;
    RunConnection &operator=(const RunConnection &) = delete;
    ~RunConnection(); ///< stops watching, within a second

    void addMethods(MethodTable &table);

private:
    struct Watch {
        std::weak_ptr<RunViewer> viewer;
        std::jthread thread;
    };
    Result<std::string> runOf(const Call &call) const;
    std::shared_ptr<LiveRun> liveHere(const std::string &run) const;
    Result<std::shared_ptr<RunRemote>> remote(const std::string &run);

    Result<JsonValue> start(const Call &call);
    Result<void> takeDocument(const Call &call, TrainRequest &request) const;
    Result<TrainRequest> trainRequest(const Call &call) const;
    Result<JsonValue> list(const Call &call) const;
    Result<JsonValue> open(const Call &call) const;
    Result<JsonValue> read(Call &call) const;
    Result<JsonValue> subscribe(const Call &call);
    Result<JsonValue> unsubscribe(const Call &call);
    Result<JsonValue> command(const Call &call, TrainCommand::Kind kind);
    Result<JsonValue> apply(const Call &call);
    Result<JsonValue> annotate(const Call &call) const;
    void watch(const std::string &run, const std::shared_ptr<RunViewer> &viewer);
    void addControls(MethodTable &table);
    void addCatalogue(MethodTable &table);
    void addLooking(MethodTable &table);
    Result<std::optional<ProbeSubject>> subjectOf(const Call &call, bool isLiveWished);
    Result<JsonValue> look(Call &call, Result<JsonValue> (*answer)(Call &, RunModels &, const ProbeSubject &));

    RunConnectionContext m_context;
    std::mutex m_mutex;
    std::map<std::string, Watch> m_watches; ///< of runs of this process
    std::map<std::string, std::shared_ptr<RunRemote>> m_remotes; ///< runs of other processes
};

/// Answers one connection of a run's socket until its other end goes.
void serveRunStream(RunHost &host, LocalStream &stream);

} // namespace espalier
