// SPDX-License-Identifier: Apache-2.0
#include "engine/train/recorder.h"

#include <algorithm>

namespace espalier {

void Recorder::setStepTags(std::vector<std::string> tags)
{
    writePending();
    m_tags = std::move(tags);
    m_pending.assign(m_tags.size(), {});
}

void Recorder::step(std::int64_t step, const std::vector<double> &values)
{
    constexpr std::chrono::milliseconds kInterval{1};
    for (std::size_t i = 0; i < values.size(); ++i) {
        Range &range = m_pending[i];
        range.least = range.count == 0 ? values[i] : std::min(range.least, values[i]);
        range.greatest = range.count == 0 ? values[i] : std::max(range.greatest, values[i]);
        range.sum += values[i];
        ++range.count;
    }
    m_lastStep = step;
    if (Clock::now() - m_lastWrite >= kInterval)
        writePending();
}

void Recorder::writePending()
{
    for (std::size_t i = 0; i < m_pending.size(); ++i) {
        Range &range = m_pending[i];
        const std::string &tag = m_tags[i];
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
