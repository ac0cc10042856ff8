// SPDX-License-Identifier: GPL-3.0-or-later
// The gestures and keys that people bring from other editors: a row for each thing they want to do, with every way to
// do it, by the pointer here and by keys in action_scenarios.cpp. A row without a way fails.
#include "tests/gui/window/studio.h"

#include "gui/document/studio_document.h"
#include "tests/gui/window/action_scenarios.h"
#include "widgets/lists/quick_add.h"

#include <QtGui/QAction>
#include <QtGui/QPointingDevice>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>
#include <QtWidgets/QTreeView>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

using Play = std::function<void(Studio &)>;

struct Key {
    const char *action;
    const char *keys; ///< in the keymap Default; "" where the row names none
};

struct Row {
    const char *name;
    std::vector<Key> keys;
    std::vector<std::pair<const char *, Play>> gestures;
};

std::size_t nodes(Studio &studio)
{
    return studio.graph().nodes.size();
}

std::size_t wires(Studio &studio)
{
    return studio.graph().wires.size();
}

void doubleClickAdds(Studio &studio)
{
    const QPointF at = studio.emptyPlace();
    studio.hand().doubleClick(at);
    QVERIFY(qobject_cast<QuickAdd *>(Studio::popup()));
    studio.takeFromPopup(u"tanh"_s);
    QCOMPARE(studio.graph().nodes.back().kind, std::string("Tanh"));
    QVERIFY(qAbs(studio.graph().nodes.back().x - at.x()) < 200);
}

void rightClickOpensAMenu(Studio &studio)
{
    studio.whenModal([&](QWidget *modal) {
        auto *menu = qobject_cast<QMenu *>(modal);
        QVERIFY(menu);
        studio.clickMenuItem(menu, u"Add layer…"_s);
    });
    studio.hand().click(studio.emptyPlace(), {}, Qt::RightButton);
    QTRY_VERIFY(studio.metModal());
    QTRY_VERIFY(qobject_cast<QuickAdd *>(Studio::popup()));
    studio.keys(u"Escape"_s);
    QVERIFY(!Studio::popup());
}

void wireIntoTheEmpty(Studio &studio)
{
    studio.hand().drag(studio.port(u"pool2"_s, u"y"_s, true), studio.emptyPlace());
    auto *popup = qobject_cast<QuickAdd *>(Studio::popup());
    QVERIFY(popup);
    // Only what fits: an Input takes no wire.
    studio.type(u"input"_s);
    const QAbstractItemModel *offered = popup->findChild<QTreeView *>()->model();
    for (int row = 0; row < offered->rowCount(); ++row)
        QVERIFY(offered->index(row, 0).data().toString() != u"Input"_s);
    popup->searchField()->clear();
    studio.takeFromPopup(u"relu"_s);
    QCOMPARE(nodes(studio), std::size_t(16));
    QVERIFY(studio.isWired(u"pool2"_s, qString(studio.graph().nodes.back().name)));
}

void pan(Studio &studio, Qt::MouseButton button)
{
    const QPointF centre = studio.view().viewState().centre;
    const QPointF from = studio.emptyPlace();
    Hand hand = studio.hand();
    const QPointF view = studio.view().toView(from);
    hand.press(from, button);
    hand.moveInView(view + QPointF(30, -20));
    hand.moveInView(view + QPointF(80, -50));
    hand.release(studio.view().toScene(view + QPointF(80, -50)), button);
    const QPointF moved = (studio.view().viewState().centre - centre) * studio.view().zoom();
    QVERIFY2((moved - QPointF(-80, 50)).manhattanLength() < 12, qPrintable(u"%1 %2"_s.arg(moved.x()).arg(moved.y())));
}

void spacePans(Studio &studio)
{
    QTest::keyPress(&studio.view(), Qt::Key_Space);
    pan(studio, Qt::LeftButton);
    QTest::keyRelease(&studio.view(), Qt::Key_Space);
    QVERIFY(studio.view().selection().isEmpty());
}

