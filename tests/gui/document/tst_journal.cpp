// SPDX-License-Identifier: GPL-3.0-or-later
// The journal says what the document is, at every moment, however often it is written anew and wherever it is cut.
#include "gui/document/document_file.h"
#include "gui/document/journal.h"

#include "tests/gui/document/file_support.h"

#include <QtCore/QRandomGenerator>
#include <QtCore/QThread>

using namespace espalier;
using namespace espalier::test;

namespace {

/// A document with its journal, and the thread that writes it.
struct Kept {
    QTemporaryDir folder;
    QString path = folder.filePath(QStringLiteral("a.journal"));
    QThread thread;
    QObject end; ///< on the thread
    StudioDocument document{oneNode()};
    DocumentFile file{document};
    std::unique_ptr<Journal> journal;

    explicit Kept(JournalBounds bounds = {})
    {
        qputenv("XDG_STATE_HOME", QFile::encodeName(folder.filePath(QStringLiteral("state"))));
        end.moveToThread(&thread);
        thread.start();
        file.setUntitledName(QStringLiteral("Untitled 1"));
        journal = std::make_unique<Journal>(file, path, thread, bounds);
    }
    ~Kept()
    {
        journal.reset();
        flush();
        thread.quit();
        thread.wait();
    }
    void flush()
    {
        QMetaObject::invokeMethod(
            &end, [] {}, Qt::BlockingQueuedConnection);
    }
    JournalState read()
    {
        flush();
        auto read = readJournal(path);
        if (!read)
            qFatal("%s", read.error().message().c_str());
        if (read->isCut)
            qFatal("the journal is cut");
        return std::move(read->state);
    }
};

/// A document that was restored from it.
struct Restored {
    StudioDocument document;
    explicit Restored(JournalState state)
    {
        document.restore(std::move(state.document), std::move(state.history), state.position, state.cleanPosition);
    }
};

/// The documents of all positions of the history, the first one first; then it is where it was.
std::vector<Document> allStates(StudioDocument &document)
{
    const int position = document.position();
    std::vector<Document> states;
    for (int i = 0; i <= static_cast<int>(document.history().size()); ++i) {
        document.jumpTo(i);
        states.push_back(document.document());
    }
    document.jumpTo(position);
    return states;
}

std::string newNode(QRandomGenerator &random)
{
    std::string id = "bbbbbbbbbb";
    id[0] = static_cast<char>('a' + random.bounded(26));
    id[1] = static_cast<char>('a' + random.bounded(26));
    return id;
}

/// Edits, drags, undo, redo, saves: one of them.
void doSomething(StudioDocument &document, QRandomGenerator &random)
{
    const auto name = QStringLiteral("n%1").arg(random.bounded(100000));
    switch (random.bounded(10)) {
    case 0:
        document.undo();
        break;
    case 1:
        document.redo();
        break;
    case 2:
        document.jumpTo(random.bounded(static_cast<int>(document.history().size()) + 1));
        break;
    case 3:
        document.markClean();
        break;
    case 4:
        document.endMerge();
        break;
    case 5:
    case 6:
        QVERIFY(document.apply(renameTo(name, "drag")));
        break;
    case 7: {
        Edit edit; // merges with a rename, as another field
        edit.change.operations.push_back(setNodeField("root", "aaaaaaaaaa", "params/out_features", random.bounded(99)));
        edit.mergeKey = "drag";
        edit.label = QStringLiteral("set");
        QVERIFY(document.apply(edit));
        break;
    }
    case 8: {
        const DocumentNode node{.id = newNode(random), .kind = "ReLU", .name = name.toStdString()};
        const auto done = document.apply(Change{{insertNode("root", node)}}, name);
        Q_UNUSED(done) // the id may be taken
        break;
    }
    default:
        QVERIFY(document.apply(renameTo(name)));
    }
}

} // namespace

class TstJournal : public QObject {
    Q_OBJECT
private slots:
    void saysWhatHappened();
    void followsEveryEdit_data();
    void followsEveryEdit();
    void cutAtEveryByte();
    void damagedAtEveryByte();
    void staysSmall();
    void dragsStaySmall();
    void followsTheFile();
    void beginsAnewWithTheDocument();
    void leavesAndDiscards();
    void tellsThatItCannotWrite();
    void refusesWhatIsNoJournal();
};

