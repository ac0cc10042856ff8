// SPDX-License-Identifier: Apache-2.0
// This file is long because it walks every method of the wire.
// The real `espalier serve` through its pipes: versions, documents in step, live answers, fixes, data, and everything
// that can go wrong on the wire.
#include "engine/protocol/change.h"
#include "engine/protocol/document_text.h"
#include "engine/protocol/error_json.h"
#include "engine/protocol/frame.h"
#include "engine/protocol/message.h"
#include "tests/support/drawing.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <functional>
#include <map>

using namespace espalier;

namespace {

JsonValue json(const char *text)
{
    return JsonValue::parse(text, "test").value();
}

/// One engine; raw bytes or requests in, messages out.
class Engine {
public:
    Engine()
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_CACHE_HOME"), m_home.path());
        environment.insert(QStringLiteral("XDG_DATA_HOME"), m_home.path());
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(ESPALIER_BINARY_DIR "/espalier"), {"serve", "--root", "here=" + m_home.path()});
        process.waitForStarted();
    }
    ~Engine()
    {
        process.closeWriteChannel();
        if (!process.waitForFinished(20000))
            process.kill();
    }
    QString home() const { return m_home.path(); }
    void raw(const std::string &bytes)
    {
        process.write(bytes.data(), static_cast<qint64>(bytes.size()));
        process.waitForBytesWritten(5000);
    }
    static std::string frameOf(const Message &message)
    {
        std::string frame;
        appendFrame(frame, writeMessage(message));
        return frame;
    }
    std::int64_t send(const std::string &method, JsonValue params = JsonValue::object())
    {
        raw(frameOf(Request{++m_lastId, method, std::move(params)}));
        return m_lastId;
    }
    Response answer(std::int64_t id)
    {
        waitFor([&] { return answers.contains(id); });
        return answers[id];
    }
    Response call(const std::string &method, JsonValue params = JsonValue::object())
    {
        return answer(send(method, std::move(params)));
    }
    JsonValue result(const std::string &method, JsonValue params = JsonValue::object())
    {
        const Response response = call(method, std::move(params));
        if (response.error)
            qWarning("%s: %s", method.c_str(), response.error->message.c_str());
        return response.error ? JsonValue() : response.result;
    }
    int codeOf(const std::string &method, JsonValue params = JsonValue::object())
    {
        const Response response = call(method, std::move(params));
        return response.error ? response.error->code : 0;
    }
    bool hello() { return result("initialize").has("protocol"); }
    bool waitFor(const std::function<bool()> &done)
    {
        QElapsedTimer timer;
        timer.start();
        while (!done() && timer.elapsed() < 30000) {
            const bool isGone = process.state() == QProcess::NotRunning;
            process.waitForReadyRead(50);
            take(process.readAllStandardOutput().toStdString());
            if (isGone)
                break;
        }
        return done();
    }
    /// Whether it still answers.
    bool isWell() { return result("samples.list")["samples"].items().size() >= 10; }

    QProcess process;
    std::map<std::int64_t, Response> answers;
    std::map<std::int64_t, int> counts;
    std::vector<Response> strays; ///< answers without an id
    std::vector<Notification> notes;
    std::vector<Frame> binary;

private:
    void take(const std::string &bytes)
    {
        m_reader.feed(bytes);
        for (auto frame = m_reader.next(); frame && *frame; frame = m_reader.next()) {
            if ((*frame)->kind == Frame::Kind::Binary) {
                binary.push_back(**frame);
                continue;
            }
            const auto message = readMessage((*frame)->text);
            if (const auto *response = std::get_if<Response>(&*message)) {
                if (response->id.isInteger()) {
                    answers[response->id.integer()] = *response;
                    ++counts[response->id.integer()];
                } else {
                    strays.push_back(*response);
                }
            } else if (const auto *note = std::get_if<Notification>(&*message)) {
                notes.push_back(*note);
            }
        }
    }

    QTemporaryDir m_home;
    FrameReader m_reader;
    std::int64_t m_lastId = 100;
};

JsonValue doc(const char *rest = "{}")
{
    return JsonValue(json(rest)).set("document", "d");
}

