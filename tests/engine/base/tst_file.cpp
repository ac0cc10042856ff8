// SPDX-License-Identifier: Apache-2.0
// Files: whole or not at all, with a sentence for each way in which a disk can refuse.
#include "engine/base/file.h"
#include "engine/base/file_lock.h"
#include "engine/base/process.h"

#include <QtTest>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

using namespace espalier;
namespace fs = std::filesystem;

namespace {
/// Every write of this process beyond `bytes` fails while it lives, as on a full disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &m_old);
        const rlimit limit{bytes, m_old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &m_old); }

private:
    rlimit m_old = {};
};

std::size_t filesIn(const std::string &folder)
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}
} // namespace

class TstFile : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    std::string path(const char *name) const { return m_dir.filePath(name).toStdString(); }

private slots:
    void init()
    {
        for (const auto &entry : fs::directory_iterator(m_dir.path().toStdString()))
            fs::remove_all(entry.path());
    }
    void whatIsWrittenIsRead()
    {
        const std::string bytes("a\0b\xff", 4);
        QVERIFY(writeFileAtomically(path("f"), bytes));
        QCOMPARE(readFile(path("f")).value(), bytes);
        QVERIFY(writeFileAtomically(path("f"), ""));
        QCOMPARE(readFile(path("f")).value(), std::string());
        QCOMPARE(filesIn(m_dir.path().toStdString()), std::size_t(1));
    }
    void readingRefusesWithASentence()
    {
        QCOMPARE(readFile(path("none")).error().code, std::string("file.missing"));
        QCOMPARE(readFile(path("none")).error().where.file, path("none"));
        QCOMPARE(readFile(m_dir.path().toStdString()).error().code, std::string("file.folder"));
        QCOMPARE(readFile("/dev/zero").error().code, std::string("file.device"));
        QVERIFY(mkfifo(path("pipe").c_str(), 0600) == 0);
        QCOMPARE(readFile(path("pipe")).error().code, std::string("file.device"));
        QVERIFY(writeFileAtomically(path("f"), "12345"));
        QCOMPARE(readFile(path("f"), 4).error().code, std::string("file.large"));
        QCOMPARE(readFile(path("f"), 5).value(), std::string("12345"));
        QVERIFY(!readFile("/proc/self/status").value().empty()); // its size says 0
    }
    void writingRefusesWithASentence()
    {
        QCOMPARE(writeFileAtomically(path("none/f"), "x").error().code, std::string("file.noFolder"));
        QCOMPARE(writeFileAtomically(m_dir.path().toStdString(), "x").error().code, std::string("file.folder"));
        QVERIFY(writeFileAtomically(path("f"), "x"));
        QCOMPARE(writeFileAtomically(path("f/g"), "x").error().code, std::string("file.notFolder"));
        QCOMPARE(createDirectories(path("f/g")).error().code, std::string("file.notFolder"));
        QCOMPARE(createDirectories(path("f")).error().code, std::string("file.notFolder"));
        QCOMPARE(writeFileAtomically("/proc/no", "x").error().code, std::string("file.noFolder"));
        QCOMPARE(AppendFile::open("/dev/full")->append("x").error().code, std::string("file.full"));
        QVERIFY(createDirectories(path("a/b/c")));
        QVERIFY(createDirectories(path("a/b/c")));
    }
    void aFailedReplacementLeavesTheOldFile()
    {
        QVERIFY(writeFileAtomically(path("f"), "old"));
        {
            const FileSizeLimit full(1000);
            QCOMPARE(writeFileAtomically(path("f"), std::string(5000, 'n')).error().code, std::string("file.tooBig"));
        }
        QCOMPARE(readFile(path("f")).value(), std::string("old"));
        QCOMPARE(filesIn(m_dir.path().toStdString()), std::size_t(1));
        {
            auto abandoned = AtomicFile::open(path("f"));
            QVERIFY(abandoned->write("half"));
            QCOMPARE(filesIn(m_dir.path().toStdString()), std::size_t(2));
        }
        QCOMPARE(readFile(path("f")).value(), std::string("old"));
        QCOMPARE(filesIn(m_dir.path().toStdString()), std::size_t(1));
    }
    void linksAndPermissionsStay()
    {
        QVERIFY(writeFileAtomically(path("f"), "old"));
        fs::permissions(path("f"), fs::perms::owner_read | fs::perms::owner_write);
        fs::create_symlink("f", path("link"));
        QVERIFY(writeFileAtomically(path("link"), "new"));
        QVERIFY(fs::is_symlink(path("link")));
        QCOMPARE(readFile(path("f")).value(), std::string("new"));
        QVERIFY(fs::status(path("f")).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    }
    void aFailedAppendLeavesWholeRecords()
    {
        auto file = AppendFile::open(path("log"));
        QVERIFY(file->append("0123456789"));
        {
            const FileSizeLimit full(15);
            QVERIFY(!file->append("abcdefghij"));
        }
        QCOMPARE(readFile(path("log")).value(), std::string("0123456789"));
        QCOMPARE(file->size(), std::uint64_t(10));
        QVERIFY(file->append("x"));
        QVERIFY(file->sync());
        QCOMPARE(AppendFile::open(path("log"))->size(), std::uint64_t(11));
    }
    void leftoversAreRemoved()
    {
        if (const pid_t child = fork(); child == 0) {
            auto file = AtomicFile::open(path("f"));
            _exit(file && file->write("half") ? 0 : 1); // as a kill: no destructor runs
        } else {
            int status = 0;
            waitpid(child, &status, 0);
            QCOMPARE(status, 0);
        }
        QVERIFY(writeFileAtomically(path("g"), "x"));
        QCOMPARE(filesIn(m_dir.path().toStdString()), std::size_t(2));
        removeTemporaryFiles(m_dir.path().toStdString());
        QCOMPARE(filesIn(m_dir.path().toStdString()), std::size_t(1));
        QCOMPARE(readFile(path("g")).value(), std::string("x"));
    }
    void aLockKeepsOthersOutAndEndsWithItsHolder()
    {
        QVERIFY(FileLock::probe(path("lock")) == FileLock::State::Free);
        {
            auto lock = FileLock::acquire(path("lock"));
            QVERIFY(lock);
            QCOMPARE(FileLock::acquire(path("lock")).error().code, std::string("file.locked"));
            QVERIFY(FileLock::probe(path("lock")) == FileLock::State::Held);
        }
        QVERIFY(FileLock::probe(path("lock")) == FileLock::State::Free);
        const pid_t child = fork();
        if (child == 0) {
            auto lock = FileLock::acquire(path("lock"));
            pause();
            _exit(lock ? 0 : 1);
        }
        QTRY_VERIFY(FileLock::probe(path("lock")) == FileLock::State::Held);
        QVERIFY(isProcessAlive(child));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        QVERIFY(!isProcessAlive(child));
        QVERIFY(FileLock::acquire(path("lock")));
    }
};

QTEST_GUILESS_MAIN(TstFile)
#include "tst_file.moc"
