// SPDX-License-Identifier: Apache-2.0
// Lowering: types at the ports, states, losses, and one problem with its place for everything that can be drawn wrong.
#include "engine/graph/lower.h"
#include "engine/program/pipeline.h"
#include "engine/protocol/change.h"
#include "tests/support/drawing.h"

#include <QtTest>

using namespace espalier;

namespace {

LowerOptions withDigits()
{
    LowerOptions options;
    options.hasData = true;
    options.sources = {
        {"digitsdata", "digits", {{"image", {DType::Float32, Shape{64}}, 0}, {"label", {DType::Int64, Shape{}}, 10}}}};
    return options;
}

constexpr const char *kDigitsInput = R"({"source": "digits", "columns": ["image", "label"]})";

Drawing mlp(std::string_view outputs = R"({"out_features": 10})")
{
    Drawing d;
    d.node("data", "Input", kDigitsInput).node("fc1", "Dense", R"({"out_features": 32, "activation": "relu"})");
    d.node("fc2", "Dense", outputs).node("loss", "CrossEntropy").node("out", "Output");
    d.wire("data.image", "fc1.x").wire("fc1.y", "fc2.x").wire("fc2.y", "loss.prediction");
    d.wire("data.label", "loss.target").wire("fc2.y", "out.x");
    return d;
}

QString all(const std::vector<Error> &problems)
{
    QString text;
    for (const Error &e : problems)
        text += QString::fromStdString(e.code + " @" + e.where.node + "." + e.where.port + e.where.parameter + ": "
                                       + e.message() + "\n");
    return text;
}

QString typeAt(const Lowered &lowered, std::string_view name, std::string_view port = "y")
{
    for (const PortType &p : lowered.ports)
        if (p.name == name && p.port == port)
            return QString::fromStdString(p.type.toString());
    return "none";
}

} // namespace

