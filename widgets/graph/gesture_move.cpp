// SPDX-License-Identifier: GPL-3.0-or-later
// Dragging nodes and frames: with guides, grid, copies, and insertion on a wire; resizing a frame.
#include "widgets/graph/gesture.h"
#include "widgets/graph/graph_view_p.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr qreal kGuidePixels = 6;
constexpr int kMostForInsert = 20; ///< dragging more than so many is no insertion
constexpr int kMostForGuides = 400;
constexpr QSizeF kLeastFrame(96, 64);

/// How far to shift so that an edge or the middle of a rectangle meets that of another.
struct Snap {
    qreal shift = 0;
    qreal off = 1e9; ///< how far away that is
    qreal line = 0; ///< where they meet
    QRectF other;

    void offer(qreal own, qreal theirs, const QRectF &rect)
    {
        if (std::abs(theirs - own) >= off)
            return;
        shift = theirs - own;
        off = std::abs(shift);
        line = theirs;
        other = rect;
    }
};

class MoveGesture final : public Gesture {
public:
    MoveGesture(GraphViewPrivate &view, const PointerPress &press, bool duplicates)
        : Gesture(view)
        , m_from(press.at.scene)
        , m_duplicates(duplicates)
    {
        QSet<QString> nodes = view.state.selection.nodes;
        m_isOneFrame = nodes.isEmpty() && view.state.selection.frames.size() == 1;
        for (const QString &id : view.state.selection.frames) {
            const auto frame = view.scene.frames().constFind(id);
            if (frame == view.scene.frames().cend() || duplicates)
                continue;
            m_frames.insert(id, frame->data.rect);
            for (const QString &node : view.scene.nodesWithin(frame->data.rect))
                nodes.insert(node);
        }
        for (const QString &id : std::as_const(nodes)) {
            const SceneNode *node = view.scene.node(id);
            if (node && (duplicates || !node->data.isPinned))
                m_nodes.insert(id, node->data.at);
        }
        const SceneNode *lead = view.scene.node(press.spot.id);
        if (lead)
            m_lead = QRectF(lead->data.at, lead->layout.size);
        else
            m_lead = m_frames.value(press.spot.id);
        m_leadId = press.spot.id;
        m_guidesHelp = lead && m_nodes.size() <= kMostForGuides;
        view.router.setPaused(true);
    }
    ~MoveGesture() override { m_view.router.setPaused(false); }

    void move(const PointerAt &at) override
    {
        m_delta = snapped(at.scene - m_from, at.modifiers);
        QHash<QString, QPointF> to = places();
        if (m_duplicates) {
            showGhosts(to);
            return;
        }
        m_view.scene.setMoved(to);
        QHash<QString, QRectF> frames = m_frames;
        for (QRectF &rect : frames)
            rect.translate(m_delta);
        m_view.scene.setMovedFrames(frames);
        m_view.setLitWire(wireBelow(at.modifiers));
    }

    void finish(const PointerAt &at) override
    {
        move(at);
        const QHash<QString, QPointF> to = places();
        QHash<QString, QRectF> frames = m_frames;
        for (QRectF &rect : frames)
            rect.translate(m_delta);
        const QString wire = m_view.state.litWire;
        m_view.scene.clearMoved();
        if (m_delta.isNull() || (to.isEmpty() && frames.isEmpty()))
            return;
        if (m_duplicates)
            emit m_view.q->duplicateRequested(to.keys(), m_delta);
        else if (!wire.isEmpty())
            emit m_view.q->insertOnWireRequested(to, wire);
        else if (m_isOneFrame)
            emit m_view.q->frameChangeRequested(m_leadId, frames[m_leadId], to);
        else
            emit m_view.q->moveRequested(to, frames);
    }

    void cancel() override { m_view.scene.clearMoved(); }

private:
    QHash<QString, QPointF> places() const
    {
        QHash<QString, QPointF> to;
        for (auto it = m_nodes.cbegin(); it != m_nodes.cend(); ++it)
            if (m_view.scene.node(it.key())) // an answer from elsewhere may have removed it
                to.insert(it.key(), *it + m_delta);
        return to;
    }

    void showGhosts(const QHash<QString, QPointF> &to)
    {
        const auto mark = [this] {
            for (auto it = m_view.state.ghosts.cbegin(); it != m_view.state.ghosts.cend(); ++it) {
                if (const SceneNode *node = m_view.scene.node(it.key()))
                    m_view.markScene(node->extent().translated(*it - node->at));
            }
        };
        mark();
        m_view.state.ghosts = to;
        mark();
    }

    QPointF snapped(const QPointF &delta, Qt::KeyboardModifiers modifiers)
    {
        setGuides({});
        const QRectF lead = m_lead.translated(delta);
        const Qt::KeyboardModifiers grid = m_view.bindings.snapToGrid;
        if (m_view.snapsToGrid || (grid != Qt::NoModifier && (modifiers & grid) == grid)) {
            const qreal step = m_view.gridSize;
            return {std::round(lead.x() / step) * step - m_lead.x(), std::round(lead.y() / step) * step - m_lead.y()};
        }
        const QPointF whole(std::round(delta.x()), std::round(delta.y()));
        if (!m_guidesHelp || m_view.camera.detail() > Detail::Small || m_lead.isEmpty())
            return whole;
        return guided(whole);
    }

