// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/histogram_series.h"

#include <algorithm>
#include <array>
#include <utility>

namespace espalier {
namespace {

qsizetype bytesOf(const HistogramFrame &frame)
{
    return static_cast<qsizetype>(sizeof(HistogramFrame) + frame.bins.size() * sizeof(HistogramBin));
}

} // namespace

std::span<const double> distributionBasisPoints()
{
    static constexpr std::array<double, 9> kPoints{0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000};
    return kPoints;
}

double HistogramFrame::count() const
{
    double sum = 0;
    for (const HistogramBin &bin : bins)
        sum += static_cast<double>(bin.count);
    return sum;
}

double HistogramFrame::percentile(double basisPoints) const
{
    const double wanted = count() * basisPoints / 10000;
    double sum = 0;
    for (const HistogramBin &bin : bins) {
        const auto here = static_cast<double>(bin.count);
        if (here > 0 && sum + here >= wanted) {
            const double share = std::clamp((wanted - sum) / here, 0.0, 1.0);
            return static_cast<double>(bin.left)
                + share * (static_cast<double>(bin.right) - static_cast<double>(bin.left));
        }
        sum += here;
    }
    return static_cast<double>(greatest());
}

std::vector<float> HistogramFrame::resampled(double from, double to, int count) const
{
    std::vector<float> result(static_cast<std::size_t>(std::max(count, 0)));
    const double width = (to - from) / count;
    if (result.empty() || !(width > 0))
        return result;
    const auto clampBin = [&](double at) { return std::clamp(static_cast<int>(at), 0, count - 1); };
    for (const HistogramBin &bin : bins) {
        const double left = (static_cast<double>(bin.left) - from) / width;
        const double right = (static_cast<double>(bin.right) - from) / width;
        if (right < 0 || left > count || bin.count <= 0)
            continue;
        if (right - left < 1e-9) { // all values are one
            result[static_cast<std::size_t>(clampBin(left))] += bin.count;
            continue;
        }
        for (int i = clampBin(left); i <= clampBin(right); ++i) {
            const double overlap = std::min(right, i + 1.0) - std::max(left, static_cast<double>(i));
            if (overlap > 0)
                result[static_cast<std::size_t>(i)]
                    += static_cast<float>(static_cast<double>(bin.count) * overlap / (right - left));
        }
    }
    return result;
}

void HistogramSeries::append(HistogramFrame frame)
{
    if (m_lastIsPassing && !m_frames.empty()) {
        m_bytes -= bytesOf(m_frames.back());
        m_frames.pop_back();
    }
    while (!m_frames.empty() && m_frames.back().step > frame.step) {
        m_bytes -= bytesOf(m_frames.back());
        m_frames.pop_back();
    }
    m_bytes += bytesOf(frame);
    m_frames.push_back(std::move(frame));
    m_lastIsPassing = m_come++ % m_every != 0;
    if (m_bytes > m_budget && m_frames.size() > 3)
        thin();
}

void HistogramSeries::restart(qint64 step)
{
    while (!m_frames.empty() && m_frames.back().step >= step) {
        m_bytes -= bytesOf(m_frames.back());
        m_frames.pop_back();
        m_lastIsPassing = false;
    }
}

void HistogramSeries::thin()
{
    m_every *= 2;
    std::vector<HistogramFrame> kept;
    m_bytes = 0;
    for (std::size_t i = 0; i < m_frames.size(); ++i) {
        if (i % 2 != 0 && i + 1 != m_frames.size())
            continue;
        m_bytes += bytesOf(m_frames[i]);
        kept.push_back(std::move(m_frames[i]));
    }
    m_lastIsPassing = m_frames.size() % 2 == 0;
    m_come = 1;
    m_frames = std::move(kept);
}

qsizetype HistogramSeries::atStep(qint64 step) const
{
    const auto after = std::upper_bound(m_frames.begin(), m_frames.end(), step,
                                        [](qint64 s, const HistogramFrame &frame) { return s < frame.step; });
    return after - m_frames.begin() - 1;
}

} // namespace espalier
