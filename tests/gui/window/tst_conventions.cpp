// SPDX-License-Identifier: GPL-3.0-or-later
// This file is long because each way to do each thing has its few lines in one list.
// The gestures and keys that people bring from other editors. conventions.json has a row for each thing they want to
// do: what the studio promises, and every way to do it, by the pointer or by a key. Each way is driven here by real
// events; what a key's action does then is driven in action_scenarios.cpp. It fails on a word of a promise that no way
// drives, on a way that nothing drives, and on a driver of no way.
#include "tests/gui/window/studio.h"

#include "gui/document/studio_document.h"
#include "gui/window/breadcrumbs.h"
#include "gui/window/train_controller.h"
#include "tests/gui/window/action_scenarios.h"
#include "widgets/lists/quick_add.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtGui/QAction>
#include <QtGui/QClipboard>
#include <QtGui/QPointingDevice>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QTreeView>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

using Play = std::function<void(Studio &)>;

/// One way to do what a row promises.
struct Way {
    QString row;
    QString says; ///< the words of the promise that it keeps
    QString pointer; ///< name of its driver; empty: a key
    QString action;
    QString key;
    Keymap keymap = Keymap::Default;
};

struct Row {
    QString action;
    QString promise;
    QList<Way> ways;
};

QList<Row> readRows()
{
    QFile file(QStringLiteral(ESPALIER_SOURCE_DIR "/tests/gui/window/conventions.json"));
    const QJsonArray json
        = file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).array() : QJsonArray();
    QList<Row> rows;
    for (const auto &row : json) {
        rows.append({row[u"action"].toString(), row[u"default"].toString(), {}});
        for (const auto &way : row[u"ways"].toArray())
            rows.last().ways.append({rows.last().action, way[u"say"].toString(), way[u"pointer"].toString(),
                                     way[u"action"].toString(), way[u"key"].toString(),
                                     way[u"keymap"].toString() == u"Unreal" ? Keymap::Unreal : Keymap::Default});
    }
    return rows;
}

const QList<Row> &rows()
{
    static const QList<Row> all = readRows();
    return all;
}

QList<Way> allWays()
{
    QList<Way> ways;
    for (const Row &row : rows())
        ways += row.ways;
    return ways;
}

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

void wireIntoTheEmptyOffersWhatFits(Studio &studio)
{
    studio.hand().drag(studio.port(u"pool2"_s, u"y"_s, true), studio.emptyPlace());
    auto *popup = qobject_cast<QuickAdd *>(Studio::popup());
    QVERIFY(popup);
    studio.type(u"input"_s); // takes no wire
    const QAbstractItemModel *offered = popup->findChild<QTreeView *>()->model();
    for (int row = 0; row < offered->rowCount(); ++row)
        QVERIFY(offered->index(row, 0).data().toString() != u"Input"_s);
}

