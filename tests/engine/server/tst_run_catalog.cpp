// SPDX-License-Identifier: Apache-2.0
// Names, labels, lists and the trash of runs; and what a viewer may read of a run's folder.
#include "engine/base/file.h"
#include "engine/server/run_catalog.h"
#include "engine/server/run_files.h"
#include "engine/server/run_names.h"

#include <QDir>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QtTest>

#include <set>

using namespace espalier;

namespace {

/// A run that somebody stopped.
std::string makeRun(const QTemporaryDir &folder, const char *name, double loss)
{
    auto run = RunDirectory::createAt(folder.filePath(QString::fromLatin1(name)).toStdString());
    RunRecord record = *run->loadRecord();
    record.state = RunState::Stopped;
    record.step = 12;
    record.results["validation/loss"] = loss;
    record.best["validation/loss"] = loss / 2;
    record.settings["optimizer.lr"] = "0.01";
    record.settings["schedule.kind"] = "\"cosine\"";
    (void)run->saveRecord(record);
    return run->path();
}

JsonValue find(const JsonValue &list, const std::string &run)
{
    for (const JsonValue &item : list.items())
        if (item["run"].string() == canonicalRun(run))
            return item;
    return {};
}

} // namespace

class TstRunCatalog : public QObject {
    Q_OBJECT
private slots:
    void friendlyNamesDiffer()
    {
        std::set<std::string> names;
        for (std::uint32_t i = 0; i < 4096; ++i) {
            const std::string name = friendlyName(i);
            QVERIFY2(QRegularExpression(QStringLiteral("^[a-z]{3,8}-[a-z]{2,8}$"))
                         .match(QString::fromStdString(name))
                         .hasMatch(),
                     name.c_str());
            names.insert(name);
        }
        QCOMPARE(names.size(), std::size_t(4096));
        const QTemporaryDir folder;
        const std::string parent = folder.filePath(QStringLiteral("runs")).toStdString();
        for (int i = 0; i < 20; ++i)
            QVERIFY(createNamedRun(parent).has_value());
        QCOMPARE(listRuns(parent).size(), std::size_t(20));
    }
    void aListSaysWhatATableNeeds()
    {
        const QTemporaryDir folder;
        const std::string run = makeRun(folder, "brave-pear", 0.5);
        (void)writeFileAtomically(folder.filePath(QStringLiteral("brave-pear/run.json")).toStdString(),
                                  *readFile(run + "/run.json"));
        QDir(folder.path()).mkpath(QStringLiteral("broken"));
        (void)writeFileAtomically(folder.filePath(QStringLiteral("broken/run.json")).toStdString(), "{ no");
        const JsonValue list = listRunsJson(folder.path().toStdString());
        QCOMPARE(list.items().size(), std::size_t(2));
        const JsonValue item = find(list, run);
        QCOMPARE(item["name"].string(), std::string("brave-pear"));
        QCOMPARE(item["state"].string(), std::string("stopped"));
        QCOMPARE(item["alive"].boolean(true), false);
        QCOMPARE(item["step"].integer(), std::int64_t(12));
        QCOMPARE(item["results"]["validation/loss"].number(), 0.5);
        QCOMPARE(item["best"]["validation/loss"].number(), 0.25);
        QCOMPARE(item["settings"]["optimizer.lr"].number(), 0.01);
        QCOMPARE(item["settings"]["schedule.kind"].string(), std::string("cosine"));
        QVERIFY(find(list, folder.filePath(QStringLiteral("broken")).toStdString()).has("error"));
        QVERIFY(listRunsJson("/no/such/folder").items().empty());
    }
    void aNameIsOnePersonsWord()
    {
        const QTemporaryDir folder;
        const std::string first = makeRun(folder, "first", 1);
        const std::string second = makeRun(folder, "second", 1);
        QVERIFY(renameRun(first, "wider head").has_value());
        QCOMPARE((*describeRun(first))["name"].string(), std::string("wider head"));
        const auto taken = renameRun(second, "wider head");
        QVERIFY(!taken && taken.error().code == "run.name-taken");
        QVERIFY(!renameRun(second, ""));
        QVERIFY(!renameRun(second, "two\nlines"));
        QVERIFY(!renameRun(folder.path().toStdString(), "no run"));
        RunLabel label = readLabel(first);
        label.tags = {"baseline", "α"};
        label.note = "try more";
        label.colour = "#ff0000";
        label.unknown = R"({"stars": 3})";
        QVERIFY(writeLabel(first, label).has_value());
        const RunLabel again = readLabel(first);
        QCOMPARE(again.tags, label.tags);
        QCOMPARE(again.name, std::string("wider head"));
        QCOMPARE(again.unknown, JsonValue::parse(label.unknown, "t")->dump());
        (void)writeFileAtomically(first + "/label.json", "garbage");
        QCOMPARE((*describeRun(first))["name"].string(), std::string("first"));
    }
    void theTrashGivesBack()
    {
        const QTemporaryDir folder;
        const std::string parent = folder.path().toStdString();
        const std::string run = makeRun(folder, "run", 1);
        (void)writeFileAtomically(run + "/checkpoints/last.safetensors", std::string(5000, 'x'));
        const auto trashed = trashRun(run);
        QVERIFY2(trashed.has_value(), trashed ? "" : trashed.error().message().c_str());
        QVERIFY(trashed->bytes >= 5000);
        QVERIFY(listRunsJson(parent).items().empty());
        const JsonValue inTrash = listTrashJson(parent);
        QCOMPARE(inTrash.items().size(), std::size_t(1));
        QVERIFY(inTrash.items()[0]["bytes"].integer() >= 5000);
        QVERIFY(!trashRun(trashed->path)); // it is there already
        const std::string other = makeRun(folder, "run", 2); // the name was free meanwhile
        const auto back = restoreRun(trashed->path);
        QVERIFY(back.has_value());
        QCOMPARE(*back, canonicalRun(run) + "-2");
        QCOMPARE(find(listRunsJson(parent), *back)["results"]["validation/loss"].number(), 1.0);
        QVERIFY(!restoreRun(*back)); // in no trash
        QVERIFY(!restoreRun("/no/such"));
        const auto again = trashRun(other);
        QVERIFY(again.has_value());
        const auto freed = emptyTrash(parent);
        QVERIFY(freed.has_value() && *freed == again->bytes);
        QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
                 QStringList{QStringLiteral("run-2")});
        QVERIFY(emptyTrash(parent).value_or(1) == 0);
    }
    void aLivingRunStays()
    {
        const QTemporaryDir folder;
        auto run = RunDirectory::createAt(folder.filePath(QStringLiteral("run")).toStdString());
        RunRecord record = *run->loadRecord();
        record.state = RunState::Running;
        record.pid = QCoreApplication::applicationPid();
        (void)run->saveRecord(record);
        const auto refused = trashRun(run->path());
        QVERIFY(!refused && refused.error().code == "run.alive");
        QVERIFY(QFileInfo::exists(QString::fromStdString(run->recordPath())));
    }
    void filesAreThoseInside()
    {
        const QTemporaryDir folder;
        const std::string run = makeRun(folder, "run", 1);
        (void)writeFileAtomically(folder.filePath(QStringLiteral("secret")).toStdString(), "s");
        (void)writeFileAtomically(run + "/events.out.tfevents.1.host", "abc");
        (void)writeFileAtomically(run + "/checkpoints/last.safetensors", "abcd");
        (void)writeFileAtomically(run + "/.hidden", "x");
        QFile::link(folder.filePath(QStringLiteral("secret")), QString::fromStdString(run + "/link"));
        QStringList names;
        for (const RunFile &file : listRunFiles(run))
            names << QStringLiteral("%1 %2%3")
                         .arg(QString::fromStdString(file.name))
                         .arg(file.name == "run.json" ? 0 : file.size)
                         .arg(file.grows ? QStringLiteral(" grows") : QString());
        QCOMPARE(names,
                 (QStringList{QStringLiteral("checkpoints/last.safetensors 4"),
                              QStringLiteral("events.out.tfevents.1.host 3 grows"), QStringLiteral("run.json 0")}));
        QVERIFY(runFilePath(run, "checkpoints/last.safetensors").has_value());
        for (const char *bad : {"", "../secret", "checkpoints/../../secret", "/etc/passwd", "link", ".hidden", ".."})
            QVERIFY2(!runFilePath(run, bad), bad);
        QVERIFY(!runFilePath(run, std::string("run.json\0x", 10)));
    }
};

QTEST_GUILESS_MAIN(TstRunCatalog)
#include "tst_run_catalog.moc"