void wheelZoomsAtTheCursor(Studio &studio)
{
    const QPointF at(200, 150);
    const QPointF below = studio.view().toScene(at);
    const qreal before = studio.view().zoom();
    studio.hand().wheel(at, 120);
    QVERIFY(studio.view().zoom() > before);
    QVERIFY((studio.view().toScene(at) - below).manhattanLength() < 1);
    studio.hand().wheel(at, -120);
    QVERIFY(qAbs(studio.view().zoom() - before) < 0.01);
}

void boxSelects(Studio &studio)
{
    studio.keys(u"Home"_s);
    studio.settle();
    const auto around
        = [&](const QString &name) { return studio.view().nodeRect(studio.node(name)).adjusted(-8, -8, 8, 8); };
    Hand hand = studio.hand();
    const QRectF first = around(u"conv2"_s).united(around(u"norm2"_s));
    hand.drag(first.bottomLeft(), first.topRight());
    QCOMPARE(studio.selectedNames(), (QStringList{u"conv2"_s, u"norm2"_s}));
    const QRectF second = around(u"relu2"_s);
    hand.drag(second.bottomLeft(), second.topRight(), Qt::ShiftModifier);
    QCOMPARE(studio.selectedNames(), (QStringList{u"conv2"_s, u"norm2"_s, u"relu2"_s}));
    hand.drag(first.bottomLeft(), first.topRight(), Qt::ControlModifier);
    QCOMPARE(studio.selectedNames(), QStringList(u"relu2"_s));
}

void altDragDuplicates(Studio &studio)
{
    const QPointF from = studio.middleOf(u"conv2"_s);
    studio.hand().drag(from, from + QPointF(0, 200), Qt::AltModifier);
    QCOMPARE(nodes(studio), std::size_t(16));
    QCOMPARE(studio.nodeNamed(u"conv2"_s)->y, 180);
    QVERIFY(studio.graph().nodes.back().y > 300);
}

void knifeCuts(Studio &studio)
{
    const QPointF at = studio.middleOfWire(u"conv1"_s, u"norm1"_s);
    studio.hand().drag(at - QPointF(0, 120), at + QPointF(0, 20), Qt::ControlModifier, Qt::RightButton);
    QVERIFY(!studio.isWired(u"conv1"_s, u"norm1"_s));
    QVERIFY(studio.isWired(u"norm1"_s, u"relu1"_s));
    studio.keys(u"Ctrl+Z"_s);
    QCOMPARE(wires(studio), std::size_t(15)); // one step
}

void altClickClearsAPort(Studio &studio)
{
    studio.hand().click(studio.port(u"norm1"_s, u"x"_s, false), Qt::AltModifier);
    QVERIFY(!studio.isWired(u"conv1"_s, u"norm1"_s));
}

void isRerouted(Studio &studio)
{
    QCOMPARE(nodes(studio), std::size_t(16));
    QCOMPARE(studio.graph().nodes.back().kind, std::string("Reroute"));
    QVERIFY(!studio.isWired(u"conv1"_s, u"norm1"_s));
}

void doubleClickReroutes(Studio &studio)
{
    studio.hand().doubleClick(studio.middleOfWire(u"conv1"_s, u"norm1"_s));
    isRerouted(studio);
}

void altClickReroutes(Studio &studio)
{
    studio.hand().click(studio.middleOfWire(u"conv1"_s, u"norm1"_s), Qt::AltModifier);
    isRerouted(studio);
}

void strokeReroutes(Studio &studio)
{
    const QPointF at = studio.middleOfWire(u"conv1"_s, u"norm1"_s);
    studio.hand().drag(at - QPointF(0, 120), at + QPointF(0, 20), Qt::ShiftModifier, Qt::RightButton);
    isRerouted(studio);
}

/// A Dropout without wires somewhere free; its name.
QString looseNode(Studio &studio)
{
    studio.hand().doubleClick(studio.emptyPlace());
    studio.takeFromPopup(u"dropout"_s);
    studio.settle();
    return qString(studio.graph().nodes.back().name);
}

void dropInserts(Studio &studio)
{
    const QString loose = looseNode(studio);
    const int behind = studio.nodeNamed(u"norm1"_s)->x;
    studio.hand().drag(studio.middleOf(loose), studio.middleOfWire(u"conv1"_s, u"norm1"_s));
    QVERIFY(studio.isWired(u"conv1"_s, loose));
    QVERIFY(studio.isWired(loose, u"norm1"_s));
    QVERIFY(studio.nodeNamed(u"norm1"_s)->x > behind); // neighbours shift
}

