// SPDX-License-Identifier: Apache-2.0
// Type rules on symbols, on what a person got wrong and on what is unknown; gradients over symbolic sizes.
#include "engine/backends/reference/interpreter.h"
#include "engine/ops/autodiff.h"
#include "engine/ops/builder.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

#include <QtTest>

#include <numeric>

using namespace espalier;

namespace {

/// Parses instructions over a few inputs; the error of the first one that does not fit.
Result<Program> parsed(const char *lines)
{
    const std::string head = "program p\n"
                             "input x : float32[batch, 4]\n"
                             "input y : float32[4, 3]\n"
                             "input t : float32[batch, time, 4]\n"
                             "input i : int64[batch]\n"
                             "input b : bool[3]\n"
                             "input s : float32[]\n";
    return parseProgram(head + lines + "\n");
}

/// y = scan over the axis, c' = c * k + sum(x); stacks c.
std::shared_ptr<const Program> body()
{
    Builder b;
    const ValueId c = b.input("c", {DType::Float64, {}});
    const ValueId x = b.input("x", {DType::Float64, Shape{Dim::symbol("width")}});
    const ValueId k = b.input("k", {DType::Float64, {}});
    const ValueId next = b.add(b.mul(c, k), b.reduceSum(b.mul(x, c), {}, false));
    b.output("c", next);
    b.output("y", b.emit("tanh", {next}));
    return std::make_shared<const Program>(b.take());
}

const Attrs kScan{{"carries", std::int64_t{1}}, {"sequences", std::int64_t{1}}, {"axis", std::int64_t{0}}};

} // namespace

