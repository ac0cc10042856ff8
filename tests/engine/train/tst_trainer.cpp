// SPDX-License-Identifier: Apache-2.0
// The training loop on small drawings: it learns, repeats its bits, resumes, accumulates, alternates phases, stops.
#include "engine/base/ids.h"
#include "engine/base/philox.h"
#include "engine/graph/lower.h"
#include "engine/io/histogram.h"
#include "engine/protocol/event_reader.h"
#include "engine/train/trainer.h"

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

using namespace espalier;

namespace {

/// Rows of two features and a class that depends on them; batches in a fixed order, shuffled by epoch.
class PointFeed : public Feed {
public:
    PointFeed(std::int64_t trainRows, std::int64_t batchSize)
        : m_rows(trainRows)
        , m_batch(batchSize)
    {
    }
    float poison = 0; ///< put into the last row of the training part if not 0

    std::int64_t rows(Part part) const override { return part == Part::Train ? m_rows : 40; }
    std::string fingerprint() const override { return "points"; }
    Result<void> start(Part part, std::int64_t epoch, std::int64_t first) override
    {
        m_part = part;
        m_epoch = part == Part::Train ? epoch : 0;
        m_at = first * m_batch;
        return {};
    }
    Result<std::optional<FeedBatch>> next() override
    {
        const std::int64_t n = std::min(m_batch, rows(m_part) - m_at);
        if (n <= 0)
            return std::optional<FeedBatch>();
        Tensor x(DType::Float32, {n, 2});
        Tensor label(DType::Int64, {n});
        for (std::int64_t i = 0; i < n; ++i) {
            const std::int64_t row = (m_at + i + 13 * m_epoch) % rows(m_part) + (m_part == Part::Train ? 0 : 100000);
            const auto w = philox4x32({static_cast<std::uint32_t>(row), 0, 0, 0}, philoxKey(5, 1));
            const float a = 2 * philoxUniform(w[0]) - 1;
            const float b = 2 * philoxUniform(w[1]) - 1;
            x.set(2 * i, m_part == Part::Train && poison != 0 && row == m_rows - 1 ? poison : a);
            x.set(2 * i + 1, b);
            label.set(i, a * b > 0 ? 1 : 0);
        }
        m_at += n;
        return FeedBatch{n, {{"points.x", x}, {"points.label", label}}};
    }

private:
    std::int64_t m_rows;
    std::int64_t m_batch;
    Part m_part = Part::Train;
    std::int64_t m_epoch = 0;
    std::int64_t m_at = 0;
};

DocumentNode node(const char *id, const char *kind, const char *name, const char *params)
{
    return {.id = id, .kind = kind, .name = name, .params = *JsonValue::parse(params, "test")};
}

/// points -> hidden (tanh) -> dropout -> scores -> loss
Document drawing()
{
    Document d;
    d.graph.nodes = {
        node("aaaaaaaaaa", "Input", "points",
             R"({"source": "", "columns": ["x"], "dtype": "float32", "shape": [2], "batch": true})"),
        node("bbbbbbbbbb", "Dense", "hidden", R"({"out_features": 16, "activation": "tanh"})"),
        node("dddddddddd", "Dense", "scores", R"({"out_features": 2})"),
        node("ffffffffff", "Input", "classes",
             R"({"source": "", "columns": ["label"], "dtype": "int64", "shape": [], "batch": true})"),
        node("eeeeeeeeee", "CrossEntropy", "loss", R"({})"),
    };
    int wire = 0;
    const auto connect = [&](const char *from, const char *port, const char *to, const char *into) {
        d.graph.wires.push_back({.id = "wireaaaaa" + std::string(1, static_cast<char>('a' + wire++)),
                                 .from = {from, port},
                                 .to = {to, into}});
    };
    connect("aaaaaaaaaa", "x", "bbbbbbbbbb", "x");
    connect("bbbbbbbbbb", "y", "dddddddddd", "x");
    connect("dddddddddd", "y", "eeeeeeeeee", "prediction");
    connect("ffffffffff", "label", "eeeeeeeeee", "target");
    return d;
}

class ClassFeed : public PointFeed {
public:
    using PointFeed::PointFeed;
    Result<std::optional<FeedBatch>> next() override
    {
        auto batch = PointFeed::next();
        if (batch && *batch)
            (**batch).columns[1].first = "classes.label";
        return batch;
    }
};

TrainingSettings settings()
{
    TrainingSettings s;
    s.epochs = 8;
    s.batchSize = 32;
    s.phases[0].optimizer.lr = 0.02;
    s.record.histogramsEvery = 5;
    return s;
}

struct Session {
    QTemporaryDir folder;
    std::unique_ptr<TrainingPlan> plan;
    std::unique_ptr<RunDirectory> run;
    std::unique_ptr<EventWriter> events;
    RunRecord record;
    TrainControl control;
    TrainObserver observer;
    ClassFeed feed;
    std::map<std::string, std::string> names;
    std::map<std::string, std::string> nodes;

