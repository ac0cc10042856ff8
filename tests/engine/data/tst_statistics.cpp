// SPDX-License-Identifier: Apache-2.0
// Statistics of columns, whole and of a sample.
#include "engine/data/statistics.h"
#include "tests/engine/data/test_files.h"

#include <QtTest>

#include <numeric>

using namespace espalier;

class TstStatistics : public QObject {
    Q_OBJECT
private slots:
    void numbersAndClassesAreCounted()
    {
        const DatasetPointer data = openOrSay(makeSource("builtin", R"({"name": "iris"})"), {});
        const auto statistics = computeStatistics(*data, {}, 0);
        QVERIFY(statistics);
        QVERIFY(!statistics->isSample);
        const ColumnStatistics &x = statistics->columns[0];
        QCOMPARE(x.values, 600);
        QVERIFY(std::abs(x.minimum - 0.1) < 1e-6);
        QVERIFY(std::abs(x.maximum - 7.9) < 1e-6);
        QVERIFY(std::abs(x.mean - 3.4645) < 1e-3);
        QVERIFY(std::abs(x.deviation - 1.9738) < 1e-3);
        QCOMPARE(std::accumulate(x.histogram.begin(), x.histogram.end(), std::int64_t{0}), 600);
        QCOMPARE(statistics->columns[1].classCounts, (std::vector<std::int64_t>{50, 50, 50}));
        const std::vector<std::int64_t> part{0, 1, 149};
        QCOMPARE(computeStatistics(*data, part, 0)->columns[1].classCounts, (std::vector<std::int64_t>{2, 0, 1}));
    }
    void aSampleSaysSoAndSpreads()
    {
        const DatasetPointer data = openOrSay(makeSource("builtin", R"({"name": "iris"})"), {});
        const auto statistics = computeStatistics(*data, {}, 30);
        QVERIFY(statistics);
        QVERIFY(statistics->isSample);
        QCOMPARE(statistics->columns[0].rows, 30);
        QCOMPARE(statistics->columns[1].classCounts, (std::vector<std::int64_t>{10, 10, 10}));
    }
    void itReportsAndStops()
    {
        const DatasetPointer data = openOrSay(makeSource("generator", R"({"shape": "moons", "samples": 5000})"), {});
        std::stop_source stop;
        DataOptions options;
        options.stop = stop.get_token();
        double last = 0;
        options.progress = [&](double share, std::string_view) {
            QVERIFY(share >= last && share <= 1);
            last = share;
            if (share > 0.3)
                stop.request_stop();
        };
        const auto statistics = computeStatistics(*data, {}, 0, options);
        QVERIFY(!statistics);
        QCOMPARE(statistics.error().code, std::string("data.cancelled"));
        QVERIFY(last < 0.5);
    }
};

QTEST_GUILESS_MAIN(TstStatistics)
#include "tst_statistics.moc"