void altSuppressesInsert(Studio &studio)
{
    const QString loose = looseNode(studio);
    Hand hand = studio.hand();
    const QPointF to = studio.middleOfWire(u"conv1"_s, u"norm1"_s);
    const QPointF from = studio.middleOf(loose);
    hand.press(from);
    hand.hover(from, to);
    hand.move(to, Qt::AltModifier);
    hand.release(to, Qt::LeftButton, Qt::AltModifier);
    QVERIFY(studio.isWired(u"conv1"_s, u"norm1"_s));
    QVERIFY(!studio.isWired(u"conv1"_s, loose));
    QVERIFY(qAbs(studio.middleOf(loose).x() - to.x()) < 20);
}

void dragMovesAWiresEnd(Studio &studio)
{
    studio.hand().drag(studio.port(u"norm1"_s, u"x"_s, false), studio.port(u"relu1"_s, u"x"_s, false));
    QVERIFY(studio.isWired(u"conv1"_s, u"relu1"_s));
    QVERIFY(!studio.isWired(u"conv1"_s, u"norm1"_s));
    QVERIFY(!studio.isWired(u"norm1"_s, u"relu1"_s)); // one wire an input
}

void ctrlDragMovesAllWires(Studio &studio)
{
    studio.view().setViewState({1, studio.middleOf(u"fc2"_s)});
    studio.settle();
    studio.hand().drag(studio.port(u"fc2"_s, u"y"_s, true), studio.port(u"dropout"_s, u"y"_s, true),
                       Qt::ControlModifier);
    QVERIFY(studio.isWired(u"dropout"_s, u"loss"_s));
    QVERIFY(studio.isWired(u"dropout"_s, u"scores"_s));
    QVERIFY(!studio.isWired(u"fc2"_s, u"loss"_s));
}

void strokeBypasses(Studio &studio)
{
    const QRectF rect = studio.view().nodeRect(studio.node(u"norm1"_s));
    const QPointF above(rect.center().x(), rect.top() - 30);
    studio.hand().drag(above, rect.center(), Qt::ControlModifier | Qt::AltModifier, Qt::RightButton);
    QVERIFY(studio.nodeNamed(u"norm1"_s)->isBypassed());
}

void doubleClickEntersABlock(Studio &studio)
{
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.keys(u"Ctrl+G"_s);
    QVERIFY(studio.waitForAnswers());
    studio.settle();
    const QString block = *studio.view().selection().nodes.begin();
    const QRectF rect = studio.view().nodeRect(block);
    studio.hand().doubleClick(QPointF(rect.center().x(), rect.bottom() - 8));
    QVERIFY(studio.page()->isInBlock());
    studio.settle();
    studio.keys(u"Escape"_s);
    QVERIFY(!studio.page()->isInBlock());
}

void framesCarryTheirNodes(Studio &studio)
{
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.keys(u"C"_s);
    QCOMPARE(studio.model().frames().size(), 1);
    studio.settle();
    const QRectF rect = studio.model().frames().cbegin()->rect;
    studio.view().selectNone();
    const QPointF title(rect.center().x(), rect.top() + 16);
    studio.hand().drag(title, title + QPointF(0, 60), {});
    QCOMPARE(studio.nodeNamed(u"conv1"_s)->y, 100);
    QCOMPARE(studio.nodeNamed(u"norm1"_s)->y, 100);
    QCOMPARE(studio.nodeNamed(u"relu1"_s)->y, 40);
}

void shiftDragSnaps(Studio &studio)
{
    const QPointF from = studio.middleOf(u"conv2"_s);
    studio.hand().drag(from, from + QPointF(13, 131), Qt::ShiftModifier);
    QVERIFY(studio.nodeNamed(u"conv2"_s)->y > 180);
    QCOMPARE(studio.nodeNamed(u"conv2"_s)->x % 8, 0);
    QCOMPARE(studio.nodeNamed(u"conv2"_s)->y % 8, 0);
}