JsonValue opened(const Document &document, std::int64_t version = 1)
{
    return doc().set("version", version).set("text", writeDocument(document)).set("folder", "");
}

Document chain()
{
    Drawing d;
    d.node("x", "Input", R"({"columns": ["x"], "shape": [12]})").node("k", "Dense", R"({"out_features": 5})");
    d.node("r", "ReLU").node("o", "Output").wire("x.x", "k.x").wire("k.y", "r.x").wire("r.y", "o.x");
    return d.document;
}

JsonValue changed(std::int64_t version, const Change &change)
{
    return doc().set("version", version).set("change", changeToJson(change));
}

JsonValue setOutputs(std::int64_t version, std::int64_t outputs)
{
    return changed(version, {{setNodeField("root", Drawing::idOf("k"), "params/out_features", outputs)}});
}

std::string shapeAt(const JsonValue &check, std::string_view node)
{
    for (const JsonValue &port : check["ports"].items())
        if (port["node"].string() == Drawing::idOf(node))
            return port["dtype"].string() + port["shape"].string();
    return {};
}

JsonValue nodeAt(const JsonValue &check, std::string_view node)
{
    for (const JsonValue &item : check["nodes"].items())
        if (item["node"].string() == Drawing::idOf(node))
            return item;
    return {};
}

} // namespace

class TestServe : public QObject {
    Q_OBJECT
private slots:
    void initializeSaysWhatThereIs()
    {
        Engine engine;
        QCOMPARE(engine.codeOf("document.check"), int(kNotInitialized));
        const JsonValue hello = engine.result("initialize", json(R"({"client": {"name": "test"}, "protocol": 1})"));
        QCOMPARE(hello["protocol"].integer(), std::int64_t{kProtocolVersion});
        QCOMPARE(hello["engine"]["name"].string(), std::string("espalier"));
        QVERIFY(hello["cores"].integer() >= 1 && !hello["devices"].items().empty());
        QCOMPARE(hello["roots"].items()[0]["name"].string(), std::string("here"));
        for (const char *method :
             {"describe", "samples.read", "document.check", "document.estimate", "files.list", "data.recognise",
              "data.rows", "data.statistics", "data.image", "evaluate", "export", "export.check", "shutdown"})
            QVERIFY2(
                std::find(hello["capabilities"].items().begin(), hello["capabilities"].items().end(), JsonValue(method))
                    != hello["capabilities"].items().end(),
                method);
    }

    void oneVersionOlderAndNewerWork()
    {
        Engine engine;
        QCOMPARE(engine.result("initialize", JsonValue::object().set("protocol", kProtocolVersion - 1))["protocol"]
                     .integer(),
                 std::int64_t{kProtocolVersion - 1});
        QVERIFY(engine.isWell());
        const JsonValue newer = JsonValue::object()
                                    .set("protocol", kProtocolVersion + 1)
                                    .set("oldest_protocol", kProtocolVersion)
                                    .set("something_new", json("[1]"));
        QCOMPARE(engine.result("initialize", newer)["protocol"].integer(), std::int64_t{kProtocolVersion});
        QVERIFY(engine.isWell());
        const Response far
            = engine.call("initialize", JsonValue::object().set("protocol", 99).set("oldest_protocol", 98));
        QCOMPARE(errorOf(*far.error).code, std::string("protocol.new"));
    }

    void describeIsWhatTheCommandSays()
    {
        Engine engine;
        QVERIFY(engine.hello());
        QProcess command;
        command.start(QStringLiteral(ESPALIER_BINARY_DIR "/espalier"), {"describe", "--json"});
        QVERIFY(command.waitForFinished());
        const auto said = JsonValue::parse(command.readAllStandardOutput().toStdString(), "describe");
        QVERIFY(said.has_value());
        const JsonValue all = engine.result("describe");
        QVERIFY(all == *said);
        int labelled = 0;
        for (const JsonValue &layer : all["layers"].items())
            for (const JsonValue &param : layer["params"].items()) {
                const auto &choices = param["choices"].items();
                const auto &labels = param["choice_labels"].items(); // in the same order
                QCOMPARE(labels.size(), choices.size());
                for (std::size_t i = 0; i < choices.size(); ++i)
                    labelled += choices[i].string() == "leaky_relu" && labels[i].string() == "Leaky ReLU" ? 1 : 0;
            }
        QVERIFY(labelled > 1);
        QVERIFY(said->has("op_layers") && said->has("functions") && said->has("sources"));
        QCOMPARE((*said)["categories"].items().front().string(), std::string("Input & output"));
    }

