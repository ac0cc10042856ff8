// SPDX-License-Identifier: GPL-3.0-or-later
// Long because the table of actions is: a few lines for each.
#include "tests/gui/window/studio.h"

#include "tests/gui/window/action_scenarios.h"

#include "engine/protocol/document.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/gradient_flow.h"
#include "gui/panels/palette_panel.h"
#include "gui/window/panel_area.h"
#include "widgets/graph/node_layout.h"
#include "widgets/lists/palette_list.h"
#include "widgets/lists/quick_add.h"

#include <QtCore/QTemporaryDir>
#include <QtGui/QClipboard>
#include <QtGui/QImage>
#include <QtWidgets/QDialog>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>
#include <QtWidgets/QPushButton>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

bool hasFlag(Studio &studio, const QString &name, const char *flag)
{
    return studio.nodeNamed(name)->extra[flag].boolean();
}

std::size_t nodes(Studio &studio)
{
    return studio.graph().nodes.size();
}

std::size_t wires(Studio &studio)
{
    return studio.graph().wires.size();
}

/// Drives a flag's action on conv1 twice: on, and off again.
void drivesFlag(Studio &studio, const char *action, const char *flag)
{
    studio.select({u"conv1"_s});
    studio.drive(QString::fromLatin1(action));
    QVERIFY(hasFlag(studio, u"conv1"_s, flag));
    studio.drive(QString::fromLatin1(action));
    QVERIFY(!hasFlag(studio, u"conv1"_s, flag));
}

/// Drives a walk from a node and says where the keyboard stands then.
void walks(Studio &studio, const char *action, const QString &from, const QString &to)
{
    studio.select({from});
    studio.view().setCurrent({GraphPart::Node, studio.node(from), {}});
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(studio.view().current().id, studio.node(to));
    QCOMPARE(studio.selectedNames(), QStringList(to));
}

/// As walks(), and keeps what is selected.
void extends(Studio &studio, const char *action, const QString &from, const QString &to)
{
    studio.select({from});
    studio.view().setCurrent({GraphPart::Node, studio.node(from), {}});
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(studio.view().current().id, studio.node(to));
    QStringList both{from, to};
    both.sort();
    QCOMPARE(studio.selectedNames(), both);
}

/// Moves nodes apart, aligns them, and compares an edge or middle.
void aligns(Studio &studio, const char *action, const std::function<qreal(const QRectF &)> &what)
{
    studio.select({u"conv1"_s, u"norm2"_s, u"relu1"_s});
    studio.drive(QString::fromLatin1(action));
    const qreal first = what(studio.view().nodeRect(studio.node(u"conv1"_s)));
    for (const QString &name : {u"norm2"_s, u"relu1"_s})
        QVERIFY2(qAbs(what(studio.view().nodeRect(studio.node(name))) - first) <= 1, qPrintable(name));
}

/// conv2 to relu2 as a block, which is selected.
void makeBlock(Studio &studio)
{
    studio.select({u"conv2"_s, u"norm2"_s, u"relu2"_s});
    studio.drive(u"block.make");
    QCOMPARE(studio.document().document().blocks.size(), std::size_t(1));
    QCOMPARE(nodes(studio), std::size_t(13));
    QVERIFY(studio.waitForAnswers());
    QCOMPARE(studio.view().selection().nodes.size(), 1);
}

void opensDialog(Studio &studio, const char *action, const QString &title)
{
    QString seen;
    studio.whenModal([&](QWidget *modal) {
        seen = modal->windowTitle();
        QTest::keyClick(modal, Qt::Key_Escape);
    });
    studio.drive(QString::fromLatin1(action));
    QTRY_VERIFY(studio.metModal());
    QCOMPARE(seen, title);
    QVERIFY(!QApplication::activeModalWidget());
}

/// A menu action that shows and hides something.
void toggles(Studio &studio, const char *action, const std::function<bool()> &isOn)
{
    const bool before = isOn();
    QCOMPARE(studio.actions().action(QString::fromLatin1(action))->isChecked(), before);
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(isOn(), !before);
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(isOn(), before);
    QCOMPARE(studio.actions().action(QString::fromLatin1(action))->isChecked(), before);
}

void saves(Studio &studio)
{
    const QString path = scratch(u"saved.espalier"_s);
    answerFileDialog(studio, path);
    studio.drive(u"file.save"); // untitled: it asks
    QTRY_VERIFY(QFile::exists(path));
    QTRY_VERIFY(studio.document().isClean());
    studio.select({u"conv1"_s});
    studio.keys(u"M"_s);
    QVERIFY(!studio.document().isClean());
    studio.drive(u"file.save");
    QTRY_VERIFY(studio.document().isClean());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto read = readDocument(file.readAll().toStdString(), "saved");
    QVERIFY(read);
    QVERIFY(read->graph.findNode(studio.node(u"conv1"_s).toStdString())->isBypassed());
}

void savesAs(Studio &studio)
{
    const QString path = scratch(u"other.espalier"_s);
    answerFileDialog(studio, path);
    studio.drive(u"file.save_as");
    QTRY_VERIFY(QFile::exists(path));
    QTRY_COMPARE(studio.page()->title(), u"other"_s);
}

