// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/layered_graph.h"

#include <QtCore/QHash>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace espalier {
namespace {

constexpr int kOrderSweeps = 12;
constexpr int kOrderSweepsOfLarge = 4;
constexpr int kLargeGraph = 4000;
constexpr int kPlacementSweeps = 4;
constexpr qreal kWireGap = 16; ///< between a wire that passes a layer and what lies beside it
constexpr int kMostDummies = 100'000; ///< past this, long wires aren't given a lane of their own

struct Link {
    int cell = 0;
    qreal own = 0; ///< offset of the port, across, at this cell
    qreal other = 0; ///< and at the linked one
};

/// A node, or the place where a long wire passes a layer.
struct Cell {
    int rank = 0;
    int order = 0;
    qreal size = 0; ///< across
    qreal at = 0; ///< across
    bool isReal = true;
    std::vector<Link> before; ///< in the layer before
    std::vector<Link> after;
};

using Layer = std::vector<int>;

std::vector<std::vector<int>> edgesFrom(int count, const QList<LayeredEdge> &edges)
{
    std::vector<std::vector<int>> from(static_cast<size_t>(count));
    for (int i = 0; i < edges.size(); ++i)
        from[static_cast<size_t>(edges[i].from)].push_back(i);
    return from;
}

/// The edges that close a cycle when walked depth first in the order of the nodes.
std::vector<bool> closingEdges(int count, const QList<LayeredEdge> &edges)
{
    enum : char { White, Grey, Black };
    const auto from = edgesFrom(count, edges);
    std::vector<int> indegree(static_cast<size_t>(count), 0);
    for (const LayeredEdge &edge : edges)
        ++indegree[static_cast<size_t>(edge.to)];
    std::vector<int> starts;
    for (const bool isSource : {true, false}) // sources first: then only true cycles are cut, and near their end
        for (int node = 0; node < count; ++node)
            if ((indegree[static_cast<size_t>(node)] == 0) == isSource)
                starts.push_back(node);
    std::vector<char> colour(static_cast<size_t>(count), White);
    std::vector<bool> closing(static_cast<size_t>(edges.size()), false);
    struct Step {
        int node;
        size_t next;
    };
    std::vector<Step> stack;
    for (const int start : starts) {
        if (colour[static_cast<size_t>(start)] != White)
            continue;
        stack.push_back({start, 0});
        colour[static_cast<size_t>(start)] = Grey;
        while (!stack.empty()) {
            Step &step = stack.back();
            const auto &out = from[static_cast<size_t>(step.node)];
            if (step.next == out.size()) {
                colour[static_cast<size_t>(step.node)] = Black;
                stack.pop_back();
                continue;
            }
            const int edge = out[step.next++];
            const int to = edges[edge].to;
            if (colour[static_cast<size_t>(to)] == Grey) {
                closing[static_cast<size_t>(edge)] = true;
            } else if (colour[static_cast<size_t>(to)] == White) {
                colour[static_cast<size_t>(to)] = Grey;
                stack.push_back({to, 0});
            }
        }
    }
    return closing;
}

/// Longest path from the sources; then what has no input moves right, to the nearest of what it feeds.
std::vector<int> ranksOf(int count, const QList<LayeredEdge> &edges)
{
    const auto from = edgesFrom(count, edges);
    std::vector<int> open(static_cast<size_t>(count), 0);
    for (const LayeredEdge &edge : edges)
        ++open[static_cast<size_t>(edge.to)];
    std::vector<int> rank(static_cast<size_t>(count), 0);
    std::vector<int> ready;
    std::vector<int> sources;
    for (int node = 0; node < count; ++node)
        if (open[static_cast<size_t>(node)] == 0)
            ready.push_back(node);
    sources = ready;
    for (size_t i = 0; i < ready.size(); ++i) {
        const int node = ready[i];
        for (const int edge : from[static_cast<size_t>(node)]) {
            const auto to = static_cast<size_t>(edges[edge].to);
            rank[to] = std::max(rank[to], rank[static_cast<size_t>(node)] + 1);
            if (--open[to] == 0)
                ready.push_back(edges[edge].to);
        }
    }
    for (const int node : sources) {
        int nearest = -1;
        for (const int edge : from[static_cast<size_t>(node)]) {
            const int next = rank[static_cast<size_t>(edges[edge].to)] - 1;
            nearest = nearest < 0 ? next : std::min(nearest, next);
        }
        if (nearest > 0)
            rank[static_cast<size_t>(node)] = nearest;
    }
    return rank;
}

class Layers {
public:
    Layers(const LayeredGraph &graph, const QList<LayeredEdge> &edges, const std::vector<int> &rank)
        : m_graph(graph)
    {
        const int count = int(graph.sizes.size());
        m_cells.resize(static_cast<size_t>(count));
        for (int i = 0; i < count; ++i) {
            m_cells[static_cast<size_t>(i)].rank = rank[static_cast<size_t>(i)];
            m_cells[static_cast<size_t>(i)].size = graph.sizes[i].height();
        }
        addEdges(edges);
        fill();
    }