    void changesKeepTheAnswersInStep()
    {
        Engine engine;
        QVERIFY(engine.hello());
        QCOMPARE(engine.codeOf("document.check", doc()), int(kInputError)); // not open
        QCOMPARE(engine.result("document.open", opened(chain()))["version"].integer(), std::int64_t{1});
        JsonValue check = engine.result("document.check", doc());
        QVERIFY(check["problems"].items().empty());
        QCOMPARE(shapeAt(check, "r"), std::string("float32[batch, 5]"));
        QCOMPARE(nodeAt(check, "k")["parameters"].integer(), std::int64_t{65});
        QCOMPARE(nodeAt(check, "k")["multiply_adds"].integer(), std::int64_t{60});
        QCOMPARE(nodeAt(check, "k")["activation_bytes"].integer(), std::int64_t{20});
        QCOMPARE(check["totals"]["parameters"].integer(), std::int64_t{65});
        for (int version = 2; version < 30; ++version) {
            QVERIFY(!engine.call("document.change", setOutputs(version, version)).error);
            check = engine.result("document.check", doc().set("version", version));
            QCOMPARE(shapeAt(check, "r"), "float32[batch, " + std::to_string(version) + "]");
        }
        QVERIFY(!engine.call("document.close", doc()).error);
        QCOMPARE(engine.codeOf("document.check", doc()), int(kInputError));
    }

    void whatIsStaleIsTold()
    {
        Engine engine;
        QVERIFY(engine.hello());
        engine.result("document.open", opened(chain(), 7));
        QCOMPARE(engine.codeOf("document.change", setOutputs(9, 3)), int(kStale)); // 8 is missing
        QCOMPARE(engine.codeOf("document.change", setOutputs(7, 3)), int(kStale));
        QVERIFY(!engine.call("document.change", setOutputs(9, 3).set("base", 7)).error);
        QCOMPARE(engine.codeOf("document.check", doc().set("version", 7)), int(kStale));
        QCOMPARE(engine.codeOf("document.estimate", doc().set("version", 10)), int(kStale));
        const Change unfit{{setNodeField("root", "nothere", "name", "x")}};
        QCOMPARE(engine.codeOf("document.change", changed(10, unfit)), int(kStale));
        QCOMPARE(shapeAt(engine.result("document.check", doc().set("version", 9)), "k"),
                 std::string("float32[batch, 3]"));
    }

    void aBurstIsAnsweredOnceEach()
    {
        Engine engine;
        QVERIFY(engine.hello());
        engine.result("document.open", opened(chain()));
        std::string burst;
        for (int i = 2; i <= 200; ++i) {
            burst += Engine::frameOf(Request{1000 + i, "document.change", setOutputs(i, i)});
            burst += Engine::frameOf(Request{2000 + i, "document.check", doc().set("version", i)});
        }
        engine.raw(burst);
        QVERIFY(!engine.answer(2200).error);
        QCOMPARE(shapeAt(engine.answer(2200).result, "k"), std::string("float32[batch, 200]"));
        for (int i = 2; i <= 200; ++i) {
            QVERIFY(!engine.answer(1000 + i).error);
            const Response check = engine.answer(2000 + i);
            if (check.error)
                QCOMPARE(check.error->code, int(kStale));
            else
                QCOMPARE(shapeAt(check.result, "k"), "float32[batch, " + std::to_string(i) + "]");
            QCOMPARE(engine.counts[2000 + i], 1);
        }
    }

