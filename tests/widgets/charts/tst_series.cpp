// SPDX-License-Identifier: GPL-3.0-or-later
// Series and its smoothing against brute force on random data: steps that go back, equal stamps, values that are not
// finite.
#include "widgets/charts/series.h"
#include "widgets/charts/smoothing.h"

#include <QtTest>

#include <cmath>
#include <random>

using namespace espalier;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Plain {
    std::vector<SeriesPoint> all; ///< visible ones
    void append(qint64 step, double time, double value)
    {
        while (!all.empty() && !(all.back().step < step) && restarts(step))
            all.pop_back();
        all.push_back({step, time, static_cast<float>(value)});
        lastStep = step;
    }
    bool restarts(qint64 step) const { return step < lastStep && all.back().step >= step; }
    qint64 lastStep = std::numeric_limits<qint64>::min();
};

double xOf(const SeriesPoint &point, SeriesAxis axis)
{
    return axis == SeriesAxis::Step ? static_cast<double>(point.step) : point.wallTime;
}

std::vector<SeriesColumn> bruteColumns(const Plain &plain, SeriesAxis axis, const std::vector<double> &edges)
{
    std::vector<SeriesColumn> columns;
    for (std::size_t c = 0; c + 1 < edges.size(); ++c) {
        SeriesColumn column{static_cast<int>(c), 0, 0, 0, INFINITY, -INFINITY, 0};
        bool isEmpty = true;
        for (const SeriesPoint &point : plain.all) {
            const double x = xOf(point, axis);
            const bool isInside = x >= edges[c] && (x < edges[c + 1] || (c + 2 == edges.size() && x == edges[c + 1]));
            if (!isInside || !std::isfinite(point.value))
                continue;
            if (isEmpty) {
                column.firstX = x;
                column.first = point.value;
            }
            isEmpty = false;
            column.lastX = x;
            column.last = point.value;
            column.least = std::min(column.least, point.value);
            column.greatest = std::max(column.greatest, point.value);
        }
        if (!isEmpty)
            columns.push_back(column);
    }
    return columns;
}

void compare(const std::vector<SeriesColumn> &got, const std::vector<SeriesColumn> &expected)
{
    QCOMPARE(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        QCOMPARE(got[i].column, expected[i].column);
        QCOMPARE(got[i].firstX, expected[i].firstX);
        QCOMPARE(got[i].lastX, expected[i].lastX);
        QCOMPARE(got[i].first, expected[i].first);
        QCOMPARE(got[i].last, expected[i].last);
        QCOMPARE(got[i].least, expected[i].least);
        QCOMPARE(got[i].greatest, expected[i].greatest);
    }
}

/// TensorBoard's own words: tensorboard/components/vz_line_chart2, resmoothDataset.
std::vector<float> bruteSmooth(const std::vector<SeriesPoint> &points, double weight)
{
    bool isConstant = true;
    for (const SeriesPoint &point : points)
        isConstant = isConstant && point.value == points.front().value;
    std::vector<float> result;
    double last = 0;
    int n = 0;
    for (const SeriesPoint &point : points) {
        if (isConstant || !std::isfinite(point.value)) {
            result.push_back(point.value);
            continue;
        }
        last = last * weight + (1 - weight) * static_cast<double>(point.value);
        ++n;
        result.push_back(static_cast<float>(last / (weight == 1 ? 1 : 1 - std::pow(weight, n))));
    }
    return result;
}

} // namespace

