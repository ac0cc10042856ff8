// SPDX-License-Identifier: Apache-2.0
// Convolution, pooling, normalisation, softmax, lookup, LSTM and optimizer steps: small values worked out by hand,
// symbolic shapes, and the sentences for what does not fit. The catalog walks all of their cases beside this.
#include "engine/backends/reference/interpreter.h"
#include "engine/ops/builder.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace espalier;

namespace {

using Ints = std::vector<std::int64_t>;

Tensor f64(Dims dims, std::vector<double> values)
{
    return Tensor::of<double>(std::move(dims), values);
}

Tensor i64(Dims dims, std::vector<std::int64_t> values)
{
    return Tensor::of<std::int64_t>(std::move(dims), values);
}

std::vector<Tensor> run(const char *op, const Attrs &attrs, const std::vector<Tensor> &inputs)
{
    Builder b;
    std::vector<ValueId> ids;
    for (const Tensor &t : inputs)
        ids.push_back(b.input("", t.type()));
    for (const ValueId id : b.emitAll(op, ids, attrs))
        b.output("", id);
    for (const Error &e : b.errors())
        qWarning("%s", e.message().c_str());
    const auto result = interpret(b.program(), inputs);
    if (!result)
        qFatal("%s", result.error().message().c_str());
    return result->outputs;
}

QString text(const Tensor &t)
{
    return QString::fromStdString(t.toString());
}

bool near(double a, double b)
{
    return std::abs(a - b) <= 1e-12 * (1 + std::abs(b));
}

/// The sentence for a wrong application; empty if it fits.
std::string problem(const char *name, const Attrs &attrs, const std::vector<TensorType> &inputs)
{
    const auto types = inferTypes(op(name), attrs, inputs);
    return types ? std::string() : types.error().message();
}

TensorType floats(const Shape &shape)
{
    return {DType::Float32, shape};
}

Attrs window(Ints size, Ints stride, Ints padding = {0, 0, 0, 0})
{
    return {{"kernel_size", size}, {"stride", stride}, {"padding", padding}};
}

} // namespace

