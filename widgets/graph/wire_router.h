// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps wires routed round nodes: gathers what changed, asks a worker thread, takes the answers that still hold.
#pragma once

#include "widgets/graph/graph_scene.h"
#include "widgets/graph/wire_route.h"

#include <QtCore/QObject>
#include <QtCore/QSet>
#include <QtCore/QTimer>

#include <atomic>
#include <memory>

namespace espalier {

class WireRouter : public QObject {
    Q_OBJECT
public:
    explicit WireRouter(GraphScene &scene, QObject *parent = nullptr);
    ~WireRouter() override;

    /// While nodes are dragged, wires run directly.
    void setPaused(bool paused);
    /// Whether nothing waits and nothing runs.
    bool isIdle() const { return m_pending.isEmpty() && !m_isRunning; }

signals:
    void finished();

private:
    void gather(int wire);
    void gatherBeside(int node, const QRectF &before);
    void gatherAll();
    void start();
    void take(const std::vector<WireEnds> &asked, const std::vector<WireRoute> &routes);

    GraphScene &m_scene;
    QSet<int> m_pending;
    QTimer m_timer;
    std::shared_ptr<std::atomic<bool>> m_isCancelled;
    bool m_isRunning = false;
    bool m_isPaused = false;
};

} // namespace espalier
