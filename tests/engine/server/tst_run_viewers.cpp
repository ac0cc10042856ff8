// SPDX-License-Identifier: Apache-2.0
// Runs and those who watch them, with the real program: killed, late, slow, many, stopped, talking garbage.
#include "tests/engine/server/run_client.h"

#include <nlohmann/json.hpp>

#include <QDir>

#include <csignal>

using namespace espalier;

class TstRunViewers : public QObject {
    Q_OBJECT
private slots:
    void aRunOutlivesItsViewersAndCanBeJoinedAgain()
    {
        const ProgramRun program;
        ProcessClient first(program, {QStringLiteral("serve")});
        QVERIFY(first.hello());
        const QString run = start(first, program, "first", endless());
        QVERIFY2(!run.isEmpty(), first.lastError.message.c_str());
        QVERIFY(first.call("run.subscribe")["live"].boolean());
        QVERIFY(first.waitForNote("run.progress"));
        QVERIFY(first.waitFor([&] { return first.frames > 2; }));
        // The engine sees what it would see if its studio were killed: both pipes end.
        first.process.closeReadChannel(QProcess::StandardOutput);
        first.process.closeWriteChannel();

        const QStringList attach{QStringLiteral("serve"), QStringLiteral("--attach"), run};
        {
            ProcessClient killed(program, attach);
            QVERIFY(killed.hello());
            QVERIFY(killed.call("run.subscribe")["live"].boolean());
            QVERIFY(killed.waitFor([&] { return killed.frames > 2; }));
            ::kill(static_cast<pid_t>(killed.process.processId()), SIGKILL);
            killed.process.waitForFinished();
        }
        ProcessClient hungUp(program, attach);
        QVERIFY(hungUp.hello());
        ::kill(static_cast<pid_t>(hungUp.process.processId()), SIGHUP);
        QVERIFY(hungUp.process.waitForFinished(10000));

        ProcessClient again(program, attach);
        QVERIFY(again.hello());
        QVERIFY(again.call("run.subscribe")["live"].boolean());
        QVERIFY(again.waitForNote("run.progress"));
        const JsonValue stopped = again.call("run.stop");
        QVERIFY2(stopped["step"].integer() > 0, again.lastError.message.c_str());
        QVERIFY(again.waitForNote("run.ended"));
        QCOMPARE(QString::fromStdString(again.notes["run.ended"]["state"].string()), QStringLiteral("stopped"));
        QCOMPARE(again.notes["run.ended"]["step"].integer(), stopped["step"].integer());
        QVERIFY(first.process.waitForFinished(20000));
        QVERIFY(recordOf(run).state == RunState::Stopped);
        QVERIFY(recordOf(run).socket.empty());

        // The curve from the start to the end, byte for byte, through an engine that never trained.
        ProcessClient later(program, {QStringLiteral("serve")});
        QVERIFY(later.hello());
        QVERIFY(!later.call("run.subscribe", object().set("run", run.toStdString()))["live"].boolean());
        QVERIFY(later.completeAfterEnd(run.toStdString()));
        int eventFiles = 0;
        for (const auto &[name, seen] : later.files) {
            QCOMPARE(seen.bytes, contentOf(run + QLatin1Char('/') + QString::fromStdString(name)));
            eventFiles += name.starts_with("events.out") ? 1 : 0;
        }
        QCOMPARE(eventFiles, 1);
        QVERIFY(later.files.contains("journal.jsonl"));
        later.process.closeWriteChannel();
        QVERIFY(later.process.waitForFinished(10000)); // without a run it ends with its input
        QCOMPARE(later.process.exitCode(), 0);
    }

    void aLateViewerAndALiveOneSeeTheSame()
    {
        const ProgramRun program;
        ProcessClient early(program, {QStringLiteral("serve")});
        QVERIFY(early.hello());
        const QString run = start(early, program, "run", endless());
        QVERIFY(!run.isEmpty());
        QVERIFY(early.call("run.subscribe")["live"].boolean());
        QVERIFY(early.waitFor([&] { return early.frames > 5; }));
        // One that goes through an engine of its own, and one straight to the socket.
        ProcessClient other(program, {QStringLiteral("serve")});
        QVERIFY(other.hello());
        const JsonValue named = object().set("run", run.toStdString());
        QVERIFY(other.call("run.attach", named)["live"].boolean());
        SocketClient straight(recordOf(run).socket);
        QVERIFY(straight.hello());
        QVERIFY(straight.call("run.subscribe")["live"].boolean());
        QVERIFY(other.waitFor([&] { return other.frames > 2; }));
        QVERIFY(straight.waitFor([&] { return straight.frames > 2; }));
        QVERIFY(other.call("run.stop", named).has("step"));
        for (RunClient *viewer : std::initializer_list<RunClient *>{&early, &other, &straight}) {
            QVERIFY(viewer->waitForNote("run.ended"));
            if (viewer == &straight) // the socket has closed: it reads the rest as a late viewer does
                continue;
            QVERIFY(viewer->completeAfterEnd(run.toStdString()));
            for (const auto &[name, seen] : viewer->files)
                QCOMPARE(seen.bytes, contentOf(run + QLatin1Char('/') + QString::fromStdString(name)));
        }
        QVERIFY(other.waitForNote("run.detached"));
    }

