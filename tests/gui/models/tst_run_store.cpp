// SPDX-License-Identifier: GPL-3.0-or-later
// Runs as the studio follows them, with real engines that train, die and come back: no point is ever missing or twice.
#include "gui/models/run_store.h"
#include "tests/gui/models/run_support.h"
#include "widgets/charts/histogram_series.h"

using namespace espalier;

namespace {

const QString kLoss = QStringLiteral("train/loss");

QString stateOf(const RunStore &store, const QString &run)
{
    return store.info(run) ? store.info(run)->state : QString();
}

/// The engine has said its last word, and all is read.
bool hasAll(const RunStore &store, const QString &run)
{
    return store.status(run).has("files") && !store.status(run)["live"].boolean() && store.isComplete(run);
}

qsizetype lossPoints(const RunStore &store, const QString &run)
{
    const auto series = store.series(run, kLoss);
    return series ? series->size() : 0;
}

} // namespace

class TstRunStore : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { isolateRuns(); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void aLiveRunIsHereToItsLastPoint();
    void aWatcherThatSleepsMissesNothing();
    void aLateWatcherFindsTheRunThatLives();
    void aKilledEngineLeavesALostRunThatResumes();
    void theStudiosOwnEngineMayFallOver();
    void runsOfAFolderAreListedAndLabelled();
    void theTrashGivesBack();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TstRunStore::aLiveRunIsHereToItsLastPoint()
{
    TestEngine editor;
    TestEngine trainer;
    RunStore store(&editor.client);
    QSignalSpy ended(&store, &RunStore::ended);
    QSignalSpy changed(&store, &RunStore::changed);
    const QString run = trainer.train(m_folder->path(), QStringLiteral("live"), kEndless);
    QVERIFY(!run.isEmpty());
    store.follow(run);
    QTRY_VERIFY_WITH_TIMEOUT(lossPoints(store, run) > 50, kEnginePatience);
    QCOMPARE(stateOf(store, run), QStringLiteral("running"));
    QTRY_VERIFY(store.progress(run) && store.progress(run)->samplesPerSecond > 0);
    QVERIFY(store.status(run)["live"].boolean());
    QVERIFY(store.info(run)->isAlive);

    // Histograms and values at a step.
    QTRY_VERIFY_WITH_TIMEOUT(!store.tags(run, RunStore::TagKind::Histogram).isEmpty(), kEnginePatience);
    const QString tag = store.tags(run, RunStore::TagKind::Histogram).constFirst();
    const HistogramFrame frame = store.histograms(run, tag)->at(0);
    std::optional<double> count;
    store.histogramAt(run, tag, frame.step + 1, this, [&](const HistogramData *data, qint64 step) {
        count = data && step == frame.step ? data->count : -1;
    });
    QTRY_VERIFY(count.has_value());
    QVERIFY(qAbs(*count - frame.count()) <= 1e-3 * *count);
    const PlainPoints points = pointsOf(*store.series(run, kLoss));
    QCOMPARE(static_cast<float>(*store.valueAt(run, kLoss, points[7].step)), points[7].value);
    QVERIFY(!store.valueAt(run, kLoss, -1));

    editor.ask(QStringLiteral("run.set_rate"), JsonValue::object().set("run", run.toStdString()).set("factor", 0.5));
    editor.ask(QStringLiteral("run.stop"), JsonValue::object().set("run", run.toStdString()));
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, kEnginePatience);
    QCOMPARE(ended.constFirst().at(1).toString(), QStringLiteral("stopped"));
    QVERIFY(store.info(run)->canResume());
    QTRY_VERIFY(store.isComplete(run));
    QCOMPARE(difference(store, run), QString());
    QVERIFY(store.problems(run).isEmpty());
    QStringList marks;
    for (const RunMark &mark : store.marks(run))
        if (mark.kind != RunMark::Kind::Checkpoint)
            marks.append(mark.text);
    QCOMPARE(marks, (QStringList{QStringLiteral("Learning rate × 0.500"), QStringLiteral("Stopped")}));
    QVERIFY(changed.size() > 2);
}

