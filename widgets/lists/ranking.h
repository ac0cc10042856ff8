// SPDX-License-Identifier: GPL-3.0-or-later
// How well an entry answers what was typed: one order for palette and quick-add. Pure functions.
#pragma once

#include "widgets/lists/list_entry.h"

#include <QtCore/QList>

#include <optional>

namespace espalier {

/// From the best to the weakest. Case, spaces, hyphens and underscores don't count.
enum class MatchKind {
    Exact, ///< the title itself
    Prefix, ///< the title begins so
    WordStart, ///< words of the title begin so: "pool" or "mp" in "Max pooling"
    Alias, ///< another name begins so, or one of its words
    Inside, ///< somewhere in the title
    Subsequence, ///< the letters in this order in the title
    Typo, ///< the title or an alias begins so, but for a slip or two
};

/// nullopt: no match. An empty query matches everything as Prefix.
std::optional<MatchKind> matchKind(const QString &query, const ListEntry &entry);

/// Indices of the entries that match, the best first; equals keep the shorter title first, then their order.
QList<int> ranked(const QString &query, const QList<ListEntry> &entries);

} // namespace espalier
