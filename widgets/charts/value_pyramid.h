// SPDX-License-Identifier: GPL-3.0-or-later
// A growing list of values that tells the least and greatest of any range at once.
#pragma once

#include <QtGlobal>

#include <limits>
#include <vector>

namespace espalier {

/// Least and greatest of some finite values; least is above greatest where there was none.
struct ValueExtent {
    float least = std::numeric_limits<float>::infinity();
    float greatest = -std::numeric_limits<float>::infinity();

    bool isEmpty() const { return least > greatest; }
    void add(float value);
    void add(const ValueExtent &other);
};

/// Values in pages, under an exact pyramid: the extents of each 64, 512, 4,096, ... of them. Appending
/// takes constant time, the extent of a range logarithmic time, whatever its length. Values that are not finite take
/// no part in extents. Used by one thread.
class ValuePyramid {
public:
    void append(float value);
    void clear();

    qsizetype size() const { return m_size; }
    float at(qsizetype index) const
    {
        return m_pages[static_cast<std::size_t>(index / kPage)][static_cast<std::size_t>(index % kPage)];
    }
    /// Of the finite values in [from, to).
    ValueExtent extent(qsizetype from, qsizetype to) const;
    /// The first or last index in [from, to) with a finite value; -1: none.
    qsizetype firstFinite(qsizetype from, qsizetype to) const;
    qsizetype lastFinite(qsizetype from, qsizetype to) const;
    qsizetype bytes() const; ///< of memory taken

private:
    static constexpr qsizetype kPage = 16384;
    static constexpr qsizetype kFirstBlock = 64;
    static constexpr qsizetype kFanOut = 8;

    std::vector<std::vector<float>> m_pages;
    std::vector<std::vector<ValueExtent>> m_levels; ///< [level][block], blocks of 64 * 8^level
    qsizetype m_size = 0;
};

} // namespace espalier
