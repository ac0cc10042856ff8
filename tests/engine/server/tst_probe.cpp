// SPDX-License-Identifier: Apache-2.0
// Looking into runs with the real program: tensors, predictions, health, edited drawings; and that nobody notices.
#include "engine/protocol/event_reader.h"
#include "tests/engine/server/run_client.h"

#include <nlohmann/json.hpp>

#include <QDir>

#include <cmath>
#include <csignal>

using namespace espalier;

namespace {

JsonValue tensor(const char *node, const char *port = "", bool gradient = false)
{
    return object().set("node", node).set("port", port).set("gradient", gradient);
}

JsonValue tensors(JsonValue::Array list)
{
    return object().set("tensors", JsonValue(std::move(list)));
}

std::vector<std::int64_t> integers(const JsonValue &list)
{
    std::vector<std::int64_t> out;
    for (const JsonValue &item : list.items())
        out.push_back(item.integer());
    return out;
}

/// The document of a sample with one parameter of one node changed.
JsonValue edited(RunClient &client, const char *name, const char *node, const char *parameter, JsonValue value)
{
    const JsonValue sample = client.call("samples.read", object().set("name", name));
    JsonValue document = *JsonValue::parse(sample["text"].string(), name);
    JsonValue graph = document["graph"];
    JsonValue nodes = JsonValue::array();
    for (JsonValue item : graph["nodes"].items()) {
        if (item["name"].string() == node) {
            JsonValue params = item["params"];
            item.set("params", params.set(parameter, value));
        }
        nodes.append(std::move(item));
    }
    return document.set("graph", graph.set("nodes", std::move(nodes)));
}

struct Finished {
    ProgramRun program;
    ProcessClient client{program, {QStringLiteral("serve")}};
    QString run;

    explicit Finished(const char *sample = "digits-cnn", JsonValue overrides = shortRun())
    {
        client.hello();
        const JsonValue result = client.call("run.start",
                                             object()
                                                 .set("path", sample)
                                                 .set("folder", program.folder().toStdString())
                                                 .set("name", "run")
                                                 .set("threads", 1)
                                                 .set("overrides", std::move(overrides)));
        run = QString::fromStdString(result["run"].string());
        client.call("run.subscribe");
        client.waitForNote("run.ended");
    }
};

} // namespace

class TstProbe : public QObject {
    Q_OBJECT
private slots:
    void anyTensorIsShownWithItsPicture()
    {
        Finished f;
        const JsonValue answer
            = f.client.call("run.probe",
                            tensors({tensor("conv1"), tensor("conv2", "weight"), tensor("fc2", "weight", true),
                                     tensor("relu1", "y", true), tensor("norm1", "running_mean"), tensor("nothing"),
                                     tensor("fc1", "z"), tensor("data", "label", true)})
                                .set("rows", JsonValue(JsonValue::Array{5, 9}))
                                .set("values", 7)
                                .set("pictures", object().set("scale", "each").set("sample", 1)));
        QVERIFY2(answer.has("tensors"), f.client.lastError.message.c_str());
        const auto &list = answer["tensors"].items();
        QCOMPARE(answer["step"].integer(), recordOf(f.run).step);
        QCOMPARE(integers(list[0]["shape"]), (std::vector<std::int64_t>{2, 16, 8, 8}));
        QCOMPARE(list[0]["node"].string(), std::string("yc3znt6pa5"));
        QCOMPARE(list[0]["axes"].items()[1].string(), std::string("channel"));
        QVERIFY(list[0]["values"].items().size() <= 7 && list[0]["truncated"].boolean());
        QCOMPARE(list[0]["statistics"]["count"].integer(), std::int64_t(2 * 16 * 8 * 8));
        QVERIFY(list[0]["statistics"]["deviation"].number() > 0);
        QCOMPARE(integers(list[1]["shape"]), (std::vector<std::int64_t>{32, 16, 3, 3}));
        QCOMPARE(integers(list[2]["shape"]), (std::vector<std::int64_t>{10, 64}));
        QVERIFY(list[3]["statistics"]["norm"].number() > 0);
        QCOMPARE(list[4]["statistics"]["count"].integer(), std::int64_t(16));
        QCOMPARE(list[5]["problem"]["code"].string(), std::string("probe.node"));
        QVERIFY(list[6]["problem"]["message"].string().find("y, weight, bias") != std::string::npos);
        QCOMPARE(list[7]["problem"]["code"].string(), std::string("probe.gradient"));
        // All channels of the second sample, all 32 x 16 filters, each with its own range.
        QCOMPARE(f.client.pictures.size(), std::size_t(5));
        const JsonValue &maps = f.client.pictures[0].first;
        QCOMPARE(maps["cells"].integer(), std::int64_t(16));
        QCOMPARE(maps["ranges"].items().size(), std::size_t(16));
        const JsonValue &filters = f.client.pictures[1].first;
        QCOMPARE(filters["cells"].integer(), std::int64_t(32 * 16));
        QCOMPARE(filters["columns"].integer(), std::int64_t(16));
        QCOMPARE(filters["width"].integer(), std::int64_t(16 * 3));
        QVERIFY(f.client.pictures[0].second.starts_with("\x89PNG"));
        QCOMPARE(f.client.pictures[2].first["kind"].string(), std::string("heat"));

        QVERIFY(f.client.call("run.probe", tensors({tensor("conv1")}).set("at", "live")).isNull());
        QVERIFY(f.client.lastError.message.find("is over") != std::string::npos);
        QVERIFY(f.client.call("run.probe", tensors({tensor("conv1")}).set("rows", JsonValue(JsonValue::Array{1797})))
                    .isNull());
        QVERIFY(f.client.lastError.message.find("1797 rows") != std::string::npos);
        QVERIFY(f.client.call("run.probe").isNull());
        QVERIFY(f.client.call("run.probe", tensors({tensor("conv1")}).set("at", "../../etc/passwd")).isNull());
    }

