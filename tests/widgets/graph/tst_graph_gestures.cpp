// SPDX-License-Identifier: GPL-3.0-or-later
// Every gesture of the pointer, by the events that a mouse sends, and the request that comes of it. This
// file is long because it holds one test for each row of the table of gestures.
#include "tests/widgets/graph/graphs.h"
#include "tests/widgets/graph/hand.h"
#include "widgets/common/theme_manager.h"
#include "widgets/graph/graph_model.h"
#include "widgets/graph/node_layout.h"

#include <QtCore/QMimeData>
#include <QtTest/QtTest>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QToolTip>

using namespace espalier;
using namespace Qt::StringLiterals;

using Places = QHash<QString, QPointF>;
using Frames = QHash<QString, QRectF>;

class TstGraphGestures : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup();

    void clickSelects();
    void boxSelects();
    void dragMovesTheSelection();
    void dragSnapsToNeighbours();
    void shiftSnapsToTheGrid();
    void pinnedNodesStay();
    void escapeEndsAnyGesture();
    void altDragDuplicates();
    void nodeLetGoOnAWireIsInserted();
    void wireFromOutputConnects();
    void wireFromFreeInputConnects();
    void wireTakesAnyPortOfTheNodeBelow();
    void whatCannotConnectIsNoTarget();
    void wireLetGoInTheEmptyAsksWhatFits();
    void wireIsTakenOffItsInput();
    void aSelectedWireIsTakenOffItsOutput();
    void boxOverWiresTakesThem();
    void titlesAreHeldUnderAWire();
    void optionalPortsAreHollow();
    void ctrlDragMovesAllWiresOfAPort();
    void altClickClearsAPort();
    void strokesCutRerouteAndBypass();
    void wiresAreReroutedByClicks();
    void doubleClicksOpenRenameAndAdd();
    void rightClickAsksForAMenu();
    void framesMoveWithTheirNodesAndResize();
    void viewPans();
    void wheelZoomsAtThePointer();
    void pinchZooms();
    void edgesScroll();
    void whatVanishesUnderTheHandIsLetGo();
    void tipsExplain();
    void dropsComeFromOutside();
    void readOnlyAsksForNothing();
    void keymapsMayChangeTheModifiers();
    void minimapAndZoomBoxMoveTheView();
    void dotMovesByItsMiddle();

private:
    QPointF middle(const QString &node) const { return m_view->nodeRect(node).center(); }
    QPointF output(const QString &node, const QString &port = u"y"_s) const
    {
        return m_view->portPosition({node, port}, true);
    }
    QPointF input(const QString &node, const QString &port = u"x"_s) const
    {
        return m_view->portPosition({node, port}, false);
    }
    void drop(const QMimeData &data, const QPointF &scene);

    std::unique_ptr<GraphModel> m_model;
    std::unique_ptr<GraphView> m_view;
    std::unique_ptr<Hand> m_hand;
};

/// a → b, and c and d by themselves, below.
void TstGraphGestures::init()
{
    QTest::failOnWarning(QRegularExpression(u"^(?!This plugin does not support)"_s)); // the platform without windows
    ThemeManager::instance().setReducedMotion(true);
    m_model = std::make_unique<GraphModel>();
    m_view = std::make_unique<GraphView>(m_model.get());
    m_hand = std::make_unique<Hand>(*m_view);
    GraphData data;
    data.nodes = {card(u"a"_s, {0, 0}), card(u"b"_s, {500, 0}), card(u"c"_s, {0, 300}), card(u"d"_s, {500, 300})};
    data.wires = {wire(u"a"_s, u"b"_s)};
    m_model->setData(data);
    m_view->resize(1000, 700);
    m_view->setViewState({1, {330, 200}});
    m_view->show();
    m_view->setFocus();
}

void TstGraphGestures::cleanup()
{
    m_hand.reset();
    m_view.reset();
    m_model.reset();
}

void TstGraphGestures::clickSelects()
{
    const QSignalSpy changed(m_view.get(), &GraphView::selectionChanged);
    m_hand->click(middle(u"a"_s));
    QCOMPARE(m_view->selection().nodes, QSet<QString>{u"a"_s});
    QCOMPARE(m_view->current().id, u"a"_s);
    m_hand->click(middle(u"b"_s), Qt::ShiftModifier);
    QCOMPARE(m_view->selection().nodes, (QSet<QString>{u"a"_s, u"b"_s}));
    m_hand->click(middle(u"a"_s), Qt::ControlModifier);
    QCOMPARE(m_view->selection().nodes, QSet<QString>{u"b"_s});
    m_hand->click((output(u"a"_s) + input(u"b"_s)) / 2);
    QCOMPARE(m_view->selection().wires, QSet<QString>{u"a.y>b.x"_s});
    QVERIFY(m_view->selection().nodes.isEmpty());
    m_hand->click({330, 200});
    QVERIFY(m_view->selection().isEmpty());
    QCOMPARE(changed.size(), 5);
}

