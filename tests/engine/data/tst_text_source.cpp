// SPDX-License-Identifier: Apache-2.0
// Text by character in windows.
#include "engine/data/source.h"
#include "tests/engine/data/test_files.h"

#include <QtTest>

using namespace espalier;
using Values = std::vector<double>;

class TstTextSource : public QObject {
    Q_OBJECT
private slots:
    void targetsAreOneCharacterLater()
    {
        TestFolder folder;
        folder.write("t.txt", "bacabé");
        folder.writeGzip("t.gz", "bacabé");
        for (const char *file : {"t.txt", "t.gz"}) {
            for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{1} << 20}) {
                DataOptions options = folder.options();
                options.memoryLimit = limit;
                for (int open = 0; open < 2; ++open) {
                    SourceSpec source = makeSource("text", R"({"window": 2, "stride": 3})");
                    source.parameters.set("path", file);
                    const DatasetPointer data = openOrSay(source, options);
                    QVERIFY(data);
                    QCOMPARE(data->size(), 2);
                    QCOMPARE(data->columns()[0].labels, (std::vector<std::string>{"a", "b", "c", "é"}));
                    QVERIFY(data->columns()[0].type == (TensorType{DType::Int64, Shape{2}}));
                    QCOMPARE(columnValues(*data, "text"), (Values{1, 0, 0, 1}));
                    QCOMPARE(columnValues(*data, "target"), (Values{0, 2, 1, 3}));
                }
            }
        }
    }
    void charactersMayCrossBlocks()
    {
        TestFolder folder;
        std::string text = "x";
        for (int i = 0; i < 700000; ++i)
            text += "é";
        folder.write("t.txt", text);
        const DatasetPointer data
            = openOrSay(makeSource("text", R"({"path": "t.txt", "window": 1000})"), folder.options());
        QVERIFY(data);
        QCOMPARE(data->size(), 700);
        const Values values = columnValues(*data, "text");
        QCOMPARE(std::count(values.begin(), values.end(), 1.0), 699999);
    }
    void badTextsAreNamed_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("code");
        QTest::addColumn<int>("line");
        QTest::newRow("short") << QByteArray("abc") << "text.short" << 0;
        QTest::newRow("empty") << QByteArray() << "text.short" << 0;
        QTest::newRow("Latin-1") << QByteArray("first\nsecond\ncaf\xe9 noir\n") << "text.encoding" << 3;
        QTest::newRow("cut character") << QByteArray("first\nsecond\xc3") << "text.encoding" << 2;
        QTest::newRow("binary") << QByteArray("\x7f"
                                              "ELF\0\0\0",
                                              7)
                                << "text.encoding" << 1;
    }
    void badTextsAreNamed()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, code);
        QFETCH(int, line);
        TestFolder folder;
        const std::string path = folder.write("t.txt", text.toStdString());
        Error problem;
        QVERIFY(!openOrSay(makeSource("text", R"({"path": "t.txt", "window": 4})"), folder.options(), &problem));
        QCOMPARE(QString::fromStdString(problem.code), code);
        QCOMPARE(problem.where.line, line);
        QCOMPARE(problem.where.file, path);
    }
    void previewReadsOnlyTheBegin()
    {
        TestFolder folder;
        folder.write("t.txt", std::string(3 << 20, 'a') + "\xff");
        const auto preview
            = previewSource(makeSource("text", R"({"path": "t.txt", "window": 8})"), folder.options(), 5);
        QVERIFY(preview);
        QCOMPARE((*preview)->size(), 5);
        QVERIFY(!(*preview)->total().isExact);
        QVERIFY(std::abs(double((*preview)->total().rows) / (3 << 17) - 1) < 0.5);
    }
};

QTEST_GUILESS_MAIN(TstTextSource)
#include "tst_text_source.moc"