class TstHeavyOps : public QObject {
    Q_OBJECT
private slots:
    // ---- convolution
    void convolutionIsCrossCorrelation()
    {
        const Tensor x = f64({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
        const Tensor w = f64({1, 1, 2, 2}, {1, 10, 100, 1000});
        QCOMPARE(text(run("conv2d", {}, {x, w})[0]), QString("[[[[5421, 6532], [8754, 9865]]]]"));
        // Padding on top and on the right only, and every second column.
        const Attrs attrs{{"padding", Ints{1, 0, 0, 1}}, {"stride", Ints{1, 2}}};
        QCOMPARE(text(run("conv2d", attrs, {x, w})[0]), QString("[[[[2100, 300], [5421, 603], [8754, 906]]]]"));
        const Attrs dilated{{"dilation", Ints{2, 2}}};
        QCOMPARE(text(run("conv2d", dilated, {x, w})[0]), QString("[[[[9731]]]]"));
    }
    void groupsDoNotSeeEachOther()
    {
        const Tensor x = f64({1, 2, 1, 2}, {1, 2, 3, 4});
        const Tensor w = f64({2, 1, 1, 1}, {10, 100});
        QCOMPARE(text(run("conv2d", {{"groups", std::int64_t(2)}}, {x, w})[0]),
                 QString("[[[[10, 20]], [[300, 400]]]]"));
    }
    void convolutionShapesMayBeSymbols()
    {
        const Dim n = Dim::symbol("batch");
        const Dim h = Dim::symbol("height");
        const Attrs attrs{{"stride", Ints{2, 2}}, {"padding", Ints{1, 1, 1, 1}}};
        const std::vector<TensorType> in{floats({n, 3, h, 9}), floats({8, 3, 3, 3})};
        const auto y = inferTypes(op("conv2d"), attrs, in);
        QVERIFY(y);
        QVERIFY((*y)[0].shape[0] == n);
        QVERIFY((*y)[0].shape[3] == Dim(5));
        for (std::int64_t size = 1; size < 20; ++size)
            QCOMPARE((*y)[0].shape[2].bind({{"height", size}}).constant(), (size - 1) / 2 + 1);
        // And back to where it came from.
        Attrs back = attrs;
        back.set("input_size", Shape{h, 9});
        const auto dx = inferTypes(op("conv2d_backward_data"), back, std::vector<TensorType>{(*y)[0], in[1]});
        QVERIFY(dx);
        QVERIFY((*dx)[0] == in[0]);
    }
    void convolutionCostCountsMultiplyAdds()
    {
        Builder b;
        const ValueId x = b.input("x", floats({2, 4, 5, 5}));
        const ValueId w = b.input("w", floats({6, 2, 3, 3}));
        b.emit("conv2d", {x, w}, {{"groups", std::int64_t(2)}});
        const Cost cost = costOf(b.program(), b.program().instructions[0]);
        QCOMPARE(cost.flops.constant(), std::int64_t(2 * (2 * 6 * 3 * 3) * (2 * 3 * 3)));
        QCOMPARE(cost.bytes.constant(), std::int64_t(4 * (2 * 4 * 25 + 6 * 2 * 9 + 2 * 6 * 9)));
    }

    // ---- pooling
    void theFirstOfEqualMaximaWins()
    {
        const auto out = run("max_pool2d", window({2, 2}, {2, 2}), {f64({1, 1, 2, 4}, {1, 1, 0, 3, 1, 1, 3, 3})});
        QCOMPARE(text(out[0]), QString("[[[[1, 3]]]]"));
        QCOMPARE(text(out[1]), QString("[[[[0, 1]]]]"));
    }
    void paddingNeverWinsAMaximum()
    {
        const auto out = run("max_pool2d", window({2, 2}, {1, 1}, {1, 1, 0, 0}), {f64({1, 1, 1, 2}, {-5, -7})});
        QCOMPARE(text(out[0]), QString("[[[[-5, -5]]]]"));
        QCOMPARE(text(out[1]), QString("[[[[3, 2]]]]"));
        const double infinity = std::numeric_limits<double>::infinity();
        const auto low = run("max_pool2d", window({2, 2}, {1, 1}, {1, 1, 0, 0}), {f64({1, 1, 1, 1}, {-infinity})});
        QCOMPARE(text(low[1]), QString("[[[[3]]]]"));
    }
    void aNaNWinsAMaximum()
    {
        const auto out = run("max_pool2d", window({1, 3}, {1, 1}), {f64({1, 1, 1, 3}, {1, std::nan(""), 9})});
        QVERIFY(std::isnan(out[0].at(0)));
        QCOMPARE(out[1].at(0), 1.0);
    }
    void averagesCountPaddingWhereAsked()
    {
        Attrs attrs = window({1, 2}, {1, 1}, {0, 1, 0, 0});
        QCOMPARE(text(run("avg_pool2d", attrs, {f64({1, 1, 1, 2}, {4, 6})})[0]), QString("[[[[2, 5]]]]"));
        attrs.set("count_include_pad", false);
        QCOMPARE(text(run("avg_pool2d", attrs, {f64({1, 1, 1, 2}, {4, 6})})[0]), QString("[[[[4, 5]]]]"));
    }
    void ceilModeNeverStartsAWindowInThePaddingBehind()
    {
        const Dim h = Dim::symbol("height");
        for (const std::int64_t k : {1, 2, 3, 5})
            for (const std::int64_t s : {1, 2, 3, 4})
                for (std::int64_t pad = 0; pad < k; ++pad) {
                    Attrs attrs = window({k, 1}, {s, 1}, {pad, 0, pad, 0});
                    attrs.set("ceil_mode", true);
                    const std::vector<TensorType> in{floats({1, 1, h, 1})};
                    const auto y = inferTypes(op("max_pool2d"), attrs, in);
                    QVERIFY(y);
                    for (std::int64_t size = k; size < 12; ++size) {
                        std::int64_t wanted = (size + 2 * pad - k + s - 1) / s + 1; // PyTorch's way
                        if ((wanted - 1) * s >= size + pad)
                            --wanted;
                        QCOMPARE((*y)[0].shape[2].bind({{"height", size}}).constant(), wanted);
                    }
                }
    }

    // ---- normalisation and softmax
    void batchNormUsesTheBiasedVariance()
    {
        const auto out = run("batch_norm", {{"eps", 0.0}}, {f64({2, 1}, {1, 5}), f64({1}, {2}), f64({1}, {3})});
        QCOMPARE(text(out[0]), QString("[[1], [5]]"));
        QCOMPARE(text(out[1]), QString("[3]"));
        QCOMPARE(text(out[2]), QString("[4]"));
    }
    void crossEntropyOfKnownLogits()
    {
        const Tensor logits = f64({2, 2}, {0, std::log(3.0), 1000, 0});
        const auto out = run("softmax_cross_entropy", {}, {logits, i64({2}, {0, 1})});
        QVERIFY(near(out[0].at(0), std::log(4.0)));
        QVERIFY(near(out[0].at(1), 1000)); // no overflow
        QVERIFY(near(out[1].at(1), 0.75));
        const auto back = run("softmax_cross_entropy_backward", {}, {f64({2}, {2, 1}), out[1], i64({2}, {0, 1})});
        QVERIFY(near(back[0].at(0), 2 * (0.25 - 1)));
        QVERIFY(near(back[0].at(1), 2 * 0.75));
    }
    void aTargetThatIsNoClassGivesNaN()
    {
        for (const std::int64_t target :
             {std::int64_t(-1), std::int64_t(2), std::numeric_limits<std::int64_t>::min()}) {
            const auto out = run("softmax_cross_entropy", {}, {f64({1, 2}, {0, 0}), i64({1}, {target})});
            QVERIFY(std::isnan(out[0].at(0)));
            QCOMPARE(out[1].at(0), 0.5);
            const auto back = run("softmax_cross_entropy_backward", {}, {f64({1}, {1}), out[1], i64({1}, {target})});
            QVERIFY(std::isnan(back[0].at(0)) && std::isnan(back[0].at(1)));
        }
    }
    void logSumExpTakesInfinities()
    {
        const double infinity = std::numeric_limits<double>::infinity();
        QCOMPARE(run("log_sum_exp", {}, {f64({2}, {-infinity, -infinity})})[0].at(0), -infinity);
        QCOMPARE(run("log_sum_exp", {}, {f64({2}, {infinity, 0})})[0].at(0), infinity);
        QVERIFY(near(run("log_sum_exp", {}, {f64({2}, {1000, 1000})})[0].at(0), 1000 + std::log(2.0)));
    }

    // ---- lookup
    void rowsThatDoNotExistAreNaNAndGetNoGradient()
    {
        const auto out = run("embedding", {}, {f64({2, 1}, {7, 8}), i64({3}, {1, -1, 2})});
        QCOMPARE(out[0].at(0), 8.0);
        QVERIFY(std::isnan(out[0].at(1)) && std::isnan(out[0].at(2)));
        const auto back = run("embedding_backward", {{"rows", std::int64_t(2)}},
                              {f64({4, 1}, {1, 2, 4, 8}), i64({4}, {1, -1, 2, 1})});
        QCOMPARE(text(back[0]), QString("[[0], [9]]"));
    }
    void inTopKCountsScoresAbove()
    {
        const Tensor scores = f64({4, 3}, {3, 2, 1, 1, 1, 1, 3, 2, 1, 3, 2, 1});
        const Tensor target = i64({4}, {1, 2, 2, 5});
        QCOMPARE(text(run("in_top_k", {{"k", std::int64_t(2)}}, {scores, target})[0]),
                 QString("[true, true, false, false]"));
    }

    // ---- LSTM
    void oneStepOfAnLstm()
    {
        // One unit, one feature: gates i, f, g, o with weights 1, 2, 3, 4 for x and 0.1 ... 0.4 for h.
        const double x = 0.5;
        const double h = 0.25;
        const double c = -0.5;
        const auto out = run("lstm", {},
                             {f64({1, 1, 1}, {x}), f64({1, 1}, {h}), f64({1, 1}, {c}), f64({4, 1}, {1, 2, 3, 4}),
                              f64({4, 1}, {0.1, 0.2, 0.3, 0.4}), f64({4}, {0.01, 0.02, 0.03, 0.04})});
        const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
        const double i = sigmoid(x + 0.1 * h + 0.01);
        const double f = sigmoid(2 * x + 0.2 * h + 0.02);
        const double g = std::tanh(3 * x + 0.3 * h + 0.03);
        const double o = sigmoid(4 * x + 0.4 * h + 0.04);
        const double cell = f * c + i * g;
        QVERIFY(near(out[0].at(0), o * std::tanh(cell)));
        QVERIFY(near(out[1].at(0), o * std::tanh(cell)));
        QVERIFY(near(out[2].at(0), cell));
        const double gates[] = {i, f, g, o};
        for (std::int64_t k = 0; k < 4; ++k)
            QVERIFY(near(out[3].at(k), gates[k]));
        QVERIFY(near(out[4].at(0), cell));
    }

    // ---- optimizers
    void theFirstStepOfAdamIsTheRate()
    {
        const auto out = run("adam_update", {{"eps", 0.0}},
                             {f64({2}, {1, 1}), f64({2}, {5, -0.001}), f64({2}, {0, 0}), f64({2}, {0, 0}), i64({}, {1}),
                              f64({}, {0.1}), Tensor::scalar(true)});
        QVERIFY(near(out[0].at(0), 0.9));
        QVERIFY(near(out[0].at(1), 1.1));
        QVERIFY(near(out[1].at(0), 0.5));
        QVERIFY(near(out[2].at(0), 0.025));
    }
    void aShutGateLeavesEverything_data()
    {
        QTest::addColumn<QString>("op");
        QTest::addColumn<int>("slotCount");
        QTest::newRow("sgd_plain") << "sgd_plain_update" << 0;
        QTest::newRow("sgd") << "sgd_update" << 1;
        QTest::newRow("adam") << "adam_update" << 2;
        QTest::newRow("rmsprop") << "rmsprop_update" << 3;
    }
    void aShutGateLeavesEverything()
    {
        QFETCH(QString, op);
        QFETCH(int, slotCount);
        // NaN in the gradient: the very reason for which the gate is shut.
        std::vector<Tensor> in{f64({1}, {3}), f64({1}, {std::nan("")})};
        for (int k = 0; k < slotCount; ++k)
            in.push_back(f64({1}, {5.0 + k}));
        if (op == "adam_update")
            in.push_back(i64({}, {2}));
        in.push_back(f64({}, {0.1}));
        in.push_back(Tensor::scalar(false));
        const auto out = run(op.toUtf8().constData(), {}, in);
        QCOMPARE(out[0].at(0), 3.0);
        for (int k = 0; k < slotCount; ++k)
            QCOMPARE(out[static_cast<std::size_t>(k) + 1].at(0), 5.0 + k);
        in.back() = Tensor::scalar(true);
        QVERIFY(std::isnan(run(op.toUtf8().constData(), {}, in)[0].at(0)));
    }
    void allFiniteSeesNaNAndInfinityAnywhere()
    {
        const Tensor good = f64({2}, {1, 2});
        QCOMPARE(run("all_finite", {}, {good, good})[0].at(0), 1.0);
        for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()})
            QCOMPARE(run("all_finite", {}, {good, f64({2}, {1, bad})})[0].at(0), 0.0);
    }

