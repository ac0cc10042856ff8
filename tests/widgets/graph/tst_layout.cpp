// SPDX-License-Identifier: GPL-3.0-or-later
// Auto-layout: no overlaps, wires run forward, chains are straight, what must stay stays.
#include "tests/widgets/graph/graphs.h"
#include "widgets/graph/layout.h"
#include "widgets/graph/node_layout.h"
#include "widgets/graph/spatial_index.h"

#include <QtCore/QRandomGenerator>
#include <QtTest/QtTest>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstLayout : public QObject {
    Q_OBJECT
private slots:
    void nothingOverlapsAndWiresRunForward_data();
    void nothingOverlapsAndWiresRunForward();
    void chainIsStraight();
    void digitsKeepsItsMainChainLevel();
    void cycleIsCutAtOneWire();
    void selectionKeepsItsCentre();
    void pinnedNodesStayAndAreNotCovered();
    void framesStayTogether();
    void sameGraphSameLayout();
    void cancelledGivesNothing();
    void indexFindsWhatTouches();
};

namespace {

GraphData randomGraph(int count, int wires, quint32 seed)
{
    QRandomGenerator random(seed);
    GraphData data;
    for (int i = 0; i < count; ++i) {
        GraphNode node = card(u"n%1"_s.arg(i), {}, {u"x"_s, u"z"_s}, {u"y"_s, u"w"_s});
        if (random.bounded(3) == 0)
            node.shape = u"8"_s;
        if (random.bounded(9) == 0)
            node.form = NodeForm::Dot;
        data.nodes.append(node);
    }
    for (int i = 0; i < wires; ++i) {
        const int a = random.bounded(count);
        const int b = std::min(count - 1, a + 1 + int(random.bounded(std::max(2, count / 8))));
        if (a != b)
            data.wires.append(wire(u"n%1"_s.arg(a), u"n%1"_s.arg(b), random.bounded(2) ? u"y"_s : u"w"_s,
                                   random.bounded(2) ? u"x"_s : u"z"_s));
    }
    return data;
}

QRectF rectOf(const GraphData &data, const QHash<QString, QPointF> &at, const QString &id, GraphDirection direction)
{
    for (const GraphNode &node : data.nodes)
        if (node.id == id)
            return {at.value(id, node.at), nodeLayout(node, direction).size};
    return {};
}

} // namespace

void TstLayout::nothingOverlapsAndWiresRunForward_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("wires");
    QTest::addColumn<bool>("isDown");
    QTest::newRow("one") << 1 << 0 << false;
    QTest::newRow("loose") << 30 << 0 << false;
    QTest::newRow("sparse") << 60 << 50 << false;
    QTest::newRow("dense") << 80 << 240 << false;
    QTest::newRow("down") << 80 << 120 << true;
    QTest::newRow("large") << 600 << 900 << false;
}

void TstLayout::nothingOverlapsAndWiresRunForward()
{
    QFETCH(int, count);
    QFETCH(int, wires);
    QFETCH(bool, isDown);
    LayoutOptions options;
    options.direction = isDown ? GraphDirection::TopToBottom : GraphDirection::LeftToRight;
    const GraphData data = randomGraph(count, wires, 7);
    const auto at = layoutGraph(data, options);
    QCOMPARE(at.size(), count);
    QList<QRectF> rects;
    for (const GraphNode &node : data.nodes)
        rects.append(rectOf(data, at, node.id, options.direction));
    for (int i = 0; i < rects.size(); ++i)
        for (int j = i + 1; j < rects.size(); ++j)
            QVERIFY2(!rects[i].intersects(rects[j]), qPrintable(u"%1 and %2"_s.arg(i).arg(j)));
    for (const GraphWire &each : data.wires) {
        const QRectF from = rectOf(data, at, each.from.node, options.direction);
        const QRectF to = rectOf(data, at, each.to.node, options.direction);
        QVERIFY(isDown ? from.bottom() < to.top() : from.right() < to.left());
    }
}

void TstLayout::chainIsStraight()
{
    GraphData data;
    for (int i = 0; i < 200; ++i) {
        GraphNode node = card(u"n%1"_s.arg(i));
        if (i % 3 == 0)
            node.shape = u"10"_s;
        data.nodes.prepend(node);
        if (i > 0)
            data.wires.append(wire(u"n%1"_s.arg(i - 1), node.id));
    }
    const auto at = layoutGraph(data);
    for (int i = 1; i < 200; ++i)
        QCOMPARE(at[u"n%1"_s.arg(i)].y(), at[u"n0"_s].y());
}

void TstLayout::digitsKeepsItsMainChainLevel()
{
    const auto at = layoutGraph(digits());
    QCOMPARE(at[u"conv1"_s].y(), at[u"conv2"_s].y());
    QCOMPARE(at[u"add"_s].y(), at[u"head"_s].y());
    QCOMPARE(at[u"head"_s].y(), at[u"loss"_s].y());
    QVERIFY(at[u"skip"_s].x() > at[u"digits"_s].x());
}

