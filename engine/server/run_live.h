// SPDX-License-Identifier: Apache-2.0
// The run that this process trains, as its viewers see and control it.
#pragma once

#include "engine/server/run_feed.h"
#include "engine/server/run_queue.h"
#include "engine/server/run_socket.h"
#include "engine/server/train_job.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace espalier {

/// Made before training and given to runTraining as its observer with hooks(). Functions can be called from any
/// thread unless they say otherwise.
class LiveRun : public TrainObserver {
public:
    /// `also` sees what training tells, too; may be null. `serve` answers one connection of the run's socket.
    LiveRun(TrainObserver *also, RunSocket::Serve serve);
    ~LiveRun() override;

    TrainControl &control() { return m_control; }
    /// What to give to runTraining; once. `created` is called when run.json can be found; both may be empty.
    TrainHooks hooks(std::function<void(const std::string &run)> created,
                     std::function<void(const TrainStart &start)> started);
    /// Before training: whether it waits for its turn, and which processors it will train on.
    void setPlace(bool waits, std::vector<int> processors);
    /// Training has returned: tells the viewers, gives those on the socket a short while to take what is left, and
    /// closes it. On the thread that trained.
    void finish(const Result<TrainOutcome> &outcome);

    std::string run() const; ///< canonical path; empty until the folder is there
    RunState state() const;
    bool isOver() const; ///< finish() has begun
    /// As runToJson, with "live": true, "started" (TrainStart) and "progress" (the last step told), both maybe null.
    JsonValue status() const;
    std::string socketTrouble() const; ///< why it can't be joined from outside; usually empty
    void setSharing(const std::string &run) { m_sharing = run; } ///< before training
    const std::string &sharing() const { return m_sharing; } ///< a run that has the same cores; usually empty

    /// Posts a command and waits until it has acted. Errors: training has ended, a value that can't be, cancelled.
    Result<CommandEffect> command(TrainCommand::Kind kind, double value, const std::stop_token &stop);
    Result<CommandEffect> command(TrainCommand command, const std::stop_token &stop); ///< `acknowledge` is overwritten
    /// The first item is the notice "run.snapshot": status() and "files", each with the "size" that the viewer reads up
    /// to by itself.
    std::shared_ptr<RunViewer> subscribe(std::size_t capacity);

    void stepped(const StepEvent &event) override;
    void epochFinished(const EpochEvent &event) override;
    void checkpointed(const std::string &path, std::int64_t step) override;
    void recorded(const RunRecord &record) override;
    void journaled() override;
    void healthChanged(const HealthMonitor &health) override;

private:
    void create(const std::string &run, RunRecord &record);
    void setRecord(const RunRecord &record);
    void announce(RunState state);
    bool waitForTurn();
    bool isRefusedInQueue(const TrainCommand &command);
    void tellQueue(const std::vector<QueueEntry> &ahead);
    void tellFile(const std::string &name, std::int64_t step);

    TrainObserver *m_also;
    RunSocket::Serve m_serve;
    TrainControl m_control;
    RunFeed m_feed;
    std::unique_ptr<RunSocket> m_socket;
    std::unique_ptr<RunTicket> m_ticket; ///< training thread only
    bool m_waits = false;
    std::vector<int> m_processors;
    std::string m_sharing;
    std::function<void(const std::string &run)> m_created; ///< training thread only, as the next two
    std::chrono::steady_clock::time_point m_lastProgress{};
    std::atomic<bool> m_tellsEachStep = false; ///< from a pause on, until it goes on
    std::uint64_t m_journalSize = 0; ///< that viewers were told

    mutable std::mutex m_mutex; ///< guards all below
    std::string m_run;
    std::string m_socketTrouble;
    RunRecord m_record;
    JsonValue m_started;
    JsonValue m_progress;
    JsonValue m_queue; ///< while it waits
    bool m_isOver = false;
};

/// {"run", "state": ..., "files": [{"file", "size", "grows"}]} of a run that no process trains, or that another one
/// does; "live" is false.
Result<JsonValue> restingSnapshot(const std::string &run);

} // namespace espalier