void wireIntoTheEmptyComesWired(Studio &studio)
{
    studio.hand().drag(studio.port(u"pool2"_s, u"y"_s, true), studio.emptyPlace());
    QVERIFY(Studio::popup());
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

void rightButtonPans(Studio &studio)
{
    studio.whenModal([&](QWidget *dialog) {
        for (QCheckBox *box : dialog->findChildren<QCheckBox *>())
            if (box->text().contains(u"right button pans"_s))
                QTest::mouseClick(box, Qt::LeftButton, {}, QPoint(10, box->height() / 2));
        QTest::keyClick(dialog, Qt::Key_Escape);
    });
    studio.keys(u"Ctrl+,"_s);
    QTRY_VERIFY(studio.metModal());
    pan(studio, Qt::RightButton);
    QVERIFY(!Studio::popup()); // and no menu opens
}

void pinchOnATouchpad(Studio &studio)
{
    const QPointF at(200, 150);
    const QPointF below = studio.view().toScene(at);
    const qreal before = studio.view().zoom();
    QNativeGestureEvent pinch(Qt::ZoomNativeGesture, QPointingDevice::primaryPointingDevice(), 2, at, at,
                              studio.view().mapToGlobal(at), 0.25, {});
    QApplication::sendEvent(&studio.view(), &pinch);
    QVERIFY(qAbs(studio.view().zoom() - before * 1.25) < 1e-6);
    QVERIFY((studio.view().toScene(at) - below).manhattanLength() < 3); // whole pixels
}

void pinchOnATouchScreen(Studio &studio)
{
    static QPointingDevice *const screen = QTest::createTouchDevice();
    const qreal before = studio.view().zoom();
    const QPoint middle(300, 250);
    const auto fingers = [&](int apart) { return std::pair(middle - QPoint(apart, 0), middle + QPoint(apart, 0)); };
    auto [left, right] = fingers(40);
    QTest::touchEvent(&studio.view(), screen).press(0, left, &studio.view()).press(1, right, &studio.view());
    for (const int apart : {50, 60, 70, 80}) {
        std::tie(left, right) = fingers(apart);
        QTest::touchEvent(&studio.view(), screen).move(0, left, &studio.view()).move(1, right, &studio.view());
    }
    QTest::touchEvent(&studio.view(), screen).release(0, left, &studio.view()).release(1, right, &studio.view());
    QVERIFY2(studio.view().zoom() > 1.3 * before, qPrintable(QString::number(studio.view().zoom() / before)));
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

QRectF around(Studio &studio, const QStringList &names)
{
    QRectF rect;
    for (const QString &name : names)
        rect |= studio.view().nodeRect(studio.node(name)).adjusted(-8, -8, 8, 8);
    return rect;
}

void boxes(Studio &studio, const QStringList &names, Qt::KeyboardModifiers keys)
{
    const QRectF rect = around(studio, names);
    studio.hand().drag(rect.bottomLeft(), rect.topRight(), keys);
}

void boxSelects(Studio &studio)
{
    studio.keys(u"Home"_s);
    studio.settle();
    boxes(studio, {u"conv2"_s, u"norm2"_s}, {});
    QCOMPARE(studio.selectedNames(), (QStringList{u"conv2"_s, u"norm2"_s}));
}

void shiftBoxAdds(Studio &studio)
{
    boxSelects(studio);
    boxes(studio, {u"relu2"_s}, Qt::ShiftModifier);
    QCOMPARE(studio.selectedNames(), (QStringList{u"conv2"_s, u"norm2"_s, u"relu2"_s}));
}

void ctrlBoxRemoves(Studio &studio)
{
    boxSelects(studio);
    boxes(studio, {u"norm2"_s, u"relu2"_s}, Qt::ControlModifier); // the one out, the other in
    QCOMPARE(studio.selectedNames(), (QStringList{u"conv2"_s, u"relu2"_s}));
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
    studio.hand().drag(studio.middleOf(loose), studio.middleOfWire(u"conv1"_s, u"norm1"_s));
    QVERIFY(studio.isWired(u"conv1"_s, loose));
    QVERIFY(studio.isWired(loose, u"norm1"_s));
    QVERIFY(!studio.isWired(u"conv1"_s, u"norm1"_s));
}

void neighboursShift(Studio &studio)
{
    const QString loose = looseNode(studio);
    const int behind = studio.nodeNamed(u"norm1"_s)->x;
    studio.hand().drag(studio.middleOf(loose), studio.middleOfWire(u"conv1"_s, u"norm1"_s));
    QVERIFY(studio.nodeNamed(u"norm1"_s)->x > behind);
    const QRectF added = studio.view().nodeRect(studio.node(loose));
    QVERIFY(!added.intersects(studio.view().nodeRect(studio.node(u"norm1"_s))));
    QVERIFY(!added.intersects(studio.view().nodeRect(studio.node(u"conv1"_s))));
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

void dragMovesTheSelectedWiresStart(Studio &studio)
{
    studio.hand().click(studio.middleOfWire(u"norm1"_s, u"relu1"_s));
    studio.hand().drag(studio.port(u"norm1"_s, u"y"_s, true), studio.port(u"conv1"_s, u"y"_s, true));
    QVERIFY(studio.isWired(u"conv1"_s, u"relu1"_s));
    QVERIFY(!studio.isWired(u"norm1"_s, u"relu1"_s));
    QVERIFY(studio.isWired(u"conv1"_s, u"norm1"_s)); // many wires an output
}

void copiesAsText(Studio &studio)
{
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.keys(u"Ctrl+C"_s);
    const QJsonDocument json = QJsonDocument::fromJson(QGuiApplication::clipboard()->text().toUtf8());
    QVERIFY(json.isObject());
    QVERIFY(json.toJson().contains("conv1") && json.toJson().contains("norm1"));
}

void layoutTakesAll(Studio &studio)
{
    studio.view().selectNone();
    const int before = studio.document().position();
    studio.keys(u"Ctrl+Shift+F"_s);
    QTRY_COMPARE(studio.document().position(), before + 1);
    QVERIFY(studio.nodeNamed(u"conv1"_s)->x < studio.nodeNamed(u"conv2"_s)->x); // they stood one above the other
}

void breadcrumbsLeadUp(Studio &studio)
{
    studio.select({u"conv1"_s, u"norm1"_s});
    studio.keys(u"Ctrl+G"_s);
    QVERIFY(studio.waitForAnswers());
    studio.keys(u"Ctrl+E"_s);
    QVERIFY(studio.page()->isInBlock());
    const auto crumbs = studio.page()->findChild<Breadcrumbs *>()->findChildren<QToolButton *>();
    QVERIFY(!crumbs.isEmpty());
    QTest::mouseClick(crumbs.first(), Qt::LeftButton);
    QVERIFY(!studio.page()->isInBlock());
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
}

void theCanvasTakesNoInputMethod(Studio &studio)
{
    studio.view().setFocus();
    QVERIFY(!studio.view().testAttribute(Qt::WA_InputMethodEnabled));
    QInputMethodQueryEvent query(Qt::ImEnabled);
    QApplication::sendEvent(&studio.view(), &query);
    QVERIFY(!query.value(Qt::ImEnabled).toBool());
}

const QHash<QString, Play> &drivers()
{
    static const QHash<QString, Play> all{
        {u"double click adds"_s, doubleClickAdds},
        {u"right click opens a menu"_s, rightClickOpensAMenu},
        {u"wire into the empty offers what fits"_s, wireIntoTheEmptyOffersWhatFits},
        {u"wire into the empty comes wired"_s, wireIntoTheEmptyComesWired},
        {u"middle button pans"_s, [](Studio &studio) { pan(studio, Qt::MiddleButton); }},
        {u"Space pans"_s, spacePans},
        {u"right button pans where the settings say so"_s, rightButtonPans},
        {u"wheel zooms at the cursor"_s, wheelZoomsAtTheCursor},
        {u"pinch on a touchpad zooms"_s, pinchOnATouchpad},
        {u"pinch on a touch screen zooms"_s, pinchOnATouchScreen},
        {u"box selects"_s, boxSelects},
        {u"Shift box adds"_s, shiftBoxAdds},
        {u"Ctrl box removes"_s, ctrlBoxRemoves},
        {u"Alt drag duplicates"_s, altDragDuplicates},
        {u"what is copied is JSON text"_s, copiesAsText},
        {u"knife cuts"_s, knifeCuts},
        {u"Alt click clears a port"_s, altClickClearsAPort},
        {u"double click reroutes"_s, doubleClickReroutes},
        {u"Alt click reroutes"_s, altClickReroutes},
        {u"stroke reroutes"_s, strokeReroutes},
        {u"drop inserts"_s, dropInserts},
        {u"Alt suppresses the insertion"_s, altSuppressesInsert},
        {u"neighbours shift"_s, neighboursShift},
        {u"Ctrl drag moves all wires"_s, ctrlDragMovesAllWires},
        {u"drag moves the end of a wire"_s, dragMovesAWiresEnd},
        {u"drag moves the start of the selected wire"_s, dragMovesTheSelectedWiresStart},
        {u"stroke bypasses"_s, strokeBypasses},
        {u"double click enters a block"_s, doubleClickEntersABlock},
        {u"breadcrumbs lead up"_s, breadcrumbsLeadUp},
        {u"frames carry their nodes"_s, framesCarryTheirNodes},
        {u"Shift drag snaps"_s, shiftDragSnaps},
        {u"layout without a selection takes all"_s, layoutTakesAll},
        {u"double click renames"_s, doubleClickRenames},
        {u"the canvas takes no input method"_s, theCanvasTakesNoInputMethod},
        {u"letters need the canvas"_s, singleLettersNeedTheCanvas},
    };
    return all;
}

/// What an action needs before its key can act.
void prepare(Studio &studio, const QString &action)
{
    const bool needsBlock = action == u"block.ungroup"_s || action == u"block.leave"_s;
    studio.select(action == u"model.rename"_s ? QStringList(u"norm2"_s) : QStringList{u"conv2"_s, u"norm2"_s});
    studio.view().setCurrent({GraphPart::Node, studio.node(u"norm2"_s), {}});
    if (action.startsWith(u"edit.paste"_s))
        studio.keys(u"Ctrl+C"_s);
    if (action == u"edit.undo"_s || action == u"edit.redo"_s)
        studio.keys(u"M"_s);
    if (action == u"edit.redo"_s)
        studio.keys(u"Ctrl+Z"_s);
    if (needsBlock)
        studio.keys(u"Ctrl+G"_s);
    if (action == u"block.leave"_s)
        studio.keys(u"Ctrl+E"_s);
    if (action == u"run.stop"_s) {
        studio.keys(u"Ctrl+Return"_s);
        QTRY_VERIFY_WITH_TIMEOUT(studio.window().trainer().stepsDone() > 0, 20'000);
    }
    QTRY_VERIFY2(studio.actions().action(action)->isEnabled(), qPrintable(action));
}

} // namespace

class TstConventions : public QObject {
    Q_OBJECT
private slots:
    void everyWordOfEveryRowIsAWay();
    void everyWayHasADriverAndEveryDriverAWay();
    void everyKeysActionIsDriven();
    void pointerDoes_data();
    void pointerDoes();
    void keyActs_data();
    void keyActs();

private:
    std::unique_ptr<Studio> m_studio;
};

void TstConventions::everyWordOfEveryRowIsAWay()
{
    QCOMPARE(rows().size(), 26); // as many as the table of conventions has
    for (const Row &row : rows()) {
        QStringList said;
        for (const Way &way : row.ways)
            said.append(way.says);
        std::sort(said.begin(), said.end(), [](const QString &a, const QString &b) { return a.size() > b.size(); });
        said.removeDuplicates();
        QString left = row.promise;
        for (const QString &words : std::as_const(said)) {
            const qsizetype at = left.indexOf(words);
            QVERIFY2(at >= 0, qPrintable(u"%1 does not promise “%2”"_s.arg(row.action, words)));
            left.replace(at, words.size(), u" "_s);
        }
        left.remove(QRegularExpression(u"\\b(and|or)\\b|[,;/*\\s]"_s));
        QVERIFY2(left.isEmpty(), qPrintable(u"%1: nothing drives “%2”"_s.arg(row.action, left)));
    }
}

void TstConventions::everyWayHasADriverAndEveryDriverAWay()
{
    QSet<QString> used;
    for (const Way &way : allWays()) {
        QVERIFY2(way.pointer.isEmpty() != way.key.isEmpty(), qPrintable(way.row));
        if (way.pointer.isEmpty())
            continue;
        QVERIFY2(drivers().contains(way.pointer), qPrintable(way.pointer));
        used.insert(way.pointer);
    }
    for (auto name = drivers().keyBegin(); name != drivers().keyEnd(); ++name)
        QVERIFY2(used.contains(*name), qPrintable(*name));
}

void TstConventions::everyKeysActionIsDriven()
{
    QSet<QString> driven;
    for (const Scenario &scenario : actionScenarios())
        driven.insert(QString::fromLatin1(scenario.id));
    for (const Way &way : allWays())
        if (!way.key.isEmpty())
            QVERIFY2(findAction(way.action) && driven.contains(way.action), qPrintable(way.action));
    for (const ActionSpec &spec : actionTable())
        QVERIFY2(driven.contains(QString::fromLatin1(spec.id)), spec.id);
}

void TstConventions::pointerDoes_data()
{
    QTest::addColumn<QString>("driver");
    for (const Way &way : allWays())
        if (!way.pointer.isEmpty())
            QTest::addRow("%s: %s", qPrintable(way.row), qPrintable(way.pointer)) << way.pointer;
}

void TstConventions::pointerDoes()
{
    QFETCH(QString, driver);
    if (!m_studio)
        m_studio = std::make_unique<Studio>();
    Studio &studio = *m_studio;
    studio.clear();
    QVERIFY(studio.openDigits());
    studio.view().setMinimapVisible(false);
    studio.view().setViewState({0.8, studio.middleOf(u"norm1"_s) + QPointF(100, 90)});
    studio.settle();
    drivers().value(driver)(studio);
    if (QTest::currentTestFailed())
        m_studio.reset();
}

void TstConventions::keyActs_data()
{
    QTest::addColumn<QString>("action");
    QTest::addColumn<QString>("key");
    QTest::addColumn<int>("keymap");
    for (const Way &way : allWays())
        if (!way.key.isEmpty())
            QTest::addRow("%s: %s", qPrintable(way.row), qPrintable(way.key))
                << way.action << way.key << static_cast<int>(way.keymap);
}

/// Every key, aliases too, is pressed in the window, and its action runs.
void TstConventions::keyActs()
{
    QFETCH(QString, action);
    QFETCH(QString, key);
    QFETCH(int, keymap);
    const bool trains = action.startsWith(u"run."_s);
    if (trains)
        m_studio = std::make_unique<Studio>(realEngine());
    else if (!m_studio)
        m_studio = std::make_unique<Studio>();
    Studio &studio = *m_studio;
    studio.clear();
    QVERIFY(trains ? openLongTraining(studio) : studio.openDigits() != nullptr);
    studio.actions().setKeymap(static_cast<Keymap>(keymap));
    prepare(studio, action);
    if (QTest::currentTestFailed())
        return;
    const QSignalSpy triggered(&studio.actions(), &Actions::triggered);
    studio.keys(key);
    const auto acts = [&] {
        return std::any_of(triggered.begin(), triggered.end(),
                           [&](const QList<QVariant> &call) { return call.first().toString() == action; });
    };
    QVERIFY2(acts(), qPrintable(u"%1 does not run %2"_s.arg(key, action)));
    if (action == u"view.full_screen"_s || action == u"view.dashboard"_s)
        studio.keys(key); // back
    if (action == u"run.start"_s) {
        QTRY_VERIFY_WITH_TIMEOUT(studio.window().trainer().stepsDone() > 0, 20'000);
        studio.keys(u"Ctrl+Alt+Return"_s);
    }
    if (trains) {
        QTRY_VERIFY_WITH_TIMEOUT(!studio.actions().action(u"run.stop"_s)->isEnabled(), 10'000);
        m_studio.reset();
    }
}

int main(int argc, char **argv)
{
    return runStudioTest<TstConventions>(argc, argv);
}

#include "tst_conventions.moc"
