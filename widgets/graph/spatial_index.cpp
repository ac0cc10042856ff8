// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/spatial_index.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr qreal kSmallestCell = 256;
constexpr int kLevels = 24; ///< rectangles larger than the last level's cell are all in one list there
constexpr qreal kFarthest = 1e9; ///< positions beyond are taken for this: cells stay countable

qreal cellSize(int level)
{
    return std::ldexp(kSmallestCell, level);
}

int levelOf(const QRectF &rect)
{
    const qreal longest = std::max(rect.width(), rect.height());
    int level = 0;
    while (level + 1 < kLevels && cellSize(level) < longest)
        ++level;
    return level;
}

int cellAt(qreal position, qreal size)
{
    return int(std::floor(std::clamp(position, -kFarthest, kFarthest) / size));
}

bool touches(const QRectF &a, const QRectF &b)
{
    return a.left() <= b.right() && b.left() <= a.right() && a.top() <= b.bottom() && b.top() <= a.bottom();
}

} // namespace

template <typename Visit>
void SpatialIndex::eachCell(int level, const QRectF &rect, Visit visit) const
{
    const qreal size = cellSize(level);
    const int right = cellAt(rect.right(), size);
    const int bottom = cellAt(rect.bottom(), size);
    for (int x = cellAt(rect.left(), size); x <= right; ++x)
        for (int y = cellAt(rect.top(), size); y <= bottom; ++y)
            visit(Key{level, x, y});
}

void SpatialIndex::insert(int id, const QRectF &rect)
{
    remove(id);
    if (static_cast<size_t>(id) >= m_items.size())
        m_items.resize(static_cast<size_t>(id) + 1);
    const int level = levelOf(rect);
    m_items[static_cast<size_t>(id)] = {rect, level};
    if (static_cast<size_t>(level) >= m_inLevel.size())
        m_inLevel.resize(static_cast<size_t>(level) + 1, 0);
    ++m_inLevel[static_cast<size_t>(level)];
    ++m_count;
    eachCell(level, rect, [&](const Key &key) { m_cells[key].push_back(id); });
}

void SpatialIndex::remove(int id)
{
    if (static_cast<size_t>(id) >= m_items.size() || m_items[static_cast<size_t>(id)].level < 0)
        return;
    Item &item = m_items[static_cast<size_t>(id)];
    eachCell(item.level, item.rect, [&](const Key &key) {
        const auto cell = m_cells.find(key);
        cell->erase(std::find(cell->begin(), cell->end(), id));
        if (cell->empty())
            m_cells.erase(cell);
    });
    --m_inLevel[static_cast<size_t>(item.level)];
    --m_count;
    item.level = -1;
}

void SpatialIndex::clear()
{
    m_items.clear();
    m_cells.clear();
    m_inLevel.clear();
    m_count = 0;
}

std::vector<int> SpatialIndex::find(const QRectF &rect) const
{
    std::vector<int> found;
    qreal cells = 0;
    for (size_t level = 0; level < m_inLevel.size(); ++level) {
        const qreal size = cellSize(int(level));
        if (m_inLevel[level] > 0)
            cells += (rect.width() / size + 2) * (rect.height() / size + 2);
    }
    if (!(cells < m_count)) { // the rectangle spans more cells than there are items
        for (size_t id = 0; id < m_items.size(); ++id)
            if (m_items[id].level >= 0 && touches(m_items[id].rect, rect))
                found.push_back(int(id));
        return found;
    }
    for (size_t level = 0; level < m_inLevel.size(); ++level) {
        if (m_inLevel[level] == 0)
            continue;
        eachCell(int(level), rect, [&](const Key &key) {
            const auto cell = m_cells.constFind(key);
            if (cell == m_cells.cend())
                return;
            for (const int id : *cell)
                if (touches(m_items[static_cast<size_t>(id)].rect, rect))
                    found.push_back(id);
        });
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

QRectF SpatialIndex::rect(int id) const
{
    const auto at = static_cast<size_t>(id);
    return at < m_items.size() && m_items[at].level >= 0 ? m_items[at].rect : QRectF();
}

} // namespace espalier
