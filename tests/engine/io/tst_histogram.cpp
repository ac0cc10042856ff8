// SPDX-License-Identifier: Apache-2.0
// Histograms against a slow count, and data at the edges of floating point.
#include "engine/io/histogram.h"

#include <QtTest>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace espalier;

namespace {
constexpr float kInf = std::numeric_limits<float>::infinity();

double total(const HistogramData &h)
{
    return std::accumulate(h.buckets.begin(), h.buckets.end(), 0.0,
                           [](double sum, const HistogramBucket &b) { return sum + b.count; });
}
} // namespace

class TstHistogram : public QObject {
    Q_OBJECT
private slots:
    void countsMatchASlowCount_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : {2, 3, 7, 8, 9, 511, 512, 513, 10007})
            QTest::newRow(std::to_string(size).c_str()) << size;
    }
    void countsMatchASlowCount()
    {
        QFETCH(int, size);
        std::mt19937 random(static_cast<unsigned>(size));
        std::normal_distribution<float> normal(0.5F, 2.F);
        std::vector<float> data(static_cast<std::size_t>(size));
        for (float &value : data)
            value = normal(random);
        const HistogramData h = histogramOf(data);
        QCOMPARE(h.buckets.size(), std::size_t(30));
        QCOMPARE(h.min, double(*std::min_element(data.begin(), data.end())));
        QCOMPARE(h.max, double(*std::max_element(data.begin(), data.end())));
        QCOMPARE(h.buckets.front().left, h.min);
        QCOMPARE(h.buckets.back().right, h.max);
        QCOMPARE(h.count, double(size));
        double sum = 0;
        double squares = 0;
        for (const float value : data) {
            sum += double(value);
            squares += double(value) * double(value);
        }
        QVERIFY(std::abs(h.sum - sum) <= 1e-9 * size);
        QVERIFY(std::abs(h.sumOfSquares - squares) <= 1e-9 * squares);
        for (std::size_t i = 0; i < 30; ++i) {
            const HistogramBucket &b = h.buckets[i];
            if (i > 0)
                QCOMPARE(b.left, h.buckets[i - 1].right);
            const auto inside = std::count_if(data.begin(), data.end(), [&](float v) {
                return double(v) >= b.left && (i == 29 ? double(v) <= b.right : double(v) < b.right);
            });
            QCOMPARE(b.count, double(inside));
        }
    }
    void valuesThatAreNotFiniteAreCountedApart()
    {
        std::vector<float> data(1000, std::nanf(""));
        data[3] = 1;
        data[500] = 2;
        data[998] = kInf;
        data[999] = -kInf;
        const HistogramData h = histogramOf(data, 4);
        QCOMPARE(h.nans, std::uint64_t(996));
        QCOMPARE(h.infinities, std::uint64_t(2));
        QCOMPARE(h.count, 2.0);
        QCOMPARE(h.sum, 3.0);
        QCOMPARE(h.buckets, (std::vector<HistogramBucket>{{1, 1.25, 1}, {1.25, 1.5, 0}, {1.5, 1.75, 0}, {1.75, 2, 1}}));
    }
    void nothingFiniteGivesNoBuckets()
    {
        QVERIFY(histogramOf(std::span<const float>()).buckets.empty());
        const HistogramData h = histogramOf(std::vector<float>{kInf, std::nanf("")});
        QVERIFY(h.buckets.empty());
        QCOMPARE(h.count, 0.0);
        QCOMPARE(h.min, 0.0);
        QCOMPARE(h.infinities, std::uint64_t(1));
    }
    void equalDataGoesIntoTheLastBucket()
    {
        for (const std::vector<float> &data : {std::vector<float>(17, 3.F), std::vector<float>{0.F, -0.F}}) {
            const HistogramData h = histogramOf(data);
            QCOMPARE(h.buckets.size(), std::size_t(30));
            QCOMPARE(h.buckets.back().count, double(data.size()));
            QCOMPARE(total(h), double(data.size()));
            QCOMPARE(h.buckets.front().left, h.buckets.back().right);
        }
    }
    void theWholeRangeOfDoubleWorks()
    {
        const double top = std::numeric_limits<double>::max();
        const HistogramData h = histogramOf(std::vector<double>{-top, top * 0.01, top, top}, 2);
        QCOMPARE(h.buckets[0].count, 1.0);
        QCOMPARE(h.buckets[1].count, 3.0);
        QCOMPARE(h.buckets[1].left, 0.0);
        const double tiny = std::numeric_limits<double>::denorm_min();
        QCOMPARE(total(histogramOf(std::vector<double>{0, tiny, 3 * tiny})), 3.0);
        const float most = std::numeric_limits<float>::max();
        QCOMPARE(histogramOf(std::vector<float>{-most, most}, 2).buckets[1].count, 1.0);
    }
    /// Zeros of the padding are no values, zeros of the data are.
    void paddingIsNotCounted_data()
    {
        QTest::addColumn<double>("shift");
        QTest::addColumn<int>("zeros");
        QTest::newRow("both signs") << 0.0 << 0;
        QTest::newRow("both signs and zeros") << 0.0 << 5;
        QTest::newRow("positive") << 3.0 << 0;
        QTest::newRow("positive and zeros") << 3.0 << 9;
        QTest::newRow("negative and a zero") << -3.0 << 1;
    }
    void paddingIsNotCounted()
    {
        QFETCH(double, shift);
        QFETCH(int, zeros);
        std::vector<float> data(1001);
        for (std::size_t i = 0; i < data.size(); ++i)
            data[i] = i < std::size_t(zeros) ? 0.F : float(std::sin(double(i)) + shift);
        data[700] = std::nanf("");
        data[701] = kInf;
        std::vector<float> stored = data;
        for (int i = 0; i < 77; ++i)
            stored.insert(stored.begin() + i * 13, 0.F);
        const HistogramData expected = histogramOf(data);
        const HistogramData h
            = histogramOfStored(std::as_bytes(std::span(stored)), {DType::Float32, Shape{std::int64_t(1001)}});
        QCOMPARE(h.count, 999.0);
        QCOMPARE(h.buckets, expected.buckets);
        QCOMPARE(h.min, expected.min);
        QCOMPARE(h.max, expected.max);
        QCOMPARE(h.nans, std::uint64_t(1));
        QCOMPARE(h.infinities, std::uint64_t(1));
        QVERIFY(std::abs(h.sum - expected.sum) < 1e-9);
    }
    void paddingAloneIsNothing()
    {
        const std::vector<float> zeros(16, 0.F);
        const auto bytes = std::as_bytes(std::span(zeros));
        QCOMPARE(histogramOfStored(bytes, {DType::Float32, Shape{std::int64_t(0)}}).count, 0.0);
        const HistogramData three = histogramOfStored(bytes, {DType::Float32, Shape{std::int64_t(3)}});
        QCOMPARE(three.count, 3.0);
        QCOMPARE(three.buckets.back().count, 3.0);
    }
    void everyDtypeIsTaken()
    {
        QCOMPARE(histogramOf(Tensor::of<bool>({3}, {true, false, true}), 2).buckets[1].count, 2.0);
        QCOMPARE(histogramOf(Tensor::of<std::int64_t>({3}, {1, 2, 9})).max, 9.0);
        QCOMPARE(histogramOf(Tensor::of<bfloat16>({2}, {bfloat16(1.F), bfloat16(4.F)})).sum, 5.0);
        QCOMPARE(histogramOf(Tensor::of<double>({2}, {1e300, 0})).max, 1e300);
        QCOMPARE(histogramOf(Tensor::of<float>({2}, {1, 0})).max, 1.0);
    }
};

QTEST_GUILESS_MAIN(TstHistogram)
#include "tst_histogram.moc"