    void aSlowViewerGetsAGapAndReadsIt()
    {
        const ProgramRun program;
        ProcessClient owner(program, {QStringLiteral("serve")});
        QVERIFY(owner.hello());
        const QString run = start(owner, program, "run", endless().set("training.record.histograms_every", 1));
        QVERIFY(!run.isEmpty());
        SocketClient slow(recordOf(run).socket);
        QVERIFY(slow.hello());
        QVERIFY(slow.call("run.subscribe", object().set("queue", 1 << 19))["live"].boolean());
        // It sleeps until more has been written than its queue and the system's buffers hold.
        const QDir folder(run);
        const auto written = [&] {
            const QStringList events = folder.entryList({QStringLiteral("events.out.*")});
            return events.isEmpty() ? 0 : QFileInfo(folder.filePath(events.first())).size();
        };
        QTRY_VERIFY_WITH_TIMEOUT(written() > 3000000, 60000);
        QVERIFY(slow.waitForNote("run.gap"));
        const int gaps = slow.noteCounts["run.gap"];
        QVERIFY2(gaps == 1, "one gap for all that it slept through");
        const JsonValue gap = slow.notes["run.gap"];
        QVERIFY(gap["to"].integer() > gap["from"].integer());
        const JsonValue range = object()
                                    .set("run", run.toStdString())
                                    .set("file", gap["file"].string())
                                    .set("from", gap["from"].integer())
                                    .set("to", gap["to"].integer());
        const JsonValue read = slow.call("run.read", range);
        QCOMPARE(read["to"].integer(), gap["to"].integer());
        const QByteArray whole = contentOf(run + QLatin1Char('/') + QString::fromStdString(gap["file"].string()));
        const auto from = static_cast<int>(gap["from"].integer());
        const auto size = static_cast<int>(gap["to"].integer()) - from;
        QCOMPARE(slow.files[gap["file"].string()].bytes.mid(from, size), whole.mid(from, size));
        // Live again, from where the gap ends.
        const int before = slow.frames;
        QVERIFY(slow.waitFor([&] { return slow.frames > before; }));
        QVERIFY(owner.call("run.stop").has("step"));
    }

    void viewersChangeNoBit()
    {
        const ProgramRun program;
        const QString alone = program.path(QStringLiteral("alone"));
        QStringList arguments{QStringLiteral("train"),     QStringLiteral("digits-cnn"), QStringLiteral("--run"), alone,
                              QStringLiteral("--threads"), QStringLiteral("1")};
        for (const char *set : {"training.epochs=2", "training.schedule.kind=cosine"})
            arguments << QStringLiteral("--set") << QString::fromLatin1(set);
        const ProgramResult result = program.run(arguments);
        QVERIFY2(result.code == 0, result.err);
        const QByteArray expected = hashOf(lastCheckpoint(alone));
        QVERIFY(!expected.isEmpty());
        for (const int viewers : {0, 1, 3}) {
            ProcessClient owner(program, {QStringLiteral("serve")});
            QVERIFY(owner.hello());
            const QString run = start(owner, program, QByteArray::number(viewers).prepend("watched"), shortRun());
            QVERIFY2(!run.isEmpty(), owner.lastError.message.c_str());
            std::vector<std::unique_ptr<SocketClient>> joined;
            for (int i = 1; i < viewers; ++i) {
                joined.push_back(std::make_unique<SocketClient>(recordOf(run).socket));
                if (joined.back()->stream && joined.back()->hello())
                    joined.back()->call("run.subscribe"); // and never read: it may also be over by now
            }
            if (viewers > 0)
                QVERIFY(owner.call("run.subscribe").has("live"));
            owner.process.closeWriteChannel();
            QVERIFY(owner.process.waitForFinished(60000));
            QCOMPARE(hashOf(lastCheckpoint(run)), expected);
        }
    }

