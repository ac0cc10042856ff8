// SPDX-License-Identifier: Apache-2.0
// The passes one by one and all together: texts in, texts out; the same values with all of them as with none.
#include "engine/ops/autodiff.h"
#include "engine/ops/builder.h"
#include "engine/program/passes/passes.h"
#include "engine/program/passes/rule.h"
#include "engine/program/pipeline.h"
#include "engine/program/precision.h"
#include "tests/engine/program/pass_support.h"
#include "tests/support/random_program.h"
#include "tests/support/tolerance.h"

#include <chrono>

using namespace espalier;
using namespace espalier::test;

namespace {

int countOps(const Program &program, std::string_view name)
{
    return static_cast<int>(std::count_if(program.instructions.begin(), program.instructions.end(),
                                          [&](const Instruction &in) { return in.op->name == name; }));
}

/// What a person writes, and what must become of it when gradients are still to be taken.
struct Stable {
    const char *name;
    const char *from;
    const char *to;
};

const Stable kStable[] = {
    {"logistic", "div(1, add(1, exp(neg(x))))", "sigmoid(x)"},
    {"logistic, times -1", "div(1, add(1, exp(mul(x, -1))))", "sigmoid(x)"},
    {"logistic, reciprocal", "reciprocal(add(exp(neg(x)), 1))", "sigmoid(x)"},
    {"logistic, power", "pow(add(1, exp(sub(0, x))), -1)", "sigmoid(x)"},
    {"logistic of a difference", "div(1, add(1, exp(neg(sub(x, y)))))", "sigmoid(sub(x, y))"},
    {"logistic, scaled", "div(1, add(1, exp(mul(-2, x))))", "sigmoid(mul(x, 2))"},
    {"logistic, other form", "div(exp(x), add(exp(x), 1))", "sigmoid(x)"},
    {"log of logistic", "log(div(1, add(1, exp(neg(x)))))", "neg(softplus(neg(x)))"},
    {"log of 1 - logistic", "log(sub(1, div(1, add(1, exp(neg(x))))))", "neg(softplus(x))"},
    {"softplus", "log(add(exp(x), 1))", "softplus(x)"},
    {"tanh", "sub(mul(2, sigmoid(mul(2, x))), 1)", "tanh(x)"},
    {"swish", "div(x, add(1, exp(neg(x))))", "silu(x)"},
    {"softmax written out",
     "div(exp(sub(x, reduce_max(x; axes=(1), keepdims=true))), "
     "reduce_sum(exp(sub(x, reduce_max(x; axes=(1), keepdims=true))); axes=(-1), keepdims=true))",
     "softmax(x; axis=1)"},
    {"log-softmax written out", "sub(x, log(reduce_sum(exp(x); axes=(1), keepdims=true)))", "log_softmax(x; axis=1)"},
    {"cross-entropy on probabilities", "reduce_mean(neg(take_along(log(softmax(x)), t)))",
     "reduce_mean(loss; axes=(0))"},
    {"cross-entropy, minus outside", "neg(reduce_mean(log(take_along(softmax(x), t))))", "reduce_mean(loss; axes=(0))"},
    {"binary cross-entropy", "neg(add(mul(y, log(sigmoid(x))), mul(sub(1, y), log(sub(1, sigmoid(x))))))",
     "sub(softplus(x), mul(y, x))"},
    {"binary cross-entropy, bounded",
     "neg(add(mul(y, maximum(log(sigmoid(x)), -100)), mul(sub(1, y), maximum(log(sub(1, sigmoid(x))), -100))))",
     "sub(softplus(x), mul(y, x))"},
    {"argmax of softmax", "argmax(softmax(x); axis=-1)", "argmax(x; axis=1)"},
    {"a mean by hand", "div(reduce_sum(mul(2, x); axes=(1)), 4)", "mul(reduce_sum(x; axes=(1)), 0.5)"},
    {"a transposed product",
     "transpose(matmul(transpose(v; permutation=(1, 0)), x; transpose_b=true); permutation=(1, 0))", "matmul(x, v)"},
    {"constants only", "mul(add(1, 2), 4)", "12"},
    {"zeros of a shape", "add(x, broadcast_to(0; shape=[2, 3]))", "x"},
};

Program beforeAutodiff(const Program &program)
{
    PipelineOptions options;
    options.afterAutodiff = false;
    return optimise(program, options);
}

/// A deep program such as a network's step: layers of product, bias, logistic and a residual, with gradients.
Program deepProgram(int layers)
{
    Builder b;
    const TensorType type{DType::Float32, Shape{8, 16}};
    ValueId x = b.input("x", type);
    std::vector<ValueId> weights;
    for (int i = 0; i < layers; ++i) {
        b.setOrigin("layer" + std::to_string(i));
        const ValueId w = b.state(std::to_string(i) + ".w", {DType::Float32, Shape{16, 16}});
        const ValueId bias = b.state(std::to_string(i) + ".b", {DType::Float32, Shape{16}});
        weights.push_back(w);
        weights.push_back(bias);
        const ValueId y = b.add(b.emit("matmul", {x, w}), bias);
        x = b.add(x, b.div(b.literal(1, y), b.addScalar(b.emit("exp", {b.emit("neg", {y})}), 1.0)));
    }
    const ValueId loss = b.emit("reduce_mean", {b.emit("square", {x})});
    b.output("loss", loss);
    const auto gradients = backpropagate(b, std::vector{loss}, std::vector{b.literal(1, loss)}, weights);
    for (std::size_t i = 0; i < weights.size(); ++i)
        b.setFinal(std::to_string(i / 2) + (i % 2 ? ".b" : ".w"), b.sub(weights[i], b.mulScalar(gradients[i], 0.1)));
    return b.take();
}

} // namespace

