// SPDX-License-Identifier: Apache-2.0
// A step allocates nothing of ours, and memory stays level over many steps.
#include "engine/ops/builder.h"
#include "engine/program/compile.h"

#include <QtTest>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <new>

#include <unistd.h>

namespace {
std::atomic<long> g_allocations{0};
}

// Counts what C++ code allocates. oneDNN's own allocations inside `execute` are C++ too and are allowed for below.
void *operator new(std::size_t size)
{
    ++g_allocations;
    if (void *memory = std::malloc(size ? size : 1))
        return memory;
    throw std::bad_alloc();
}
void operator delete(void *memory) noexcept
{
    std::free(memory);
}
void operator delete(void *memory, std::size_t) noexcept
{
    std::free(memory);
}

using namespace espalier;

namespace {

double residentBytes()
{
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// y = relu(x w + b), loss = sum y^2, Adam. With `product` the matrix products are oneDNN's.
Program step(bool product)
{
    Builder b;
    const TensorType matrix{DType::Float32, Shape{32, 48}};
    const ValueId x = b.input("x", matrix);
    const ValueId rate = b.input("rate", {DType::Float32, Shape{}});
    const ValueId update = b.input("update", {DType::Int64, Shape{}});
    const ValueId w = b.state("w", product ? TensorType{DType::Float32, Shape{48, 48}} : matrix);
    const ValueId m = b.state("m", b.type(w));
    const ValueId v = b.state("v", b.type(w));
    const ValueId y = b.emit("relu", {product ? b.emit("matmul", {x, w}) : b.mul(x, w)});
    const ValueId gradient = product ? b.emit("matmul", {x, y}, {{"transpose_a", true}}) : b.mul(x, y);
    b.output("loss", b.reduceSum(b.emit("square", {y}), {}, false));
    const ValueId gate = b.emit("all_finite", {gradient});
    const auto next
        = b.emitAll("adam_update", {w, gradient, m, v, update, rate, gate},
                    {{"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight_decay", 0.0}, {"decoupled", false}});
    b.setFinal("w", next[0]);
    b.setFinal("m", next[1]);
    b.setFinal("v", next[2]);
    return b.take();
}

} // namespace

class TstSteady : public QObject {
    Q_OBJECT
private slots:
    void aStepAllocatesNothingOfOurs_data()
    {
        QTest::addColumn<bool>("product");
        QTest::newRow("own kernels") << false;
        QTest::newRow("with oneDNN") << true;
    }
    void aStepAllocatesNothingOfOurs()
    {
        QFETCH(bool, product);
        const auto backend = std::move(*makeBackend("cpu", {.threads = 1}));
        StateStore store(*backend);
        const auto made = compile(step(product), *backend, store, std::make_shared<Arena>(*backend));
        QVERIFY(made.has_value());
        Executable &run = **made;
        Tensor x(DType::Float32, {32, 48});
        for (std::int64_t i = 0; i < x.elements(); ++i)
            x.set(i, 0.01 * static_cast<double>(i % 17));
        const float rate = 1e-3F;
        const std::int64_t update = 1;
        float loss = 0;
        const auto once = [&] {
            run.setInput(0, {static_cast<const std::byte *>(x.data()), x.bytes()});
            run.setInput(1, std::as_bytes(std::span(&rate, 1)));
            run.setInput(2, std::as_bytes(std::span(&update, 1)));
            run.run();
            run.readOutput(0, std::as_writable_bytes(std::span(&loss, 1)));
            backend->synchronize();
        };
        for (int i = 0; i < 10; ++i)
            once();
        const long before = g_allocations;
        constexpr int kSteps = 100;
        for (int i = 0; i < kSteps; ++i)
            once();
        const long each = (g_allocations - before) / kSteps;
        // oneDNN 2.6 allocates 5 or 6 times in each execute of its C++ interface; two products are in the step.
        QVERIFY2(each <= (product ? 2 * 8 : 0), qPrintable(QString::number(each)));
        const double level = residentBytes();
        for (int i = 0; i < 10000; ++i)
            once();
        QVERIFY2(residentBytes() - level < 1e6, "memory grew over 10,000 steps");
    }
};

QTEST_GUILESS_MAIN(TstSteady)
#include "tst_steady.moc"
