// SPDX-License-Identifier: Apache-2.0
// Which rows train, and how columns are normalised by them.
#include "engine/data/split.h"
#include "tests/engine/data/test_files.h"

#include <QtTest>

#include <algorithm>
#include <cmath>

using namespace espalier;

namespace {

DatasetPointer spirals()
{
    return openOrSay(makeSource("generator", R"({"shape": "spirals", "samples": 200, "classes": 4})"), {});
}

std::vector<std::int64_t> allRows(const SplitRows &rows)
{
    std::vector<std::int64_t> all = rows.train;
    all.insert(all.end(), rows.validation.begin(), rows.validation.end());
    all.insert(all.end(), rows.test.begin(), rows.test.end());
    std::sort(all.begin(), all.end());
    return all;
}

} // namespace

class TstSplit : public QObject {
    Q_OBJECT
private slots:
    void partsShareNoRowAndMissNone()
    {
        const DatasetPointer data = spirals();
        for (const char *stratify : {"", "label", "src1.label"}) {
            SplitSpec spec;
            spec.seed = 3;
            spec.stratify = stratify;
            const auto rows = splitRows(*data, spec);
            QVERIFY(rows);
            const std::vector<std::int64_t> all = allRows(*rows);
            QCOMPARE(all.size(), std::size_t(200));
            for (std::size_t i = 0; i < all.size(); ++i)
                QCOMPARE(all[i], std::int64_t(i));
            QCOMPARE(rows->train.size(), std::size_t(160));
            QVERIFY(splitRows(*data, spec)->train == rows->train);
            spec.seed = 4;
            QVERIFY(splitRows(*data, spec)->train != rows->train);
        }
    }
    void stratifiedPartsKeepTheSharesOfClasses()
    {
        const DatasetPointer data = spirals();
        SplitSpec spec;
        spec.stratify = "label";
        const auto rows = splitRows(*data, spec);
        QVERIFY(rows);
        const std::vector<double> labels = columnValues(*data, "label");
        for (int c = 0; c < 4; ++c) {
            const auto isClass = [&](std::int64_t row) { return labels[std::size_t(row)] == c; };
            QCOMPARE(std::count_if(rows->test.begin(), rows->test.end(), isClass), 5);
        }
    }
    void inOrderTakesTheFirstToTrain()
    {
        SplitSpec spec;
        spec.inOrder = true;
        const auto rows = splitRows(*spirals(), spec);
        QVERIFY(rows);
        QCOMPARE(rows->train.back(), 159);
        QCOMPARE(rows->test.front(), 180);
    }
    void permutationsHoldEveryRowOnce()
    {
        for (const std::int64_t count : {0, 1, 2, 7, 1000}) {
            const auto order = permutation(count, 5, 6);
            auto sorted = order;
            std::sort(sorted.begin(), sorted.end());
            for (std::int64_t i = 0; i < count; ++i)
                QCOMPARE(sorted[std::size_t(i)], i);
            QVERIFY(order == permutation(count, 5, 6));
        }
        QVERIFY(permutation(1000, 5, 6) != permutation(1000, 5, 7));
        QVERIFY(permutation(1000, 5, 6) != permutation(1000, 6, 6));
        int firsts[3] = {};
        for (std::uint64_t seed = 0; seed < 3000; ++seed)
            ++firsts[permutation(3, seed, 1)[0]];
        for (const int n : firsts)
            QVERIFY(n > 900 && n < 1100);
    }
    void impossibleSplitsAreNamed()
    {
        SplitSpec spec;
        spec.train = 0;
        spec.validation = 0.5;
        spec.test = 0.5;
        auto rows = splitRows(*spirals(), spec);
        QVERIFY(!rows);
        QCOMPARE(rows.error().where.parameter, std::string("/data/split/train"));
        spec = {};
        spec.stratify = "colour";
        rows = splitRows(*spirals(), spec);
        QVERIFY(!rows);
        QCOMPARE(rows.error().where.parameter, std::string("/data/split/stratify"));
    }
    void normalisationIsFittedOnTheTrainingPartOnly()
    {
        const DatasetPointer data
            = openOrSay(makeSource("tensors", R"({"columns": {"x": [[1.0, 5], [3, 5], [1000, 9]]}})"), {});
        const auto fit = [&](Normalization method) {
            return fitScalings(*data, {{"", "x", method}}, {0, 1}).value()[0];
        };
        const Scaling standard = fit(Normalization::Standard);
        QCOMPARE(standard.shift, (std::vector<float>{2, 5}));
        QCOMPARE(standard.factor, (std::vector<float>{1, 0})); // what never changes becomes 0
        const Scaling minmax = fit(Normalization::MinMax);
        QCOMPARE(minmax.shift, (std::vector<float>{1, 5}));
        QCOMPARE(minmax.factor[0], 0.5F);
        QCOMPARE(fit(Normalization::Scale255).factor[0], 1.0F / 255);
        QVERIFY(fitScalings(*data, {{"", "x", Normalization::None}}, {0, 1})->empty());
        QVERIFY(!fitScalings(*data, {{"", "y", Normalization::Standard}}, {0, 1}));
    }
};

QTEST_GUILESS_MAIN(TstSplit)
#include "tst_split.moc"
