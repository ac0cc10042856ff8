// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/graph_accessible.h"

#include "widgets/graph/graph_view_p.h"

#include <QtGui/QAccessible>
#include <QtWidgets/QAccessibleWidget>

namespace espalier {
namespace {

QAccessibleInterface *interfaceOf(GraphView *view)
{
    return QAccessible::queryAccessibleInterface(view);
}

/// A node, one of its ports, a wire or a frame.
class PartAccessible final : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    PartAccessible(GraphView *view, const GraphSpot &spot)
        : m_view(view)
        , m_spot(spot)
    {
    }

    bool isValid() const override
    {
        if (!m_view)
            return false;
        if (m_spot.isPort())
            return scene().port(m_spot.end(), isOutput()) != nullptr;
        if (m_spot.part == GraphPart::Frame)
            return scene().frames().contains(m_spot.id);
        return m_spot.part == GraphPart::Node ? scene().node(m_spot.id) != nullptr : scene().wire(m_spot.id) != nullptr;
    }
    QObject *object() const override { return nullptr; }
    QWindow *window() const override { return m_view ? m_view->window()->windowHandle() : nullptr; }
    QAccessibleInterface *parent() const override;
    QAccessibleInterface *child(int index) const override;
    int childCount() const override { return isValid() ? int(ports().size()) : 0; }
    int indexOfChild(const QAccessibleInterface *child) const override
    {
        const auto *part = dynamic_cast<const PartAccessible *>(child);
        return part && isValid() ? int(ports().indexOf(part->m_spot)) : -1;
    }
    QAccessibleInterface *childAt(int x, int y) const override
    {
        for (int i = 0; i < childCount(); ++i)
            if (child(i)->rect().contains(x, y))
                return child(i);
        return nullptr;
    }

    QString text(QAccessible::Text kind) const override
    {
        if (!isValid())
            return {};
        if (kind == QAccessible::Name)
            return name();
        return kind == QAccessible::Description || kind == QAccessible::Help ? description() : QString();
    }
    void setText(QAccessible::Text, const QString &) override { }

    QRect rect() const override
    {
        if (!isValid())
            return {};
        QRectF place;
        if (m_spot.isPort()) {
            const QPointF at = m_view->toView(*scene().portAt(m_spot.end(), isOutput()));
            place = QRectF(at, QSizeF()).adjusted(-12, -12, 12, 12);
        } else if (m_spot.part == GraphPart::Node) {
            place = m_view->nodeViewRect(m_spot.id);
        } else {
            const QRectF extent = m_spot.part == GraphPart::Frame ? scene().frames().value(m_spot.id).rect
                                                                  : scene().wire(m_spot.id)->extent();
            place = QRectF(m_view->toView(extent.topLeft()), m_view->toView(extent.bottomRight()));
        }
        return {m_view->mapToGlobal(place.topLeft().toPoint()), place.size().toSize()};
    }

    QAccessible::Role role() const override
    {
        return m_spot.isPort()                ? QAccessible::Button
            : m_spot.part == GraphPart::Frame ? QAccessible::Grouping
                                              : QAccessible::Graphic;
    }

    QAccessible::State state() const override
    {
        QAccessible::State state;
        if (!isValid()) {
            state.invalid = true;
            return state;
        }
        state.focusable = true;
        state.focused = m_view->hasFocus() && m_view->current() == m_spot;
        state.selectable = !m_spot.isPort();
        const GraphSelection &selection = m_view->selection();
        state.selected = selection.nodes.contains(m_spot.id) || selection.wires.contains(m_spot.id)
            || selection.frames.contains(m_spot.id);
        state.offscreen = !m_view->rect().intersects(QRect(m_view->mapFromGlobal(rect().topLeft()), rect().size()));
        return state;
    }

    void *interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface *>(this) : nullptr;
    }
    QStringList actionNames() const override { return {pressAction(), setFocusAction()}; }
    void doAction(const QString &action) override
    {
        if (!isValid())
            return;
        if (m_spot.part == GraphPart::Wire)
            m_view->setSelection({{}, {m_spot.id}, {}});
        else if (m_spot.part == GraphPart::Frame)
            m_view->setSelection({{}, {}, {m_spot.id}});
        m_view->setFocus();
        m_view->setCurrent(m_spot);
        if (action == pressAction())
            m_view->activate();
    }
    QStringList keyBindingsForAction(const QString &) const override { return {}; }

private:
    const GraphScene &scene() const { return GraphViewPrivate::of(m_view)->scene; }
    bool isOutput() const { return m_spot.part == GraphPart::Output; }