void TstGraphGestures::boxSelects()
{
    m_hand->drag({-60, -60}, {200, 400});
    QCOMPARE(m_view->selection().nodes, (QSet<QString>{u"a"_s, u"c"_s}));
    m_hand->drag({460, -40}, {700, 100}, Qt::ShiftModifier);
    QCOMPARE(m_view->selection().nodes, (QSet<QString>{u"a"_s, u"b"_s, u"c"_s}));
    m_hand->drag({-60, -60}, {700, 100}, Qt::ControlModifier);
    QCOMPARE(m_view->selection().nodes, QSet<QString>{u"c"_s});
}

void TstGraphGestures::dragMovesTheSelection()
{
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    m_view->setSelection({{u"c"_s, u"d"_s}, {}, {}});
    m_hand->drag(middle(u"c"_s), middle(u"c"_s) + QPointF(37, 61));
    QCOMPARE(moved.size(), 1);
    const Places expected{{u"c"_s, {37, 361}}, {u"d"_s, {537, 361}}};
    QCOMPARE(moved.at(0).at(0).value<Places>(), expected);
    QCOMPARE(m_view->nodeRect(u"c"_s).topLeft(), QPointF(0, 300)); // the view asks, and moves nothing itself
    m_hand->drag(middle(u"a"_s), middle(u"a"_s) + QPointF(0, 150));
    QCOMPARE(moved.at(1).at(0).value<Places>(), (Places{{u"a"_s, {0, 150}}}));
}

void TstGraphGestures::dragSnapsToNeighbours()
{
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    m_hand->drag(middle(u"d"_s), middle(u"d"_s) + QPointF(4, 80));
    QCOMPARE(moved.at(0).at(0).value<Places>()[u"d"_s].x(), 500.0); // above it is b
}

void TstGraphGestures::shiftSnapsToTheGrid()
{
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    m_hand->click(middle(u"c"_s));
    m_hand->press(middle(u"c"_s));
    m_hand->hover(middle(u"c"_s), middle(u"c"_s) + QPointF(70, 77), Qt::ShiftModifier);
    m_hand->release(middle(u"c"_s) + QPointF(0, 0), Qt::LeftButton, Qt::ShiftModifier);
    QCOMPARE(moved.size(), 1);
    const QPointF at = moved.at(0).at(0).value<Places>()[u"c"_s];
    QCOMPARE(std::fmod(at.x(), kGridStep), 0.0);
    QCOMPARE(std::fmod(at.y(), kGridStep), 0.0);
    m_view->setSnapsToGrid(true);
    m_view->setGridSize(50);
    m_hand->drag(middle(u"c"_s), middle(u"c"_s) + QPointF(70, 77));
    QCOMPARE(moved.at(1).at(0).value<Places>()[u"c"_s], QPointF(50, 400));
}

void TstGraphGestures::pinnedNodesStay()
{
    GraphNode pinned = *m_model->node(u"c"_s);
    pinned.isPinned = true;
    m_model->setNode(pinned);
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    m_view->setSelection({{u"c"_s, u"d"_s}, {}, {}});
    m_hand->drag(middle(u"d"_s), middle(u"d"_s) + QPointF(-90, 90));
    QCOMPARE(moved.at(0).at(0).value<Places>().keys(), QStringList{u"d"_s});
}

void TstGraphGestures::escapeEndsAnyGesture()
{
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    const QSignalSpy dropped(m_view.get(), &GraphView::wireDroppedInEmpty);
    for (const QPointF &from : {middle(u"c"_s), output(u"c"_s), QPointF(300, 200)}) {
        m_hand->press(from);
        m_hand->hover(from, from + QPointF(50, 130));
        QVERIFY(m_view->hasGesture());
        QKeyEvent override(QEvent::ShortcutOverride, Qt::Key_Escape, Qt::NoModifier);
        override.ignore();
        QApplication::sendEvent(m_view.get(), &override);
        QVERIFY(override.isAccepted()); // no shortcut of the window takes it
        QTest::keyClick(m_view.get(), Qt::Key_Escape);
        QVERIFY(!m_view->hasGesture());
        QCOMPARE(m_view->nodeRect(u"c"_s).topLeft(), QPointF(0, 300));
        m_hand->release(from + QPointF(50, 130));
    }
    QCOMPARE(moved.size() + dropped.size(), 0);
}

