// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/layout.h"

#include "widgets/graph/layered_graph.h"
#include "widgets/graph/node_layout.h"
#include "widgets/graph/spatial_index.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace espalier {
namespace {

constexpr qreal kFramePadding = 24;
constexpr qreal kFrameTitle = 32;
constexpr qreal kAspect = 1.8; ///< of the rectangle that components are packed into

struct Arrangement {
    QHash<int, QPointF> at; ///< by node, from (0, 0) on
    QSizeF size;
};

/// What is laid out as one: a node, or the nodes of a frame.
struct Piece {
    QHash<int, QPointF> inner;
    QSizeF size;
    bool isFrame = false;
};

QPointF swapped(const QPointF &point)
{
    return {point.y(), point.x()};
}

class Arranger {
public:
    Arranger(const GraphData &data, const LayoutOptions &options)
        : m_data(data)
        , m_options(options)
    {
        const QHash<QString, UsedPorts> used = usedPortsOf(data);
        static const UsedPorts none;
        m_layouts.reserve(data.nodes.size());
        m_indices.reserve(data.nodes.size());
        for (int i = 0; i < data.nodes.size(); ++i) {
            const GraphNode &node = data.nodes[i];
            const auto ports = used.constFind(node.id);
            m_layouts.append(nodeLayout(node, options.direction, ports == used.cend() ? &none : &*ports));
            m_indices.insert(node.id, i);
        }
    }

    QRectF rect(int node) const { return {m_data.nodes[node].at, m_layouts[node].size}; }

    Arrangement arrange(const QList<int> &nodes, const QList<int> &frames)
    {
        QList<Piece> pieces = piecesOf(nodes, frames);
        QList<LayeredEdge> edges = edgesBetween(pieces);
        // A frame whose wires leave and come back can't be one piece without a wire that runs backward.
        if (!frames.isEmpty() && hasCycle(int(pieces.size()), edges)) {
            pieces = piecesOf(nodes, {});
            edges = edgesBetween(pieces);
        }
        return pack(pieces, edges);
    }

private:
    bool isAcross() const { return m_options.direction == GraphDirection::TopToBottom; }
    QPointF turned(const QPointF &point) const { return isAcross() ? swapped(point) : point; }
    QSizeF turned(const QSizeF &size) const { return isAcross() ? size.transposed() : size; }

    QList<Piece> piecesOf(const QList<int> &nodes, QList<int> frames)
    {
        std::stable_sort(frames.begin(), frames.end(), [this](int a, int b) {
            const QRectF &first = m_data.frames[a].rect;
            const QRectF &second = m_data.frames[b].rect;
            return first.width() * first.height() > second.width() * second.height();
        });
        QSet<int> framed;
        QHash<int, Piece> byFirst; // where its first node stands
        while (!frames.isEmpty()) {
            const QRectF outer = m_data.frames[frames.takeFirst()].rect;
            QList<int> members;
            for (const int node : nodes)
                if (!framed.contains(node) && outer.contains(rect(node)))
                    members.append(node);
            if (members.isEmpty() || members.size() == nodes.size())
                continue;
            QList<int> within;
            for (const int frame : std::as_const(frames))
                if (outer.contains(m_data.frames[frame].rect))
                    within.append(frame);
            frames.removeIf([&](int frame) { return within.contains(frame); });
            const Arrangement inner = arrange(members, within);
            Piece piece;
            piece.isFrame = true;
            for (auto it = inner.at.cbegin(); it != inner.at.cend(); ++it)
                piece.inner.insert(it.key(), *it + QPointF(kFramePadding, kFrameTitle + kFramePadding));
            piece.size = inner.size + QSizeF(2 * kFramePadding, 2 * kFramePadding + kFrameTitle);
            byFirst.insert(members.first(), piece);
            framed.unite(QSet<int>(members.begin(), members.end()));
        }
        QList<Piece> pieces;
        for (const int node : nodes) {
            const auto frame = byFirst.constFind(node);
            if (frame != byFirst.cend())
                pieces.append(*frame);
            else if (!framed.contains(node))
                pieces.append({{{node, QPointF()}}, m_layouts[node].size, false});
        }
        return pieces;
    }

