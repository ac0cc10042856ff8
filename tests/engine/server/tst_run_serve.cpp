// SPDX-License-Identifier: Apache-2.0
// Runs and their viewers with the real program: watched, joined, controlled, left alone, killed, and talked to in
// garbage.
#include "engine/io/run_directory.h"
#include "tests/engine/server/run_client.h"

#include <nlohmann/json.hpp>

#include <QCryptographicHash>
#include <QDir>

#include <csignal>

using namespace espalier;

namespace {

JsonValue object()
{
    return JsonValue::object();
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray hashOf(const QString &path)
{
    const QByteArray bytes = contentOf(path);
    return bytes.isEmpty() ? bytes : QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
}

QString lastCheckpoint(const QString &run)
{
    return run + QStringLiteral("/checkpoints/last.safetensors");
}

RunRecord recordOf(const QString &run)
{
    const auto directory = RunDirectory::open(run.toStdString());
    const auto record = directory ? directory->loadRecord() : Result<RunRecord>(fail("test", "no run"));
    return record.value_or(RunRecord());
}

constexpr int kEndless = 1000000;

/// A short training that is the same for every way to start it.
JsonValue shortRun()
{
    return object().set("training.epochs", 2).set("training.schedule.kind", "cosine");
}

} // namespace

class TstRunServe : public QObject {
    Q_OBJECT

    /// Starts digits-cnn in `client` as the run `name`; the path of the run.
    static QString start(RunClient &client, const ProgramRun &program, const char *name, JsonValue overrides)
    {
        const JsonValue result = client.call("run.start",
                                             object()
                                                 .set("path", "digits-cnn")
                                                 .set("folder", program.folder().toStdString())
                                                 .set("name", name)
                                                 .set("threads", 1)
                                                 .set("overrides", std::move(overrides)));
        return QString::fromStdString(result["run"].string());
    }
    static JsonValue endless() { return object().set("training.epochs", kEndless); }

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

