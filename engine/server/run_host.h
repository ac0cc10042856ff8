// SPDX-License-Identifier: Apache-2.0
// Trains at most one run in this process, on a thread of its own, so that it outlives whoever started it.
#pragma once

#include "engine/server/run_live.h"
#include "engine/server/run_model.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace espalier {

/// Trains `run` on this thread. As runTraining, but what libraries throw becomes an Error, run.json never goes on
/// saying that it runs, and its viewers are told of the end. `hooks` must come from `run`.
Result<TrainOutcome> trainLive(LiveRun &run, const TrainRequest &request, const TrainHooks &hooks,
                               std::vector<Error> &problems);

/// Functions can be called from any thread.
class RunHost {
public:
    RunHost();
    RunHost(const RunHost &) = delete;
    RunHost &operator=(const RunHost &) = delete;
    ~RunHost(); ///< waits for the run

    /// Returns when the run's folder is there and all that a person may have got wrong was checked; compiling and
    /// training go on. Errors: "run.busy" while another run of this process lives; whatever runTraining refuses.
    Result<std::shared_ptr<LiveRun>> start(TrainRequest request);
    /// For a run that its caller trains by itself. `run` must have been made with serveFunction().
    void adopt(std::shared_ptr<LiveRun> run);
    /// How a connection of a run's socket is answered: with the methods of a RunConnection.
    RunSocket::Serve serveFunction();

    std::shared_ptr<LiveRun> live() const; ///< the newest run; null if there was none. It may be over.
    bool isBusy() const; ///< a run lives
    void wait(); ///< until it is over
    /// Stops the run after its step, with a checkpoint. Safe in a signal handler. False: there is none.
    bool requestStop();
    RunModels &models() { return m_models; } ///< what was looked into last
    bool hasControl() const { return m_control != nullptr; } ///< as isBusy(), safe in a signal handler

private:
    std::mutex m_startMutex; ///< one start at a time; taken before m_mutex, which is never held while waiting
    mutable std::mutex m_mutex;
    std::vector<std::shared_ptr<LiveRun>> m_runs; ///< all of them: a signal handler may hold one
    std::atomic<TrainControl *> m_control = nullptr; ///< of the run that lives
    std::thread m_thread;
    RunModels m_models;
};

} // namespace espalier
