// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/topology.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace espalier {
namespace {

constexpr std::size_t kNamesInSentence = 8;

/// Walks backwards from `start` inside the unsorted rest until a node repeats: that loop is a cycle.
std::vector<int> cycleFrom(const ResolvedGraph &graph, int start, const std::vector<bool> &sorted)
{
    std::vector<int> path;
    std::vector<int> seenAt(graph.nodes.size(), -1);
    int at = start;
    while (at >= 0 && seenAt[static_cast<std::size_t>(at)] < 0) {
        seenAt[static_cast<std::size_t>(at)] = static_cast<int>(path.size());
        path.push_back(at);
        int next = -1;
        for (const ResolvedPort &port : graph.nodes[static_cast<std::size_t>(at)].inputs)
            for (const Source &source : port.sources)
                if (!sorted[static_cast<std::size_t>(source.node)])
                    next = source.node;
        at = next;
    }
    if (at < 0)
        return {};
    path.erase(path.begin(), path.begin() + seenAt[static_cast<std::size_t>(at)]);
    std::reverse(path.begin(), path.end());
    std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end()); // the same wherever it was met
    return path;
}

Error cycleProblem(const ResolvedGraph &graph, const std::vector<int> &cycle)
{
    std::string names;
    for (std::size_t i = 0; i < cycle.size() && i < kNamesInSentence; ++i)
        names += graph.nodes[static_cast<std::size_t>(cycle[i])].namePath + " → ";
    names += cycle.size() > kNamesInSentence ? "…" : graph.nodes[static_cast<std::size_t>(cycle[0])].namePath;
    const ResolvedNode &first = graph.nodes[static_cast<std::size_t>(cycle[0])];
    return error("graph.cycle",
                 "These nodes feed each other in a circle: {0}. Remove one of the wires, or put the loop into a Scan.",
                 names)
        .at({.graph = first.graph->id, .node = first.node->id});
}

} // namespace

void sortTopologically(ResolvedGraph &graph)
{
    const std::size_t count = graph.nodes.size();
    std::vector<std::vector<int>> readers(count);
    std::vector<int> waiting(count, 0);
    for (std::size_t i = 0; i < count; ++i) {
        for (const ResolvedPort &port : graph.nodes[i].inputs) {
            for (const Source &source : port.sources) {
                readers[static_cast<std::size_t>(source.node)].push_back(static_cast<int>(i));
                ++waiting[i];
            }
        }
    }
    std::priority_queue<int, std::vector<int>, std::greater<>> ready;
    for (std::size_t i = 0; i < count; ++i)
        if (waiting[i] == 0)
            ready.push(static_cast<int>(i));
    std::vector<bool> sorted(count, false);
    graph.order.clear();
    while (!ready.empty()) {
        const int at = ready.top();
        ready.pop();
        sorted[static_cast<std::size_t>(at)] = true;
        graph.order.push_back(at);
        for (const int reader : readers[static_cast<std::size_t>(at)])
            if (--waiting[static_cast<std::size_t>(reader)] == 0)
                ready.push(reader);
    }
    std::vector<bool> reported(count, false);
    for (std::size_t i = 0; i < count && graph.order.size() < count; ++i) {
        if (sorted[i] || reported[i])
            continue;
        const std::vector<int> cycle = cycleFrom(graph, static_cast<int>(i), sorted);
        const bool known = std::any_of(cycle.begin(), cycle.end(),
                                       [&](int n) { return bool(reported[static_cast<std::size_t>(n)]); });
        reported[i] = true; // behind a cycle, or on it
        if (cycle.empty() || known)
            continue;
        graph.problems.push_back(cycleProblem(graph, cycle));
        for (const int n : cycle) {
            reported[static_cast<std::size_t>(n)] = true;
            graph.nodes[static_cast<std::size_t>(n)].isBroken = true;
        }
    }
}

} // namespace espalier
