// SPDX-License-Identifier: GPL-3.0-or-later
// Opening, saving, and what other programs do with the file: nothing that a person drew is ever lost.
#include "gui/document/document_file.h"

#include "tests/gui/document/file_support.h"

#include <sys/stat.h>

using namespace espalier;
using namespace espalier::test;
using DiskState = DocumentFile::DiskState;

namespace {

/// A folder with a document in it, open.
struct Open {
    QTemporaryDir folder;
    QString path = folder.filePath(QStringLiteral("net.espalier"));
    StudioDocument document;
    DocumentFile file{document};

    explicit Open(bool opens = true)
    {
        qputenv("XDG_STATE_HOME", QFile::encodeName(folder.filePath(QStringLiteral("state"))));
        ::chmod(QFile::encodeName(folder.path()).constData(), 0755);
        write(path, writeDocument(oneNode()));
        if (!opens)
            return;
        const auto opened = file.open(path);
        if (!opened)
            qFatal("%s", opened.error().message().c_str());
    }
    QStringList names() const { return QDir(folder.path()).entryList(QDir::Files | QDir::Hidden | QDir::System); }
    Document onDisk() const { return readDocument(read(path), "net").value_or(Document()); }
};

/// The code of the error that a save ends with; empty: it is saved.
std::string saveAndWait(DocumentFile &file, const QString &as = {})
{
    std::string code = "nothing was told";
    QEventLoop loop;
    QObject::connect(&file, &DocumentFile::saved, &loop, [&] {
        code.clear();
        loop.quit();
    });
    QObject::connect(&file, &DocumentFile::saveFailed, &loop, [&](const Error &error) {
        code = error.code;
        loop.quit();
    });
    if (as.isEmpty())
        file.save();
    else
        file.saveAs(as);
    loop.exec();
    return code;
}

} // namespace

class TstDocumentFile : public QObject {
    Q_OBJECT
private slots:
    void opensAndSaves();
    void savesUnderAnotherName();
    void keepsPermissionsAndLinks();
    void keepsTheOldFileWhereTheDiskIsFull();
    void saysWhyItCannotBeWritten();
    void editsWhileItSavesStayUnsaved();
    void savingTwiceInARowSavesTheLast();
    void waitsForASaveUnderWay();
    void opensWhatIsReadable();
    void refusesWhatIsNoDocument();
    void ownSaveIsNoChange();
    void tellsAndReloadsAChange();
    void seesARenamedFile();
    void doesNotOverwriteWhatAnotherWrote();
    void removedIsTold();
};

void TstDocumentFile::opensAndSaves()
{
    Open open;
    QVERIFY(open.document.isClean());
    QCOMPARE(open.file.title(), QStringLiteral("net"));
    QCOMPARE(open.file.openedText(), read(open.path));
    QVERIFY(open.document.apply(renameTo(QStringLiteral("b"))));
    QVERIFY(open.file.openedText().empty());
    QVERIFY(!open.file.isSafe());
    QCOMPARE(saveAndWait(open.file), std::string());
    QVERIFY(open.file.isSafe());
    QVERIFY(open.onDisk() == open.document.document());
    QCOMPARE(open.file.fingerprint(), fingerprintOf(read(open.path)));
    QCOMPARE(open.names(), QStringList{QStringLiteral("net.espalier")});
    open.document.undo();
    QVERIFY(!open.document.isClean());
    open.document.redo();
    QVERIFY(open.document.isClean());
}

