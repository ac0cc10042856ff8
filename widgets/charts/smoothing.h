// SPDX-License-Identifier: GPL-3.0-or-later
// TensorBoard's smoothing of a curve, kept up to date as points come.
#pragma once

#include "widgets/charts/series.h"

namespace espalier {

/// The debiased exponential moving average of TensorBoard (vz_line_chart2 and its Time Series cards): for each finite
/// value y: last = last s + (1 - s) y; out = last / (1 - s^n), n values so far. What is not finite stays as it is and
/// takes no part. A series whose values are all equal stays as it is. The weight s lies in [0, 1].
class SmoothedSeries {
public:
    SmoothedSeries(std::shared_ptr<const Series> series, double weight);

    const std::shared_ptr<const Series> &series() const { return m_series; }
    double weight() const { return m_weight; }
    /// Takes in what the series got since then, at most `most` points, so that no call takes longer than some
    /// milliseconds. Returns whether it is up to date.
    bool update(qsizetype most = 500'000);
    /// One for each index of the series that was taken in; hidden points are NaN after a restart.
    const ValuePyramid &values() const { return m_values; }

private:
    void begin();
    float next(float value);

    std::shared_ptr<const Series> m_series;
    double m_weight;
    ValuePyramid m_values;
    qsizetype m_restarts = 0;
    double m_average = 0;
    double m_power = 1; ///< s^n
    bool m_isConstant = true; ///< so far
    float m_constant = 0;
};

} // namespace espalier
