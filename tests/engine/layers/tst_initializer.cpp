// SPDX-License-Identifier: Apache-2.0
// Initialisers: their formulas, and that values depend on seed and path alone.
#include "engine/backends/reference/interpreter.h"
#include "engine/layers/initializer.h"

#include <QtTest>

#include <cmath>

using namespace espalier;

namespace {

std::vector<Tensor> draw(const std::vector<StateInfo> &states, std::int64_t seed)
{
    std::vector<Tensor> zeros;
    for (const StateInfo &s : states)
        zeros.emplace_back(s.type.dtype, s.type.shape.concrete());
    const auto result = interpret(initialiseProgram(states), std::vector{Tensor::scalar<std::int64_t>(seed)}, zeros);
    return result ? result->states : std::vector<Tensor>();
}

StateInfo state(std::string path, Initializer init, Dims dims = {100, 50})
{
    init.fanIn = 50;
    init.fanOut = 100;
    return {.path = std::move(path), .name = "n", .type = {DType::Float32, Shape(dims)}, .initializer = init};
}

} // namespace

class TstInitializer : public QObject {
    Q_OBJECT
private slots:
    void formulas_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<double>("mean");
        QTest::addColumn<double>("deviation");
        QTest::addColumn<double>("limit");
        const double no = 1e9;
        QTest::newRow("glorot_uniform") << "\"glorot_uniform\"" << 0.0 << std::sqrt(2.0 / 150) << std::sqrt(6.0 / 150);
        QTest::newRow("glorot_normal") << "\"glorot_normal\"" << 0.0 << std::sqrt(2.0 / 150) << no;
        QTest::newRow("he_uniform") << "\"he_uniform\"" << 0.0 << std::sqrt(2.0 / 50) << std::sqrt(6.0 / 50);
        QTest::newRow("he_normal") << "\"he_normal\"" << 0.0 << std::sqrt(2.0 / 50) << no;
        QTest::newRow("fan_in") << "\"fan_in_uniform\"" << 0.0 << std::sqrt(1.0 / 150) << std::sqrt(1.0 / 50);
        QTest::newRow("zeros") << "\"zeros\"" << 0.0 << 0.0 << 0.0;
        QTest::newRow("ones") << "\"ones\"" << 1.0 << 0.0 << 0.0;
        QTest::newRow("constant") << R"({"scheme": "constant", "value": -3})" << -3.0 << 0.0 << 0.0;
        QTest::newRow("normal") << R"({"scheme": "normal", "mean": 2, "std": 0.5})" << 2.0 << 0.5 << no;
        QTest::newRow("uniform") << R"({"scheme": "uniform", "low": 1, "high": 3})" << 2.0 << 2 / std::sqrt(12.0)
                                 << 1.0;
    }
    void formulas()
    {
        QFETCH(QString, json);
        QFETCH(double, mean);
        QFETCH(double, deviation);
        QFETCH(double, limit);
        const auto init = readInitializer(JsonValue::parse(json.toStdString(), "t").value());
        QVERIFY(init.has_value());
        QCOMPARE(readInitializer(initializerToJson(*init))->scheme, init->scheme);
        const Tensor t = draw({state("a.weight", *init)}, 1).front();
        double sum = 0;
        double squares = 0;
        double most = 0;
        for (std::int64_t i = 0; i < t.elements(); ++i) {
            sum += t.at(i);
            squares += (t.at(i) - mean) * (t.at(i) - mean);
            most = std::max(most, std::abs(t.at(i) - mean));
        }
        const double n = static_cast<double>(t.elements());
        QVERIFY(std::abs(sum / n - mean) <= 5 * deviation / std::sqrt(n) + 1e-6);
        QVERIFY(std::abs(std::sqrt(squares / n) - deviation) <= 0.05 * deviation);
        QVERIFY(most <= limit + 1e-6);
    }
    void valuesDependOnSeedAndPathAlone()
    {
        const Initializer init{.scheme = "he_normal"};
        const auto two = draw({state("a.weight", init), state("b.weight", init)}, 1);
        QVERIFY(!sameBits(two[0], two[1]));
        QVERIFY(sameBits(draw({state("b.weight", init)}, 1)[0], two[1]));
        QVERIFY(!sameBits(draw({state("b.weight", init)}, 2)[0], two[1]));
    }
    void wrongOnesAreRefused()
    {
        for (const char *json :
             {"\"he_narmal\"", "7", "{}", R"({"scheme": "normal", "std": -1})", R"({"scheme": "normal", "low": 1})",
              R"({"scheme": "uniform", "low": 2, "high": 1})", R"({"scheme": "constant", "value": "x"})"})
            QVERIFY2(!readInitializer(JsonValue::parse(json, "t").value()), json);
    }
};

QTEST_GUILESS_MAIN(TstInitializer)
#include "tst_initializer.moc"
