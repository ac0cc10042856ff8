// SPDX-License-Identifier: GPL-3.0-or-later
// The Data panel in the real window with the real engine: an empty drawing gets its data and what learns from them.
#include "tests/gui/window/studio.h"

#include "gui/data_panel/data_panel.h"
#include "gui/data_panel/data_preview.h"
#include "gui/data_panel/data_subject.h"
#include "gui/data_panel/normalization_box.h"
#include "gui/data_panel/split_bar.h"
#include "gui/document/data_edits.h"
#include "gui/document/studio_document.h"
#include "gui/panels/problem_box.h"
#include "gui/window/panel_area.h"
#include "widgets/properties/property_editor.h"

#include <QtCore/QMimeData>
#include <QtGui/QDropEvent>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLabel>
#include <QtWidgets/QListView>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableView>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstDataPanel : public QObject {
    Q_OBJECT
private slots:
    void builtInDataBecomeADrawingThatLearns();
    void aDroppedTableIsRecognised();
    void aDroppedFileThatIsNoDataIsSaid();
    void kindNameAndRemoval();
    void aMissingFileOffersTheNearest();
    void rowsComeByThePage();
    void picturesAreShown();
    void theSplitIsDraggedAndMovedByKeys();
    void normalisationSaysBeforeAndAfter();
    void whatIsWrongWithTheDataIsSaidWithAFix();
    void anInputOpensItsDataWide();
};

