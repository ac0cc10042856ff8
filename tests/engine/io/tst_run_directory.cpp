// SPDX-License-Identifier: Apache-2.0
// Run directories: made once, refused where they would do harm, and whole after a kill.
#include "engine/base/process.h"
#include "engine/io/run_directory.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace espalier;
namespace fs = std::filesystem;

class TstRunDirectory : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    std::string m_runs;

    static RunRecord everyField()
    {
        RunRecord record;
        record.state = RunState::Paused;
        record.document = "digits.espalier";
        record.revision = 3;
        record.seed = ~std::uint64_t{0};
        record.device = "cpu";
        record.threads = 4;
        record.processors = "0-3";
        record.deterministic = true;
        record.versions = {{"espalier", "0.1.0"}, {"onednn", "2.6.3"}};
        record.kernelChoices = {{"matmul 64x50x10", "own"}};
        record.dataFingerprint = "ab12";
        record.step = 1200;
        record.epoch = 7;
        record.results = {{"test/accuracy", 0.971}, {"test/loss", 1e-9}};
        record.error = "none, \"really\"";
        record.created = "2026-11-24T08:37:33Z";
        record.ended = "2026-11-24T08:38:33Z";
        record.host = "host";
        record.pid = 42;
        record.socket = "/run/user/1000/x";
        return record;
    }