void opens(Studio &studio)
{
    const QString path = scratch(u"on disk.espalier"_s);
    answerFileDialog(studio, path);
    studio.drive(u"file.save");
    QTRY_VERIFY(studio.document().isClean() && QFile::exists(path));
    studio.window().removePage(studio.page());
    answerFileDialog(studio, path);
    studio.drive(u"file.open");
    QTRY_COMPARE(studio.window().pageCount(), 1);
    QCOMPARE(studio.page()->title(), u"on disk"_s);
    QCOMPARE(nodes(studio), std::size_t(15));
}

void exportsPicture(Studio &studio)
{
    const QString path = scratch(u"picture.png"_s);
    answerFileDialog(studio, path);
    studio.drive(u"file.export_picture");
    QTRY_VERIFY(QFile::exists(path));
    QVERIFY(QImage(path).width() > 400);
}

void redoes(Studio &studio)
{
    studio.select({u"conv1"_s});
    studio.drive(u"edit.delete");
    QCOMPARE(nodes(studio), std::size_t(14));
    studio.drive(u"edit.undo");
    QCOMPARE(nodes(studio), std::size_t(15));
    QCOMPARE(wires(studio), std::size_t(15));
    studio.drive(u"edit.redo");
    QCOMPARE(nodes(studio), std::size_t(14));
    studio.drive(u"edit.undo");
    studio.keys(u"Ctrl+Y"_s);
    QCOMPARE(nodes(studio), std::size_t(14));
}

void pastes(Studio &studio, const char *action, std::size_t wiresAfter)
{
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.drive(u"edit.copy");
    QVERIFY(QGuiApplication::clipboard()->text().contains(u"conv1"_s));
    QTRY_VERIFY(studio.actions().action(QString::fromLatin1(action))->isEnabled());
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(nodes(studio), std::size_t(17));
    QCOMPARE(wires(studio), wiresAfter);
    QCOMPARE(studio.view().selection().nodes.size(), 2);
}

void finds(Studio &studio)
{
    studio.drive(u"edit.find");
    QVERIFY(Studio::popup());
    studio.takeFromPopup(u"pool2"_s);
    QCOMPARE(studio.selectedNames(), QStringList(u"pool2"_s));
    QVERIFY(studio.view().hasFocus());
}

void cyclesPanels(Studio &studio, const char *action)
{
    QSet<QWidget *> seen;
    for (int i = 0; i < 5; ++i) {
        studio.drive(QString::fromLatin1(action));
        QVERIFY(studio.window().focusWidget());
        seen.insert(studio.window().focusWidget());
    }
    QCOMPARE(seen.size(), 5); // tools, left, canvas, right, bottom
    QVERIFY(studio.view().hasFocus());
}

void stepsDocuments(Studio &studio, const char *action)
{
    DocumentPage *first = studio.page();
    DocumentPage *second = studio.newDrawing();
    QCOMPARE(studio.page(), second);
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(studio.page(), first);
    QVERIFY(first->view()->hasFocus());
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(studio.page(), second);
}

void dashboard(Studio &studio)
{
    studio.drive(u"view.dashboard");
    QVERIFY(!studio.page()->isVisible());
    QVERIFY(studio.window().bottomPanels()->isVisible());
    studio.drive(u"view.dashboard");
    QVERIFY(studio.page()->isVisible());
    QVERIFY(studio.view().hasFocus());
}

void showsData(Studio &studio)
{
    studio.window().rightPanels()->setVisible(false);
    studio.drive(u"view.data");
    QCOMPARE(studio.window().rightPanels()->current(), u"data"_s);
    QVERIFY(studio.window().rightPanels()->isAncestorOf(studio.window().focusWidget()));
}

void fullScreen(Studio &studio)
{
    studio.drive(u"view.full_screen");
    QTRY_VERIFY(studio.window().isFullScreen());
    studio.drive(u"view.full_screen");
    QTRY_VERIFY(!studio.window().isFullScreen());
}

void chooses(Studio &studio, const char *action, ThemeMode mode)
{
    ThemeManager::instance().setMode(mode == ThemeMode::Dark ? ThemeMode::Light : ThemeMode::Dark);
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(ThemeManager::instance().mode(), mode);
    QVERIFY(studio.actions().action(QString::fromLatin1(action))->isChecked());
    ThemeManager::instance().setMode(ThemeMode::Light);
}

void acts(Studio &studio)
{
    // On a port it begins a wire, on another port it ends it.
    studio.view().setCurrent({GraphPart::Output, studio.node(u"relu1"_s), u"y"_s});
    studio.drive(u"walk.act");
    QVERIFY(studio.view().hasGesture());
    studio.view().setCurrent({GraphPart::Input, studio.node(u"flatten"_s), u"x"_s});
    studio.drive(u"walk.act");
    QVERIFY(!studio.view().hasGesture());
    QVERIFY(studio.isWired(u"relu1"_s, u"flatten"_s));
    QVERIFY(!studio.isWired(u"pool2"_s, u"flatten"_s)); // one wire an input
}

void opensMenu(Studio &studio)
{
    studio.select({u"conv1"_s});
    studio.view().setCurrent({GraphPart::Node, studio.node(u"conv1"_s), {}});
    studio.whenModal([&](QWidget *modal) {
        auto *menu = qobject_cast<QMenu *>(modal);
        QVERIFY(menu);
        studio.clickMenuItem(menu, u"Bypass"_s);
    });
    studio.drive(u"walk.menu");
    QTRY_VERIFY(studio.metModal());
    QVERIFY(hasFlag(studio, u"conv1"_s, "bypass"));
}

