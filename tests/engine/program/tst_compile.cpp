// SPDX-License-Identifier: Apache-2.0
// Grouping, placing and running: compiled programs give what the interpreter gives, and states are handled rightly.
#include "engine/backends/backend.h"
#include "engine/backends/reference/interpreter.h"
#include "engine/ops/builder.h"
#include "engine/program/compile.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace espalier;

namespace {

struct Fixture {
    std::unique_ptr<Backend> backend;
    StateStore store;
    std::shared_ptr<Arena> arena;
    explicit Fixture(const char *name)
        : backend(std::move(*makeBackend(name, {})))
        , store(*backend)
        , arena(std::make_shared<Arena>(*backend))
    {
    }
    std::unique_ptr<Executable> compile(const Program &program, CompileOptions options = {})
    {
        auto result = espalier::compile(program, *backend, store, arena, options);
        if (!result)
            qFatal("%s", result.error().message().c_str());
        return std::move(*result);
    }
};

Tensor numbers(Dims dims, float first)
{
    Tensor t(DType::Float32, std::move(dims));
    for (std::int64_t i = 0; i < t.elements(); ++i)
        t.set(i, first + 0.25 * static_cast<double>(i));
    return t;
}

const TensorType kVector{DType::Float32, Shape{5}};

Tensor waves(Dims dims, double shift)
{
    Tensor t(DType::Float32, std::move(dims));
    for (std::int64_t i = 0; i < t.elements(); ++i)
        t.set(i, shift + std::sin(static_cast<double>(i)));
    return t;
}

} // namespace

class TstCompile : public QObject {
    Q_OBJECT
private slots:
    void backends_data()
    {
        QTest::addColumn<QString>("name");
        for (const std::string &name : backendNames())
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
    }

    void aStepUpdatesItsStateInPlace_data() { backends_data(); }
    void aStepUpdatesItsStateInPlace()
    {
        QFETCH(QString, name);
        Fixture f(qPrintable(name));
        Builder b;
        const ValueId x = b.input("x", kVector);
        const ValueId w = b.state("w", kVector);
        const ValueId next = b.sub(w, b.mulScalar(x, 0.5));
        b.output("old", b.reduceSum(b.mul(w, x), {}, false));
        b.setFinal("w", next);
        const auto run = f.compile(b.program());
        QVERIFY(f.store.write("w", numbers({5}, 1)));
        const Tensor in = numbers({5}, 2);
        for (int i = 0; i < 3; ++i) {
            run->setInput("x", in);
            run->run();
        }
        const Tensor w3 = *f.store.read("w");
        for (int i = 0; i < 5; ++i)
            QCOMPARE(w3.at(i), 1 + 0.25 * i - 1.5 * (2 + 0.25 * i));
    }

    void statesCanSwap_data() { backends_data(); }
    void statesCanSwap()
    {
        QFETCH(QString, name);
        Fixture f(qPrintable(name));
        Builder b;
        const ValueId u = b.state("u", kVector);
        const ValueId v = b.state("v", kVector);
        b.setFinal("u", v);
        b.setFinal("v", u);
        b.output("sum", b.add(u, v));
        const auto run = f.compile(b.program());
        QVERIFY(f.store.write("u", numbers({5}, 1)));
        QVERIFY(f.store.write("v", numbers({5}, 10)));
        run->run();
        QVERIFY(sameBits(*f.store.read("u"), numbers({5}, 10)));
        QVERIFY(sameBits(*f.store.read("v"), numbers({5}, 1)));
        QCOMPARE(run->output("sum").at(0), 11.0);
    }

    /// A reshape of a state is a view of its memory: it must be read before the update writes there.
    void aViewOfAStateIsReadBeforeItsUpdate_data() { backends_data(); }
    void aViewOfAStateIsReadBeforeItsUpdate()
    {
        QFETCH(QString, name);
        Fixture f(qPrintable(name));
        Builder b;
        const ValueId x = b.input("x", {DType::Float32, Shape{3, 5}});
        const ValueId w = b.state("w", kVector);
        const ValueId row = b.reshape(w, Shape{1, 5});
        b.setFinal("w", b.mulScalar(w, 2.0));
        b.output("y", b.add(x, row));
        const auto run = f.compile(b.program());
        QVERIFY(f.store.write("w", numbers({5}, 1)));
        run->setInput("x", Tensor(DType::Float32, {3, 5}));
        run->run();
        QCOMPARE(run->output("y").at(4), 2.0);
        QCOMPARE(f.store.read("w")->at(4), 4.0);
    }