    QList<LayeredEdge> edgesBetween(const QList<Piece> &pieces) const
    {
        QHash<int, int> pieceOf;
        for (int i = 0; i < pieces.size(); ++i)
            for (auto it = pieces[i].inner.keyBegin(); it != pieces[i].inner.keyEnd(); ++it)
                pieceOf.insert(*it, i);
        QList<LayeredEdge> edges;
        for (const GraphWire &wire : m_data.wires) {
            const int fromNode = m_indices.value(wire.from.node, -1);
            const int toNode = m_indices.value(wire.to.node, -1);
            const int from = pieceOf.value(fromNode, -1);
            const int to = pieceOf.value(toNode, -1);
            if (from < 0 || to < 0 || from == to)
                continue;
            const QPointF out = pieces[from].inner[fromNode] + port(fromNode, wire.from.port, true);
            const QPointF in = pieces[to].inner[toNode] + port(toNode, wire.to.port, false);
            edges.append({from, to, turned(out).y(), turned(in).y()});
        }
        return edges;
    }

    QPointF port(int node, const QString &name, bool isOutput) const
    {
        const QList<GraphPort> &ports = isOutput ? m_data.nodes[node].outputs : m_data.nodes[node].inputs;
        const QList<NodeLayout::Port> &places = isOutput ? m_layouts[node].outputs : m_layouts[node].inputs;
        for (int i = 0; i < ports.size(); ++i)
            if (ports[i].name == name)
                return places[i].at;
        return {0, kFirstPort};
    }