    /// The numbers of a probe are those of the program that was trained: its scores give the loss that was recorded.
    void predictionsEqualWhatTrainingSaid()
    {
        Finished f;
        const RunRecord record = recordOf(f.run);
        const JsonValue test
            = f.client.call("run.predictions", object().set("part", "test").set("at", "last").set("limit", 500));
        QVERIFY2(test.has("items"), f.client.lastError.message.c_str());
        QVERIFY(std::abs(test["mean_loss"].number() - record.results.at("test/loss")) < 1e-5);
        QVERIFY(std::abs(test["accuracy"].number() - record.results.at("test/accuracy")) < 1e-9);
        QCOMPARE(test["confusion"], f.client.notes["run.ended"]["confusion"]);
        QCOMPARE(test["total"].integer(), test["rows"].integer());
        double before = INFINITY;
        double sum = 0;
        for (const JsonValue &item : test["items"].items()) {
            const double loss = item["loss"].number();
            QVERIFY(loss <= before);
            before = loss;
            sum += loss;
            for (const JsonValue &p : item["probabilities"].items())
                if (p["class"].integer() == item["target"].integer())
                    QVERIFY(std::abs(-std::log(p["probability"].number()) - loss) < 1e-3 + loss * 1e-4);
        }
        QVERIFY(std::abs(sum / test["rows"].number() - test["mean_loss"].number()) < 1e-5);
        // What stands behind a cell, and the pictures that go with it.
        std::int64_t wrong = 0;
        for (std::size_t t = 0; t < 10; ++t)
            for (std::size_t p = 0; p < 10; ++p) {
                const std::int64_t count = test["confusion"].items()[t].items()[p].integer();
                wrong += t == p ? 0 : count;
                const auto behind = f.client.call("run.predictions",
                                                  object()
                                                      .set("part", "test")
                                                      .set("at", "last")
                                                      .set("target", static_cast<std::int64_t>(t))
                                                      .set("predicted", static_cast<std::int64_t>(p)));
                QCOMPARE(behind["total"].integer(), count);
                QCOMPARE(static_cast<std::int64_t>(behind["items"].items().size()), std::min<std::int64_t>(count, 50));
            }
        const JsonValue page = f.client.call(
            "run.predictions",
            object().set("part", "test").set("at", "last").set("wrong", true).set("limit", 1).set("offset", 1));
        QCOMPARE(page["total"].integer(), wrong);
        const JsonValue item = page["items"].items().at(0);
        const JsonValue image = f.client.call("data.image",
                                              object()
                                                  .set("run", f.run.toStdString())
                                                  .set("column", page["picture"])
                                                  .set("rows", JsonValue(JsonValue::Array{item["row"]})));
        QCOMPARE(image["count"].integer(), std::int64_t(1));
        QCOMPARE(f.client.pictures.back().first["label"].integer(), item["target"].integer());
        const JsonValue table = test["table"].items()[3];
        QVERIFY(table["f1"].number() > 0 && table["f1"].number() <= 1);
        QVERIFY(f.client.call("run.predictions", object().set("loss", "nope")).isNull());
        QVERIFY(f.client.call("run.predictions", object().set("part", "nope")).isNull());
    }

