// SPDX-License-Identifier: GPL-3.0-or-later
// What a screen reader hears of a graph view: its nodes with their ports and problems, and its wires.
#pragma once

namespace espalier {

class GraphView;

/// Lets QAccessible know of GraphView. More than once does no harm.
void installGraphAccessibility();

/// Tells a screen reader, if one listens, where the keyboard stands now.
void announceCurrent(GraphView *view);

} // namespace espalier
