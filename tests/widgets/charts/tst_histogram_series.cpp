// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/histogram_series.h"

#include <QtTest>

#include <numeric>

using namespace espalier;

namespace {

HistogramFrame frame(qint64 step, std::vector<HistogramBin> bins = {{0, 1, 2}, {1, 3, 6}, {3, 4, 2}})
{
    return {step, static_cast<double>(step), std::move(bins)};
}

} // namespace

class TestHistogramSeries : public QObject {
    Q_OBJECT

private slots:
    void tellsPercentiles()
    {
        const HistogramFrame f = frame(0);
        QCOMPARE(f.count(), 10.0);
        QCOMPARE(f.percentile(0), 0.0);
        QCOMPARE(f.percentile(2000), 1.0);
        QCOMPARE(f.percentile(5000), 2.0);
        QCOMPARE(f.percentile(10000), 4.0);
        QCOMPARE(HistogramFrame{}.percentile(5000), 0.0);
    }

    void resamplesWithoutLoss()
    {
        const std::vector<float> bins = frame(0).resampled(-1, 5, 7);
        QVERIFY(std::abs(std::accumulate(bins.begin(), bins.end(), 0.F) - 10.F) < 1e-4F);
        const std::vector<float> half = frame(0).resampled(0, 4, 4);
        QCOMPARE(half, (std::vector<float>{2, 3, 3, 2}));
        QCOMPARE(frame(0, {{1, 1, 5}}).resampled(0, 2, 2), (std::vector<float>{0, 5}));
    }

    void aRestartHidesWhatItSupersedes()
    {
        HistogramSeries series;
        for (const qint64 step : {0, 10, 20, 30, 15})
            series.append(frame(step));
        QCOMPARE(series.size(), 3);
        QCOMPARE(series.last().step, 15);
        QCOMPARE(series.at(series.atStep(14)).step, 10);
        QCOMPARE(series.atStep(-1), -1);
    }

    void keepsTheWholeTimeWithinItsBudget()
    {
        HistogramSeries series(100'000);
        for (int i = 0; i < 20'000; ++i) {
            series.append(frame(i));
            QVERIFY(series.bytes() <= 100'000 + 200);
            QCOMPARE(series.last().step, i);
        }
        QVERIFY(series.isThinned());
        QVERIFY(series.size() > 300);
        QCOMPARE(series.at(0).step, 0);
        for (qsizetype i = 1; i < series.size(); ++i)
            QVERIFY(series.at(i).step - series.at(i - 1).step < 200);
    }
};

QTEST_GUILESS_MAIN(TestHistogramSeries)
#include "tst_histogram_series.moc"
