// SPDX-License-Identifier: Apache-2.0
// MNIST's format, on files made here.
#include "engine/data/source.h"
#include "tests/engine/data/test_files.h"

#include <QtTest>

using namespace espalier;

namespace {

constexpr std::uint32_t kRows = 40;

std::vector<std::uint8_t> pixels()
{
    std::vector<std::uint8_t> values(kRows * 3 * 2);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::uint8_t>(i * 7);
    return values;
}

std::vector<std::uint8_t> labels()
{
    std::vector<std::uint8_t> values(kRows);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::uint8_t>(i % 10);
    return values;
}

void checkContent(const Dataset &data)
{
    QCOMPARE(data.size(), std::int64_t(kRows));
    QVERIFY(data.columns()[0].type == (TensorType{DType::Float32, Shape{1, 3, 2}}));
    QCOMPARE(data.columns()[1].classes, 10);
    const std::vector<double> image = columnValues(data, "image");
    const std::vector<double> label = columnValues(data, "label");
    for (std::size_t i = 0; i < image.size(); ++i)
        QCOMPARE(image[i], double(pixels()[i]));
    for (std::size_t i = 0; i < label.size(); ++i)
        QCOMPARE(label[i], double(labels()[i]));
}

} // namespace

class TstIdx : public QObject {
    Q_OBJECT
private slots:
    void plainAndPackedFilesRead()
    {
        TestFolder folder;
        folder.write("plain/train-images-idx3-ubyte", idxBytes({kRows, 3, 2}, pixels()));
        folder.write("plain/train-labels-idx1-ubyte", idxBytes({kRows}, labels()));
        folder.write("packed/keep", "");
        folder.writeGzip("packed/t10k-images-idx3-ubyte.gz", idxBytes({kRows, 3, 2}, pixels()));
        folder.writeGzip("packed/t10k-labels-idx1-ubyte.gz", idxBytes({kRows}, labels()));
        for (const char *parameters : {R"({"path": "plain"})", R"({"path": "packed"})",
                                       R"({"images": "plain/train-images-idx3-ubyte",
                                           "labels": "packed/t10k-labels-idx1-ubyte.gz"})"}) {
            for (const std::uint64_t limit : {std::uint64_t{1} << 30, std::uint64_t{50}}) {
                DataOptions options = folder.options();
                options.memoryLimit = limit;
                const DatasetPointer data = openOrSay(makeSource("idx", parameters), options);
                QVERIFY(data);
                checkContent(*data);
            }
        }
        QCOMPARE(folder.caches().size(), std::size_t(1)); // a plain file is read where it lies
    }
    void theFolderCanComeFromOutside()
    {
        TestFolder folder;
        folder.write("d/train-images-idx3-ubyte", idxBytes({kRows, 3, 2}, pixels()));
        folder.write("d/train-labels-idx1-ubyte", idxBytes({kRows}, labels()));
        DataOptions options = folder.options();
        options.dataDirectory = folder.path() + "/d";
        const DatasetPointer data = openOrSay(makeSource("idx", R"({"path": ""})"), options);
        QVERIFY(data);
        checkContent(*data);
    }
    void aCopyHasTheSameFingerprint()
    {
        TestFolder folder;
        for (const char *name : {"a", "b", "c"}) {
            folder.write(std::string(name) + "/train-images-idx3-ubyte", idxBytes({kRows, 3, 2}, pixels()));
            auto values = labels();
            values[0] = name[0] == 'c' ? 5 : values[0];
            folder.write(std::string(name) + "/train-labels-idx1-ubyte", idxBytes({kRows}, values));
        }
        const auto print = [&](const char *path) {
            return openOrSay(makeSource("idx", std::string(R"({"path": ")") + path + "\"}"), folder.options())
                ->fingerprint();
        };
        QCOMPARE(print("a"), print("b"));
        QVERIFY(print("a") != print("c"));
    }
    void previewReadsSomeRows()
    {
        TestFolder folder;
        folder.write("train-images-idx3-ubyte", idxBytes({kRows, 3, 2}, pixels()));
        folder.write("train-labels-idx1-ubyte", idxBytes({kRows}, labels()));
        const auto preview = previewSource(makeSource("idx", R"({"path": "."})"), folder.options(), 4);
        QVERIFY(preview);
        QCOMPARE((*preview)->size(), 4);
        QVERIFY((*preview)->total() == (RowCount{kRows, true}));
    }

    void badFilesAreNamed_data()
    {
        QTest::addColumn<QByteArray>("images");
        QTest::addColumn<QByteArray>("labelBytes");
        QTest::addColumn<QString>("parameters");
        QTest::addColumn<QString>("code");
        const auto good = QByteArray::fromStdString(idxBytes({kRows, 3, 2}, pixels()));
        const auto goodLabels = QByteArray::fromStdString(idxBytes({kRows}, labels()));
        const auto row = [&](const char *name, const QByteArray &images, const QByteArray &labelBytes, const char *code,
                             const char *parameters = "{}") {
            QTest::newRow(name) << images << labelBytes << QString(parameters) << QString(code);
        };
        row("empty images", "", goodLabels, "idx.empty");
        row("empty labels", good, "", "idx.empty");
        row("no IDX", "hello, this is text", goodLabels, "idx.magic");
        row("floats", QByteArray("\0\0\x0d\3", 4) + good.mid(4), goodLabels, "idx.type");
        row("exchanged", goodLabels, good, "idx.rank");
        row("cut header", good.left(9), goodLabels, "idx.truncated");
        row("cut images", good.left(100), goodLabels, "idx.truncated");
        row("cut labels", good, goodLabels.left(20), "idx.truncated");
        row("counts differ", good, QByteArray::fromStdString(idxBytes({2}, {1, 2})), "idx.count");
        row("size 0", QByteArray::fromStdString(idxBytes({kRows, 0, 2}, {})), goodLabels, "idx.size");
        row("promises 2^96 values", QByteArray::fromStdString(idxBytes({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, {})),
            goodLabels, "idx.size");
        row("promises 4 billion labels", good, QByteArray::fromStdString(idxBytes({0xFFFFFFFF}, labels())),
            "idx.truncated");
        row("label out of range", good, goodLabels, "idx.label", R"({"classes": 5})");
    }
    void badFilesAreNamed()
    {
        QFETCH(QByteArray, images);
        QFETCH(QByteArray, labelBytes);
        QFETCH(QString, parameters);
        QFETCH(QString, code);
        for (const bool packed : {false, true}) {
            TestFolder folder;
            const std::string ending = packed ? ".gz" : "";
            const auto write = [&](const std::string &name, const QByteArray &bytes) {
                packed ? folder.writeGzip(name + ending, bytes.toStdString()) : folder.write(name, bytes.toStdString());
            };
            write("train-images-idx3-ubyte", images);
            write("train-labels-idx1-ubyte", labelBytes);
            SourceSpec source = makeSource("idx", parameters.toStdString());
            source.parameters.set("path", ".");
            Error problem;
            QVERIFY(!openOrSay(source, folder.options(), &problem));
            QCOMPARE(QString::fromStdString(problem.code), code);
            QVERIFY(problem.where.file.find("idx") != std::string::npos);
            QVERIFY2(problem.message().find('{') == std::string::npos, problem.message().c_str());
        }
    }
    void aFolderWithoutThemIsNamed()
    {
        TestFolder folder;
        Error problem;
        QVERIFY(!openOrSay(makeSource("idx", R"({"path": "."})"), folder.options(), &problem));
        QCOMPARE(problem.code, std::string("idx.missing"));
        QVERIFY(!openOrSay(makeSource("idx", R"({"path": "nowhere"})"), folder.options(), &problem));
        QCOMPARE(problem.code, std::string("idx.folder"));
    }
};

QTEST_GUILESS_MAIN(TstIdx)
#include "tst_idx.moc"