class TstPasses : public QObject {
    Q_OBJECT
private slots:
    void deadCodeGoesAndWatchedCodeStays()
    {
        const Program program = parsed("program p\n"
                                       "  input x : float32[2]\n"
                                       "  input unused : float32[]\n"
                                       "  state w \"a.w\" : float32[2]\n"
                                       "  state v \"a.v\" : float32[2]\n"
                                       "  dead = exp(x)\n"
                                       "  deader = neg(dead)\n"
                                       "  seen = relu(x)\n"
                                       "  next = add(w, x)\n"
                                       "  final w = next\n"
                                       "  output y = x\n"
                                       "  observe \"a/activation\" = seen\n");
        QCOMPARE(print(eliminateDead(program)),
                 std::string("program p\n"
                             "  input x : float32[2]\n"
                             "  input unused : float32[]\n"
                             "  state w \"a.w\" : float32[2]\n"
                             "  state v \"a.v\" : float32[2]\n"
                             "  %4 = relu(x) : float32[2]\n"
                             "  %5 = add(w, x) : float32[2]\n"
                             "  final w = %5\n"
                             "  output y = x\n"
                             "  observe \"a/activation\" = %4\n"));
    }

    void constantsFoldWithinBounds()
    {
        const auto folded = [](const char *text) { return expression(foldConstants(expressionProgram(text))); };
        QCOMPARE(folded("add(x, exp(mul(0, 3)))"), std::string("r = add(x, 1float32)"));
        QCOMPARE(folded("mul(s, dimension(; shape=[4, 5], dtype=float32))"), std::string("r = mul(s, 20float32)"));
        QCOMPARE(folded("reduce_sum(constant(value=int64[3]{1, 2, 3}))"), std::string("r = 6int64"));
        // Broadcasts grow, draws are no constants, and large results stay as they are written.
        for (const char *text : {"broadcast_to(1; shape=[2, 3])",
                                 "random_uniform(constant(value=int64[]{1}), "
                                 "constant(value=int64[]{2}); shape=[2], stream=1)",
                                 "add(constant(value=float32[2000, 1]{1}), constant(value=float32[1, 2000]{1}))"})
            QCOMPARE(folded(text), expression(expressionProgram(text)));
        const Program symbolic
            = parsed("input x : float32[batch]\noutput n = dimension(; shape=[batch], dtype=float32)\n");
        QCOMPARE(countOps(foldConstants(symbolic), "dimension"), 1);
        QCOMPARE(expression(foldConstants(bind(symbolic, {{"batch", 7}}))), std::string("n = 7float32"));
    }

