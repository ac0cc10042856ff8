// SPDX-License-Identifier: Apache-2.0
// Vector functions against libm, fused groups against single ops bit for bit, random numbers, moves, and updates.
#include "engine/backends/cpu/tuning.h"
#include "engine/backends/cpu/vector_math.h"
#include "engine/backends/reference/interpreter.h"
#include "engine/ops/builder.h"
#include "tests/support/op_case.h"
#include "tests/support/run_program.h"

#include <QtTest>

#include <bit>
#include <cmath>
#include <limits>

using namespace espalier;

namespace {

/// Distance in representable numbers; equal NaN and infinities are 0.
double ulps(double exact, float actual)
{
    const auto rounded = static_cast<float>(exact);
    if (std::isnan(rounded) || std::isnan(actual) || std::isinf(rounded) || std::isinf(actual))
        return (std::isnan(rounded) && std::isnan(actual)) || rounded == actual ? 0 : 1e9;
    const double spacing = std::max(static_cast<double>(std::nextafter(std::fabs(rounded), INFINITY))
                                        - static_cast<double>(std::fabs(rounded)),
                                    0x1p-149);
    return std::fabs(static_cast<double>(actual) - exact) / spacing;
}

struct Function {
    const char *name;
    float (*vector)(float);
    double (*exact)(double);
    double from;
    double to;
    double ulps;
};

double exactSigmoid(double x)
{
    return 1 / (1 + std::exp(-x));
}
double exactSoftplus(double x)
{
    return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
}
double exactExp(double x)
{
    return std::exp(x);
}
double exactExpm1(double x)
{
    return std::expm1(x);
}
double exactLog(double x)
{
    return std::log(x);
}
double exactLog1p(double x)
{
    return std::log1p(x);
}
double exactTanh(double x)
{
    return std::tanh(x);
}
double exactErf(double x)
{
    return std::erf(x);
}

const Function kFunctions[] = {
    {"exp", vectorExp, exactExp, -86, 88.7, 2.5},
    {"expm1", vectorExpm1, exactExpm1, -20, 80, 8},
    {"log", vectorLog, exactLog, 1e-40, 1e30, 2.5},
    {"log1p", vectorLog1p, exactLog1p, -0.99, 1e6, 4},
    {"tanh", vectorTanh, exactTanh, -12, 12, 4},
    {"sigmoid", vectorSigmoid, exactSigmoid, -80, 40, 5},
    {"softplus", vectorSoftplus, exactSoftplus, -80, 80, 5},
    {"erf", vectorErf, exactErf, -5, 5, 4},
};

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<Tensor> inputsOf(const Program &program)
{
    std::vector<Tensor> inputs;
    for (const ProgramInput &input : program.inputs)
        inputs.push_back(test::randomTensor(program.type(input.value), Domain::Normal, 2, inputs.size() + 1));
    return inputs;
}

std::unique_ptr<Backend> cpu(int threads = 2)
{
    return makeBackend("cpu", {.threads = threads, .deterministic = true}).value();
}

void compareBits(const test::RunResult &a, const test::RunResult &b)
{
    QCOMPARE(a.outputs.size(), b.outputs.size());
    for (std::size_t i = 0; i < a.outputs.size(); ++i)
        QVERIFY2(sameBits(a.outputs[i], b.outputs[i]), qPrintable(QString::number(i)));
}

} // namespace

