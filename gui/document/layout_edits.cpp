// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/layout_edits.h"

#include "gui/document/draft.h"
#include "gui/document/edit_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace espalier {
namespace {

std::vector<const DocumentNode *> movable(const Draft &draft, const Ids &nodes)
{
    std::vector<const DocumentNode *> found = draft.findNodes(nodes);
    std::erase_if(found, [](const DocumentNode *node) { return hasFlag(*node, NodeFlag::Pinned); });
    return found;
}

void place(Draft &draft, const DocumentNode &node, Position at)
{
    if (node.x != at.x || node.y != at.y)
        draft.setNode(node.id, "at", JsonValue(JsonValue::Array{at.x, at.y}));
}

struct Extent {
    int low = 0;
    int high = 0;
};

Extent extentOf(const DocumentNode &node, bool isX, const LayoutGeometry &geometry)
{
    const NodeBox box = geometry.boxOf(node.id);
    return isX ? Extent{node.x, node.x + box.width} : Extent{node.y, node.y + box.height};
}

Position moved(const DocumentNode &node, bool isX, int low)
{
    return isX ? Position{low, node.y} : Position{node.x, low};
}

} // namespace

NodeBox LayoutGeometry::boxOf(const std::string &node) const
{
    const auto found = boxes.find(node);
    return found == boxes.end() ? NodeBox() : found->second;
}

EditResult moveNodes(const EditContext &context, const Positions &positions, const std::vector<DocumentFrame> &frames,
                     const QString &label)
{
    Draft draft(context);
    std::string key = "move";
    const DocumentNode *only = nullptr;
    for (const DocumentNode &node : draft.graph().nodes) { // in the order of the document
        const auto at = positions.find(node.id);
        if (at == positions.end())
            continue;
        key += "/" + node.id;
        only = &node;
        place(draft, node, at->second);
    }
    if (!frames.empty()) {
        std::vector<DocumentFrame> all = framesOf(draft.graph());
        const std::vector<DocumentFrame> before = all;
        for (DocumentFrame &frame : all)
            for (const DocumentFrame &changed : frames)
                if (changed.id == frame.id)
                    frame = changed;
        key += "/frames";
        if (all != before)
            writeFrames(draft, all);
    }
    QString said = label;
    if (said.isEmpty())
        said = positions.size() == 1 && only ? EditText::tr("Move %1").arg(toText(only->name))
            : positions.empty()              ? EditText::tr("Move a frame")
                                             : EditText::tr("Move %1 nodes").arg(positions.size());
    return draft.finish(said, {}, label.isEmpty() ? key : std::string());
}

EditResult alignNodes(const EditContext &context, const Ids &nodes, Alignment alignment, const LayoutGeometry &geometry)
{
    Draft draft(context);
    const auto found = movable(draft, nodes);
    const bool isX = alignment == Alignment::Left || alignment == Alignment::Right || alignment == Alignment::CentreX;
    Extent all{std::numeric_limits<int>::max(), std::numeric_limits<int>::min()};
    for (const DocumentNode *node : found) {
        const Extent extent = extentOf(*node, isX, geometry);
        all = {std::min(all.low, extent.low), std::max(all.high, extent.high)};
    }
    for (const DocumentNode *node : found) {
        const Extent extent = extentOf(*node, isX, geometry);
        const int size = extent.high - extent.low;
        int low = all.low;
        if (alignment == Alignment::Right || alignment == Alignment::Bottom)
            low = all.high - size;
        else if (alignment == Alignment::CentreX || alignment == Alignment::CentreY)
            low = all.low + (all.high - all.low - size) / 2;
        place(draft, *node, moved(*node, isX, low));
    }
    return draft.finish(EditText::tr("Align"));
}

EditResult distributeNodes(const EditContext &context, const Ids &nodes, Qt::Orientation direction,
                           const LayoutGeometry &geometry)
{
    Draft draft(context);
    auto found = movable(draft, nodes);
    const bool isX = direction == Qt::Horizontal;
    if (found.size() < 3)
        return draft.finish({});
    std::stable_sort(found.begin(), found.end(), [&](const DocumentNode *a, const DocumentNode *b) {
        return extentOf(*a, isX, geometry).low < extentOf(*b, isX, geometry).low;
    });
    const int begin = extentOf(*found.front(), isX, geometry).low;
    int end = begin;
    double total = 0;
    for (const DocumentNode *node : found) {
        const Extent extent = extentOf(*node, isX, geometry);
        end = std::max(end, extent.high);
        total += extent.high - extent.low;
    }
    const double gap = (end - begin - total) / static_cast<double>(found.size() - 1);
    double at = begin;
    for (const DocumentNode *node : found) {
        const Extent extent = extentOf(*node, isX, geometry);
        place(draft, *node, moved(*node, isX, static_cast<int>(std::lround(at))));
        at += extent.high - extent.low + gap;
    }
    return draft.finish(EditText::tr("Distribute"));
}

EditResult straightenNodes(const EditContext &context, const Ids &nodes, const LayoutGeometry &geometry)
{
    Draft draft(context);
    auto found = movable(draft, nodes);
    std::stable_sort(found.begin(), found.end(),
                     [](const DocumentNode *a, const DocumentNode *b) { return a->x < b->x; });
    std::unordered_map<std::string, int> y;
    for (const std::string &id : nodes)
        if (const DocumentNode *node = draft.findNode(id))
            y.emplace(id, node->y); // pinned ones, too: others straighten towards them
    const auto offset
        = [&](const Endpoint &port, bool isOutput) { return geometry.portY ? geometry.portY(port, isOutput) : 0; };
    for (const DocumentNode *node : found) {
        for (const DocumentWire &wire : draft.wiresOf(node->id)) {
            const DocumentNode *from = draft.findNode(wire.from.node);
            if (wire.to.node != node->id || !from || from->x >= node->x || !y.contains(from->id))
                continue;
            y[node->id] = y[from->id] + offset(wire.from, true) - offset(wire.to, false);
            break; // the first wire decides
        }
        place(draft, *node, {node->x, y[node->id]});
    }
    return draft.finish(EditText::tr("Straighten"));
}

Position snapped(Position at, int grid)
{
    const auto snap
        = [grid](int v) { return grid > 0 ? static_cast<int>(std::lround(static_cast<double>(v) / grid)) * grid : v; };
    return {snap(at.x), snap(at.y)};
}

} // namespace espalier