class TstLower : public QObject {
    Q_OBJECT
private slots:
    void aNetworkBecomesAProgram()
    {
        const Drawing d = mlp();
        const Lowered lowered = lower(d.document, withDigits());
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QCOMPARE(verify(lowered.program), std::string());
        QCOMPARE(typeAt(lowered, "fc2"), QString("float32[batch, 10]"));
        QCOMPARE(typeAt(lowered, "loss", "loss"), QString("float32[]"));
        QCOMPARE(lowered.states.size(), std::size_t{4});
        QCOMPARE(lowered.states[0].name, std::string("fc1.weight"));
        QCOMPARE(lowered.states[0].path, Drawing::idOf("fc1") + ".weight");
        QCOMPARE(lowered.states[0].type.toString(), std::string("float32[32, 64]"));
        QVERIFY(lowered.states[0].decay && !lowered.states[1].decay);
        QCOMPARE(lowered.losses.size(), std::size_t{1});
        QVERIFY(lowered.losses[0].isClassification);
        QCOMPARE(lowered.inputs.size(), std::size_t{2});
        QCOMPARE(lowered.inputs[0].name, std::string("data.image"));
        QCOMPARE(lowered.inputs[0].source, std::string("digitsdata"));
        QCOMPARE(lowered.outputs.size(), std::size_t{1});
    }
    void predictNeedsOnlyTheOutputs()
    {
        LowerOptions options = withDigits();
        options.mode = Mode::Predict;
        const Drawing d = mlp();
        const Lowered lowered = lower(d.document, options);
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QCOMPARE(lowered.inputs.size(), std::size_t{1}); // no label
        QVERIFY(lowered.losses.empty());
        options.mode = Mode::Train;
        options.keepOutputs = false;
        QVERIFY(lower(d.document, options).outputs.empty());
        options.losses = {"another"};
        QVERIFY(lower(d.document, options).losses.empty());
    }
    void problemsHaveTheirPlace_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("code");
        QTest::addColumn<QString>("node");
        QTest::addColumn<QString>("port");
        int i = 0;
        QTest::newRow("missing wire") << i++ << "graph.missing-wire"
                                      << "fc2"
                                      << "x";
        QTest::newRow("cycle") << i++ << "graph.cycle"
                               << "fc1"
                               << "";
        QTest::newRow("unknown kind") << i++ << "graph.kind"
                                      << "fc1"
                                      << "";
        QTest::newRow("newer kind") << i++ << "graph.kind"
                                    << "fc1"
                                    << "";
        QTest::newRow("two wires") << i++ << "graph.two-wires"
                                   << "fc1"
                                   << "x";
        QTest::newRow("no such input") << i++ << "graph.port"
                                       << "fc1"
                                       << "z";
        QTest::newRow("no such output") << i++ << "graph.port"
                                        << "fc1"
                                        << "z";
        QTest::newRow("wrong dtype") << i++ << "layer.dtype"
                                     << "fc1"
                                     << "x";
        QTest::newRow("unknown column") << i++ << "graph.column"
                                        << "data"
                                        << "pixels";
        QTest::newRow("unknown source") << i++ << "graph.source"
                                        << "data"
                                        << "";
        QTest::newRow("too few classes") << i++ << "graph.classes"
                                         << "loss"
                                         << "prediction";
        QTest::newRow("double softmax") << i++ << "loss.double-softmax"
                                        << "loss"
                                        << "prediction";
        QTest::newRow("softmax of softmax") << i++ << "layer.double-softmax"
                                            << "soft"
                                            << "x";
        QTest::newRow("labels are no numbers") << i++ << "loss.labels"
                                               << "loss"
                                               << "target";
        QTest::newRow("label shape") << i++ << "loss.shape"
                                     << "loss"
                                     << "target";
        QTest::newRow("out of range") << i++ << "param.range"
                                      << "fc1"
                                      << "";
        QTest::newRow("not a number") << i++ << "param.number"
                                      << "fc1"
                                      << "";
        QTest::newRow("no such parameter") << i++ << "param.unknown"
                                           << "fc1"
                                           << "";
        QTest::newRow("no such choice") << i++ << "param.choice"
                                        << "fc1"
                                        << "";
        QTest::newRow("no such initialiser") << i++ << "param.initializer"
                                             << "fc1"
                                             << "";
        QTest::newRow("no such block") << i++ << "graph.block"
                                       << "fc1"
                                       << "";
    }
    void problemsHaveTheirPlace()
    {
        QFETCH(int, which);
        QFETCH(QString, code);
        QFETCH(QString, node);
        QFETCH(QString, port);
        Drawing d = mlp();
        DocumentGraph &g = d.graph();
        DocumentNode &fc1 = g.nodes[1];
        switch (which) {
        case 0:
            g.wires.erase(g.wires.begin() + 1);
            break;
        case 1:
            g.wires[0].from = {Drawing::idOf("fc2"), "y"};
            break;
        case 2:
            fc1.kind = "Hyperdense";
            break;
        case 3:
            fc1.kindVersion = 99;
            break;
        case 4:
            d.wire("data.image", "fc1.x");
            break;
        case 5:
            d.wire("data.image", "fc1.z");
            break;
        case 6:
            g.wires[1].from.port = "z";
            break;
        case 7:
            g.wires[0].from.port = "label";
            break;
        case 8:
            g.nodes[0].params = JsonValue::parse(R"({"source": "digits", "columns": ["pixels", "label"]})", "").value();
            g.wires[0].from.port = "pixels";
            break;
        case 9:
            g.nodes[0].params.set("source", "digit");
            break;
        case 10:
            g.nodes[2].params.set("out_features", 9);
            break;
        case 11:
            g.nodes[2].params.set("activation", "softmax");
            break;
        case 12:
            g.nodes[2].params.set("activation", "softmax");
            g.nodes[3].kind = "CrossEntropyProbabilities";
            d.node("soft", "Softmax").wire("fc2.y", "soft.x");
            g.wires[2].from = {Drawing::idOf("soft"), "y"};
            break;
        case 13:
            g.wires[3].from.port = "image";
            break;
        case 14:
            g.nodes[3].params.set("dim", -1);
            d.node("wide", "Constant", R"({"value": [1, 2, 3], "dtype": "int64"})");
            g.wires[3].from = {Drawing::idOf("wide"), "y"};
            break;
        case 15:
            fc1.params.set("out_features", 0);
            break;
        case 16:
            fc1.params.set("out_features", "many");
            break;
        case 17:
            fc1.params.set("out_featurs", 5);
            break;
        case 18:
            fc1.params.set("activation", "rulu");
            break;
        case 19:
            fc1.params.set("weight_init", "he_narmal");
            break;
        case 20:
            fc1.kind = "block:aaaaaaaaaa";
            break;
        }
        const auto problems = checkDocument(d.document, withDigits());
        QVERIFY2(problems.size() == 1, qPrintable(all(problems)));
        QCOMPARE(QString::fromStdString(problems[0].code), code);
        QCOMPARE(QString::fromStdString(problems[0].where.node),
                 QString::fromStdString(Drawing::idOf(node.toStdString())));
        if (!port.isEmpty())
            QCOMPARE(QString::fromStdString(problems[0].where.port), port);
        QCOMPARE(problems[0].where.graph, std::string("root"));
    }
    void fixesMend_data()
    {
        QTest::addColumn<int>("which");
        QTest::newRow("double softmax") << 0;
        QTest::newRow("labels as numbers") << 1;
        QTest::newRow("grey images without channels") << 2;
        QTest::newRow("one sample in the last batch") << 3;
        QTest::newRow("sigmoid twice") << 4;
        QTest::newRow("a wire too many") << 5;
    }
    void fixesMend()
    {
        QFETCH(int, which);
        Drawing d = mlp();
        DocumentGraph &g = d.graph();
        LowerOptions options = withDigits();
        switch (which) {
        case 0:
            g.nodes[2].params.set("activation", "softmax");
            break;
        case 1:
            g.wires[0].from.port = "label";
            options.sources[0].columns[1].type.shape = Shape{7};
            g.wires[3].from = {Drawing::idOf("zero"), "y"};
            d.node("zero", "ArgMax").wire("fc2.y", "zero.x");
            break;
        case 2:
            options.sources[0].columns[0].type.shape = Shape{8, 8};
            g.nodes[1].kind = "Conv2D";
            g.nodes[1].params = JsonValue::object();
            d.node("flat", "Flatten").wire("fc1.y", "flat.x");
            g.wires[1].from = {Drawing::idOf("flat"), "y"};
            break;
        case 3:
            g.nodes[1].kind = "BatchNorm";
            g.nodes[1].params = JsonValue::object();
            options.batchSizes = {32, 1};
            break;
        case 4:
            g.nodes[2].params = JsonValue::parse(R"({"out_features": 1, "activation": "sigmoid"})", "").value();
            g.nodes[3].kind = "BinaryCrossEntropyWithLogits";
            break;
        case 5:
            d.wire("data.image", "fc1.x");
            break;
        }
        const auto before = checkDocument(d.document, options);
        QVERIFY2(before.size() == 1 && before[0].fixes.size() == 1, qPrintable(all(before)));
        const auto change = changeFromJson(JsonValue::parse(before[0].fixes[0].change, "").value());
        QVERIFY(change.has_value());
        QVERIFY(apply(d.document, *change).has_value());
        if (d.document.training["drop_last"].boolean())
            options.batchSizes = {32};
        const auto after = checkDocument(d.document, options);
        QVERIFY2(after.empty(), qPrintable(all(after)));
    }
    void brokenNodesDoNotCascade()
    {
        Drawing d = mlp();
        d.graph().nodes[1].kind = "FromTheFuture";
        d.graph().nodes[1].params = JsonValue::parse(R"({"anything": [1]})", "").value();
        const auto problems = checkDocument(d.document, withDigits());
        QVERIFY2(problems.size() == 1, qPrintable(all(problems)));
        LowerOptions options = withDigits();
        options.everything = true;
        const Lowered lowered = lower(d.document, options);
        QCOMPARE(typeAt(lowered, "fc2"), QString("unknown[...]"));
        QCOMPARE(typeAt(lowered, "data", "image"), QString("float32[batch, 64]"));
    }
    void probabilitiesBecomeTheLogitsForm()
    {
        Drawing d = mlp();
        d.graph().nodes[2].params.set("activation", "softmax");
        d.graph().nodes[3].kind = "CrossEntropyProbabilities";
        LowerOptions options = withDigits();
        options.keepOutputs = false; // the loss alone: nobody else needs the probabilities
        Lowered lowered = lower(d.document, options);
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        Builder b(std::move(lowered.program));
        b.program().observations.clear();
        b.output("loss", lowered.losses[0].sum);
        const std::string text = print(optimise(b.take(), {.afterAutodiff = false}));
        QVERIFY2(text.find("softmax_cross_entropy(") != std::string::npos, text.c_str());
    }
    void thousandsOfNodesAreQuick()
    {
        Drawing d;
        d.node("x", "Input", R"({"shape": [16]})");
        std::string last = "x.x";
        for (int i = 0; i < 1000; ++i) {
            const std::string n = std::to_string(i);
            d.node("fc" + n, "Dense", R"({"out_features": 16})").wire(last, "fc" + n + ".x");
            d.node("act" + n, "ReLU").wire("fc" + n + ".y", "act" + n + ".x");
            last = "act" + n + ".y";
        }
        d.node("out", "Output").wire(last, "out.x");
        LowerOptions options;
        options.everything = true;
        QElapsedTimer timer;
        timer.start();
        const Lowered lowered = lower(d.document, options);
        qInfo("2,000 nodes: %lld ms", timer.elapsed());
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QCOMPARE(lowered.states.size(), std::size_t{2000});
        QVERIFY(timer.elapsed() < 1000); // generous: the figure above is for people
    }
};

QTEST_GUILESS_MAIN(TstLower)
#include "tst_lower.moc"
