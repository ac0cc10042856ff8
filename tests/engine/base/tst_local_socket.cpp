// SPDX-License-Identifier: Apache-2.0
// Sockets between processes of one user: private, told from stale ones, ended from either side.
#include "engine/base/local_socket.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>
#include <unistd.h>

#include <thread>

using namespace espalier;

class TstLocalSocket : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        QVERIFY(m_folder.isValid());
        qputenv("XDG_RUNTIME_DIR", m_folder.path().toLocal8Bit());
    }
    void bytesGoBothWays()
    {
        const std::string path = at("both");
        auto listener = LocalListener::listen(path);
        QVERIFY(listener.has_value());
        struct stat status = {};
        QCOMPARE(::stat(path.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, 0600U);
        std::thread echo([&] {
            auto stream = listener->accept();
            char bytes[16];
            const std::size_t n = stream->read(bytes, sizeof bytes);
            (void)stream->write({bytes, n});
        });
        auto stream = LocalStream::connect(path);
        QVERIFY(stream.has_value());
        QCOMPARE(stream->peerUser(), static_cast<std::int64_t>(::geteuid()));
        QVERIFY(stream->write("hello"));
        char bytes[16];
        QCOMPARE(stream->read(bytes, sizeof bytes), std::size_t(5));
        QCOMPARE(stream->read(bytes, sizeof bytes), std::size_t(0)); // the other end has gone
        echo.join();
    }
    void aReaderThatSleepsIsNotWaitedForForever()
    {
        auto listener = LocalListener::listen(at("slow"));
        auto stream = LocalStream::connect(at("slow"));
        auto other = listener->accept();
        QVERIFY(!stream->write(std::string(std::size_t{16} << 20, 'x'), 50));
        std::thread blocked([&] { (void)stream->write(std::string(std::size_t{16} << 20, 'x')); });
        stream->shutdown();
        blocked.join();
    }
    void closeEndsAcceptAndRemovesTheFile()
    {
        const std::string path = at("close");
        auto listener = LocalListener::listen(path);
        std::thread waiting([&] { QVERIFY(!listener->accept()); });
        listener->close();
        waiting.join();
        QVERIFY(!QFile::exists(QString::fromStdString(path)));
        QCOMPARE(LocalStream::connect(path).error().code, std::string("socket.missing"));
    }
    void staleSocketsAreToldFromLivingOnes()
    {
        const std::string living = at("living");
        const auto listener = LocalListener::listen(living);
        const std::string stale = at("stale");
        {
            auto dead = LocalListener::listen(stale);
            QVERIFY(QFile::rename(QString::fromStdString(stale), QString::fromStdString(stale + "-moved")));
        } // as after a kill: the file is there, nobody listens
        QFile plain(QString::fromStdString(at("plain")));
        QVERIFY(plain.open(QIODevice::WriteOnly));
        QCOMPARE(LocalStream::connect(stale + "-moved").error().code, std::string("socket.refused"));
        removeStaleSockets(m_folder.path().toStdString());
        QVERIFY(!QFile::exists(QString::fromStdString(stale + "-moved")));
        QVERIFY(QFile::exists(QString::fromStdString(living)));
        QVERIFY(plain.exists());
    }
    void theFolderIsPrivate()
    {
        const auto folder = runtimeDirectory();
        QVERIFY(folder.has_value());
        QCOMPARE(*folder, m_folder.filePath(QStringLiteral("espalier")).toStdString());
        struct stat status = {};
        QCOMPARE(::stat(folder->c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, 0700U);
        // Where that one is open to others, or too long for a socket's path, it is another.
        QCOMPARE(::chmod(folder->c_str(), 0755), 0);
        const auto other = runtimeDirectory();
        QVERIFY(other.has_value() && *other != *folder);
        QCOMPARE(::chmod(folder->c_str(), 0700), 0);
        const QString deep = m_folder.filePath(QString(80, QLatin1Char('d')));
        QVERIFY(QDir().mkpath(deep));
        qputenv("XDG_RUNTIME_DIR", deep.toLocal8Bit());
        QVERIFY(runtimeDirectory().value_or("") == *other);
        QVERIFY(!LocalListener::listen(at(std::string(120, 'x').c_str())));
    }
    void othersAreTurnedAway()
    {
        QVERIFY(isPeerAllowed(1000, 1000));
        QVERIFY(isPeerAllowed(0, 1000));
        QVERIFY(!isPeerAllowed(1001, 1000));
        QVERIFY(!isPeerAllowed(-1, 1000));
    }

private:
    std::string at(const char *name) const { return m_folder.filePath(QString::fromLatin1(name)).toStdString(); }
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(TstLocalSocket)
#include "tst_local_socket.moc"