void TstLayout::cycleIsCutAtOneWire()
{
    GraphData data;
    data.nodes = {card(u"a"_s), card(u"b"_s), card(u"c"_s)};
    data.wires = {wire(u"a"_s, u"b"_s), wire(u"b"_s, u"c"_s), wire(u"c"_s, u"a"_s)};
    const auto at = layoutGraph(data);
    QVERIFY(at[u"a"_s].x() < at[u"b"_s].x());
    QVERIFY(at[u"b"_s].x() < at[u"c"_s].x());
}

void TstLayout::selectionKeepsItsCentre()
{
    GraphData data;
    data.nodes = {card(u"a"_s, {500, 500}), card(u"b"_s, {500, 900}), card(u"c"_s, {-3000, 0})};
    data.wires = {wire(u"a"_s, u"b"_s), wire(u"c"_s, u"a"_s)};
    LayoutOptions options;
    options.only = {u"a"_s, u"b"_s};
    const auto at = layoutGraph(data, options);
    QCOMPARE(at.size(), 2);
    const auto centre = [&](const QHash<QString, QPointF> &places) {
        return (rectOf(data, places, u"a"_s, options.direction) | rectOf(data, places, u"b"_s, options.direction))
            .center();
    };
    QVERIFY(QLineF(centre(at), centre({})).length() <= 1);
    QCOMPARE(at[u"a"_s].y(), at[u"b"_s].y());
}

void TstLayout::pinnedNodesStayAndAreNotCovered()
{
    GraphData data = randomGraph(60, 80, 3);
    data.nodes[0].isPinned = true;
    data.nodes[0].at = {100, 100};
    data.nodes[20].isPinned = true;
    data.nodes[20].at = {600, 140};
    const auto at = layoutGraph(data);
    QCOMPARE(at.size(), 58);
    QVERIFY(!at.contains(u"n0"_s));
    for (int i = 0; i < 60; ++i)
        for (int j = i + 1; j < 60; ++j)
            QVERIFY(!rectOf(data, at, u"n%1"_s.arg(i), {}).intersects(rectOf(data, at, u"n%1"_s.arg(j), {})));
}

void TstLayout::framesStayTogether()
{
    GraphData data;
    for (int i = 0; i < 6; ++i)
        data.nodes.append(card(u"n%1"_s.arg(i), QPointF(300.0 * i, i == 2 || i == 4 ? 400 : 0)));
    data.wires = {wire(u"n0"_s, u"n1"_s), wire(u"n1"_s, u"n2"_s), wire(u"n1"_s, u"n3"_s),
                  wire(u"n2"_s, u"n4"_s), wire(u"n3"_s, u"n5"_s), wire(u"n0"_s, u"n5"_s)};
    GraphFrame frame;
    frame.id = u"f"_s;
    frame.rect = QRectF(580, 380, 900, 200); // around n2 and n4
    data.frames = {frame};
    const auto at = layoutGraph(data);
    const auto frames = framesAfter(data, at);
    QVERIFY(frames.contains(u"f"_s));
    for (int i = 0; i < 6; ++i) {
        const QRectF rect = rectOf(data, at, u"n%1"_s.arg(i), {});
        QCOMPARE(frames[u"f"_s].intersects(rect), i == 2 || i == 4);
    }
}

void TstLayout::sameGraphSameLayout()
{
    const GraphData data = randomGraph(120, 200, 11);
    QCOMPARE(layoutGraph(data), layoutGraph(data));
}

void TstLayout::cancelledGivesNothing()
{
    const std::atomic<bool> cancelled{true};
    LayoutOptions options;
    options.isCancelled = &cancelled;
    QVERIFY(layoutGraph(digits(), options).isEmpty());
}

void TstLayout::indexFindsWhatTouches()
{
    QRandomGenerator random(5);
    SpatialIndex index;
    QList<QRectF> rects;
    for (int i = 0; i < 400; ++i) {
        const qreal size = i % 20 == 0 ? 9000 : 100;
        rects.append(QRectF(random.bounded(8000.0) - 4000, random.bounded(8000.0) - 4000, random.bounded(size) + 1,
                            random.bounded(size) + 1));
        index.insert(i, rects.last());
    }
    for (int i = 0; i < 400; i += 5)
        index.remove(i);
    for (const QRectF &area : {QRectF(0, 0, 300, 200), QRectF(-9000, -9000, 20000, 20000), QRectF(1e12, 0, 5, 5)}) {
        std::vector<int> expected;
        for (int i = 0; i < 400; ++i)
            if (i % 5 != 0 && rects[i].intersects(area))
                expected.push_back(i);
        QCOMPARE(index.find(area), expected);
    }
}

QTEST_GUILESS_MAIN(TstLayout)
#include "tst_layout.moc"
