// SPDX-License-Identifier: GPL-3.0-or-later
// A studio is killed in the midst of edits; the next one brings every tab back, with its history.
#include "gui/document/document_file.h"
#include "gui/document/journal.h"
#include "gui/document/recovery.h"
#include "gui/document/state_folder.h"

#include "tests/gui/document/child_process.h"
#include "tests/gui/document/file_support.h"

#include <QtCore/QDirIterator>

using namespace espalier;
using namespace espalier::test;

namespace {

/// A studio with two tabs, the file and an untitled one, that edits until it is killed. It says the number of each edit
/// once that is on its way to the journal.
int busyStudio(const QStringList &arguments)
{
    Recovery recovery;
    StudioDocument titled;
    DocumentFile titledFile(titled);
    if (!titledFile.open(arguments.first()))
        return 1;
    StudioDocument untitled(oneNode());
    DocumentFile untitledFile(untitled);
    untitledFile.setUntitledName(QStringLiteral("Untitled 1"));
    if (!recovery.start(titledFile) || !recovery.start(untitledFile))
        return 2;
    const int most = arguments.value(1, QStringLiteral("1000000")).toInt();
    for (int i = 1; i <= most; ++i) {
        const QString name = QStringLiteral("n%1").arg(i);
        if (!titled.apply(renameTo(name)) || !untitled.apply(renameTo(name)))
            return 3;
        if (i % 16 == 0) {
            recovery.flush();
            tell(QByteArray::number(i));
        }
    }
    recovery.flush();
    tell("done");
    while (!hear().isEmpty()) { }
    if (arguments.value(2) == QStringLiteral("close")) {
        recovery.close(titledFile);
        recovery.close(untitledFile);
    }
    return 0;
}

/// The documents that are listed, by title.
const LostDocument *find(const LostDocuments &lost, const QString &title)
{
    for (const LostDocument &document : lost.documents)
        if (document.title == title)
            return &document;
    return nullptr;
}

} // namespace

class TstRecovery : public QObject {
    Q_OBJECT
private slots:
    void init();
    void bringsBackWhatAKillLeft();
    void goesOnWithTheJournal();
    void leavesLivingStudiosAlone();
    void twoStudiosDoNotRecoverTheSame();
    void peacefulEndLeavesNothing();
    void listsWhatWasOnlyOpen();
    void discards();
    void losesOnlyTheDamagedTail();
    void keepsWhatItCannotRead();
    void tellsThatTheFileChanged();
    void saysWhyNothingIsKept();

private:
    QStringList childTask(const QStringList &more = {}) const
    {
        return QStringList{QStringLiteral("--child"), m_path} + more;
    }
    QStringList journals() const
    {
        QStringList found;
        QDirIterator files(stateFolder(), {QStringLiteral("*.journal")}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext())
            found << files.next();
        return found;
    }
    bool isStateEmpty() const
    {
        return QDir(stateFolder() + QStringLiteral("/recovery"))
            .entryList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden)
            .isEmpty();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void TstRecovery::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_STATE_HOME", QFile::encodeName(m_folder->filePath(QStringLiteral("state"))));
    m_path = m_folder->filePath(QStringLiteral("net.espalier"));
    QVERIFY(write(m_path, writeDocument(oneNode())));
}

void TstRecovery::bringsBackWhatAKillLeft()
{
    int told = 0;
    {
        Child child(childTask());
        while (told < 200) {
            const QByteArray line = child.line();
            QVERIFY(!line.isEmpty());
            told = line.toInt();
        }
        child.killHard(); // wherever it is
    }
    Recovery recovery;
    const LostDocuments lost = recovery.lost();
    QVERIFY(lost.unreadable.empty());
    QCOMPARE(lost.documents.size(), std::size_t{2});
    QCOMPARE(nameIn(readDocument(read(m_path), "net").value()), std::string("fc")); // the file is as it was
    for (const char *title : {"net", "Untitled 1"}) {
        const LostDocument *found = find(lost, QString::fromLatin1(title));
        QVERIFY(found);
        QCOMPARE(found->path, title == std::string("net") ? m_path : QString());
        QVERIFY2(found->unsavedEdits >= told, qPrintable(QString::number(found->unsavedEdits)));
        QVERIFY(std::abs(found->time.secsTo(QDateTime::currentDateTimeUtc())) < 60);
        StudioDocument document;
        DocumentFile file(document);
        const auto journal = recovery.recover(*found, file);
        QVERIFY2(journal.has_value(), journal ? "" : journal.error().message().c_str());
        QCOMPARE(file.title(), found->title);
        QCOMPARE(file.path(), found->path);
        QVERIFY(!document.isClean());
        QVERIFY(!document.isReadOnly());
        QCOMPARE(static_cast<int>(document.history().size()), found->unsavedEdits);
        QCOMPARE(nameIn(document.document()), "n" + std::to_string(found->unsavedEdits));
        for (int i = found->unsavedEdits; i-- > 0; document.undo())
            QCOMPARE(document.undoLabel(), QStringLiteral("n%1").arg(i + 1));
        QVERIFY(document.document() == oneNode());
        QVERIFY(document.isClean());
        recovery.close(file);
    }
    recovery.flush();
    QCOMPARE(journals(), QStringList());
}