void TstJournal::saysWhatHappened()
{
    Kept kept;
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("a"))));
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("b"), "key")));
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("c"), "key")));
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("d"))));
    kept.document.undo();
    const JournalState state = kept.read();
    QCOMPARE(state.file.title, QStringLiteral("Untitled 1"));
    QVERIFY(state.file.path.isEmpty());
    QVERIFY(state.document == kept.document.document());
    QCOMPARE(state.position, 2);
    QCOMPARE(state.cleanPosition, 0);
    QCOMPARE(state.unsavedEdits(), 2);
    QCOMPARE(state.history.size(), std::size_t{3});
    for (std::size_t i = 0; i < 3; ++i) {
        const HistoryEntry &is = state.history[i];
        const HistoryEntry &was = kept.document.history()[i];
        QCOMPARE(is.label, was.label);
        QCOMPARE(is.graph, was.graph);
        QCOMPARE(is.mergeKey, was.mergeKey);
        QVERIFY(is.change == was.change);
        QVERIFY(is.inverse == was.inverse);
        QVERIFY(std::abs(is.time.msecsTo(was.time)) < 1000);
    }
}

void TstJournal::followsEveryEdit_data()
{
    QTest::addColumn<quint64>("compactAt");
    QTest::addColumn<quint64>("maxSteps");
    QTest::newRow("as it grows") << (quint64{1} << 30) << (quint64{1} << 30);
    QTest::newRow("written anew all the time") << quint64{0} << (quint64{1} << 30);
    QTest::newRow("and old steps given up") << quint64{1} << quint64{600};
    QTest::newRow("all but the last step given up") << quint64{1} << quint64{1};
}

void TstJournal::followsEveryEdit()
{
    QFETCH(quint64, compactAt);
    QFETCH(quint64, maxSteps);
    for (quint32 seed = 1; seed <= 5; ++seed) {
        QRandomGenerator random(seed);
        Kept kept({compactAt, maxSteps});
        for (int i = 0; i < 80; ++i) {
            doSomething(kept.document, random);
            if (i % 8 != 7)
                continue;
            kept.flush();
            QCoreApplication::processEvents(); // it may ask for the document
            Restored restored(kept.read());
            QVERIFY(restored.document.document() == kept.document.document());
            const int dropped = kept.document.position() - restored.document.position();
            QVERIFY(dropped >= 0);
            QVERIFY(dropped == 0 || maxSteps < 1000);
            const std::vector<Document> is = allStates(restored.document);
            StudioDocument copy;
            copy.restore(kept.document.document(), kept.document.history(), kept.document.position(), 0);
            const std::vector<Document> was = allStates(copy);
            QCOMPARE(is.size() + static_cast<std::size_t>(dropped), was.size());
            QVERIFY(std::equal(is.begin(), is.end(), was.begin() + dropped));
            const int clean = kept.document.cleanPosition();
            QCOMPARE(restored.document.cleanPosition(), clean < dropped ? -1 : clean - dropped);
        }
    }
}

void TstJournal::cutAtEveryByte()
{
    Kept kept;
    std::vector<Document> states{kept.document.document()};
    std::vector<std::uint64_t> ends;
    kept.flush();
    ends.push_back(static_cast<std::uint64_t>(QFileInfo(kept.path).size()));
    for (const char *name : {"a", "b", "c", "d"}) {
        QVERIFY(kept.document.apply(renameTo(QString::fromLatin1(name))));
        kept.flush();
        states.push_back(kept.document.document());
        ends.push_back(static_cast<std::uint64_t>(QFileInfo(kept.path).size()));
    }
    const std::string whole = espalier::test::read(kept.path);
    for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
        const auto read = readJournal(std::string_view(whole).substr(0, bytes), kept.path);
        QCOMPARE(read.has_value(), bytes >= ends.front());
        if (!read)
            continue;
        const auto steps = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), bytes) - ends.begin()
                                                    - 1); // all but the torn one
        QVERIFY(read->state.document == states[steps]);
        QCOMPARE(read->state.position, static_cast<int>(steps));
        QCOMPARE(read->goodBytes, ends[steps]);
        QCOMPARE(read->isCut, bytes != ends[steps]);
    }
}

void TstJournal::damagedAtEveryByte()
{
    Kept kept;
    std::vector<Document> states{kept.document.document()};
    kept.flush();
    std::vector<std::uint64_t> ends{static_cast<std::uint64_t>(QFileInfo(kept.path).size())};
    for (const char *name : {"a", "b", "c"}) {
        QVERIFY(kept.document.apply(renameTo(QString::fromLatin1(name))));
        kept.flush();
        states.push_back(kept.document.document());
        ends.push_back(static_cast<std::uint64_t>(QFileInfo(kept.path).size()));
    }
    const std::string whole = espalier::test::read(kept.path);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
        const auto read = readJournal(bytes, kept.path);
        QCOMPARE(read.has_value(), at >= ends.front());
        if (!read)
            continue;
        const auto steps = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), at) - ends.begin() - 1);
        QVERIFY(read->state.document == states[steps]); // what lies before the damage
        QVERIFY(read->isCut);
    }
}

