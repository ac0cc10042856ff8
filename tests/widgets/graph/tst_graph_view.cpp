// SPDX-License-Identifier: GPL-3.0-or-later
// The view by keyboard, by screen reader and by eye: focus, names, what is repainted, how wires run.
#include "tests/widgets/graph/graphs.h"
#include "tests/widgets/graph/hand.h"
#include "widgets/common/theme_manager.h"
#include "widgets/graph/graph_model.h"
#include "widgets/graph/node_layout.h"
#include "widgets/graph/wire_route.h"

#include <QtGui/QAccessible>
#include <QtGui/QPainter>
#include <QtTest/QtTest>
#include <QtWidgets/QLabel>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstGraphView : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();

    void arrowsWalkNodes();
    void altArrowsWalkPorts();
    void enterOpensAndWires();
    void selectionOfAllAndInverse();
    void revealBringsANodeIntoView();
    void removedNodesAreForgotten();
    void modelCanBeReplaced();
    void damagedDataIsDrawnSomehow();
    void emptyStateShowsWhileThereIsNothing();
    void tabIsNotTaken();

    void movingANodeRepaintsItAndItsWires();
    void panningDrawsNoNodeAnew();
    void everyDetailIsDrawnInBothThemes();
    void cannotConnectDims();
    void layoutGlides();

    void readersHearNodesPortsWiresAndProblems();
    void readersCanAct();

    void nodeLayoutsHoldTogether();
    void hiddenPortsShowWhenUsed();
    void wiresGoRoundNodes();
    void viewRoutesWiresByItself();

private:
    QImage picture(qreal ratio = 1);

    std::unique_ptr<GraphModel> m_model;
    std::unique_ptr<GraphView> m_view;
};

void TstGraphView::init()
{
    QTest::failOnWarning(QRegularExpression(u".*"_s));
    ThemeManager::instance().setReducedMotion(true);
    m_model = std::make_unique<GraphModel>();
    m_view = std::make_unique<GraphView>(m_model.get());
    m_model->setData(digits());
    m_view->resize(1200, 700);
    m_view->setViewState({1, m_view->contentRect().center()});
    m_view->show();
    m_view->activateWindow();
    m_view->setFocus();
}

void TstGraphView::cleanup()
{
    m_view.reset();
    m_model.reset();
}

