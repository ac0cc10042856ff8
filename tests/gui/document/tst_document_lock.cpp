// SPDX-License-Identifier: GPL-3.0-or-later
// Two studios and one file: the second reads, and writes once the first is gone, however it went.
#include "gui/document/document_file.h"

#include "gui/document/state_folder.h"
#include "tests/gui/document/child_process.h"
#include "tests/gui/document/file_support.h"

#include <utime.h>

using namespace espalier;
using namespace espalier::test;

namespace {

/// Opens the file, says so, and saves it under each name of the model that it hears.
int otherStudio(const QStringList &arguments)
{
    StudioDocument document;
    DocumentFile file(document);
    if (!file.open(arguments.first()))
        return 1;
    tell(document.isReadOnly() ? "reads" : "writes");
    for (QByteArray name = hear(); !name.isEmpty(); name = hear()) {
        if (!document.apply(renameTo(QString::fromUtf8(name))) || !file.saveNow())
            return 2;
        tell("saved");
    }
    return 0;
}

} // namespace

class TstDocumentLock : public QObject {
    Q_OBJECT
private slots:
    void init();
    void secondStudioReads();
    void aDeadHolderFreesIt();
    void aLinkIsTheSameFile();
    void anotherTabOfThisStudio();
    void saveAsMovesTheLock();
    void worksWithoutAStateFolder();
    void removesOldLocks();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void TstDocumentLock::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_STATE_HOME", QFile::encodeName(m_folder->filePath(QStringLiteral("state"))));
    m_path = m_folder->filePath(QStringLiteral("net.espalier"));
    QVERIFY(write(m_path, writeDocument(oneNode())));
}

void TstDocumentLock::secondStudioReads()
{
    Child other({QStringLiteral("--child"), m_path});
    QCOMPARE(other.line(), QByteArray("writes"));
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(file.open(m_path));
    QVERIFY(document.isReadOnly());
    QVERIFY(file.lockRefusal());
    const QString sentence = QString::fromStdString(file.lockRefusal()->message());
    QVERIFY2(sentence.startsWith(QStringLiteral("net.espalier is open in another studio (process ")),
             qPrintable(sentence));
    QVERIFY(!document.apply(renameTo(QStringLiteral("mine"))));
    QVERIFY(!file.saveNow());
    QSignalSpy failed(&file, &DocumentFile::saveFailed);
    file.save();
    QCOMPARE(failed.size(), 1);
    QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files).size(), 1); // no lock lies beside the file

    other.say("theirs");
    QCOMPARE(other.line(), QByteArray("saved"));
    QTRY_COMPARE(file.diskState(), DocumentFile::DiskState::Changed);
    QVERIFY(file.reload());
    QCOMPARE(nameIn(document.document()), std::string("theirs"));
    other.say("theirs2");
    QCOMPARE(other.line(), QByteArray("saved"));
    QVERIFY(other.finish());
    QTRY_VERIFY(!document.isReadOnly());
    QVERIFY(!file.lockRefusal());
    QCOMPARE(nameIn(document.document()), std::string("theirs2"));
    QVERIFY(document.apply(renameTo(QStringLiteral("mine"))));
    QVERIFY(file.saveNow());

    Child third({QStringLiteral("--child"), m_path});
    QCOMPARE(third.line(), QByteArray("reads"));
}

void TstDocumentLock::aDeadHolderFreesIt()
{
    Child other({QStringLiteral("--child"), m_path});
    QCOMPARE(other.line(), QByteArray("writes"));
    StudioDocument waiting;
    DocumentFile file(waiting);
    QVERIFY(file.open(m_path));
    QVERIFY(waiting.isReadOnly());
    other.killHard();
    StudioDocument next;
    DocumentFile nextFile(next);
    QVERIFY(nextFile.open(m_path));
    QVERIFY(!next.isReadOnly());
    QVERIFY(waiting.isReadOnly());
}

void TstDocumentLock::aLinkIsTheSameFile()
{
    const QString link = m_folder->filePath(QStringLiteral("link.espalier"));
    QVERIFY(QFile::link(m_path, link));
    Child other({QStringLiteral("--child"), link});
    QCOMPARE(other.line(), QByteArray("writes"));
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(file.open(m_path));
    QVERIFY(document.isReadOnly());
}

void TstDocumentLock::anotherTabOfThisStudio()
{
    StudioDocument first;
    auto firstFile = std::make_unique<DocumentFile>(first);
    QVERIFY(firstFile->open(m_path));
    StudioDocument second;
    DocumentFile secondFile(second);
    QVERIFY(secondFile.open(m_path));
    QVERIFY(second.isReadOnly());
    QVERIFY(secondFile.lockRefusal()->message().find("in this studio already") != std::string::npos);
    firstFile.reset();
    QTRY_VERIFY(!second.isReadOnly());
}

void TstDocumentLock::saveAsMovesTheLock()
{
    const QString copy = m_folder->filePath(QStringLiteral("copy.espalier"));
    StudioDocument first;
    DocumentFile firstFile(first);
    QVERIFY(firstFile.open(m_path));
    StudioDocument second;
    DocumentFile secondFile(second);
    QVERIFY(secondFile.open(m_path));
    QVERIFY(second.isReadOnly());
    secondFile.saveAs(copy); // a copy of what only can be read can be edited
    QTRY_COMPARE(secondFile.path(), copy);
    QVERIFY(!second.isReadOnly());
    QSignalSpy failed(&firstFile, &DocumentFile::saveFailed);
    firstFile.saveAs(copy);
    QCOMPARE(failed.size(), 1);
    QCOMPARE(failed.first().first().value<Error>().code, std::string("document.locked"));
    QCOMPARE(firstFile.path(), m_path);
    firstFile.saveAs(m_folder->filePath(QStringLiteral("third.espalier")));
    QTRY_VERIFY(!firstFile.isSaving());
    secondFile.saveAs(m_path); // which nobody has open any more
    QTRY_COMPARE(secondFile.path(), m_path);
}

void TstDocumentLock::worksWithoutAStateFolder()
{
    QVERIFY(write(m_folder->filePath(QStringLiteral("state")), "a file where the folder should be"));
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(file.open(m_path));
    QVERIFY(!document.isReadOnly());
    QVERIFY(document.apply(renameTo(QStringLiteral("b"))));
    QVERIFY(file.saveNow());
}

void TstDocumentLock::removesOldLocks()
{
    const QString other = m_folder->filePath(QStringLiteral("other.espalier"));
    QVERIFY(write(other, writeDocument(oneNode())));
    StudioDocument document;
    DocumentFile file(document);
    QVERIFY(file.open(m_path));
    {
        DocumentLock lock;
        QVERIFY(lock.take(other));
    }
    QDir locks(stateFolder() + QStringLiteral("/locks"));
    QCOMPARE(locks.entryList(QDir::Files).size(), 2);
    DocumentLock::removeOld();
    QCOMPARE(locks.entryList(QDir::Files).size(), 2);
    const utimbuf longAgo{1000000000, 1000000000};
    for (const QFileInfo &info : locks.entryInfoList(QDir::Files))
        QCOMPARE(::utime(QFile::encodeName(info.filePath()).constData(), &longAgo), 0);
    DocumentLock::removeOld();
    QCOMPARE(locks.entryList(QDir::Files).size(), 1); // one is held
}

ESPALIER_TEST_MAIN_WITH_CHILD(TstDocumentLock, otherStudio)
#include "tst_document_lock.moc"
