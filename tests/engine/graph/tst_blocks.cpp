// SPDX-License-Identifier: Apache-2.0
// Blocks: expansion, repeats with own and shared weights, exposed parameters, recursion; and Scan, a drawn cell.
#include "engine/backends/reference/interpreter.h"
#include "engine/graph/lower.h"
#include "engine/ops/autodiff.h"
#include "tests/support/drawing.h"

#include <QtTest>

#include <cmath>

using namespace espalier;

namespace {

QString all(const std::vector<Error> &problems)
{
    QString text;
    for (const Error &e : problems)
        text += QString::fromStdString(e.code + " @" + e.where.graph + "/" + e.where.node + ": " + e.message() + "\n");
    return text;
}

LowerOptions everything()
{
    LowerOptions options;
    options.everything = true;
    return options;
}

Drawing stack(std::string_view instanceParams)
{
    Drawing d;
    d.block("layer").node("x", "BlockInput").node("fc", "Dense", R"({"out_features": 8})").node("act", "Tanh");
    d.node("y", "BlockOutput").wire("x.y", "fc.x").wire("fc.y", "act.x").wire("act.y", "y.x");
    d.root()
        .node("in", "Input", R"({"shape": [8]})")
        .node("stack", "block:" + Drawing::blockId("layer"), instanceParams);
    d.node("out", "Output").wire("in.x", "stack.x").wire("stack.y", "out.x");
    return d;
}

/// y_t = tanh(W x_t + U h_{t-1}), h_t = y_t, drawn.
Drawing cell(std::string_view stateParams = R"({"shape": [3], "dtype": "float64"})")
{
    Drawing d;
    d.block("cell").node("x", "BlockInput").node("h", "BlockInput", stateParams);
    d.node("wx", "Dense", R"({"out_features": 3})").node("uh", "Dense", R"({"out_features": 3, "bias": false})");
    d.node("sum", "Add").node("act", "Tanh").node("y", "BlockOutput").node("h2", "BlockOutput");
    d.graph().nodes.back().name = "h";
    d.wire("x.y", "wx.x").wire("h.y", "uh.x").wire("wx.y", "sum.x").wire("uh.y", "sum.x").wire("sum.y", "act.x");
    d.wire("act.y", "y.x").wire("act.y", "h2.x");
    d.root().node("in", "Input", R"({"shape": [5, 2], "dtype": "float64"})").node("scan", "Scan");
    d.graph().nodes.back().params.set("block", Drawing::blockId("cell"));
    d.node("all", "Output")
        .node("last", "Output")
        .wire("in.x", "scan.x")
        .wire("scan.y", "all.x")
        .wire("scan.h", "last.x");
    return d;
}

Tensor filled(const TensorType &type, double phase)
{
    Tensor t(type.dtype, type.shape.concrete());
    for (std::int64_t i = 0; i < t.elements(); ++i)
        t.set(i, std::sin(static_cast<double>(i) * 1.7 + phase));
    return t;
}

} // namespace