void TstRecovery::goesOnWithTheJournal()
{
    {
        Child child(childTask({QStringLiteral("32")}));
        while (child.line() != "done") { }
    }
    QString journal;
    {
        Recovery recovery; // the second studio crashes, too: here, it just does not close its documents
        const LostDocuments lost = recovery.lost();
        StudioDocument document;
        DocumentFile file(document);
        const LostDocument *found = find(lost, QStringLiteral("net"));
        QVERIFY(found);
        QVERIFY(recovery.recover(*found, file));
        QVERIFY(!QFileInfo::exists(found->journal));
        document.undo();
        document.undo();
        QVERIFY(document.apply(renameTo(QStringLiteral("after"))));
    }
    Recovery recovery;
    const LostDocuments lost = recovery.lost();
    QCOMPARE(lost.documents.size(), std::size_t{2});
    const LostDocument *found = find(lost, QStringLiteral("net"));
    QVERIFY(found);
    QCOMPARE(found->unsavedEdits, 31);
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(recovery.recover(*found, file));
    QCOMPARE(nameIn(document.document()), std::string("after"));
    document.undo();
    QCOMPARE(nameIn(document.document()), std::string("n30"));
    QVERIFY(file.saveNow());
    QCOMPARE(nameIn(readDocument(read(m_path), "net").value()), std::string("n30"));
}

void TstRecovery::leavesLivingStudiosAlone()
{
    Child child(childTask({QStringLiteral("16")}));
    while (child.line() != "done") { }
    Recovery recovery;
    QVERIFY(recovery.lost().documents.empty());
    QCOMPARE(journals().size(), 2);
    child.killHard();
    QCOMPARE(recovery.lost().documents.size(), std::size_t{2});
    QCOMPARE(recovery.lost().documents.size(), std::size_t{2}); // until they are recovered or discarded
}

void TstRecovery::twoStudiosDoNotRecoverTheSame()
{
    {
        Child child(childTask({QStringLiteral("16")}));
        while (child.line() != "done") { }
    }
    Recovery second;
    {
        Recovery first;
        QCOMPARE(first.lost().documents.size(), std::size_t{2});
        QVERIFY(second.lost().documents.empty());
    }
    QCOMPARE(second.lost().documents.size(), std::size_t{2}); // the first left them
}

void TstRecovery::peacefulEndLeavesNothing()
{
    Child child(childTask({QStringLiteral("16"), QStringLiteral("close")}));
    while (child.line() != "done") { }
    QCOMPARE(journals().size(), 2);
    QVERIFY(child.finish());
    QVERIFY(isStateEmpty());
    QVERIFY(Recovery().lost().documents.empty());
}

void TstRecovery::listsWhatWasOnlyOpen()
{
    {
        Recovery crashed;
        StudioDocument read;
        DocumentFile readFile(read);
        QVERIFY(readFile.open(m_path));
        QVERIFY(crashed.start(readFile));
        StudioDocument empty;
        DocumentFile emptyFile(empty); // nothing was drawn in it
        QVERIFY(crashed.start(emptyFile));
        StudioDocument drawn(oneNode());
        DocumentFile drawnFile(drawn);
        drawnFile.setUntitledName(QStringLiteral("Untitled 2"));
        drawn.markNeverClean(); // a copy of a sample, say
        QVERIFY(crashed.start(drawnFile));
    }
    Recovery recovery;
    const LostDocuments lost = recovery.lost();
    QCOMPARE(lost.documents.size(), std::size_t{2});
    QCOMPARE(lost.documents[0].title, QStringLiteral("Untitled 2"));
    QCOMPARE(lost.documents[0].unsavedEdits, 1);
    QCOMPARE(lost.documents[1].title, QStringLiteral("net"));
    QCOMPARE(lost.documents[1].unsavedEdits, 0);
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(recovery.recover(lost.documents[1], file));
    QVERIFY(document.isClean());
    QVERIFY(document.document() == oneNode());
}

