// SPDX-License-Identifier: GPL-3.0-or-later
// The model tells what differs, and nothing else.
#include "widgets/graph/graph_model.h"

#include <QtTest/QtTest>

using namespace espalier;

class TstGraphModel : public QObject {
    Q_OBJECT
private slots:
    void tellsOnlyWhatDiffers();
    void removingANodeRemovesItsWires();
    void findsWiresByPort();
};

namespace {

GraphData pair()
{
    GraphNode a;
    a.id = QStringLiteral("a");
    GraphNode b;
    b.id = QStringLiteral("b");
    GraphWire wire;
    wire.id = QStringLiteral("w");
    wire.from = {QStringLiteral("a"), QStringLiteral("y")};
    wire.to = {QStringLiteral("b"), QStringLiteral("x")};
    return {{a, b}, {wire}, {}};
}

} // namespace

void TstGraphModel::tellsOnlyWhatDiffers()
{
    GraphModel model;
    model.setData(pair());
    const QSignalSpy added(&model, &GraphModel::nodeAdded);
    const QSignalSpy changed(&model, &GraphModel::nodeChanged);
    const QSignalSpy wires(&model, &GraphModel::wireChanged);
    GraphData next = pair();
    model.setData(next);
    QCOMPARE(changed.size(), 0);
    next.nodes[1].name = QStringLiteral("dense");
    model.setData(next);
    QCOMPARE(added.size(), 0);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.at(0).at(0).toString(), QStringLiteral("b"));
    QCOMPARE(wires.size(), 0);
}

void TstGraphModel::removingANodeRemovesItsWires()
{
    GraphModel model;
    model.setData(pair());
    const QSignalSpy removed(&model, &GraphModel::wireRemoved);
    model.removeNode(QStringLiteral("b"));
    QCOMPARE(removed.size(), 1);
    QVERIFY(model.wires().isEmpty());
    QVERIFY(model.wiresOf(QStringLiteral("a")).isEmpty());
}

void TstGraphModel::findsWiresByPort()
{
    GraphModel model;
    model.setData(pair());
    QCOMPARE(model.wiresInto({QStringLiteral("b"), QStringLiteral("x")}), QStringList{QStringLiteral("w")});
    QVERIFY(model.wiresInto({QStringLiteral("b"), QStringLiteral("z")}).isEmpty());
    GraphWire moved = *model.wire(QStringLiteral("w"));
    moved.to.port = QStringLiteral("z");
    model.setWire(moved);
    QCOMPARE(model.wiresInto({QStringLiteral("b"), QStringLiteral("z")}), QStringList{QStringLiteral("w")});
    QCOMPARE(model.wiresFrom({QStringLiteral("a"), QStringLiteral("y")}), QStringList{QStringLiteral("w")});
}

QTEST_GUILESS_MAIN(TstGraphModel)
#include "tst_graph_model.moc"
