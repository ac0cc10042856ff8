// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/graph_model.h"

namespace espalier {
namespace {

template <typename Item>
QStringList missingIn(const QHash<QString, Item> &now, const QList<Item> &next)
{
    QSet<QString> kept;
    kept.reserve(next.size());
    for (const Item &item : next)
        kept.insert(item.id);
    QStringList gone;
    for (auto it = now.keyBegin(); it != now.keyEnd(); ++it)
        if (!kept.contains(*it))
            gone.append(*it);
    return gone;
}

template <typename Item>
const Item *find(const QHash<QString, Item> &items, const QString &id)
{
    const auto it = items.constFind(id);
    return it == items.cend() ? nullptr : &*it;
}

} // namespace

GraphModel::GraphModel(QObject *parent)
    : QObject(parent)
{
}

void GraphModel::setData(const GraphData &data)
{
    emit bulkChangeBegins();
    for (const QString &id : missingIn(m_wires, data.wires))
        removeWire(id);
    for (const QString &id : missingIn(m_nodes, data.nodes))
        removeNode(id);
    for (const QString &id : missingIn(m_frames, data.frames))
        removeFrame(id);
    for (const GraphFrame &frame : data.frames)
        setFrame(frame);
    for (const GraphNode &node : data.nodes)
        setNode(node);
    for (const GraphWire &wire : data.wires)
        setWire(wire);
    emit bulkChangeEnds();
}

void GraphModel::setNode(const GraphNode &node)
{
    const auto it = m_nodes.find(node.id);
    if (it == m_nodes.end()) {
        m_nodes.insert(node.id, node);
        emit nodeAdded(node.id);
    } else if (*it != node) {
        *it = node;
        emit nodeChanged(node.id);
    }
}

void GraphModel::setWire(const GraphWire &wire)
{
    const auto it = m_wires.find(wire.id);
    if (it != m_wires.end() && *it == wire)
        return;
    const bool isNew = it == m_wires.end();
    if (!isNew) {
        m_wiresOf[it->from.node].remove(wire.id);
        m_wiresOf[it->to.node].remove(wire.id);
    }
    m_wires.insert(wire.id, wire);
    m_wiresOf[wire.from.node].insert(wire.id);
    m_wiresOf[wire.to.node].insert(wire.id);
    if (isNew)
        emit wireAdded(wire.id);
    else
        emit wireChanged(wire.id);
}

void GraphModel::setFrame(const GraphFrame &frame)
{
    const auto it = m_frames.find(frame.id);
    if (it == m_frames.end()) {
        m_frames.insert(frame.id, frame);
        emit frameAdded(frame.id);
    } else if (*it != frame) {
        *it = frame;
        emit frameChanged(frame.id);
    }
}

void GraphModel::removeNode(const QString &id)
{
    if (!m_nodes.contains(id))
        return;
    const QSet<QString> wires = m_wiresOf.value(id);
    for (const QString &wire : wires)
        removeWire(wire);
    m_wiresOf.remove(id);
    m_nodes.remove(id);
    emit nodeRemoved(id);
}

void GraphModel::removeWire(const QString &id)
{
    const auto it = m_wires.constFind(id);
    if (it == m_wires.cend())
        return;
    m_wiresOf[it->from.node].remove(id);
    m_wiresOf[it->to.node].remove(id);
    m_wires.erase(it);
    emit wireRemoved(id);
}

void GraphModel::removeFrame(const QString &id)
{
    if (m_frames.remove(id) > 0)
        emit frameRemoved(id);
}

const GraphNode *GraphModel::node(const QString &id) const
{
    return find(m_nodes, id);
}

const GraphWire *GraphModel::wire(const QString &id) const
{
    return find(m_wires, id);
}

const GraphFrame *GraphModel::frame(const QString &id) const
{
    return find(m_frames, id);
}

const QSet<QString> &GraphModel::wiresOf(const QString &node) const
{
    static const QSet<QString> none;
    const auto it = m_wiresOf.constFind(node);
    return it == m_wiresOf.cend() ? none : *it;
}

QStringList GraphModel::wiresInto(const GraphEnd &input) const
{
    QStringList list;
    for (const QString &id : wiresOf(input.node))
        if (m_wires[id].to == input)
            list.append(id);
    return list;
}

QStringList GraphModel::wiresFrom(const GraphEnd &output) const
{
    QStringList list;
    for (const QString &id : wiresOf(output.node))
        if (m_wires[id].from == output)
            list.append(id);
    return list;
}

} // namespace espalier