void TstRunStore::aWatcherThatSleepsMissesNothing()
{
    TestEngine editor;
    TestEngine trainer;
    RunStore store(&editor.client);
    store.setQueueBytes(4096); // a gap after some hundred points
    const QString run = trainer.train(m_folder->path(), QStringLiteral("slept"), kEndless);
    store.follow(run);
    QTRY_VERIFY_WITH_TIMEOUT(lossPoints(store, run) > 0, kEnginePatience);
    const qsizetype before = lossPoints(store, run);
    const PlainScalars then(run);
    QThread::sleep(2); // this thread is the one that reads
    QVERIFY(static_cast<qsizetype>(PlainScalars(run).tags[kLoss].size()) > before);
    QTRY_VERIFY_WITH_TIMEOUT(lossPoints(store, run) > before, kEnginePatience);
    editor.ask(QStringLiteral("run.stop"), JsonValue::object().set("run", run.toStdString()));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(store, run), QStringLiteral("stopped"), kEnginePatience);
    QTRY_VERIFY(hasAll(store, run));
    QCOMPARE(difference(store, run), QString());
}

void TstRunStore::aLateWatcherFindsTheRunThatLives()
{
    QString run;
    auto trainer = std::make_unique<TestEngine>();
    {
        TestEngine editor;
        RunStore store(&editor.client);
        run = trainer->train(m_folder->path(), QStringLiteral("found"), kEndless);
        store.follow(run);
        QTRY_VERIFY_WITH_TIMEOUT(lossPoints(store, run) > 0, kEnginePatience);
    } // the studio is killed: its engine for editing with it
    trainer->client.stop(); // what trains lives on
    TestEngine editor;
    RunStore store(&editor.client);
    QSignalSpy found(&store, &RunStore::foundAlive);
    QTRY_VERIFY_WITH_TIMEOUT(store.isFollowed(run), kEnginePatience);
    QCOMPARE(found.size(), 1);
    QTRY_VERIFY_WITH_TIMEOUT(lossPoints(store, run) > 10, kEnginePatience);
    QCOMPARE(store.series(run, kLoss)->first()->step, PlainScalars(run).tags[kLoss].front().step);
    const JsonValue stopped = editor.ask(QStringLiteral("run.stop"), JsonValue::object().set("run", run.toStdString()));
    QVERIFY(stopped["step"].integer() > 0); // its controls are alive
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(store, run), QStringLiteral("stopped"), kEnginePatience);
    QTRY_VERIFY(hasAll(store, run));
    QCOMPARE(difference(store, run), QString());
}

void TstRunStore::aKilledEngineLeavesALostRunThatResumes()
{
    TestEngine editor;
    RunStore store(&editor.client);
    QSignalSpy ended(&store, &RunStore::ended);
    QString run;
    {
        TestEngine trainer;
        run = trainer.train(m_folder->path(), QStringLiteral("lost"), kEndless);
        store.follow(run);
        QTRY_VERIFY_WITH_TIMEOUT(lossPoints(store, run) > 30, kEnginePatience);
    }
    QTRY_COMPARE_WITH_TIMEOUT(ended.size(), 1, kEnginePatience);
    QCOMPARE(ended.constFirst().at(1).toString(), QStringLiteral("lost"));
    QVERIFY(store.info(run)->canResume());
    QTRY_VERIFY(store.isComplete(run));
    QCOMPARE(difference(store, run), QString());

    // A half-written record, as a power cut leaves it, is gone when the run goes on.
    const QString events = QDir(run).entryInfoList({QStringLiteral("*tfevents*")}).constFirst().filePath();
    QFile file(events);
    QVERIFY(file.open(QIODevice::Append));
    file.write(QByteArray::fromHex("2600000000000000"));
    file.close();
    store.leave(run);
    store.follow(run);
    QTRY_VERIFY(store.isComplete(run));
    TestEngine again;
    QVERIFY(
        again.ask(QStringLiteral("run.start"), JsonValue::object().set("resume", run.toStdString()))["run"].isString());
    store.follow(run);
    store.refresh();
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(store, run), QStringLiteral("running"), kEnginePatience);
    const qint64 before = store.lastStep(run);
    QTRY_VERIFY_WITH_TIMEOUT(store.lastStep(run) > before, kEnginePatience);
    editor.ask(QStringLiteral("run.stop"), JsonValue::object().set("run", run.toStdString()));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(store, run), QStringLiteral("stopped"), kEnginePatience);
    QTRY_VERIFY(hasAll(store, run));
    QCOMPARE(difference(store, run), QString());
}

