// SPDX-License-Identifier: Apache-2.0
// bfloat16 on the cpu backend: casts and fused chains bit for bit, products and convolutions near the reference, with
// the processor's own kernels and without them.
#include "engine/backends/reference/interpreter.h"
#include "engine/ops/builder.h"
#include "engine/program/pipeline.h"
#include "tests/support/op_case.h"
#include "tests/support/run_program.h"
#include "tests/support/tolerance.h"

#include <QtTest>

#include <bit>
#include <cmath>
#include <limits>

using namespace espalier;

namespace {

constexpr DType kHalf = DType::BFloat16;
constexpr DType kFloat = DType::Float32;
constexpr const char *kNotNative = "this processor doesn't multiply bfloat16 itself: the fallback is tested";

std::unique_ptr<Backend> cpu(bool native = true)
{
    return makeBackend("cpu", {.threads = 2, .deterministic = true, .nativeBFloat16 = native}).value();
}

std::vector<Tensor> inputsOf(const Program &program)
{
    std::vector<Tensor> inputs;
    for (const ProgramInput &input : program.inputs)
        inputs.push_back(test::randomTensor(program.type(input.value), Domain::Normal, 3, inputs.size() + 1));
    return inputs;
}

struct Comparison {
    QString problem;
    std::string implementations;
};

/// On the cpu backend against the reference, within a tolerance that grows with the sums.
Comparison compare(const Program &program, bool native, double length)
{
    const std::vector<Tensor> inputs = inputsOf(program);
    const auto expected = interpret(program, inputs);
    const auto actual = test::runOnBackend(*cpu(native), program, inputs);
    if (!expected || !actual)
        return {QString::fromStdString((expected ? actual.error() : expected.error()).message()), ""};
    Comparison result;
    for (const KernelReport &kernel : actual->kernels)
        result.implementations += kernel.ops + "=" + kernel.implementation + " ";
    for (std::size_t i = 0; i < expected->outputs.size(); ++i)
        for (const std::string &wrong :
             test::differences(expected->outputs[i], actual->outputs[i], test::tolerance(kHalf, length)))
            result.problem += QString("output %1: %2 (%3)\n")
                                  .arg(i)
                                  .arg(QString::fromStdString(wrong), QString::fromStdString(result.implementations));
    return result;
}

/// Every bfloat16 and its neighbours among the floats, ties included.
Tensor everyHalf()
{
    std::vector<float> values;
    for (std::uint32_t half = 0; half < 0x10000; ++half)
        for (const std::uint32_t low : {0x0000u, 0x0001u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu})
            values.push_back(std::bit_cast<float>((half << 16) | low));
    Tensor t(kFloat, {static_cast<std::int64_t>(values.size())});
    std::copy(values.begin(), values.end(), t.span<float>().begin());
    return t;
}

Program convolution(DType dtype, std::int64_t channels, bool tail)
{
    Builder b;
    const Shape image{3, channels, 9, 7};
    const Attrs attrs{{"padding", Dims{1, 1, 1, 1}}};
    const ValueId x = b.input("x", {dtype, image});
    const ValueId w = b.input("w", {dtype, Shape{std::int64_t(20), channels, std::int64_t(3), std::int64_t(3)}});
    const ValueId bias = b.input("b", {kFloat, Shape{20, 1, 1}});
    const ValueId y = b.cast(b.emit("conv2d", {x, w}, attrs), kFloat);
    const ValueId z = tail ? b.emit("relu", {b.add(y, bias)}) : y;
    b.output("z", z);
    const ValueId g = b.cast(b.input("g", b.type(z)), dtype);
    b.output(
        "dx",
        b.cast(b.emit("conv2d_backward_data", {g, w}, {{"padding", Dims{1, 1, 1, 1}}, {"input_size", Shape{9, 7}}}),
               kFloat));
    b.output(
        "dw",
        b.cast(b.emit("conv2d_backward_weights", {x, g}, {{"padding", Dims{1, 1, 1, 1}}, {"kernel_size", Dims{3, 3}}}),
               kFloat));
    return b.take();
}

} // namespace