    QPointF guided(const QPointF &delta)
    {
        const QRectF lead = m_lead.translated(delta);
        Snap x;
        Snap y;
        for (const int index : m_view.scene.nodesIn(m_view.camera.visible())) {
            const SceneNode &node = m_view.scene.node(index);
            if (m_nodes.contains(node.data.id) || (m_duplicates && node.data.id == m_leadId))
                continue;
            const QRectF other = node.card();
            x.offer(lead.left(), other.left(), other);
            x.offer(lead.center().x(), other.center().x(), other);
            x.offer(lead.right(), other.right(), other);
            y.offer(lead.top(), other.top(), other);
            y.offer(lead.center().y(), other.center().y(), other);
            y.offer(lead.bottom(), other.bottom(), other);
        }
        const qreal reach = m_view.inScene(kGuidePixels);
        QPointF snapped = delta;
        if (x.off <= reach)
            snapped.rx() += x.shift;
        if (y.off <= reach)
            snapped.ry() += y.shift;
        const QRectF at = m_lead.translated(snapped);
        QList<QLineF> guides;
        if (x.off <= reach)
            guides.append(
                QLineF(x.line, std::min(at.top(), x.other.top()), x.line, std::max(at.bottom(), x.other.bottom())));
        if (y.off <= reach)
            guides.append(
                QLineF(std::min(at.left(), y.other.left()), y.line, std::max(at.right(), y.other.right()), y.line));
        setGuides(guides);
        return snapped;
    }

    void setGuides(const QList<QLineF> &guides)
    {
        const auto mark = [this] {
            for (const QLineF &guide : std::as_const(m_view.state.guides))
                m_view.markScene(QRectF(guide.p1(), guide.p2()).normalized());
        };
        mark();
        m_view.state.guides = guides;
        mark();
    }

    /// The wire that the dragged nodes would be inserted on.
    QString wireBelow(Qt::KeyboardModifiers modifiers) const
    {
        const Qt::KeyboardModifiers suppress = m_view.bindings.suppressInsert;
        if (m_view.isReadOnly || m_nodes.isEmpty() || m_nodes.size() > kMostForInsert || !m_frames.isEmpty()
            || (suppress != Qt::NoModifier && (modifiers & suppress) == suppress))
            return {};
        const QRectF lead = m_lead.translated(m_delta);
        QString best;
        qreal least = 1e18;
        const QStringList nodes = m_nodes.keys();
        for (const int index : m_view.scene.wiresIn(lead)) {
            const SceneWire &wire = m_view.scene.wire(index);
            if (m_nodes.contains(wire.data.from.node) || m_nodes.contains(wire.data.to.node)
                || !touchesRect(wire.line, lead))
                continue;
            const qreal distance = distanceTo(wire.line, lead.center());
            if (distance < least && m_view.canInsert(nodes, wire.data.id)) {
                least = distance;
                best = wire.data.id;
            }
        }
        return best;
    }

    QPointF m_from;
    QPointF m_delta;
    QHash<QString, QPointF> m_nodes; ///< where they were
    QHash<QString, QRectF> m_frames;
    QRectF m_lead; ///< the one under the pointer
    QString m_leadId;
    bool m_duplicates;
    bool m_isOneFrame;
    bool m_guidesHelp;
};

class FrameGesture final : public Gesture {
public:
    FrameGesture(GraphViewPrivate &view, const PointerPress &press)
        : Gesture(view)
        , m_from(press.at.scene)
        , m_id(press.spot.id)
        , m_rect(view.scene.frames().value(m_id).data.rect)
    {
        const qreal reach = view.inScene(12);
        m_left = std::abs(m_from.x() - m_rect.left()) <= reach;
        m_right = !m_left && std::abs(m_from.x() - m_rect.right()) <= reach;
        m_top = std::abs(m_from.y() - m_rect.top()) <= reach;
        m_bottom = !m_top && std::abs(m_from.y() - m_rect.bottom()) <= reach;
    }
    void move(const PointerAt &at) override { m_view.scene.setMovedFrames({{m_id, rectAt(at)}}); }
    void finish(const PointerAt &at) override
    {
        const QRectF rect = rectAt(at);
        m_view.scene.clearMoved();
        if (rect != m_rect)
            emit m_view.q->frameChangeRequested(m_id, rect, {});
    }
    void cancel() override { m_view.scene.clearMoved(); }

private:
    QRectF rectAt(const PointerAt &at) const
    {
        const QPointF by = at.scene - m_from;
        const auto step = [this](qreal value) {
            return m_view.snapsToGrid ? std::round(value / m_view.gridSize) * m_view.gridSize : std::round(value);
        };
        QRectF rect = m_rect;
        if (m_left)
            rect.setLeft(std::min(step(rect.left() + by.x()), rect.right() - kLeastFrame.width()));
        if (m_right)
            rect.setRight(std::max(step(rect.right() + by.x()), rect.left() + kLeastFrame.width()));
        if (m_top)
            rect.setTop(std::min(step(rect.top() + by.y()), rect.bottom() - kLeastFrame.height()));
        if (m_bottom)
            rect.setBottom(std::max(step(rect.bottom() + by.y()), rect.top() + kLeastFrame.height()));
        return rect;
    }

    QPointF m_from;
    QString m_id;
    QRectF m_rect;
    bool m_left, m_right, m_top, m_bottom;
};

} // namespace

std::unique_ptr<Gesture> makeMoveGesture(GraphViewPrivate &view, const PointerPress &press, bool duplicates)
{
    return std::make_unique<MoveGesture>(view, press, duplicates);
}

std::unique_ptr<Gesture> makeFrameGesture(GraphViewPrivate &view, const PointerPress &press)
{
    return std::make_unique<FrameGesture>(view, press);
}

} // namespace espalier
