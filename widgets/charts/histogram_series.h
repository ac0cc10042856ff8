// SPDX-License-Identifier: GPL-3.0-or-later
// Histograms of one tensor over time.
#pragma once

#include <QtGlobal>

#include <span>
#include <vector>

namespace espalier {

struct HistogramBin {
    float left = 0;
    float right = 0;
    float count = 0;
};

struct HistogramFrame {
    qint64 step = 0;
    double wallTime = 0; ///< seconds since 1970
    std::vector<HistogramBin> bins; ///< ascending, none overlaps another; empty: the tensor held no finite value

    double count() const;
    float least() const { return bins.empty() ? 0 : bins.front().left; }
    float greatest() const { return bins.empty() ? 0 : bins.back().right; }
    /// The value below which `basisPoints` / 10,000 of all values lie, evenly spread within each bin: 5000 is the
    /// median. 0 without bins.
    double percentile(double basisPoints) const;
    /// How much of all values lies in each of `count` equal bins from `from` to `to`; sums to at most the count.
    std::vector<float> resampled(double from, double to, int count) const;
};

/// TensorBoard's percentiles of the Distributions tab: those of a normal distribution at -2.5 ... 2.5 deviations in
/// halves of the curve (0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000 basis points).
std::span<const double> distributionBasisPoints();

/// Frames by step. A step that goes back hides what was there from it on: a resumed run writes it again. Above its
/// budget every other frame is dropped, again and again, the first and the last kept, so that the whole time stays in
/// sight. Used by one thread.
class HistogramSeries {
public:
    explicit HistogramSeries(qsizetype budget = qsizetype{8} << 20)
        : m_budget(budget)
    {
    }

    void append(HistogramFrame frame);
    /// Drops what has this step or a later one: the run is about to write it again.
    void restart(qint64 step);
    qsizetype size() const { return static_cast<qsizetype>(m_frames.size()); }
    bool isEmpty() const { return m_frames.empty(); }
    const HistogramFrame &at(qsizetype index) const { return m_frames[static_cast<std::size_t>(index)]; }
    const HistogramFrame &last() const { return m_frames.back(); }
    qsizetype atStep(qint64 step) const; ///< the last frame at or before it; -1: none
    bool isThinned() const { return m_every > 1; }
    qsizetype bytes() const { return m_bytes; }

private:
    void thin();

    std::vector<HistogramFrame> m_frames;
    qsizetype m_budget;
    qsizetype m_bytes = 0;
    qint64 m_every = 1; ///< of what comes, one in so many is kept for good
    qint64 m_come = 0;
    bool m_lastIsPassing = false; ///< the newest is only kept until the next one comes
};

} // namespace espalier