    void order()
    {
        std::vector<int> best = orders();
        qint64 least = crossings();
        const int sweeps = m_cells.size() > kLargeGraph ? kOrderSweepsOfLarge : kOrderSweeps;
        for (int sweep = 0; sweep < sweeps && least > 0 && !isCancelled(); ++sweep) {
            sortLayers(sweep % 2 == 0);
            const qint64 now = crossings();
            if (now < least) {
                least = now;
                best = orders();
            }
        }
        for (size_t i = 0; i < m_cells.size(); ++i)
            m_cells[i].order = best[i];
        for (Layer &layer : m_layers)
            std::sort(layer.begin(), layer.end(), [this](int a, int b) { return cell(a).order < cell(b).order; });
    }

    void place()
    {
        for (Layer &layer : m_layers) {
            qreal y = 0;
            for (const int id : layer) {
                cell(id).at = y;
                y += cell(id).size + m_graph.nodeGap;
            }
        }
        for (int sweep = 0; sweep < kPlacementSweeps && !isCancelled(); ++sweep) {
            for (size_t i = m_layers.size(); i-- > 0;)
                placeLayer(m_layers[i], false);
            for (Layer &layer : m_layers)
                placeLayer(layer, true);
        }
    }

    QList<QPointF> positions() const
    {
        std::vector<qreal> width(m_layers.size(), 0);
        const int count = int(m_graph.sizes.size());
        qreal top = 0;
        for (int i = 0; i < count; ++i) {
            const Cell &node = m_cells[static_cast<size_t>(i)];
            auto &widest = width[static_cast<size_t>(node.rank)];
            widest = std::max(widest, m_graph.sizes[i].width());
            top = i == 0 ? node.at : std::min(top, node.at);
        }
        std::vector<qreal> left(m_layers.size(), 0);
        for (size_t rank = 1; rank < left.size(); ++rank)
            left[rank] = left[rank - 1] + width[rank - 1] + m_graph.layerGap;
        QList<QPointF> at;
        at.reserve(count);
        for (int i = 0; i < count; ++i) {
            const Cell &node = m_cells[static_cast<size_t>(i)];
            const auto rank = static_cast<size_t>(node.rank);
            // Cards start where their column starts; what is narrower (a dot) sits in the middle.
            const qreal inset = (width[rank] - m_graph.sizes[i].width()) / 2;
            at.append(QPointF(std::round(left[rank] + inset), std::round(node.at - top)));
        }
        return at;
    }

private:
    Cell &cell(int id) { return m_cells[static_cast<size_t>(id)]; }
    const Cell &cell(int id) const { return m_cells[static_cast<size_t>(id)]; }
    bool isCancelled() const { return m_graph.isCancelled && m_graph.isCancelled->load(std::memory_order_relaxed); }

    void link(int from, qreal fromOffset, int to, qreal toOffset)
    {
        cell(from).after.push_back({to, fromOffset, toOffset});
        cell(to).before.push_back({from, toOffset, fromOffset});
    }

    void addEdges(const QList<LayeredEdge> &edges)
    {
        // Wires from one port share their way until they part.
        QHash<QPair<int, qint64>, std::vector<int>> lanes;
        for (const LayeredEdge &edge : edges) {
            const int first = cell(edge.from).rank;
            const int span = cell(edge.to).rank - first;
            if (span == 1) {
                link(edge.from, edge.fromOffset, edge.to, edge.toOffset);
                continue;
            }
            if (m_dummies + span > kMostDummies)
                continue;
            auto &lane = lanes[{edge.from, qRound64(edge.fromOffset * 16)}];
            for (int step = int(lane.size()); step < span - 1; ++step) {
                Cell dummy;
                dummy.rank = first + step + 1;
                dummy.isReal = false;
                const int id = int(m_cells.size());
                m_cells.push_back(dummy);
                ++m_dummies;
                link(step == 0 ? edge.from : lane.back(), step == 0 ? edge.fromOffset : 0, id, 0);
                lane.push_back(id);
            }
            link(lane[static_cast<size_t>(span - 2)], 0, edge.to, edge.toOffset);
        }
    }