private slots:
    void init()
    {
        m_runs = m_dir.filePath("runs").toStdString();
        fs::remove_all(m_runs);
    }
    void recordsSurvive()
    {
        const RunRecord record = everyField();
        QVERIFY(*runRecordFromJson(toJsonText(record), "run.json") == record);
        QCOMPARE(toJsonText(*runRecordFromJson(toJsonText(record), "run.json")), toJsonText(record));
        for (int i = 0; i < 10; ++i) {
            const auto state = static_cast<RunState>(i);
            QVERIFY(runStateFromName(name(state)) == state);
        }
    }
    void unknownFieldsSurvive()
    {
        auto record = runRecordFromJson(R"({"state": "stopped", "step": 5, "future": {"a": [1, null]}, "x": 1})", "t");
        QVERIFY(record);
        record->step = 6;
        const auto json = nlohmann::json::parse(toJsonText(*record));
        QCOMPARE(json["future"].dump(), std::string(R"({"a":[1,null]})"));
        QCOMPARE(json["x"].get<int>(), 1);
        QCOMPARE(json["step"].get<int>(), 6);
        QVERIFY(*runRecordFromJson(toJsonText(*record), "t") == *record);
    }
    void resultsThatAreNoNumbersSurvive()
    {
        RunRecord record;
        record.results["loss"] = std::nan("");
        QVERIFY(std::isnan(runRecordFromJson(toJsonText(record), "t")->results.at("loss")));
    }
    void damagedRecordsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("code");
        QTest::newRow("empty") << QByteArray() << "json.syntax";
        QTest::newRow("list") << QByteArray("[]") << "run.field";
        QTest::newRow("no state") << QByteArray("{}") << "run.field";
        QTest::newRow("new state") << QByteArray(R"({"state":"dreaming"})") << "run.field";
        QTest::newRow("text step") << QByteArray(R"({"state":"lost","step":"5"})") << "run.field";
        QTest::newRow("huge step") << QByteArray(R"({"state":"lost","step":18446744073709551615})") << "run.field";
        QTest::newRow("real seed") << QByteArray(R"({"state":"lost","seed":1.5})") << "run.field";
        QTest::newRow("versions") << QByteArray(R"({"state":"lost","versions":{"a":1}})") << "run.field";
        QTest::newRow("results") << QByteArray(R"({"state":"lost","results":{"a":"b"}})") << "run.field";
    }
    void damagedRecordsAreRefused()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, code);
        const auto record = runRecordFromJson(text.toStdString(), "run.json");
        QVERIFY(!record);
        QCOMPARE(QString::fromStdString(record.error().code), code);
        QCOMPARE(record.error().where.file, std::string("run.json"));
    }
    void newRunsGetTheNextNumber()
    {
        QCOMPARE(RunDirectory::create(m_runs, "digits")->path(), m_runs + "/digits-1");
        QCOMPARE(RunDirectory::create(m_runs, "digits")->path(), m_runs + "/digits-2");
        fs::create_directories(m_runs + "/digits-9");
        fs::create_directories(m_runs + "/digits-x");
        QCOMPARE(RunDirectory::create(m_runs, "digits")->path(), m_runs + "/digits-10");
        const auto timed = RunDirectory::create(m_runs, "");
        QVERIFY(QRegularExpression("/\\d{4}-\\d\\d-\\d\\d-\\d{6}-1$")
                    .match(QString::fromStdString(timed->path()))
                    .hasMatch());
        QVERIFY(timed->loadRecord()->state == RunState::Queued);
        QVERIFY(!timed->loadRecord()->created.empty());
    }
    void hostileNamesStayInside_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("folder");
        QTest::newRow("parent") << "../../etc"
                                << "-..-etc-1";
        QTest::newRow("absolute") << "/a/b"
                                  << "-a-b-1";
        QTest::newRow("hidden") << ".x"
                                << "x-1";
        QTest::newRow("line") << "a\nb"
                              << "a-b-1";
        QTest::newRow("long") << QString(300, 'n') << QString(80, 'n') + "-1";
        QTest::newRow("long umlauts") << "x" + QString(200, u'\u00fc') << "x" + QString(39, u'\u00fc') + "-1";
    }
    void hostileNamesStayInside()
    {
        QFETCH(QString, name);
        QFETCH(QString, folder);
        const auto run = RunDirectory::create(m_runs, name.toStdString());
        QVERIFY(run);
        QCOMPARE(QString::fromStdString(run->path()), QString::fromStdString(m_runs) + "/" + folder);
    }
    void manyAtOnceGetDifferentFolders()
    {
        std::vector<std::thread> threads;
        threads.reserve(4);
        std::atomic<int> made{0};
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 10; ++i)
                    made += RunDirectory::create(m_runs, "r").has_value() ? 1 : 0;
            });
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(made.load(), 40);
        QCOMPARE(listRuns(m_runs).size(), std::size_t(40));
    }
    void foreignFoldersAreRefused()
    {
        const std::string path = m_runs + "/mine";
        QVERIFY(RunDirectory::createAt(path));
        QCOMPARE(RunDirectory::createAt(path).error().code, std::string("run.exists"));
        fs::create_directories(m_runs + "/photos");
        QVERIFY(writeFileAtomically(m_runs + "/photos/cat.jpg", "meow"));
        QCOMPARE(RunDirectory::createAt(m_runs + "/photos").error().code, std::string("run.foreign"));
        QCOMPARE(std::distance(fs::directory_iterator(m_runs + "/photos"), fs::directory_iterator()),
                 std::ptrdiff_t(1));
        QCOMPARE(RunDirectory::open(m_runs + "/photos").error().code, std::string("run.missing"));
        QCOMPARE(RunDirectory::open(m_runs + "/none").error().code, std::string("run.missing"));
        QCOMPARE(RunDirectory::createAt(m_runs + "/photos/cat.jpg").error().code, std::string("file.notFolder"));
        fs::create_directories(m_runs + "/killed/models"); // killed before run.json was there
        QVERIFY(RunDirectory::createAt(m_runs + "/killed"));
    }
    void oneProcessWritesAtATime()
    {
        auto run = RunDirectory::create(m_runs, "r");
        const std::string path = run->path();
        QCOMPARE(RunDirectory::openForWriting(path).error().code, std::string("run.locked"));
        QVERIFY(RunDirectory::open(path)->loadRecord());
        run = fail("gone", "");
        QVERIFY(RunDirectory::openForWriting(path));
    }
    void whatAKillLeftIsRemoved()
    {
        const std::string path = RunDirectory::create(m_runs, "r")->path();
        if (const pid_t child = fork(); child == 0) {
            auto run = RunDirectory::openForWriting(path);
            auto half = AtomicFile::open(run->lastCheckpoint());
            _exit(half && half->write("half") ? 0 : 1);
        } else {
            int status = 0;
            waitpid(child, &status, 0);
            QCOMPARE(status, 0);
        }
        QVERIFY(!fs::is_empty(path + "/checkpoints"));
        QVERIFY(RunDirectory::openForWriting(path));
        QVERIFY(fs::is_empty(path + "/checkpoints"));
    }
    void modelsAreNumberedByRevision()
    {
        auto run = RunDirectory::create(m_runs, "r");
        QCOMPARE(run->latestRevision(), 0);
        QCOMPARE(run->writeModel("{}").value(), 1);
        QCOMPARE(run->writeModel("{}").value(), 1);
        QCOMPARE(run->writeModel("{ }").value(), 2);
        QCOMPARE(run->latestRevision(), 2);
        QCOMPARE(readFile(run->path() + "/models/0002.espalier").value(), std::string("{ }"));
    }
    void checkpointsAreNamedByStep()
    {
        auto run = RunDirectory::create(m_runs, "r");
        for (const std::int64_t step : {1200, 30, 7})
            QVERIFY(writeFileAtomically(run->stepCheckpoint(step), ""));
        for (const char *other : {"last.safetensors", "step-.safetensors", "step--3.safetensors", "step-1.txt"})
            QVERIFY(writeFileAtomically(run->checkpointFolder() + "/" + other, ""));
        QCOMPARE(run->checkpointSteps(), (std::vector<std::int64_t>{7, 30, 1200}));
    }
    void journalsSurviveACutAtAnyByte()
    {
        std::string whole;
        std::string path;
        {
            auto run = RunDirectory::create(m_runs, "r");
            path = run->path();
            QVERIFY(run->readJournal()->empty());
            QVERIFY(run->appendJournal({{"step", 10}, {"rate", 0.1}}));
            QVERIFY(run->appendJournal({{"step", 20}, {"note", "two\nlines"}}));
            whole = readFile(run->journalPath()).value();
        }
        const std::size_t firstLine = whole.find('\n') + 1;
        for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
            std::ofstream(path + "/journal.jsonl", std::ios::binary | std::ios::trunc) << whole.substr(0, cut);
            auto run = RunDirectory::openForWriting(path);
            const std::size_t kept = cut == whole.size() ? 2 : cut >= firstLine ? 1 : 0;
            QCOMPARE(run->readJournal()->size(), kept);
            QVERIFY(run->appendJournal({{"step", 30}}));
            const auto entries = run->readJournal();
            QCOMPARE(entries->size(), kept + 1);
            QCOMPARE(entries->back()["step"].get<int>(), 30);
        }
    }
    void aDamagedLineInTheMiddleIsAnError()
    {
        auto run = RunDirectory::create(m_runs, "r");
        QVERIFY(writeFileAtomically(run->journalPath(), "{\"step\":1}\n{\"st\n{\"step\":3}\n"));
        const auto entries = run->readJournal();
        QCOMPARE(entries.error().code, std::string("run.journal"));
        QCOMPARE(entries.error().where.line, std::int64_t(2));
    }
    void deadRunsAreLost()
    {
        int ready[2];
        QVERIFY(pipe(ready) == 0);
        const pid_t child = fork();
        if (child == 0) {
            auto run = RunDirectory::create(m_runs, "r");
            RunRecord record = *run->loadRecord();
            record.state = RunState::Running;
            record.pid = processId();
            const bool saved = run->saveRecord(record).has_value();
            if (write(ready[1], "x", 1) != 1 || !saved)
                _exit(1);
            pause();
        }
        char byte = 0;
        QVERIFY(read(ready[0], &byte, 1) == 1);
        QVERIFY(listRuns(m_runs).at(0).record.state == RunState::Running);
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        const RunListing dead = listRuns(m_runs).at(0);
        QVERIFY(dead.record.state == RunState::Lost);
        RunRecord elsewhere = dead.record;
        elsewhere.state = RunState::Running;
        elsewhere.host = "another machine";
        QVERIFY(actualState(dead.path, elsewhere) == RunState::Running);
        elsewhere.state = RunState::Finished;
        QVERIFY(actualState(dead.path, elsewhere) == RunState::Finished);
    }
    void listsSayWhatCannotBeRead()
    {
        QVERIFY(listRuns(m_runs).empty());
        QVERIFY(RunDirectory::create(m_runs, "good"));
        fs::create_directories(m_runs + "/bad");
        QVERIFY(writeFileAtomically(m_runs + "/bad/run.json", "{"));
        fs::create_directories(m_runs + "/other");
        const auto runs = listRuns(m_runs);
        QCOMPARE(runs.size(), std::size_t(2));
        QVERIFY(runs[0].error.has_value());
        QCOMPARE(runs[0].error->where.file, m_runs + "/bad/run.json");
        QVERIFY(!runs[1].error.has_value());
    }
};

QTEST_GUILESS_MAIN(TstRunDirectory)
#include "tst_run_directory.moc"