    void twoClassesAndSequencesHaveTheirPredictions()
    {
        Finished spirals("spirals", object().set("training.epochs", 1));
        const JsonValue binary = spirals.client.call("run.predictions");
        QCOMPARE(binary["kind"].string(), std::string("binary"));
        QCOMPARE(binary["classes"].items().size(), std::size_t(2));
        Finished letters("letters-recurrent", object().set("training.epochs", 1));
        const JsonValue sequence = letters.client.call("run.predictions", object().set("limit", 1));
        QVERIFY(sequence["terms"].integer() > sequence["rows"].integer());
        QVERIFY(sequence["items"].items().at(0).has("term"));
    }

    /// Looked at all the time, live and from another process, or not at all: the same bits.
    void lookingChangesNoBit()
    {
        const ProgramRun program;
        const JsonValue longer = shortRun().set("training.epochs", 60);
        ProcessClient alone(program, {QStringLiteral("serve")});
        QVERIFY(alone.hello());
        start(alone, program, "alone", longer);
        alone.process.closeWriteChannel();
        QVERIFY(alone.process.waitForFinished(60000));

        ProcessClient client(program, {QStringLiteral("serve")});
        QVERIFY(client.hello());
        const QString run = start(client, program, "watched", longer);
        ProcessClient other(program, {QStringLiteral("serve")});
        QVERIFY(other.hello());
        QVERIFY(client.call("run.subscribe").has("run"));
        int live = 0;
        for (int i = 0; i < 200 && !client.notes.contains("run.ended"); ++i) {
            RunClient &who = i % 2 == 0 ? static_cast<RunClient &>(client) : other;
            const JsonValue seen = who.call("run.probe",
                                            tensors({tensor("conv1"), tensor("fc1", "weight", true)})
                                                .set("run", run.toStdString())
                                                .set("mode", i % 3 == 0 ? "train" : "evaluate")
                                                .set("pictures", object()));
            live += seen["live"].boolean() ? 1 : 0;
            if (i % 5 == 0)
                QVERIFY(who.call("run.predictions", object().set("run", run.toStdString())).has("items"));
        }
        QVERIFY(client.waitForNote("run.ended"));
        QVERIFY(live > 0);
        QVERIFY(!other.pictures.empty()); // passed on under the id of the one who asked
        QCOMPARE(hashOf(lastCheckpoint(run)), hashOf(lastCheckpoint(program.path(QStringLiteral("alone")))));
    }