class TstCpuBFloat16 : public QObject {
    Q_OBJECT
private slots:
    void castsRoundToNearestEven()
    {
        const Tensor floats = everyHalf();
        Builder b;
        const ValueId x = b.input("x", floats.type());
        const ValueId half = b.cast(x, kHalf);
        b.output("half", half);
        b.output("back", b.cast(half, kFloat));
        const auto actual = test::runOnBackend(*cpu(), b.program(), std::vector<Tensor>{floats});
        QVERIFY(actual);
        const Tensor expected = floats.cast(kHalf);
        for (std::int64_t i = 0; i < floats.elements(); ++i) {
            const float value = floats.span<float>()[static_cast<std::size_t>(i)];
            const bfloat16 got = actual->outputs[0].span<bfloat16>()[static_cast<std::size_t>(i)];
            const bfloat16 want = expected.span<bfloat16>()[static_cast<std::size_t>(i)];
            QVERIFY2(got.bits == want.bits, qPrintable(QString::number(double(value), 'g', 12)));
            const float back = actual->outputs[1].span<float>()[static_cast<std::size_t>(i)];
            QVERIFY(std::bit_cast<std::uint32_t>(back) == std::uint32_t(want.bits) << 16);
        }
        QCOMPARE(actual->kernels.size(), std::size_t(1));
        QCOMPARE(actual->kernels[0].implementation, std::string("fused"));
    }
    /// Every op of a chain rounds as it does alone, with broadcasts and conditions among them.
    void fusedChainsAgreeBitForBit()
    {
        for (const std::int64_t n : {1, 5, 1027, 40000}) {
            Builder b;
            const TensorType wide{kHalf, Shape{n, std::int64_t(3)}};
            const ValueId x = b.input("x", wide);
            const ValueId y = b.input("y", wide);
            const ValueId row = b.input("row", {kHalf, Shape{3}});
            const ValueId scalar = b.input("scalar", {kHalf, Shape{}});
            const ValueId sum = b.add(b.mul(x, row), b.mul(y, scalar));
            const ValueId floats = b.cast(sum, kFloat);
            const ValueId chosen = b.emit("where", {b.emit("greater", {x, y}), sum, b.emit("neg", {x})});
            b.output("sum", sum);
            b.output("floats", b.add(floats, floats));
            b.output("chosen", b.emit("relu", {b.sub(chosen, b.cast(floats, kHalf))}));
            b.output("test", b.emit("less", {chosen, y}));
            const auto inputs = inputsOf(b.program());
            const auto expected = interpret(b.program(), inputs);
            const auto actual = test::runOnBackend(*cpu(), b.program(), inputs);
            QVERIFY(expected && actual);
            for (std::size_t i = 0; i < expected->outputs.size(); ++i)
                QVERIFY(sameBits(expected->outputs[i], actual->outputs[i]));
            for (const KernelReport &kernel : actual->kernels)
                QVERIFY2(kernel.implementation.starts_with("fused"), kernel.implementation.c_str());
        }
    }
    void productsAgree_data()
    {
        QTest::addColumn<bool>("native");
        QTest::newRow("native") << true;
        QTest::newRow("without") << false;
    }
    void productsAgree()
    {
        QFETCH(bool, native);
        if (native && !cpu()->supports(kHalf))
            QSKIP(kNotNative);
        QCOMPARE(cpu(native)->supports(kHalf), native);
        for (const bool ta : {false, true})
            for (const bool tb : {false, true})
                for (const int tail : {0, 1, 2, 3}) {
                    Builder b;
                    const ValueId x = b.input("x", {kHalf, ta ? Shape{70, 33} : Shape{33, 70}});
                    const ValueId w = b.input("w", {kHalf, tb ? Shape{20, 70} : Shape{70, 20}});
                    const ValueId bias = b.input("b", {kFloat, Shape{20}});
                    ValueId y = b.emit("matmul", {x, w}, {{"transpose_a", ta}, {"transpose_b", tb}});
                    if (tail > 0)
                        y = b.cast(y, kFloat);
                    if (tail > 1)
                        y = b.add(bias, y);
                    if (tail > 2)
                        y = b.emit("relu", {y});
                    b.output("y", y);
                    const Comparison c = compare(b.take(), native, 70);
                    QVERIFY2(c.problem.isEmpty(), qPrintable(c.problem));
                    const char *kernels[] = {"matmul=", "matmul+cast=", "matmul+cast+add=", "matmul+cast+add+relu="};
                    if (native)
                        QVERIFY2(c.implementations.starts_with(kernels[tail])
                                     && c.implementations.find("ref") == std::string::npos,
                                 c.implementations.c_str());
                    else
                        QVERIFY2(c.implementations.find("in float32") != std::string::npos, c.implementations.c_str());
                }
    }
    void convolutionsAgree_data() { productsAgree_data(); }
    void convolutionsAgree()
    {
        QFETCH(bool, native);
        if (native && !cpu()->supports(kHalf))
            QSKIP(kNotNative);
        for (const std::int64_t channels : {1, 3, 5, 16, 32})
            for (const bool tail : {false, true}) {
                const Comparison c = compare(convolution(kHalf, channels, tail), native, 300);
                QVERIFY2(c.problem.isEmpty(), qPrintable(QString("%1 channels: ").arg(channels) + c.problem));
                if (!native)
                    continue;
                for (const char *kernel : {tail ? "conv2d+cast+add+relu=dnnl:" : "conv2d+cast=dnnl:",
                                           "conv2d_backward_data+cast=dnnl:", "conv2d_backward_weights+cast=dnnl:"})
                    QVERIFY2(c.implementations.find(kernel) != std::string::npos, c.implementations.c_str());
                QVERIFY2(c.implementations.find("dnnl:ref") == std::string::npos, c.implementations.c_str());
            }
    }
    /// A bfloat16 result that is used as it is, too, keeps its own rounding: the cast is not taken into the kernel.
    void aResultThatIsReadTwiceIsRounded()
    {
        Builder b;
        const ValueId x = b.input("x", {kHalf, Shape{8, 16}});
        const ValueId y = b.emit("matmul", {x, x}, {{"transpose_b", true}});
        b.output("half", y);
        b.output("wide", b.cast(y, kFloat));
        const auto run = test::runOnBackend(*cpu(), b.program(), inputsOf(b.program()));
        QVERIFY(run);
        QVERIFY(sameBits(run->outputs[0].cast(kFloat), run->outputs[1]));
    }
    void opsWithoutAKernelRunInFloat32()
    {
        Builder b;
        const ValueId x = b.input("x", {kHalf, Shape{40, 30}});
        b.output("softmax", b.emit("softmax", {x}, {{"axis", std::int64_t(1)}}));
        b.output("sum", b.reduceSum(x, {0}, false));
        const Comparison c = compare(b.take(), true, 40);
        QVERIFY2(c.problem.isEmpty(), qPrintable(c.problem));
        QVERIFY2(c.implementations.find("softmax=own:softmax in float32") != std::string::npos,
                 c.implementations.c_str());
        QVERIFY2(c.implementations.find("reduce_sum=own:reduce in float32") != std::string::npos,
                 c.implementations.c_str());
    }
};

QTEST_GUILESS_MAIN(TstCpuBFloat16)
#include "tst_cpu_bfloat16.moc"
