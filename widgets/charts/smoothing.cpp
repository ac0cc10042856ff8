// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/smoothing.h"

#include <algorithm>
#include <cmath>

namespace espalier {

SmoothedSeries::SmoothedSeries(std::shared_ptr<const Series> series, double weight)
    : m_series(std::move(series))
    , m_weight(std::clamp(weight, 0.0, 1.0))
    , m_restarts(m_series->restarts())
{
}

void SmoothedSeries::begin()
{
    m_values.clear();
    m_restarts = m_series->restarts();
    m_average = 0;
    m_power = 1;
}

float SmoothedSeries::next(float value)
{
    if (!std::isfinite(value))
        return value;
    m_average = m_average * m_weight + (1 - m_weight) * static_cast<double>(value);
    m_power *= m_weight;
    if (m_power < 1e-18) // no longer felt; smaller ones would be slow to multiply
        m_power = 0;
    return static_cast<float>(m_weight == 1 ? m_average : m_average / (1 - m_power));
}

bool SmoothedSeries::update(qsizetype most)
{
    if (m_series->restarts() != m_restarts) {
        begin();
        m_isConstant = true;
    }
    const qsizetype end = std::min(m_series->stored(), m_values.size() + most);
    for (const Series::Range &range : m_series->visible()) {
        if (range.to <= m_values.size())
            continue;
        while (m_values.size() < std::min(range.from, end))
            m_values.append(std::numeric_limits<float>::quiet_NaN());
        while (m_values.size() < std::min(range.to, end)) {
            const float value = m_series->value(m_values.size());
            if (m_isConstant) {
                if (m_values.size() == m_series->visible().front().from)
                    m_constant = value;
                m_isConstant = value == m_constant;
                if (!m_isConstant && m_values.size() > 0) {
                    begin();
                    return update(most); // what was taken over as it is has to be smoothed after all
                }
            }
            m_values.append(m_isConstant ? value : next(value));
        }
    }
    while (m_values.size() < end) // hidden points at the end
        m_values.append(std::numeric_limits<float>::quiet_NaN());
    return m_values.size() == m_series->stored();
}

} // namespace espalier
