// SPDX-License-Identifier: GPL-3.0-or-later
// A recorded curve: steps, wall times and values, which answers for any zoom in time that depends on the picture's
// width alone.
#pragma once

#include "widgets/charts/value_pyramid.h"

#include <QtGlobal>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace espalier {

enum class SeriesAxis { Step, WallTime };

struct SeriesPoint {
    qint64 step = 0;
    double wallTime = 0; ///< seconds since 1970, to the microsecond
    float value = 0;
};

/// What of a curve falls into one column of pixels: drawn from first to last over the extent, nothing is lost (the
/// "M4" of Jugel et al., VLDB 2014).
struct SeriesColumn {
    int column = 0;
    double firstX = 0;
    double lastX = 0;
    float first = 0;
    float least = 0;
    float greatest = 0;
    float last = 0;
};

/// Points come in the order in which they were written. One with a smaller step than the point before it begins a
/// segment: a run that was resumed from a checkpoint wrote these steps again, and what it had written from there on is
/// hidden. Equal steps stand side by side. Values are float32, as event files hold them; 12 bytes a point.
///
/// Indices are those of all points ever appended; `visible` lists those that count. Used by one thread.
class Series {
public:
    struct Range {
        qsizetype from = 0;
        qsizetype to = 0;
    };

    void append(qint64 step, double wallTime, double value);
    /// Hides what has this step or a later one: the run is about to write it again.
    void restart(qint64 step);

    bool isEmpty() const { return m_visibleCount == 0; }
    qsizetype size() const { return m_visibleCount; } ///< visible points
    qsizetype stored() const { return m_values.size(); } ///< with hidden ones
    std::span<const Range> visible() const { return m_visible; } ///< ascending; steps ascend through all of them
    qsizetype restarts() const { return m_restarts; } ///< times that a step went back: smoothing has to begin anew
    SeriesPoint point(qsizetype index) const;
    float value(qsizetype index) const { return m_values.at(index); }
    double x(qsizetype index, SeriesAxis axis) const;
    std::optional<SeriesPoint> first() const;
    std::optional<SeriesPoint> last() const;
    const ValuePyramid &values() const { return m_values; }

    /// The columns that hold a finite value, from left to right. Column c covers edges[c] <= x < edges[c + 1] (the last
    /// one its end as well); edges ascend. `values`: drawn instead of the own ones, one for each index (smoothed).
    std::vector<SeriesColumn> columns(SeriesAxis axis, std::span<const double> edges,
                                      const ValuePyramid *values = nullptr) const;
    /// The last visible finite point left of `x`, and the first one right of it: where lines enter the picture. -1:
    /// none.
    qsizetype before(SeriesAxis axis, double x, const ValuePyramid *values = nullptr) const;
    qsizetype after(SeriesAxis axis, double x, const ValuePyramid *values = nullptr) const;
    /// The visible point nearest to `x`; -1: the series is empty.
    qsizetype nearest(SeriesAxis axis, double x) const;
    /// The last visible point at or before `step`; -1: none.
    qsizetype atStep(qint64 step) const;
    /// Of the finite values with from <= x <= to.
    ValueExtent extent(SeriesAxis axis, double from, double to, const ValuePyramid *values = nullptr) const;
    /// Visible points whose value is NaN or infinite, with from <= x <= to, at most `limit`.
    std::vector<qsizetype> notFinite(SeriesAxis axis, double from, double to, qsizetype limit = 1000) const;
    qsizetype bytes() const; ///< of memory taken

private:
    /// Neighbours: steps and times as differences from the first one.
    struct Chunk {
        qsizetype begin = 0;
        qint64 step = 0;
        qint64 microseconds = 0;
        std::vector<quint32> steps;
        std::vector<qint32> times;
    };

    const Chunk &chunkOf(qsizetype index) const;
    qint64 stepAt(qsizetype index) const;
    qint64 microsecondsAt(qsizetype index) const;
    /// The first index in `range` with x >= `x`, or with x > `x`.
    qsizetype bound(const Range &range, SeriesAxis axis, double x, bool above) const;
    void hideFrom(qint64 step);
    bool isVisible(qsizetype index) const;
    /// Times may go back where a clock was set: nothing can be looked up by halving then.
    bool isSorted(SeriesAxis axis) const { return axis == SeriesAxis::Step || !m_clockWentBack; }
    std::vector<SeriesColumn> unsortedColumns(SeriesAxis axis, std::span<const double> edges,
                                              const ValuePyramid &values) const;

    std::vector<Chunk> m_chunks;
    ValuePyramid m_values;
    std::vector<Range> m_visible;
    std::vector<qsizetype> m_notFinite;
    qsizetype m_visibleCount = 0;
    qsizetype m_restarts = 0;
    bool m_clockWentBack = false;
};

} // namespace espalier