void walksPorts(Studio &studio, const char *action, const GraphSpot &from, const GraphSpot &to)
{
    studio.view().setCurrent(from);
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(studio.view().current(), to);
}

GraphSpot spot(Studio &studio, GraphPart part, const QString &node, const QString &port = {})
{
    return {part, studio.node(node), port};
}

void renames(Studio &studio)
{
    studio.select({u"conv1"_s});
    studio.drive(u"model.rename");
    studio.type(u"eyes"_s);
    studio.keys(u"Return"_s);
    QVERIFY(studio.nodeNamed(u"eyes"_s));
    QVERIFY(studio.view().hasFocus());
    studio.drive(u"model.rename");
    studio.type(u"ears"_s);
    studio.keys(u"Escape"_s);
    QVERIFY(studio.nodeNamed(u"eyes"_s));
    QVERIFY(!studio.nodeNamed(u"ears"_s));
    QVERIFY(studio.view().hasFocus());
}

void adds(Studio &studio)
{
    studio.drive(u"model.add");
    QVERIFY(qobject_cast<QuickAdd *>(Studio::popup()));
    studio.takeFromPopup(u"sigmoid"_s);
    QCOMPARE(nodes(studio), std::size_t(16));
    QCOMPARE(studio.graph().nodes.back().kind, std::string("Sigmoid"));
    QVERIFY(studio.view().hasFocus());
}

/// Onto a wire from its port, to the one beside it, along it, and back; Del removes what the keyboard stands on.
void walksWires(Studio &studio)
{
    const QString first = studio.wire(u"fc2"_s, u"loss"_s);
    const QString second = studio.wire(u"fc2"_s, u"scores"_s);
    studio.view().setCurrent(GraphSpot{GraphPart::Output, studio.node(u"fc2"_s), u"y"_s});
    studio.drive(u"walk.port_right");
    QCOMPARE(studio.view().current().part, GraphPart::Wire);
    const bool isFirst = studio.view().current().id == first;
    QVERIFY(isFirst || studio.view().current().id == second);
    QCOMPARE(studio.view().selection().wires, QSet<QString>{studio.view().current().id});
    studio.drive(u"walk.port_down");
    QCOMPARE(studio.view().current().id, isFirst ? second : first);
    studio.drive(u"walk.port_right");
    QCOMPARE(studio.view().current().part, GraphPart::Input);
    QCOMPARE(studio.selectedNames(), QStringList(isFirst ? u"scores"_s : u"loss"_s));
    studio.drive(u"walk.port_left"); // from an input onto the wire that feeds it
    QCOMPARE(studio.view().current().id, isFirst ? second : first);
    studio.drive(u"edit.delete");
    QVERIFY(!studio.isWired(u"fc2"_s, isFirst ? u"scores"_s : u"loss"_s));
    QCOMPARE(wires(studio), std::size_t(14));
    QCOMPARE(nodes(studio), std::size_t(15));
    QCOMPARE(studio.view().current(), (GraphSpot{GraphPart::Output, studio.node(u"fc2"_s), u"y"_s}));
}

void movesAWiresEndByKeys(Studio &studio)
{
    studio.view().setCurrent({GraphPart::Wire, studio.wire(u"conv1"_s, u"norm1"_s), {}});
    studio.drive(u"walk.act");
    QVERIFY(studio.view().hasGesture());
    studio.keys(u"Right"_s); // norm1 to relu1
    QCOMPARE(studio.view().current().id, studio.node(u"relu1"_s));
    studio.drive(u"walk.act");
    QVERIFY(!studio.view().hasGesture());
    QVERIFY(studio.isWired(u"conv1"_s, u"relu1"_s));
    QVERIFY(!studio.isWired(u"conv1"_s, u"norm1"_s));
}

void addsIntoAWireByKeys(Studio &studio)
{
    const QString wire = studio.wire(u"conv1"_s, u"norm1"_s);
    studio.view().setSelection({{}, {wire}, {}});
    studio.drive(u"model.add");
    studio.takeFromPopup(u"dropout"_s);
    const QString added = qString(studio.graph().nodes.back().name);
    QVERIFY(studio.isWired(u"conv1"_s, added));
    QVERIFY(studio.isWired(added, u"norm1"_s));
}

void addsBehindAPortByKeys(Studio &studio)
{
    studio.view().setCurrent({GraphPart::Output, studio.node(u"pool2"_s), u"y"_s});
    studio.drive(u"walk.act");
    QVERIFY(studio.view().hasGesture());
    studio.drive(u"model.add");
    studio.takeFromPopup(u"relu"_s);
    QVERIFY(!studio.view().hasGesture());
    QVERIFY(studio.isWired(u"pool2"_s, qString(studio.graph().nodes.back().name)));
}

void nudges(Studio &studio, const char *action, int x, int y)
{
    const DocumentNode before = *studio.nodeNamed(u"conv1"_s);
    const int step = int(kGridStep);
    const int steps = studio.document().position();
    studio.select({u"conv1"_s});
    studio.drive(QString::fromLatin1(action));
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(studio.nodeNamed(u"conv1"_s)->x, before.x + 2 * x * step);
    QCOMPARE(studio.nodeNamed(u"conv1"_s)->y, before.y + 2 * y * step);
    QCOMPARE(studio.document().position(), steps + 1); // steps in a row are one
    QCOMPARE(studio.selectedNames(), QStringList(u"conv1"_s));
}