    // ---- sentences
    void whatDoesNotFitIsSaid_data()
    {
        QTest::addColumn<QString>("problem");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char *name, const std::string &got, const char *sentence) {
            QTest::newRow(name) << QString::fromStdString(got) << QString(sentence);
        };
        row("kernel", problem("conv2d", {}, {floats({1, 3, 4, 4}), floats({8, 3, 7, 7})}),
            "The convolution's kernel of 7 x 7 is larger than its padded input of 4 x 4: use a smaller kernel or "
            "dilation, or more padding.");
        row("channels", problem("conv2d", {}, {floats({1, 3, 9, 9}), floats({8, 4, 3, 3})}),
            "The convolution's input has 3 channels, but its weight [8, 4, 3, 3] with 1 groups reads 4.");
        row("groups", problem("conv2d", {{"groups", std::int64_t(2)}}, {floats({1, 3, 9, 9}), floats({8, 1, 3, 3})}),
            "A convolution with 2 groups can't read 3 channels: use a number of groups that divides them.");
        row("stride", problem("conv2d", {{"stride", Ints{0, 1}}}, {floats({1, 3, 9, 9}), floats({8, 3, 3, 3})}),
            "The op conv2d takes numbers from 1 to 1073741824 as stride, got 0.");
        row("window", problem("max_pool2d", window({3, 3}, {1, 1}), {floats({1, 1, 2, 5})}),
            "The pooling window of 3 x 3 is larger than its padded input of 2 x 5: use a smaller window or more "
            "padding.");
        row("padding", problem("avg_pool2d", window({2, 2}, {1, 1}, {2, 0, 0, 0}), {floats({1, 1, 9, 9})}),
            "A padding of 2 leaves a pooling window of 2 without any input: use less padding.");
        row("target", problem("softmax_cross_entropy", {}, {floats({4, 10}), {DType::Int64, {5}}}),
            "Cross-entropy of scores [4, 10] takes one class number for each: targets of shape [4], got [5].");
        row("rank", problem("batch_norm", {}, {floats({4}), floats({4}), floats({4})}),
            "Batch normalisation needs a channel axis after the batch axis; [4] has none.");
        row("index", problem("embedding", {}, {floats({4, 2}), floats({3})}),
            "The op embedding takes int64 as its index, got float32: cast it first.");
    }
    void whatDoesNotFitIsSaid()
    {
        QFETCH(QString, problem);
        QFETCH(QString, sentence);
        QCOMPARE(problem, sentence);
    }
    void hugeNumbersAreRefused()
    {
        const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
        const std::vector<TensorType> conv{floats({1, 1, 9, 9}), floats({1, 1, 3, 3})};
        for (const char *name : {"stride", "dilation"})
            QVERIFY(!problem("conv2d", {{name, Ints{huge, huge}}}, conv).empty());
        QVERIFY(!problem("conv2d", {{"padding", Ints{huge, huge, huge, huge}}}, conv).empty());
        QVERIFY(!problem("conv2d", {{"groups", huge}}, conv).empty());
        QVERIFY(!problem("conv2d", {{"stride", Ints{}}}, conv).empty());
        QVERIFY(!problem("max_pool2d", window({huge, 1}, {1, 1}), {floats({1, 1, 9, 9})}).empty());
        QVERIFY(!problem("one_hot", {{"depth", huge}}, {{DType::Int64, {3}}}).empty());
    }
};

QTEST_GUILESS_MAIN(TstHeavyOps)
#include "tst_heavy_ops.moc"
