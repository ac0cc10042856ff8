// SPDX-License-Identifier: Apache-2.0
// Runs that an engine starts, with the real program: controlled, killed and resumed, failing, refused.
#include "tests/engine/server/run_client.h"

#include <nlohmann/json.hpp>

#include <QDir>

#include <csignal>

using namespace espalier;

class TstRunServe : public QObject {
    Q_OBJECT
private slots:
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

    void whateverIsAskedIsAnswered()
    {
        const ProgramRun program;
        ProcessClient client(program, {QStringLiteral("serve")});
        const JsonValue welcome = client.call("initialize", object().set("protocol", 1));
        const QString run = start(client, program, "run", endless());
        QVERIFY(!run.isEmpty());
        const JsonValue odd[] = {JsonValue(),
                                 JsonValue(true),
                                 JsonValue(-1),
                                 JsonValue(-1e300),
                                 JsonValue(""),
                                 JsonValue("../../.."),
                                 JsonValue(std::string("a\0b", 3)),
                                 JsonValue(std::string(5000, 'x')),
                                 JsonValue("\xff\xfe"),
                                 JsonValue::array(),
                                 object().set("x", object())};
        int asked = 0;
        for (const JsonValue &method : welcome["capabilities"].items()) {
            if (!method.string().starts_with("run.") || method.string() == "run.stop")
                continue;
            for (const char *name : {"run", "file", "from", "folder", "folders", "name", "queue", "rate", "resume",
                                     "document", "content", "overrides", "checkpoint", "tags"})
                for (const JsonValue &value : odd) {
                    client.send(method.string(), object().set(name, value));
                    ++asked;
                }
        }
        QVERIFY(asked > 1000);
        // Answers to all of them came or come; the run and its engine are as they were.
        QVERIFY(client.waitFor([&] { return client.answers() >= static_cast<std::size_t>(asked); }));
        QVERIFY2(client.call("run.stop").has("step"), client.lastError.message.c_str());
        QTRY_VERIFY_WITH_TIMEOUT(recordOf(run).state == RunState::Stopped, 20000);
    }
};

QTEST_GUILESS_MAIN(TstRunServe)
#include "tst_run_serve.moc"