class TstBlocks : public QObject {
    Q_OBJECT
private slots:
    void repeatsHaveOwnWeights()
    {
        const Drawing d = stack(R"({"repeat": 3})");
        const Lowered lowered = lower(d.document, everything());
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QCOMPARE(lowered.states.size(), std::size_t{6});
        QCOMPARE(lowered.states[2].name, std::string("stack.1.fc.weight"));
        QCOMPARE(lowered.states[2].path, Drawing::idOf("stack") + "/1/" + Drawing::idOf("fc") + ".weight");
        QCOMPARE(verify(lowered.program), std::string());
    }
    void sharedRepeatsHaveOne()
    {
        const Drawing d = stack(R"({"repeat": 3, "shared": true})");
        const Lowered lowered = lower(d.document, everything());
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QCOMPARE(lowered.states.size(), std::size_t{2});
        QCOMPARE(lowered.states[0].name, std::string("stack.fc.weight"));
        int tanhs = 0;
        for (const Instruction &in : lowered.program.instructions)
            tanhs += in.op->name == "tanh" ? 1 : 0;
        QCOMPARE(tanhs, 3);
    }
    void exposedParametersReachTheNode()
    {
        Drawing d = stack(R"({"width": 5})");
        d.document.blocks[0].extra
            = JsonValue::parse(R"({"exposed": [{"name": "width", "param": "out_features"}]})", "").value();
        JsonValue::Array exposed = d.document.blocks[0].extra["exposed"].items();
        exposed[0].set("node", Drawing::idOf("fc"));
        d.document.blocks[0].extra.set("exposed", exposed);
        const Lowered lowered = lower(d.document, everything());
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QCOMPARE(lowered.states[0].type.toString(), std::string("float32[5, 8]"));
    }
    void problems_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("code");
        QTest::newRow("recursion") << 0 << "graph.recursion";
        QTest::newRow("width changes") << 1 << "graph.repeat-type";
        QTest::newRow("no repeats") << 2 << "graph.repeat";
        QTest::newRow("explosion") << 3 << "graph.size";
        QTest::newRow("port outside") << 4 << "graph.block-port";
        QTest::newRow("open block output") << 5 << "graph.missing-wire";
        QTest::newRow("open instance input") << 6 << "graph.missing-wire";
        QTest::newRow("problem inside, told once") << 7 << "param.range";
    }
    void problems()
    {
        QFETCH(int, which);
        QFETCH(QString, code);
        Drawing d = stack(which == 2 ? R"({"repeat": 0})" : R"({"repeat": 3})");
        DocumentGraph &block = d.document.blocks[0];
        switch (which) {
        case 0:
            block.nodes[2].kind = "block:" + block.id;
            break;
        case 1:
            block.nodes[1].params.set("out_features", 9);
            break;
        case 3: {
            std::string inner = block.id;
            for (int i = 0; i < 12; ++i) {
                const std::string name = "level" + std::to_string(i);
                d.block(name).node("x", "BlockInput").node("b", "block:" + inner, R"({"repeat": 50})");
                d.node("y", "BlockOutput").wire("x.y", "b.x").wire("b.y", "y.x");
                inner = Drawing::blockId(name);
            }
            d.document.graph.nodes[1].kind = "block:" + inner;
            break;
        }
        case 4:
            d.root().node("port", "BlockInput");
            break;
        case 5:
            block.wires.pop_back();
            break;
        case 6:
            d.document.graph.wires.erase(d.document.graph.wires.begin());
            break;
        case 7:
            block.nodes[1].params.set("out_features", -1);
            break;
        }
        QElapsedTimer timer;
        timer.start();
        const Lowered lowered = lower(d.document, everything());
        QVERIFY2(lowered.problems.size() == 1, qPrintable(all(lowered.problems)));
        QCOMPARE(QString::fromStdString(lowered.problems[0].code), code);
        QVERIFY(timer.elapsed() < 10000);
    }
    void aDrawnCellIsScanned()
    {
        const Drawing d = cell();
        const Lowered lowered = lower(d.document, everything());
        QVERIFY2(lowered.problems.empty(), qPrintable(all(lowered.problems)));
        QVERIFY2(checkDocument(d.document, {}).empty(), qPrintable(all(checkDocument(d.document, {}))));
        QCOMPARE(verify(lowered.program), std::string());
        QCOMPARE(lowered.states.size(), std::size_t{3});
        QCOMPARE(lowered.states[0].name, std::string("scan.wx.weight"));
        Program program = bind(lowered.program, {{"batch", 2}});
        const Tensor x = filled({DType::Float64, Shape{2, 5, 2}}, 0);
        std::vector<Tensor> states;
        for (const StateInfo &s : lowered.states)
            states.push_back(filled(s.type, static_cast<double>(states.size()) + 1));
        const auto result = interpret(program, std::vector{x}, states);
        QVERIFY2(result.has_value(), result ? "" : result.error().message().c_str());
        const std::vector<double> expected = unrolled(x, states);
        QCOMPARE(result->outputs[0].elements(), std::int64_t{30});
        for (std::int64_t i = 0; i < 30; ++i)
            QVERIFY(std::abs(result->outputs[0].at(i) - expected[static_cast<std::size_t>(i)]) < 1e-12);
        for (std::int64_t n = 0; n < 2; ++n)
            for (std::int64_t k = 0; k < 3; ++k)
                QCOMPARE(result->outputs[1].at(n * 3 + k), result->outputs[0].at(n * 15 + 12 + k));
    }
    void itsWeightsHaveGradients()
    {
        const Drawing d = cell();
        const Lowered lowered = lower(d.document, everything());
        Program forward = bind(lowered.program, {{"batch", 2}});
        const Tensor x = filled({DType::Float64, Shape{2, 5, 2}}, 0);
        std::vector<Tensor> states;
        for (const StateInfo &s : lowered.states)
            states.push_back(filled(s.type, static_cast<double>(states.size()) + 1));
        Builder b(forward);
        const ValueId loss = b.reduceSum(b.emit("square", {forward.outputs[0].value}), {}, false);
        std::vector<ValueId> wrt;
        for (const ProgramState &s : b.program().states)
            wrt.push_back(s.value);
        const auto gradients = backpropagate(b, std::vector{loss}, std::vector{b.literal(1, loss)}, wrt);
        b.program().outputs.clear();
        b.output("loss", loss);
        for (const ValueId g : gradients) {
            QVERIFY(g != kNoValue);
            b.output("g", g);
        }
        QCOMPARE(verify(b.program()), std::string());
        const auto base = interpret(b.program(), std::vector{x}, states);
        QVERIFY2(base.has_value(), base ? "" : base.error().message().c_str());
        for (std::size_t i = 0; i < states.size(); ++i) {
            const Tensor original = states[i];
            for (std::int64_t e = 0; e < original.elements(); ++e) {
                const auto at = [&](double by) {
                    states[i] = original.clone();
                    states[i].set(e, original.at(e) + by);
                    return interpret(b.program(), std::vector{x}, states)->outputs[0].at(0);
                };
                const double expected = (at(1e-5) - at(-1e-5)) / 2e-5;
                QVERIFY(std::abs(base->outputs[i + 1].at(e) - expected) < 1e-6 * std::max(1.0, std::abs(expected)));
            }
            states[i] = original;
        }
    }
    void scanProblems_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("code");
        QTest::newRow("no block") << 0 << "graph.block";
        QTest::newRow("state starts nowhere") << 1 << "scan.state";
        QTest::newRow("state changes type") << 2 << "scan.state-type";
        QTest::newRow("no time axis") << 3 << "scan.rank";
        QTest::newRow("problem inside") << 4 << "layer.axis";
        QTest::newRow("recursion") << 5 << "graph.recursion";
        QTest::newRow("running statistics inside") << 6 << "graph.scan-state";
    }
    void scanProblems()
    {
        QFETCH(int, which);
        QFETCH(QString, code);
        Drawing d = cell(which == 1       ? R"({})"
                             : which == 2 ? R"({"shape": [4], "dtype": "float64"})"
                                          : R"({"shape": [3], "dtype": "float64"})");
        DocumentGraph &block = d.document.blocks[0];
        if (which == 0)
            d.document.graph.nodes[1].params.set("block", "aaaaaaaaaa");
        if (which == 3)
            d.document.graph.nodes[0].params.set("shape", JsonValue::array());
        if (which == 4 || which == 5 || which == 6) {
            block.nodes[5].kind = which == 4 ? "Softmax" : which == 5 ? "Scan" : "BatchNorm";
            block.nodes[5].params = JsonValue::object();
        }
        if (which == 4)
            block.nodes[5].params.set("dim", 5);
        if (which == 5)
            block.nodes[5].params.set("block", block.id);
        const Lowered lowered = lower(d.document, everything());
        QVERIFY2(lowered.problems.size() == 1, qPrintable(all(lowered.problems)));
        QCOMPARE(QString::fromStdString(lowered.problems[0].code), code);
    }

private:
    /// By hand, step by step: [2, 5, 3].
    static std::vector<double> unrolled(const Tensor &x, const std::vector<Tensor> &states)
    {
        std::vector<double> out(30);
        for (std::int64_t n = 0; n < 2; ++n) {
            std::vector<double> h(3, 0);
            for (std::int64_t t = 0; t < 5; ++t) {
                std::vector<double> next(3);
                for (std::int64_t k = 0; k < 3; ++k) {
                    double sum = states[1].at(k);
                    for (std::int64_t i = 0; i < 2; ++i)
                        sum += states[0].at(k * 2 + i) * x.at((n * 5 + t) * 2 + i);
                    for (std::int64_t i = 0; i < 3; ++i)
                        sum += states[2].at(k * 3 + i) * h[static_cast<std::size_t>(i)];
                    next[static_cast<std::size_t>(k)] = std::tanh(sum);
                    out[static_cast<std::size_t>((n * 5 + t) * 3 + k)] = std::tanh(sum);
                }
                h = next;
            }
        }
        return out;
    }
};

QTEST_GUILESS_MAIN(TstBlocks)
#include "tst_blocks.moc"