    QList<GraphSpot> ports() const
    {
        QList<GraphSpot> list;
        if (m_spot.part != GraphPart::Node)
            return list;
        const GraphNode &node = scene().node(m_spot.id)->data;
        for (const GraphPort &port : node.inputs)
            list.append({GraphPart::Input, node.id, port.name});
        for (const GraphPort &port : node.outputs)
            list.append({GraphPart::Output, node.id, port.name});
        return list;
    }

    QString portName(const GraphEnd &end, bool isOutputEnd) const
    {
        const GraphPort *port = scene().port(end, isOutputEnd);
        return !port ? end.port : port->label.isEmpty() ? port->name : port->label;
    }

    QString name() const
    {
        if (m_spot.part == GraphPart::Node) {
            const GraphNode &node = scene().node(m_spot.id)->data;
            QStringList parts{node.name, node.caption, node.shape};
            if (node.isBypassed)
                parts.append(GraphView::tr("bypassed"));
            if (node.isDisabled)
                parts.append(GraphView::tr("disabled"));
            if (!node.problem.isEmpty())
                parts.append(GraphView::tr("has a problem"));
            if (!node.warning.isEmpty())
                parts.append(GraphView::tr("has a warning"));
            parts.removeAll(QString());
            return parts.join(QStringLiteral(", "));
        }
        if (m_spot.isPort()) {
            const QString label = portName(m_spot.end(), isOutput());
            return isOutput() ? GraphView::tr("Output %1").arg(label) : GraphView::tr("Input %1").arg(label);
        }
        if (m_spot.part == GraphPart::Frame)
            return GraphView::tr("Frame %1").arg(scene().frames().value(m_spot.id).data.title);
        const GraphWire &wire = scene().wire(m_spot.id)->data;
        return GraphView::tr("Wire from %1 %2 to %3 %4")
            .arg(scene().node(wire.from.node)->data.name, portName(wire.from, true),
                 scene().node(wire.to.node)->data.name, portName(wire.to, false));
    }

    QString description() const
    {
        if (m_spot.part == GraphPart::Node) {
            const GraphNode &node = scene().node(m_spot.id)->data;
            return !node.problem.isEmpty() ? node.problem : !node.warning.isEmpty() ? node.warning : node.tip;
        }
        if (m_spot.isPort()) {
            const GraphPort *port = scene().port(m_spot.end(), isOutput());
            return port->isOptional ? port->tip + u' ' + GraphView::tr("Optional: it works without a wire, too.")
                                    : port->tip;
        }
        if (m_spot.part == GraphPart::Frame) {
            QStringList names;
            for (const QString &id : scene().nodesWithin(scene().frames().value(m_spot.id).rect))
                names.append(scene().node(id)->data.name);
            names.sort();
            return names.isEmpty() ? GraphView::tr("Holds no node")
                                   : GraphView::tr("Holds %1").arg(names.join(QStringLiteral(", ")));
        }
        const GraphWire &wire = scene().wire(m_spot.id)->data;
        const GraphPort *port = scene().port(wire.from, true);
        return port ? port->wireText : QString();
    }

    QPointer<GraphView> m_view;
    GraphSpot m_spot;
};

class ViewAccessible final : public QAccessibleWidget {
public:
    explicit ViewAccessible(GraphView *view)
        : QAccessibleWidget(view, QAccessible::Canvas, view->accessibleName())
        , m_view(view)
    {
        GraphScene *scene = &GraphViewPrivate::of(view)->scene;
        // The view owns its scene: both live until this interface goes.
        m_changes = {QObject::connect(scene, &GraphScene::countChanged, scene, [this] { m_isStale = true; }),
                     QObject::connect(scene, &GraphScene::wireStale, scene, [this] { m_isStale = true; })};
    }
    ~ViewAccessible() override
    {
        for (const QMetaObject::Connection &each : m_changes)
            QObject::disconnect(each);
        for (const QAccessible::Id id : std::as_const(m_ids))
            QAccessible::deleteAccessibleInterface(id);
    }

