// SPDX-License-Identifier: Apache-2.0
// The reference backend: its interpreter, random numbers, and kernels that work in place.
#include "engine/backends/reference/backend.h"
#include "engine/backends/reference/interpreter.h"
#include "engine/backends/reference/kernels.h"
#include "engine/base/philox.h"
#include "engine/ops/builder.h"
#include "tests/support/run_program.h"

#include <QtTest>

#include <cmath>

using namespace espalier;

namespace {

/// state' = state + x; out = 2 state.
Program counter()
{
    Builder b;
    const ValueId x = b.input("x", {DType::Float32, {Dim(2)}});
    const ValueId state = b.state("sum", {DType::Float32, {Dim(2)}});
    b.setFinal("sum", b.add(state, x));
    b.output("twice", b.mulScalar(state, 2.0));
    b.observe("watched", b.emit("neg", {x}));
    return b.take();
}

Tensor random(std::string_view op, DType dtype, const Shape &shape, std::int64_t stream, std::int64_t step)
{
    Builder b;
    const ValueId seed = b.constant(Tensor::scalar<std::int64_t>(42));
    const ValueId at = b.constant(Tensor::scalar<std::int64_t>(step));
    b.output("y", b.emit(op, {seed, at}, {{"shape", shape}, {"stream", stream}, {"dtype", dtype}}));
    return interpret(b.program(), {})->outputs[0];
}

} // namespace

class TstReference : public QObject {
    Q_OBJECT
private slots:
    void interpretsStatesAndObservations()
    {
        const auto x = Tensor::of<float>({2}, {1, 2});
        const auto start = Tensor::of<float>({2}, {10, 20});
        const auto result = interpret(counter(), std::vector{x}, std::vector{start});
        QVERIFY(result);
        QCOMPARE(result->outputs[0].toString(), std::string("[20, 40]"));
        QCOMPARE(result->states[0].toString(), std::string("[11, 22]"));
        QCOMPARE(result->observations[0].toString(), std::string("[-1, -2]"));
        QCOMPARE(start.toString(), std::string("[10, 20]"));
    }
    void refusesWhatDoesNotFit()
    {
        const auto x = Tensor::of<float>({2}, {1, 2});
        QCOMPARE(interpret(counter(), std::vector{x}).error().code, std::string("interpret.count"));
        QCOMPARE(interpret(counter(), std::vector{x}, std::vector{Tensor::scalar(1.0F)}).error().code,
                 std::string("interpret.type"));
        Builder b;
        b.output("y",
                 b.emit("iota", {},
                        {{"shape", Shape{Dim::symbol("n")}}, {"axis", std::int64_t{0}}, {"dtype", DType::Int64}}));
        QCOMPARE(interpret(b.program(), {}).error().code, std::string("interpret.unbound"));
    }
    void saysWhenMemoryIsShort()
    {
#ifdef __SANITIZE_ADDRESS__
        QSKIP("the sanitizer stops the program instead of throwing");
#endif
        Builder b;
        const ValueId one = b.constant(Tensor::scalar(1.0));
        b.output("y", b.broadcastTo(one, Shape{std::int64_t{1} << 46}));
        QCOMPARE(interpret(b.program(), {}).error().code, std::string("interpret.memory"));
    }
    void everyOpHasAKernel()
    {
        for (const Op *op : allOps())
            QVERIFY2(findReferenceKernel(op->name), std::string(op->name).c_str());
    }
    void compiledStatesAreUpdated()
    {
        const auto backend = makeBackend("reference", {});
        const auto x = Tensor::of<float>({2}, {1, 2});
        const auto result = test::runOnBackend(**backend, counter(), std::vector{x}, std::vector{x});
        QVERIFY(result);
        QCOMPARE(result->outputs[0].toString(), std::string("[2, 4]"));
        QCOMPARE(result->states[0].toString(), std::string("[2, 4]"));
    }
    /// Where aliases() allows it, a kernel that writes over its input gives the same.
    void kernelsWorkInPlace()
    {
        Program program;
        for (const char *name : {"add", "sub", "tanh", "where", "maximum"}) {
            const Op &o = op(name);
            Tensor condition = Tensor::of<bool>({3}, {true, false, true});
            std::vector<Tensor> inputs;
            for (int i = 0; i < o.minInputs; ++i)
                inputs.push_back(i == 0 && o.minInputs == 3 ? condition : Tensor::of<float>({3}, {1.0F * i, -0.5F, 2}));
            std::vector<TensorType> types;
            for (const Tensor &t : inputs)
                types.push_back(t.type());
            const TensorType result{DType::Float32, Shape{3}};
            const Instruction in{&o, *completeAttrs(o, {}), {}, {}, {}, {}};
            std::vector<Tensor> fresh{Tensor(DType::Float32, {3})};
            findReferenceKernel(name)({in, inputs, fresh});
            const auto pairs = aliases(in, types, std::vector{result});
            QVERIFY(!pairs.empty());
            for (const auto &[output, input] : pairs) {
                std::vector<Tensor> own = inputs;
                auto &target = own[static_cast<std::size_t>(input)];
                target = target.clone();
                std::vector<Tensor> outputs{target};
                findReferenceKernel(name)({in, own, outputs});
                QVERIFY2(sameBits(outputs[0], fresh[0]), name);
            }
        }
    }
    void randomNumbersFollowTheirCounters()
    {
        const Tensor flat = random("random_uniform", DType::Float32, Shape{12}, 7, 3);
        const Tensor square = random("random_uniform", DType::Float32, Shape{3, 4}, 7, 3);
        for (std::uint64_t i = 0; i < 12; ++i) {
            QCOMPARE(flat.span<float>()[i], philoxUniform(philoxWord(philoxKey(42, 7), 3, i)));
            QCOMPARE(flat.span<float>()[i], square.span<float>()[i]); // neither shape nor layout matters
        }
        QVERIFY(!sameBits(flat, random("random_uniform", DType::Float32, Shape{12}, 7, 4)));
        QVERIFY(!sameBits(flat, random("random_uniform", DType::Float32, Shape{12}, 8, 3)));
    }
    void normalNumbersAreNormal()
    {
        const Tensor t = random("random_normal", DType::Float64, Shape{20001}, 1, 0);
        double sum = 0;
        double squares = 0;
        int inside = 0;
        for (const double x : t.span<double>()) {
            sum += x;
            squares += x * x;
            inside += std::abs(x) < 1 ? 1 : 0;
        }
        const auto n = static_cast<double>(t.elements());
        QVERIFY(std::abs(sum / n) < 0.03); // four standard errors
        QVERIFY(std::abs(squares / n - 1) < 0.04);
        QVERIFY(std::abs(inside / n - 0.6827) < 0.014);
    }
    void unknownDevicesAreNamed()
    {
        const auto backend = makeBackend("abacus", {});
        QVERIFY(!backend);
        QVERIFY(backend.error().message().find("reference") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TstReference)
#include "tst_reference.moc"