/// A frame round two nodes by keys: found, moved with what is in it, named, resized, removed.
void walksFrames(Studio &studio)
{
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.drive(u"model.frame");
    studio.select({u"conv1"_s});
    studio.view().setCurrent({GraphPart::Node, studio.node(u"conv1"_s), {}});
    studio.drive(u"walk.frame");
    const GraphSpot at = studio.view().current();
    QCOMPARE(at.part, GraphPart::Frame);
    QCOMPARE(studio.view().selection().frames, QSet<QString>{at.id});
    const DocumentNode before = *studio.nodeNamed(u"norm1"_s);
    const QRectF rect = studio.model().frame(at.id)->rect;
    studio.drive(u"model.nudge_down");
    QCOMPARE(studio.nodeNamed(u"norm1"_s)->y, before.y + int(kGridStep));
    QCOMPARE(studio.model().frame(at.id)->rect, rect.translated(0, kGridStep));
    QCOMPARE(studio.nodeNamed(u"relu1"_s)->y, before.y);
    studio.keys(u"Return"_s);
    studio.type(u"eyes"_s);
    studio.keys(u"Return"_s);
    QCOMPARE(studio.model().frame(at.id)->title, u"eyes"_s);
    studio.drive(u"model.rename");
    studio.type(u"ears"_s);
    studio.keys(u"Return"_s);
    QCOMPARE(studio.model().frame(at.id)->title, u"ears"_s);
    studio.drive(u"edit.delete");
    QVERIFY(studio.model().frames().isEmpty());
    QCOMPARE(nodes(studio), std::size_t(15));
}

void resizesFrame(Studio &studio, const char *action, int x, int y)
{
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.drive(u"model.frame");
    studio.drive(u"walk.frame");
    const QRectF rect = studio.model().frames().cbegin()->rect;
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(studio.model().frames().cbegin()->rect, rect.adjusted(0, 0, x * kGridStep, y * kGridStep));
}

void connectsSelected(Studio &studio)
{
    studio.view().setSelection({{}, {studio.wire(u"norm1"_s, u"relu1"_s)}, {}});
    QTest::qWait(0);
    studio.drive(u"edit.delete");
    QVERIFY(!studio.isWired(u"norm1"_s, u"relu1"_s));
    studio.select({u"norm1"_s, u"relu1"_s});
    studio.drive(u"model.connect");
    QVERIFY(studio.isWired(u"norm1"_s, u"relu1"_s));
}

void disconnects(Studio &studio)
{
    studio.select({u"relu1"_s});
    studio.drive(u"model.disconnect");
    QCOMPARE(wires(studio), std::size_t(13));
    QVERIFY(!studio.isWired(u"norm1"_s, u"relu1"_s));
}

void reroutes(Studio &studio)
{
    studio.view().setSelection({{}, {studio.wire(u"norm1"_s, u"relu1"_s)}, {}});
    QTest::qWait(0);
    studio.drive(u"model.reroute");
    QCOMPARE(nodes(studio), std::size_t(16));
    QCOMPARE(wires(studio), std::size_t(16));
    QCOMPARE(studio.graph().nodes.back().kind, std::string("Reroute"));
}

void frames(Studio &studio)
{
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.drive(u"model.frame");
    QCOMPARE(studio.model().frames().size(), 1);
    const QRectF rect = studio.model().frames().cbegin()->rect;
    QVERIFY(rect.contains(studio.view().nodeRect(studio.node(u"conv1"_s))));
    QVERIFY(rect.contains(studio.view().nodeRect(studio.node(u"norm1"_s))));
}

void laysOut(Studio &studio)
{
    studio.select({u"fc1"_s});
    studio.keys(u"Ctrl+Shift+A"_s);
    for (const QString &name : {u"conv1"_s, u"norm1"_s, u"relu1"_s}) {
        Hand hand = studio.hand();
        hand.drag(studio.middleOf(name), studio.middleOf(u"flatten"_s) + QPointF(3, 3));
    }
    studio.keys(u"Escape"_s);
    studio.view().selectNone();
    const int steps = studio.document().position();
    studio.drive(u"model.layout");
    QTRY_COMPARE(studio.document().position(), steps + 1); // one step, made off the GUI thread
    QList<QRectF> seen;
    for (const GraphNode &node : studio.model().nodes()) {
        const QRectF rect(node.at, studio.view().nodeRect(node.id).size());
        for (const QRectF &other : seen)
            QVERIFY2(!rect.intersects(other), qPrintable(node.name));
        seen.append(rect);
    }
    QVERIFY(studio.nodeNamed(u"conv1"_s)->x < studio.nodeNamed(u"norm1"_s)->x);
}

void straightens(Studio &studio)
{
    Hand hand = studio.hand();
    const QPointF at = studio.middleOf(u"norm1"_s);
    hand.drag(at, at + QPointF(0, 37));
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.drive(u"model.straighten");
    QVERIFY(qAbs(studio.port(u"conv1"_s, u"y"_s, true).y() - studio.port(u"norm1"_s, u"x"_s, false).y()) <= 1);
}