    void equalInstructionsMerge()
    {
        const Program program = parsed("program p\n"
                                       "  input x : float32[2]\n"
                                       "  input y : float32[2]\n"
                                       "  input seed : int64[]\n"
                                       "  input step : int64[]\n"
                                       "  a = mul(add(x, y), 2)\n"
                                       "  b = mul(add(y, x), 2)\n"
                                       "  c = sub(x, y)\n"
                                       "  d = sub(y, x)\n"
                                       "  r1 = random_normal(seed, step; shape=[2], stream=1)\n"
                                       "  r2 = random_normal(seed, step; shape=[2], stream=1)\n"
                                       "  r3 = random_normal(seed, step; shape=[2], stream=2)\n"
                                       "  output sum = add(add(add(a, b), add(c, d)), add(r3, add(r1, r2)))\n"
                                       "  observe \"a\" = a\n"
                                       "  observe \"b\" = b\n");
        const Program merged = merge(program);
        QCOMPARE(verify(merged), std::string());
        QCOMPARE(countOps(merged, "mul"), 1);
        QCOMPARE(countOps(merged, "constant"), 1);
        QCOMPARE(countOps(merged, "sub"), 2);
        QCOMPARE(countOps(merged, "random_normal"), 2);
        QCOMPARE(merged.observations.size(), std::size_t{2});
        QCOMPARE(merged.observations[0].value, merged.observations[1].value);
    }

    void writtenOutFormsBecomeStable_data()
    {
        QTest::addColumn<int>("index");
        for (int i = 0; i < static_cast<int>(std::size(kStable)); ++i)
            QTest::newRow(kStable[i].name) << i;
    }
    void writtenOutFormsBecomeStable()
    {
        QFETCH(int, index);
        const Stable &s = kStable[index];
        const Program program = expressionProgram(s.from);
        for (const Program &now : {beforeAutodiff(program), optimise(program)}) {
            QCOMPARE(verify(now), std::string());
            QCOMPARE(expression(now), expression(expressionProgram(s.to)));
        }
    }

    /// d log(1 + exp x) is sigmoid at once, d of cross-entropy (p - one_hot) / n.
    void gradientsOfStableFormsAreStable()
    {
        const auto gradient = [](const char *text) {
            Builder b(beforeAutodiff(expressionProgram(text)));
            const ValueId loss = b.program().outputs[0].value;
            const ValueId x = b.program().inputs[0].value;
            const ValueId seed = b.broadcastTo(b.literal(1, loss), b.shape(loss));
            const auto found = backpropagate(b, std::vector{loss}, std::vector{seed}, std::vector{x});
            b.program().outputs = {{"dx", found[0]}};
            return expression(optimise(b.take()));
        };
        QCOMPARE(gradient("log(add(1, exp(x)))"), std::string("dx = sigmoid(x)"));
        QCOMPARE(gradient("neg(log(take_along(softmax(x), t)))"),
                 std::string("dx = softmax_cross_entropy_backward(broadcast_to(1float32; shape=[2]), "
                             "softmax_cross_entropy.1(x, t), t)"));
    }

    void stabilisedValuesSurviveLargeArguments()
    {
        const Program program
            = expressionProgram("neg(add(mul(y, log(sigmoid(x))), mul(sub(1, y), log(sub(1, sigmoid(x))))))");
        const Program stable = beforeAutodiff(program);
        std::vector<Tensor> inputs;
        for (const ProgramInput &input : program.inputs) {
            const TensorType &type = program.type(input.value);
            inputs.emplace_back(type.dtype, type.shape.concrete());
        }
        inputs[0] = Tensor::of<float>({2, 3}, {200, -200, 1000, -1000, 30, -30});
        inputs[1] = Tensor::of<float>({2, 3}, {0, 1, 0, 1, 0, 1});
        const Tensor before = run(program, inputs).outputs[0];
        const Tensor after = run(stable, inputs).outputs[0];
        QVERIFY(!std::isfinite(before.at(0)));
        const double expected[] = {200, 200, 1000, 1000, 30, 30};
        for (std::int64_t i = 0; i < 6; ++i)
            QVERIFY(near(after.at(i), expected[i], 1e-6, 0));
    }

    void stopGradientLivesUntilGradientsAreTaken()
    {
        const Program program = expressionProgram("mul(x, stop_gradient(y))");
        QCOMPARE(countOps(beforeAutodiff(program), "stop_gradient"), 1);
        QCOMPARE(expression(optimise(program)), std::string("r = mul(x, y)"));
    }

    void unsafeRulesAreOffByDefault()
    {
        const Program program = expressionProgram("sub(x, x)");
        QCOMPARE(countOps(optimise(program), "sub"), 1);
        PipelineOptions options;
        options.unsafe = true;
        QCOMPARE(countOps(optimise(program, options), "sub"), 0);
    }

