// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/graph_scene.h"

#include "widgets/graph/graph_model.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr qreal kFarthest = 1e7; ///< scene units from the origin

int indexOf(const QList<GraphPort> &ports, const QString &name)
{
    for (int i = 0; i < ports.size(); ++i)
        if (ports[i].name == name)
            return i;
    return -1;
}

/// Damaged documents hold positions that are no numbers, or beyond all drawing.
QPointF held(const QPointF &at)
{
    const auto within = [](qreal value) { return std::isfinite(value) ? std::clamp(value, -kFarthest, kFarthest) : 0; };
    return {within(at.x()), within(at.y())};
}

/// What changes many times a second while a run trains.
bool differsInPictureOnly(const GraphNode &before, const GraphNode &now)
{
    GraphNode same = before;
    same.picture = now.picture;
    same.pictureLabel = now.pictureLabel;
    same.share = now.share;
    same.tip = now.tip;
    return same == now;
}

/// Takes a free place or makes a new one.
template <typename Item>
int placeFor(std::vector<Item> &items, std::vector<int> &free)
{
    if (free.empty()) {
        items.emplace_back();
        return int(items.size()) - 1;
    }
    const int index = free.back();
    free.pop_back();
    return index;
}

} // namespace

QRectF SceneNode::body() const
{
    const qreal more = data.form == NodeForm::Stack ? 2 * kStackStep : 0;
    return card().adjusted(0, 0, more, more);
}

QRectF SceneNode::extent() const
{
    return body().adjusted(-kNodeMargin, -kNodeMargin, kNodeMargin, kNodeMargin);
}

GraphScene::GraphScene(QObject *parent)
    : QObject(parent)
{
}

void GraphScene::setModel(GraphModel *model)
{
    if (m_model)
        m_model->disconnect(this);
    m_model = model;
    if (model) {
        connect(model, &GraphModel::nodeAdded, this, &GraphScene::addNode);
        connect(model, &GraphModel::nodeChanged, this, &GraphScene::changeNode);
        connect(model, &GraphModel::nodeRemoved, this, &GraphScene::removeNode);
        connect(model, &GraphModel::wireAdded, this, &GraphScene::addWire);
        connect(model, &GraphModel::wireChanged, this, &GraphScene::changeWire);
        connect(model, &GraphModel::wireRemoved, this, &GraphScene::removeWire);
        connect(model, &GraphModel::frameAdded, this, &GraphScene::changeFrame);
        connect(model, &GraphModel::frameChanged, this, &GraphScene::changeFrame);
        connect(model, &GraphModel::frameRemoved, this, &GraphScene::removeFrame);
        connect(model, &QObject::destroyed, this, [this] {
            m_model = nullptr;
            rebuild();
        });
    }
    rebuild();
}

void GraphScene::setDirection(GraphDirection direction)
{
    if (m_direction == direction)
        return;
    m_direction = direction;
    rebuild();
}

void GraphScene::rebuild()
{
    m_nodes.clear();
    m_wires.clear();
    m_frames.clear();
    m_nodeIndex.clear();
    m_wireIndex.clear();
    m_freeNodes.clear();
    m_freeWires.clear();
    m_nodeGrid.clear();
    m_wireGrid.clear();
    m_moved.clear();
    m_movedFrames.clear();
    if (m_model) {
        m_isBulk = true;
        // In the order of their ids: a hash has none, and what lies on top must not depend on chance.
        QStringList ids = m_model->nodes().keys();
        std::sort(ids.begin(), ids.end());
        for (const QString &id : std::as_const(ids))
            addNode(id);
        ids = m_model->wires().keys();
        std::sort(ids.begin(), ids.end());
        for (const QString &id : std::as_const(ids))
            addWire(id);
        for (auto it = m_model->frames().keyBegin(); it != m_model->frames().keyEnd(); ++it)
            changeFrame(*it);
        m_isBulk = false;
    }
    emit rebuilt();
    emit countChanged();
}

const SceneNode *GraphScene::node(const QString &id) const
{
    const int index = nodeIndex(id);
    return index < 0 ? nullptr : &node(index);
}

const SceneWire *GraphScene::wire(const QString &id) const
{
    const int index = wireIndex(id);
    return index < 0 || !wire(index).isAlive ? nullptr : &wire(index);
}

std::vector<int> GraphScene::wiresAt(int at) const
{
    std::vector<int> list;
    if (!m_model)
        return list;
    for (const QString &id : m_model->wiresOf(node(at).data.id)) {
        const int index = wireIndex(id);
        if (index >= 0)
            list.push_back(index);
    }
    return list;
}

QStringList GraphScene::nodesWithin(const QRectF &rect) const
{
    QStringList ids;
    for (const int index : nodesIn(rect))
        if (rect.contains(node(index).card()))
            ids.append(node(index).data.id);
    return ids;
}