    void aFixMakesTheProblemGo()
    {
        Engine engine;
        QVERIFY(engine.hello());
        Document document = chain();
        document.graph.wires.erase(document.graph.wires.begin() + 1);
        engine.result("document.open", opened(document));
        JsonValue check = engine.result("document.check", doc());
        QCOMPARE(check["problems"].items().size(), std::size_t{1});
        const JsonValue problem = check["problems"].items()[0];
        QCOMPARE(problem["code"].string(), std::string("graph.missing-wire"));
        QCOMPARE(problem["where"]["node"].string(), Drawing::idOf("r"));
        QCOMPARE(problem["where"]["port"].string(), std::string("x"));
        QVERIFY(!problem["fixes"].items().empty());
        const JsonValue fix = problem["fixes"].items()[0];
        QCOMPARE(fix["message"].string(), std::string("Connect it to 'y' of 'k'"));
        QVERIFY(!engine.call("document.change", doc().set("version", 2).set("change", fix["change"])).error);
        check = engine.result("document.check", doc());
        QVERIFY(check["problems"].items().empty());
        QCOMPARE(shapeAt(check, "r"), std::string("float32[batch, 5]"));
    }

    void blocksAreToldByDefinition()
    {
        Drawing d;
        d.block("b").node("in", "BlockInput").node("k", "Dense", R"({"out_features": 12})").node("out", "BlockOutput");
        d.wire("in.y", "k.x").wire("k.y", "out.x").root();
        d.node("x", "Input", R"({"columns": ["x"], "shape": [12]})");
        d.node("l", "block:" + Drawing::blockId("b"), R"({"repeat": 3})").node("o", "Output");
        d.wire("x.x", "l.in").wire("l.out", "o.x");
        Engine engine;
        QVERIFY(engine.hello());
        engine.result("document.open", opened(d.document));
        const JsonValue check = engine.result("document.check", doc());
        QVERIFY(check["problems"].items().empty());
        const JsonValue inner = nodeAt(check, "k");
        QCOMPARE(inner["graph"].string(), Drawing::blockId("b"));
        QCOMPARE(inner["instances"].integer(), std::int64_t{3});
        QCOMPARE(inner["parameters"].integer(), std::int64_t{3 * 156});
        QCOMPARE(nodeAt(check, "l")["parameters"].integer(), std::int64_t{3 * 156});
        QCOMPARE(shapeAt(check, "k"), std::string("float32[batch, 12]"));
        const JsonValue &ports = check["inputs"].items().back();
        QCOMPARE(ports["node"].string(), Drawing::idOf("l"));
        QCOMPARE(ports["inputs"].items()[0]["name"].string(), std::string("in"));
    }

    void samplesAreSoundAndEstimated()
    {
        Engine engine;
        QVERIFY(engine.hello());
        const JsonValue sample = engine.result("samples.read", json(R"({"name": "digits-cnn"})"));
        const JsonValue params = doc().set("text", sample["text"]).set("folder", sample["folder"]);
        QVERIFY(engine.result("document.open", params)["problems"].items().empty());
        JsonValue check = engine.result("document.check", doc());
        if (check["data"]["state"].string() == "opening") {
            QVERIFY(engine.waitFor([&] { return !engine.notes.empty(); }));
            QCOMPARE(engine.notes[0].method, std::string("document.stale"));
            QCOMPARE(engine.notes[0].params["document"].string(), std::string("d"));
            check = engine.result("document.check", doc());
        }
        QCOMPARE(check["data"]["state"].string(), std::string("ready"));
        QVERIFY(check["problems"].items().empty());
        const JsonValue estimate = engine.result("document.estimate", doc());
        QCOMPARE(estimate["memory"]["parameters"].integer(), 4 * check["totals"]["parameters"].integer());
        QVERIFY(estimate["memory"]["activations"].integer() > 0 && estimate["step_seconds"].number() > 0);
        QVERIFY(estimate["epoch_seconds"].number() > 0 && estimate["steps"].integer() > 0);
        QVERIFY(!estimate["how"].string().empty());
        QCOMPARE(engine.codeOf("samples.read", json(R"({"name": "nosuch"})")), int(kInputError));
    }