    /// Every inner value watched: names, order and values stay, whatever the rules make of the rest.
    void observationPointsSurvive()
    {
        std::mt19937 random(7);
        for (const Stable &s : kStable) {
            Program program = expressionProgram(s.from);
            for (const Instruction &in : program.instructions)
                program.observations.push_back(
                    {std::string(in.op->name) + std::to_string(in.outputs[0]), in.outputs[0]});
            const Program now = optimise(program);
            QCOMPARE(verify(now), std::string());
            const auto inputs = randomInputs(program, random, Values::Ordinary);
            const Interpretation before = run(program, inputs);
            const Interpretation after = run(now, inputs);
            QCOMPARE(after.observations.size(), before.observations.size());
            for (std::size_t i = 0; i < before.observations.size(); ++i) {
                QCOMPARE(now.observations[i].name, program.observations[i].name);
                QVERIFY2(differences(before.observations[i], after.observations[i], 2e-5).empty(),
                         program.observations[i].name.c_str());
            }
        }
    }

    void bodiesAreRewrittenToo()
    {
        const Program program = parsed("program outer\n"
                                       "  input h : float32[2, 3]\n"
                                       "  input x : float32[2, 5, 3]\n"
                                       "  hn, ys = scan(h, x; carries=1, sequences=1) : float32[2, 3], "
                                       "float32[2, 5, 3] {\n"
                                       "    program cell\n"
                                       "      input h : float32[2, 3]\n"
                                       "      input x : float32[2, 3]\n"
                                       "      n = div(1, add(1, exp(neg(add(h, x)))))\n"
                                       "      dead = exp(x)\n"
                                       "      output h = n\n"
                                       "      output y = n\n"
                                       "  }  \n"
                                       "  output hn = hn\n"
                                       "  output ys = ys\n");
        const Program now = optimise(program);
        QCOMPARE(verify(now), std::string());
        const Program &body = *now.instructions[0].bodies[0];
        QCOMPARE(body.instructions.size(), std::size_t{2});
        QCOMPARE(body.instructions[1].op->name, std::string_view("sigmoid"));
        const auto again = parseProgram(print(now));
        QVERIFY2(again, again ? "" : again.error().message().c_str());
        QCOMPARE(print(*again), print(now));
    }

    void matricesGoDownToBfloat16()
    {
        const Program program = parsed("program p\n"
                                       "  input x : float32[2, 3]\n"
                                       "  input e : float64[2, 3]\n"
                                       "  state w \"a.w\" : float32[3, 4]\n"
                                       "  y = matmul(x, w)\n"
                                       "  z = matmul(relu(x), w)\n"
                                       "  final w = sub(w, matmul(x, y; transpose_a=true))\n"
                                       "  output loss = reduce_mean(add(y, z))\n"
                                       "  output exact = matmul(e, e; transpose_b=true)\n");
        const Program mixed = toMixedPrecision(program);
        QCOMPARE(verify(mixed), std::string());
        for (const Instruction &in : mixed.instructions) {
            const DType dtype = mixed.type(in.inputs.empty() ? in.outputs[0] : in.inputs[0]).dtype;
            if (in.op->name == "matmul")
                QVERIFY(dtype == DType::BFloat16 || dtype == DType::Float64);
            else if (in.op->name != "cast")
                QCOMPARE(name(dtype), std::string_view("float32"));
        }
        QCOMPARE(countOps(mixed, "cast"), 3 + 1 + 3); // x, w, relu; y once more; three results
        QCOMPARE(name(mixed.type(mixed.states[0].finalValue).dtype), std::string_view("float32"));
        QCOMPARE(name(mixed.type(mixed.outputs[0].value).dtype), std::string_view("float32"));

        std::mt19937 random(3);
        const auto inputs = randomInputs(program, random, Values::Ordinary);
        const std::vector<Tensor> states{randomTensor(program.type(program.states[0].value), random, Values::Ordinary)};
        const Interpretation full = run(program, inputs, states);
        const Interpretation low = run(optimise(mixed), inputs, states);
        QVERIFY(near(full.outputs[0].at(0), low.outputs[0].at(0), 3e-2, 3e-2));
        QVERIFY(sameBits(full.outputs[1], low.outputs[1]));
    }

