// SPDX-License-Identifier: GPL-3.0-or-later
// Engines that die, hang and babble, files that are damaged, and what strangers put on the clipboard: a sentence is
// told, the drawing stays, and editing goes on.
#include "tests/gui/window/studio.h"

#include "gui/document/studio_document.h"
#include "gui/models/document_sync.h"
#include "gui/window/notice_bar.h"
#include "gui/window/status_line.h"
#include "tests/gui/window/action_scenarios.h"

#include <QtGui/QClipboard>
#include <QtWidgets/QLabel>
#include <QtWidgets/QToolButton>

#include <csignal>

using namespace espalier;
using namespace Qt::StringLiterals;

class TstFaults : public QObject {
    Q_OBJECT
private slots:
    void anEngineThatMisbehaves_data();
    void anEngineThatMisbehaves();
    void aHangIsToldAndAnswersReturn();
    void aMissingEngineStillDraws();
    void answersReturnAfterAFall();
    void aRefusedCheckLeavesTheDrawing();
    void damagedDocumentsOpenAsFarAsTheyRead_data();
    void damagedDocumentsOpenAsFarAsTheyRead();
    void hostileClipboards_data();
    void hostileClipboards();
    void aSecondStudioLeavesWhatTheFirstHasOpen();
    void aHugeDocumentOpens();
    void aLongSentenceLeavesTheWindowAsItIs();
};