    void whatWaitsIsCancelledAtOnce()
    {
        Engine engine;
        QVERIFY(engine.hello());
        const JsonValue sample = engine.result("samples.read", json(R"({"name": "digits-mlp"})"));
        engine.result("document.open", doc().set("text", sample["text"]).set("folder", sample["folder"]));
        // The first one measures the machine, and the others wait behind it.
        std::string burst;
        for (int id = 1000; id < 1040; ++id)
            burst += Engine::frameOf(Request{id, "document.estimate", doc()});
        for (int id = 1001; id < 1040; ++id)
            burst += Engine::frameOf(Notification{"$/cancel", JsonValue::object().set("id", id)});
        burst += Engine::frameOf(Request{1050, "document.check", doc()});
        engine.raw(burst);
        QVERIFY(!engine.answer(1050).error);
        QCOMPARE(engine.answer(1039).error->code, int(kCancelled));
        QVERIFY(!engine.answer(1000).error);
        for (int id = 1000; id < 1040; ++id) {
            engine.answer(id);
            QCOMPARE(engine.counts[id], 1);
        }
    }

    void dataAreRecognised()
    {
        Engine engine;
        QVERIFY(engine.hello());
        const auto write = [&](const char *name, const QByteArray &bytes) {
            QFile file(engine.home() + "/" + name);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(bytes);
        };
        const auto recognise = [&](const char *path) {
            return engine.result("data.recognise",
                                 JsonValue::object().set("folder", "here:").set("path", "here:" + std::string(path)));
        };
        QByteArray table("id;height;colour;species\n");
        for (int i = 0; i < 60; ++i)
            table += QByteArray::number(i + 1) + ";" + QByteArray::number(i * 0.37) + ";" + (i % 2 ? "red" : "blue")
                + ";" + (i % 3 ? "oak" : "elm") + "\n";
        write("trees.csv", table);
        JsonValue found = recognise("trees.csv");
        QCOMPARE(found["source"]["kind"].string(), std::string("csv"));
        QCOMPARE(found["source"]["name"].string(), std::string("trees"));
        QCOMPARE(found["source"]["parameters"]["path"].string(), std::string("trees.csv"));
        QCOMPARE(found["source"]["parameters"]["target"], json(R"(["species"])"));
        QCOMPARE(found["source"]["parameters"]["features"], json(R"(["height", "colour"])"));
        QCOMPARE(found["proposal"]["task"].string(), std::string("classification"));
        const JsonValue &nodes = found["proposal"]["nodes"];
        QCOMPARE(nodes.items().front()["kind"].string(), std::string("Input"));
        QCOMPARE(nodes.items()[1]["params"]["out_features"].integer(), std::int64_t{2});
        QCOMPARE(nodes.items().back()["kind"].string(), std::string("CrossEntropy"));
        QCOMPARE(found["proposal"]["split"]["stratify"].string(), std::string("label"));
        write("prices.tsv", "rooms\tprice\n3\t1200.5\n4\t1800.25\n2\t900\n");
        found = recognise("prices.tsv");
        QCOMPARE(found["proposal"]["task"].string(), std::string("regression"));
        QCOMPARE(found["proposal"]["nodes"].items().back()["kind"].string(), std::string("MSE"));
        write("poem.txt",
              QByteArray("A rose, a tree, a garden wall;\nand then, at last, the end of all.\n").repeated(9));
        found = recognise("poem.txt");
        QCOMPARE(found["source"]["kind"].string(), std::string("text"));
        QCOMPARE(found["proposal"]["task"].string(), std::string("sequence"));
        write("junk.bin", QByteArray("\x7f\0\1\2", 4).repeated(99));
        QCOMPARE(engine.codeOf("data.recognise", json(R"({"path": "here:junk.bin"})")), int(kInputError));
        QCOMPARE(engine.codeOf("data.recognise", json(R"({"path": "here:nosuch"})")), int(kInputError));
        write("empty.csv", "");
        QCOMPARE(engine.codeOf("data.recognise", json(R"({"path": "here:empty.csv"})")), int(kInputError));
        QVERIFY(QDir(engine.home()).mkpath("pets/cat"));
        write("pets/cat/a.png",
              QByteArray::fromBase64("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNo"
                                     "AAAAggCBd81ytgAAAABJRU5ErkJggg=="));
        QCOMPARE(recognise("pets")["source"]["kind"].string(), std::string("folder"));
        QCOMPARE(recognise("pets/cat/a.png")["source"]["parameters"]["path"].string(), std::string("pets/cat"));
        QVERIFY(engine.isWell());
    }