    /// a -> reduce -> a * reduced: the product can't join a's group, since the reduction lies between.
    void fusionMakesNoCycle_data() { backends_data(); }
    void fusionMakesNoCycle()
    {
        QFETCH(QString, name);
        Fixture f(qPrintable(name));
        Builder b;
        const ValueId x = b.input("x", {DType::Float32, Shape{4, 5}});
        const ValueId a = b.emit("exp", {x});
        const ValueId s = b.reduceSum(a, {1}, true);
        const ValueId y = b.div(a, s);
        b.output("y", b.mul(y, a));
        const Program program = b.program();
        const Tensor in = numbers({4, 5}, -1);
        const auto expected = interpret(program, std::vector<Tensor>{in});
        QVERIFY(expected.has_value());
        for (const bool fuse : {true, false}) {
            CompileOptions options;
            options.grouping.fuse = fuse;
            const auto run = f.compile(program, options);
            run->setInput("x", in);
            run->run();
            const Tensor out = run->output("y");
            for (int i = 0; i < 20; ++i)
                QVERIFY(std::abs(out.at(i) - expected->outputs[0].at(i)) <= 1e-5 * std::abs(out.at(i)));
        }
    }

    /// On the cpu backend convolutions lie in blocks of channels: a watched value is read as it lies, padding and all.
    void watchedValuesStayWhereTheyAre()
    {
        for (const char *device : {"reference", "cpu"}) {
            Fixture f(device);
            Builder b;
            const TensorType image{DType::Float32, Shape{2, 5, 6, 6}};
            const ValueId x = b.input("x", image);
            const ValueId w = b.input("w", {DType::Float32, Shape{5, 5, 3, 3}});
            const Attrs attrs{{"padding", Dims{1, 1, 1, 1}}};
            const ValueId y = b.emit("conv2d", {x, w}, attrs);
            const ValueId z = b.emit("conv2d", {b.emit("relu", {y}), w}, attrs);
            b.observe("y", y);
            b.output("z", z);
            const ValueId again = b.emit("conv2d", {z, w}, attrs); // more work for the arena after y was used
            b.output("again", again);
            b.output("plain y", y);
            CompileOptions watch;
            watch.watchObservations = true;
            const auto run = f.compile(b.program(), watch);
            run->setInput("x", waves({2, 5, 6, 6}, 0.3));
            run->setInput("w", waves({5, 5, 3, 3}, -0.2));
            run->run();
            QCOMPARE(run->watched().size(), std::size_t(1));
            QCOMPARE(run->watched()[0].name, std::string("y"));
            std::vector<std::byte> scratch;
            const auto bytes = run->watchedBytes(0, scratch);
            QVERIFY(scratch.empty());
            std::vector<float> stored(bytes.size() / sizeof(float));
            std::memcpy(stored.data(), bytes.data(), bytes.size());
            std::erase(stored, 0.F);
            const Tensor plain = run->output("plain y");
            std::vector<float> expected(plain.span<float>().begin(), plain.span<float>().end());
            std::erase(expected, 0.F);
            std::sort(stored.begin(), stored.end());
            std::sort(expected.begin(), expected.end());
            QVERIFY(!expected.empty());
            QCOMPARE(stored, expected);
        }
    }
    void observationsAndEveryValueCanBeRead()
    {
        Fixture f("reference");
        Builder b;
        const ValueId x = b.input("x", kVector);
        const ValueId y = b.emit("exp", {x});
        b.observe("layer/activation", y);
        b.output("z", b.emit("log", {y}));
        CompileOptions watch;
        watch.keepObservations = true;
        const auto watched = f.compile(b.program(), watch);
        watched->setInput("x", numbers({5}, 0));
        watched->run();
        QCOMPARE(watched->output("layer/activation").at(0), 1.0);
        CompileOptions all;
        all.keepAll = true;
        QCOMPARE(f.compile(b.program(), all)->outputs().size(), std::size_t(3));
    }
};

QTEST_GUILESS_MAIN(TstCompile)
#include "tst_compile.moc"
