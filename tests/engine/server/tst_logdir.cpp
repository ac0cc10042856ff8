// SPDX-License-Identifier: Apache-2.0
// Folders with event files, as they grow, vanish and are replaced.
#include "engine/server/logdir.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>

using namespace espalier;

class TstLogdir : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_logdir = std::make_unique<Logdir>(m_folder->path().toStdString());
    }
    void everyDirectoryWithEventsIsARun()
    {
        write("events.out.tfevents.1700000000.host.1.0", "a");
        write("train/events.out.tfevents.1700000001.host.1.0", "ab");
        write("deep/er/still/my.tfevents", "abc");
        write("notes/readme.txt", "no run");
        write(".hidden/events.out.tfevents.1.host", "no run");
        write("profile/events.out.tfevents.1.host.profile-empty", "no run");
        const auto news = m_logdir->search({});
        QVERIFY(news);
        QCOMPARE(names(), (QStringList{QStringLiteral("."), QStringLiteral("deep/er/still"), QStringLiteral("train")}));
        QCOMPARE(news->changed.size(), std::size_t(3));
        const JsonValue run = m_logdir->runJson(path("train"));
        QVERIFY(run["foreign"].boolean());
        QCOMPARE(run["created"].string(), std::string("2023-11-14T22:13:21Z"));
        QCOMPARE(run["files"].items().front()["size"].integer(), std::int64_t(2));
        QVERIFY(m_logdir->search({})->isEmpty());
    }
    void whatGrowsIsNews()
    {
        write("train/x.tfevents", "ab");
        write("eval/x.tfevents", "ab");
        QVERIFY(m_logdir->search({}));
        QVERIFY(m_logdir->look().isEmpty());
        write("train/x.tfevents", "cd", QIODevice::Append);
        const Logdir::News news = m_logdir->look();
        QCOMPARE(news.changed, std::vector<std::string>{path("train")});
        QCOMPARE(fileOf("train")["size"].integer(), std::int64_t(4));
        QCOMPARE(fileOf("train")["generation"].integer(), std::int64_t(0));
        write("train/y.tfevents", "new");
        QCOMPARE(m_logdir->search({})->changed, std::vector<std::string>{path("train")});
    }
    void aReplacedFileIsAnother()
    {
        write("x.tfevents", "abcdef");
        QVERIFY(m_logdir->search({}));
        write("x.tfevents", "abc"); // shorter
        QCOMPARE(m_logdir->look().changed.size(), std::size_t(1));
        QCOMPARE(fileOf("")["generation"].integer(), std::int64_t(1));
        write("copy", "ABCDEFGHI"); // as rsync does it
        std::filesystem::rename(path("copy"), path("x.tfevents"));
        QCOMPARE(m_logdir->look().changed.size(), std::size_t(1));
        QCOMPARE(fileOf("")["generation"].integer(), std::int64_t(2));
    }
    void whatVanishesIsToldAndMayComeBack()
    {
        write("train/x.tfevents", "ab");
        write("eval/x.tfevents", "ab");
        QVERIFY(m_logdir->search({}));
        QVERIFY(QDir(QString::fromStdString(path("train"))).removeRecursively());
        QVERIFY(m_logdir->look().isEmpty()); // what was read stays shown
        const auto news = m_logdir->search({});
        QCOMPARE(news->gone, std::vector<std::string>{path("train")});
        QCOMPARE(names(), QStringList{QStringLiteral("eval")});
        write("train/x.tfevents", "c"); // another one
        QCOMPARE(m_logdir->search({})->changed, std::vector<std::string>{path("train")});
        QCOMPARE(fileOf("train")["generation"].integer(), std::int64_t(1));

        QVERIFY(m_folder->remove());
        const auto lost = m_logdir->search({});
        QVERIFY(!lost);
        QCOMPARE(lost.error().where.file, m_folder->path().toStdString());
        QCOMPARE(names().size(), 2); // as it was
    }
    void linksAreNotFollowed()
    {
        write("train/x.tfevents", "ab");
        std::filesystem::create_directory_symlink(m_folder->path().toStdString(), path("train/loop"));
        QVERIFY(m_logdir->search({}));
        QCOMPARE(names(), QStringList{QStringLiteral("train")});
    }

private:
    std::string path(const char *name) const
    {
        const QString whole = *name ? m_folder->filePath(QString::fromLatin1(name)) : m_folder->path();
        return whole.toStdString();
    }
    void write(const char *name, const char *text, QIODevice::OpenMode mode = QIODevice::Truncate)
    {
        const QString whole = QString::fromStdString(path(name));
        QDir().mkpath(QFileInfo(whole).path());
        QFile file(whole);
        QVERIFY(file.open(QIODevice::WriteOnly | mode));
        file.write(text);
    }
    QStringList names() const
    {
        QStringList list;
        for (const auto &[path, run] : m_logdir->runs())
            list.append(QString::fromStdString(run.name));
        list.sort();
        return list;
    }
    JsonValue fileOf(const char *run) const { return m_logdir->runJson(path(run))["files"].items().front(); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Logdir> m_logdir;
};

QTEST_GUILESS_MAIN(TstLogdir)
#include "tst_logdir.moc"