    Session(const TrainingSettings &s, std::int64_t rows = 200, std::int64_t batch = 32)
        : feed(rows, batch)
    {
        LowerOptions options;
        options.keepOutputs = false;
        Lowered train = lower(drawing(), options);
        options.mode = Mode::Evaluate;
        Lowered evaluate = lower(drawing(), options);
        if (!train.problems.empty())
            qFatal("%s", train.problems.front().message().c_str());
        for (const StateInfo &state : train.states)
            names[state.path] = state.name;
        for (const PortType &port : train.ports)
            nodes[port.path] = port.name;
        auto made
            = TrainingPlan::create(std::move(train), std::move(evaluate), s, std::move(*makeBackend("reference", {})));
        if (!made)
            qFatal("%s", made.error().message().c_str());
        plan = std::move(*made);
        run = std::make_unique<RunDirectory>(
            std::move(*RunDirectory::createAt(folder.filePath(QStringLiteral("run")).toStdString())));
        events = std::move(*EventWriter::create(run->path()));
        record.revision = 1;
    }
    Trainer trainer() { return Trainer({*plan, feed, *run, record, *events, control, observer, names, nodes}); }
};

std::map<std::string, Tensor> statesAfter(const TrainingSettings &s, std::int64_t batch = 32)
{
    Session session(s, 200, batch);
    Trainer trainer = session.trainer();
    const auto report = trainer.run();
    if (!report)
        qFatal("%s", report.error().message().c_str());
    return *session.plan->readStates();
}

std::map<std::string, HistogramData> histogramsIn(const std::string &path)
{
    struct Sink : EventSink {
        std::map<std::string, HistogramData> seen;
        void histogram(const EventStamp &, std::string_view tag, const HistogramData &data) override
        {
            seen[std::string(tag)] = data;
        }
    } sink;
    QFile file(QString::fromStdString(path));
    EventReader reader("events");
    if (!file.open(QIODevice::ReadOnly) || !reader.feed(file.readAll().toStdString(), sink))
        qFatal("the event file can't be read");
    return sink.seen;
}

bool sameStates(const std::map<std::string, Tensor> &a, const std::map<std::string, Tensor> &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto &x, const auto &y) { return x.first == y.first && sameBits(x.second, y.second); });
}

} // namespace