void TstGraphGestures::altDragDuplicates()
{
    const QSignalSpy copied(m_view.get(), &GraphView::duplicateRequested);
    m_hand->drag(middle(u"c"_s), middle(u"c"_s) + QPointF(31, 133), Qt::AltModifier);
    QCOMPARE(copied.size(), 1);
    QCOMPARE(copied.at(0).at(0).toStringList(), QStringList{u"c"_s});
    QCOMPARE(copied.at(0).at(1).toPointF(), QPointF(31, 133));
}

void TstGraphGestures::nodeLetGoOnAWireIsInserted()
{
    const QSignalSpy inserted(m_view.get(), &GraphView::insertOnWireRequested);
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    const QPointF onWire = (output(u"a"_s) + input(u"b"_s)) / 2;
    m_hand->drag(middle(u"c"_s), onWire);
    QCOMPARE(inserted.size(), 1);
    QCOMPARE(inserted.at(0).at(1).toString(), u"a.y>b.x"_s);
    QVERIFY(inserted.at(0).at(0).value<Places>().contains(u"c"_s));
    m_hand->press(middle(u"c"_s));
    m_hand->hover(middle(u"c"_s), onWire);
    m_hand->move(onWire, Qt::AltModifier);
    m_hand->release(onWire, Qt::LeftButton, Qt::AltModifier);
    QCOMPARE(inserted.size(), 1);
    QCOMPARE(moved.size(), 1);
    m_view->setCanInsert([](const QStringList &, const QString &) { return false; });
    m_hand->drag(middle(u"c"_s), onWire);
    QCOMPARE(inserted.size(), 1);
}

void TstGraphGestures::wireFromOutputConnects()
{
    const QSignalSpy connected(m_view.get(), &GraphView::connectRequested);
    m_hand->drag(output(u"c"_s), input(u"d"_s) + QPointF(-20, 6)); // near is enough
    QCOMPARE(connected.size(), 1);
    QCOMPARE(connected.at(0).at(0).value<GraphEnd>(), (GraphEnd{u"c"_s, u"y"_s}));
    QCOMPARE(connected.at(0).at(1).value<GraphEnd>(), (GraphEnd{u"d"_s, u"x"_s}));
}

void TstGraphGestures::wireFromFreeInputConnects()
{
    const QSignalSpy connected(m_view.get(), &GraphView::connectRequested);
    m_hand->drag(input(u"d"_s), output(u"c"_s));
    QCOMPARE(connected.at(0).at(0).value<GraphEnd>(), (GraphEnd{u"c"_s, u"y"_s}));
    QCOMPARE(connected.at(0).at(1).value<GraphEnd>(), (GraphEnd{u"d"_s, u"x"_s}));
}

void TstGraphGestures::wireTakesAnyPortOfTheNodeBelow()
{
    const QSignalSpy connected(m_view.get(), &GraphView::connectRequested);
    m_hand->drag(output(u"c"_s), middle(u"d"_s) + QPointF(30, 10));
    QCOMPARE(connected.size(), 1);
    QCOMPARE(connected.at(0).at(1).value<GraphEnd>().node, u"d"_s);
}

void TstGraphGestures::whatCannotConnectIsNoTarget()
{
    const QSignalSpy connected(m_view.get(), &GraphView::connectRequested);
    const QSignalSpy dropped(m_view.get(), &GraphView::wireDroppedInEmpty);
    m_view->setCanConnect([](const GraphEnd &, const GraphEnd &to) { return to.node != u"d"_s; });
    m_hand->drag(output(u"c"_s), input(u"d"_s));
    QCOMPARE(connected.size(), 0);
    QCOMPARE(dropped.size(), 1);
    m_hand->drag(output(u"c"_s), input(u"b"_s));
    QCOMPARE(connected.size(), 1);
}

void TstGraphGestures::wireLetGoInTheEmptyAsksWhatFits()
{
    const QSignalSpy dropped(m_view.get(), &GraphView::wireDroppedInEmpty);
    m_hand->drag(output(u"c"_s), {300, 450});
    QCOMPARE(dropped.at(0).at(0).value<GraphEnd>(), (GraphEnd{u"c"_s, u"y"_s}));
    QCOMPARE(dropped.at(0).at(1).toBool(), true);
    QCOMPARE(dropped.at(0).at(2).toPointF(), QPointF(300, 450));
    QCOMPARE(dropped.at(0).at(3).toPoint(), m_view->mapToGlobal(m_view->toView({300, 450}).toPoint()));
    m_hand->drag(input(u"d"_s), {300, 450});
    QCOMPARE(dropped.at(1).at(1).toBool(), false);
}