void doubleClickRenames(Studio &studio)
{
    const QRectF rect = studio.view().nodeRect(studio.node(u"conv1"_s));
    studio.view().setViewState({1, rect.center()});
    studio.settle();
    for (qreal y = rect.top() + 6; y < rect.bottom() && !studio.view().findChild<QLineEdit *>(u"name editor"_s); y += 6)
        studio.hand().doubleClick(QPointF(rect.center().x(), y));
    QVERIFY(studio.view().findChild<QLineEdit *>(u"name editor"_s));
    studio.type(u"eyes"_s);
    studio.keys(u"Return"_s);
    QVERIFY(studio.nodeNamed(u"eyes"_s));
}

void singleLettersNeedTheCanvas(Studio &studio)
{
    studio.select({u"conv1"_s});
    studio.keys(u"F6"_s);
    QVERIFY(!studio.view().hasFocus());
    studio.keys(u"M"_s);
    QVERIFY(!studio.nodeNamed(u"conv1"_s)->isBypassed());
    QVERIFY(!studio.view().testAttribute(Qt::WA_InputMethodEnabled));
}

const std::vector<Row> &rows()
{
    static const std::vector<Row> all{
        {"Add node",
         {{"model.add", "Tab"}, {"model.add", "Shift+A"}},
         {{"double click", doubleClickAdds}, {"right click", rightClickOpensAMenu}}},
        {"Drag wire to empty", {}, {{"drag", wireIntoTheEmpty}}},
        {"Pan", {}, {{"middle button", [](Studio &studio) { pan(studio, Qt::MiddleButton); }}, {"Space", spacePans}}},
        {"Zoom", {{"view.zoom_in", "Ctrl+="}, {"view.zoom_out", "Ctrl+-"}}, {{"wheel", wheelZoomsAtTheCursor}}},
        {"Box select / add", {}, {{"drag", boxSelects}}},
        {"Fit all / selection",
         {{"view.fit_all", "Home"}, {"view.fit_selection", "."}, {"view.fit_selection", "F"}},
         {}},
        {"Find node", {{"edit.find", "Ctrl+F"}}, {}},
        {"Duplicate",
         {{"edit.duplicate", "Ctrl+D"}, {"edit.duplicate", "Shift+D"}, {"edit.duplicate_keep_inputs", "Ctrl+Shift+D"}},
         {{"Alt drag", altDragDuplicates}}},
        {"Copy/paste",
         {{"edit.copy", "Ctrl+C"},
          {"edit.paste", "Ctrl+V"},
          {"edit.cut", "Ctrl+X"},
          {"edit.paste_keep_inputs", "Ctrl+Shift+V"}},
         {}},
        {"Delete / and reconnect",
         {{"edit.delete", "Del"}, {"edit.delete_reconnect", "Ctrl+Del"}, {"edit.cut", "Shift+Del"}},
         {}},
        {"Cut wires", {}, {{"knife", knifeCuts}, {"Alt click", altClickClearsAPort}}},
        {"Reroute",
         {{"model.reroute", ""}},
         {{"double click", doubleClickReroutes}, {"Alt click", altClickReroutes}, {"stroke", strokeReroutes}}},
        {"Insert on wire", {}, {{"drop", dropInserts}, {"Alt", altSuppressesInsert}}},
        {"Move wire ends", {}, {{"drag", dragMovesAWiresEnd}, {"Ctrl drag", ctrlDragMovesAllWires}}},
        {"Mute / bypass",
         {{"model.bypass", "M"}, {"model.bypass", "Ctrl+B"}, {"model.disable", "Ctrl+M"}},
         {{"stroke", strokeBypasses}}},
        {"Group into subnetwork",
         {{"block.make", "Ctrl+G"},
          {"block.ungroup", "Ctrl+Shift+G"},
          {"block.leave", "Esc"},
          {"block.leave", "Backspace"},
          {"walk.act", "Return"}},
         {{"double click", doubleClickEntersABlock}}},
        {"Frame/comment", {{"model.frame", "C"}, {"model.frame", "Ctrl+J"}}, {{"drag", framesCarryTheirNodes}}},
        {"Collapse node", {{"model.collapse", "H"}, {"model.collapse", "Alt+C"}}, {}},
        {"Hide unused ports", {{"model.hide_ports", "Ctrl+H"}}, {}},
        {"Connect selected", {{"model.connect", "L"}}, {}},
        {"Align / straighten",
         {{"model.straighten", "Q"},
          {"model.align_left", "Ctrl+Shift+Left"},
          {"model.align_right", "Ctrl+Shift+Right"},
          {"model.align_top", "Ctrl+Shift+Up"},
          {"model.align_bottom", "Ctrl+Shift+Down"}},
         {{"Shift drag", shiftDragSnaps}}},
        {"Auto layout", {{"model.layout", "Ctrl+Shift+F"}}, {}},
        {"Rename / pin", {{"model.rename", "F2"}, {"model.pin", "P"}}, {{"double click", doubleClickRenames}}},
        {"Run / stop", {{"run.start", "Ctrl+Return"}, {"run.stop", "Ctrl+Alt+Return"}}, {}},
        {"Undo / redo", {{"edit.undo", "Ctrl+Z"}, {"edit.redo", "Ctrl+Shift+Z"}, {"edit.redo", "Ctrl+Y"}}, {}},
        {"Keyboard only",
         {{"view.next_panel", "F6"},
          {"view.previous_panel", "Shift+F6"},
          {"view.next_document", "Ctrl+Tab"},
          {"walk.left", "Left"},
          {"walk.port_left", "Alt+Left"},
          {"walk.act", "Return"},
          {"view.full_screen", "F11"},
          {"view.dashboard", "Shift+F11"}},
         {{"letters", singleLettersNeedTheCanvas}}},
    };
    return all;
}

} // namespace

