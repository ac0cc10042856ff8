// SPDX-License-Identifier: Apache-2.0
// A batch is a pure function of (seed, epoch, index): neither prefetch depth nor start position matters.
#include "engine/data/loader.h"
#include "tests/engine/data/test_files.h"

#include <QtTest>

#include <numeric>
#include <set>

using namespace espalier;

namespace {

DatasetPointer pictures(const TestFolder &folder, bool isStreamed)
{
    std::vector<std::uint8_t> pixels(103 * 12);
    std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
    std::vector<std::uint8_t> labels(103);
    for (std::size_t i = 0; i < labels.size(); ++i)
        labels[i] = static_cast<std::uint8_t>(i % 3);
    folder.write("train-images-idx3-ubyte", idxBytes({103, 4, 3}, pixels));
    folder.write("train-labels-idx1-ubyte", idxBytes({103}, labels));
    DataOptions options = folder.options();
    options.memoryLimit = isStreamed ? 0 : options.memoryLimit;
    return openOrSay(makeSource("idx", R"({"path": ".", "flip": true, "crop": 1})"), options);
}

LoaderOptions loaderOptions(std::size_t ahead)
{
    LoaderOptions options;
    options.columns = {0, 1};
    options.rows.resize(103);
    std::iota(options.rows.begin(), options.rows.end(), std::int64_t{0});
    options.batchSize = 10;
    options.shuffle = true;
    options.augment = true;
    options.seed = 42;
    options.ahead = ahead;
    return options;
}

std::vector<Batch> epochOf(BatchLoader &loader, std::int64_t epoch, std::int64_t first = 0)
{
    std::vector<Batch> batches;
    loader.start(epoch, first);
    for (;;) {
        auto batch = loader.next();
        if (!batch || !*batch)
            return batches;
        Batch copy{(*batch)->rows, {}};
        for (const Tensor &tensor : (*batch)->columns)
            copy.columns.push_back(tensor.clone());
        batches.push_back(std::move(copy));
    }
}

bool sameBatches(const std::vector<Batch> &a, const std::vector<Batch> &b)
{
    bool same = a.size() == b.size();
    for (std::size_t i = 0; same && i < a.size(); ++i) {
        same = a[i].rows == b[i].rows && a[i].columns.size() == b[i].columns.size();
        for (std::size_t c = 0; same && c < a[i].columns.size(); ++c)
            same = sameBits(a[i].columns[c], b[i].columns[c]);
    }
    return same;
}

} // namespace

class TstLoader : public QObject {
    Q_OBJECT
private slots:
    void depthAndStorageChangeNoBit()
    {
        TestFolder folder;
        const std::vector<Scaling> scalings{{0, std::vector<float>(12, 100.0F), std::vector<float>(12, 0.01F)}};
        std::vector<std::vector<Batch>> seen;
        for (const bool isStreamed : {false, true}) {
            const DatasetPointer data = pictures(folder, isStreamed);
            QVERIFY(data);
            for (const std::size_t ahead : {0u, 1u, 4u}) {
                BatchLoader loader(data, scalings, loaderOptions(ahead));
                QCOMPARE(loader.batches(), 11);
                for (const std::int64_t epoch : {0, 1})
                    seen.push_back(epochOf(loader, epoch));
            }
        }
        for (std::size_t i = 2; i < seen.size(); ++i)
            QVERIFY(sameBatches(seen[i], seen[i % 2]));
        QVERIFY(!sameBatches(seen[0], seen[1]));
        QCOMPARE(seen[0].back().rows, 3); // the last short batch is used
    }
    void itStartsAnywhere()
    {
        TestFolder folder;
        const DatasetPointer data = pictures(folder, false);
        BatchLoader whole(data, {}, loaderOptions(2));
        std::vector<Batch> expected = epochOf(whole, 5);
        expected.erase(expected.begin(), expected.begin() + 4);
        BatchLoader resumed(data, {}, loaderOptions(3));
        QVERIFY(sameBatches(epochOf(resumed, 5, 4), expected));
    }
    void everyRowComesOnceAnEpoch()
    {
        const DatasetPointer data
            = openOrSay(makeSource("generator", R"({"shape": "normal", "features": 1, "samples": 103})"), {});
        LoaderOptions options = loaderOptions(2);
        options.columns = {0};
        for (const bool dropLast : {false, true}) {
            options.dropLast = dropLast;
            BatchLoader loader(data, {}, options);
            std::multiset<float> values;
            for (const Batch &batch : epochOf(loader, 1)) {
                for (const float value : batch.columns[0].span<float>())
                    values.insert(value);
            }
            QCOMPARE(values.size(), std::size_t(dropLast ? 100 : 103));
            QCOMPARE(std::set<float>(values.begin(), values.end()).size(), values.size());
        }
    }
    void batchesLargerThanTheDataHoldAll()
    {
        TestFolder folder;
        LoaderOptions options = loaderOptions(2);
        options.batchSize = 1000;
        BatchLoader loader(pictures(folder, false), {}, options);
        const std::vector<Batch> batches = epochOf(loader, 0);
        QCOMPARE(batches.size(), std::size_t(1));
        QCOMPARE(batches[0].rows, 103);
    }
    void itStopsAtOnceWhateverWaits()
    {
        TestFolder folder;
        const DatasetPointer data = pictures(folder, true);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 200; ++i) {
            BatchLoader loader(data, {}, loaderOptions(1 + std::size_t(i) % 4));
            loader.start(i, 0);
            for (int k = 0; k < i % 4; ++k)
                QVERIFY(loader.next());
            if (i % 2)
                loader.start(i + 1, 3);
        }
        QVERIFY2(timer.elapsed() < 10000, "200 starts and stops");
    }
    void aRowThatCantBeReadIsSaidInItsPlace()
    {
        TestFolder folder;
        const DatasetPointer data = pictures(folder, true);
        folder.write("train-images-idx3-ubyte", "gone"); // under the reader's feet
        BatchLoader loader(data, {}, loaderOptions(2));
        loader.start(0, 0);
        QVERIFY(!loader.next());
        QVERIFY(!loader.next()); // and stays said
    }
};

QTEST_GUILESS_MAIN(TstLoader)
#include "tst_loader.moc"