class TstOpRules : public QObject {
    Q_OBJECT
private slots:
    void symbolsGoThrough_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("type");
        const auto row = [](const char *line, const char *type) { QTest::newRow(line) << line << type; };
        row("z = add(x, s)", "float32[batch, 4]");
        row("z = greater(x, x)", "bool[batch, 4]");
        row("z = matmul(x, y)", "float32[batch, 3]");
        row("z = matmul(t, y)", "float32[batch, time, 3]");
        row("z = matmul(t, t; transpose_b=true)", "float32[batch, time, time]");
        row("z = reduce_mean(t; axes=(1))", "float32[batch, 4]");
        row("z = reduce_sum(t; axes=(0, -1), keepdims=true)", "float32[1, time, 1]");
        row("z = argmax(x; axis=1)", "int64[batch]");
        row("z = reshape(t; shape=[batch*time, 4])", "float32[batch*time, 4]");
        row("z = reshape(t; shape=[batch, 2, 2*time])", "float32[batch, 2, 2*time]");
        row("z = transpose(t; permutation=(1, 0, 2))", "float32[time, batch, 4]");
        row("z = concat(x, x; axis=0)", "float32[2*batch, 4]");
        row("z = concat(t, t, t; axis=1)", "float32[batch, 3*time, 4]");
        row("z = slice(t; axis=1, start=-1, length=[1])", "float32[batch, 1, 4]");
        row("z = slice(t; axis=1, start=1, length=[time - 1])", "float32[batch, time - 1, 4]");
        row("z = pad(t; before=(0, 1, 0), after=(0, 2, 0))", "float32[batch, time + 3, 4]");
        row("z = broadcast_to(s; shape=[batch, 2])", "float32[batch, 2]");
        row("z = dimension(; shape=[batch, time], dtype=float32)", "float32[]");
        row("z = iota(; shape=[batch], axis=0, dtype=int64)", "int64[batch]");
        row("z = cast(i; dtype=float32)", "float32[batch]");
    }
    void symbolsGoThrough()
    {
        QFETCH(QString, line);
        QFETCH(QString, type);
        const auto program = parsed(qPrintable(line));
        QVERIFY2(program, program ? "" : program.error().message().c_str());
        QCOMPARE(program->type(program->instructions.back().outputs[0]).toString(), type.toStdString());
    }

    void mistakesAreSentences_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char *line, const char *sentence) { QTest::newRow(line) << line << sentence; };
        row("z = add(x, i)", "takes one kind of number, got float32[batch, 4] and int64[batch]");
        row("z = add(x, y)", "can't match the shapes [batch, 4] and [4, 3]");
        row("z = exp(i)", "takes floating-point numbers, got int64[batch]");
        row("z = logical_and(x, x)", "takes true-or-false values");
        row("z = matmul(x, x)", "the inner sizes 4 and batch differ");
        row("z = matmul(s, y)", "at least two axes, got float32[]");
        row("z = reduce_sum(x; axes=(2))", "no axis 2 in float32[batch, 4]");
        row("z = reduce_sum(x; axes=(0, -2))", "twice");
        row("z = reduce_any(x)", "takes true-or-false values");
        row("z = reshape(y; shape=[5])", "12 elements are not 5");
        row("z = reshape(y; shape=[-12])", "negative");
        row("z = transpose(y; permutation=(0, 0))", "each of the 2 axes");
        row("z = broadcast_to(y; shape=[4, 4])", "can't make [4, 4] from float32[4, 3]");
        row("z = concat(x, y; axis=1)", "all other sizes must be equal");
        row("z = slice(y; axis=0, start=3, length=[2])", "is too short");
        row("z = slice(y; axis=0, start=-5, length=[1])", "is too short");
        row("z = slice(y; axis=0, start=0, length=[2], step=0)", "a step of at least 1");
        row("z = pad(y; before=(1), after=(1))", "for each of the 2 axes");
        row("z = pad(y; before=(-1, 0), after=(0, 0))", "can't take away");
        row("z = clip(x; minimum=1.0, maximum=0.0)", "not above its maximum");
        row("z = iota(; shape=[3], axis=1, dtype=int64)", "no axis 1");
        row("z = random_uniform(s, s; shape=[3], stream=0)", "single int64 numbers");
        row("z = exp(x; base=2)", "no attribute \"base\"");
        row("z = cast(x)", "needs its attribute dtype");
        row("z = add(x)", "takes 2 inputs, got 1");
    }
    void mistakesAreSentences()
    {
        QFETCH(QString, line);
        QFETCH(QString, sentence);
        const auto program = parsed(qPrintable(line));
        QVERIFY(!program);
        QVERIFY2(program.error().message().find(sentence.toStdString()) != std::string::npos,
                 program.error().message().c_str());
    }

    void unknownGivesUnknownOnce()
    {
        Builder b;
        const ValueId x = b.input("x", {DType::Float64, {Dim(3)}});
        const ValueId wrong = b.emit("matmul", {x, x});
        QCOMPARE(b.errors().size(), std::size_t(1));
        const auto results = b.emitAll("scan", {wrong, x, x}, kScan, {body()});
        QCOMPARE(results.size(), std::size_t(2));
        QVERIFY(b.type(b.emit("add", {results[1], x})).isUnknown());
        QCOMPARE(b.errors().size(), std::size_t(1));
    }

    void brokenScansAreSentences_data()
    {
        QTest::addColumn<int>("carries");
        QTest::addColumn<int>("sequences");
        QTest::addColumn<int>("axis");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("no sequence") << 2 << 0 << 0 << "at least one sequence";
        QTest::newRow("too many") << 3 << 3 << 0 << "as many inputs as it names";
        QTest::newRow("negative") << -1 << 1 << 0 << "at least one sequence";
        QTest::newRow("huge") << 1 << 2147483647 << 0 << "as many inputs as it names";
        QTest::newRow("axis") << 1 << 1 << 5 << "which float64[time, width] lacks";
        QTest::newRow("slices") << 1 << 1 << 1 << "is given float64[time]";
        QTest::newRow("more carries") << 2 << 1 << 0 << "scan walks along axis 0, which float64[] lacks";
    }
    void brokenScansAreSentences()
    {
        QFETCH(int, carries);
        QFETCH(int, sequences);
        QFETCH(int, axis);
        QFETCH(QString, sentence);
        Builder b;
        const ValueId c = b.input("c", {DType::Float64, {}});
        const ValueId x = b.input("x", {DType::Float64, Shape{Dim::symbol("time"), Dim::symbol("width")}});
        b.emitAll(
            "scan", {c, x, c},
            {{"carries", std::int64_t{carries}}, {"sequences", std::int64_t{sequences}}, {"axis", std::int64_t{axis}}},
            {body()});
        QCOMPARE(b.errors().size(), std::size_t(1));
        QVERIFY2(b.errors()[0].message().find(sentence.toStdString()) != std::string::npos,
                 b.errors()[0].message().c_str());
    }

    /// The parts of a concat of three symbolic sizes get their own pieces of the gradient.
    void symbolicConcatGivesEachItsPiece()
    {
        Builder b;
        std::vector<ValueId> parts;
        for (const char *size : {"p", "q", "r"})
            parts.push_back(b.input(size, {DType::Float64, Shape{Dim::symbol(size), Dim(2)}}));
        const ValueId y = b.emit("concat", parts, {{"axis", std::int64_t{0}}});
        const ValueId seed = b.input("seed", b.type(y));
        const auto gradients = backpropagate(b, std::vector{y}, std::vector{seed}, parts);
        for (const ValueId g : gradients)
            b.output("g" + std::to_string(g), g);
        QVERIFY(b.errors().empty());
        const Program bound = bind(b.program(), {{"p", 2}, {"q", 3}, {"r", 1}});
        QCOMPARE(verify(bound), std::string());
        std::vector<double> counted(12);
        std::iota(counted.begin(), counted.end(), 0);
        const auto run = interpret(bound,
                                   std::vector{Tensor(DType::Float64, {2, 2}), Tensor(DType::Float64, {3, 2}),
                                               Tensor(DType::Float64, {1, 2}), Tensor::of<double>({6, 2}, counted)});
        QVERIFY(run);
        QCOMPARE(run->outputs[0].toString(), std::string("[[0, 1], [2, 3]]"));
        QCOMPARE(run->outputs[1].toString(), std::string("[[4, 5], [6, 7], [8, 9]]"));
        QCOMPARE(run->outputs[2].toString(), std::string("[[10, 11]]"));
    }

    /// A scan of symbolic length is differentiated before its length is known, and equals the unrolled program.
    void symbolicScanHasItsGradient()
    {
        const Dims x{4, 3};
        const auto program = [&](bool unrolled) {
            Builder b;
            const ValueId c = b.input("c", {DType::Float64, {}});
            const ValueId k = b.input("k", {DType::Float64, {}});
            const Shape shape = unrolled ? Shape(x) : Shape{Dim::symbol("time"), Dim::symbol("width")};
            const ValueId xs = b.input("xs", {DType::Float64, shape});
            ValueId y = kNoValue;
            if (!unrolled)
                y = b.emitAll("scan", {c, xs, k}, kScan, {body()})[1];
            ValueId carry = c;
            for (std::int64_t t = 0; unrolled && t < x[0]; ++t) {
                const ValueId row
                    = b.emit("slice", {xs}, {{"axis", std::int64_t{0}}, {"start", t}, {"length", Shape{1}}});
                const auto next = b.inlineProgram(bind(*body(), {{"width", x[1]}}),
                                                  std::vector{carry, b.reshape(row, Shape{x[1]}), k});
                carry = next[0];
                const ValueId one = b.reshape(next[1], Shape{1});
                y = t == 0 ? one : b.emit("concat", {y, one}, {{"axis", std::int64_t{0}}});
            }
            const ValueId loss = b.reduceSum(b.emit("square", {y}), {}, false);
            for (const ValueId g :
                 backpropagate(b, std::vector{loss}, std::vector{b.literal(1, loss)}, std::vector{c, k, xs}))
                b.output("g" + std::to_string(g), g);
            return bind(b.program(), {{"time", x[0]}, {"width", x[1]}});
        };
        const std::vector<Tensor> inputs = {Tensor::scalar(0.3), Tensor::scalar(0.8),
                                            test::randomTensor({DType::Float64, Shape(x)}, Domain::Normal, 1, 3)};
        QCOMPARE(verify(program(false)), std::string());
        const auto scanned = interpret(program(false), inputs);
        const auto unrolled = interpret(program(true), inputs);
        QVERIFY(scanned && unrolled);
        for (std::size_t i = 0; i < 3; ++i)
            QVERIFY(test::differences(unrolled->outputs[i], scanned->outputs[i], 1e-12).empty());
    }

    void costsCountWhatIsDone()
    {
        const auto program = parsed("z = matmul(t, y)\nw = reduce_sum(t)\nv = reshape(z; shape=[3*batch*time])");
        QVERIFY(program);
        const auto &list = program->instructions;
        QCOMPARE(costOf(*program, list[0]).flops.toString(), std::string("24*batch*time"));
        QCOMPARE(costOf(*program, list[0]).bytes.toString(), std::string("28*batch*time + 48"));
        QCOMPARE(costOf(*program, list[1]).flops.toString(), std::string("4*batch*time"));
        QCOMPARE(costOf(*program, list[2]).flops.toString(), std::string("0"));
    }
};

QTEST_GUILESS_MAIN(TstOpRules)
#include "tst_op_rules.moc"