void TstGraphGestures::wireIsTakenOffItsInput()
{
    const QSignalSpy rewired(m_view.get(), &GraphView::rewireRequested);
    const QSignalSpy cut(m_view.get(), &GraphView::disconnectRequested);
    m_hand->drag(input(u"b"_s), input(u"d"_s));
    QCOMPARE(rewired.at(0).at(0).toString(), u"a.y>b.x"_s);
    QCOMPARE(rewired.at(0).at(1).value<GraphEnd>(), (GraphEnd{u"d"_s, u"x"_s}));
    QCOMPARE(rewired.at(0).at(2).value<WireSide>(), WireSide::To);
    m_hand->press(input(u"b"_s));
    m_hand->hover(input(u"b"_s), {300, 200});
    m_hand->hover({300, 200}, input(u"b"_s));
    m_hand->release(input(u"b"_s)); // back where it was
    QCOMPARE(rewired.size(), 1);
    m_hand->drag(input(u"b"_s), {300, 200});
    QCOMPARE(cut.at(0).at(0).toStringList(), QStringList{u"a.y>b.x"_s});
}

void TstGraphGestures::aSelectedWireIsTakenOffItsOutput()
{
    const QSignalSpy rewired(m_view.get(), &GraphView::rewireRequested);
    const QSignalSpy connected(m_view.get(), &GraphView::connectRequested);
    const QSignalSpy cut(m_view.get(), &GraphView::disconnectRequested);
    m_hand->drag(output(u"a"_s), input(u"d"_s)); // not selected: a new wire
    QCOMPARE(connected.size(), 1);
    m_hand->click((output(u"a"_s) + input(u"b"_s)) / 2);
    m_hand->drag(output(u"a"_s), output(u"c"_s));
    QCOMPARE(rewired.at(0).at(0).toString(), u"a.y>b.x"_s);
    QCOMPARE(rewired.at(0).at(1).value<GraphEnd>(), (GraphEnd{u"c"_s, u"y"_s}));
    QCOMPARE(rewired.at(0).at(2).value<WireSide>(), WireSide::From);
    m_hand->drag(output(u"a"_s), {300, 200});
    QCOMPARE(cut.at(0).at(0).toStringList(), QStringList{u"a.y>b.x"_s});
    QCOMPARE(connected.size(), 1);
}

void TstGraphGestures::boxOverWiresTakesThem()
{
    m_hand->drag({300, -60}, {340, 120});
    QCOMPARE(m_view->selection().wires, QSet<QString>{u"a.y>b.x"_s});
    QVERIFY(m_view->selection().nodes.isEmpty());
    m_hand->drag({300, -60}, {700, 120}); // with a node in it, wires go with their nodes
    QCOMPARE(m_view->selection().nodes, QSet<QString>{u"b"_s});
    QVERIFY(m_view->selection().wires.isEmpty());
    m_hand->drag({300, -60}, {340, 120}, Qt::ShiftModifier);
    QCOMPARE(m_view->selection().wires, QSet<QString>{u"a.y>b.x"_s});
    QCOMPARE(m_view->selection().nodes, QSet<QString>{u"b"_s});
    m_hand->drag({300, -60}, {340, 120}, Qt::ControlModifier);
    QVERIFY(m_view->selection().wires.isEmpty());
}

void TstGraphGestures::titlesAreHeldUnderAWire()
{
    GraphFrame frame;
    frame.id = u"f"_s;
    frame.rect = QRectF(220, kFirstPort - 14, 240, 160); // the wire runs through its title
    m_model->setFrame(frame);
    const QPointF title(330, kFirstPort);
    QCOMPARE(m_view->spotAt(m_view->toView(title)).part, GraphPart::Frame);
    const QSignalSpy changed(m_view.get(), &GraphView::frameChangeRequested);
    m_hand->drag(title, title + QPointF(0, 90));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.at(0).at(1).toRectF().topLeft(), frame.rect.topLeft() + QPointF(0, 90));
    QCOMPARE(m_view->spotAt(m_view->toView({180, kFirstPort})).part, GraphPart::Wire); // beside it, the wire
}