    void dataArePaged()
    {
        Engine engine;
        QVERIFY(engine.hello());
        QFile file(engine.home() + "/data.csv");
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("a,b\n");
        for (int i = 0; i < 20000; ++i)
            file.write(QByteArray::number(i) + "," + QByteArray::number(i % 3) + "\n");
        file.close();
        const auto params = [](const char *rest) {
            JsonValue p = json(rest);
            return p.set("folder", "here:")
                .set("data", json(R"({"sources": [{"id": "t", "kind": "csv", "parameters": {"path": "data.csv"}}]})"));
        };
        const JsonValue described = engine.result("data.describe", params("{}"));
        QCOMPARE(described["columns"].items().size(), std::size_t{2});
        QCOMPARE(described["columns"].items()[1]["is_target"], JsonValue(true));
        QVERIFY(described["preview_rows"].integer() < 20000);
        const JsonValue rooted
            = json(R"({"data": {"sources": [{"id": "t", "kind": "csv", "parameters": {"path": "here:data.csv"}}]}})");
        QCOMPARE(engine.result("data.describe", rooted)["columns"], described["columns"]);
        const JsonValue page = engine.result("data.rows", params(R"({"offset": 15000, "limit": 3})"));
        QCOMPARE(page["columns"].items()[0]["values"].items()[0]["values"].items()[0].number(), 15000.0);
        QCOMPARE(page["rows"]["count"].integer(), std::int64_t{20000});
        QVERIFY(engine.result("data.rows", params(R"({"offset": 9000000000})"))["columns"]
                    .items()[0]["values"]
                    .items()
                    .empty());
        const JsonValue statistics = engine.result("data.statistics", params(R"({"rows": 0})"));
        QCOMPARE(statistics["sample"], JsonValue(false));
        QCOMPARE(statistics["columns"].items()[0]["maximum"].number(), 19999.0);
        QCOMPARE(engine.codeOf("data.image", params(R"({"rows": [0]})")), int(kInputError)); // no pictures
        QCOMPARE(engine.codeOf("data.rows", params(R"({"limit": 100000})")), int(kInvalidParams));
    }

    void picturesComeBeforeTheirAnswer()
    {
        Engine engine;
        QVERIFY(engine.hello());
        const JsonValue params = json(
            R"({"rows": [3, 1, 100000], "data": {"sources": [{"id": "t", "kind": "builtin", "parameters": {"name": "digits"}}]}})");
        const JsonValue result = engine.result("data.image", params);
        QCOMPARE(result["count"].integer(), std::int64_t{2});
        QCOMPARE(engine.binary.size(), std::size_t{2});
        const JsonValue header = JsonValue::parse(engine.binary[0].text, "header").value();
        QCOMPARE(header["row"].integer(), std::int64_t{3});
        QCOMPARE(header["width"].integer(), std::int64_t{8});
        QVERIFY(engine.binary[0].bytes.starts_with("\x89PNG"));
    }

    void filesArePaged()
    {
        Engine engine;
        QVERIFY(engine.hello());
        QDir(engine.home()).mkdir("folder");
        for (int i = 0; i < 25; ++i) {
            QFile file(engine.home() + QStringLiteral("/f%1.CSV").arg(i, 2, 10, QLatin1Char('0')));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("12345");
        }
        const JsonValue page = engine.result(
            "files.list", json(R"({"folder": "here:", "pattern": "f*.csv", "offset": 10, "limit": 5})"));
        QCOMPARE(page["total"].integer(), std::int64_t{26});
        QCOMPARE(page["entries"].items().size(), std::size_t{5});
        QCOMPARE(page["entries"].items()[0]["name"].string(), std::string("f09.CSV")); // after the folder
        QCOMPARE(page["entries"].items()[0]["bytes"].integer(), std::int64_t{5});
        QCOMPARE(engine.codeOf("files.list", json(R"({"folder": "nosuch:"})")), int(kInputError));
        QCOMPARE(engine.codeOf("files.list", json(R"({"folder": "/nosuch/folder"})")), int(kInputError));
        QVERIFY(!engine.result("files.list")["entries"].items().empty()); // the roots
    }

