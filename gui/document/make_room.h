// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes behind a newly inserted one move aside.
#pragma once

#include "gui/document/draft.h"

namespace espalier {

/// From one node's left edge to the next one's, where nothing else is known.
constexpr int kNodePitch = 200;

/// Moves `behind`, and what it leads to, to the right until `node` at `at` has its pitch. Pinned nodes stay.
void makeRoom(Draft &draft, const std::string &node, Position at, const std::string &behind);

} // namespace espalier