void distributes(Studio &studio, const char *action, bool isAcross)
{
    studio.select({u"conv1"_s, u"norm1"_s, u"pool1"_s});
    if (!isAcross) {
        studio.drive(u"model.align_left");
        Hand hand = studio.hand();
        studio.view().zoomTo(0.5);
        hand.drag(studio.middleOf(u"pool1"_s), studio.middleOf(u"pool1"_s)); // a click selects one
        studio.select({u"conv1"_s});
        hand.drag(studio.middleOf(u"conv1"_s), studio.middleOf(u"conv1"_s) - QPointF(0, 260));
        studio.select({u"conv1"_s, u"norm1"_s, u"pool1"_s});
    }
    studio.drive(QString::fromLatin1(action));
    QList<QRectF> rects;
    for (const QString &name : {u"conv1"_s, u"norm1"_s, u"pool1"_s})
        rects.append(studio.view().nodeRect(studio.node(name)));
    const auto start = [=](const QRectF &rect) { return isAcross ? rect.left() : rect.top(); };
    const auto end = [=](const QRectF &rect) { return isAcross ? rect.right() : rect.bottom(); };
    std::sort(rects.begin(), rects.end(), [&](const QRectF &a, const QRectF &b) { return start(a) < start(b); });
    const qreal first = start(rects[1]) - end(rects[0]);
    const qreal second = start(rects[2]) - end(rects[1]);
    QVERIFY2(qAbs(first - second) <= 1.5, qPrintable(u"%1 %2"_s.arg(first).arg(second)));
}

void ungroups(Studio &studio)
{
    makeBlock(studio);
    studio.drive(u"block.ungroup");
    QCOMPARE(nodes(studio), std::size_t(15));
    QCOMPARE(wires(studio), std::size_t(15));
    QVERIFY(studio.isWired(u"pool1"_s, u"conv2"_s));
}

void entersAndLeaves(Studio &studio)
{
    makeBlock(studio);
    const QSet<QString> instance = studio.view().selection().nodes;
    studio.drive(u"block.enter");
    QVERIFY(studio.page()->isInBlock());
    QVERIFY(studio.nodeNamed(u"conv2"_s));
    studio.drive(u"block.leave");
    QVERIFY(!studio.page()->isInBlock());
    QCOMPARE(studio.view().selection().nodes, instance);
    studio.keys(u"Return"_s); // Enter goes in, Esc up
    if (!studio.page()->isInBlock()) {
        studio.view().setCurrent({GraphPart::Node, *instance.begin(), {}});
        studio.keys(u"Return"_s);
    }
    QVERIFY(studio.page()->isInBlock());
    studio.keys(u"Escape"_s);
    QVERIFY(!studio.page()->isInBlock());
}

void makesUnique(Studio &studio)
{
    makeBlock(studio);
    studio.drive(u"edit.duplicate");
    QCOMPARE(nodes(studio), std::size_t(14));
    QCOMPARE(studio.document().document().blocks.size(), std::size_t(1));
    studio.drive(u"block.unique");
    QCOMPARE(studio.document().document().blocks.size(), std::size_t(2));
}

void renamesBlock(Studio &studio)
{
    makeBlock(studio);
    studio.drive(u"block.rename");
    studio.type(u"tail"_s);
    studio.keys(u"Return"_s);
    QCOMPARE(studio.document().document().blocks.front().name, std::string("tail"));
    QVERIFY(studio.view().hasFocus());
}

void showsFigure(Studio &studio, const char *action, const QString &figure)
{
    studio.drive(QString::fromLatin1(action));
    const GraphNode *conv = studio.model().node(studio.node(u"conv1"_s));
    QVERIFY2(conv->share.contains(figure), qPrintable(conv->share));
    QVERIFY(studio.actions().action(QString::fromLatin1(action))->isChecked());
    studio.drive(u"view.show_parameters");
}

void choosesPicture(Studio &studio, const char *action, NodePicture picture)
{
    studio.drive(QString::fromLatin1(action));
    QCOMPARE(studio.page()->watch()->picture(), picture);
    QVERIFY(studio.actions().action(QString::fromLatin1(action))->isChecked());
    studio.drive(u"view.picture_activations");
    QVERIFY(picture == NodePicture::Activations || !studio.actions().action(QString::fromLatin1(action))->isChecked());
}

void opensPanel(Studio &studio, const char *action, const QString &panel)
{
    studio.window().bottomPanels()->hide();
    studio.drive(QString::fromLatin1(action));
    QVERIFY(studio.window().bottomPanels()->isVisible());
    QCOMPARE(studio.window().bottomPanels()->current(), panel);
    QVERIFY(studio.window().bottomPanels()->isAncestorOf(studio.window().focusWidget()));
}

void keepsInLibrary(Studio &studio)
{
    makeBlock(studio);
    studio.drive(u"block.library");
    QVERIFY2(studio.message().contains(u"library"_s), qPrintable(studio.message()));
}

void checks(Studio &studio)
{
    studio.window().bottomPanels()->hide();
    studio.drive(u"run.check");
    QVERIFY(studio.window().bottomPanels()->isVisible());
    QCOMPARE(studio.window().bottomPanels()->current(), u"problems"_s);
}

void restartsEngine(Studio &studio)
{
    QSignalSpy ready(&studio.engine(), &EngineClient::ready);
    studio.drive(u"run.restart_engine");
    QTRY_COMPARE(ready.size(), 1);
    QVERIFY(studio.waitForAnswers());
}