void TstGraphGestures::optionalPortsAreHollow()
{
    const auto middleOf
        = [this](const QPointF &port) { return m_view->grab().toImage().pixelColor(m_view->toView(port).toPoint()); };
    const QColor required = middleOf(input(u"d"_s));
    GraphNode node = *m_model->node(u"d"_s);
    node.inputs.first().isOptional = true;
    m_model->setNode(node);
    QVERIFY(middleOf(input(u"d"_s)) != required);
    const QPoint at = m_view->toView(input(u"d"_s)).toPoint();
    QHelpEvent help(QEvent::ToolTip, at, m_view->mapToGlobal(at));
    QApplication::sendEvent(m_view.get(), &help);
    QVERIFY(QToolTip::text().contains(u"Optional"_s));
    QToolTip::hideText();
}

void TstGraphGestures::ctrlDragMovesAllWiresOfAPort()
{
    m_model->setWire(wire(u"a"_s, u"d"_s));
    const QSignalSpy moved(m_view.get(), &GraphView::moveWiresRequested);
    m_hand->drag(output(u"a"_s), output(u"c"_s), Qt::ControlModifier);
    QCOMPARE(moved.size(), 1);
    QCOMPARE(moved.at(0).at(0).value<GraphEnd>(), (GraphEnd{u"a"_s, u"y"_s}));
    QCOMPARE(moved.at(0).at(1).value<GraphEnd>(), (GraphEnd{u"c"_s, u"y"_s}));
    QCOMPARE(moved.at(0).at(2).toBool(), true);
}

void TstGraphGestures::altClickClearsAPort()
{
    const QSignalSpy cleared(m_view.get(), &GraphView::clearPortRequested);
    m_hand->click(input(u"b"_s), Qt::AltModifier);
    QCOMPARE(cleared.at(0).at(0).value<GraphEnd>(), (GraphEnd{u"b"_s, u"x"_s}));
    QCOMPARE(cleared.at(0).at(1).toBool(), false);
}

void TstGraphGestures::strokesCutRerouteAndBypass()
{
    const QSignalSpy cut(m_view.get(), &GraphView::knifeRequested);
    const QSignalSpy dots(m_view.get(), &GraphView::rerouteRequested);
    const QSignalSpy bypassed(m_view.get(), &GraphView::bypassRequested);
    const QSignalSpy menus(m_view.get(), &GraphView::contextMenuRequested);
    m_hand->drag({330, -60}, {330, 120}, Qt::ControlModifier, Qt::RightButton);
    QCOMPARE(cut.at(0).at(0).toStringList(), QStringList{u"a.y>b.x"_s});
    m_hand->drag({330, -60}, {330, 120}, Qt::ShiftModifier, Qt::RightButton);
    QCOMPARE(dots.at(0).at(0).toStringList(), QStringList{u"a.y>b.x"_s});
    const QPointF at = dots.at(0).at(1).value<QList<QPointF>>().first();
    QVERIFY(QLineF(at, {330, kFirstPort}).length() < 2);
    m_hand->drag({-60, 310}, {200, 330}, Qt::ControlModifier | Qt::AltModifier, Qt::RightButton);
    QCOMPARE(bypassed.at(0).at(0).toStringList(), QStringList{u"c"_s});
    QCOMPARE(menus.size(), 0);
}

void TstGraphGestures::wiresAreReroutedByClicks()
{
    const QSignalSpy dots(m_view.get(), &GraphView::rerouteRequested);
    const QPointF onWire(300, kFirstPort + 2);
    m_hand->click(onWire, Qt::AltModifier);
    QCOMPARE(dots.size(), 1);
    m_hand->doubleClick(onWire);
    QCOMPARE(dots.size(), 2);
    QCOMPARE(dots.at(1).at(0).toStringList(), QStringList{u"a.y>b.x"_s});
}

void TstGraphGestures::doubleClicksOpenRenameAndAdd()
{
    GraphNode block = *m_model->node(u"d"_s);
    block.form = NodeForm::Stack;
    m_model->setNode(block);
    GraphFrame frame;
    frame.id = u"f"_s;
    frame.rect = QRectF(180, 120, 280, 160);
    m_model->setFrame(frame);
    const QSignalSpy opened(m_view.get(), &GraphView::openRequested);
    const QSignalSpy renamed(m_view.get(), &GraphView::renameRequested);
    const QSignalSpy titled(m_view.get(), &GraphView::frameRenameRequested);
    const QSignalSpy added(m_view.get(), &GraphView::quickAddRequested);
    m_hand->doubleClick(m_view->nodeRect(u"c"_s).topLeft() + QPointF(20, 20)); // the icon
    m_hand->doubleClick(m_view->nodeRect(u"d"_s).topLeft() + QPointF(60, 20)); // a block goes in, name or not
    QCOMPARE(opened.size(), 2);
    m_hand->doubleClick(m_view->nodeRect(u"c"_s).topLeft() + QPointF(60, 20));
    QCOMPARE(renamed.at(0).at(0).toString(), u"c"_s);
    m_hand->doubleClick(frame.rect.topLeft() + QPointF(90, 16));
    QCOMPARE(titled.at(0).at(0).toString(), u"f"_s);
    m_hand->doubleClick({330, 500});
    QCOMPARE(added.at(0).at(0).toPointF(), QPointF(330, 500));
}

