// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/value_pyramid.h"

#include <algorithm>
#include <cmath>

namespace espalier {

void ValueExtent::add(float value)
{
    if (!std::isfinite(value))
        return;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
}

void ValueExtent::add(const ValueExtent &other)
{
    least = std::min(least, other.least);
    greatest = std::max(greatest, other.greatest);
}

void ValuePyramid::append(float value)
{
    if (m_size % kPage == 0)
        m_pages.emplace_back().reserve(m_size == 0 ? 0 : std::size_t{kPage}); // most series are short
    m_pages.back().push_back(value);
    qsizetype block = kFirstBlock;
    for (std::size_t level = 0; level == 0 || block <= m_size + 1; ++level, block *= kFanOut) {
        if (m_levels.size() == level)
            m_levels.emplace_back();
        std::vector<ValueExtent> &extents = m_levels[level];
        // A level is begun when its first block is full: it then takes over what lies below.
        while (static_cast<qsizetype>(extents.size()) * block <= m_size) {
            extents.emplace_back();
            if (level > 0) {
                const std::vector<ValueExtent> &below = m_levels[level - 1];
                const std::size_t first = (extents.size() - 1) * std::size_t{kFanOut};
                for (std::size_t i = first; i < std::min(first + std::size_t{kFanOut}, below.size()); ++i)
                    extents.back().add(below[i]);
            }
        }
        extents.back().add(value);
    }
    ++m_size;
}

void ValuePyramid::clear()
{
    m_pages.clear();
    m_levels.clear();
    m_size = 0;
}

ValueExtent ValuePyramid::extent(qsizetype from, qsizetype to) const
{
    ValueExtent all;
    while (from < to) {
        if (from % kFirstBlock != 0 || from + kFirstBlock > to) {
            const qsizetype end = std::min(to, (from / kFirstBlock + 1) * kFirstBlock);
            for (; from < end; ++from)
                all.add(at(from));
            continue;
        }
        std::size_t level = 0;
        qsizetype block = kFirstBlock;
        while (level + 1 < m_levels.size() && from % (block * kFanOut) == 0 && from + block * kFanOut <= to) {
            ++level;
            block *= kFanOut;
        }
        all.add(m_levels[level][static_cast<std::size_t>(from / block)]);
        from += block;
    }
    return all;
}

qsizetype ValuePyramid::firstFinite(qsizetype from, qsizetype to) const
{
    for (; from < to; ++from) {
        // A whole block without a finite value is passed over.
        if (from % kFirstBlock == 0 && from + kFirstBlock <= to
            && m_levels[0][static_cast<std::size_t>(from / kFirstBlock)].isEmpty())
            from += kFirstBlock - 1;
        else if (std::isfinite(at(from)))
            return from;
    }
    return -1;
}

qsizetype ValuePyramid::lastFinite(qsizetype from, qsizetype to) const
{
    for (qsizetype i = to - 1; i >= from; --i) {
        if (i % kFirstBlock == kFirstBlock - 1 && i - kFirstBlock + 1 >= from
            && m_levels[0][static_cast<std::size_t>(i / kFirstBlock)].isEmpty())
            i -= kFirstBlock - 1;
        else if (std::isfinite(at(i)))
            return i;
    }
    return -1;
}

qsizetype ValuePyramid::bytes() const
{
    qsizetype sum = 0;
    for (const std::vector<float> &page : m_pages)
        sum += static_cast<qsizetype>(page.capacity() * sizeof(float));
    for (const auto &level : m_levels)
        sum += static_cast<qsizetype>(level.capacity() * sizeof(ValueExtent));
    return sum;
}

} // namespace espalier