class TstConventions : public QObject {
    Q_OBJECT
private slots:
    void everyRowHasAWay();
    void keysAreBoundAndDriven();
    void gestures_data();
    void gestures();

private:
    std::unique_ptr<Studio> m_studio;
};

void TstConventions::everyRowHasAWay()
{
    QCOMPARE(rows().size(), std::size_t(26));
    for (const Row &row : rows())
        QVERIFY2(!row.keys.empty() || !row.gestures.empty(), row.name);
}

void TstConventions::keysAreBoundAndDriven()
{
    for (const Row &row : rows())
        for (const Key &key : row.keys) {
            const ActionSpec *spec = findAction(QString::fromLatin1(key.action));
            QVERIFY2(spec, key.action);
            QVERIFY2(!*key.keys || defaultKeys(*spec, Keymap::Default).contains(QString::fromLatin1(key.keys)),
                     qPrintable(u"%1: %2"_s.arg(QString::fromLatin1(key.action), QString::fromLatin1(key.keys))));
            const auto &scenarios = actionScenarios();
            QVERIFY2(std::any_of(scenarios.begin(), scenarios.end(),
                                 [&](const Scenario &play) { return qstrcmp(play.id, key.action) == 0; }),
                     key.action);
        }
}

void TstConventions::gestures_data()
{
    QTest::addColumn<int>("row");
    QTest::addColumn<int>("way");
    for (int row = 0; row < static_cast<int>(rows().size()); ++row) {
        const Row &each = rows()[static_cast<std::size_t>(row)];
        for (int way = 0; way < static_cast<int>(each.gestures.size()); ++way)
            QTest::addRow("%s: %s", each.name, each.gestures[static_cast<std::size_t>(way)].first) << row << way;
    }
}

void TstConventions::gestures()
{
    QFETCH(int, row);
    QFETCH(int, way);
    if (!m_studio)
        m_studio = std::make_unique<Studio>();
    Studio &studio = *m_studio;
    studio.clear();
    QVERIFY(studio.openDigits());
    studio.view().setMinimapVisible(false);
    studio.view().setViewState({0.8, studio.middleOf(u"norm1"_s) + QPointF(100, 90)});
    studio.settle();
    rows()[static_cast<std::size_t>(row)].gestures[static_cast<std::size_t>(way)].second(studio);
    if (QTest::currentTestFailed())
        m_studio.reset();
}

int main(int argc, char **argv)
{
    return runStudioTest<TstConventions>(argc, argv);
}

#include "tst_conventions.moc"
