// SPDX-License-Identifier: Apache-2.0
#include "engine/train/recorder.h"

#include <algorithm>

namespace espalier {

void Recorder::step(std::int64_t step, const std::map<std::string, double> &values)
{
    constexpr std::chrono::milliseconds kInterval{1};
    for (const auto &[tag, value] : values) {
        Range &range = m_pending[tag];
        range.least = range.count == 0 ? value : std::min(range.least, value);
        range.greatest = range.count == 0 ? value : std::max(range.greatest, value);
        range.sum += value;
        ++range.count;
    }
    m_lastStep = step;
    if (Clock::now() - m_lastWrite >= kInterval)
        writePending();
}

void Recorder::writePending()
{
    for (auto &[tag, range] : m_pending) {
        if (range.count == 0)
            continue;
        m_writer->scalar(tag, range.sum / static_cast<double>(range.count), m_lastStep);
        if (range.count > 1) {
            m_writer->scalar(tag + ".min", range.least, m_lastStep);
            m_writer->scalar(tag + ".max", range.greatest, m_lastStep);
        }
        range = {};
    }
    m_lastWrite = Clock::now();
}

} // namespace espalier
