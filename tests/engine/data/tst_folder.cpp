// SPDX-License-Identifier: Apache-2.0
// Folders of PNG and JPEG files, made here.
#include "engine/data/source.h"
#include "tests/engine/data/test_files.h"

#include <QtTest>

#include <algorithm>

using namespace espalier;

namespace {

/// One colour all over.
std::vector<std::uint8_t> flat(int pixels, std::uint8_t r, std::uint8_t g, std::uint8_t b)
{
    std::vector<std::uint8_t> out;
    for (int i = 0; i < pixels; ++i)
        out.insert(out.end(), {r, g, b});
    return out;
}

} // namespace

class TstFolder : public QObject {
    Q_OBJECT
private slots:
    void classesAreTheFolders()
    {
        TestFolder folder;
        folder.write("p/red/1.png", pngBytes(4, 4, 3, flat(16, 200, 0, 0)));
        folder.write("p/red/2.JPG", jpegBytes(8, 8, 3, flat(64, 200, 0, 0)));
        folder.write("p/blue/1.jpeg", jpegBytes(4, 4, 3, flat(16, 0, 0, 200)));
        folder.write("p/blue/notes.txt", "no picture");
        folder.write("p/empty/notes.txt", "no picture");
        for (const std::uint64_t limit : {std::uint64_t{1} << 30, std::uint64_t{60}}) {
            DataOptions options = folder.options();
            options.memoryLimit = limit;
            const DatasetPointer data
                = openOrSay(makeSource("folder", R"({"path": "p", "height": 4, "width": 4})"), options);
            QVERIFY(data);
            QCOMPARE(data->size(), 3);
            QVERIFY(data->columns()[0].type == (TensorType{DType::Float32, Shape{3, 4, 4}}));
            QCOMPARE(data->columns()[1].labels, (std::vector<std::string>{"blue", "red"}));
            QCOMPARE(columnValues(*data, "label"), (std::vector<double>{0, 1, 1}));
            const std::vector<double> image = columnValues(*data, "image");
            for (std::size_t i = 0; i < image.size(); ++i) {
                const std::size_t channel = i / 16 % 3;
                const double expected = channel == (i < 48 ? 2u : 0u) ? 200 : 0;
                QVERIFY(std::abs(image[i] - expected) <= 3); // JPEG loses a little
            }
        }
        QCOMPARE(folder.caches().size(), std::size_t(1));
    }
    void picturesWithoutClassFoldersHaveNoLabel()
    {
        TestFolder folder;
        folder.write("p/b.png", pngBytes(2, 2, 1, {4, 5, 6, 7}));
        folder.write("p/a.png", pngBytes(2, 2, 1, {0, 1, 2, 3}));
        const DatasetPointer data
            = openOrSay(makeSource("folder", R"({"path": "p", "colour": "grey"})"), folder.options());
        QVERIFY(data);
        QCOMPARE(data->columns().size(), std::size_t(1));
        QCOMPARE(columnValues(*data, "image"), (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7}));
    }
    void shrinkingTakesMeansAndCropKeepsProportions()
    {
        TestFolder folder;
        folder.write("p/a.png", pngBytes(4, 2, 1, {0, 100, 40, 60, 0, 100, 40, 60}));
        const auto open = [&](const char *fit, const char *size) {
            return columnValues(*openOrSay(makeSource("folder",
                                                      std::string(R"({"path": "p", "colour": "grey", "fit": ")") + fit
                                                          + "\", " + size + "}"),
                                           folder.options()),
                                "image");
        };
        QCOMPARE(open("stretch", R"("height": 1, "width": 2)"), (std::vector<double>{50, 50}));
        QCOMPARE(open("crop", R"("height": 2, "width": 2)"), (std::vector<double>{100, 40, 100, 40}));
    }
    void augmentationDependsOnSeedEpochAndRowAlone()
    {
        TestFolder folder;
        for (int i = 0; i < 12; ++i)
            folder.write("p/" + std::to_string(i + 10) + ".png", pngBytes(2, 1, 1, {10, 20}));
        const DatasetPointer data
            = openOrSay(makeSource("folder", R"({"path": "p", "colour": "grey", "flip": true})"), folder.options());
        QVERIFY(data);
        std::vector<std::int64_t> rows{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        const auto read = [&](const Draw &draw) { return readRows(*data, rows, {0}, draw).value()[0]; };
        const Tensor plain = read({});
        const Tensor first = read({true, 1, 0});
        QVERIFY(sameBits(first, read({true, 1, 0})));
        QVERIFY(!sameBits(first, plain));
        QVERIFY(!sameBits(first, read({true, 1, 1})));
        QVERIFY(!sameBits(first, read({true, 2, 0})));
        std::reverse(rows.begin(), rows.end());
        const Tensor reversed = read({true, 1, 0});
        for (std::int64_t i = 0; i < 12; ++i)
            QCOMPARE(reversed.at((11 - i) * 2), first.at(i * 2));
    }
    void badFoldersAreNamed()
    {
        TestFolder folder;
        folder.write("none/readme.txt", "no pictures");
        folder.write("bad/x/good.png", pngBytes(2, 2, 1, {1, 2, 3, 4}));
        const std::string bad = folder.write("bad/x/zbroken.jpg", "this is no JPEG");
        const std::string whole = jpegBytes(64, 64, 3, flat(4096, 1, 2, 3));
        folder.write("cut/x/cut.jpg", whole.substr(0, whole.size() - 20));
        folder.write("file.png", "");
        const auto problemOf = [&](const char *path) {
            Error problem;
            openOrSay(makeSource("folder", std::string(R"({"path": ")") + path + "\"}"), folder.options(), &problem);
            return problem;
        };
        QCOMPARE(problemOf("none").code, std::string("folder.empty"));
        QCOMPARE(problemOf("bad").code, std::string("picture.damaged"));
        QCOMPARE(problemOf("bad").where.file, bad);
        QCOMPARE(problemOf("cut").code, std::string("picture.damaged"));
        QCOMPARE(problemOf("file.png").code, std::string("data.folder.file"));
        QCOMPARE(problemOf("nowhere").code, std::string("data.file.missing"));
    }
    void previewLooksAtSomeFiles()
    {
        TestFolder folder;
        for (int i = 0; i < 50; ++i)
            folder.write("p/" + std::string(i % 2 ? "a/" : "b/") + std::to_string(i) + ".png",
                         pngBytes(2, 2, 1, {1, 2, 3, 4}));
        const auto preview = previewSource(makeSource("folder", R"({"path": "p"})"), folder.options(), 6);
        QVERIFY(preview);
        QCOMPARE((*preview)->size(), 6);
        QCOMPARE((*preview)->columns()[1].classes, 2);
        QVERIFY(!(*preview)->total().isExact);
    }
};

QTEST_GUILESS_MAIN(TstFolder)
#include "tst_folder.moc"
