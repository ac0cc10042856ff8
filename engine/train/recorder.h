// SPDX-License-Identifier: Apache-2.0
// Writes what a run does into its event file, by schedule, whether or not anyone looks.
#pragma once

#include "engine/io/tfevents.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace espalier {

/// Scalars by tag. Steps faster than 1 ms are recorded as one point a millisecond: the mean under the tag, the extremes
/// under "<tag>.min" and "<tag>.max". Used by the training thread alone.
class Recorder {
public:
    explicit Recorder(std::unique_ptr<EventWriter> writer)
        : m_writer(std::move(writer))
    {
    }

    /// Names of the values that `step` will give, in order.
    void setStepTags(std::vector<std::string> tags);
    /// A point of each curve with one value a step.
    void step(std::int64_t step, const std::vector<double> &values);
    /// A value that is never thinned out (epochs).
    void scalar(const std::string &tag, double value, std::int64_t step) { m_writer->scalar(tag, value, step); }
    EventWriter &writer() { return *m_writer; }
    void writePending();

private:
    struct Range {
        double sum = 0;
        double least = 0;
        double greatest = 0;
        std::int64_t count = 0;
    };
    using Clock = std::chrono::steady_clock;

    std::unique_ptr<EventWriter> m_writer;
    std::vector<std::string> m_tags;
    std::vector<Range> m_pending; ///< one for each tag
    std::int64_t m_lastStep = 0;
    Clock::time_point m_lastWrite{};
};

} // namespace espalier