    void thePipelineReportsAndDumps()
    {
        std::vector<std::string> dumped;
        std::vector<PassReport> report;
        PipelineOptions options;
        options.report = &report;
        options.dump = [&](std::string_view pass, const Program &program) {
            dumped.emplace_back(pass);
            QVERIFY(parseProgram(print(program)).has_value());
        };
        optimise(expressionProgram("div(1, add(1, exp(neg(x))))"), options);
        const auto names = passNames(options);
        QCOMPARE(dumped.size(), names.size() + 1);
        QCOMPARE(dumped[0], std::string());
        QCOMPARE(report.size(), names.size());
        int rewrites = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            QCOMPARE(dumped[i + 1], std::string(names[i]));
            QCOMPARE(report[i].name, std::string(names[i]));
            rewrites += report[i].rewrites;
        }
        QVERIFY(rewrites >= 2);
        QCOMPARE(report.back().instructions, 1);
    }

    void randomProgramsKeepTheirValues()
    {
        for (const DType dtype : {DType::Float64, DType::Float32}) {
            for (std::uint64_t seed = 0; seed < 400; ++seed) {
                const RandomProgram random = randomProgram(seed, dtype);
                PipelineOptions before;
                before.afterAutodiff = false;
                for (const Program &now : {optimise(random.program), optimise(optimise(random.program, before))}) {
                    const QByteArray place = QByteArray::number(qulonglong(seed)) + "\n"
                        + QByteArray::fromStdString(print(random.program) + print(now));
                    QVERIFY2(verify(now).empty(), place + QByteArray::fromStdString(verify(now)));
                    const Interpretation expected = run(random.program, random.inputs);
                    const Interpretation actual = run(now, random.inputs);
                    for (std::size_t i = 0; i < expected.outputs.size(); ++i) {
                        const auto wrong = differences(expected.outputs[i], actual.outputs[i], tolerance(dtype, 100));
                        QVERIFY2(wrong.empty(), place + (wrong.empty() ? "" : wrong[0].c_str()));
                    }
                }
            }
        }
    }

    void textOfRandomProgramsComesBack()
    {
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            const std::string text = print(eliminateDead(randomProgram(seed).program));
            const auto back = parseProgram(text);
            QVERIFY2(back, text.c_str());
            QCOMPARE(print(*back), text);
        }
    }

    /// 200 layers with gradients: under the budget, linear, and far from the cap.
    void compilingIsFastAndLinear()
    {
        const auto measure = [](int layers, std::vector<PassReport> &report) {
            const Program program = deepProgram(layers);
            double best = 1e9;
            for (int i = 0; i < 3; ++i) {
                report.clear();
                PipelineOptions options;
                options.report = &report;
                optimise(program, options);
                double total = 0;
                for (const PassReport &pass : report)
                    total += pass.milliseconds;
                best = std::min(best, total);
            }
            return best;
        };
        std::vector<PassReport> report;
        const double once = measure(200, report);
        for (const PassReport &pass : report)
            qInfo("%-16s %6.2f ms %5d instructions %5d rewrites", pass.name.c_str(), pass.milliseconds,
                  pass.instructions, pass.rewrites);
        const double twice = measure(400, report);
        qInfo("200 layers, %zu instructions: %.1f ms; 400 layers: %.1f ms", deepProgram(200).instructions.size(), once,
              twice);
        QVERIFY2(once < 500, "five times the budget, for slow and shared machines");
        QVERIFY(twice < 3 * once + 20);
    }

    /// A long chain that rules eat up, and one value with many users: no recursion, nothing quadratic.
    void extremeShapesOfProgramsAreBounded()
    {
        Builder b;
        const ValueId x = b.input("x", {DType::Float32, Shape{2}});
        ValueId chain = x;
        for (int i = 0; i < 20000; ++i)
            chain = b.addScalar(b.emit("neg", {chain}), 1.0);
        ValueId fan = x;
        for (int i = 0; i < 5000; ++i)
            fan = b.emit("maximum", {fan, b.mulScalar(b.mulScalar(x, 2.0 + i), 0.25)});
        b.output("chain", chain);
        b.output("fan", fan);
        const auto start = std::chrono::steady_clock::now();
        const Program now = optimise(b.take());
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        QCOMPARE(verify(now), std::string());
        QCOMPARE(now.outputs[0].value, now.inputs[0].value);
        QVERIFY2(took.count() < 5, qPrintable(QString::number(took.count())));
    }
};

QTEST_GUILESS_MAIN(TstPasses)
#include "tst_passes.moc"
