// SPDX-License-Identifier: GPL-3.0-or-later
// What stands on the canvas and in the status line while one draws, and how little is painted for it.
#include "gui/document/studio_document.h"
#include "gui/models/document_sync.h"
#include "tests/gui/window/studio.h"

using namespace espalier;

class TstLive : public QObject {
    Q_OBJECT
private slots:
    void init();
    void movingOneNodePaintsItAndItsWires();
    void shapesAndParametersStandOnNodesAndWires();
    void totalsStandInTheStatusLine();
    void aNewNumberChangesWhatFollowsFromIt();
    void aRenamePaintsOneNode();

private:
    std::unique_ptr<Studio> m_studio;
};

void TstLive::init()
{
    m_studio.reset();
    m_studio = std::make_unique<Studio>(realEngine());
    QVERIFY(m_studio->openDigits());
    QTRY_COMPARE(m_studio->answers().total.parameters, 13754.0);
    QTest::qWait(0);
}

namespace {

/// Lets everything be painted, and says what was.
GraphView::PaintCounts painted(Studio &studio)
{
    QTest::qWait(20);
    studio.window().repaint();
    return studio.view().paintCounts();
}

bool isAtRest(Studio &studio)
{
    const qint64 before = studio.view().paintCounts().frames;
    QTest::qWait(120); // until routes and map have come to rest
    return studio.view().paintCounts().frames == before;
}

} // namespace

void TstLive::movingOneNodePaintsItAndItsWires()
{
    Studio &studio = *m_studio;
    studio.select({QStringLiteral("dropout")});
    // In the middle, so that nothing scrolls.
    studio.view().setViewState({0.8, studio.middleOf(QStringLiteral("dropout")) + QPointF(0, 150)});
    // Alone below the others; its wires lead to two nodes, whose edges they touch.
    const QPointF start = studio.middleOf(QStringLiteral("dropout"));
    const QPointF from = start + QPointF(0, 150);
    Hand hand = studio.hand();
    hand.drag(start, from);
    QTRY_VERIFY(isAtRest(studio));
    hand.press(from);
    hand.move(from + QPointF(0, 30));
    QTRY_VERIFY(isAtRest(studio));
    const GraphView::PaintCounts before = studio.view().paintCounts();
    hand.move(from + QPointF(0, 36));
    QTRY_VERIFY(studio.view().paintCounts().frames > before.frames);
    const GraphView::PaintCounts after = studio.view().paintCounts();
    const qint64 frames = after.frames - before.frames;
    QVERIFY2(after.nodes - before.nodes <= 3 * frames, qPrintable(QString::number(after.nodes - before.nodes)));
    QVERIFY2(after.wires - before.wires <= 3 * frames, qPrintable(QString::number(after.wires - before.wires)));
    QCOMPARE(after.drawn, before.drawn);
    hand.release(from + QPointF(0, 36));
    QVERIFY(studio.nodeNamed(QStringLiteral("dropout"))->y > 40 + 150);
}

void TstLive::aRenamePaintsOneNode()
{
    Studio &studio = *m_studio;
    studio.view().zoomTo(1);
    studio.view().reveal(studio.node(QStringLiteral("pool1")));
    studio.select({QStringLiteral("pool1")});
    QTest::qWait(300);
    studio.keys(QStringLiteral("F2"));
    studio.type(QStringLiteral("half"));
    const GraphView::PaintCounts before = painted(studio);
    studio.keys(QStringLiteral("Return"));
    QVERIFY(studio.nodeNamed(QStringLiteral("half")));
    QTRY_VERIFY(studio.view().paintCounts().drawn > before.drawn);
    QVERIFY(studio.waitForAnswers());
    QTest::qWait(20);
    QCOMPARE(studio.view().paintCounts().drawn - before.drawn, 1);
}

void TstLive::shapesAndParametersStandOnNodesAndWires()
{
    Studio &studio = *m_studio;
    const GraphNode *conv = studio.model().node(studio.node(QStringLiteral("conv1")));
    QVERIFY(conv);
    QVERIFY2(conv->shape.contains(QStringLiteral("16 × 8 × 8")), qPrintable(conv->shape));
    QVERIFY2(conv->share.contains(QStringLiteral("144")), qPrintable(conv->share));
    QVERIFY2(conv->outputs.first().wireText.contains(QStringLiteral("16 × 8 × 8")),
             qPrintable(conv->outputs.first().wireText));
    const GraphNode *flatten = studio.model().node(studio.node(QStringLiteral("flatten")));
    QVERIFY2(flatten->shape.contains(QStringLiteral("128")), qPrintable(flatten->shape));
    // Every port and node says what it is when one rests on it.
    for (const GraphNode &node : studio.model().nodes()) {
        QVERIFY2(!node.tip.isEmpty(), qPrintable(node.name));
        for (const GraphPort &port : node.inputs + node.outputs)
            QVERIFY2(!port.tip.isEmpty(), qPrintable(node.name + QLatin1Char('.') + port.name));
    }
}

void TstLive::totalsStandInTheStatusLine()
{
    Studio &studio = *m_studio;
    QTRY_COMPARE(studio.statusText(QStringLiteral("Parameters")).remove(QRegularExpression(QStringLiteral("[^0-9]"))),
                 QStringLiteral("13754"));
    QVERIFY(studio.statusText(QStringLiteral("Multiply-adds")).contains(QStringLiteral("multiply-adds")));
    QTRY_VERIFY(studio.statusText(QStringLiteral("Memory for training")).contains(QStringLiteral("to train")));
    QTRY_VERIFY(studio.statusText(QStringLiteral("Time of an epoch")).contains(QStringLiteral("an epoch")));
}

void TstLive::aNewNumberChangesWhatFollowsFromIt()
{
    Studio &studio = *m_studio;
    // Without the second pooling, four times as many values reach fc1.
    studio.select({QStringLiteral("pool2")});
    studio.keys(QStringLiteral("Ctrl+Del"));
    QTRY_COMPARE(studio.answers().total.parameters, 13754.0 + 64 * (512 - 128));
    QTRY_VERIFY(studio.model().node(studio.node(QStringLiteral("flatten")))->shape.contains(QStringLiteral("512")));
    QTRY_COMPARE(studio.statusText(QStringLiteral("Parameters")).remove(QRegularExpression(QStringLiteral("[^0-9]"))),
                 QStringLiteral("38330"));
    studio.keys(QStringLiteral("Ctrl+Z"));
    QTRY_COMPARE(studio.answers().total.parameters, 13754.0);
}

int main(int argc, char **argv)
{
    return runStudioTest<TstLive>(argc, argv);
}

#include "tst_live.moc"
