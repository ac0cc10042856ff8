// SPDX-License-Identifier: GPL-3.0-or-later
// The Data panel in the real window with the real engine: an empty drawing gets its data and what learns from them.
#include "tests/gui/window/studio.h"

#include "gui/data_panel/data_panel.h"
#include "gui/data_panel/data_subject.h"
#include "gui/document/data_edits.h"
#include "gui/document/studio_document.h"
#include "gui/panels/problem_box.h"
#include "gui/window/panel_area.h"
#include "widgets/properties/property_editor.h"

#include <QtCore/QMimeData>
#include <QtGui/QDropEvent>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QPushButton>

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

int main(int argc, char **argv)
{
    return runStudioTest<TstDataPanel>(argc, argv);
}

#include "tst_data_panel.moc"