    int childCount() const override { return QAccessibleWidget::childCount() + int(parts().size()); }
    QAccessibleInterface *child(int index) const override
    {
        const int widgets = QAccessibleWidget::childCount();
        if (index < widgets)
            return QAccessibleWidget::child(index);
        return index - widgets < parts().size() ? part(parts()[index - widgets]) : nullptr;
    }
    int indexOfChild(const QAccessibleInterface *child) const override
    {
        const int widget = QAccessibleWidget::indexOfChild(child);
        if (widget >= 0)
            return widget;
        for (int i = 0; i < parts().size(); ++i)
            if (m_ids.contains(keyOf(parts()[i])) && part(parts()[i]) == child)
                return QAccessibleWidget::childCount() + i;
        return -1;
    }
    QAccessibleInterface *childAt(int x, int y) const override
    {
        if (QAccessibleInterface *widget = QAccessibleWidget::childAt(x, y))
            return widget;
        const GraphSpot spot = m_view->spotAt(m_view->mapFromGlobal(QPointF(x, y)));
        if (spot.part == GraphPart::FrameEdge)
            return part({GraphPart::Frame, spot.id, {}});
        return spot.part != GraphPart::Nothing ? part(spot) : nullptr;
    }
    QAccessibleInterface *focusChild() const override
    {
        const GraphSpot &spot = m_view->current();
        return m_view->hasFocus() && spot.part != GraphPart::Nothing ? part(spot) : QAccessibleWidget::focusChild();
    }

    QAccessibleInterface *part(const GraphSpot &spot) const
    {
        const auto known = m_ids.constFind(keyOf(spot));
        if (known != m_ids.cend())
            return QAccessible::accessibleInterface(*known);
        auto *made = new PartAccessible(m_view, spot);
        m_ids.insert(keyOf(spot), QAccessible::registerAccessibleInterface(made)); // takes ownership
        return made;
    }

private:
    using Key = QPair<int, GraphEnd>;
    static Key keyOf(const GraphSpot &spot) { return {int(spot.part), spot.end()}; }

    /// Nodes, then wires, then frames.
    const QList<GraphSpot> &parts() const
    {
        if (!m_isStale)
            return m_parts;
        m_isStale = false;
        m_parts.clear();
        const GraphScene &scene = GraphViewPrivate::of(m_view)->scene;
        for (const SceneNode &node : scene.nodes())
            if (node.isAlive)
                m_parts.append({GraphPart::Node, node.data.id, {}});
        for (const SceneWire &wire : scene.wires())
            if (wire.isAlive)
                m_parts.append({GraphPart::Wire, wire.data.id, {}});
        for (auto frame = scene.frames().keyBegin(); frame != scene.frames().keyEnd(); ++frame)
            m_parts.append({GraphPart::Frame, *frame, {}});
        m_ids.removeIf([](const auto &entry) {
            const QAccessibleInterface *of = QAccessible::accessibleInterface(entry.value());
            if (of && of->isValid())
                return false;
            QAccessible::deleteAccessibleInterface(entry.value());
            return true;
        });
        return m_parts;
    }

    GraphView *m_view;
    QList<QMetaObject::Connection> m_changes;
    mutable QList<GraphSpot> m_parts;
    mutable QHash<Key, QAccessible::Id> m_ids;
    mutable bool m_isStale = true;
};

QAccessibleInterface *PartAccessible::parent() const
{
    auto *view = m_view ? static_cast<ViewAccessible *>(interfaceOf(m_view)) : nullptr;
    if (!view || !m_spot.isPort())
        return view;
    return view->part({GraphPart::Node, m_spot.id, {}});
}

QAccessibleInterface *PartAccessible::child(int index) const
{
    auto *view = m_view ? static_cast<ViewAccessible *>(interfaceOf(m_view)) : nullptr;
    return view && index >= 0 && index < childCount() ? view->part(ports()[index]) : nullptr;
}

QAccessibleInterface *make(const QString &, QObject *object)
{
    auto *view = qobject_cast<GraphView *>(object);
    return view ? new ViewAccessible(view) : nullptr;
}

} // namespace

void installGraphAccessibility()
{
    static const bool isInstalled = [] {
        QAccessible::installFactory(make);
        return true;
    }();
    Q_UNUSED(isInstalled)
}

void announceCurrent(GraphView *view)
{
    if (!QAccessible::isActive() || view->current().part == GraphPart::Nothing || !view->hasFocus())
        return;
    auto *whole = static_cast<ViewAccessible *>(interfaceOf(view));
    QAccessibleEvent event(whole->part(view->current()), QAccessible::Focus);
    QAccessible::updateAccessibility(&event);
}

} // namespace espalier
