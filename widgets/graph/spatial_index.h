// SPDX-License-Identifier: GPL-3.0-or-later
// Finds the rectangles that touch a rectangle: hashed grids of doubling cell size, each item in at most four cells.
#pragma once

#include <QtCore/QHash>
#include <QtCore/QList>
#include <QtCore/QRectF>

#include <vector>

namespace espalier {

class SpatialIndex {
public:
    /// Puts item `id` (small numbers from 0 on) at `rect`, replacing where it was.
    void insert(int id, const QRectF &rect);
    void remove(int id);
    void clear();
    /// Ids whose rectangles touch `rect`, ascending.
    std::vector<int> find(const QRectF &rect) const;
    QRectF rect(int id) const;

private:
    struct Key {
        int level, x, y;
        friend bool operator==(const Key &, const Key &) = default;
        friend size_t qHash(const Key &key, size_t seed) { return qHashMulti(seed, key.level, key.x, key.y); }
    };
    struct Item {
        QRectF rect;
        int level = -1; ///< -1: not there
    };

    template <typename Visit>
    void eachCell(int level, const QRectF &rect, Visit visit) const;

    std::vector<Item> m_items;
    QHash<Key, std::vector<int>> m_cells;
    std::vector<int> m_inLevel; ///< how many items each level has
    int m_count = 0;
};

} // namespace espalier
