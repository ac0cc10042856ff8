// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/make_room.h"

namespace espalier {

Position clearOf(const Draft &draft, const std::string &before, Position at)
{
    const DocumentNode *source = draft.findNode(before);
    const bool isBeside = source && std::abs(source->y - at.y) < kRowReach && source->x <= at.x;
    return isBeside ? Position{std::max(at.x, source->x + kNodePitch), at.y} : at;
}

void makeRoom(Draft &draft, const std::string &node, Position at, const std::string &behind)
{
    const DocumentNode *first = draft.findNode(behind);
    if (!first || first->x < at.x - kNodePitch) // drawn backwards: leave it as the person has it
        return;
    const int missing = at.x + kNodePitch - first->x;
    if (missing <= 0)
        return;
    std::unordered_map<std::string_view, std::vector<std::string_view>> next;
    for (const DocumentWire &wire : draft.graph().wires)
        next[wire.from.node].push_back(wire.to.node);
    std::unordered_set<std::string_view> seen{node, behind};
    std::vector<std::string_view> open{behind};
    while (!open.empty()) {
        const DocumentNode *moved = draft.findNode(open.back());
        const std::string_view id = open.back();
        open.pop_back();
        if (moved && moved->x >= first->x && !moved->extra["pinned"].boolean())
            draft.setNode(moved->id, "at", JsonValue(JsonValue::Array{moved->x + missing, moved->y}));
        if (const auto readers = next.find(id); readers != next.end())
            for (const std::string_view reader : readers->second)
                if (seen.insert(reader).second)
                    open.push_back(reader);
    }
}

} // namespace espalier
