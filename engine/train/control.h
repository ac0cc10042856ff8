// SPDX-License-Identifier: Apache-2.0
// Commands to a run that is under way. They act between two steps and are answered with the step before which they act.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

namespace espalier {

struct TrainCommand {
    enum class Kind { Stop, Pause, Continue, OneStep, RateFactor } kind = Kind::Stop;
    double value = 1; ///< RateFactor: multiplies every learning rate from that step on
    std::function<void(std::int64_t step)> acknowledge; ///< called on the training thread; may be empty
};

/// Any thread posts; the training thread takes. requestStop() is safe in a signal handler.
class TrainControl {
public:
    void post(TrainCommand command);
    std::optional<TrainCommand> take();
    /// Blocks until a command is there or stop was requested; polls the flag every 50 ms.
    void wait();
    void requestStop() { m_stop = 1; }
    bool stopRequested() const { return m_stop != 0; }

private:
    std::mutex m_mutex;
    std::condition_variable m_posted;
    std::deque<TrainCommand> m_queue;
    volatile int m_stop = 0; // sig_atomic_t would do; only ever goes from 0 to 1
};

} // namespace espalier