void TstJournal::staysSmall()
{
    Kept kept({.compactAt = 20000, .maxSteps = 4000});
    for (int i = 0; i < 2000; ++i)
        QVERIFY(kept.document.apply(renameTo(QStringLiteral("n%1").arg(i))));
    kept.flush();
    QVERIFY2(QFileInfo(kept.path).size() < 21000, qPrintable(QString::number(QFileInfo(kept.path).size())));
    const JournalState state = kept.read();
    QVERIFY(state.history.size() > 5);
    QVERIFY(state.document == kept.document.document());
    kept.document.jumpTo(3); // to where the journal does not lead
    QTRY_VERIFY(kept.read().document == kept.document.document());
    QCOMPARE(kept.read().history.size(), std::size_t{1998}); // one that stands, and all that was undone
}

void TstJournal::dragsStaySmall()
{
    Kept kept({.compactAt = 20000, .maxSteps = 20000});
    for (int i = 0; i < 5000; ++i)
        QVERIFY(kept.document.apply(renameTo(QStringLiteral("n%1").arg(i), "drag")));
    kept.flush();
    QVERIFY(QFileInfo(kept.path).size() < 21000);
    QCOMPARE(kept.read().history.size(), std::size_t{1});
}

void TstJournal::followsTheFile()
{
    Kept kept;
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("a"))));
    const QString path = kept.folder.filePath(QStringLiteral("net.espalier"));
    kept.file.saveAs(path);
    QTRY_VERIFY(kept.document.isClean());
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("b"))));
    const JournalState state = kept.read();
    QCOMPARE(state.file.title, QStringLiteral("net"));
    QCOMPARE(state.file.path, path);
    QCOMPARE(state.file.fingerprint, fingerprintOf(espalier::test::read(path)));
    QCOMPARE(state.cleanPosition, 1);
    QCOMPARE(state.unsavedEdits(), 1);
    kept.document.markNeverClean();
    QCOMPARE(kept.read().cleanPosition, -1);
}

void TstJournal::beginsAnewWithTheDocument()
{
    Kept kept;
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("a"))));
    kept.document.restore(oneNode("other"), {}, 0, 0);
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("b"))));
    Restored restored(kept.read());
    QCOMPARE(nameIn(restored.document.document()), std::string("b"));
    restored.document.undo();
    QVERIFY(restored.document.document() == oneNode("other"));
    QVERIFY(!restored.document.canUndo());
}

void TstJournal::leavesAndDiscards()
{
    Kept kept;
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("a"))));
    kept.flush();
    QVERIFY(QFileInfo::exists(kept.path));
    kept.journal->discard();
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("b"))));
    kept.document.restore(oneNode(), {}, 0, 0);
    kept.flush();
    QVERIFY(!QFileInfo::exists(kept.path));
}

void TstJournal::tellsThatItCannotWrite()
{
    Kept kept({.retryAfter = std::chrono::milliseconds(50)});
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("a"))));
    kept.flush();
    QSignalSpy failed(kept.journal.get(), &Journal::failed);
    QSignalSpy works(kept.journal.get(), &Journal::works);
    {
        const FullDisk full(100);
        QVERIFY(kept.document.apply(renameTo(QStringLiteral("b"))));
        QVERIFY(kept.document.apply(renameTo(QStringLiteral("c"))));
        kept.flush();
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(nameIn(kept.read().document), std::string("a")); // whole, up to there
    }
    QTRY_COMPARE(works.size(), 1);
    QVERIFY(kept.document.apply(renameTo(QStringLiteral("d"))));
    const JournalState state = kept.read();
    QVERIFY(state.document == kept.document.document());
    QCOMPARE(state.history.size(), std::size_t{4}); // nothing is missing
    QCOMPARE(failed.size(), 1);
}

void TstJournal::refusesWhatIsNoJournal()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("a.journal"));
    QVERIFY(!readJournal(path));
    for (const std::string &bytes : {std::string(), std::string("text"), std::string(10000, '\0')}) {
        QVERIFY(write(path, bytes));
        const auto read = readJournal(path);
        QVERIFY(!read);
        QVERIFY(read.error().message().find(path.toStdString()) != std::string::npos);
    }
    std::string bytes; // well framed, but no start
    appendJump(bytes, 0, QDateTime::currentDateTimeUtc());
    QVERIFY(write(path, bytes));
    QVERIFY(!readJournal(path));
    bytes.clear(); // and what does not fit after it
    appendStart(bytes, {}, writeDocument(oneNode()), 0, QDateTime::currentDateTimeUtc());
    const std::size_t good = bytes.size();
    appendJump(bytes, 7, QDateTime::currentDateTimeUtc());
    QVERIFY(write(path, bytes));
    const auto read = readJournal(path);
    QVERIFY(read);
    QVERIFY(read->isCut);
    QCOMPARE(read->goodBytes, std::uint64_t{good});
    QVERIFY(read->state.document == oneNode());
}

QTEST_GUILESS_MAIN(TstJournal)
#include "tst_journal.moc"
