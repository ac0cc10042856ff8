// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes behind a newly inserted one move aside.
#pragma once

#include "gui/document/draft.h"

namespace espalier {

/// From one node's left edge to the next one's, where nothing else is known.
constexpr int kNodePitch = 200;
/// Nodes whose upper edges are farther apart lie in different rows.
constexpr int kRowReach = 80;

/// Where a node lies that is let go at `at`, on the wire of `before`: beside that, not on it.
Position clearOf(const Draft &draft, const std::string &before, Position at);

/// Moves `behind`, and what it leads to, to the right until `node` at `at` has its pitch. Pinned nodes stay.
void makeRoom(Draft &draft, const std::string &node, Position at, const std::string &behind);

} // namespace espalier
