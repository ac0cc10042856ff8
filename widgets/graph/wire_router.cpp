// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/wire_router.h"

#include <QtCore/QPointer>
#include <QtCore/QThreadPool>

namespace espalier {
namespace {

constexpr int kGatherMs = 40; ///< changes come in swarms: one job for each swarm

} // namespace

WireRouter::WireRouter(GraphScene &scene, QObject *parent)
    : QObject(parent)
    , m_scene(scene)
    , m_isCancelled(std::make_shared<std::atomic<bool>>(false))
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(kGatherMs);
    connect(&m_timer, &QTimer::timeout, this, &WireRouter::start);
    connect(&scene, &GraphScene::wireRerouted, this, &WireRouter::gather);
    connect(&scene, &GraphScene::nodeMoved, this, &WireRouter::gatherBeside);
    connect(&scene, &GraphScene::rebuilt, this, &WireRouter::gatherAll);
}

WireRouter::~WireRouter()
{
    m_isCancelled->store(true);
}

void WireRouter::setPaused(bool paused)
{
    m_isPaused = paused;
    if (!paused && !m_pending.isEmpty())
        m_timer.start();
}

void WireRouter::gather(int wire)
{
    m_pending.insert(wire);
    if (!m_isPaused && !m_timer.isActive())
        m_timer.start();
}

void WireRouter::gatherBeside(int node, const QRectF &before)
{
    // The wires that ran there are in the way of it now, or needn't avoid it any more: those routed round it lie
    // within a bend of it.
    constexpr qreal kBeside = 32;
    QRectF after = node < int(m_scene.nodes().size()) ? m_scene.node(node).card() : QRectF();
    for (QRectF area : {before, after})
        if (!area.isEmpty())
            for (const int wire : m_scene.wiresIn(area.adjusted(-kBeside, -kBeside, kBeside, kBeside)))
                gather(wire);
}

void WireRouter::gatherAll()
{
    m_pending.clear();
    for (size_t i = 0; i < m_scene.wires().size(); ++i)
        if (m_scene.wires()[i].isAlive)
            gather(int(i));
}

void WireRouter::start()
{
    if (m_isPaused || m_isRunning || m_pending.isEmpty())
        return;
    std::vector<WireEnds> asked;
    asked.reserve(static_cast<size_t>(m_pending.size()));
    for (const int index : std::as_const(m_pending)) {
        if (index >= int(m_scene.wires().size()) || !m_scene.wire(index).isAlive)
            continue;
        const SceneWire &wire = m_scene.wire(index);
        asked.push_back({index, wire.a, wire.b, wire.from, wire.to});
    }
    LaneBook lanes;
    for (size_t i = 0; i < m_scene.wires().size(); ++i) {
        const SceneWire &wire = m_scene.wires()[i];
        if (wire.isAlive && !m_pending.contains(int(i)))
            lanes.add(wire.route,
                      m_scene.direction() == GraphDirection::LeftToRight ? wire.a : QPointF(wire.a.y(), wire.a.x()));
    }
    m_pending.clear();
    std::vector<QRectF> nodes(m_scene.nodes().size());
    for (size_t i = 0; i < nodes.size(); ++i)
        if (m_scene.nodes()[i].isAlive)
            nodes[i] = m_scene.nodes()[i].body();
    m_isRunning = true;
    QThreadPool::globalInstance()->start([self = QPointer(this), cancelled = m_isCancelled, asked = std::move(asked),
                                          nodes = std::move(nodes), lanes = std::move(lanes),
                                          direction = m_scene.direction()]() mutable {
        std::vector<WireRoute> routes = routeWires(asked, direction, nodes, std::move(lanes), *cancelled);
        if (cancelled->load())
            return;
        // The application outlives the pool's tasks; whether the router does is asked in its own thread.
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [self, asked = std::move(asked), routes = std::move(routes)] {
                if (self)
                    self->take(asked, routes);
            },
            Qt::QueuedConnection);
    });
}

void WireRouter::take(const std::vector<WireEnds> &asked, const std::vector<WireRoute> &routes)
{
    m_isRunning = false;
    for (size_t i = 0; i < asked.size(); ++i) {
        const int index = asked[i].wire;
        if (index >= int(m_scene.wires().size()) || !m_scene.wire(index).isAlive)
            continue;
        const SceneWire &wire = m_scene.wire(index);
        if (WireEnds{index, wire.a, wire.b, wire.from, wire.to} == asked[i] && !m_pending.contains(index))
            m_scene.setRoute(index, routes[i]);
    }
    if (!m_pending.isEmpty() && !m_isPaused)
        m_timer.start();
    if (isIdle())
        emit finished();
}

} // namespace espalier
