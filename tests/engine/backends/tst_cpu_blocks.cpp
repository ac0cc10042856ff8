// SPDX-License-Identifier: Apache-2.0
// Chains on the cpu backend against the reference: what the catalog's single ops don't reach, because layouts only
// arise between kernels.
#include "engine/backends/reference/interpreter.h"
#include "engine/ops/autodiff.h"
#include "tests/support/op_case.h"
#include "tests/support/run_program.h"
#include "tests/support/tolerance.h"

#include <QtTest>

#include <cmath>

using namespace espalier;

namespace {

TensorType floats(const Shape &shape)
{
    return {DType::Float32, shape};
}

Attrs conv(std::int64_t stride, std::int64_t padding, std::int64_t groups = 1)
{
    return {{"stride", std::vector{stride, stride}},
            {"padding", std::vector{padding, padding, padding, padding}},
            {"dilation", std::vector<std::int64_t>{1, 1}},
            {"groups", groups}};
}

/// Small images through the usual layers, with the gradients of all weights and of the image.
struct Net {
    std::int64_t batch = 2, channels = 3, width = 6, height = 7;
    std::int64_t first = 6, second = 20;
    std::int64_t groups = 1;
    bool batchNorm = true;
    bool maxPool = true; ///< whose gradient jumps where rounding decides which of two is larger

    Program build() const
    {
        Builder b;
        std::vector<ValueId> weights;
        const auto weight = [&](const Shape &shape) {
            weights.push_back(b.input("w" + std::to_string(weights.size()), floats(shape)));
            return weights.back();
        };
        const ValueId image = b.input("x", floats({batch, channels, height, width}));
        weights.push_back(image);
        ValueId y = b.emit("conv2d", {image, weight({first, channels, 3, 3})}, conv(1, 1));
        y = b.emit("relu", {b.add(y, b.reshape(weight({first}), {first, 1, 1}))});
        y = b.emit("conv2d", {y, weight({second, first / groups, 3, 3})}, conv(1, 1, groups));
        if (batchNorm) {
            y = b.emitAll("batch_norm", {y, weight({second}), weight({second})})[0];
            y = b.emit("silu", {y});
        }
        y = b.emitAll(maxPool ? "max_pool2d" : "avg_pool2d", {y},
                      {{"kernel_size", std::vector<std::int64_t>{2, 2}},
                       {"stride", std::vector<std::int64_t>{2, 2}},
                       {"padding", std::vector<std::int64_t>{0, 0, 0, 0}}})[0];
        y = b.emit("conv2d", {y, weight({second, second, 3, 3})}, conv(2, 1));
        y = b.add(y, b.reshape(weight({second}), {second, 1, 1}));
        y = b.emit("exp", {b.emit("tanh", {y})}); // padding lanes would become 1
        const Shape shape = b.shape(y);
        const ValueId pooled = b.emit("reduce_mean", {y}, {{"axes", std::vector<std::int64_t>{2, 3}}});
        const ValueId flat = b.reshape(y, Shape{batch, shape[1] * shape[2] * shape[3]});
        const ValueId dense = b.emit("matmul", {flat, weight({b.shape(flat)[1], Dim(5)})});
        const ValueId head = b.add(dense, weight({5}));
        const ValueId loss = b.add(b.reduceSum(b.emit("square", {head}), {}, false), b.reduceSum(pooled, {}, false));
        b.output("loss", loss);
        b.output("head", head);
        const std::vector<ValueId> outputs{loss};
        const std::vector<ValueId> seeds{b.constant(Tensor::scalar(1.0F))};
        for (const ValueId gradient : backpropagate(b, outputs, seeds, weights))
            b.output("g" + std::to_string(gradient), gradient);
        return b.take();
    }
};

/// Largest difference relative to the largest value of the tensor.
double error(const Tensor &expected, const Tensor &actual)
{
    double most = 0;
    double worst = 0;
    for (std::int64_t i = 0; i < expected.elements(); ++i) {
        most = std::max(most, std::abs(expected.at(i)));
        const double d = std::abs(expected.at(i) - actual.at(i));
        worst = std::isnan(d) ? 1e9 : std::max(worst, d);
    }
    return worst / std::max(most, 1e-3);
}

std::vector<Tensor> inputsOf(const Program &program)
{
    std::vector<Tensor> inputs;
    for (const ProgramInput &input : program.inputs) {
        const TensorType &type = program.type(input.value);
        const double fan = static_cast<double>(type.shape.elements().constant())
            / static_cast<double>(type.shape.rank() > 0 ? type.shape[0].constant() : 1);
        Tensor t = test::randomTensor(type, Domain::Normal, 2, inputs.size() + 1);
        for (std::int64_t i = 0; i < t.elements(); ++i)
            t.set(i, t.at(i) / std::sqrt(input.name == "x" ? 1.0 : std::max(1.0, fan)));
        inputs.push_back(std::move(t));
    }
    return inputs;
}

std::unique_ptr<Backend> cpu(int threads = 2)
{
    return makeBackend("cpu", {.threads = threads, .deterministic = true}).value();
}

} // namespace