    /// Into layers, depth first from the sources, so that chains begin beside each other.
    void fill()
    {
        int last = 0;
        for (const Cell &each : m_cells)
            last = std::max(last, each.rank);
        m_layers.resize(static_cast<size_t>(last) + 1);
        std::vector<bool> isSeen(m_cells.size(), false);
        std::vector<int> stack;
        for (int start = 0; start < int(m_cells.size()); ++start) {
            if (!cell(start).before.empty())
                continue;
            stack.push_back(start);
            while (!stack.empty()) {
                const int id = stack.back();
                stack.pop_back();
                if (isSeen[static_cast<size_t>(id)])
                    continue;
                isSeen[static_cast<size_t>(id)] = true;
                Layer &layer = m_layers[static_cast<size_t>(cell(id).rank)];
                cell(id).order = int(layer.size());
                layer.push_back(id);
                for (auto next = cell(id).after.rbegin(); next != cell(id).after.rend(); ++next)
                    stack.push_back(next->cell);
            }
        }
    }

    std::vector<int> orders() const
    {
        std::vector<int> list;
        list.reserve(m_cells.size());
        for (const Cell &each : m_cells)
            list.push_back(each.order);
        return list;
    }

    /// Of a port: the order of its cell, and a fraction for its place on it.
    qreal slot(int id, qreal offset) const { return cell(id).order + offset / (cell(id).size + 1) * 0.9; }

    void sortLayers(bool isForward)
    {
        for (size_t step = 1; step < m_layers.size(); ++step) {
            Layer &layer = m_layers[isForward ? step : m_layers.size() - 1 - step];
            std::vector<std::pair<qreal, int>> keyed;
            keyed.reserve(layer.size());
            for (const int id : layer) {
                const auto &links = isForward ? cell(id).before : cell(id).after;
                qreal sum = 0;
                for (const Link &each : links)
                    sum += slot(each.cell, each.other) - each.own / (cell(id).size + 1) * 0.5;
                keyed.emplace_back(links.empty() ? cell(id).order : sum / qreal(links.size()), id);
            }
            std::stable_sort(keyed.begin(), keyed.end(),
                             [](const auto &a, const auto &b) { return a.first < b.first; });
            for (size_t i = 0; i < keyed.size(); ++i) {
                layer[i] = keyed[i].second;
                cell(layer[i]).order = int(i);
            }
        }
    }

    qint64 crossings() const
    {
        qint64 sum = 0;
        std::vector<std::pair<qreal, qreal>> ends;
        for (size_t i = 0; i + 1 < m_layers.size(); ++i) {
            ends.clear();
            for (const int id : m_layers[i])
                for (const Link &each : cell(id).after)
                    ends.emplace_back(slot(id, each.own), slot(each.cell, each.other));
            std::sort(ends.begin(), ends.end());
            sum += inversions(ends, m_layers[i + 1].size());
        }
        return sum;
    }

    /// Pairs of wires that cross: a tree of counts over the order of the far ends.
    static qint64 inversions(const std::vector<std::pair<qreal, qreal>> &ends, size_t width)
    {
        constexpr qreal kSlots = 8; // ports told apart within a node
        std::vector<int> tree(width * size_t(kSlots) + 2, 0);
        qint64 sum = 0;
        int seen = 0;
        for (const auto &end : ends) {
            const auto key = std::min(size_t(end.second * kSlots) + 1, tree.size() - 1);
            int notBeyond = 0;
            for (size_t i = key; i > 0; i -= i & (~i + 1))
                notBeyond += tree[i];
            sum += seen - notBeyond;
            ++seen;
            for (size_t i = key; i < tree.size(); i += i & (~i + 1))
                ++tree[i];
        }
        return sum;
    }

