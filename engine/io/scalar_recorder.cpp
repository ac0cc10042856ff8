// SPDX-License-Identifier: Apache-2.0
#include "engine/io/scalar_recorder.h"

#include <cmath>

namespace espalier {

ScalarRecorder::ScalarRecorder(EventWriter &writer, std::chrono::nanoseconds gap, Clock clock)
    : m_writer(writer)
    , m_gap(gap)
    , m_clock(std::move(clock))
{
}

void ScalarRecorder::record(std::string_view tag, double value, std::int64_t step)
{
    const std::chrono::nanoseconds now = m_clock ? m_clock() : std::chrono::steady_clock::now().time_since_epoch();
    auto found = m_series.find(tag);
    if (found == m_series.end()) {
        found = m_series.emplace(tag, Series{}).first;
        found->second.tag = tag;
        found->second.written = now - m_gap; // the first value is written at once
    }
    Series &series = found->second;
    if (series.count == 0) {
        series.sum = 0;
        series.min = series.max = value;
    }
    series.sum += value;
    series.min = std::fmin(series.min, value); // a NaN shows in the mean; the extremes are of the others
    series.max = std::fmax(series.max, value);
    ++series.count;
    series.step = step;
    if (now - series.written < m_gap)
        return;
    series.written = now;
    write(series);
}

void ScalarRecorder::flush()
{
    for (auto &[tag, series] : m_series)
        if (series.count > 0)
            write(series);
}

void ScalarRecorder::write(Series &series)
{
    m_writer.scalar(series.tag, series.sum / static_cast<double>(series.count), series.step);
    if (series.count > 1) {
        m_writer.scalar(series.tag + "/min", series.min, series.step);
        m_writer.scalar(series.tag + "/max", series.max, series.step);
    }
    series.count = 0;
}

} // namespace espalier