std::vector<Scenario> fileScenarios()
{
    return {
        {"file.new",
         [](Studio &studio) {
             studio.drive(u"file.new");
             QCOMPARE(studio.window().pageCount(), 2);
             QVERIFY(studio.graph().nodes.empty());
             QVERIFY(studio.view().hasFocus());
         }},
        {"file.open", opens},
        {"file.save", saves},
        {"file.save_as", savesAs},
        {"file.export_picture", exportsPicture},
        {"file.close",
         [](Studio &studio) {
             studio.drive(u"file.close");
             QCOMPARE(studio.window().pageCount(), 0);
         }},
        {"file.quit",
         [](Studio &studio) {
             studio.drive(u"file.quit");
             QVERIFY(!studio.window().isVisible());
             studio.window().show();
             studio.window().activateWindow();
             QVERIFY(QTest::qWaitForWindowActive(&studio.window()));
         }},
    };
}

std::vector<Scenario> editScenarios()
{
    return {
        {"edit.undo", redoes},
        {"edit.redo", redoes},
        {"edit.cut",
         [](Studio &studio) {
             studio.select({u"conv1"_s});
             studio.drive(u"edit.cut");
             QCOMPARE(nodes(studio), std::size_t(14));
             QVERIFY(QGuiApplication::clipboard()->text().contains(u"conv1"_s));
         }},
        {"edit.copy", [](Studio &studio) { pastes(studio, "edit.paste", 16); }},
        {"edit.paste", [](Studio &studio) { pastes(studio, "edit.paste", 16); }},
        {"edit.paste_keep_inputs", [](Studio &studio) { pastes(studio, "edit.paste_keep_inputs", 17); }},
        {"edit.duplicate",
         [](Studio &studio) {
             studio.select({u"conv1"_s, u"norm1"_s});
             studio.drive(u"edit.duplicate");
             QCOMPARE(nodes(studio), std::size_t(17));
             QCOMPARE(wires(studio), std::size_t(16));
         }},
        {"edit.duplicate_keep_inputs",
         [](Studio &studio) {
             studio.select({u"conv1"_s, u"norm1"_s});
             studio.drive(u"edit.duplicate_keep_inputs");
             QCOMPARE(nodes(studio), std::size_t(17));
             QCOMPARE(wires(studio), std::size_t(17));
         }},
        {"edit.delete",
         [](Studio &studio) {
             studio.select({u"relu1"_s});
             studio.drive(u"edit.delete");
             QCOMPARE(nodes(studio), std::size_t(14));
             QCOMPARE(wires(studio), std::size_t(13));
         }},
        {"edit.delete_reconnect",
         [](Studio &studio) {
             studio.select({u"relu1"_s});
             studio.drive(u"edit.delete_reconnect");
             QCOMPARE(nodes(studio), std::size_t(14));
             QVERIFY(studio.isWired(u"norm1"_s, u"pool1"_s));
         }},
        {"edit.select_all",
         [](Studio &studio) {
             studio.drive(u"edit.select_all");
             QCOMPARE(studio.view().selection().nodes.size(), 15);
         }},
        {"edit.select_none",
         [](Studio &studio) {
             studio.select({u"relu1"_s});
             studio.drive(u"edit.select_none");
             QVERIFY(studio.view().selection().isEmpty());
         }},
        {"edit.select_invert",
         [](Studio &studio) {
             studio.select({u"relu1"_s});
             studio.drive(u"edit.select_invert");
             QCOMPARE(studio.view().selection().nodes.size(), 14);
         }},
        {"edit.find", finds},
        {"edit.settings", [](Studio &studio) { opensDialog(studio, "edit.settings", u"Settings"_s); }},
    };
}

