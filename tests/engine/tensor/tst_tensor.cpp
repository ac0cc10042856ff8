// SPDX-License-Identifier: Apache-2.0
// Dimensions, shapes, dtypes and host tensors.
#include "engine/base/philox.h"
#include "engine/tensor/tensor.h"

#include <QtTest>

using namespace espalier;

class TstTensor : public QObject {
    Q_OBJECT
private slots:
    void equalExpressionsCompareEqual()
    {
        const Dim b = Dim::symbol("batch");
        QVERIFY((b + 1) * 2 == b * 2 + 2);
        QVERIFY(b - b == Dim(0));
        QCOMPARE(((b + 1) * 2).toString(), std::string("2*batch + 2"));
        QVERIFY(!(b == Dim::symbol("time")));
    }
    void floorDivisionBindsToWhatItComputes()
    {
        const Dim t = Dim::symbol("time");
        const Dim out = floorDiv(t + 2 - 3, 2) + 1;
        for (std::int64_t n = 1; n < 20; ++n)
            QCOMPARE(out.bind({{"time", n}}).constant(), (n + 1) / 2);
        QVERIFY(floorDiv(t * 4 + 5, 4) == t + 1);
    }
    void exactDivisionKnowsWhatDivides()
    {
        const Dim b = Dim::symbol("batch");
        QVERIFY(exactDiv(b * 64, b) == Dim(64));
        QVERIFY(exactDiv(b * 64, Dim(32)) == b * 2);
        QVERIFY(exactDiv(b * 3, Dim(2)).isUnknown());
    }
    void broadcastFollowsNumPy()
    {
        const Dim b = Dim::symbol("batch");
        QVERIFY(broadcast(Shape{b, 3}, Shape{3}) == (Shape{b, 3}));
        QVERIFY(broadcast(Shape{b, 1}, Shape{1, 4}) == (Shape{b, 4}));
        QVERIFY(!broadcast(Shape{2}, Shape{3}).has_value());
        QVERIFY(!broadcast(Shape{b}, Shape{Dim::symbol("time")}).has_value());
    }
    void bfloat16RoundsToNearestEven()
    {
        QCOMPARE(static_cast<float>(bfloat16(1.0F)), 1.0F);
        QCOMPARE(bfloat16(1.00390625F).bits, std::uint16_t(0x3f80)); // half way, even below
        QCOMPARE(bfloat16(1.01171875F).bits, std::uint16_t(0x3f82)); // half way, even above
        QVERIFY(std::isnan(static_cast<float>(bfloat16(std::nanf("")))));
    }
    void tensorsPrintAsNumPyWrites()
    {
        QCOMPARE(
            Tensor::of<double>({2, 2}, {0.5, 0.7310585786300049, 0.2689414213699951, 0.11920292202211755}).toString(),
            std::string("[[0.5, 0.73105858], [0.26894142, 0.11920292]]"));
        QCOMPARE(Tensor::of<std::int32_t>({4}, {5, 12, 21, 32}).toString(), std::string("[5, 12, 21, 32]"));
    }
    void philoxMatchesThePublishedVectors()
    {
        // Known-answer tests of Random123 (kat_vectors, philox4x32 10).
        const auto zeros = philox4x32({0, 0, 0, 0}, {0, 0});
        QCOMPARE(zeros[0], 0x6627e8d5u);
        QCOMPARE(zeros[3], 0x9b00dbd8u);
        const auto ones = philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u});
        QCOMPARE(ones[0], 0x408f276du);
        QCOMPARE(ones[3], 0x6d5451fdu);
    }
    void errorsFillTheirTemplate()
    {
        const Error e = error("x", "Column {0}, line {1}: {2} is left alone", "age", 3);
        QCOMPARE(e.message(), std::string("Column age, line 3: {2} is left alone"));
    }
};

QTEST_GUILESS_MAIN(TstTensor)
#include "tst_tensor.moc"