namespace {

QString textOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QString digits()
{
    return textOf(QStringLiteral(ESPALIER_SOURCE_DIR "/resources/samples/digits-cnn.espalier"));
}

QString write(const QString &name, const QString &text)
{
    QString path = scratch(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return {};
    file.write(text.toUtf8());
    return path;
}

/// What the status line says about the engine.
QString engineWords(Studio &studio)
{
    for (const QToolButton *button : studio.window().statusLine()->findChildren<QToolButton *>())
        if (button->text().contains(u"ngine"_s))
            return button->text() + QLatin1Char('\n') + button->toolTip();
    return {};
}

/// Draws, deletes, undoes and redoes: all that needs no engine.
void editsAsEver(Studio &studio)
{
    const std::size_t before = studio.graph().nodes.size();
    studio.view().setFocus();
    studio.keys(u"Ctrl+A"_s);
    studio.keys(u"Ctrl+D"_s);
    QCOMPARE(studio.graph().nodes.size(), 2 * before);
    studio.keys(u"Ctrl+Z"_s);
    QCOMPARE(studio.graph().nodes.size(), before);
    studio.keys(u"Ctrl+Y"_s);
    QCOMPARE(studio.graph().nodes.size(), 2 * before);
    studio.keys(u"Ctrl+Z"_s);
    QCOMPARE(studio.graph().nodes.size(), before);
}

} // namespace

void TstFaults::anEngineThatMisbehaves_data()
{
    QTest::addColumn<QString>("mode");
    QTest::addColumn<int>("number");
    for (int answers : {0, 1, 3}) {
        QTest::addRow("crash after %d", answers) << u"crash"_s << answers;
        QTest::addRow("garbage after %d", answers) << u"garbage"_s << answers;
    }
    QTest::newRow("cut") << u"cut"_s << 5000;
}

void TstFaults::anEngineThatMisbehaves()
{
    QFETCH(QString, mode);
    QFETCH(int, number);
    Studio studio(fakeEngine(mode, number));
    const QString path = write(u"drawing.espalier"_s, digits());
    QVERIFY(studio.window().documents().open(path));
    QCOMPARE(studio.graph().nodes.size(), std::size_t(15));
    QTRY_VERIFY_WITH_TIMEOUT(!studio.engine().complaint().isEmpty(), 15'000);
    QTRY_VERIFY2(engineWords(studio).contains(studio.engine().complaint()), qPrintable(engineWords(studio)));
    editsAsEver(studio);
}

void TstFaults::aHangIsToldAndAnswersReturn()
{
    Studio studio(realEngine());
    QVERIFY(studio.openDigits());
    studio.engine().setPatience(400);
    QStringList told;
    connect(&studio.engine(), &EngineClient::stateChanged, &studio.engine(),
            [&] { told.append(engineWords(studio) + u' ' + studio.message()); });
    QSignalSpy ready(&studio.engine(), &EngineClient::ready);
    const auto process = static_cast<pid_t>(studio.engine().findChild<QProcess *>()->processId());
    QCOMPARE(::kill(process, SIGSTOP), 0); // it runs, and says no word
    QVERIFY(studio.waitForState(EngineClient::State::Hung));
    editsAsEver(studio);
    studio.select({u"pool2"_s});
    studio.keys(u"Ctrl+Del"_s); // while nobody answers
    QTRY_VERIFY_WITH_TIMEOUT(!ready.isEmpty(), 10'000); // nobody has asked for it
    QVERIFY2(told.first().contains(u"hangs"_s) && told.first().contains(u"not answered for 0.4 s"_s),
             qPrintable(told.first()));
    QVERIFY2(!told.filter(u"was restarted. The drawing is as it was."_s).isEmpty(), qPrintable(told.join(u'\n')));
    QCOMPARE(studio.graph().nodes.size(), std::size_t(14));
    QTRY_COMPARE_WITH_TIMEOUT(studio.answers().total.parameters, 13754.0 + 64 * (512 - 128), 10'000);
    QVERIFY(engineWords(studio).contains(u"ready"_s));
}

void TstFaults::aMissingEngineStillDraws()
{
    Studio studio({u"/nowhere/espalier"_s, {}});
    QVERIFY(studio.waitForState(EngineClient::State::Failed));
    QVERIFY(engineWords(studio).contains(u"/nowhere/espalier"_s));
    QVERIFY(studio.window().documents().open(write(u"drawing.espalier"_s, digits())));
    QCOMPARE(studio.graph().nodes.size(), std::size_t(15));
    editsAsEver(studio);
}

void TstFaults::answersReturnAfterAFall()
{
    Studio studio(realEngine());
    QVERIFY(studio.openDigits());
    QCOMPARE(studio.answers().total.parameters, 13754.0);
    QSignalSpy ready(&studio.engine(), &EngineClient::ready);
    auto *process = studio.engine().findChild<QProcess *>();
    QVERIFY(process);
    process->kill();
    QTRY_VERIFY(!studio.engine().complaint().isEmpty() || studio.engine().state() != EngineClient::State::Ready);
    QCOMPARE(studio.graph().nodes.size(), std::size_t(15));
    studio.select({u"pool2"_s});
    studio.keys(u"Ctrl+Del"_s); // while nobody answers
    QCOMPARE(studio.graph().nodes.size(), std::size_t(14));
    QTRY_VERIFY_WITH_TIMEOUT(!ready.isEmpty(), 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(studio.answers().total.parameters, 13754.0 + 64 * (512 - 128), 10'000);
    QVERIFY(engineWords(studio).contains(u"ready"_s));
}

void TstFaults::aRefusedCheckLeavesTheDrawing()
{
    Studio studio(fakeEngine(u"refuse"_s));
    QVERIFY(studio.window().documents().open(write(u"drawing.espalier"_s, digits())));
    editsAsEver(studio);
    QVERIFY(!studio.page()->sync()->isFresh()); // nothing is claimed that nobody said
    QCOMPARE(studio.graph().nodes.size(), std::size_t(15));
}

void TstFaults::damagedDocumentsOpenAsFarAsTheyRead_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("nodes"); // kept, of 15; -1: it can't be opened at all
    QTest::addColumn<int>("wires");
    QTest::addColumn<int>("missing"); // how many sentences say what is left out
    const QString whole = digits();
    const auto torn = [&](const QString &what, const QString &by) { return QString(whole).replace(what, by); };
    QTest::newRow("empty") << QString() << -1 << 0 << 0;
    QTest::newRow("not JSON") << u"<html>"_s << -1 << 0 << 0;
    QTest::newRow("intact") << whole << 15 << 15 << 0;
    QTest::newRow("cut in the nodes") << whole.left(whole.indexOf(u"{\"id\": \"uflh3ytd7z\""_s) + 40) << 5 << 0 << 2;
    QTest::newRow("cut in the wires") << whole.left(whole.indexOf(u"\"wires\""_s) + 120) << 15 << 1 << 2;
    QTest::newRow("a node is no object") << torn(u"      {\"id\": \"wwbbzaht57\""_s,
                                                 u"      17,\n      {\"id\": \"wwbbzaht57\""_s)
                                         << 15 << 15 << 1;
    QTest::newRow("a node is no JSON") << torn(u"\"kind\": \"ReLU\", \"version\": 1, \"name\": \"relu1\""_s,
                                               u"\"\"\""_s)
                                       << 14 << 15 << 1;
    QTest::newRow("a node has no kind") << torn(u"\"kind\": \"Flatten\""_s, u"\"kine\": \"Flatten\""_s) << 14 << 15
                                        << 1;
    QTest::newRow("a wire has no end") << torn(u"[\"hl6gehxfrr\", \"x\"]"_s, u"7"_s) << 15 << 14 << 1;
    QTest::newRow("a wire to nowhere") << torn(u"[\"hl6gehxfrr\", \"x\"]"_s, u"[\"nobody\", \"x\"]"_s) << 15 << 15 << 0;
    QTest::newRow("places beyond all") << torn(u"\"at\": [40, 40]"_s, u"\"at\": [1e300, -1e300]"_s) << 15 << 15 << 0;
    QTest::newRow("training is a list") << torn(u"\"training\": {"_s, u"\"training\": [], \"was\": {"_s) << 15 << 15
                                        << 1;
}

void TstFaults::damagedDocumentsOpenAsFarAsTheyRead()
{
    QFETCH(QString, text);
    QFETCH(int, nodes);
    QFETCH(int, wires);
    QFETCH(int, missing);
    Studio studio;
    const QString path = write(u"damaged.espalier"_s, text);
    DocumentPage *page = studio.window().documents().open(path);
    if (nodes == -1) {
        QVERIFY(!page);
        QVERIFY(studio.message().contains(u"damaged.espalier"_s));
        return;
    }
    QVERIFY2(page, qPrintable(studio.message()));
    QCOMPARE(studio.graph().nodes.size(), static_cast<std::size_t>(nodes));
    QCOMPARE(studio.graph().wires.size(), static_cast<std::size_t>(wires));
    QStringList notices;
    for (const QLabel *label : page->notices()->findChildren<QLabel *>())
        notices.append(label->text());
    QCOMPARE(notices.filter(u"left out"_s).size(), missing > 0 ? 1 : 0);
    if (missing > 0)
        QVERIFY2(notices.filter(u"(%1)"_s.arg(missing)).size() == 1, qPrintable(notices.join(u'\n')));
    studio.view().fitAll();
    studio.settle();
    editsAsEver(studio);
    QCOMPARE(textOf(path), text); // what is on the disk stays
}

void TstFaults::hostileClipboards_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("prose") << u"Buy milk."_s;
    QTest::newRow("half an object") << u"{\"format\": \"espalier\", \"nodes\": [{\"id\": "_s;
    QTest::newRow("deep") << QString(200'000, u'[');
    QTest::newRow("wrong types") << u"{\"format\": \"espalier-clipboard\", \"nodes\": 7, \"wires\": {\"a\": []}}"_s;
    QTest::newRow("control characters") << QString(5000, QChar(1)) + QChar(0xd800);
    QTest::newRow("long") << QString(8'000'000, u'x');
}

void TstFaults::hostileClipboards()
{
    QFETCH(QString, text);
    Studio studio;
    QVERIFY(studio.openDigits());
    QGuiApplication::clipboard()->setText(text);
    QTest::qWait(5);
    studio.keys(u"Ctrl+V"_s);
    studio.keys(u"Ctrl+Shift+V"_s);
    QCOMPARE(studio.graph().nodes.size(), std::size_t(15));
    editsAsEver(studio);
}

void TstFaults::aSecondStudioLeavesWhatTheFirstHasOpen()
{
    Studio first;
    QVERIFY(first.window().documents().open(write(u"mine.espalier"_s, digits())));
    QVERIFY(first.window().documents().open(write(u"free.espalier"_s, digits())));
    first.window().documents().rememberOpen();
    first.window().removePage(first.page());
    QApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    MainWindow second(&first.engine());
    QCOMPARE(second.documents().openRemembered(), 1);
    QCOMPARE(second.pageCount(), 1);
    QCOMPARE(second.page()->title(), u"free"_s);
    QVERIFY(!second.page()->document()->isReadOnly());
}

void TstFaults::aHugeDocumentOpens()
{
    QString text = u"{\"format\": \"espalier\", \"version\": 1, \"graph\": {\"nodes\": [\n"_s;
    constexpr int kNodes = 10'000;
    for (int i = 0; i < kNodes; ++i) {
        QString id = u"%1"_s.arg(i, 10, 10, QLatin1Char('0'));
        for (QChar &letter : id)
            letter = QChar(u'a' + letter.digitValue());
        text += u"%1{\"id\": \"%2\", \"kind\": \"ReLU\", \"version\": 1, \"name\": \"r%3\", \"at\": [%4, %5], "
                "\"params\": {}}\n"_s.arg(i ? u","_s : QString(), id)
                    .arg(i)
                    .arg(i % 100 * 200)
                    .arg(i / 100 * 120);
    }
    text += u"], \"wires\": []}}"_s;
    Studio studio;
    QVERIFY(studio.window().documents().open(write(u"huge.espalier"_s, text)));
    QCOMPARE(studio.graph().nodes.size(), std::size_t(kNodes));
    QTRY_COMPARE(studio.model().nodes().size(), kNodes);
    studio.view().fitAll();
    studio.settle();
    studio.select({u"r5000"_s});
    studio.keys(u"Del"_s);
    QCOMPARE(studio.graph().nodes.size(), std::size_t(kNodes - 1));
    studio.keys(u"Ctrl+Z"_s);
    QCOMPARE(studio.graph().nodes.size(), std::size_t(kNodes));
}

void TstFaults::aLongSentenceLeavesTheWindowAsItIs()
{
    Studio studio;
    const int least = studio.window().minimumSizeHint().width();
    const QString sentence = u"This sentence is far longer than any window and goes on. "_s.repeated(20);
    studio.window().statusLine()->tell(sentence);
    QTest::qWait(10);
    QCOMPARE(studio.window().minimumSizeHint().width(), least);
    QVERIFY(studio.message().contains(sentence.trimmed().left(30)));
}

int main(int argc, char **argv)
{
    return runStudioTest<TstFaults>(argc, argv);
}

#include "tst_faults.moc"