class TstCpuBlocks : public QObject {
    Q_OBJECT
private slots:
    void netsAgreeWithTheReference_data()
    {
        QTest::addColumn<int>("row");
        for (int i = 0; i < static_cast<int>(nets().size()); ++i)
            QTest::newRow(nets()[static_cast<std::size_t>(i)].first) << i;
    }
    void netsAgreeWithTheReference()
    {
        QFETCH(int, row);
        const Program program = nets()[static_cast<std::size_t>(row)].second.build();
        const std::vector<Tensor> inputs = inputsOf(program);
        const auto expected = interpret(program, inputs);
        QVERIFY(expected);
        for (const int threads : {1, 2}) {
            const auto actual = test::runOnBackend(*cpu(threads), program, inputs);
            QVERIFY(actual);
            for (std::size_t i = 0; i < expected->outputs.size(); ++i) {
                const double e = error(expected->outputs[i], actual->outputs[i]);
                QVERIFY2(e < 5e-5, qPrintable(QString("output %1: %2").arg(i).arg(e)));
            }
            for (const KernelReport &kernel : actual->kernels)
                if (kernel.ops.find("conv2d") != std::string::npos)
                    QVERIFY2(kernel.implementation.starts_with("dnnl:")
                                 && !kernel.implementation.starts_with("dnnl:ref"),
                             kernel.implementation.c_str());
        }
    }
    void givesTheSameBitsAgain()
    {
        const Program program = Net{.batch = 8, .first = 32, .second = 32}.build();
        const std::vector<Tensor> inputs = inputsOf(program);
        const auto first = test::runOnBackend(*cpu(), program, inputs);
        const auto second = test::runOnBackend(*cpu(), program, inputs);
        for (std::size_t i = 0; i < first->outputs.size(); ++i)
            QVERIFY(sameBits(first->outputs[i], second->outputs[i]));
    }
    void joinsBiasAndReluToTheProduct()
    {
        Builder b;
        const ValueId x = b.input("x", floats({3, 4}));
        const ValueId w = b.input("w", floats({5, 4}));
        const ValueId bias = b.input("b", floats({5}));
        const ValueId y = b.add(b.emit("matmul", {x, w}, {{"transpose_b", true}}), bias);
        b.output("y", b.emit("relu", {y}));
        const Program program = b.take();
        const auto run = test::runOnBackend(*cpu(), program, inputsOf(program));
        QCOMPARE(run->kernels.size(), 1u);
        QCOMPARE(run->kernels[0].ops, std::string("matmul+add+relu"));
        const auto expected = interpret(program, inputsOf(program));
        QVERIFY(error(expected->outputs[0], run->outputs[0]) < 1e-6);
    }
    void leavesAValueThatIsReadElsewhereOutOfTheProduct()
    {
        Builder b;
        const ValueId x = b.input("x", floats({3, 4}));
        const ValueId y = b.emit("matmul", {x, b.input("w", floats({4, 5}))});
        b.output("sum", b.add(y, b.input("b", floats({5}))));
        b.output("y", y);
        const Program program = b.take();
        const auto run = test::runOnBackend(*cpu(), program, inputsOf(program));
        const auto expected = interpret(program, inputsOf(program));
        for (std::size_t i = 0; i < 2; ++i)
            QVERIFY(error(expected->outputs[i], run->outputs[i]) < 1e-6);
    }
    void recurrentCellsAgree_data()
    {
        QTest::addColumn<int>("batch");
        QTest::addColumn<int>("time");
        QTest::addColumn<int>("features");
        QTest::addColumn<int>("units");
        QTest::newRow("one of each") << 1 << 1 << 1 << 1;
        QTest::newRow("odd") << 3 << 5 << 7 << 9;
        QTest::newRow("wide") << 16 << 4 << 33 << 40;
    }
    void recurrentCellsAgree()
    {
        QFETCH(int, batch);
        QFETCH(int, time);
        QFETCH(int, features);
        QFETCH(int, units);
        Builder b;
        std::vector<ValueId> wrt;
        for (const Shape &shape : {Shape{batch, time, features}, Shape{batch, units}, Shape{batch, units},
                                   Shape{4 * units, features}, Shape{4 * units, units}, Shape{4 * units}})
            wrt.push_back(b.input("i" + std::to_string(wrt.size()), floats(shape)));
        const auto all = b.emitAll("lstm", wrt);
        const ValueId loss = b.reduceSum(b.emit("square", {all[0]}), {}, false);
        const ValueId ends = b.reduceSum(b.mul(all[1], all[2]), {}, false);
        for (const ValueId id : all)
            b.output("y" + std::to_string(id), id);
        const std::vector<ValueId> outputs{loss, ends};
        const std::vector<ValueId> seeds{b.constant(Tensor::scalar(1.0F)), b.constant(Tensor::scalar(0.5F))};
        for (const ValueId gradient : backpropagate(b, outputs, seeds, wrt))
            b.output("g" + std::to_string(gradient), gradient);
        const Program program = b.take();
        const auto inputs = inputsOf(program);
        const auto expected = interpret(program, inputs);
        for (const int threads : {1, 2}) {
            const auto actual = test::runOnBackend(*cpu(threads), program, inputs);
            QVERIFY(actual);
            for (std::size_t i = 0; i < expected->outputs.size(); ++i)
                QVERIFY2(error(expected->outputs[i], actual->outputs[i]) < 2e-5, qPrintable(QString::number(i)));
        }
    }

private:
    static const std::vector<std::pair<const char *, Net>> &nets()
    {
        static const std::vector<std::pair<const char *, Net>> all{
            {"channels that don't fill a block", {}},
            {"one image, one channel", {.batch = 1, .channels = 1, .width = 5, .height = 4, .first = 1, .second = 3}},
            {"full blocks", {.batch = 4, .channels = 16, .width = 12, .height = 10, .first = 32, .second = 16}},
            {"groups", {.first = 8, .second = 16, .groups = 4}},
            {"without normalisation", {.batch = 3, .first = 10, .second = 17, .batchNorm = false}},
            {"winograd",
             {.batch = 25, .channels = 3, .width = 8, .height = 8, .first = 32, .second = 48, .maxPool = false}},
            {"many images", {.batch = 40, .channels = 2, .width = 9, .height = 9, .first = 24, .second = 33}},
        };
        return all;
    }
};

QTEST_GUILESS_MAIN(TstCpuBlocks)
#include "tst_cpu_blocks.moc"
