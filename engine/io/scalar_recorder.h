// SPDX-License-Identifier: Apache-2.0
// Keeps fast training from drowning its own charts: at most 1,000 points a second in each series.
#pragma once

#include "engine/io/tfevents.h"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace espalier {

/// Steps that come slower than `gap` are written as they are. Of faster ones, each point stands for all values since
/// the one before: their mean under the tag, their extremes under "<tag>/min" and "<tag>/max", all at the last step, so
/// that no spike is lost. Used by one thread.
class ScalarRecorder {
public:
    using Clock = std::function<std::chrono::nanoseconds()>;

    /// `writer` must outlive it. `clock` is monotonic; the system's if empty.
    explicit ScalarRecorder(EventWriter &writer, std::chrono::nanoseconds gap = std::chrono::milliseconds(1),
                            Clock clock = {});

    void record(std::string_view tag, double value, std::int64_t step);
    /// Writes the values that wait for their gap. Before a checkpoint, so that a resume finds all up to it, and at the
    /// end.
    void flush();

private:
    struct Series {
        std::string tag;
        std::chrono::nanoseconds written{0}; ///< when its last point was
        double sum = 0;
        double min = 0;
        double max = 0;
        std::int64_t count = 0; ///< values that wait
        std::int64_t step = 0; ///< of the last one
    };
    void write(Series &series);

    EventWriter &m_writer;
    std::chrono::nanoseconds m_gap;
    Clock m_clock;
    std::map<std::string, Series, std::less<>> m_series;
};

} // namespace espalier