    void anEditedDrawingGoesOn()
    {
        const ProgramRun program;
        ProcessClient client(program, {QStringLiteral("serve")});
        QVERIFY(client.hello());
        const QString run = start(client, program, "run", endless());
        QVERIFY(client.call("run.subscribe").has("run"));
        QVERIFY(client.waitForNote("run.progress"));
        JsonValue wider = edited(client, "digits-cnn", "fc1", "out_features", 48);
        JsonValue training = wider["training"];
        wider.set("training", training.set("epochs", kEndless));
        const JsonValue applied = client.call("run.apply", object().set("content", wider));
        QVERIFY2(applied.has("step"), client.lastError.message.c_str());
        QCOMPARE(applied["revision"].integer(), std::int64_t(2));
        std::vector<std::string> left;
        for (const JsonValue &name : applied["not_taken"].items())
            left.push_back(name.string());
        QCOMPARE(left, (std::vector<std::string>{"fc1.weight", "fc1.bias", "fc2.weight"}));
        QVERIFY(client.waitFor(
            [&] { return client.notes["run.progress"]["step"].integer() > applied["step"].integer() + 5; }));
        const JsonValue seen = client.call("run.probe", tensors({tensor("fc1")}));
        QCOMPARE(integers(seen["tensors"].items().at(0)["shape"]), (std::vector<std::int64_t>{1, 48}));
        // What doesn't fit is refused, and the run goes on.
        JsonValue wrong = edited(client, "digits-cnn", "conv1", "out_channels", -1);
        QVERIFY(client.call("run.apply", object().set("content", wrong)).isNull());
        QVERIFY(client.lastError.message.find("out_channels") != std::string::npos);
        JsonValue over = wider;
        over.set("training", training.set("epochs", 1));
        JsonValue seed = wider;
        seed.set("training", JsonValue(wider["training"]).set("seed", 9));
        JsonValue data = wider;
        data.set("data", JsonValue(wider["data"]).set("split", object().set("seed", 4)));
        for (const JsonValue &content : {over, seed, data}) {
            QVERIFY(client.call("run.apply", object().set("content", content)).isNull());
            QVERIFY(client.lastError.message.find("new run") != std::string::npos
                    || client.lastError.message.find("more epochs") != std::string::npos);
        }
        // A later step of the edited drawing can be resumed.
        QVERIFY(client.call("run.stop").has("step"));
        QVERIFY(client.waitForNote("run.ended"));
        QVERIFY(client.notes["run.ended"]["state"].string() == "stopped");
        const auto journal = RunDirectory::open(run.toStdString())->readJournal();
        QVERIFY(journal.has_value());
        ProcessClient again(program, {QStringLiteral("serve")});
        QVERIFY(again.hello());
        const JsonValue resumed = again.call("run.start", object().set("resume", run.toStdString()));
        QVERIFY2(resumed.has("run"), again.lastError.message.c_str());
        QVERIFY(again.call("run.stop").has("step"));
    }

    void picturesAndStatisticsOfThePastAreRecorded()
    {
        Finished f("digits-cnn",
                   object()
                       .set("training.epochs", 2)
                       .set("training.watch.images_every", 20)
                       .set("training.watch.statistics_every", 10));
        struct Sink : EventSink {
            std::map<std::string, std::vector<std::int64_t>> images;
            std::map<std::string, std::vector<double>> scalars;
            void image(const EventStamp &stamp, std::string_view tag, std::string_view, std::int64_t,
                       std::int64_t) override
            {
                images[std::string(tag)].push_back(stamp.step);
            }
            void scalar(const EventStamp &, std::string_view tag, double value) override
            {
                scalars[std::string(tag)].push_back(value);
            }
        } sink;
        const QStringList files = QDir(f.run).entryList({QStringLiteral("events*")});
        QCOMPARE(files.size(), 1);
        auto events = EventFile::open((f.run + QLatin1Char('/') + files.front()).toStdString());
        QVERIFY(events && events->poll(sink));
        const std::vector<std::int64_t> steps{0, 20, 40, 60, 80, 92}; // and the last
        QCOMPARE(sink.images["watch/conv1/activation"], steps);
        QCOMPARE(sink.images["watch/input/data.image"], steps);
        QCOMPARE(sink.images["watch/predictions/loss"], steps);
        QCOMPARE(sink.scalars["watch/conv1/maximum"].size(), steps.size());
        QCOMPARE(sink.scalars["layers/conv1/update_ratio"].size(), std::size_t(10));
        const double zeros = sink.scalars["layers/relu1/activation_zero_share"].front();
        QVERIFY(zeros > 0.2 && zeros < 0.8);
        const double dropped = sink.scalars["layers/dropout/activation_zero_share"].front();
        QVERIFY(dropped > 0.25);
        QVERIFY(sink.scalars["layers/fc2/gradient_norm"].front() > 0);
        const JsonValue health = f.client.call("run.health");
        QCOMPARE(health["step"].integer(), std::int64_t(90));
        QVERIFY(health["findings"].items().empty());
        QVERIFY(health["thresholds"].has("dead_share"));
    }

