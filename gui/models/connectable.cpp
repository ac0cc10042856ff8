// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/connectable.h"

#include "gui/engine_client/text.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace espalier {
namespace {

const PortInfo *findPort(const std::vector<PortInfo> &ports, std::string_view name)
{
    const auto it = std::find_if(ports.begin(), ports.end(), [&](const PortInfo &port) { return port.name == name; });
    return it == ports.end() ? nullptr : &*it;
}

/// Whether what `start` gives reaches `goal` along the wires.
bool reaches(const DocumentGraph &graph, const std::string &start, const std::string &goal)
{
    std::unordered_map<std::string_view, std::vector<std::string_view>> next;
    for (const DocumentWire &wire : graph.wires)
        next[wire.from.node].push_back(wire.to.node);
    std::unordered_set<std::string_view> seen{start};
    std::vector<std::string_view> open{start};
    while (!open.empty()) {
        const std::string_view at = open.back();
        open.pop_back();
        if (at == goal)
            return true;
        for (const std::string_view to : next[at])
            if (seen.insert(to).second)
                open.push_back(to);
    }
    return false;
}

} // namespace

bool accepts(const PortInfo &input, const PortAnswer *type)
{
    if (!type || !type->isKnown())
        return true;
    const bool isReal
        = type->dtype.startsWith(QLatin1StringView("float")) || type->dtype == QLatin1StringView("bfloat16");
    const bool isWhole = type->dtype.startsWith(QLatin1StringView("int"));
    if (input.numbers == PortNumbers::Real && !isReal)
        return false;
    if (input.numbers == PortNumbers::Whole && !isWhole)
        return false;
    const auto rank = static_cast<int>(type->dims.size());
    return rank >= input.minRank && rank <= input.maxRank;
}

bool mayConnect(const EditContext &context, const Answers &answers, const Endpoint &from, const Endpoint &to)
{
    const DocumentGraph *graph = context.document.findGraph(context.graph);
    if (!graph || from.node == to.node)
        return false;
    const DocumentNode *target = graph->findNode(to.node);
    if (!target || !graph->findNode(from.node))
        return false;
    const PortList ports = portsOf(context, *target);
    const PortInfo *input = findPort(ports.inputs, to.port);
    if (!input || !accepts(*input, answers.port(qString(from.node), qString(from.port))))
        return false;
    return !reaches(*graph, to.node, from.node);
}

} // namespace espalier