class TestSeries : public QObject {
    Q_OBJECT

private slots:
    void columnsEqualBruteForce_data()
    {
        QTest::addColumn<int>("seed");
        QTest::addColumn<int>("points");
        QTest::addColumn<bool>("clockGoesBack");
        for (int seed = 0; seed < 12; ++seed)
            QTest::addRow("%d", seed) << seed << (seed % 4 == 0 ? 20'000 : 50 + 400 * seed) << (seed % 3 == 2);
    }

    void columnsEqualBruteForce()
    {
        QFETCH(int, seed);
        QFETCH(int, points);
        QFETCH(bool, clockGoesBack);
        std::mt19937 random(static_cast<unsigned>(seed));
        const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
        Series series;
        Plain plain;
        qint64 step = below(3) == 0 ? -50 : 0;
        double time = 1'700'000'000;
        for (int i = 0; i < points; ++i) {
            if (below(points / 6) == 0)
                step -= below(static_cast<int>(std::max<qint64>(step, 1)) + 10);
            else
                step += below(20) == 0 ? 0 : below(300) == 0 ? 5'000'000'000 : 1 + below(3);
            time += clockGoesBack && below(points / 5) == 0 ? -100.5 : below(3) * 0.25;
            const double value
                = below(40) == 0 ? (below(2) ? kNaN : -INFINITY) : std::sin(i * 0.01) + below(1000) * 1e-3;
            series.append(step, time, value);
            plain.append(step, time, value);
        }
        QCOMPARE(series.size(), static_cast<qsizetype>(plain.all.size()));
        for (const SeriesAxis axis : {SeriesAxis::Step, SeriesAxis::WallTime}) {
            for (int round = 0; round < 12; ++round) {
                const SeriesPoint &a = plain.all[static_cast<std::size_t>(below(static_cast<int>(plain.all.size())))];
                const SeriesPoint &b = plain.all[static_cast<std::size_t>(below(static_cast<int>(plain.all.size())))];
                double from = round == 0 ? xOf(plain.all.front(), axis) : std::min(xOf(a, axis), xOf(b, axis));
                double to = round == 0 ? xOf(plain.all.back(), axis) : std::max(xOf(a, axis), xOf(b, axis));
                if (to <= from)
                    to = from + 1;
                std::vector<double> edges;
                const int columns = 1 + below(80);
                for (int c = 0; c <= columns; ++c)
                    edges.push_back(from + (to - from) * c / columns);
                compare(series.columns(axis, edges), bruteColumns(plain, axis, edges));
                if (QTest::currentTestFailed())
                    return;
                ValueExtent extent;
                for (const SeriesPoint &point : plain.all)
                    if (xOf(point, axis) >= from && xOf(point, axis) <= to)
                        extent.add(point.value);
                const ValueExtent got = series.extent(axis, from, to);
                QCOMPARE(got.least, extent.least);
                QCOMPARE(got.greatest, extent.greatest);
            }
        }
    }

    void smoothsAsTensorBoardDoes_data()
    {
        QTest::addColumn<double>("weight");
        for (const double weight : {0.0, 0.3, 0.6, 0.9, 0.999, 1.0})
            QTest::addRow("%g", weight) << weight;
    }

    void smoothsAsTensorBoardDoes()
    {
        QFETCH(double, weight);
        std::mt19937 random(5);
        auto series = std::make_shared<Series>();
        SmoothedSeries smoothed(series, weight);
        Plain plain;
        qint64 step = 0;
        for (int i = 0; i < 1000; ++i) {
            step = i == 700 ? 500 : step + 1;
            const double value = i < 20 ? 2.5 : i % 97 == 0 ? kNaN : static_cast<double>(random() % 1000) / 100;
            series->append(step, i, value);
            plain.append(step, i, value);
            if (i % 130 == 0)
                smoothed.update(37); // late and in pieces: the same comes out
        }
        while (!smoothed.update(100)) { }
        const std::vector<float> expected = bruteSmooth(plain.all, weight);
        std::size_t k = 0;
        for (const Series::Range &range : series->visible()) {
            for (qsizetype i = range.from; i < range.to; ++i, ++k) {
                const float got = smoothed.values().at(i);
                if (std::isfinite(expected[k]))
                    QVERIFY2(std::abs(got - expected[k]) <= 2e-6F * std::abs(expected[k]),
                             qPrintable(QString::number(i)));
                else
                    QCOMPARE(std::isnan(got), std::isnan(expected[k]));
            }
        }
        QCOMPARE(k, expected.size());
    }

    void leavesEqualValuesAsTheyAre()
    {
        auto series = std::make_shared<Series>();
        for (int i = 0; i < 10; ++i)
            series->append(i, i, 3);
        SmoothedSeries smoothed(series, 0.9);
        QVERIFY(smoothed.update());
        QCOMPARE(smoothed.values().at(9), 3.F);
    }

    void aRestartHidesWhatItSupersedes()
    {
        Series series;
        for (int i = 0; i < 100; ++i)
            series.append(i, i, i);
        series.append(50, 200, -1);
        QCOMPARE(series.size(), 51);
        QCOMPARE(series.stored(), 101);
        QCOMPARE(series.restarts(), 1);
        QCOMPARE(series.last()->value, -1.F);
        QCOMPARE(series.value(series.atStep(49)), 49.F);
        QCOMPARE(series.value(series.atStep(99)), -1.F);
        QCOMPARE(series.point(series.nearest(SeriesAxis::Step, 49.9)).step, 50);
    }

    void aRestartIsToldBeforeItsFirstPoint()
    {
        Series series;
        for (int i = 0; i < 100; i += 10)
            series.append(i, i, i);
        series.restart(45);
        QCOMPARE(series.size(), 5);
        series.append(60, 200, -1); // what stood at 50 is gone, too
        QCOMPARE(series.size(), 6);
        QCOMPARE(series.value(series.atStep(59)), 40.F);
        series.restart(61);
        QCOMPARE(series.size(), 6);
        series.restart(0);
        QVERIFY(series.isEmpty());
        QCOMPARE(series.atStep(1000), -1);
    }

    void findsNeighbours()
    {
        Series series;
        for (int i = 0; i < 1000; ++i)
            series.append(10 * i, i, i > 400 && i < 600 ? kNaN : i);
        QCOMPARE(series.before(SeriesAxis::Step, 5555), 400);
        QCOMPARE(series.after(SeriesAxis::Step, 5555), 600);
        QCOMPARE(series.before(SeriesAxis::Step, 0), -1);
        QCOMPARE(series.after(SeriesAxis::Step, 9990), -1);
        QCOMPARE(series.notFinite(SeriesAxis::Step, 0, 4030).size(), std::size_t{3});
        QCOMPARE(series.atStep(-1), -1);
    }

    void staysSmall()
    {
        Series series;
        for (int i = 0; i < 1'000'000; ++i)
            series.append(i, 1.7e9 + i * 1e-3, i);
        QVERIFY2(static_cast<double>(series.bytes()) < 16.8e6, qPrintable(QString::number(series.bytes())));
    }

    void takesAnyStamp()
    {
        Series series;
        for (const qint64 step : {std::numeric_limits<qint64>::min(), qint64{-1}, std::numeric_limits<qint64>::max()})
            for (const double time : {-1e300, kNaN, 0.0, 1e300})
                series.append(step, time, 1e300);
        QCOMPARE(series.stored(), 12);
        QCOMPARE(series.first()->step, std::numeric_limits<qint64>::min());
        QCOMPARE(series.last()->step, std::numeric_limits<qint64>::max());
    }
};

QTEST_GUILESS_MAIN(TestSeries)
#include "tst_series.moc"