class TstCpuFused : public QObject {
    Q_OBJECT
private slots:
    void functionsAreCloseToLibm_data()
    {
        QTest::addColumn<int>("row");
        for (int i = 0; i < static_cast<int>(std::size(kFunctions)); ++i)
            QTest::newRow(kFunctions[i].name) << i;
    }
    void functionsAreCloseToLibm()
    {
        QFETCH(int, row);
        const Function &f = kFunctions[row];
        double worst = 0;
        float at = 0;
        const auto probe = [&](double value) {
            const auto x = static_cast<float>(value);
            if (x < static_cast<float>(f.from) || x > static_cast<float>(f.to))
                return;
            const double d = ulps(f.exact(static_cast<double>(x)), f.vector(x));
            if (d > worst) {
                worst = d;
                at = x;
            }
        };
        constexpr int kProbes = 40000;
        for (int i = 0; i <= kProbes; ++i)
            probe(f.from + (f.to - f.from) * i / kProbes);
        for (double magnitude = 1e-38; magnitude < 1e38; magnitude *= 1.0123) {
            probe(magnitude);
            probe(-magnitude);
        }
        QVERIFY2(worst <= f.ulps, qPrintable(QString("%1 ulp at %2").arg(worst).arg(static_cast<double>(at))));
    }
    void functionsKeepEdges()
    {
        for (const Function &f : kFunctions)
            for (const float x : {kInfinity, -kInfinity, kNan, 0.0F, -0.0F, 1e30F, -1e30F, 1e-42F}) {
                const double exact = f.exact(static_cast<double>(x));
                const double d = ulps(exact, f.vector(x));
                QVERIFY2(d <= f.ulps,
                         qPrintable(QString("%1(%2) = %3")
                                        .arg(f.name)
                                        .arg(static_cast<double>(x))
                                        .arg(static_cast<double>(f.vector(x)))));
            }
        QCOMPARE(vectorLog(-1.0F) != vectorLog(-1.0F), true);
        QCOMPARE(vectorLog1p(-1.0F), -kInfinity);
        QCOMPARE(vectorExp(-200.0F), 0.0F);
        QCOMPARE(vectorExp(200.0F), kInfinity);
    }
    void fusingNeverChangesBits_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::newRow("one") << 1 << 1;
        QTest::newRow("part of a tile") << 3 << 5;
        QTest::newRow("several tiles") << 67 << 131;
        QTest::newRow("several threads") << 300 << 1000;
        QTest::newRow("empty") << 0 << 4;
    }
    void fusingNeverChangesBits()
    {
        QFETCH(int, rows);
        QFETCH(int, columns);
        Builder b;
        const ValueId x = b.input("x", {DType::Float32, Shape{rows, columns}});
        const ValueId row = b.input("row", {DType::Float32, Shape{columns}});
        const ValueId column = b.input("column", {DType::Float32, Shape{rows, 1}});
        const ValueId scalar = b.input("scalar", {DType::Float32, Shape{}});
        const ValueId sum = b.add(b.mul(x, row), column);
        const ValueId mask = b.emit("greater", {sum, scalar});
        const ValueId y = b.emit("where", {mask, b.emit("gelu", {sum}), b.emit("tanh", {b.emit("exp", {x})})});
        b.output("mask", b.emit("logical_not", {mask}));
        b.output("y", b.div(y, b.emit("sqrt", {b.addScalar(b.emit("square", {sum}), 1.0)})));
        b.output("sum", sum);
        b.output("count", b.cast(mask, DType::Float32));
        const Program program = b.take();
        const auto inputs = inputsOf(program);
        const auto fused = test::runOnBackend(*cpu(), program, inputs);
        const auto single = test::runOnBackend(*cpu(1), program, inputs, {}, {.grouping = {false, false}});
        QVERIFY(fused && single);
        QVERIFY(fused->kernels.size() < single->kernels.size());
        compareBits(*fused, *single);
    }
    void movesLikeTheReference_data()
    {
        QTest::addColumn<QList<int>>("dims");
        QTest::addColumn<QList<int>>("permutation");
        QTest::newRow("matrix") << QList<int>{37, 65} << QList<int>{1, 0};
        QTest::newRow("images") << QList<int>{3, 4, 5, 6} << QList<int>{0, 2, 3, 1};
        QTest::newRow("same") << QList<int>{3, 4} << QList<int>{0, 1};
        QTest::newRow("ones") << QList<int>{1, 7, 1} << QList<int>{2, 0, 1};
        QTest::newRow("large") << QList<int>{5, 130, 90} << QList<int>{2, 0, 1};
    }
    void movesLikeTheReference()
    {
        QFETCH(QList<int>, dims);
        QFETCH(QList<int>, permutation);
        for (const DType dtype : {DType::Float32, DType::Float64, DType::BFloat16, DType::Bool}) {
            Builder b;
            const ValueId x = b.input("x", {dtype, Shape(Dims(dims.begin(), dims.end()))});
            b.output("y",
                     b.emit("transpose", {x},
                            {{"permutation", std::vector<std::int64_t>(permutation.begin(), permutation.end())}}));
            b.output("z",
                     b.emit("broadcast_to",
                            {b.emit("reshape", {x}, {{"shape", Shape(Dims(dims.begin(), dims.end()))}})},
                            {{"shape", b.shape(x)}}));
            const Program program = b.take();
            const auto inputs = inputsOf(program);
            const auto actual = test::runOnBackend(*cpu(), program, inputs);
            const auto expected = interpret(program, inputs);
            for (std::size_t i = 0; i < 2; ++i)
                QVERIFY(sameBits(expected->outputs[i], actual->outputs[i]));
        }
    }
    void drawsTheBitsOfTheReference()
    {
        for (const char *op : {"random_uniform", "random_normal"})
            for (const std::int64_t n : {0, 1, 5, 1027, 70000}) {
                Builder b;
                const ValueId seed = b.constant(Tensor::scalar<std::int64_t>(7));
                const ValueId step = b.constant(Tensor::scalar<std::int64_t>(std::int64_t{1} << 33));
                b.output("y",
                         b.emit(op, {seed, step},
                                {{"shape", Shape{n}}, {"stream", std::int64_t{3}}, {"dtype", DType::Float32}}));
                const Program program = b.take();
                const auto actual = test::runOnBackend(*cpu(), program, {});
                QVERIFY(sameBits(interpret(program, {})->outputs[0], actual->outputs[0]));
            }
    }
    void tunesOnceAndRemembers()
    {
        QTemporaryDir folder;
        qputenv("XDG_CACHE_HOME", folder.path().toUtf8());
        int measured = 0;
        const auto seconds = [&](std::size_t i) {
            ++measured;
            return i == 1 ? 0.001 : 0.002;
        };
        {
            Tuner tuner("class 2 threads", false);
            QCOMPARE(tuner.choose("a", {"slow", "fast"}, 0, seconds), 1u);
            QCOMPARE(tuner.choose("a", {"slow", "fast"}, 0, seconds), 1u);
            QCOMPARE(measured, 2);
            QCOMPARE(tuner.choices().size(), 1u);
        }
        Tuner again("class 2 threads", false);
        QCOMPARE(again.choose("a", {"slow", "fast"}, 0, seconds), 1u); // from the cache file
        QCOMPARE(measured, 2);
        Tuner still("class 2 threads", true);
        QCOMPARE(still.choose("a", {"slow", "fast"}, 0, seconds), 0u); // the static table
        still.preset({{"class 2 threads b", "fast"}});
        QCOMPARE(still.choose("b", {"slow", "fast"}, 0, seconds), 1u);
        QCOMPARE(measured, 2);
        QFile file(folder.path() + "/espalier/tuning.json");
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{ damaged");
        file.close();
        Tuner fresh("class 2 threads", false);
        QCOMPARE(fresh.choose("a", {"slow", "fast"}, 0, seconds), 1u);
        QCOMPARE(measured, 4);
    }
};

QTEST_GUILESS_MAIN(TstCpuFused)
#include "tst_cpu_fused.moc"
