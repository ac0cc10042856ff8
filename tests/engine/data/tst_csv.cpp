// SPDX-License-Identifier: Apache-2.0
// Text tables: what is read from them, what is refused, and tables larger than memory.
#include "engine/data/source.h"
#include "tests/engine/data/test_files.h"

#include <QtTest>

#include <filesystem>

using namespace espalier;
using Values = std::vector<double>;
using Names = std::vector<std::string>;

class TstCsv : public QObject {
    Q_OBJECT
private slots:
    void tablesOfEveryFormRead_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("parameters");
        QTest::newRow("header and classes of text") << "a,b,kind\n1,2,cat\n3,4,dog\n5,6,cat\n"
                                                    << "{}";
        QTest::newRow("no header") << "1,2,cat\n3,4,dog\n5,6,cat\n"
                                   << "{}";
        QTest::newRow("semicolons") << "a;b;kind\n1;2;cat\n3;4;dog\n5;6;cat\n"
                                    << "{}";
        QTest::newRow("tabs") << "a\tb\tkind\n1\t2\tcat\n3\t4\tdog\n5\t6\tcat\n"
                              << "{}";
        QTest::newRow("pipes") << "a|b|kind\n1|2|cat\n3|4|dog\n5|6|cat\n"
                               << "{}";
        QTest::newRow("blanks") << "a b   kind\n  1 2 cat\n3   4 dog  \n5 6 cat\n"
                                << "{}";
        QTest::newRow("DOS lines, no last line end") << "a,b,kind\r\n1,2,cat\r\n3,4,dog\r\n5,6,cat"
                                                     << "{}";
        QTest::newRow("blank lines and blanks in cells") << "a,b,kind\n\n 1 , 2,cat \n3,4, dog\n\n5,+6,cat\n\n"
                                                         << "{}";
        QTest::newRow("quotes") << "\"a\",b,kind\n\"1\",2,\"cat\"\n3,\"4\",dog\n5,6,\"cat\"\n"
                                << "{}";
        QTest::newRow("byte order mark") << "\xEF\xBB\xBF"
                                            "a,b,kind\n1,2,cat\n3,4,dog\n5,6,cat\n"
                                         << "{}";
        QTest::newRow("chosen columns") << "id,kind,a,b\nx,cat,1,2\ny,dog,3,4\nz,cat,5,6\n"
                                        << R"({"features": ["a", "b"], "target": ["kind"]})";
        QTest::newRow("classes by number") << "a,b,kind\n1,2,7\n3,4,9\n5,6,7\n"
                                           << "{}";
        QTest::newRow("class names given") << "a,b,kind\n1,2,0\n3,4,1\n5,6,0\n"
                                           << R"({"labels": ["cat", "dog"]})";
    }
    void tablesOfEveryFormRead()
    {
        QFETCH(QString, text);
        QFETCH(QString, parameters);
        TestFolder folder;
        folder.write("t.csv", text.toStdString());
        folder.writeGzip("t.csv.gz", text.toStdString());
        for (const char *file : {"t.csv", "t.csv.gz"}) {
            SourceSpec source = makeSource("csv", parameters.toStdString());
            source.parameters.set("path", file);
            const DatasetPointer data = openOrSay(source, folder.options());
            QVERIFY(data);
            QCOMPARE(data->size(), 3);
            QCOMPARE(columnValues(*data, "features"), (Values{1, 2, 3, 4, 5, 6}));
            QCOMPARE(columnValues(*data, "label"), (Values{0, 1, 0}));
            QCOMPARE(data->columns()[1].classes, 2);
            QVERIFY(data->columns()[1].isTarget);
        }
    }
    void quotedCellsKeepDelimitersQuotesAndLines()
    {
        TestFolder folder;
        folder.write("t.csv", "x,kind\n1,\"a,\"\"b\"\"\nc\"\n2,plain\n");
        const DatasetPointer data = openOrSay(makeSource("csv", R"({"path": "t.csv"})"), folder.options());
        QVERIFY(data);
        QCOMPARE(data->columns()[1].labels, (Names{"a,\"b\"\nc", "plain"}));
    }
    void categoriesBecomeOneHotOrIndices()
    {
        TestFolder folder;
        folder.write("t.csv", "size,colour,y\n1.5,red,0.1\n2.5,blue,0.2\n3.5,red,0.3\n");
        const DatasetPointer hot = openOrSay(makeSource("csv", R"({"path": "t.csv"})"), folder.options());
        QVERIFY(hot);
        QCOMPARE(hot->columns()[0].elementNames, (Names{"size", "colour = blue", "colour = red"}));
        QCOMPARE(columnValues(*hot, "features"), (Values{1.5, 0, 1, 2.5, 1, 0, 3.5, 0, 1}));
        QVERIFY(hot->columns()[1].type == (TensorType{DType::Float32, Shape{1}}));
        const DatasetPointer index
            = openOrSay(makeSource("csv", R"({"path": "t.csv", "encoding": "index"})"), folder.options());
        QVERIFY(index);
        QCOMPARE(columnValues(*index, "colour"), (Values{1, 0, 1}));
        QCOMPARE(index->columns()[1].labels, (Names{"blue", "red"}));
        QVERIFY(hot->fingerprint() != index->fingerprint());
    }
    void missingCellsAreDroppedOrFilled()
    {
        TestFolder folder;
        folder.write("t.csv", "a,c,y\n1,u,0\n,u,1\n5,,0\n3,v,1\n");
        const DatasetPointer dropped
            = openOrSay(makeSource("csv", R"({"path": "t.csv", "missing": "drop"})"), folder.options());
        QVERIFY(dropped);
        QCOMPARE(columnValues(*dropped, "features"), (Values{1, 1, 0, 3, 0, 1}));
        const DatasetPointer filled
            = openOrSay(makeSource("csv", R"({"path": "t.csv", "missing": "mean"})"), folder.options());
        QVERIFY(filled);
        QCOMPARE(columnValues(*filled, "features"), (Values{1, 1, 0, 3, 1, 0, 5, 1, 0, 3, 0, 1}));
    }
    void numbersAreReadAsWritten()
    {
        TestFolder folder;
        folder.write("t.csv", "1e-3,1\n-2.5E+2,2\n.5,3\n1e-60,4\n16777217,5.5\n");
        const DatasetPointer data = openOrSay(makeSource("csv", R"({"path": "t.csv"})"), folder.options());
        QVERIFY(data);
        QCOMPARE(columnValues(*data, "features"), (Values{double(0.001F), -250, 0.5, 0, 16777216}));
    }

    void badTablesAreNamed_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("parameters");
        QTest::addColumn<QString>("code");
        QTest::addColumn<int>("line");
        QTest::addColumn<QString>("column");
        const auto row = [](const char *name, const QByteArray &text, const char *parameters, const char *code,
                            int line, const char *column) {
            QTest::newRow(name) << text << QString(parameters) << QString(code) << line << QString(column);
        };
        row("text in numbers", "a,y\n1,0.5\n2,0.5\nzwei,1.5\n", "{}", "table.number", 4, "a");
        row("NaN", "a,y\n1,0.5\nNaN,1.5\n", "{}", "table.nan", 3, "a");
        row("infinity", "a,y\n1,0.5\n-inf,1.5\n", "{}", "table.infinite", 3, "a");
        row("too large for float32", "a,y\n1,0.5\n1e300,1.5\n", "{}", "table.number", 3, "a");
        row("missing", "a,y\n1,0.5\n,1.5\n", "{}", "table.missing", 3, "a");
        row("missing target is never filled", "a,y\n1,0.5\n2,\n3,1.5\n", R"({"missing": "mean"})", "table.missing", 3,
            "y");
        row("only missing", "a,y\n,1\n,2\n", R"({"missing": "mean"})", "table.column-empty", 0, "a");
        row("all dropped", "a,y\n,1\n?,2\n", R"({"missing": "drop"})", "table.all-missing", 0, "");
        row("ragged", "a,b,y\n1,2,3\n\n1,2\n", "{}", "table.ragged", 4, "");
        row("open quote", "a,y\n1,2\n\"3,4\n5,6\n", "{}", "table.quote", 3, "");
        row("empty", "", "{}", "table.empty", 0, "");
        row("header only", "a,b\n", "{}", "table.empty", 0, "");
        row("binary", QByteArray("a,b\n1,2\n\0\1\2\3", 12), "{}", "table.binary", 1, "");
        row("UTF-16",
            QByteArray("\xFF\xFE"
                       "a\0,\0",
                       6),
            "{}", "table.binary", 1, "");
        row("unknown column", "a,y\n1,2\n", R"({"features": ["b"]})", "table.column", 0, "b");
        row("target among features", "a,y\n1,2\n", R"({"features": ["a", "y"]})", "table.twice", 0, "y");
        row("class of no name", "a,y\n1,cat\n2,cow\n", R"({"labels": ["cat", "dog"]})", "table.class", 3, "y");
        row("class out of range", "a,y\n1,0\n2,2\n", R"({"labels": ["cat", "dog"]})", "table.class-range", 3, "y");
        row("negative class", "a,y\n1,0\n2,-1\n", R"({"labels": ["cat", "dog"]})", "table.class-range", 3, "y");
    }
    void badTablesAreNamed()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, parameters);
        QFETCH(QString, code);
        QFETCH(int, line);
        QFETCH(QString, column);
        TestFolder folder;
        const std::string path = folder.write("t.csv", text.toStdString());
        SourceSpec source = makeSource("csv", parameters.toStdString());
        source.parameters.set("path", "t.csv");
        Error problem;
        QVERIFY(!openOrSay(source, folder.options(), &problem));
        QCOMPARE(QString::fromStdString(problem.code), code);
        QCOMPARE(problem.where.line, line);
        QCOMPARE(QString::fromStdString(problem.where.column), column);
        QCOMPARE(problem.where.file, path);
        QVERIFY(problem.message().find(path) != std::string::npos);
        QVERIFY2(problem.message().find('{') == std::string::npos, problem.message().c_str());
    }
    void filesThatAreNoneAreNamed()
    {
        TestFolder folder;
        folder.write("measurements.csv", "a,y\n1,2\n");
        folder.write("inner/x", "");
        Error problem;
        QVERIFY(!openOrSay(makeSource("csv", R"({"path": "mesurements.csv"})"), folder.options(), &problem));
        QVERIFY(problem.message().find("Did you mean measurements.csv?") != std::string::npos);
        QVERIFY(!openOrSay(makeSource("csv", R"({"path": "inner"})"), folder.options(), &problem));
        QCOMPARE(problem.code, std::string("data.file.folder"));
        const std::string whole = folder.writeGzip("w.csv.gz", std::string(5000, '1') + ",2\n");
        std::filesystem::resize_file(whole, std::filesystem::file_size(whole) - 9);
        QVERIFY(!openOrSay(makeSource("csv", R"({"path": "w.csv.gz"})"), folder.options(), &problem));
        QCOMPARE(problem.code, std::string("data.gzip"));
    }

    void largerThanMemoryIsTheSameAsInMemory()
    {
        TestFolder folder;
        std::string text = "a,b,kind,y\n";
        for (int i = 0; i < 60000; ++i) {
            text += std::to_string(i) + "," + (i % 11 == 3 ? "" : std::to_string(i * 0.25)) + ","
                + (i % 3 == 0 ? "red" : "blue") + "," + std::to_string(i % 7 + 2) + "\n";
        }
        folder.write("t.csv", text);
        folder.writeGzip("t.csv.gz", text);
        const SourceSpec plain = makeSource("csv", R"({"path": "t.csv", "missing": "mean"})");
        const SourceSpec packed = makeSource("csv", R"({"path": "t.csv.gz", "missing": "mean"})");
        const DatasetPointer inMemory = openOrSay(plain, folder.options());
        QVERIFY(inMemory);
        QVERIFY(folder.caches().empty());
        DataOptions small = folder.options();
        small.memoryLimit = 10000;
        for (const SourceSpec &source : {plain, plain, packed, packed}) { // each is built, then found
            const DatasetPointer cached = openOrSay(source, small);
            QVERIFY(cached);
            QVERIFY(cached->columns() == inMemory->columns());
            QCOMPARE(columnValues(*cached, "features"), columnValues(*inMemory, "features"));
            QCOMPARE(columnValues(*cached, "label"), columnValues(*inMemory, "label"));
            if (source.parameters == plain.parameters)
                QCOMPARE(cached->fingerprint(), inMemory->fingerprint());
        }
        QCOMPARE(folder.caches().size(), std::size_t(2));
    }
    void aChangedFileIsReadAnew()
    {
        TestFolder folder;
        DataOptions small = folder.options();
        small.memoryLimit = 0;
        const SourceSpec source = makeSource("csv", R"({"path": "t.csv"})");
        folder.write("t.csv", "a,y\n1,0.5\n2,1.5\n");
        QCOMPARE(columnValues(*openOrSay(source, small), "features"), (Values{1, 2}));
        folder.write("t.csv", "a,y\n1,0.5\n3,1.5\n");
        QCOMPARE(columnValues(*openOrSay(source, small), "features"), (Values{1, 3}));
    }
    void previewReadsOnlyTheBegin()
    {
        TestFolder folder;
        std::string text = "a,y\n";
        for (int i = 0; i < 300000; ++i)
            text += "123456,0.5\n";
        text += "damaged,0.5\n";
        folder.write("t.csv", text);
        const SourceSpec source = makeSource("csv", R"({"path": "t.csv"})");
        const auto preview = previewSource(source, folder.options(), 10);
        QVERIFY(preview);
        QCOMPARE((*preview)->size(), 10);
        QVERIFY(!(*preview)->total().isExact);
        QVERIFY(std::abs(double((*preview)->total().rows) / 300001 - 1) < 0.2);
        Error problem;
        QVERIFY(!openOrSay(source, folder.options(), &problem));
        QCOMPARE(problem.where.line, 300002);
    }
    void readingCanBeCancelled()
    {
        TestFolder folder;
        std::string text = "a,y\n";
        for (int i = 0; i < 20000; ++i)
            text += "1,0.5\n";
        folder.write("t.csv", text);
        std::stop_source stop;
        DataOptions options = folder.options();
        options.stop = stop.get_token();
        int calls = 0;
        options.progress = [&](double share, std::string_view) {
            QVERIFY(share >= 0 && share <= 1);
            ++calls;
            stop.request_stop();
        };
        Error problem;
        QVERIFY(!openOrSay(makeSource("csv", R"({"path": "t.csv"})"), options, &problem));
        QCOMPARE(problem.code, std::string("data.cancelled"));
        QCOMPARE(calls, 1);
    }
};

QTEST_GUILESS_MAIN(TstCsv)
#include "tst_csv.moc"