    void evaluationIsBounded()
    {
        Engine engine;
        QVERIFY(engine.hello());
        const JsonValue result
            = engine.result("evaluate", json(R"({"expression": "x * 2", "values": {"x": [[1, 2], [3, 4]]}})"));
        QCOMPARE(result["outputs"].items()[0]["values"], json("[[2.0, 4.0], [6.0, 8.0]]"));
        const JsonValue cut
            = engine.result("evaluate", json(R"({"expression": "x * 2", "values": {"x": [1, 2, 3]}, "limit": 2})"));
        QCOMPARE(cut["outputs"].items()[0]["values"], json("[2.0, 4.0]"));
        QCOMPARE(cut["outputs"].items()[0]["truncated"], JsonValue(true));
        QCOMPARE(engine.codeOf("evaluate", json(R"({"expression": "x +"})")), int(kInputError));
        QCOMPARE(engine.codeOf("evaluate", json(R"({"expression": "digits-cnn"})")), int(kInputError));
        QCOMPARE(engine.codeOf("evaluate"), int(kInvalidParams));
        QVERIFY(!engine.call("document.open", opened(chain())).error);
        QCOMPARE(engine.codeOf("evaluate", doc()), int(kInputError)); // x has no value
        QCOMPARE(engine.codeOf("export", json(R"({"run": "/nosuch/run", "out": "/nosuch/file"})")), int(kInputError));
        QVERIFY(engine.isWell());
    }

