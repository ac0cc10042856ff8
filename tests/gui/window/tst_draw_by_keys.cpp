// SPDX-License-Identifier: GPL-3.0-or-later
// digits-cnn from an empty canvas by keys alone; the numbers of the layers are set as edits of the document.
#include "tests/gui/window/digits_drawing.h"

#include "gui/document/studio_document.h"
#include "gui/window/panel_area.h"

using namespace espalier;
using namespace Qt::StringLiterals;

class TstDrawByKeys : public QObject {
    Q_OBJECT
private slots:
    void digits();
};

namespace {

void goTo(Studio &studio, const QWidget *area)
{
    for (int i = 0; i < 6 && !(area == QApplication::focusWidget() || area->isAncestorOf(QApplication::focusWidget()));
         ++i)
        studio.keys(u"F6"_s);
    QVERIFY(area == QApplication::focusWidget() || area->isAncestorOf(QApplication::focusWidget()));
}

/// A layer from the palette, behind the selected node.
void addBehind(Studio &studio, const LayerToDraw &layer)
{
    goTo(studio, studio.window().leftPanels());
    const std::size_t before = studio.graph().nodes.size();
    studio.keys(u"Ctrl+A"_s);
    studio.type(QString::fromLatin1(layer.search));
    studio.keys(u"Return"_s);
    QCOMPARE(studio.graph().nodes.size(), before + 1);
    QCOMPARE(studio.graph().nodes.back().kind, std::string(layer.kind));
    setParamsLike(studio, qString(studio.graph().nodes.back().id), layer.like);
    QVERIFY(studio.waitForAnswers());
}

/// Walks by arrows until the keyboard stands on the node.
void walkTo(Studio &studio, const QString &node)
{
    const QString ways[] = {u"Right"_s, u"Down"_s, u"Up"_s, u"Left"_s};
    for (int i = 0; i < 60 && studio.view().current().id != node; ++i) {
        const QRectF here = studio.view().nodeRect(studio.view().current().id);
        const QPointF off = studio.view().nodeRect(node).center() - here.center();
        const bool isAcross = qAbs(off.x()) >= qAbs(off.y());
        const QString before = studio.view().current().id;
        studio.keys(isAcross ? (off.x() > 0 ? ways[0] : ways[3]) : (off.y() > 0 ? ways[1] : ways[2]));
        if (studio.view().current().id == before)
            studio.keys(ways[i % 4]);
    }
    QCOMPARE(studio.view().current().id, node);
}

} // namespace

void TstDrawByKeys::digits()
{
    Studio studio(realEngine());
    QVERIFY(openEmptyDigits(studio));
    // The first by quick-add, the others from the palette, each behind the one before.
    studio.keys(u"Tab"_s);
    QVERIFY(Studio::popup());
    studio.takeFromPopup(u"input"_s);
    QCOMPARE(studio.graph().nodes.size(), std::size_t(1));
    setParamsLike(studio, qString(studio.graph().nodes.back().id), "data");
    QVERIFY(studio.waitForAnswers());
    for (std::size_t i = 1; i < digitsChain().size(); ++i) {
        addBehind(studio, digitsChain()[i]);
        if (QTest::currentTestFailed())
            return;
    }
    const QString last = qString(studio.graph().nodes.back().id);
    addBehind(studio, {"cross entropy", "CrossEntropy", "loss"});
    goTo(studio, studio.page());
    studio.keys(u"Home"_s);
    studio.settle();

    // The Output by quick-add, and its wire from port to port.
    studio.keys(u"Tab"_s);
    studio.takeFromPopup(u"output"_s);
    const QString output = qString(studio.graph().nodes.back().id);
    QCOMPARE(studio.graph().nodes.back().kind, std::string("Output"));
    studio.keys(u"Ctrl+Shift+A"_s);
    studio.keys(u"Ctrl+Shift+F"_s);
    QTRY_VERIFY(studio.document().undoLabel().contains(u"lay"_s, Qt::CaseInsensitive)
                || studio.document().undoLabel().contains(u"arrange"_s, Qt::CaseInsensitive));
    studio.keys(u"Home"_s);
    studio.settle();
    walkTo(studio, last);
    studio.keys(u"Alt+Right"_s);
    QCOMPARE(studio.view().current().part, GraphPart::Output);
    studio.keys(u"Return"_s);
    QVERIFY(studio.view().hasGesture());
    walkTo(studio, output);
    studio.keys(u"Alt+Left"_s);
    QCOMPARE(studio.view().current(), (GraphSpot{GraphPart::Input, output, u"x"_s}));
    studio.keys(u"Return"_s);
    checkIsDigits(studio);
}

int main(int argc, char **argv)
{
    return runStudioTest<TstDrawByKeys>(argc, argv);
}

#include "tst_draw_by_keys.moc"