    /// Where a cell would like to be: its ports level with the median of the linked ones, so that one wire is straight.
    qreal wish(const Cell &of, bool isForward)
    {
        const auto &links = isForward ? of.before : of.after;
        if (links.empty())
            return of.at;
        m_wishes.clear();
        for (const bool fromNodes : {true, false}) { // a long wire may bow; the chain beside it is straight
            for (const Link &each : links)
                if (cell(each.cell).isReal == fromNodes)
                    m_wishes.push_back(cell(each.cell).at + each.other - each.own);
            if (!m_wishes.empty())
                break;
        }
        std::sort(m_wishes.begin(), m_wishes.end());
        const size_t middle = m_wishes.size() / 2;
        return m_wishes.size() % 2 == 1 ? m_wishes[middle] : (m_wishes[middle - 1] + m_wishes[middle]) / 2;
    }

    qreal gap(const Cell &a, const Cell &b) const { return a.isReal && b.isReal ? m_graph.nodeGap : kWireGap; }

    /// Nodes first, as near to their wishes as their order allows (least squares); then wires into the gaps left.
    void placeLayer(const Layer &layer, bool isForward)
    {
        std::vector<qreal> base(layer.size(), 0); // least distance from the layer's first cell
        for (size_t i = 1; i < layer.size(); ++i)
            base[i] = base[i - 1] + cell(layer[i - 1]).size + gap(cell(layer[i - 1]), cell(layer[i]));
        std::vector<size_t> real;
        for (size_t i = 0; i < layer.size(); ++i)
            if (cell(layer[i]).isReal)
                real.push_back(i);
        spread(layer, base, real, isForward, -1e18, 1e18);
        std::vector<size_t> between;
        size_t next = 0;
        for (size_t i = 0; i <= layer.size(); ++i) {
            if (i < layer.size() && !cell(layer[i]).isReal) {
                between.push_back(i);
                continue;
            }
            const qreal low = next == 0 ? -1e18 : cell(layer[real[next - 1]]).at - base[real[next - 1]];
            const qreal high = i == layer.size() ? 1e18 : cell(layer[i]).at - base[i];
            spread(layer, base, between, isForward, low, high);
            between.clear();
            ++next;
        }
    }

    /// Isotonic regression (pool adjacent violators) of the wishes of `which`, less their least distances.
    void spread(const Layer &layer, const std::vector<qreal> &base, const std::vector<size_t> &which, bool isForward,
                qreal low, qreal high)
    {
        struct Pool {
            qreal sum;
            size_t count;
            qreal mean() const { return sum / qreal(count); }
        };
        std::vector<Pool> pools;
        for (const size_t i : which) {
            pools.push_back({wish(cell(layer[i]), isForward) - base[i], 1});
            while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
                const Pool last = pools.back();
                pools.pop_back();
                pools.back().sum += last.sum;
                pools.back().count += last.count;
            }
        }
        size_t done = 0;
        for (const Pool &pool : pools)
            for (size_t i = 0; i < pool.count; ++i, ++done)
                cell(layer[which[done]]).at = std::clamp(pool.mean(), low, high) + base[which[done]];
    }

    const LayeredGraph &m_graph;
    std::vector<Cell> m_cells;
    std::vector<Layer> m_layers;
    std::vector<qreal> m_wishes;
    int m_dummies = 0;
};

} // namespace

QList<QPointF> layered(const LayeredGraph &graph)
{
    const int count = int(graph.sizes.size());
    if (count == 0)
        return {};
    QList<LayeredEdge> edges;
    edges.reserve(graph.edges.size());
    for (const LayeredEdge &edge : graph.edges)
        if (edge.from != edge.to)
            edges.append(edge);
    const std::vector<bool> closing = closingEdges(count, edges);
    for (int i = 0; i < edges.size(); ++i) {
        if (closing[static_cast<size_t>(i)]) {
            std::swap(edges[i].from, edges[i].to);
            std::swap(edges[i].fromOffset, edges[i].toOffset);
        }
    }
    Layers layers(graph, edges, ranksOf(count, edges));
    layers.order();
    layers.place();
    if (graph.isCancelled && graph.isCancelled->load())
        return {};
    return layers.positions();
}

bool hasCycle(int count, const QList<LayeredEdge> &edges)
{
    const std::vector<bool> closing = closingEdges(count, edges);
    return std::find(closing.begin(), closing.end(), true) != closing.end();
}

} // namespace espalier