QRectF GraphScene::contentRect() const
{
    QRectF all;
    for (const SceneNode &each : m_nodes)
        if (each.isAlive)
            all |= each.card();
    for (const SceneFrame &frame : m_frames)
        all |= frame.rect;
    return all;
}

std::optional<QPointF> GraphScene::portAt(const GraphEnd &end, bool isOutput) const
{
    const SceneNode *of = node(end.node);
    if (!of)
        return std::nullopt;
    const int index = indexOf(isOutput ? of->data.outputs : of->data.inputs, end.port);
    if (index < 0)
        return std::nullopt;
    return of->port(index, isOutput);
}

const GraphPort *GraphScene::port(const GraphEnd &end, bool isOutput) const
{
    const SceneNode *of = node(end.node);
    if (!of)
        return nullptr;
    const QList<GraphPort> &ports = isOutput ? of->data.outputs : of->data.inputs;
    const int index = indexOf(ports, end.port);
    return index < 0 ? nullptr : &ports[index];
}

void GraphScene::setMoved(const QHash<QString, QPointF> &nodes)
{
    const QHash<QString, QPointF> before = std::exchange(m_moved, nodes);
    for (auto it = before.keyBegin(); it != before.keyEnd(); ++it)
        if (!nodes.contains(*it))
            show(nodeIndex(*it));
    for (auto it = nodes.keyBegin(); it != nodes.keyEnd(); ++it)
        show(nodeIndex(*it));
}

void GraphScene::setMovedFrames(const QHash<QString, QRectF> &frames)
{
    const QHash<QString, QRectF> before = std::exchange(m_movedFrames, frames);
    for (auto it = before.keyBegin(); it != before.keyEnd(); ++it)
        changeFrame(*it);
    for (auto it = frames.keyBegin(); it != frames.keyEnd(); ++it)
        changeFrame(*it);
}

void GraphScene::clearMoved()
{
    setMoved({});
    setMovedFrames({});
}

void GraphScene::setRoute(int index, const WireRoute &route)
{
    SceneWire &each = m_wires[static_cast<size_t>(index)];
    if (!each.isAlive || each.route == route)
        return;
    emit wireStale(index);
    each.route = route;
    each.path = wirePath(each.a, each.b, m_direction, route);
    each.line = wireLine(each.path);
    m_wireGrid.insert(index, each.extent());
    emit wireStale(index);
}

UsedPorts GraphScene::usedPorts(const QString &id) const
{
    UsedPorts used;
    for (const QString &wire : m_model->wiresOf(id)) {
        const GraphWire *each = m_model->wire(wire);
        if (each->from.node == id)
            used.outputs.insert(each->from.port);
        if (each->to.node == id)
            used.inputs.insert(each->to.port);
    }
    return used;
}

void GraphScene::layOut(int index)
{
    SceneNode &each = m_nodes[static_cast<size_t>(index)];
    const UsedPorts used = usedPorts(each.data.id);
    each.layout = nodeLayout(each.data, m_direction, &used);
    each.revision = ++m_revision;
}

/// Puts a node where it is to be seen, with its wires.
void GraphScene::show(int index)
{
    if (index < 0)
        return;
    SceneNode &each = m_nodes[static_cast<size_t>(index)];
    const QPointF at = held(m_moved.value(each.data.id, each.data.at));
    const QRectF before = m_nodeGrid.rect(index);
    each.at = at;
    const QRectF after = each.extent();
    if (before != after) {
        emit stale(before);
        m_nodeGrid.insert(index, after);
        for (const int wire : wiresAt(index))
            join(wire);
        emit nodeMoved(index, before);
    }
    emit stale(after);
}

void GraphScene::addNode(const QString &id)
{
    const int index = placeFor(m_nodes, m_freeNodes);
    SceneNode &each = m_nodes[static_cast<size_t>(index)];
    each = SceneNode();
    each.data = *m_model->node(id);
    each.isAlive = true;
    m_nodeIndex.insert(id, index);
    layOut(index);
    show(index);
    if (!m_isBulk)
        emit countChanged();
}

void GraphScene::changeNode(const QString &id)
{
    const int index = nodeIndex(id);
    SceneNode &each = m_nodes[static_cast<size_t>(index)];
    const GraphNode before = std::exchange(each.data, *m_model->node(id));
    const QSizeF sizeBefore = each.layout.size;
    if (differsInPictureOnly(before, each.data)) {
        layOut(index);
        if (each.layout.size == sizeBefore) {
            emit pictureStale(each.extent());
            return;
        }
        show(index); // taller or lower now
        return;
    }
    GraphNode onlyMoved = before;
    onlyMoved.at = each.data.at;
    if (onlyMoved != each.data) {
        layOut(index);
        if (before.inputs != each.data.inputs || before.outputs != each.data.outputs
            || before.isCollapsed != each.data.isCollapsed || before.hidesUnusedPorts != each.data.hidesUnusedPorts
            || before.form != each.data.form)
            for (const int wire : wiresAt(index))
                join(wire);
    }
    show(index);
}