    void runsWaitForTheirTurn()
    {
        const ProgramRun program;
        ProcessClient first(program, {QStringLiteral("serve")});
        ProcessClient second(program, {QStringLiteral("serve")});
        ProcessClient third(program, {QStringLiteral("serve")});
        for (ProcessClient *client : {&first, &second, &third})
            QVERIFY(client->hello());
        const auto queue = [&](ProcessClient &client, const char *name) {
            JsonValue run = client.call("run.start",
                                        object()
                                            .set("path", "digits-cnn")
                                            .set("folder", program.folder().toStdString())
                                            .set("name", name)
                                            .set("queue", "wait")
                                            .set("threads", 1)
                                            .set("overrides", endless()));
            client.call("run.subscribe");
            return run;
        };
        QVERIFY(queue(first, "first").has("run")); // nobody is there: it starts
        QVERIFY(first.waitForNote("run.progress"));
        QCOMPARE(queue(second, "second")["state"].string(), std::string("queued"));
        QCOMPARE(queue(third, "third")["state"].string(), std::string("queued"));
        QVERIFY(third.waitFor([&] {
            const bool isTold = third.notes["run.state"].has("queue"); // or it stood in the queue before it was watched
            return third.notes[isTold ? "run.state" : "run.snapshot"]["queue"]["place"].integer(-1) == 1;
        }));
        const JsonValue list = second.call("queue.list")["runs"];
        QCOMPARE(list.items().size(), std::size_t(3));
        QCOMPARE(list.items()[0]["state"].string(), std::string("training"));
        QCOMPARE(list.items()[2]["place"].integer(-1), std::int64_t(1));
        QVERIFY(second.call("run.pause").isNull());
        QVERIFY(second.lastError.message.find("waits") != std::string::npos);
        // One that is taken out has not trained; the next in front of it is then the second.
        QVERIFY(third.call("run.stop").has("step"));
        QVERIFY(third.waitForNote("run.ended"));
        QCOMPARE(third.notes["run.ended"]["state"].string(), std::string("stopped"));
        QCOMPARE(second.call("queue.list")["runs"].items().size(), std::size_t(2));
        // A process that dies leaves the queue, and the next has its turn.
        ::kill(static_cast<pid_t>(first.process.processId()), SIGKILL);
        QVERIFY(second.waitForNote("run.progress"));
        QVERIFY(!second.notes["run.state"].has("queue"));
        // "Run now" does not wait for anybody.
        QCOMPARE(queue(third, "fourth")["state"].string(), std::string("queued"));
        QVERIFY(third.call("run.resume").has("step"));
        third.notes.erase("run.progress");
        QVERIFY(third.waitForNote("run.progress"));
        QVERIFY(third.call("run.stop").has("step"));
        QVERIFY(second.call("run.stop").has("step"));
    }

    void theScheduleComesAsNumbers()
    {
        const ProgramRun program;
        ProcessClient client(program, {QStringLiteral("serve")});
        QVERIFY(client.hello());
        const JsonValue section = object()
                                      .set("epochs", 6)
                                      .set("optimizer", object().set("lr", 0.5))
                                      .set("schedule", object().set("kind", "step").set("step_size", 2));
        const JsonValue steps = client.call("training.schedule", object().set("training", section).set("rows", 3200));
        QCOMPARE(steps["steps"].integer(), std::int64_t(600));
        const JsonValue phase = steps["phases"].items().at(0);
        QCOMPARE(integers(phase["steps"]), (std::vector<std::int64_t>{0, 199, 200, 399, 400, 599}));
        QCOMPARE(phase["rates"].items()[1].number(), 0.5);
        QCOMPARE(phase["rates"].items()[2].number(), 0.05);
        QVERIFY(client.call("training.schedule", object().set("training", object().set("epochs", -4))).isNull());
        QVERIFY(client.call("training.schedule").isNull());
        const JsonValue guessed = client.call("training.schedule", object().set("training", object()));
        QVERIFY(!guessed["exact"].boolean());
    }
};

QTEST_GUILESS_MAIN(TstProbe)
#include "tst_probe.moc"