    void commandsSayTheStepAtWhichTheyAct()
    {
        const ProgramRun program;
        ProcessClient client(program, {QStringLiteral("serve")});
        QVERIFY(client.hello());
        const QString run = start(client, program, "run", endless());
        QVERIFY(!run.isEmpty());
        QVERIFY(client.call("run.subscribe")["live"].boolean());
        QVERIFY(client.waitForNote("run.progress"));
        const std::int64_t at = client.call("run.pause")["step"].integer();
        QVERIFY(at > 0);
        QVERIFY(client.waitFor([&] { return client.notes["run.state"]["state"].string() == "paused"; }));
        QVERIFY(recordOf(run).state == RunState::Paused);
        QCOMPARE(recordOf(run).step, at);
        QCOMPARE(client.call("run.step")["step"].integer(), at);
        const JsonValue rate = client.call("run.set_rate", object().set("rate", 0.25));
        QCOMPARE(rate["step"].integer(), at + 1); // the step before it was one, and no more
        QCOMPARE(rate["rate"].number(), 0.25);
        QVERIFY(client.call("run.set_rate", object().set("rate", -1)).isNull());
        QVERIFY(client.lastError.message.find("-1") != std::string::npos);
        QVERIFY(client.call("run.set_rate").isNull()); // neither rate nor factor
        QCOMPARE(client.call("run.resume")["step"].integer(), at + 1);
        QVERIFY(client.waitFor([&] { return client.notes["run.progress"]["step"].integer() > at + 1; }));
        const std::int64_t end = client.call("run.stop")["step"].integer();
        QVERIFY(client.waitForNote("run.ended"));
        QCOMPARE(client.notes["run.ended"]["step"].integer(), end);
        QCOMPARE(recordOf(run).step, end);
        QVERIFY(client.call("run.pause").isNull());
        QVERIFY(client.lastError.message.find("stopped") != std::string::npos);
        // The journal has each with its step.
        const auto journal = RunDirectory::open(run.toStdString())->readJournal();
        QVERIFY(journal.has_value());
        QStringList events;
        for (const auto &entry : *journal)
            events << QString::fromStdString(entry["event"]) + QLatin1Char('@')
                    + QString::number(entry["step"].get<std::int64_t>() - at);
        QCOMPARE(events,
                 (QStringList{QStringLiteral("pause@0"), QStringLiteral("rate_factor@1"), QStringLiteral("continue@1"),
                              QStringLiteral("stop@%1").arg(end - at)}));
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

    void aKilledRunIsLostAndResumesBitForBit()
    {
        const ProgramRun program;
        const QString whole = program.path(QStringLiteral("whole"));
        ProcessClient reference(program, {QStringLiteral("serve")});
        QVERIFY(reference.hello());
        start(reference, program, "whole", shortRun());
        reference.process.closeWriteChannel();
        QVERIFY(reference.process.waitForFinished(60000));

        ProcessClient owner(program, {QStringLiteral("serve")});
        QVERIFY(owner.hello());
        const QString run = start(owner, program, "run", shortRun().set("training.checkpoint.seconds", 0.01));
        QVERIFY(!run.isEmpty());
        QVERIFY(owner.call("run.pause").has("step")); // so that it is surely alive
        const QString socket = QString::fromStdString(recordOf(run).socket);
        ProcessClient other(program, {QStringLiteral("serve")});
        QVERIFY(other.hello());
        const auto aliveRuns = [&] { return other.call("run.alive")["runs"].items().size(); };
        QCOMPARE(aliveRuns(), std::size_t(1));
        ::kill(static_cast<pid_t>(owner.process.processId()), SIGKILL);
        QVERIFY(owner.process.waitForFinished(10000));
        QVERIFY(QFile::exists(socket)); // nobody was left to remove it
        QCOMPARE(aliveRuns(), std::size_t(0));
        const JsonValue listed = other.call("run.list", object().set("folder", program.folder().toStdString()));
        QStringList states;
        for (const JsonValue &item : listed["runs"].items())
            states << QString::fromStdString(item["name"].string() + " " + item["state"].string());
        states.sort();
        QCOMPARE(states, (QStringList{QStringLiteral("run lost"), QStringLiteral("whole finished")}));
        const ProgramResult refused = program.run({QStringLiteral("serve"), QStringLiteral("--attach"), run}, 20);
        QCOMPARE(refused.code, 2);
        QVERIFY2(refused.err.contains("--resume"), refused.err);
        QVERIFY(other.call("run.pause", object().set("run", run.toStdString())).isNull());

        const JsonValue resumed = other.call("run.start", object().set("resume", run.toStdString()).set("threads", 1));
        QVERIFY2(resumed.has("run"), other.lastError.message.c_str());
        QVERIFY(!QFile::exists(socket));
        QVERIFY(other.call("run.subscribe").has("live"));
        QVERIFY(other.waitForNote("run.ended"));
        QCOMPARE(QString::fromStdString(other.notes["run.ended"]["state"].string()), QStringLiteral("finished"));
        QVERIFY(other.completeAfterEnd(run.toStdString()));
        for (const auto &[name, seen] : other.files)
            QCOMPARE(seen.bytes, contentOf(run + QLatin1Char('/') + QString::fromStdString(name)));
        QCOMPARE(hashOf(lastCheckpoint(run)), hashOf(lastCheckpoint(whole)));
    }

    void oneEngineTrainsOneRun()
    {
        const ProgramRun program;
        ProcessClient client(program, {QStringLiteral("serve")});
        QVERIFY(client.hello());
        QVERIFY(!start(client, program, "one", endless()).isEmpty());
        QVERIFY(start(client, program, "two", endless()).isEmpty());
        QVERIFY(client.lastError.message.find("another engine") != std::string::npos);
        QVERIFY(!QDir(program.folder()).exists(QStringLiteral("two")));
        // A SIGTERM to the engine that trains is for the run: it saves.
        ::kill(static_cast<pid_t>(client.process.processId()), SIGINT); // Ctrl-C where the studio was started is not
        QVERIFY(client.call("run.subscribe")["live"].boolean());
        QVERIFY(client.waitForNote("run.progress"));
        ::kill(static_cast<pid_t>(client.process.processId()), SIGTERM);
        QVERIFY(client.waitForNote("run.ended"));
        QCOMPARE(QString::fromStdString(client.notes["run.ended"]["state"].string()), QStringLiteral("stopped"));
        QVERIFY(!start(client, program, "three", shortRun()).isEmpty()); // after it, the next
        client.process.closeWriteChannel();
        QVERIFY(client.process.waitForFinished(60000));
        QVERIFY(recordOf(program.path(QStringLiteral("three"))).state == RunState::Finished);
    }

    void aRunThatFailsSaysWhy()
    {
        const ProgramRun program;
        ProcessClient client(program, {QStringLiteral("serve")});
        QVERIFY(client.hello());
        const JsonValue started = client.call("run.start",
                                              object()
                                                  .set("path", "pytorch-two-layer")
                                                  .set("folder", program.folder().toStdString())
                                                  .set("overrides", object().set("training.optimizer.lr", 1)));
        QVERIFY2(started.has("run"), client.lastError.message.c_str());
        client.call("run.subscribe", object().set("run", started["run"])); // it may be over by now: one path
        QVERIFY(client.waitForNote("run.ended"));
        const JsonValue ended = client.notes["run.ended"];
        QCOMPARE(QString::fromStdString(ended["state"].string()), QStringLiteral("failed"));
        QVERIFY2(ended["error"].string().find("NaN or Inf") != std::string::npos, ended["error"].string().c_str());
        QVERIFY(client.call("run.pause").isNull());
        QVERIFY(!client.lastError.message.empty());
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

    void aRefusedRunLeavesNoTrace()
    {
        const ProgramRun program;
        ProcessClient client(program, {QStringLiteral("serve")});
        QVERIFY(client.hello());
        for (const auto &overrides : {object().set("training.epochs", "many"), object().set("nosuch.x", 1)}) {
            QVERIFY(start(client, program, "run", overrides).isEmpty());
            QVERIFY(!client.lastError.message.empty());
            QVERIFY(!QDir(program.folder()).exists(QStringLiteral("run")));
        }
        QVERIFY(client.call("run.start", object().set("text", "{ no document")).isNull());
        QVERIFY(client.call("run.start").isNull());
        QVERIFY(start(client, program, "../escape", object()).isEmpty());
        QVERIFY(
            client.call("run.read", object().set("run", program.folder().toStdString()).set("file", "../x")).isNull());
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

    void nobodyNeedsToReadWhatTrainSays()
    {
        const ProgramRun program;
        const QString run = program.path(QStringLiteral("run"));
        QProcess process;
        program.start(process,
                      {QStringLiteral("train"), QStringLiteral("digits-cnn"), QStringLiteral("--json"),
                       QStringLiteral("--run"), run, QStringLiteral("--set"), QStringLiteral("training.epochs=3")});
        process.closeReadChannel(QProcess::StandardOutput);
        QVERIFY(process.waitForFinished(60000));
        QVERIFY(recordOf(run).state == RunState::Finished);
    }

    void aDrawingInTheEditorTrains()
    {
        const ProgramRun program;
        ProcessClient client(program, {QStringLiteral("serve")});
        QVERIFY(client.hello());
        const JsonValue sample = client.call("samples.read", object().set("name", "digits-cnn"));
        QVERIFY(client
                    .call("document.open",
                          object()
                              .set("document", "tab1")
                              .set("version", 1)
                              .set("folder", sample["folder"])
                              .set("text", sample["text"]))
                    .has("version"));
        const std::string folder = program.folder().toStdString();
        const JsonValue started = client.call("run.start",
                                              object()
                                                  .set("document", "tab1")
                                                  .set("title", "my digits")
                                                  .set("folder", folder)
                                                  .set("overrides", object().set("training.epochs", 2)));
        QVERIFY2(started.has("run"), client.lastError.message.c_str());
        QCOMPARE(started["folder"].string(), folder);
        QVERIFY(QRegularExpression(QStringLiteral("^[a-z]+-[a-z]+$"))
                    .match(QString::fromStdString(started["name"].string()))
                    .hasMatch());
        QCOMPARE(started["settings"]["epochs"].integer(), std::int64_t(2));
        QVERIFY(client.call("run.subscribe").has("live"));
        QVERIFY(client.waitForNote("run.ended"));
        const JsonValue ended = client.notes["run.ended"];
        QCOMPARE(QString::fromStdString(ended["state"].string()), QStringLiteral("finished"));
        QVERIFY(ended["best"]["validation/loss"].number() > 0);
        QCOMPARE(ended["confusion"].items().size(), std::size_t(10));
        QCOMPARE(ended["revision"].integer(), std::int64_t(1));

        // One layer is made wider, and the run goes on from its best epoch: the others keep what they learnt.
        const JsonValue again
            = client.call("run.start",
                          object()
                              .set("resume", started["run"])
                              .set("checkpoint", "best")
                              .set("document", "tab1")
                              .set("overrides", object().set("training.epochs", 3).set("fc1.out_features", 48)));
        QVERIFY2(again.has("run"), client.lastError.message.c_str());
        QCOMPARE(again["revision"].integer(), std::int64_t(2));
        client.notes.clear();
        QVERIFY(client.call("run.subscribe").has("live"));
        QVERIFY(client.waitForNote("run.ended"));
        const JsonValue second = client.notes["run.ended"];
        QCOMPARE(QString::fromStdString(second["state"].string()), QStringLiteral("finished"));
        QVERIFY(!second["started"]["not_taken"].items().empty());
        QVERIFY(
            QFile::exists(QString::fromStdString(started["run"].string()) + QStringLiteral("/models/0002.espalier")));
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

QTEST_GUILESS_MAIN(TstRunServe)
#include "tst_run_serve.moc"
