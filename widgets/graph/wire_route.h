// SPDX-License-Identifier: GPL-3.0-or-later
// Finds a lane for a wire whose direct curve would cross a node: pure functions, run off the GUI thread.
#pragma once

#include "widgets/graph/spatial_index.h"
#include "widgets/graph/wire_path.h"

#include <atomic>
#include <vector>

namespace espalier {

struct WireEnds {
    int wire = 0;
    QPointF from;
    QPointF to;
    int fromNode = 0; ///< indices into the obstacles: a wire may touch its own nodes at its ends
    int toNode = 0;
    friend bool operator==(const WireEnds &, const WireEnds &) = default;
};

/// The lanes that wires run in already: another wire beside, not upon them, can be told apart.
class LaneBook {
public:
    /// `from`: where the wire begins; wires from one port may share a lane.
    void add(const WireRoute &route, const QPointF &from);
    bool isTaken(const WireRoute &route, const QPointF &from) const;

private:
    SpatialIndex m_lanes;
    std::vector<QPointF> m_from;
};

/// `obstacles` hold nodes as (along, across) rectangles: transposed when the flow is from top to bottom.
WireRoute routeWire(const WireEnds &ends, GraphDirection direction, const SpatialIndex &obstacles,
                    const LaneBook &lanes = {});

/// One route for each of `wires`, the shortest first; `lanes` are those of other wires. `isCancelled` ends it early;
/// the rest then runs directly.
std::vector<WireRoute> routeWires(const std::vector<WireEnds> &wires, GraphDirection direction,
                                  const std::vector<QRectF> &nodes, LaneBook lanes,
                                  const std::atomic<bool> &isCancelled);

} // namespace espalier
