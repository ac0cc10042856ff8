// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes, wires and frames that graph views show. The owner changes it; views follow its signals and never edit.
#pragma once

#include "widgets/graph/graph_data.h"

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QSet>
#include <QtCore/QStringList>

namespace espalier {

class GraphModel : public QObject {
    Q_OBJECT
public:
    explicit GraphModel(QObject *parent = nullptr);

    /// Replaces everything by `data`, and tells views what differs: what is equal stays untouched.
    void setData(const GraphData &data);
    /// Adds or replaces one; signals only if something differs.
    void setNode(const GraphNode &node);
    void setWire(const GraphWire &wire);
    void setFrame(const GraphFrame &frame);
    /// Removes a node and its wires.
    void removeNode(const QString &id);
    void removeWire(const QString &id);
    void removeFrame(const QString &id);

    const QHash<QString, GraphNode> &nodes() const { return m_nodes; }
    const QHash<QString, GraphWire> &wires() const { return m_wires; }
    const QHash<QString, GraphFrame> &frames() const { return m_frames; }
    const GraphNode *node(const QString &id) const;
    const GraphWire *wire(const QString &id) const;
    const GraphFrame *frame(const QString &id) const;
    /// Ids of the wires at a node, both sides.
    const QSet<QString> &wiresOf(const QString &node) const;
    QStringList wiresInto(const GraphEnd &input) const;
    QStringList wiresFrom(const GraphEnd &output) const;

signals:
    void nodeAdded(const QString &id);
    void nodeChanged(const QString &id);
    void nodeRemoved(const QString &id);
    void wireAdded(const QString &id);
    void wireChanged(const QString &id);
    void wireRemoved(const QString &id);
    void frameAdded(const QString &id);
    void frameChanged(const QString &id);
    void frameRemoved(const QString &id);
    /// Around setData: views may rebuild at once instead of following single signals.
    void bulkChangeBegins();
    void bulkChangeEnds();

private:
    QHash<QString, GraphNode> m_nodes;
    QHash<QString, GraphWire> m_wires;
    QHash<QString, GraphFrame> m_frames;
    QHash<QString, QSet<QString>> m_wiresOf;
};

} // namespace espalier