void TstGraphGestures::rightClickAsksForAMenu()
{
    const QSignalSpy menus(m_view.get(), &GraphView::contextMenuRequested);
    m_hand->click(middle(u"c"_s), {}, Qt::RightButton);
    m_hand->click({330, 200}, {}, Qt::RightButton);
    m_hand->click({330, kFirstPort}, {}, Qt::RightButton);
    QCOMPARE(menus.size(), 3);
    QCOMPARE(menus.at(0).at(0).value<GraphSpot>(), (GraphSpot{GraphPart::Node, u"c"_s, {}}));
    QCOMPARE(menus.at(1).at(0).value<GraphSpot>().part, GraphPart::Nothing);
    QCOMPARE(menus.at(2).at(0).value<GraphSpot>(), (GraphSpot{GraphPart::Wire, u"a.y>b.x"_s, {}}));
    QCOMPARE(m_view->selection().wires, QSet<QString>{u"a.y>b.x"_s});
    m_view->setCurrent({GraphPart::Node, u"a"_s, {}});
    QContextMenuEvent key(QContextMenuEvent::Keyboard, {}, {});
    QApplication::sendEvent(m_view.get(), &key);
    QCOMPARE(menus.at(3).at(0).value<GraphSpot>(), (GraphSpot{GraphPart::Node, u"a"_s, {}}));
}

void TstGraphGestures::framesMoveWithTheirNodesAndResize()
{
    GraphFrame frame;
    frame.id = u"f"_s;
    frame.rect = QRectF(-40, 240, 280, 180); // around c
    m_model->setFrame(frame);
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    const QSignalSpy resized(m_view.get(), &GraphView::frameChangeRequested);
    const QPointF title = frame.rect.topLeft() + QPointF(90, 18);
    m_hand->drag(title, title + QPointF(30, -77));
    QCOMPARE(m_view->selection().frames, QSet<QString>{u"f"_s});
    QCOMPARE(resized.size(), 1);
    QCOMPARE(resized.at(0).at(1).toRectF(), frame.rect.translated(30, -77));
    QCOMPARE(resized.at(0).at(2).value<Places>(), (Places{{u"c"_s, {30, 223}}}));
    m_view->setSelection({{u"d"_s}, {}, {u"f"_s}});
    m_hand->drag(title, title + QPointF(30, -77));
    QCOMPARE(moved.size(), 1);
    QCOMPARE(moved.at(0).at(0).value<Places>(), (Places{{u"c"_s, {30, 223}}, {u"d"_s, {530, 223}}}));
    QCOMPARE(moved.at(0).at(1).value<Frames>(), (Frames{{u"f"_s, frame.rect.translated(30, -77)}}));
    m_hand->drag(frame.rect.bottomRight(), frame.rect.bottomRight() + QPointF(45, 20));
    QCOMPARE(resized.at(1).at(0).toString(), u"f"_s);
    QCOMPARE(resized.at(1).at(1).toRectF(), frame.rect.adjusted(0, 0, 45, 20));
    m_hand->drag({frame.rect.left(), 330}, {frame.rect.left() + 2000, 330}); // never inside out
    QVERIFY(resized.at(2).at(1).toRectF().width() > 50);
}

void TstGraphGestures::viewPans()
{
    const QPointF before = m_view->viewState().centre;
    m_hand->drag({330, 200}, {300, 190}, {}, Qt::MiddleButton);
    QVERIFY(QLineF(m_view->viewState().centre, before).length() > 10);
    m_view->setViewState({1, before});
    QTest::keyPress(m_view.get(), Qt::Key_Space);
    m_hand->drag(middle(u"c"_s), middle(u"c"_s) + QPointF(40, 0)); // also on a node
    QTest::keyRelease(m_view.get(), Qt::Key_Space);
    QVERIFY(m_view->viewState().centre.x() < before.x() - 20);
    PointerBindings bindings;
    bindings.pan.append({Qt::RightButton, Qt::NoModifier});
    m_view->setPointerBindings(bindings);
    m_view->setViewState({1, before});
    m_hand->drag({330, 200}, {400, 200}, {}, Qt::RightButton);
    QVERIFY(m_view->viewState().centre.x() < before.x() - 20);
}

