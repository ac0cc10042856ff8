// SPDX-License-Identifier: Apache-2.0
// Feature maps and predictions of one pinned sample, recorded as image events so that the past can be scrubbed.
#pragma once

#include "engine/base/result.h"
#include "engine/train/settings.h"

#include <cstdint>
#include <string>

namespace espalier {

class EventWriter;
class Executable;
class Feed;
class Tensor;
class TrainingPlan;
struct LossInfo;

/// Tags: "watch/<layer>/activation", ".../minimum" and ".../maximum", "watch/input/<input>",
/// "watch/predictions/<loss>", "watch/row". Used by the training thread, between steps.
class SamplePictures {
public:
    SamplePictures(TrainingPlan &plan, const Feed &feed, EventWriter &events);

    /// Errors: a row that the data don't have. The pictures are of this row from now on.
    Result<void> pin(std::int64_t row);
    std::int64_t row() const { return m_row; } ///< -1: none
    bool isDue(std::int64_t step) const;
    /// Once a step. Pictures become rarer as the budget is used up: it never runs out.
    Result<void> write(std::int64_t step);

private:
    void writeMaps(const Executable &program, std::int64_t step);
    void writePredictions(const Executable &program, std::int64_t step);
    void put(const std::string &tag, const std::string &png, std::int64_t width, std::int64_t height,
             std::int64_t step);

    TrainingPlan &m_plan;
    const Feed &m_feed;
    EventWriter &m_events;
    WatchSettings m_settings;
    std::int64_t m_row = -1; ///< -1: there is none
    std::int64_t m_interval = 0;
    double m_left = 0; ///< bytes until the interval doubles
    std::int64_t m_written = -1; ///< step
};

} // namespace espalier