void TstRunStore::theStudiosOwnEngineMayFallOver()
{
    TestEngine editor;
    TestEngine trainer;
    RunStore store(&editor.client);
    const QString run = trainer.train(m_folder->path(), QStringLiteral("steady"), kEndless);
    store.follow(run);
    for (int i = 0; i < 2; ++i) {
        const qsizetype before = lossPoints(store, run);
        QTRY_VERIFY_WITH_TIMEOUT(lossPoints(store, run) > before, kEnginePatience);
        const pid_t killed = editor.pid();
        editor.kill();
        QTRY_VERIFY_WITH_TIMEOUT(editor.client.state() == EngineClient::State::Ready && editor.pid() != killed,
                                 kEnginePatience);
    }
    const qsizetype before = lossPoints(store, run);
    QTRY_VERIFY_WITH_TIMEOUT(lossPoints(store, run) > before, kEnginePatience);
    editor.ask(QStringLiteral("run.stop"), JsonValue::object().set("run", run.toStdString()));
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(store, run), QStringLiteral("stopped"), kEnginePatience);
    QTRY_VERIFY(hasAll(store, run));
    QCOMPARE(difference(store, run), QString());
    QVERIFY(store.problems(run).isEmpty());
}

void TstRunStore::runsOfAFolderAreListedAndLabelled()
{
    TestEngine editor;
    const QString run = editor.train(m_folder->path(), QStringLiteral("short"), 1);
    RunStore store(&editor.client);
    store.follow(run);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(store, run), QStringLiteral("finished"), kEnginePatience);

    RunStore later(&editor.client);
    later.addFolder(m_folder->path());
    QTRY_COMPARE(later.runs(), QStringList{run});
    QVERIFY(later.info(run)->results.contains(QStringLiteral("validation/loss")));
    QVERIFY(later.info(run)->seconds(QDateTime::currentDateTimeUtc()) >= 0);
    QVERIFY(!later.isFollowed(run)); // it costs its row
    std::optional<QString> problem;
    const auto done = [&](const QString &text) { problem = text; };
    later.rename(run, QStringLiteral("first try"), done);
    QTRY_COMPARE(problem.value_or(QStringLiteral("-")), QString());
    QCOMPARE(later.info(run)->name, QStringLiteral("first try"));
    later.annotate(run, {QStringLiteral("good")}, QStringLiteral("a note"), {});
    later.setColour(run, QStringLiteral("#4a90d9"), {});
    QTRY_COMPARE(later.info(run)->colour, QStringLiteral("#4a90d9"));
    QCOMPARE(later.info(run)->tags, QStringList{QStringLiteral("good")});
    QCOMPARE(later.info(run)->note, QStringLiteral("a note"));
    problem.reset();
    later.rename(run, QString(), done);
    QTRY_VERIFY(problem.has_value());
    QVERIFY(!problem->isEmpty());
}

void TstRunStore::theTrashGivesBack()
{
    TestEngine editor;
    const QString run = editor.train(m_folder->path(), QStringLiteral("short"), 1);
    RunStore store(&editor.client);
    store.addFolder(m_folder->path());
    store.follow(run);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(store, run), QStringLiteral("finished"), kEnginePatience);
    store.trash(run);
    QTRY_VERIFY(store.runs().isEmpty());
    QVERIFY(store.trashBytes() > 0);
    QVERIFY(!store.isFollowed(run));
    QVERIFY(!QFileInfo::exists(run));
    store.restore(run);
    QTRY_COMPARE(store.runs(), QStringList{run});
    QCOMPARE(store.trashBytes(), 0);
    store.trash(run);
    QTRY_VERIFY(store.trashBytes() > 0);
    store.emptyTrash(m_folder->path());
    QTRY_COMPARE(store.trashBytes(), 0);
}

QTEST_GUILESS_MAIN(TstRunStore)
#include "tst_run_store.moc"
