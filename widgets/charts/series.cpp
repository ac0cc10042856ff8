// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier {
namespace {

constexpr std::size_t kChunk = 4096;

/// Adds a point to a column that is not empty, or begins it.
void add(SeriesColumn &column, bool isNew, double x, float value)
{
    if (isNew) {
        column.firstX = x;
        column.first = column.least = column.greatest = value;
    }
    column.lastX = x;
    column.last = value;
    column.least = std::min(column.least, value);
    column.greatest = std::max(column.greatest, value);
}

} // namespace

void Series::append(qint64 step, double wallTime, double value)
{
    const qint64 microseconds = std::isfinite(wallTime) && std::abs(wallTime) < 9e12 ? std::llround(wallTime * 1e6) : 0;
    const auto last = m_values.size() - 1;
    if (!m_visible.empty()) {
        if (step < stepAt(last))
            hideFrom(step);
        else if (microseconds < microsecondsAt(last))
            m_clockWentBack = true;
    }
    if (m_visible.empty() || m_visible.back().to != m_values.size())
        m_visible.push_back({m_values.size(), m_values.size()});
    const auto fits = [&](const Chunk &chunk) {
        const qint64 later = microseconds - chunk.microseconds;
        return chunk.steps.size() < kChunk && step >= chunk.step
            && static_cast<quint64>(step) - static_cast<quint64>(chunk.step) <= std::numeric_limits<quint32>::max()
            && later >= std::numeric_limits<qint32>::min() && later <= std::numeric_limits<qint32>::max();
    };
    if (m_chunks.empty() || !fits(m_chunks.back())) {
        if (!m_chunks.empty()) {
            m_chunks.back().steps.shrink_to_fit();
            m_chunks.back().times.shrink_to_fit();
        }
        m_chunks.push_back({m_values.size(), step, microseconds, {}, {}});
    }
    Chunk &chunk = m_chunks.back();
    chunk.steps.push_back(static_cast<quint32>(static_cast<quint64>(step) - static_cast<quint64>(chunk.step)));
    chunk.times.push_back(static_cast<qint32>(microseconds - chunk.microseconds));
    const auto stored = static_cast<float>(value);
    if (!std::isfinite(stored))
        m_notFinite.push_back(m_values.size());
    m_values.append(stored);
    m_visible.back().to = m_values.size();
    ++m_visibleCount;
}

void Series::restart(qint64 step)
{
    if (!m_visible.empty() && stepAt(m_visible.back().to - 1) >= step)
        hideFrom(step);
}

void Series::hideFrom(qint64 step)
{
    ++m_restarts;
    while (!m_visible.empty()) {
        Range &range = m_visible.back();
        const qsizetype end = bound(range, SeriesAxis::Step, static_cast<double>(step), false);
        m_visibleCount -= range.to - end;
        range.to = end;
        if (range.from < range.to)
            break;
        m_visible.pop_back();
    }
    // The clock went on while the run was away: times of what is left still ascend unless they did not before.
}

const Series::Chunk &Series::chunkOf(qsizetype index) const
{
    const auto guess = static_cast<std::size_t>(index) / kChunk; // right where all chunks are full
    if (guess < m_chunks.size() && m_chunks[guess].begin <= index
        && (guess + 1 == m_chunks.size() || m_chunks[guess + 1].begin > index))
        return m_chunks[guess];
    const auto after = std::upper_bound(m_chunks.begin(), m_chunks.end(), index,
                                        [](qsizetype i, const Chunk &chunk) { return i < chunk.begin; });
    return *std::prev(after);
}

qint64 Series::stepAt(qsizetype index) const
{
    const Chunk &chunk = chunkOf(index);
    return chunk.step + static_cast<qint64>(chunk.steps[static_cast<std::size_t>(index - chunk.begin)]);
}

qint64 Series::microsecondsAt(qsizetype index) const
{
    const Chunk &chunk = chunkOf(index);
    return chunk.microseconds + chunk.times[static_cast<std::size_t>(index - chunk.begin)];
}