std::vector<Scenario> viewScenarios()
{
    return {
        {"view.zoom_in",
         [](Studio &studio) {
             const qreal before = studio.view().zoom();
             studio.drive(u"view.zoom_in");
             QTRY_VERIFY(studio.view().zoom() > before);
         }},
        {"view.zoom_out",
         [](Studio &studio) {
             const qreal before = studio.view().zoom();
             studio.drive(u"view.zoom_out");
             QTRY_VERIFY(studio.view().zoom() < before);
         }},
        {"view.zoom_full",
         [](Studio &studio) {
             studio.view().zoomTo(0.4);
             studio.drive(u"view.zoom_full");
             QTRY_COMPARE(studio.view().zoom(), 1.0);
         }},
        {"view.fit_all",
         [](Studio &studio) {
             studio.view().setViewState({2, {5000, 5000}});
             studio.drive(u"view.fit_all");
             for (const GraphNode &node : studio.model().nodes())
                 QTRY_VERIFY(QRectF(studio.view().rect()).contains(studio.view().nodeViewRect(node.id)));
         }},
        {"view.fit_selection",
         [](Studio &studio) {
             studio.view().setViewState({0.2, {5000, 5000}});
             studio.select({u"pool2"_s});
             studio.drive(u"view.fit_selection");
             QTRY_VERIFY(QRectF(studio.view().rect()).contains(studio.view().nodeViewRect(studio.node(u"pool2"_s))));
             QVERIFY(studio.view().zoom() > 0.5);
         }},
        {"view.panels_left",
         [](Studio &studio) {
             toggles(studio, "view.panels_left", [&] { return studio.window().leftPanels()->isVisible(); });
         }},
        {"view.panels_right",
         [](Studio &studio) {
             toggles(studio, "view.panels_right", [&] { return studio.window().rightPanels()->isVisible(); });
         }},
        {"view.panels_bottom",
         [](Studio &studio) {
             toggles(studio, "view.panels_bottom", [&] { return studio.window().bottomPanels()->isVisible(); });
         }},
        {"view.minimap",
         [](Studio &studio) { toggles(studio, "view.minimap", [&] { return studio.view().isMinimapVisible(); }); }},
        {"view.snap",
         [](Studio &studio) { toggles(studio, "view.snap", [&] { return studio.view().snapsToGrid(); }); }},
        {"view.show_parameters", [](Studio &studio) { showsFigure(studio, "view.show_parameters", u"144"_s); }},
        {"view.show_multiply_adds", [](Studio &studio) { showsFigure(studio, "view.show_multiply_adds", u"9.2"_s); }},
        {"view.next_panel", [](Studio &studio) { cyclesPanels(studio, "view.next_panel"); }},
        {"view.previous_panel", [](Studio &studio) { cyclesPanels(studio, "view.previous_panel"); }},
        {"view.next_document", [](Studio &studio) { stepsDocuments(studio, "view.next_document"); }},
        {"view.previous_document", [](Studio &studio) { stepsDocuments(studio, "view.previous_document"); }},
        {"view.data", showsData},
        {"view.picture_activations",
         [](Studio &s) { choosesPicture(s, "view.picture_activations", NodePicture::Activations); }},
        {"view.picture_weights", [](Studio &s) { choosesPicture(s, "view.picture_weights", NodePicture::Weights); }},
        {"view.picture_gradients",
         [](Studio &s) { choosesPicture(s, "view.picture_gradients", NodePicture::Gradients); }},
        {"view.picture_nothing", [](Studio &s) { choosesPicture(s, "view.picture_nothing", NodePicture::Nothing); }},
        {"view.gradient_wires",
         [](Studio &s) { toggles(s, "view.gradient_wires", [&] { return s.page()->flow()->isOn(); }); }},
        {"view.predictions", [](Studio &s) { opensPanel(s, "view.predictions", u"predictions"_s); }},
        {"view.confusion", [](Studio &s) { opensPanel(s, "view.confusion", u"confusion"_s); }},
        {"view.tensors", [](Studio &s) { opensPanel(s, "view.tensors", u"tensors"_s); }},
        {"run.pick_sample", [](Studio &s) { opensPanel(s, "run.pick_sample", u"tensors"_s); }},
        {"view.dashboard", dashboard},
        {"view.full_screen", fullScreen},
        {"view.theme_system", [](Studio &studio) { chooses(studio, "view.theme_system", ThemeMode::System); }},
        {"view.theme_light", [](Studio &studio) { chooses(studio, "view.theme_light", ThemeMode::Light); }},
        {"view.theme_dark", [](Studio &studio) { chooses(studio, "view.theme_dark", ThemeMode::Dark); }},
        {"walk.left", [](Studio &studio) { walks(studio, "walk.left", u"norm1"_s, u"conv1"_s); }},
        {"walk.right", [](Studio &studio) { walks(studio, "walk.right", u"conv1"_s, u"norm1"_s); }},
        {"walk.up", [](Studio &studio) { walks(studio, "walk.up", u"norm2"_s, u"norm1"_s); }},
        {"walk.down", [](Studio &studio) { walks(studio, "walk.down", u"norm1"_s, u"norm2"_s); }},
        {"walk.port_left",
         [](Studio &studio) {
             walksPorts(studio, "walk.port_left", spot(studio, GraphPart::Node, u"conv1"_s),
                        spot(studio, GraphPart::Input, u"conv1"_s, u"x"_s));
         }},
        {"walk.port_right",
         [](Studio &studio) {
             walksPorts(studio, "walk.port_right", spot(studio, GraphPart::Node, u"conv1"_s),
                        spot(studio, GraphPart::Output, u"conv1"_s, u"y"_s));
         }},
        {"walk.port_up",
         [](Studio &studio) {
             walksPorts(studio, "walk.port_up", spot(studio, GraphPart::Input, u"loss"_s, u"target"_s),
                        spot(studio, GraphPart::Input, u"loss"_s, u"prediction"_s));
         }},
        {"walk.port_down",
         [](Studio &studio) {
             walksPorts(studio, "walk.port_down", spot(studio, GraphPart::Input, u"loss"_s, u"prediction"_s),
                        spot(studio, GraphPart::Input, u"loss"_s, u"target"_s));
         }},
        {"walk.extend_left", [](Studio &studio) { extends(studio, "walk.extend_left", u"norm1"_s, u"conv1"_s); }},
        {"walk.extend_right", [](Studio &studio) { extends(studio, "walk.extend_right", u"norm1"_s, u"relu1"_s); }},
        {"walk.extend_up", [](Studio &studio) { extends(studio, "walk.extend_up", u"norm2"_s, u"norm1"_s); }},
        {"walk.extend_down", [](Studio &studio) { extends(studio, "walk.extend_down", u"norm1"_s, u"norm2"_s); }},
        {"walk.frame", walksFrames},
        {"walk.port_right", walksWires},
        {"walk.act", acts},
        {"walk.act", movesAWiresEndByKeys},
        {"walk.menu", opensMenu},
    };
}