void TstGraphGestures::wheelZoomsAtThePointer()
{
    const QPointF at(200, 150);
    const QPointF scene = m_view->toScene(at);
    m_hand->wheel(at, 120);
    QCOMPARE(m_view->zoom(), 1.2);
    QVERIFY(QLineF(m_view->toScene(at), scene).length() < 1.5); // whole pixels
    m_hand->wheel(at, -120);
    QCOMPARE(m_view->zoom(), 1.0);
    const qreal x = m_view->viewState().centre.x();
    m_hand->wheel(at, 120, Qt::ShiftModifier);
    QCOMPARE(m_view->zoom(), 1.0);
    QVERIFY(m_view->viewState().centre.x() < x);
}

void TstGraphGestures::pinchZooms()
{
    const QPointF at(200, 150);
    QNativeGestureEvent pinch(Qt::ZoomNativeGesture, QPointingDevice::primaryPointingDevice(), 2, at, at,
                              m_view->mapToGlobal(at), 0.25, {});
    QApplication::sendEvent(m_view.get(), &pinch);
    QCOMPARE(m_view->zoom(), 1.25);
}

void TstGraphGestures::whatVanishesUnderTheHandIsLetGo()
{
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    const QSignalSpy cut(m_view.get(), &GraphView::disconnectRequested);
    const QSignalSpy copied(m_view.get(), &GraphView::duplicateRequested);
    m_view->setSelection({{u"c"_s, u"d"_s}, {}, {}});
    m_hand->press(middle(u"c"_s));
    m_hand->hover(middle(u"c"_s), middle(u"c"_s) + QPointF(90, 90));
    m_model->removeNode(u"d"_s);
    m_hand->release(middle(u"c"_s));
    QVERIFY(moved.isEmpty() || !moved.at(0).at(0).value<Places>().contains(u"d"_s));
    m_hand->press(middle(u"c"_s), Qt::LeftButton, Qt::AltModifier);
    m_hand->hover(middle(u"c"_s), middle(u"c"_s) + QPointF(90, 90), Qt::AltModifier);
    m_model->removeNode(u"c"_s);
    QVERIFY(!m_view->hasGesture());
    m_hand->release({300, 300});
    QCOMPARE(copied.size(), 0);
    m_hand->press(input(u"b"_s));
    m_hand->hover(input(u"b"_s), {300, 200});
    m_model->removeWire(u"a.y>b.x"_s);
    m_hand->release({300, 200});
    QCOMPARE(cut.size(), 0);
}

void TstGraphGestures::tipsExplain()
{
    GraphNode told = *m_model->node(u"a"_s);
    told.tip = u"Multiplies by weights and adds a bias."_s;
    told.problem = u"a has no input."_s;
    m_model->setNode(told);
    const auto tipAt = [this](const QPointF &scene) {
        const QPoint at = m_view->toView(scene).toPoint();
        QHelpEvent help(QEvent::ToolTip, at, m_view->mapToGlobal(at));
        QApplication::sendEvent(m_view.get(), &help);
        return QToolTip::text();
    };
    QCOMPARE(tipAt(middle(u"a"_s)), u"a has no input.\nMultiplies by weights and adds a bias."_s);
    QCOMPARE(tipAt({330, kFirstPort}), u"From a to b"_s);
    QCOMPARE(tipAt(output(u"c"_s)), u"y"_s);
}

void TstGraphGestures::edgesScroll()
{
    const qreal x = m_view->viewState().centre.x();
    m_hand->press(middle(u"c"_s));
    m_hand->hover(middle(u"c"_s), middle(u"c"_s) + QPointF(60, 0));
    m_hand->moveInView({m_view->width() - 4.0, 350});
    QTRY_VERIFY(m_view->viewState().centre.x() > x + 60);
    QTest::keyClick(m_view.get(), Qt::Key_Escape);
}

void TstGraphGestures::drop(const QMimeData &data, const QPointF &scene)
{
    const QPoint at = m_view->toView(scene).toPoint();
    QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_view.get(), &enter);
    if (!enter.isAccepted())
        return;
    QDragMoveEvent move(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_view.get(), &move);
    QDropEvent drop(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_view.get(), &drop);
}