QImage TstGraphView::picture(qreal ratio)
{
    QImage image(m_view->size() * ratio, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    m_view->render(&image);
    return image;
}

void TstGraphView::arrowsWalkNodes()
{
    m_view->setCurrent({GraphPart::Node, u"digits"_s, {}});
    QStringList way;
    for (int step = 0; step < 3; ++step) {
        m_view->walk(Qt::RightArrow);
        way.append(m_view->current().id);
    }
    QVERIFY(way == (QStringList{u"conv1"_s, u"conv2"_s, u"add"_s})
            || way == (QStringList{u"skip"_s, u"add"_s, u"head"_s}));
    QCOMPARE(m_view->selection().nodes, QSet<QString>{way.last()});
    m_view->walk(Qt::LeftArrow);
    m_view->walkExtending(Qt::RightArrow);
    QCOMPARE(m_view->selection().nodes.size(), 2);
    m_view->setCurrent({GraphPart::Node, u"loss"_s, {}});
    m_view->walk(Qt::RightArrow); // nothing there
    QCOMPARE(m_view->current().id, u"loss"_s);
}

void TstGraphView::altArrowsWalkPorts()
{
    m_view->setCurrent({GraphPart::Node, u"add"_s, {}});
    m_view->walkPort(Qt::LeftArrow);
    QCOMPARE(m_view->current(), (GraphSpot{GraphPart::Input, u"add"_s, u"a"_s}));
    m_view->walkPort(Qt::DownArrow);
    QCOMPARE(m_view->current(), (GraphSpot{GraphPart::Input, u"add"_s, u"b"_s}));
    m_view->walkPort(Qt::DownArrow);
    QCOMPARE(m_view->current(), (GraphSpot{GraphPart::Node, u"add"_s, {}}));
    m_view->walkPort(Qt::RightArrow);
    QCOMPARE(m_view->current(), (GraphSpot{GraphPart::Output, u"add"_s, u"y"_s}));
}

void TstGraphView::enterOpensAndWires()
{
    const QSignalSpy opened(m_view.get(), &GraphView::openRequested);
    const QSignalSpy connected(m_view.get(), &GraphView::connectRequested);
    m_view->setCurrent({GraphPart::Node, u"head"_s, {}});
    m_view->activate();
    QCOMPARE(opened.at(0).at(0).toString(), u"head"_s);
    m_view->setCurrent({GraphPart::Output, u"skip"_s, u"y"_s});
    m_view->activate();
    QVERIFY(m_view->hasGesture());
    m_view->setCurrent({GraphPart::Input, u"head"_s, u"x"_s});
    m_view->activate();
    QVERIFY(!m_view->hasGesture());
    QCOMPARE(connected.at(0).at(0).value<GraphEnd>(), (GraphEnd{u"skip"_s, u"y"_s}));
    QCOMPARE(connected.at(0).at(1).value<GraphEnd>(), (GraphEnd{u"head"_s, u"x"_s}));
    m_view->setCurrent({GraphPart::Output, u"skip"_s, u"y"_s});
    m_view->startWire();
    m_view->walk(Qt::RightArrow); // a node, too, takes it
    m_view->activate();
    QCOMPARE(connected.size(), 2);
    m_view->setCurrent({GraphPart::Output, u"skip"_s, u"y"_s});
    m_view->startWire();
    QTest::keyClick(m_view.get(), Qt::Key_Escape);
    QVERIFY(!m_view->hasGesture());
    QCOMPARE(connected.size(), 2);
}

void TstGraphView::selectionOfAllAndInverse()
{
    m_view->selectAll();
    QCOMPARE(m_view->selection().nodes.size(), 7);
    m_view->setSelection({{u"add"_s}, {}, {}});
    m_view->invertSelection();
    QCOMPARE(m_view->selection().nodes.size(), 6);
    m_view->selectNone();
    QVERIFY(m_view->selection().isEmpty());
}

void TstGraphView::revealBringsANodeIntoView()
{
    m_view->setViewState({1, {-5000, 0}});
    m_view->reveal(u"loss"_s);
    QVERIFY(QRectF(m_view->rect()).contains(m_view->nodeViewRect(u"loss"_s)));
    m_view->setSelection({{u"conv1"_s}, {}, {}});
    m_view->fitSelection();
    QVERIFY(QLineF(m_view->viewState().centre, m_view->nodeRect(u"conv1"_s).center()).length() < 1);
    m_view->fitAll();
    QVERIFY(QRectF(m_view->rect()).contains(m_view->nodeViewRect(u"digits"_s)));
    QVERIFY(QRectF(m_view->rect()).contains(m_view->nodeViewRect(u"loss"_s)));
}

void TstGraphView::removedNodesAreForgotten()
{
    m_view->setSelection({{u"add"_s, u"skip"_s}, {}, {}});
    m_view->setCurrent({GraphPart::Node, u"add"_s, {}});
    m_model->removeNode(u"add"_s);
    QCOMPARE(m_view->selection().nodes, QSet<QString>{u"skip"_s});
    QCOMPARE(m_view->current().part, GraphPart::Nothing);
    m_view->setSelection({{}, {u"digits.picture>skip.x"_s}, {}});
    m_model->removeWire(u"digits.picture>skip.x"_s);
    QVERIFY(m_view->selection().isEmpty());
    picture();
}

void TstGraphView::modelCanBeReplaced()
{
    GraphModel other;
    other.setNode(card(u"inner"_s));
    m_view->setSelection({{u"add"_s}, {}, {}});
    m_view->setModel(&other);
    QVERIFY(m_view->selection().isEmpty());
    QVERIFY(!m_view->nodeRect(u"inner"_s).isNull());
    m_model->removeNode(u"add"_s); // nobody listens
    QVERIFY(m_view->nodeRect(u"digits"_s).isNull());
    m_view->setModel(m_model.get());
    QVERIFY(!m_view->nodeRect(u"digits"_s).isNull());
}

void TstGraphView::damagedDataIsDrawnSomehow()
{
    GraphData data = digits();
    data.nodes[0].at = {qQNaN(), qInf()};
    data.nodes[1].at = {1e300, -1e300};
    data.nodes[2].name = QString(1'000'000, u'x');
    data.nodes[2].picture = {float(qQNaN()), float(qInf()), -3};
    data.nodes[3].inputs.clear(); // its wire ends nowhere
    data.wires.append(wire(u"digits"_s, u"nobody"_s));
    GraphFrame frame;
    frame.id = u"f"_s;
    frame.rect = QRectF(qQNaN(), 0, qInf(), -50);
    data.frames = {frame};
    m_model->setData(data);
    m_view->fitAll();
    picture();
    m_view->setViewState({qQNaN(), {qQNaN(), 0}});
    picture();
    QVERIFY(m_view->zoom() > 0);
}

void TstGraphView::emptyStateShowsWhileThereIsNothing()
{
    auto *hint = new QLabel(u"Drag a layer here"_s);
    m_view->setEmptyState(hint);
    QVERIFY(!hint->isVisible());
    m_model->setData({});
    QVERIFY(hint->isVisible());
    m_model->setNode(card(u"a"_s));
    QVERIFY(!hint->isVisible());
}

void TstGraphView::tabIsNotTaken()
{
    QVERIFY(QTest::qWaitForWindowActive(m_view.get()));
    m_view->setFocus();
    QTest::keyClick(m_view.get(), Qt::Key_Tab);
    QVERIFY(m_view->hasFocus());
    QVERIFY(!m_view->testAttribute(Qt::WA_InputMethodEnabled));
}

void TstGraphView::movingANodeRepaintsItAndItsWires()
{
    GraphData data = manyNodes(400, 600);
    m_model->setData(data);
    m_view->setViewState({1, m_view->contentRect().center()});
    QTRY_COMPARE(m_model->nodes().size(), 400);
    // Alone below all others, with one wire to a node beside it.
    const QPointF below = m_view->contentRect().bottomLeft() + QPointF(0, 300);
    m_model->setNode(card(u"left"_s, below));
    m_model->setNode(card(u"right"_s, below + QPointF(400, 0)));
    m_model->setWire(wire(u"left"_s, u"right"_s));
    m_view->setViewState({1, below});
    const auto settled = [this] {
        const qint64 before = m_view->paintCounts().frames;
        QTest::qWait(120); // until routes and map have come to rest
        return m_view->paintCounts().frames == before;
    };
    QTRY_VERIFY(settled());
    m_view->repaint();
    m_view->repaint(); // all pictures are kept now
    const GraphView::PaintCounts before = m_view->paintCounts();
    GraphNode moved = *m_model->node(u"left"_s);
    moved.at.ry() += 6;
    m_model->setNode(moved);
    QTRY_VERIFY(m_view->paintCounts().frames > before.frames);
    const GraphView::PaintCounts after = m_view->paintCounts();
    const qint64 frames = after.frames - before.frames;
    // The wire ends at the other node, whose edge it touches: nothing else is painted, and no picture made.
    QVERIFY2(after.nodes - before.nodes <= 2 * frames, qPrintable(QString::number(after.nodes - before.nodes)));
    QVERIFY(after.nodes - before.nodes >= frames);
    QCOMPARE(after.wires - before.wires, frames);
    QCOMPARE(after.drawn, before.drawn);
}

void TstGraphView::panningDrawsNoNodeAnew()
{
    picture();
    picture(); // what is painted again is kept
    const qint64 drawn = m_view->paintCounts().drawn;
    m_view->setViewState({1, m_view->viewState().centre + QPointF(20, 10)});
    picture();
    QCOMPARE(m_view->paintCounts().drawn, drawn);
    GraphNode named = *m_model->node(u"add"_s);
    named.name = u"sum"_s;
    m_model->setNode(named);
    picture();
    QCOMPARE(m_view->paintCounts().drawn, drawn + 1);
}

void TstGraphView::everyDetailIsDrawnInBothThemes()
{
    QList<QImage> seen;
    for (const ThemeMode mode : {ThemeMode::Dark, ThemeMode::Light}) {
        ThemeManager::instance().setMode(mode);
        for (const qreal zoom : {1.0, 0.6, 0.35, 0.15}) {
            m_view->setViewState({zoom, m_view->contentRect().center()});
            const QImage image = picture(2);
            // Where a node is, there is something else than ground.
            const QColor ground = Theme::current().canvas;
            const QPointF at = m_view->nodeViewRect(u"skip"_s).center();
            QVERIFY(image.pixelColor((at * 2).toPoint()) != ground);
            QVERIFY(!seen.contains(image));
            seen.append(image);
        }
    }
}

void TstGraphView::cannotConnectDims()
{
    m_view->setCanConnect([](const GraphEnd &, const GraphEnd &to) { return to.node == u"loss"_s; });
    const QPointF inside = m_view->nodeViewRect(u"conv1"_s).topLeft() + QPointF(30, 46);
    const QColor bright = picture().pixelColor(inside.toPoint());
    Hand hand(*m_view);
    const QPointF from = m_view->portPosition({u"skip"_s, u"y"_s}, true);
    hand.press(from);
    hand.hover(from, from + QPointF(60, 60));
    const QColor dim = picture().pixelColor(inside.toPoint());
    QVERIFY(bright != dim);
    m_view->cancel();
    QCOMPARE(picture().pixelColor(inside.toPoint()), bright);
}

void TstGraphView::layoutGlides()
{
    ThemeManager::instance().setReducedMotion(false);
    m_view->glideNextMoves();
    GraphNode moved = *m_model->node(u"add"_s);
    const QPointF before = moved.at;
    moved.at += QPointF(0, 400);
    m_model->setNode(moved);
    QCoreApplication::processEvents(); // its first step
    QVERIFY(m_view->nodeRect(u"add"_s).top() < moved.at.y());
    QTRY_COMPARE(m_view->nodeRect(u"add"_s).topLeft(), moved.at);
    ThemeManager::instance().setReducedMotion(true);
    m_view->glideNextMoves();
    moved.at = before;
    m_model->setNode(moved);
    QCOMPARE(m_view->nodeRect(u"add"_s).topLeft(), before);
}

void TstGraphView::readersHearNodesPortsWiresAndProblems()
{
    GraphNode bad = *m_model->node(u"add"_s);
    bad.problem = u"add can’t add 64 × 8 × 8 and 32 × 8 × 8."_s;
    m_model->setNode(bad);
    QAccessibleInterface *view = QAccessible::queryAccessibleInterface(m_view.get());
    QVERIFY(view);
    QStringList names;
    QAccessibleInterface *add = nullptr;
    int wires = 0;
    for (int i = 0; i < view->childCount(); ++i) {
        QAccessibleInterface *child = view->child(i);
        QVERIFY(child);
        const QString name = child->text(QAccessible::Name);
        QVERIFY(!name.isEmpty());
        names.append(name);
        QCOMPARE(view->indexOfChild(child), i);
        if (name.startsWith(u"add"_s))
            add = child;
        wires += name.startsWith(u"Wire"_s);
    }
    QCOMPARE(wires, 8);
    QVERIFY(names.contains(u"conv1, 32 · 3 × 3 · ReLU, 32 × 8 × 8"_s));
    QVERIFY(names.contains(u"Wire from conv1 y to conv2 x"_s));
    QVERIFY(add && add->text(QAccessible::Name).contains(u"problem"_s));
    QCOMPARE(add->text(QAccessible::Description), bad.problem);
    QCOMPARE(add->childCount(), 3);
    QCOMPARE(add->child(0)->text(QAccessible::Name), u"Input a"_s);
    QCOMPARE(add->child(2)->text(QAccessible::Name), u"Output y"_s);
    QCOMPARE(add->child(0)->parent(), add);
    QCOMPARE(add->parent(), view);
    m_view->setSelection({{u"add"_s}, {}, {}});
    QVERIFY(add->state().selected);
    m_model->removeNode(u"add"_s);
    QVERIFY(!add->isValid());
    QCOMPARE(view->childCount(), int(names.size()) - 1 - 3);
}

void TstGraphView::readersCanAct()
{
    const QSignalSpy opened(m_view.get(), &GraphView::openRequested);
    QAccessibleInterface *view = QAccessible::queryAccessibleInterface(m_view.get());
    const QPoint at = m_view->mapToGlobal(m_view->nodeViewRect(u"skip"_s).center().toPoint());
    QAccessibleInterface *node = view->childAt(at.x(), at.y());
    QVERIFY(node && node->text(QAccessible::Name).startsWith(u"skip"_s));
    QVERIFY(node->rect().contains(at));
    node->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(opened.at(0).at(0).toString(), u"skip"_s);
    QCOMPARE(m_view->current().id, u"skip"_s);
}

void TstGraphView::nodeLayoutsHoldTogether()
{
    for (const GraphDirection direction : {GraphDirection::LeftToRight, GraphDirection::TopToBottom}) {
        for (const GraphNode &node : digits().nodes) {
            const NodeLayout layout = nodeLayout(node, direction);
            const QRectF card({}, layout.size);
            for (const QRectF &part : {layout.icon, layout.name, layout.caption, layout.picture, layout.pictureLabel,
                                       layout.shape, layout.share})
                QVERIFY(part.isEmpty() || card.contains(part));
            for (const NodeLayout::Port &port : layout.inputs + layout.outputs)
                QVERIFY(card.adjusted(-1, -1, 1, 1).contains(port.at));
            for (int i = 1; i < layout.inputs.size(); ++i)
                QVERIFY(QLineF(layout.inputs[i].at, layout.inputs[i - 1].at).length() >= 24);
        }
    }
    GraphNode collapsed = digits().nodes[1];
    collapsed.isCollapsed = true;
    QVERIFY(nodeLayout(collapsed, GraphDirection::LeftToRight).size.height() < 50);
}

void TstGraphView::hiddenPortsShowWhenUsed()
{
    GraphNode wide = card(u"wide"_s, {0, 500}, {u"a"_s, u"b"_s, u"c"_s});
    wide.hidesUnusedPorts = true;
    m_model->setNode(wide);
    const qreal before = m_view->nodeRect(u"wide"_s).height();
    m_model->setWire(wire(u"conv1"_s, u"wide"_s, u"y"_s, u"b"_s));
    m_model->setWire(wire(u"conv2"_s, u"wide"_s, u"y"_s, u"c"_s));
    QVERIFY(m_view->nodeRect(u"wide"_s).height() > before);
    QVERIFY(m_view->portPosition({u"wide"_s, u"b"_s}, false) != m_view->portPosition({u"wide"_s, u"c"_s}, false));
    m_model->removeWire(u"conv2.y>wide.c"_s);
    QCOMPARE(m_view->nodeRect(u"wide"_s).height(), before);
}

void TstGraphView::wiresGoRoundNodes()
{
    SpatialIndex nodes;
    nodes.insert(0, QRectF(-168, -30, 168, 90));
    nodes.insert(1, QRectF(800, -30, 168, 90));
    const WireEnds ends{0, {0, 0}, {800, 0}, 0, 1};
    QVERIFY(!routeWire(ends, GraphDirection::LeftToRight, nodes).isRouted);
    const QRectF obstacle(300, -30, 168, 90);
    nodes.insert(2, obstacle);
    const WireRoute route = routeWire(ends, GraphDirection::LeftToRight, nodes);
    QVERIFY(route.isRouted);
    QVERIFY(!touchesRect(wireLine(wirePath(ends.from, ends.to, GraphDirection::LeftToRight, route)), obstacle));
    // To the lower of two ports from below, to the upper from above.
    QVERIFY(routeWire({0, {0, 0}, {800, 40}, 0, 1}, GraphDirection::LeftToRight, nodes).lane > 0);
    QVERIFY(routeWire({0, {0, 0}, {800, -20}, 0, 1}, GraphDirection::LeftToRight, nodes).lane < 0);
    // Two wires the same way run beside each other, those from one port upon each other.
    LaneBook lanes;
    lanes.add(route, {0, 0});
    const WireRoute beside = routeWire({1, {0, 6}, {800, 0}, 0, 1}, GraphDirection::LeftToRight, nodes, lanes);
    QVERIFY(beside.isRouted && std::abs(beside.lane - route.lane) >= 10);
    QCOMPARE(routeWire(ends, GraphDirection::LeftToRight, nodes, lanes).lane, route.lane);
    // Backward, and from top to bottom.
    const WireEnds back{0, {968, 0}, {-168, 0}, 1, 0};
    const WireRoute round = routeWire(back, GraphDirection::LeftToRight, nodes);
    QVERIFY(round.isRouted);
    QVERIFY(!touchesRect(wireLine(wirePath(back.from, back.to, GraphDirection::LeftToRight, round)), obstacle));
    // Back through a narrow gap, as from the end of one row of nodes to the begin of the next.
    SpatialIndex rows;
    rows.insert(0, QRectF(0, 0, 168, 92));
    rows.insert(1, QRectF(200, 0, 168, 92));
    rows.insert(2, QRectF(-400, 140, 168, 92));
    const WireEnds next{0, {168, 28}, {-400, 168}, 0, 2};
    const WireRoute between = routeWire(next, GraphDirection::LeftToRight, rows);
    QVERIFY(between.isRouted && between.lane > 92 && between.lane < 140);
    QVERIFY(!touchesRect(wireLine(wirePath(next.from, next.to, GraphDirection::LeftToRight, between)), rows.rect(1)));
    const std::atomic<bool> goesOn{false};
    const auto down = routeWires({{0, {84, 90}, {84, 900}, 0, 1}}, GraphDirection::TopToBottom,
                                 {QRectF(0, 0, 168, 90), QRectF(0, 900, 168, 90), QRectF(0, 400, 168, 90)}, {}, goesOn);
    QVERIFY(down.front().isRouted);
    QVERIFY(!touchesRect(wireLine(wirePath({84, 90}, {84, 900}, GraphDirection::TopToBottom, down.front())),
                         QRectF(0, 400, 168, 90)));
}

void TstGraphView::viewRoutesWiresByItself()
{
    GraphData data;
    data.nodes = {card(u"a"_s, {0, 0}), card(u"b"_s, {300, 0}), card(u"c"_s, {600, 0})};
    data.wires = {wire(u"a"_s, u"c"_s)};
    m_model->setData(data);
    m_view->setViewState({1, m_view->contentRect().center()});
    const auto isWireBehindB = [this] {
        // Just above and below the node, where a lane would pass, and nowhere within it.
        const QRectF b = m_view->nodeRect(u"b"_s);
        return m_view->spotAt(m_view->toView({b.center().x(), b.bottom() + 22})).part != GraphPart::Wire
            && m_view->spotAt(m_view->toView({b.center().x(), b.top() - 22})).part != GraphPart::Wire;
    };
    QTRY_VERIFY(!isWireBehindB());
    GraphNode away = *m_model->node(u"b"_s);
    away.at = {300, 600};
    m_model->setNode(away);
    QTRY_COMPARE(m_view->spotAt(m_view->toView({400, kFirstPort})).part, GraphPart::Wire); // straight again
}

QTEST_MAIN(TstGraphView)
#include "tst_graph_view.moc"