namespace {

DataPanel &panelOf(Studio &studio)
{
    return *studio.window().dataPanel();
}

QPushButton *button(QWidget &in, const QString &beginning)
{
    for (QPushButton *each : in.findChildren<QPushButton *>())
        if (each->isVisible() && each->text().startsWith(beginning))
            return each;
    return nullptr;
}

const JsonValue &firstSource(Studio &studio)
{
    return studio.document().document().data["sources"].items().front();
}

bool isDescribed(Studio &studio)
{
    return QTest::qWaitFor([&] { return panelOf(studio).subject()->isDescribed(); }, 10'000);
}

void addBuiltIn(Studio &studio)
{
    studio.newDrawing();
    studio.drive(u"view.data");
    QPushButton *builtIn = button(panelOf(studio), u"Built-in"_s);
    QVERIFY(builtIn);
    QCOMPARE(studio.window().focusWidget(), builtIn);
    QTest::keyClick(builtIn, Qt::Key_Space);
    QVERIFY(isDescribed(studio));
}

QString written(const QString &name, const QByteArray &bytes)
{
    static const QTemporaryDir folder;
    QFile file(folder.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("can't write");
    return file.fileName();
}

void dropFile(Studio &studio, const QString &path)
{
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    const QPoint at = studio.window().rect().center();
    QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&studio.window(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&studio.window(), &drop);
}

} // namespace

void TstDataPanel::builtInDataBecomeADrawingThatLearns()
{
    Studio studio(realEngine());
    addBuiltIn(studio);
    QCOMPARE(firstSource(studio)["kind"].string(), std::string("builtin"));
    QPushButton *propose = button(panelOf(studio), u"Add input"_s);
    QVERIFY(propose && propose->isEnabled());
    QTest::mouseClick(propose, Qt::LeftButton);
    QCOMPARE(studio.graph().nodes.size(), std::size_t(5)); // Input, Flatten, Dense, Output, CrossEntropy
    QVERIFY(studio.waitForAnswers());
    QTRY_VERIFY(!studio.answers().isDataPending);
    for (const Error &problem : studio.answers().problems)
        QVERIFY2(false, qPrintable(text(problem)));
    QCOMPARE(studio.answers().total.parameters, 650.0);
    QCOMPARE(normalizationOf(studio.document().document(), firstSource(studio)["id"].string(), "image"),
             std::string("minmax"));
    QCOMPARE(studio.document().document().data["split"]["stratify"].string(), std::string("label"));
    studio.document().undo(); // one step
    QVERIFY(studio.graph().nodes.empty());
    QCOMPARE(studio.document().document().data["split"]["stratify"].string(), std::string());
    studio.document().undo();
    QVERIFY(studio.document().document().data.isNull());
    QTRY_VERIFY(button(panelOf(studio), u"Built-in"_s));
}

void TstDataPanel::aDroppedTableIsRecognised()
{
    Studio studio(realEngine());
    studio.newDrawing();
    QByteArray table("id,width,kind\n");
    for (int i = 0; i < 50; ++i)
        table += QByteArray::number(i) + "," + QByteArray::number(i * 0.5) + "," + (i % 2 ? "a" : "b") + "\n";
    dropFile(studio, written(u"leaves.csv"_s, table));
    QTRY_VERIFY(!studio.document().document().data.isNull());
    QCOMPARE(studio.window().rightPanels()->current(), u"data"_s);
    QCOMPARE(firstSource(studio)["name"].string(), std::string("leaves"));
    QCOMPARE(firstSource(studio)["parameters"]["features"].items().size(), std::size_t(1));
    QCOMPARE(firstSource(studio)["parameters"]["missing"].string(), std::string("refuse")); // every default is written
    QVERIFY(isDescribed(studio));
    QCOMPARE(panelOf(studio).subject()->rows().count, qint64(50));
    QCOMPARE(studio.window().pageCount(), 1);
}

void TstDataPanel::aDroppedFileThatIsNoDataIsSaid()
{
    Studio studio(realEngine());
    studio.newDrawing();
    dropFile(studio, written(u"thing.bin"_s, QByteArray(100, '\0')));
    QTRY_VERIFY(!panelOf(studio).findChildren<ProblemBox *>().isEmpty());
    QVERIFY(studio.document().document().data.isNull());
}

void TstDataPanel::kindNameAndRemoval()
{
    Studio studio(realEngine());
    addBuiltIn(studio);
    QTest::mouseClick(button(panelOf(studio), u"Add input"_s), Qt::LeftButton);
    QWidget *name = panelOf(studio).editor()->field(u"\001name"_s);
    QVERIFY(name);
    name->setFocus();
    studio.keys(u"Ctrl+A"_s);
    studio.type(u"figures"_s);
    studio.keys(u"Return"_s);
    QCOMPARE(firstSource(studio)["name"].string(), std::string("figures"));
    QCOMPARE(studio.nodeNamed(u"data"_s)->params["source"].string(), std::string("figures"));
    QComboBox *kind = nullptr;
    for (QComboBox *each : panelOf(studio).findChildren<QComboBox *>())
        if (each->accessibleName() == u"Kind of data"_s)
            kind = each;
    QVERIFY(kind);
    kind->setFocus();
    QTest::keyClicks(kind, u"Gen"_s);
    QCOMPARE(firstSource(studio)["kind"].string(), std::string("generator"));
    QVERIFY(panelOf(studio).editor()->field(u"turns"_s)); // of spirals only
    QTRY_COMPARE(panelOf(studio).subject()->rows().count, qint64(1000));
    for (QAbstractButton *each : panelOf(studio).findChildren<QAbstractButton *>())
        if (each->accessibleName() == u"Remove these data"_s)
            QTest::mouseClick(each, Qt::LeftButton);
    QVERIFY(studio.document().document().data.isNull());
}

void TstDataPanel::aMissingFileOffersTheNearest()
{
    Studio studio(realEngine());
    studio.newDrawing();
    const QString path = written(u"flowers.csv"_s, "a,b\n1,x\n2,y\n3,x\n");
    dropFile(studio, path);
    QVERIFY(isDescribed(studio));
    panelOf(studio).editor()->focusProperty(u"path"_s);
    studio.keys(u"End"_s);
    studio.type(u"x"_s);
    studio.keys(u"Return"_s);
    QTRY_VERIFY(button(panelOf(studio), u"Use "_s));
    QTest::mouseClick(button(panelOf(studio), u"Use "_s), Qt::LeftButton);
    QCOMPARE(qString(firstSource(studio)["parameters"]["path"].string()), path);
    QVERIFY(isDescribed(studio));
}

void TstDataPanel::rowsComeByThePage()
{
    Studio studio(realEngine());
    studio.newDrawing();
    QByteArray table("width,kind\n");
    for (int i = 0; i < 5000; ++i)
        table += QByteArray::number(i) + "," + (i % 2 ? "odd" : "even") + "\n";
    dropFile(studio, written(u"many.csv"_s, table));
    QVERIFY(isDescribed(studio));
    QTableView *view = panelOf(studio).preview()->table();
    QAbstractItemModel *model = view->model();
    QCOMPARE(model->rowCount(), 5000);
    QCOMPARE(model->headerData(0, Qt::Horizontal).toString(), u"width"_s);
    QTRY_COMPARE(model->index(3, 1).data().toString(), u"odd"_s);
    QCOMPARE(model->index(4321, 1).data().toString(), u"…"_s); // its page is asked for now
    QTRY_COMPARE(model->index(4321, 1).data().toString(), u"odd"_s);
    QListView *list = panelOf(studio).preview()->columnList();
    QTRY_VERIFY(panelOf(studio).preview()->hasStatistics());
    QCOMPARE(list->model()->rowCount(), 2);
    QVERIFY(list->model()->index(1, 0).data(Qt::AccessibleTextRole).toString().contains(u"even"_s));
    QPushButton *all = button(panelOf(studio), u"Look at all rows"_s);
    QVERIFY(all);
    QTest::mouseClick(all, Qt::LeftButton);
    QTRY_VERIFY(list->model()->index(0, 0).data(Qt::AccessibleTextRole).toString().contains(u"mean 2,49"_s)
                || list->model()->index(0, 0).data(Qt::AccessibleTextRole).toString().contains(u"mean 2,50"_s));
    QTRY_VERIFY(!button(panelOf(studio), u"Look at all rows"_s));
}

void TstDataPanel::picturesAreShown()
{
    Studio studio(realEngine());
    addBuiltIn(studio);
    QAbstractItemModel *model = panelOf(studio).preview()->pictures()->model();
    const QListView *view = panelOf(studio).preview()->pictures();
    QTRY_VERIFY(model->rowCount() > 0);
    QVERIFY(view->visualRect(model->index(0, 0)).width() >= view->iconSize().width()); // also before they came
    QCOMPARE(model->rowCount(), 1797);
    QTRY_VERIFY(!model->index(0, 0).data(Qt::DecorationRole).value<QPixmap>().isNull());
    QVERIFY(!model->index(0, 0).data(Qt::DisplayRole).toString().isEmpty());
}

void TstDataPanel::theSplitIsDraggedAndMovedByKeys()
{
    Studio studio(realEngine());
    addBuiltIn(studio);
    SplitBar *bar = panelOf(studio).preview()->splitBar();
    QTRY_VERIFY(bar->isVisible());
    const int steps = studio.document().position();
    const QPoint from(bar->markAt(0), 10);
    QTest::mousePress(bar, Qt::LeftButton, {}, from);
    for (int x = from.x(); x > bar->width() * 0.6; x -= 5)
        QTest::mouseMove(bar, QPoint(x, 10));
    QTest::mouseMove(bar, QPoint(bar->width() * 6 / 10, 10));
    QTest::mouseRelease(bar, Qt::LeftButton, {}, QPoint(bar->width() * 6 / 10, 10));
    const SplitParts dragged = splitOf(studio.document().document());
    QVERIFY(qAbs(dragged.train - 0.6) < 0.02);
    QVERIFY(qAbs(dragged.train + dragged.validation + dragged.test - 1) < 1e-9);
    QCOMPARE(studio.document().position(), steps + 1); // one step for the drag
    bar->setFocus();
    QTest::keyClick(bar, Qt::Key_Down);
    QTest::keyClick(bar, Qt::Key_Left);
    QTest::keyClick(bar, Qt::Key_Left, Qt::ShiftModifier);
    const SplitParts moved = splitOf(studio.document().document());
    QCOMPARE(moved.train, dragged.train);
    QVERIFY(qAbs(moved.test - dragged.test - 0.11) < 1e-9);
    QCOMPARE(studio.document().position(), steps + 2);
}

void TstDataPanel::normalisationSaysBeforeAndAfter()
{
    Studio studio(realEngine());
    addBuiltIn(studio);
    QComboBox *choice = panelOf(studio).preview()->normalization()->choice(u"image"_s);
    QVERIFY(choice);
    choice->setFocus();
    QTest::keyClicks(choice, u"0 to"_s);
    QCOMPARE(normalizationOf(studio.document().document(), firstSource(studio)["id"].string(), "image"),
             std::string("minmax"));
    const auto said = [&](const QString &words) {
        const QList<QLabel *> labels = panelOf(studio).preview()->normalization()->findChildren<QLabel *>();
        return std::any_of(labels.begin(), labels.end(),
                           [&](const QLabel *each) { return each->text().contains(words); });
    };
    QTRY_VERIFY(said(u"Before: 0 … 16"_s));
    QTRY_VERIFY(said(u"After: 0 … 1,"_s));
}

void TstDataPanel::whatIsWrongWithTheDataIsSaidWithAFix()
{
    Studio studio(realEngine());
    studio.newDrawing();
    QByteArray table("width,hint,kind\n");
    for (int i = 0; i < 60; ++i)
        table += QByteArray::number(i * 7 % 13) + "," + (i % 2 ? "1" : "0") + ","
            + (i == 7      ? "rare"
                   : i % 2 ? "a"
                           : "b")
            + "\n";
    dropFile(studio, written(u"leaky.csv"_s, table));
    QVERIFY(isDescribed(studio));
    const auto isSaid = [&](const QString &words) {
        const QList<ProblemBox *> boxes = panelOf(studio).findChildren<ProblemBox *>();
        return std::any_of(boxes.begin(), boxes.end(), [&](ProblemBox *box) {
            const auto *label = box->findChild<QLabel *>();
            return box->isVisible() && label->text().contains(words);
        });
    };
    QTRY_VERIFY(isSaid(u"1 label of 3 occurs once"_s));
    QTRY_VERIFY(isSaid(u"hint gives the answer away"_s));
    QTest::mouseClick(button(panelOf(studio), u"Leave out hint"_s), Qt::LeftButton);
    QCOMPARE(firstSource(studio)["parameters"]["features"].items().size(), std::size_t(1));
    QTRY_VERIFY(!isSaid(u"gives the answer away"_s));
}

void TstDataPanel::anInputOpensItsDataWide()
{
    Studio studio(realEngine());
    QVERIFY(studio.openDigits());
    studio.hand().doubleClick(studio.middleOf(u"data"_s));
    QTRY_VERIFY(panelOf(studio).isVisible());
    QVERIFY(!studio.page()->isVisible());
    QTRY_VERIFY(panelOf(studio).width() > 1000);
    QVERIFY(isDescribed(studio));
    studio.keys(u"Esc"_s);
    QVERIFY(studio.page()->isVisible());
    QVERIFY(studio.view().hasFocus());
}

int main(int argc, char **argv)
{
    return runStudioTest<TstDataPanel>(argc, argv);
}

#include "tst_data_panel.moc"
