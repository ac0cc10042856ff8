// SPDX-License-Identifier: Apache-2.0
// Histograms of activations, weights and gradients, counted where the tensors lie.
#pragma once

#include "engine/tensor/tensor.h"

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace espalier {

class EventWriter;
class Executable;
class StateStore;

/// Collects tensors and writes their histograms. Nothing is copied on a device whose memory the host can read, so
/// write() comes before the next run of any program of the plan.
class HistogramRecorder {
public:
    explicit HistogramRecorder(EventWriter &events)
        : m_events(events)
    {
    }
    /// Every floating value that the program left to be watched, under its name.
    void addWatched(const Executable &program);
    Result<void> addState(StateStore &store, const std::string &path, std::string tag);
    /// In the order in which they were added, whatever thread counted them.
    void write(std::int64_t step);

private:
    struct Job {
        std::string tag;
        TensorType type;
        std::span<const std::byte> stored;
    };
    std::vector<std::byte> &scratch();

    EventWriter &m_events;
    std::vector<Job> m_jobs;
    std::deque<std::vector<std::byte>> m_scratch; ///< one for each job; used where the host can't read in place
};

} // namespace espalier