void TstDocumentFile::savesUnderAnotherName()
{
    QTemporaryDir folder;
    qputenv("XDG_STATE_HOME", QFile::encodeName(folder.filePath(QStringLiteral("state"))));
    StudioDocument document(oneNode());
    DocumentFile file(document);
    file.setUntitledName(QStringLiteral("Untitled 2"));
    QVERIFY(file.isUntitled());
    QCOMPARE(file.title(), QStringLiteral("Untitled 2"));
    QSignalSpy changed(&file, &DocumentFile::fileChanged);
    const QString first = folder.filePath(QStringLiteral("a.espalier"));
    QCOMPARE(saveAndWait(file, folder.filePath(QStringLiteral("none/a.espalier"))), std::string("file.noFolder"));
    QVERIFY(file.isUntitled());
    QCOMPARE(changed.size(), 0);
    QCOMPARE(saveAndWait(file, first), std::string());
    QCOMPARE(file.path(), first);
    QCOMPARE(changed.size(), 1);
    QVERIFY(document.apply(renameTo(QStringLiteral("b"))));
    const QString second = folder.filePath(QStringLiteral("b.espalier"));
    QVERIFY(write(second, "a dialog has asked"));
    QCOMPARE(saveAndWait(file, second), std::string());
    QCOMPARE(nameIn(readDocument(read(first), "a").value()), std::string("fc"));
    QCOMPARE(nameIn(readDocument(read(second), "b").value()), std::string("b"));
    QCOMPARE(file.title(), QStringLiteral("b"));
}

void TstDocumentFile::keepsPermissionsAndLinks()
{
    Open open(false);
    const QByteArray real = QFile::encodeName(open.path);
    QCOMPARE(::chmod(real.constData(), 0640), 0);
    const QString link = open.folder.filePath(QStringLiteral("link.espalier"));
    QVERIFY(QFile::link(QStringLiteral("net.espalier"), link));
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(file.open(link));
    QVERIFY(open.file.open(open.path)); // which only reads, but is told
    QVERIFY(document.apply(renameTo(QStringLiteral("b"))));
    QCOMPARE(saveAndWait(file), std::string());
    QVERIFY(QFileInfo(link).isSymLink());
    QCOMPARE(nameIn(open.onDisk()), std::string("b"));
    struct stat status = {};
    QCOMPARE(::stat(real.constData(), &status), 0);
    QCOMPARE(status.st_mode & 07777u, 0640u);
    QTRY_COMPARE(open.file.diskState(), DiskState::Changed);
}

void TstDocumentFile::keepsTheOldFileWhereTheDiskIsFull()
{
    Open open;
    const std::string before = read(open.path);
    QVERIFY(open.document.apply(renameTo(QString(200, QLatin1Char('b')))));
    {
        const FullDisk full(100);
        QCOMPARE(saveAndWait(open.file), std::string("file.tooBig"));
        QVERIFY(!open.file.saveNow());
    }
    QCOMPARE(read(open.path), before);
    QCOMPARE(open.names(), QStringList{QStringLiteral("net.espalier")});
    QVERIFY(!open.document.isClean());
    QCOMPARE(saveAndWait(open.file), std::string());
    QVERIFY(open.onDisk() == open.document.document());
}

void TstDocumentFile::saysWhyItCannotBeWritten()
{
    Open open;
    QVERIFY(open.document.apply(renameTo(QStringLiteral("b"))));
    const QByteArray path = QFile::encodeName(open.path);
    const QByteArray folder = QFile::encodeName(open.folder.path());
    QCOMPARE(::chmod(path.constData(), 0444), 0);
    {
        const OrdinaryPerson person;
        if (!person)
            QSKIP("needs another user");
        QCOMPARE(saveAndWait(open.file), std::string("file.unwritable"));
    }
    QCOMPARE(::chmod(path.constData(), 0666), 0);
    QCOMPARE(::chmod(folder.constData(), 0555), 0);
    {
        const OrdinaryPerson person;
        QCOMPARE(saveAndWait(open.file), std::string("file.unwritable"));
    }
    QCOMPARE(::chmod(folder.constData(), 0755), 0);
    QCOMPARE(nameIn(open.onDisk()), std::string("fc"));
    QVERIFY(!open.document.isClean());
    QDir(open.folder.path()).removeRecursively();
    QCOMPARE(saveAndWait(open.file), std::string("file.noFolder"));
}