    void aStoppedProcessHoldsNobodyUp()
    {
        const ProgramRun program;
        ProcessClient owner(program, {QStringLiteral("serve")});
        QVERIFY(owner.hello());
        const QString run = start(owner, program, "run", endless());
        QVERIFY(!run.isEmpty());
        ::kill(static_cast<pid_t>(owner.process.processId()), SIGSTOP);
        ProcessClient other(program, {QStringLiteral("serve")});
        QVERIFY(other.hello());
        for (int i = 0; i < 40; ++i) // more than wait at a socket
            QCOMPARE(other.call("run.alive")["runs"].items().size(), std::size_t(1));
        QVERIFY(other.call("run.subscribe", object().set("run", run.toStdString())).isNull());
        QVERIFY2(other.lastError.message.find("does not answer") != std::string::npos, other.lastError.message.c_str());
        ::kill(static_cast<pid_t>(owner.process.processId()), SIGCONT);
        QVERIFY(other.call("run.subscribe", object().set("run", run.toStdString()))["live"].boolean());
        QVERIFY(other.call("run.stop", object().set("run", run.toStdString())).has("step"));
    }

    void aRunOfTheCommandLineCanBeJoined()
    {
        const ProgramRun program;
        const QString run = program.path(QStringLiteral("run"));
        QProcess process;
        program.start(process,
                      {QStringLiteral("train"), QStringLiteral("digits-cnn"), QStringLiteral("--run"), run,
                       QStringLiteral("--set"), QStringLiteral("training.epochs=%1").arg(kEndless)});
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(lastCheckpoint(run)), 20000);
        QTRY_VERIFY_WITH_TIMEOUT(recordOf(run).state == RunState::Running, 20000);
        ::kill(static_cast<pid_t>(process.processId()), SIGHUP); // the terminal has gone
        ProcessClient viewer(program, {QStringLiteral("serve"), QStringLiteral("--attach"), run});
        QVERIFY(viewer.hello());
        QVERIFY(viewer.call("run.subscribe")["live"].boolean());
        QVERIFY(viewer.waitFor([&] { return viewer.frames > 2; }));
        QVERIFY(viewer.call("run.stop").has("step"));
        QVERIFY(viewer.waitForNote("run.ended"));
        QVERIFY(process.waitForFinished(20000));
        QCOMPARE(process.exitCode(), 0);
        QVERIFY(viewer.process.waitForFinished(10000));
        const QDir sockets(program.path(QStringLiteral("home/espalier")));
        QCOMPARE(sockets.entryList({QStringLiteral("run-*")}, QDir::Files | QDir::System), QStringList());
    }

    void garbageOnTheSocketHurtsNobody_data()
    {
        QTest::addColumn<QByteArray>("garbage");
        QByteArray noise;
        for (int i = 0; i < 100000; ++i)
            noise += static_cast<char>((i * 2654435761u) >> 13);
        QTest::newRow("noise") << noise;
        QTest::newRow("no json") << QByteArray("Content-Length: 5\r\n\r\n{{{{{");
        QTest::newRow("before initialize")
            << QByteArray("Content-Length: 46\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"run.stop\"}  ");
        QTest::newRow("huge promise") << QByteArray("Content-Length: 99999999999999\r\n\r\n");
        QTest::newRow("cut") << QByteArray("Content-Length: 1000\r\n\r\n{");
        QTest::newRow("nothing") << QByteArray();
    }
    void garbageOnTheSocketHurtsNobody()
    {
        QFETCH(QByteArray, garbage);
        const ProgramRun program;
        ProcessClient owner(program, {QStringLiteral("serve")});
        QVERIFY(owner.hello());
        const QString run = start(owner, program, "run", endless());
        QVERIFY(!run.isEmpty());
        {
            auto stream = LocalStream::connect(recordOf(run).socket);
            QVERIFY(stream.has_value());
            (void)stream->write({garbage.constData(), static_cast<std::size_t>(garbage.size())}, 2000);
        }
        SocketClient viewer(recordOf(run).socket);
        QVERIFY(viewer.hello());
        QVERIFY(viewer.call("run.pause").has("step"));
        QVERIFY(viewer.call("run.stop").has("step"));
    }
};

QTEST_GUILESS_MAIN(TstRunViewers)
#include "tst_run_viewers.moc"
