// SPDX-License-Identifier: Apache-2.0
// Commands to a run that is under way. They act between two steps and are answered with the step before which they act.
#pragma once

#include "engine/base/result.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace espalier {

struct Checkpoint;
struct PlanSwap;

/// What a command did, and when.
struct CommandEffect {
    std::int64_t step = 0; ///< steps done when it acted: the next one is the first that feels it
    double rateFactor = 1; ///< that every learning rate is multiplied by from then on
    double rate = 0; ///< learning rate of the next step (of the first phase)
    std::shared_ptr<const Checkpoint> snapshot; ///< of Snapshot
    std::int64_t revision = 0; ///< of Swap: the new one
    std::vector<std::string> notTaken; ///< of Swap: names of states that start anew
};

struct TrainCommand {
    enum class Kind {
        Stop,
        Pause,
        Continue,
        OneStep, ///< one more step, then pause
        RateFactor, ///< `value` multiplies every learning rate
        Rate, ///< as RateFactor, with the factor that makes the next step's rate `value`; the schedule goes on from it
        Swap, ///< goes on with `swap` in place of the drawing
        Pin, ///< the pictures that are recorded are those of the row `value`
        Snapshot, ///< weights and running statistics as they are, for a look inside; changes nothing
    } kind
        = Kind::Stop;
    double value = 1;
    /// Called once, with what it did after the journal has it, or with why it can't act; on the training thread, or on
    /// the one that posts or closes. Must be quick; may be empty.
    std::function<void(const Result<CommandEffect> &)> acknowledge;
    std::shared_ptr<PlanSwap> swap; ///< of Swap
};

/// Any thread posts; the training thread takes. requestStop() is safe in a signal handler.
class TrainControl {
public:
    void post(TrainCommand command);
    /// Training has ended: commands that wait, and all that are still to come, are refused with `why`.
    void close(Error why);
    std::optional<TrainCommand> take();
    /// Blocks until a command is there or stop was requested; polls the flag every 50 ms.
    void wait();
    void waitFor(std::chrono::milliseconds time); ///< as wait(), no longer than this
    void requestStop() { m_stop = 1; }
    bool stopRequested() const { return m_stop != 0; }

private:
    std::mutex m_mutex;
    std::condition_variable m_posted;
    std::deque<TrainCommand> m_queue;
    std::optional<Error> m_closed;
    volatile int m_stop = 0; // sig_atomic_t would do; only ever goes from 0 to 1
};

} // namespace espalier