void TstDocumentFile::editsWhileItSavesStayUnsaved()
{
    Open open;
    QVERIFY(open.document.apply(renameTo(QStringLiteral("a"), "key")));
    open.file.save();
    QVERIFY(open.file.isSaving());
    QVERIFY(open.document.apply(renameTo(QStringLiteral("b"), "key"))); // a step of its own: `a` can be gone back to
    QCOMPARE(open.document.history().size(), std::size_t{2});
    QTRY_VERIFY(!open.file.isSaving());
    QVERIFY(!open.document.isClean());
    open.document.undo();
    QVERIFY(open.document.isClean());
    QCOMPARE(nameIn(open.onDisk()), std::string("a"));

    QVERIFY(open.document.apply(renameTo(QStringLiteral("c"))));
    open.file.save();
    open.document.undo();
    QVERIFY(open.document.apply(renameTo(QStringLiteral("d")))); // nothing leads to `c` any more
    QTRY_VERIFY(!open.file.isSaving());
    QVERIFY(!open.document.isClean());
    open.document.undo();
    QVERIFY(!open.document.isClean());
}

void TstDocumentFile::savingTwiceInARowSavesTheLast()
{
    Open open;
    QSignalSpy saved(&open.file, &DocumentFile::saved);
    for (const char *name : {"a", "b", "c"}) {
        QVERIFY(open.document.apply(renameTo(QString::fromLatin1(name))));
        open.file.save();
    }
    QTRY_VERIFY(!open.file.isSaving());
    QCOMPARE(saved.size(), 2);
    QCOMPARE(nameIn(open.onDisk()), std::string("c"));
    QVERIFY(open.document.isClean());
}

void TstDocumentFile::waitsForASaveUnderWay()
{
    Open open;
    QVERIFY(open.document.apply(renameTo(QStringLiteral("a"))));
    open.file.save();
    QVERIFY(open.document.apply(renameTo(QStringLiteral("b"))));
    QVERIFY(open.file.saveNow());
    QCOMPARE(nameIn(open.onDisk()), std::string("b"));
    QVERIFY(open.file.isSafe());
    QVERIFY(open.document.apply(renameTo(QStringLiteral("c"))));
    open.file.save();
    QVERIFY(open.document.apply(renameTo(QStringLiteral("d"))));
    open.file.save(); // once that one is done
    QVERIFY(open.file.finishSaving());
    QVERIFY(open.file.isSafe());
    QVERIFY(open.file.finishSaving());
    QCOMPARE(nameIn(open.onDisk()), std::string("d"));
}

void TstDocumentFile::opensWhatIsReadable()
{
    Open open(false);
    std::string damaged = writeDocument(oneNode());
    damaged.insert(damaged.find("\"nodes\": [") + 10, "\n{\"kind\": 3},");
    QVERIFY(write(open.path, damaged));
    StudioDocument document;
    DocumentFile file(document);
    const auto problems = file.open(open.path);
    QVERIFY(problems);
    QCOMPARE(problems->size(), std::size_t{1});
    QVERIFY(document.document() == oneNode());
    QVERIFY(document.apply(renameTo(QStringLiteral("b"))));
    QSignalSpy kept(&file, &DocumentFile::originalKept);
    QCOMPARE(saveAndWait(file), std::string());
    QCOMPARE(kept.size(), 1);
    QCOMPARE(kept.first().first().toString(), open.path + QStringLiteral(".orig"));
    QCOMPARE(read(open.path + QStringLiteral(".orig")), damaged);
    QVERIFY(document.apply(renameTo(QStringLiteral("c"))));
    QCOMPARE(saveAndWait(file), std::string());
    QCOMPARE(kept.size(), 1);
}

void TstDocumentFile::refusesWhatIsNoDocument()
{
    Open open;
    const QString other = open.folder.filePath(QStringLiteral("other"));
    QVERIFY(write(other, "PNG"));
    for (const QString &path : {other, open.folder.path(), open.folder.filePath(QStringLiteral("missing"))}) {
        const auto opened = open.file.open(path);
        QVERIFY(!opened);
        QVERIFY(!opened.error().message().empty());
        QCOMPARE(open.file.path(), open.path); // and all is as it was
    }
    QVERIFY(open.document.document() == oneNode());
}