std::vector<Scenario> modelScenarios()
{
    return {
        {"model.add", adds},
        {"model.add", addsIntoAWireByKeys},
        {"model.add", addsBehindAPortByKeys},
        {"model.rename", renames},
        {"model.bypass", [](Studio &studio) { drivesFlag(studio, "model.bypass", "bypass"); }},
        {"model.disable", [](Studio &studio) { drivesFlag(studio, "model.disable", "disabled"); }},
        {"model.collapse", [](Studio &studio) { drivesFlag(studio, "model.collapse", "collapsed"); }},
        {"model.hide_ports", [](Studio &studio) { drivesFlag(studio, "model.hide_ports", "hide_ports"); }},
        {"model.pin", [](Studio &studio) { drivesFlag(studio, "model.pin", "pinned"); }},
        {"model.connect", connectsSelected},
        {"model.disconnect", disconnects},
        {"model.reroute", reroutes},
        {"model.frame", frames},
        {"model.layout", laysOut},
        {"model.straighten", straightens},
        {"model.align_left", [](Studio &s) { aligns(s, "model.align_left", [](QRectF r) { return r.left(); }); }},
        {"model.align_right", [](Studio &s) { aligns(s, "model.align_right", [](QRectF r) { return r.right(); }); }},
        {"model.align_top", [](Studio &s) { aligns(s, "model.align_top", [](QRectF r) { return r.top(); }); }},
        {"model.align_bottom", [](Studio &s) { aligns(s, "model.align_bottom", [](QRectF r) { return r.bottom(); }); }},
        {"model.align_center",
         [](Studio &s) { aligns(s, "model.align_center", [](QRectF r) { return r.center().x(); }); }},
        {"model.align_middle",
         [](Studio &s) { aligns(s, "model.align_middle", [](QRectF r) { return r.center().y(); }); }},
        {"model.distribute_h", [](Studio &studio) { distributes(studio, "model.distribute_h", true); }},
        {"model.distribute_v", [](Studio &studio) { distributes(studio, "model.distribute_v", false); }},
        {"model.nudge_left", [](Studio &studio) { nudges(studio, "model.nudge_left", -1, 0); }},
        {"model.nudge_right", [](Studio &studio) { nudges(studio, "model.nudge_right", 1, 0); }},
        {"model.nudge_up", [](Studio &studio) { nudges(studio, "model.nudge_up", 0, -1); }},
        {"model.nudge_down", [](Studio &studio) { nudges(studio, "model.nudge_down", 0, 1); }},
        {"model.frame_narrower", [](Studio &studio) { resizesFrame(studio, "model.frame_narrower", -1, 0); }},
        {"model.frame_wider", [](Studio &studio) { resizesFrame(studio, "model.frame_wider", 1, 0); }},
        {"model.frame_shorter", [](Studio &studio) { resizesFrame(studio, "model.frame_shorter", 0, -1); }},
        {"model.frame_taller", [](Studio &studio) { resizesFrame(studio, "model.frame_taller", 0, 1); }},
        {"block.make", makeBlock},
        {"block.ungroup", ungroups},
        {"block.enter", entersAndLeaves},
        {"block.leave", entersAndLeaves},
        {"block.unique", makesUnique},
        {"block.rename", renamesBlock},
        {"block.library", keepsInLibrary},
    };
}

std::vector<Scenario> runScenarios()
{
    return {
        {"run.check", checks},
        {"run.restart_engine", restartsEngine},
        {"help.shortcuts", [](Studio &studio) { opensDialog(studio, "help.shortcuts", u"Settings"_s); }},
        {"help.about", [](Studio &studio) { opensDialog(studio, "help.about", u"About Espalier"_s); }},
    };
}

} // namespace

const std::vector<Scenario> &actionScenarios()
{
    static const std::vector<Scenario> all = [] {
        std::vector<Scenario> list;
        for (const auto &part :
             {fileScenarios(), editScenarios(), viewScenarios(), modelScenarios(), runScenarios(), watchScenarios()})
            list.insert(list.end(), part.begin(), part.end());
        return list;
    }();
    return all;
}

void answerFileDialog(Studio &studio, const QString &path)
{
    studio.whenModal([path](QWidget *modal) {
        auto *field = modal->findChild<QLineEdit *>(u"fileNameEdit"_s);
        QVERIFY(field);
        field->setText(path); // typed letters would open a completer over the dialog
        for (QPushButton *button : modal->findChildren<QPushButton *>())
            if (button->isDefault())
                QTest::mouseClick(button, Qt::LeftButton);
        if (modal->isVisible())
            modal->close();
    });
}

bool openLongTraining(Studio &studio)
{
    if (!studio.openDigits())
        return false;
    std::string text = writeDocument(studio.document().document());
    const std::string epochs = "\"epochs\": 20";
    const std::size_t at = text.find(epochs);
    if (at == std::string::npos)
        return false;
    text.replace(at, epochs.size(), "\"epochs\": 999999");
    const QString path = scratch(u"long.espalier"_s);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text.data(), static_cast<qint64>(text.size())) <= 0)
        return false;
    file.close();
    studio.clear();
    return studio.window().documents().open(path) && studio.waitForAnswers();
}

QString scratch(const QString &name)
{
    static const QTemporaryDir folder;
    return folder.filePath(name);
}

} // namespace espalier
