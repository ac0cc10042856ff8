// SPDX-License-Identifier: Apache-2.0
// Random programs of 2 to 12 ops: on each backend, compiled with all passes and fusion and with none, they give what
// the interpreter gives.
#include "engine/backends/reference/interpreter.h"
#include "engine/program/pipeline.h"
#include "tests/support/random_program.h"
#include "tests/support/run_program.h"
#include "tests/support/tolerance.h"

#include <QtTest>

#include <set>

using namespace espalier;
using namespace espalier::test;

namespace {

constexpr std::uint64_t kPrograms = 150;
constexpr double kTerms = 400; ///< roundings of a dozen ops and the sums among them

QString compare(Backend &backend, const RandomProgram &random, bool optimised, DType dtype)
{
    const Program program = optimised ? optimise(random.program) : random.program;
    CompileOptions options;
    options.grouping.patterns = options.grouping.fuse = optimised;
    const auto expected = interpret(random.program, random.inputs);
    const auto actual = runOnBackend(backend, program, random.inputs, {}, options);
    if (!expected || !actual)
        return QString::fromStdString((expected ? actual.error() : expected.error()).message());
    for (std::size_t i = 0; i < expected->outputs.size(); ++i)
        for (const std::string &wrong : differences(expected->outputs[i], actual->outputs[i], tolerance(dtype, kTerms)))
            return QString::fromStdString("output " + std::to_string(i) + ": " + wrong + "\n" + print(random.program)
                                          + "compiled from\n" + print(program));
    return {};
}

} // namespace

class TstRandomPrograms : public QObject {
    Q_OBJECT
private slots:
    void theyAreSoundAndVaried()
    {
        std::set<std::string_view> ops;
        for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
            const RandomProgram random = randomProgram(seed);
            QCOMPARE(verify(random.program), std::string());
            QVERIFY(random.program.instructions.size() >= 2);
            for (const Instruction &in : random.program.instructions)
                ops.insert(in.op->name);
            QCOMPARE(print(randomProgram(seed).program), print(random.program));
        }
        QVERIFY(ops.size() > 30);
    }
    /// Products and convolutions in bfloat16: on each backend what the interpreter gives for the same mixed program.
    void mixedPrecisionAgrees_data()
    {
        QTest::addColumn<QString>("name");
        for (const std::string &name : backendNames())
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
    }
    void mixedPrecisionAgrees()
    {
        QFETCH(QString, name);
        const auto backend = makeBackend(name.toStdString(), {});
        QVERIFY(backend);
        int mixed = 0;
        for (std::uint64_t seed = 1000; seed < 1000 + kPrograms; ++seed) {
            RandomProgram random = randomProgram(seed);
            random.program = optimise(random.program, {.bfloat16 = true});
            mixed += print(random.program).find("bfloat16") != std::string::npos;
            const QString wrong = compare(**backend, random, true, DType::BFloat16);
            QVERIFY2(wrong.isEmpty(), qPrintable(QString("seed %1: ").arg(seed) + wrong));
        }
        QVERIFY(mixed > 10);
    }
    void backendsAgree_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("optimised");
        QTest::addColumn<int>("dtype");
        for (const std::string &name : backendNames())
            for (const bool optimised : {false, true})
                for (const DType dtype : {DType::Float32, DType::Float64})
                    QTest::newRow((name + (optimised ? " with all passes, " : " with none, ")
                                   + std::string(espalier::name(dtype)))
                                      .c_str())
                        << QString::fromStdString(name) << optimised << static_cast<int>(dtype);
    }
    void backendsAgree()
    {
        QFETCH(QString, name);
        QFETCH(bool, optimised);
        QFETCH(int, dtype);
        const auto backend = makeBackend(name.toStdString(), {});
        QVERIFY(backend);
        for (std::uint64_t seed = 1000; seed < 1000 + kPrograms; ++seed) {
            const auto floats = static_cast<DType>(dtype);
            const QString wrong = compare(**backend, randomProgram(seed, floats), optimised, floats);
            QVERIFY2(wrong.isEmpty(), qPrintable(QString("seed %1: ").arg(seed) + wrong));
        }
    }
};

QTEST_GUILESS_MAIN(TstRandomPrograms)
#include "tst_random_programs.moc"