void TstGraphGestures::dropsComeFromOutside()
{
    const QSignalSpy dropped(m_view.get(), &GraphView::dropRequested);
    QMimeData layer;
    layer.setData(u"application/x-layer"_s, "dense");
    drop(layer, {330, 200});
    QCOMPARE(dropped.size(), 0);
    m_view->setAcceptedMimeTypes({u"application/x-layer"_s});
    m_view->setCanDropOnWire([](const QMimeData *, const QString &) { return true; });
    drop(layer, {330, 200});
    drop(layer, {330, kFirstPort + 4});
    QMimeData text;
    text.setText(u"dense"_s);
    drop(text, {330, 200});
    QCOMPARE(dropped.size(), 2);
    QCOMPARE(dropped.at(0).at(2).toString(), QString());
    QVERIFY(QLineF(dropped.at(0).at(1).toPointF(), {330, 200}).length() < 1);
    QCOMPARE(dropped.at(1).at(2).toString(), u"a.y>b.x"_s);
}

void TstGraphGestures::readOnlyAsksForNothing()
{
    m_view->setReadOnly(true);
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    const QSignalSpy connected(m_view.get(), &GraphView::connectRequested);
    const QSignalSpy cut(m_view.get(), &GraphView::knifeRequested);
    const QSignalSpy added(m_view.get(), &GraphView::quickAddRequested);
    const QSignalSpy opened(m_view.get(), &GraphView::openRequested);
    m_hand->drag(middle(u"c"_s), middle(u"c"_s) + QPointF(60, 60));
    m_hand->drag(output(u"c"_s), input(u"d"_s));
    m_hand->drag({330, -60}, {330, 120}, Qt::ControlModifier, Qt::RightButton);
    m_hand->doubleClick({330, 200});
    QCOMPARE(moved.size() + connected.size() + cut.size() + added.size(), 0);
    m_hand->doubleClick(middle(u"c"_s));
    QCOMPARE(opened.size(), 1);
}

void TstGraphGestures::keymapsMayChangeTheModifiers()
{
    PointerBindings comfy;
    comfy.pan.append({Qt::LeftButton, Qt::NoModifier});
    comfy.boxSelect = {Qt::LeftButton, Qt::ControlModifier};
    m_view->setPointerBindings(comfy);
    const QPointF before = m_view->viewState().centre;
    m_hand->drag({300, 200}, {360, 200});
    QVERIFY(m_view->viewState().centre.x() < before.x() - 30);
    QVERIFY(m_view->selection().isEmpty());
    m_view->setViewState({1, before});
    m_hand->drag({-60, -60}, {200, 400}, Qt::ControlModifier);
    QCOMPARE(m_view->selection().nodes, (QSet<QString>{u"a"_s, u"c"_s}));
}

void TstGraphGestures::minimapAndZoomBoxMoveTheView()
{
    auto *map = m_view->findChild<QWidget *>(u"minimap"_s);
    QVERIFY(map && map->isVisible());
    map->grab(); // knows its scale once it was drawn
    const QPointF before = m_view->viewState().centre;
    QTest::mouseClick(map, Qt::LeftButton, {}, {map->width() - 10, map->height() - 10});
    QVERIFY(m_view->viewState().centre.x() > before.x() + 50);
    for (const auto &[name, least, most] : {std::tuple(u"Zoom in"_s, 1.2, 1.3), std::tuple(u"Zoom out"_s, 0.99, 1.01),
                                            std::tuple(u"Fit all"_s, 0.5, 1.0)}) {
        QAbstractButton *found = nullptr;
        for (QAbstractButton *button : m_view->findChildren<QAbstractButton *>())
            if (button->accessibleName() == name)
                found = button;
        QVERIFY(found);
        QVERIFY(found->width() >= 24 && found->height() >= 24);
        QTest::mouseClick(found, Qt::LeftButton);
        QVERIFY2(m_view->zoom() >= least && m_view->zoom() <= most, qPrintable(name));
    }
    QVERIFY(QRectF(m_view->rect()).contains(m_view->nodeViewRect(u"d"_s)));
    m_view->setMinimapVisible(false);
    QVERIFY(!map->isVisible());
}

void TstGraphGestures::dotMovesByItsMiddle()
{
    GraphNode dot = card(u"dot"_s, {300, 400});
    dot.form = NodeForm::Dot;
    m_model->setNode(dot);
    const QSignalSpy moved(m_view.get(), &GraphView::moveRequested);
    const QSignalSpy dropped(m_view.get(), &GraphView::wireDroppedInEmpty);
    m_hand->drag(middle(u"dot"_s), middle(u"dot"_s) + QPointF(50, 70));
    QCOMPARE(moved.size(), 1);
    m_hand->drag(output(u"dot"_s) + QPointF(5, 0), {400, 550});
    QCOMPARE(dropped.size(), 1);
}

QTEST_MAIN(TstGraphGestures)
#include "tst_graph_gestures.moc"
