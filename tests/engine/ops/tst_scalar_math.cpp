// SPDX-License-Identifier: Apache-2.0
// The scalar functions at their edges: overflow, zero divisors, infinities, NaN.
#include "engine/ops/scalar_math.h"

#include <QtTest>

#include <cmath>

using namespace espalier;
using namespace espalier::scalar;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");
constexpr auto kLowest = std::numeric_limits<std::int64_t>::lowest();
constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();

bool same(double a, double b)
{
    return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-15 * std::abs(b);
}

template <typename F>
constexpr bool isUnaryFloat = F::kinds &kFloat;

/// NaN in, NaN out (or false).
template <typename... F>
QStringList swallowers(List<F...>)
{
    QStringList found;
    const auto check = [&]<typename G>(const G *) {
        if constexpr (isUnaryFloat<G>) {
            const Attrs attrs{
                {"approximate", true}, {"negative_slope", 0.1}, {"alpha", 1.0}, {"minimum", 0.0}, {"maximum", 1.0}};
            const auto y = make<G>(attrs)(kNan);
            if (std::is_same_v<decltype(y), const double> && y == y)
                found.append(QString::fromStdString(std::string(G::name)));
        }
    };
    (check(static_cast<const F *>(nullptr)), ...);
    return found;
}

} // namespace

class TstScalarMath : public QObject {
    Q_OBJECT
private slots:
    void integersFloorAndNeverTrap()
    {
        const auto div = [](std::int64_t a, std::int64_t b) { return Div{}(a, b); };
        const auto mod = [](std::int64_t a, std::int64_t b) { return Mod{}(a, b); };
        QCOMPARE(div(7, 2), 3);
        QCOMPARE(div(-7, 2), -4);
        QCOMPARE(div(7, -2), -4);
        QCOMPARE(div(-7, -2), 3);
        QCOMPARE(mod(-7, 2), 1);
        QCOMPARE(mod(7, -2), -1);
        QCOMPARE(div(5, 0), 0);
        QCOMPARE(mod(5, 0), 5);
        QCOMPARE(div(kLowest, -1), kLowest); // wraps round
        QCOMPARE(mod(kLowest, -1), 0);
        QCOMPARE(Add{}(kHighest, std::int64_t{1}), kLowest);
        QCOMPARE(Neg{}(kLowest), kLowest);
        QCOMPARE(Mul{}(kHighest, std::int64_t{2}), -2);
        QCOMPARE(Pow{}(std::int64_t{3}, std::int64_t{4}), 81);
        QCOMPARE(Pow{}(std::int64_t{-1}, std::int64_t{-3}), -1);
        QCOMPARE(Pow{}(std::int64_t{2}, std::int64_t{-1}), 0);
        QCOMPARE(Pow{}(std::int64_t{0}, std::int64_t{0}), 1);
    }
    void remaindersHaveTheSignOfTheDivisor()
    {
        QCOMPARE(Mod{}(-1.0, 3.0), 2.0);
        QCOMPARE(Mod{}(1.0, -3.0), -2.0);
        QVERIFY(std::isnan(Mod{}(1.0, 0.0)));
    }
    void castsSaturate()
    {
        QCOMPARE((convert<std::int32_t>(1e30)), std::numeric_limits<std::int32_t>::max());
        QCOMPARE((convert<std::int64_t>(-kInf)), kLowest);
        QCOMPARE((convert<std::int64_t>(0x1p63)), kHighest);
        QCOMPARE((convert<std::int64_t>(kNan)), 0);
        QCOMPARE((convert<std::int32_t>(-2.9F)), -2);
        QCOMPARE((convert<bool>(0.1F)), true);
        QCOMPARE((convert<double>(true)), 1.0);
    }
    void largeArgumentsStayFinite_data()
    {
        QTest::addColumn<double>("got");
        QTest::addColumn<double>("wanted");
        QTest::newRow("sigmoid of -800") << sigmoid(-800.0) << 0.0;
        QTest::newRow("sigmoid of 800") << sigmoid(800.0) << 1.0;
        QTest::newRow("sigmoid of -40") << sigmoid(-40.0) << std::exp(-40.0);
        QTest::newRow("softplus of 800") << softplus(800.0) << 800.0;
        QTest::newRow("softplus of -800") << softplus(-800.0) << 0.0;
        QTest::newRow("softplus of -40") << softplus(-40.0) << std::exp(-40.0);
        QTest::newRow("softplus of infinity") << softplus(kInf) << kInf;
        QTest::newRow("mish of -800") << Mish{}(-800.0) << 0.0;
        QTest::newRow("mish of 800") << Mish{}(800.0) << 800.0;
        QTest::newRow("silu of -800") << Silu{}(-800.0) << 0.0;
        QTest::newRow("gelu of -40") << gelu(-40.0, false) << 0.0;
        QTest::newRow("gelu of 1e10, tanh form") << gelu(1e10, true) << 1e10;
        QTest::newRow("expm1 of 1e-20") << Expm1{}(1e-20) << 1e-20;
        QTest::newRow("log1p of 1e-20") << Log1p{}(1e-20) << 1e-20;
        QTest::newRow("round half to even below") << Round{}(2.5) << 2.0;
        QTest::newRow("round half to even above") << Round{}(-3.5) << -4.0;
        QTest::newRow("log of 0") << Log{}(0.0) << -kInf;
        QTest::newRow("log of -1") << Log{}(-1.0) << kNan;
    }
    void largeArgumentsStayFinite()
    {
        QFETCH(double, got);
        QFETCH(double, wanted);
        QVERIFY2(same(got, wanted), qPrintable(QString::number(got, 'g', 17)));
    }
    void nanGoesThrough()
    {
        QCOMPARE(swallowers(UnaryList{}), QStringList());
        for (const bool first : {true, false}) {
            const double a = first ? kNan : 1;
            const double b = first ? 1 : kNan;
            QVERIFY(std::isnan(Maximum{}(a, b)));
            QVERIFY(std::isnan(Minimum{}(a, b)));
            QVERIFY(!Equal{}(a, b) && NotEqual{}(a, b) && !Less{}(a, b));
        }
        QVERIFY(!IsFinite{}(kNan) && !IsFinite{}(kInf) && IsFinite{}(1e308));
    }
    void uniformDrawsStayBelowOne()
    {
        QVERIFY(uniform<float>(0xffffffffu) < 1.0F);
        QVERIFY(static_cast<float>(uniform<bfloat16>(0xffffffffu)) < 1.0F);
        QVERIFY(std::isfinite(normal(0xffffffffu, 0, false)));
    }
};

QTEST_GUILESS_MAIN(TstScalarMath)
#include "tst_scalar_math.moc"