    static QList<QList<int>> components(int count, const QList<LayeredEdge> &edges)
    {
        std::vector<int> root(static_cast<size_t>(count));
        std::iota(root.begin(), root.end(), 0);
        const auto find = [&](int i) {
            while (root[static_cast<size_t>(i)] != i)
                i = root[static_cast<size_t>(i)] = root[static_cast<size_t>(root[static_cast<size_t>(i)])];
            return i;
        };
        for (const LayeredEdge &edge : edges) {
            const int a = find(edge.from);
            const int b = find(edge.to);
            root[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
        }
        QList<QList<int>> lists;
        QHash<int, int> place;
        for (int i = 0; i < count; ++i) {
            const int of = find(i);
            if (!place.contains(of)) {
                place.insert(of, int(lists.size()));
                lists.append(QList<int>());
            }
            lists[place[of]].append(i);
        }
        return lists;
    }

    /// Lays out each component, then fills shelves with them, in the order of the data.
    Arrangement pack(const QList<Piece> &pieces, const QList<LayeredEdge> &edges) const
    {
        const QList<QList<int>> parts = components(int(pieces.size()), edges);
        std::vector<int> partOf(static_cast<size_t>(pieces.size()));
        std::vector<int> placeIn(static_cast<size_t>(pieces.size()));
        for (int part = 0; part < parts.size(); ++part) {
            for (int i = 0; i < parts[part].size(); ++i) {
                partOf[static_cast<size_t>(parts[part][i])] = part;
                placeIn[static_cast<size_t>(parts[part][i])] = i;
            }
        }
        QList<LayeredGraph> graphs(parts.size());
        for (const LayeredEdge &edge : edges) {
            LayeredEdge local = edge;
            local.from = placeIn[static_cast<size_t>(edge.from)];
            local.to = placeIn[static_cast<size_t>(edge.to)];
            graphs[partOf[static_cast<size_t>(edge.from)]].edges.append(local);
        }
        QList<QList<QPointF>> drawn;
        QList<QSizeF> sizes;
        qreal area = 0;
        qreal widest = 0;
        for (int part = 0; part < parts.size(); ++part) {
            LayeredGraph &graph = graphs[part];
            graph.layerGap = m_options.layerGap;
            graph.nodeGap = m_options.nodeGap;
            graph.isCancelled = m_options.isCancelled;
            for (const int piece : parts[part])
                graph.sizes.append(turned(pieces[piece].size));
            drawn.append(layered(graph));
            QSizeF size;
            for (int i = 0; i < drawn[part].size(); ++i) {
                drawn[part][i] = turned(drawn[part][i]);
                const QSizeF own = pieces[parts[part][i]].size;
                size = size.expandedTo({drawn[part][i].x() + own.width(), drawn[part][i].y() + own.height()});
            }
            sizes.append(size);
            area += (size.width() + m_options.componentGap) * (size.height() + m_options.componentGap);
            widest = std::max(widest, size.width());
        }
        const qreal shelf = std::max(widest, std::sqrt(area * kAspect));
        Arrangement all;
        QPointF corner;
        qreal shelfHeight = 0;
        for (int part = 0; part < parts.size(); ++part) {
            if (corner.x() > 0 && corner.x() + sizes[part].width() > shelf) {
                corner = QPointF(0, corner.y() + shelfHeight + m_options.componentGap);
                shelfHeight = 0;
            }
            for (int i = 0; i < drawn[part].size(); ++i) {
                const Piece &piece = pieces[parts[part][i]];
                for (auto it = piece.inner.cbegin(); it != piece.inner.cend(); ++it)
                    all.at.insert(it.key(), corner + drawn[part][i] + *it);
            }
            all.size = all.size.expandedTo({corner.x() + sizes[part].width(), corner.y() + sizes[part].height()});
            corner.rx() += std::ceil(sizes[part].width() + m_options.componentGap);
            shelfHeight = std::max(shelfHeight, sizes[part].height());
        }
        return all;
    }

    const GraphData &m_data;
    const LayoutOptions &m_options;
    QList<NodeLayout> m_layouts;
    QHash<QString, int> m_indices;
};

QPointF shiftOf(const Arranger &arranger, const Arrangement &made, const QList<int> &chosen, const QList<int> &pinned)
{
    if (!pinned.isEmpty())
        return arranger.rect(pinned.first()).topLeft() - made.at[pinned.first()];
    QRectF before;
    for (const int node : chosen)
        before |= arranger.rect(node);
    const QPointF shift = before.center() - QRectF(QPointF(), made.size).center();
    return {std::round(shift.x()), std::round(shift.y())};
}

/// Moves what overlaps a pinned node across, out of its way, and what is then in the way of that.
void clearPinned(QHash<int, QRectF> &rects, const QList<int> &order, const QList<QRectF> &pinned, bool movesRight,
                 qreal gap)
{
    SpatialIndex taken;
    int next = 0;
    for (const QRectF &rect : pinned)
        taken.insert(next++, rect);
    for (const int node : order) {
        QRectF rect = rects[node];
        while (true) {
            const std::vector<int> hits = taken.find(rect);
            if (hits.empty())
                break;
            for (const int hit : hits) {
                const QRectF other = taken.rect(hit);
                if (movesRight)
                    rect.moveLeft(std::max(rect.left(), other.right() + gap));
                else
                    rect.moveTop(std::max(rect.top(), other.bottom() + gap));
            }
        }
        rects[node] = rect;
        taken.insert(next++, rect);
    }
}

} // namespace

QHash<QString, QPointF> layoutGraph(const GraphData &data, const LayoutOptions &options)
{
    Arranger arranger(data, options);
    QList<int> chosen;
    QList<int> pinned;
    for (int i = 0; i < data.nodes.size(); ++i) {
        if (!options.only.isEmpty() && !options.only.contains(data.nodes[i].id))
            continue;
        chosen.append(i);
        if (data.nodes[i].isPinned)
            pinned.append(i);
    }
    QList<int> frames(data.frames.size());
    std::iota(frames.begin(), frames.end(), 0);
    const Arrangement made = arranger.arrange(chosen, frames);
    if (made.at.size() != chosen.size() || chosen.isEmpty())
        return {}; // cancelled
    const QPointF shift = shiftOf(arranger, made, chosen, pinned);
    QHash<int, QRectF> rects;
    QList<int> order;
    for (const int node : std::as_const(chosen)) {
        if (data.nodes[node].isPinned)
            continue;
        rects.insert(node, QRectF(made.at[node] + shift, arranger.rect(node).size()));
        order.append(node);
    }
    if (!pinned.isEmpty()) {
        const bool isDown = options.direction == GraphDirection::TopToBottom;
        std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
            return isDown ? rects[a].x() < rects[b].x() : rects[a].y() < rects[b].y();
        });
        QList<QRectF> fixed;
        for (const int node : std::as_const(pinned))
            fixed.append(arranger.rect(node));
        clearPinned(rects, order, fixed, isDown, options.nodeGap);
    }
    QHash<QString, QPointF> at;
    at.reserve(order.size());
    for (const int node : std::as_const(order))
        at.insert(data.nodes[node].id, rects[node].topLeft());
    return at;
}

QHash<QString, QRectF> framesAfter(const GraphData &data, const QHash<QString, QPointF> &moved,
                                   GraphDirection direction)
{
    QHash<QString, QRectF> frames;
    for (const GraphFrame &frame : data.frames) {
        QRectF around;
        bool hasMoved = false;
        for (const GraphNode &node : data.nodes) {
            const QSizeF size = nodeLayout(node, direction).size;
            if (!frame.rect.contains(QRectF(node.at, size)))
                continue;
            hasMoved |= moved.contains(node.id);
            around |= QRectF(moved.value(node.id, node.at), size);
        }
        if (hasMoved)
            frames.insert(frame.id,
                          around.adjusted(-kFramePadding, -kFramePadding - kFrameTitle, kFramePadding, kFramePadding));
    }
    return frames;
}

} // namespace espalier