void TstRecovery::discards()
{
    {
        Child child(childTask({QStringLiteral("16")}));
        while (child.line() != "done") { }
    }
    {
        Recovery recovery;
        for (const LostDocument &lost : recovery.lost().documents)
            recovery.discard(lost);
        QVERIFY(isStateEmpty());
        QVERIFY(recovery.lost().documents.empty());
    }
    QVERIFY(isStateEmpty());
}

void TstRecovery::losesOnlyTheDamagedTail()
{
    {
        Child child(childTask({QStringLiteral("16")}));
        while (child.line() != "done") { }
    }
    for (const QString &journal : journals()) {
        const std::string bytes = read(journal);
        QVERIFY(write(journal, bytes.substr(0, bytes.size() - 3) + "garbage"));
    }
    {
        Recovery recovery;
        const LostDocuments lost = recovery.lost();
        QCOMPARE(lost.documents.size(), std::size_t{2});
        for (const LostDocument &found : lost.documents) {
            QVERIFY(found.isCut);
            QCOMPARE(found.unsavedEdits, 15);
            StudioDocument document;
            DocumentFile file(document);
            QVERIFY(recovery.recover(found, file));
            QCOMPARE(nameIn(document.document()), std::string("n15"));
            QVERIFY(document.apply(renameTo(QStringLiteral("more")))); // goes where the tail was
        }
    }
    Recovery recovery;
    for (const LostDocument &found : recovery.lost().documents) {
        QVERIFY(!found.isCut);
        QCOMPARE(found.unsavedEdits, 16);
    }
}

void TstRecovery::keepsWhatItCannotRead()
{
    {
        Child child(childTask({QStringLiteral("16")}));
        while (child.line() != "done") { }
    }
    const QString damaged = journals().first();
    QVERIFY(write(damaged, "what was here?"));
    Recovery recovery;
    const LostDocuments lost = recovery.lost();
    QCOMPARE(lost.documents.size(), std::size_t{1});
    QCOMPARE(lost.unreadable.size(), std::size_t{1});
    const QString sentence = QString::fromStdString(lost.unreadable.front().message());
    const QString kept = stateFolder() + QStringLiteral("/recovery/unreadable/") + QFileInfo(damaged).fileName();
    QVERIFY2(sentence.contains(kept), qPrintable(sentence));
    QCOMPARE(read(kept), std::string("what was here?"));
    recovery.discard(lost.documents.front());
    QVERIFY(recovery.lost().unreadable.empty()); // told once
    QVERIFY(QFileInfo::exists(kept));
}

void TstRecovery::tellsThatTheFileChanged()
{
    {
        Child child(childTask({QStringLiteral("16")}));
        while (child.line() != "done") { }
    }
    QVERIFY(write(m_path, writeDocument(oneNode("theirs"))));
    Recovery recovery;
    const LostDocuments lost = recovery.lost();
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(recovery.recover(*find(lost, QStringLiteral("net")), file));
    QCOMPARE(nameIn(document.document()), std::string("n16"));
    QTRY_COMPARE(file.diskState(), DocumentFile::DiskState::Changed);
    QVERIFY(!file.saveNow());
    QVERIFY(file.reload());
    QCOMPARE(nameIn(document.document()), std::string("theirs"));
    document.undo();
    QCOMPARE(nameIn(document.document()), std::string("n16"));
}

void TstRecovery::saysWhyNothingIsKept()
{
    QVERIFY(write(m_folder->filePath(QStringLiteral("state")), "a file where the folder should be"));
    Recovery recovery;
    QSignalSpy failed(&recovery, &Recovery::failed);
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(!recovery.start(file));
    QCOMPARE(failed.size(), 1);
    QVERIFY(document.apply(Change{{setDocumentField("note", "x")}}, QStringLiteral("x"))); // one can work all the same
    QVERIFY(recovery.lost().documents.empty());
}

ESPALIER_TEST_MAIN_WITH_CHILD(TstRecovery, busyStudio)
#include "tst_recovery.moc"