void TstDocumentFile::ownSaveIsNoChange()
{
    Open open;
    QSignalSpy told(&open.file, &DocumentFile::diskStateChanged);
    QVERIFY(open.document.apply(renameTo(QStringLiteral("b"))));
    QCOMPARE(saveAndWait(open.file), std::string());
    QVERIFY(write(open.path, read(open.path))); // written again, but the same
    QVERIFY(write(open.folder.filePath(QStringLiteral("neighbour")), "x"));
    QTest::qWait(300); // for a signal that must not come
    QCOMPARE(told.size(), 0);
}

void TstDocumentFile::tellsAndReloadsAChange()
{
    Open open;
    QVERIFY(open.document.apply(renameTo(QStringLiteral("mine"))));
    QSignalSpy told(&open.file, &DocumentFile::diskStateChanged);
    QVERIFY(write(open.path, writeDocument(oneNode("theirs"))));
    QTRY_COMPARE(open.file.diskState(), DiskState::Changed);
    QVERIFY(write(open.path, writeDocument(oneNode("theirs2"))));
    QTRY_COMPARE(told.size(), 2);
    QVERIFY(open.file.reload());
    QCOMPARE(open.file.diskState(), DiskState::Same);
    QCOMPARE(nameIn(open.document.document()), std::string("theirs2"));
    QVERIFY(open.document.isClean());
    QCOMPARE(open.document.history().size(), std::size_t{2});
    open.document.undo();
    QCOMPARE(nameIn(open.document.document()), std::string("mine"));
    QVERIFY(!open.document.isClean());

    QVERIFY(write(open.path, "{ half of it"));
    QTRY_COMPARE(open.file.diskState(), DiskState::Changed);
    QVERIFY(!open.file.reload());
    QCOMPARE(nameIn(open.document.document()), std::string("mine"));
}

void TstDocumentFile::seesARenamedFile()
{
    Open open;
    const QString beside = open.folder.filePath(QStringLiteral("beside"));
    for (const char *name : {"a", "b", "c"}) { // each replaces the file that was watched
        QVERIFY(write(beside, writeDocument(oneNode(name))));
        QCOMPARE(::rename(QFile::encodeName(beside).constData(), QFile::encodeName(open.path).constData()), 0);
        QTRY_COMPARE(open.file.diskState(), DiskState::Changed);
        QVERIFY(open.file.reload());
        QCOMPARE(nameIn(open.document.document()), std::string(name));
    }
}

void TstDocumentFile::doesNotOverwriteWhatAnotherWrote()
{
    Open open;
    QVERIFY(open.document.apply(renameTo(QStringLiteral("mine"))));
    QVERIFY(write(open.path, writeDocument(oneNode("theirs"))));
    QCOMPARE(saveAndWait(open.file), std::string("document.changed-on-disk"));
    QCOMPARE(nameIn(open.onDisk()), std::string("theirs"));
    QTRY_COMPARE(open.file.diskState(), DiskState::Changed);
    open.file.keepMine();
    QCOMPARE(open.file.diskState(), DiskState::Same);
    QVERIFY(!open.document.isClean());
    QCOMPARE(saveAndWait(open.file), std::string());
    QCOMPARE(nameIn(open.onDisk()), std::string("mine"));
}

void TstDocumentFile::removedIsTold()
{
    Open open;
    QVERIFY(QFile::remove(open.path));
    QTRY_COMPARE(open.file.diskState(), DiskState::Removed);
    QVERIFY(open.document.isClean());
    QVERIFY(!open.file.isSafe());
    QVERIFY(!open.file.reload());
    QVERIFY(write(open.path, writeDocument(oneNode())));
    QTRY_COMPARE(open.file.diskState(), DiskState::Same);
    QVERIFY(open.file.isSafe());
    QVERIFY(QFile::remove(open.path));
    QTRY_COMPARE(open.file.diskState(), DiskState::Removed);
    QCOMPARE(saveAndWait(open.file), std::string()); // brings it back
    QCOMPARE(open.file.diskState(), DiskState::Same);
    QVERIFY(open.onDisk() == oneNode());
}

QTEST_GUILESS_MAIN(TstDocumentFile)
#include "tst_document_file.moc"