SeriesPoint Series::point(qsizetype index) const
{
    return {stepAt(index), 1e-6 * static_cast<double>(microsecondsAt(index)), m_values.at(index)};
}

double Series::x(qsizetype index, SeriesAxis axis) const
{
    return axis == SeriesAxis::Step ? static_cast<double>(stepAt(index))
                                    : 1e-6 * static_cast<double>(microsecondsAt(index));
}

std::optional<SeriesPoint> Series::first() const
{
    return isEmpty() ? std::nullopt : std::optional(point(m_visible.front().from));
}

std::optional<SeriesPoint> Series::last() const
{
    return isEmpty() ? std::nullopt : std::optional(point(m_visible.back().to - 1));
}

qsizetype Series::bound(const Range &range, SeriesAxis axis, double x, bool above) const
{
    qsizetype from = range.from;
    qsizetype count = range.to - range.from;
    while (count > 0) {
        const qsizetype half = count / 2;
        const double at = this->x(from + half, axis);
        if (at < x || (above && at == x)) {
            from += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return from;
}

std::vector<SeriesColumn> Series::unsortedColumns(SeriesAxis axis, std::span<const double> edges,
                                                  const ValuePyramid &values) const
{
    std::vector<SeriesColumn> all(edges.size() - 1);
    std::vector<bool> filled(all.size());
    for (const Range &range : m_visible) {
        for (qsizetype i = range.from; i < std::min(range.to, values.size()); ++i) {
            const double at = x(i, axis);
            if (!std::isfinite(values.at(i)) || at < edges.front() || at > edges.back())
                continue;
            const auto edge = std::upper_bound(edges.begin(), edges.end(), at) - edges.begin();
            const auto c = std::min(static_cast<std::size_t>(edge), all.size()) - 1;
            all[c].column = static_cast<int>(c);
            add(all[c], !filled[c], at, values.at(i));
            filled[c] = true;
        }
    }
    std::vector<SeriesColumn> result;
    for (std::size_t c = 0; c < all.size(); ++c)
        if (filled[c])
            result.push_back(all[c]);
    return result;
}

std::vector<SeriesColumn> Series::columns(SeriesAxis axis, std::span<const double> edges,
                                          const ValuePyramid *values) const
{
    const ValuePyramid &drawn = values ? *values : m_values;
    if (edges.size() < 2)
        return {};
    if (!isSorted(axis))
        return unsortedColumns(axis, edges, drawn);
    std::vector<SeriesColumn> result;
    for (const Range &whole : m_visible) {
        Range range{whole.from, std::min(whole.to, drawn.size())};
        range.from = bound(range, axis, edges.front(), false);
        for (std::size_t c = 0; c + 1 < edges.size() && range.from < range.to; ++c) {
            const bool isLast = c + 2 == edges.size();
            const double at = x(range.from, axis);
            if (at > edges[c + 1] || (at == edges[c + 1] && !isLast))
                continue; // nothing in this column
            // The end of a column lies near: look ever further ahead, then halve.
            qsizetype far = 1;
            const auto isInColumn = [&](qsizetype index) {
                const double x = this->x(index, axis);
                return x < edges[c + 1] || (isLast && x == edges[c + 1]);
            };
            while (range.from + far < range.to && isInColumn(range.from + far))
                far *= 2;
            const Range near{range.from + far / 2, std::min(range.from + far, range.to)};
            const qsizetype end = bound(near, axis, edges[c + 1], isLast);
            const qsizetype first = drawn.firstFinite(range.from, end);
            if (first >= 0) {
                const qsizetype last = drawn.lastFinite(first, end);
                const ValueExtent extent = drawn.extent(first, last + 1);
                const bool joins = !result.empty() && result.back().column == static_cast<int>(c);
                if (!joins)
                    result.push_back(
                        {static_cast<int>(c), x(first, axis), 0, drawn.at(first), extent.least, extent.greatest, 0});
                SeriesColumn &column = result.back();
                column.least = std::min(column.least, extent.least);
                column.greatest = std::max(column.greatest, extent.greatest);
                column.lastX = x(last, axis);
                column.last = drawn.at(last);
            }
            range.from = end;
        }
    }
    return result;
}

qsizetype Series::before(SeriesAxis axis, double x, const ValuePyramid *values) const
{
    const ValuePyramid &drawn = values ? *values : m_values;
    for (auto range = m_visible.rbegin(); isSorted(axis) && range != m_visible.rend(); ++range) {
        const qsizetype end = std::min(bound(*range, axis, x, false), drawn.size());
        if (const qsizetype found = drawn.lastFinite(range->from, end); found >= 0)
            return found;
    }
    return -1;
}

qsizetype Series::after(SeriesAxis axis, double x, const ValuePyramid *values) const
{
    const ValuePyramid &drawn = values ? *values : m_values;
    for (auto range = m_visible.begin(); isSorted(axis) && range != m_visible.end(); ++range) {
        const qsizetype from = bound(*range, axis, x, true);
        if (const qsizetype found = drawn.firstFinite(from, std::min(range->to, drawn.size())); found >= 0)
            return found;
    }
    return -1;
}

qsizetype Series::nearest(SeriesAxis axis, double x) const
{
    qsizetype best = -1;
    const auto offer = [&](qsizetype index) {
        if (best < 0 || std::abs(this->x(index, axis) - x) < std::abs(this->x(best, axis) - x))
            best = index;
    };
    for (const Range &range : m_visible) {
        if (!isSorted(axis)) {
            for (qsizetype i = range.from; i < range.to; ++i)
                offer(i);
            continue;
        }
        const qsizetype at = bound(range, axis, x, false);
        if (at > range.from)
            offer(at - 1);
        if (at < range.to)
            offer(at);
    }
    return best;
}

qsizetype Series::atStep(qint64 step) const
{
    for (auto range = m_visible.rbegin(); range != m_visible.rend(); ++range) {
        const qsizetype end = bound(*range, SeriesAxis::Step, static_cast<double>(step), true);
        if (end > range->from)
            return end - 1;
    }
    return -1;
}

ValueExtent Series::extent(SeriesAxis axis, double from, double to, const ValuePyramid *values) const
{
    const ValuePyramid &drawn = values ? *values : m_values;
    ValueExtent all;
    for (const Range &range : m_visible) {
        if (isSorted(axis)) {
            const qsizetype end = std::min(bound(range, axis, to, true), drawn.size());
            all.add(drawn.extent(bound(range, axis, from, false), end));
            continue;
        }
        for (qsizetype i = range.from; i < std::min(range.to, drawn.size()); ++i)
            if (const double at = x(i, axis); at >= from && at <= to)
                all.add(drawn.at(i));
    }
    return all;
}

bool Series::isVisible(qsizetype index) const
{
    const auto after = std::upper_bound(m_visible.begin(), m_visible.end(), index,
                                        [](qsizetype i, const Range &range) { return i < range.from; });
    return after != m_visible.begin() && index < std::prev(after)->to;
}

std::vector<qsizetype> Series::notFinite(SeriesAxis axis, double from, double to, qsizetype limit) const
{
    std::vector<qsizetype> found;
    for (const qsizetype index : m_notFinite) {
        if (static_cast<qsizetype>(found.size()) >= limit)
            break;
        if (const double at = x(index, axis); at >= from && at <= to && isVisible(index))
            found.push_back(index);
    }
    return found;
}

qsizetype Series::bytes() const
{
    std::size_t sum = m_chunks.capacity() * sizeof(Chunk) + m_visible.capacity() * sizeof(Range)
        + m_notFinite.capacity() * sizeof(qsizetype);
    for (const Chunk &chunk : m_chunks)
        sum += chunk.steps.capacity() * sizeof(quint32) + chunk.times.capacity() * sizeof(qint32);
    return static_cast<qsizetype>(sum) + m_values.bytes();
}

} // namespace espalier