void GraphScene::removeNode(const QString &id)
{
    const int index = nodeIndex(id);
    if (index < 0)
        return;
    emit stale(m_nodeGrid.rect(index));
    const QRectF before = m_nodeGrid.rect(index);
    m_nodeGrid.remove(index);
    m_moved.remove(id);
    m_nodeIndex.remove(id);
    m_nodes[static_cast<size_t>(index)] = SceneNode();
    m_freeNodes.push_back(index);
    emit nodeMoved(index, before);
    emit nodeGone(id);
    emit countChanged();
}

void GraphScene::refreshPorts(int index)
{
    if (index < 0 || m_isBulk)
        return;
    const SceneNode &each = node(index);
    if (!each.data.hidesUnusedPorts && !each.data.isCollapsed)
        return;
    layOut(index);
    for (const int wire : wiresAt(index))
        join(wire);
    show(index);
}

void GraphScene::addWire(const QString &id)
{
    const int index = placeFor(m_wires, m_freeWires);
    m_wires[static_cast<size_t>(index)] = SceneWire();
    m_wires[static_cast<size_t>(index)].data = *m_model->wire(id);
    m_wireIndex.insert(id, index);
    join(index);
    refreshPorts(wire(index).from);
    refreshPorts(wire(index).to);
}

void GraphScene::changeWire(const QString &id)
{
    const int index = wireIndex(id);
    const int from = wire(index).from;
    const int to = wire(index).to;
    cut(index);
    m_wires[static_cast<size_t>(index)].data = *m_model->wire(id);
    join(index);
    for (const int end : {from, to, wire(index).from, wire(index).to})
        refreshPorts(end);
}

void GraphScene::removeWire(const QString &id)
{
    const int index = wireIndex(id);
    if (index < 0)
        return;
    const int from = wire(index).from;
    const int to = wire(index).to;
    const GraphEnd start = wire(index).data.from;
    cut(index);
    m_wireIndex.remove(id);
    m_wires[static_cast<size_t>(index)] = SceneWire();
    m_freeWires.push_back(index);
    refreshPorts(from);
    refreshPorts(to);
    emit wireGone(id, start);
}

/// Finds a wire's ends and draws its curve anew, directly.
void GraphScene::join(int index)
{
    SceneWire &each = m_wires[static_cast<size_t>(index)];
    const int from = nodeIndex(each.data.from.node);
    const int to = nodeIndex(each.data.to.node);
    if (from < 0 || to < 0) {
        cut(index);
        return;
    }
    const auto endOf = [this](int node, const QString &port, bool isOutput) {
        const SceneNode &of = this->node(node);
        const int at = indexOf(isOutput ? of.data.outputs : of.data.inputs, port);
        return at < 0 ? of.at + QPointF(isOutput ? of.layout.size.width() : 0, kFirstPort) : of.port(at, isOutput);
    };
    const QPointF a = endOf(from, each.data.from.port, true);
    const QPointF b = endOf(to, each.data.to.port, false);
    if (each.isAlive && a == each.a && b == each.b && from == each.from && to == each.to) {
        emit wireStale(index);
        return;
    }
    if (each.isAlive)
        emit wireStale(index);
    each.from = from;
    each.to = to;
    each.a = a;
    each.b = b;
    each.route = {};
    each.path = wirePath(a, b, m_direction);
    each.line = wireLine(each.path);
    each.isAlive = true;
    m_wireGrid.insert(index, each.extent());
    emit wireStale(index);
    emit wireRerouted(index);
}

void GraphScene::cut(int index)
{
    SceneWire &each = m_wires[static_cast<size_t>(index)];
    if (each.isAlive)
        emit wireStale(index);
    each.isAlive = false;
    each.from = each.to = -1;
    m_wireGrid.remove(index);
}

void GraphScene::changeFrame(const QString &id)
{
    const GraphFrame *frame = m_model ? m_model->frame(id) : nullptr;
    if (!frame)
        return;
    const bool isNew = !m_frames.contains(id);
    SceneFrame &each = m_frames[id];
    emit stale(each.rect.adjusted(-kNodeMargin, -kNodeMargin, kNodeMargin, kNodeMargin));
    each.data = *frame;
    const QRectF rect = m_movedFrames.value(id, frame->rect).normalized();
    each.rect = QRectF(held(rect.topLeft()), held(rect.bottomRight()));
    emit stale(each.rect.adjusted(-kNodeMargin, -kNodeMargin, kNodeMargin, kNodeMargin));
    if (isNew && !m_isBulk)
        emit countChanged();
}

void GraphScene::removeFrame(const QString &id)
{
    const SceneFrame gone = m_frames.take(id);
    m_movedFrames.remove(id);
    emit frameGone(id);
    emit countChanged();
    emit stale(gone.rect.adjusted(-kNodeMargin, -kNodeMargin, kNodeMargin, kNodeMargin));
}

} // namespace espalier