    void aDamagedDocumentOpensAsFarAsItIsReadable()
    {
        Engine engine;
        QVERIFY(engine.hello());
        const char *text = R"({"format": "espalier", "version": 1, "graph": {"nodes": [{"id": "aaaaaaaaaa", "kind":
            "Constant", "name": "c", "params": {}}, {"kind": 7}, 5], "wires": ["none"]}})";
        const JsonValue result = engine.result("document.open", doc().set("text", text));
        QCOMPARE(result["problems"].items().size(), std::size_t{3});
        QCOMPARE(engine.result("document.check", doc())["problems"].items().size(), std::size_t{3});
        QCOMPARE(engine.codeOf("document.open", doc().set("text", "no JSON")), int(kInputError));
        QCOMPARE(engine.codeOf("document.open", doc().set("text", 5)), int(kInputError));
        QCOMPARE(engine.result("document.check", doc())["problems"].items().size(), std::size_t{3}); // as it was
    }

    void unknownMethodsAreTold()
    {
        Engine engine;
        QVERIFY(engine.hello());
        const Response answer = engine.call("document.chek", doc());
        QCOMPARE(answer.error->code, int(kMethodNotFound));
        QVERIFY(answer.error->message.find("document.check") != std::string::npos);
        QVERIFY(engine.isWell());
    }

    void hugeAndStrangeValuesAreRefused()
    {
        Engine engine;
        QVERIFY(engine.hello());
        engine.result("document.open", opened(chain()));
        for (const char *version : {"1e300", "-5", "9223372036854775807", "1.5", "\"3\"", "[]", "99999999999999999999"})
            QVERIFY(engine.codeOf("document.check",
                                  doc().set("version", JsonValue::parse(version, "number").value_or(JsonValue("x"))))
                    != 0);
        for (const char *outputs : {"1e300", "-9223372036854775808", "9223372036854775807", "1e18"}) {
            const Change change{{setNodeField("root", Drawing::idOf("k"), "params/out_features", json(outputs))}};
            Engine other;
            QVERIFY(other.hello());
            other.result("document.open", opened(chain()));
            QVERIFY(!other.call("document.change", changed(2, change)).error);
            const JsonValue check = other.result("document.check", doc());
            QCOMPARE(check["problems"].items().size(), std::size_t{1});
            QVERIFY(!check["problems"].items()[0]["fixes"].items().empty());
        }
        QCOMPARE(engine.codeOf("data.rows", json(R"({"offset": 1e300, "data": {"sources": [{"id": "g", "kind":
                 "generator"}]}})")),
                 int(kInvalidParams));
        QCOMPARE(engine.codeOf("files.list", JsonValue::object().set("folder", std::string("a\0b", 3))),
                 int(kInvalidParams));
        std::string deep = R"({"jsonrpc": "2.0", "id": 7, "method": "describe", "params": )";
        deep += std::string(100'000, '[') + std::string(100'000, ']') + "}";
        std::string frame;
        appendFrame(frame, deep);
        appendFrame(frame, "[]");
        appendFrame(frame, "\xff\xfe");
        appendFrame(frame, R"({"jsonrpc": "2.0", "id": {"a": 1}, "method": "describe"})");
        appendFrame(frame, JsonValue::object().set("id", 1), "bytes that nobody asked for");
        engine.raw(frame);
        QVERIFY(engine.waitFor([&] { return engine.strays.size() >= 4; }));
        QVERIFY(engine.isWell());
    }

    void everyCutIsPutTogether()
    {
        Engine engine;
        QVERIFY(engine.hello());
        const std::string probe = Engine::frameOf(Request{1, "samples.list", {}});
        for (std::size_t cut = 0; cut <= probe.size(); ++cut) {
            const std::string frame
                = Engine::frameOf(Request{static_cast<std::int64_t>(1000 + cut), "samples.list", {}});
            engine.raw(frame.substr(0, cut));
            engine.raw(frame.substr(cut));
        }
        for (std::size_t cut = 0; cut <= probe.size(); ++cut)
            QVERIFY(!engine.answer(static_cast<std::int64_t>(1000 + cut)).error);
    }

    void garbageEndsTheConnection_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("text") << QByteArray("Welcome to this machine\n");
        QTest::newRow("a length beyond all") << QByteArray("Content-Length: 99999999999\r\n\r\n");
        QTest::newRow("zeros") << QByteArray(100, '\0');
    }
    void garbageEndsTheConnection()
    {
        QFETCH(QByteArray, bytes);
        Engine engine;
        QVERIFY(engine.hello());
        engine.raw(bytes.toStdString());
        QVERIFY(engine.waitFor([&] { return !engine.notes.empty(); }));
        QCOMPARE(engine.notes[0].method, std::string("$/garbage"));
        QVERIFY(!errorFromJson(engine.notes[0].params["error"]).message().empty());
        QVERIFY(engine.process.waitForFinished());
        QCOMPARE(engine.process.exitCode(), 2);
    }

    void theEndOfInputIsTheEnd()
    {
        for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{30}, std::size_t{70}}) {
            Engine engine;
            QVERIFY(engine.hello());
            engine.send("describe");
            engine.raw(Engine::frameOf(Request{1, "samples.list", {}}).substr(0, cut));
            engine.process.closeWriteChannel();
            QVERIFY(engine.process.waitForFinished());
            QCOMPARE(engine.process.exitStatus(), QProcess::NormalExit);
            QCOMPARE(engine.process.exitCode(), 0);
        }
        Engine engine;
        QVERIFY(!engine.call("shutdown").error);
        QVERIFY(engine.process.waitForFinished());
        QCOMPARE(engine.process.exitCode(), 0);
    }

    void aReaderThatGoesIsNoCrash()
    {
        Engine engine;
        QVERIFY(engine.hello());
        engine.process.closeReadChannel(QProcess::StandardOutput);
        for (int i = 0; i < 20; ++i)
            engine.send("describe");
        engine.process.closeWriteChannel();
        QVERIFY(engine.process.waitForFinished());
        QCOMPARE(engine.process.exitStatus(), QProcess::NormalExit);
    }
};

QTEST_GUILESS_MAIN(TestServe)
#include "tst_serve.moc"