class TstTrainer : public QObject {
    Q_OBJECT
private slots:
    void itLearns()
    {
        TrainingSettings s = settings();
        s.epochs = 60;
        Session session(s);
        const auto report = session.trainer().run();
        QVERIFY2(report.has_value(), report ? "" : report.error().message().c_str());
        QVERIFY(report->state == RunState::Finished);
        QVERIFY2(report->test.at("accuracy") > 0.9, qPrintable(QString::number(report->test.at("accuracy"))));
        QCOMPARE(report->step, std::int64_t(60 * 7));
        QCOMPARE(report->confusion.classes, std::int64_t(2));
        QCOMPARE(report->confusion.counts[0] + report->confusion.counts[1] + report->confusion.counts[2]
                     + report->confusion.counts[3],
                 std::int64_t(40));
    }
    void theSameSeedGivesTheSameBits()
    {
        TrainingSettings s = settings();
        QVERIFY(sameStates(statesAfter(s), statesAfter(s)));
        TrainingSettings other = s;
        other.seed = 2;
        QVERIFY(!sameStates(statesAfter(s), statesAfter(other)));
    }
    void watchingChangesNothing()
    {
        TrainingSettings s = settings();
        TrainingSettings blind = s;
        blind.record = {0, 0};
        blind.watch.statisticsEvery = 0;
        blind.watch.imagesEvery = 0;
        s.watch.statisticsEvery = 3;
        s.watch.imagesEvery = 2;
        QVERIFY(sameStates(statesAfter(s), statesAfter(blind)));
    }
    /// Weights as the step finds them and the gradients of that very step: plain descent leads from one to the next.
    void histogramsAreOfTheStepItself_data()
    {
        QTest::addColumn<int>("accumulate");
        QTest::newRow("one batch") << 1;
        QTest::newRow("three batches") << 3;
    }
    void histogramsAreOfTheStepItself()
    {
        QFETCH(int, accumulate);
        TrainingSettings s = settings();
        s.steps = 1;
        s.accumulate = accumulate;
        s.phases[0].optimizer.kind = "SGD";
        s.phases[0].optimizer.lr = 0.5;
        s.record.histogramsEvery = 1;
        Session session(s);
        const auto before = *session.plan->readStates();
        QVERIFY(session.trainer().run());
        QVERIFY(session.events->flush());
        const auto after = *session.plan->readStates();
        const auto seen = histogramsIn(session.events->path());
        for (const auto &[path, tag] :
             {std::pair("bbbbbbbbbb.weight", "hidden.weight"), std::pair("dddddddddd.bias", "scores.bias")}) {
            const Tensor &from = before.at(path);
            double low = 1e9;
            double high = -1e9;
            for (std::int64_t i = 0; i < from.elements(); ++i) {
                const double gradient = (from.at(i) - after.at(path).at(i)) / 0.5;
                low = std::min(low, gradient);
                high = std::max(high, gradient);
            }
            const HistogramData gradients = seen.at(std::string(tag) + "/gradient");
            QVERIFY(high > low);
            QVERIFY(std::abs(gradients.buckets.front().left - low) < 1e-5);
            QVERIFY(std::abs(gradients.buckets.back().right - high) < 1e-5);
            QCOMPARE(seen.at(tag).buckets, histogramOf(from).buckets);
        }
        double counted = 0;
        for (const HistogramBucket &b : seen.at("hidden/activation").buckets)
            counted += b.count;
        QCOMPARE(counted, 32.0 * 16);
    }
    void everyOptimizerAndScheduleRuns_data()
    {
        QTest::addColumn<QString>("optimizer");
        QTest::addColumn<QString>("schedule");
        for (const char *optimizer : {"SGD", "Adam", "AdamW", "RMSprop"})
            for (const char *schedule : {"constant", "step", "cosine", "warmup", "one_cycle"})
                QTest::newRow((std::string(optimizer) + ", " + schedule).c_str())
                    << QString::fromLatin1(optimizer) << QString::fromLatin1(schedule);
    }
    void everyOptimizerAndScheduleRuns()
    {
        QFETCH(QString, optimizer);
        QFETCH(QString, schedule);
        TrainingSettings s = settings();
        s.phases[0].optimizer.kind = optimizer.toStdString();
        s.phases[0].optimizer.momentum = 0.9;
        s.phases[0].optimizer.weightDecay = 1e-3;
        s.phases[0].optimizer.clipNorm = 1;
        s.phases[0].schedule.kind = schedule.toStdString();
        s.phases[0].schedule.warmupEpochs = 2;
        Session session(s);
        const auto report = session.trainer().run();
        QVERIFY2(report.has_value(), report ? "" : report.error().message().c_str());
        QVERIFY(report->train.at("loss") < 0.72);
    }
    /// Four batches of 8 added up are one batch of 32.
    void accumulationEqualsTheLargeBatch()
    {
        TrainingSettings large = settings();
        large.epochs = 2;
        TrainingSettings small = large;
        small.batchSize = 8;
        small.accumulate = 4;
        const auto a = statesAfter(large, 32);
        const auto b = statesAfter(small, 8);
        for (const auto &[path, value] : a) {
            if (path.find('#') != std::string::npos)
                continue;
            for (std::int64_t i = 0; i < value.elements(); ++i)
                QVERIFY2(std::abs(value.at(i) - b.at(path).at(i)) < 1e-4, path.c_str());
        }
    }
    void aRunGoesOnFromItsCheckpointBitForBit()
    {
        TrainingSettings s = settings();
        const auto whole = statesAfter(s);
        for (const std::int64_t stopAt : {1, 3, 7, 20}) {
            Session session(s);
            TrainingSettings part = s;
            part.steps = stopAt;
            part.phases[0].schedule = s.phases[0].schedule;
            Session first(part);
            QVERIFY(first.trainer().run());
            const auto checkpoint = readCheckpoint(first.run->lastCheckpoint());
            QVERIFY(checkpoint.has_value());
            QCOMPARE(checkpoint->position.step, stopAt);
            Trainer trainer = session.trainer();
            QVERIFY(trainer.restore(*checkpoint)->empty());
            QVERIFY(trainer.run());
            QVERIFY(sameStates(*session.plan->readStates(), whole));
        }
    }
    void twoPhasesTrainTheirOwnParameters()
    {
        TrainingSettings s = settings();
        PhaseSettings a = s.phases[0];
        a.name = "hidden";
        a.parameters = {"hidden"};
        PhaseSettings b = a;
        b.name = "scores";
        b.parameters = {"scores"};
        b.optimizer.kind = "SGD";
        b.every = 2;
        s.phases = {a, b};
        const auto states = statesAfter(s);
        QVERIFY(states.contains("bbbbbbbbbb.weight#hidden.exp_avg"));
        QVERIFY(!states.contains("dddddddddd.weight#hidden.exp_avg"));
    }
    void earlyStoppingKeepsTheBestEpoch()
    {
        TrainingSettings s = settings();
        s.epochs = 500;
        s.phases[0].optimizer.lr = 0;
        s.earlyStopping.enabled = true;
        s.earlyStopping.patience = 3;
        Session session(s);
        const auto report = session.trainer().run();
        QVERIFY(report.has_value());
        QVERIFY(report->stoppedEarly);
        QCOMPARE(report->step, std::int64_t(4 * 7));
    }
    void notANumberNamesWhereItCameFrom()
    {
        Session session(settings());
        session.feed.poison = std::numeric_limits<float>::infinity();
        const auto report = session.trainer().run();
        QVERIFY(!report.has_value());
        QVERIFY2(report.error().message().find("points.x") != std::string::npos, report.error().message().c_str());
        Session finite(settings());
        finite.feed.poison = 3e38F; // finite, but its product with a weight is not
        const auto second = finite.trainer().run();
        if (!second)
            QVERIFY2(second.error().message().find("hidden") != std::string::npos, second.error().message().c_str());
    }
    void aPausedRunContinuesAndAStopIsSaved()
    {
        Session session(settings());
        std::int64_t at = -1;
        session.control.post(
            {TrainCommand::Kind::RateFactor, 0.5, [&](const Result<CommandEffect> &effect) { at = effect->step; }});
        session.control.post({TrainCommand::Kind::Pause, 0, {}});
        session.control.post({TrainCommand::Kind::OneStep, 0, {}});
        session.control.post({TrainCommand::Kind::Continue, 0, {}});
        session.control.post({TrainCommand::Kind::Stop, 0, {}});
        const auto report = session.trainer().run();
        QVERIFY(report.has_value());
        QVERIFY(report->state == RunState::Stopped);
        QCOMPARE(at, std::int64_t(0));
        QCOMPARE(session.run->readJournal()->size(), std::size_t(4));
    }
    void commandsAnswerWithWhatTheyDid()
    {
        Session session(settings());
        std::vector<Result<CommandEffect>> effects;
        const auto post = [&](TrainCommand::Kind kind, double value = 1) {
            session.control.post({kind, value, [&](const Result<CommandEffect> &e) { effects.push_back(e); }});
        };
        post(TrainCommand::Kind::Pause);
        for (int i = 0; i < 8; ++i) // over the end of the epoch of 7 steps
            post(TrainCommand::Kind::OneStep);
        post(TrainCommand::Kind::Rate, 0.5);
        post(TrainCommand::Kind::RateFactor, -1);
        post(TrainCommand::Kind::RateFactor, std::nan(""));
        post(TrainCommand::Kind::Rate, 0.0);
        post(TrainCommand::Kind::Rate, 0.1); // from 0 on again
        post(TrainCommand::Kind::Stop);
        const auto report = session.trainer().run();
        QVERIFY(report.has_value());
        QCOMPARE(report->step, std::int64_t(8));
        QCOMPARE(effects.size(), std::size_t(15));
        for (std::size_t i = 1; i <= 8; ++i)
            QCOMPARE(effects[i]->step, std::int64_t(i) - 1);
        QCOMPARE(effects[9]->rate, 0.5);
        QCOMPARE(effects[9]->rateFactor, 25.0);
        QVERIFY(!effects[10] && !effects[11]);
        QCOMPARE(effects[12]->rate, 0.0);
        QCOMPARE(effects[13]->rate, 0.1);
        session.control.post({TrainCommand::Kind::Pause, 1, {}}); // nobody takes it any more
        session.control.close(error("over", "over"));
        post(TrainCommand::Kind::Pause);
        QCOMPARE(effects.back().error().code, std::string("over"));
    }
    void aResumeDoesAgainWhatThePersonDid()
    {
        TrainingSettings s = settings();
        s.epochs = 4;
        s.checkpointSeconds = 1e9;
        Session session(s);
        struct RateAtTen : TrainObserver {
            TrainControl *control = nullptr;
            void stepped(const StepEvent &event) override
            {
                if (event.step == 10)
                    control->post({TrainCommand::Kind::RateFactor, 0.1, {}});
            }
        } observer;
        observer.control = &session.control;
        const auto atStart = [&](TrainObserver &with) {
            return Trainer({*session.plan, session.feed, *session.run, session.record, *session.events, session.control,
                            with, session.names, session.nodes});
        };
        const auto before = session.plan->readStates();
        QVERIFY(atStart(observer).run().has_value());
        const auto expected = *session.plan->readStates();
        // As after a kill: the last checkpoint is from before the change of the rate, the journal knows of it.
        Checkpoint start{1, s.seed, {}, *before};
        start.position.updates.assign(s.phases.size(), 0);
        TrainObserver nobody;
        Trainer again = atStart(nobody);
        QVERIFY(again.restore(start)->empty());
        QVERIFY(again.run().has_value());
        QVERIFY(sameStates(*session.plan->readStates(), expected));
    }
    void theJournalSaysWhichRatesAreStillToCome()
    {
        using Json = nlohmann::json;
        const auto rate = [](int step, double f) {
            return Json{{"event", "rate_factor"}, {"step", step}, {"value", f}};
        };
        const auto resume = [](int step, const char *from) {
            return Json{{"event", "resume"}, {"step", step}, {"checkpoint", from}};
        };
        using Rates = std::vector<PlannedRate>;
        QVERIFY(ratesFrom({rate(5, 0.5), rate(9, 0.1)}, 7) == (Rates{{9, 0.1}}));
        QVERIFY(ratesFrom({rate(5, 0.5)}, 5) == (Rates{{5, 0.5}}));
        QVERIFY(ratesFrom({rate(9, 0.5), resume(3, "last"), rate(6, 0.2)}, 3) == (Rates{{6, 0.2}}));
        QVERIFY(ratesFrom({rate(9, 0.5), resume(3, "last")}, 3) == (Rates{{9, 0.5}}));
        QVERIFY(ratesFrom({rate(9, 0.5), resume(3, "best")}, 3).empty());
        QVERIFY(ratesFrom({rate(2, 0.5), resume(3, "best")}, 2) == (Rates{{2, 0.5}}));
        QVERIFY(ratesFrom({Json::object(), Json{{"event", 3}}, Json{{"event", "rate_factor"}, {"step", "x"}},
                           Json{{"event", "rate_factor"}, {"step", 4}, {"value", "x"}}},
                          0)
                    .empty());
    }
};

QTEST_GUILESS_MAIN(TstTrainer)
#include "tst_trainer.moc"
