// SPDX-License-Identifier: Apache-2.0
// Built-in sets, generators, tensors of the document, several sources side by side.
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"
#include "tests/engine/data/test_files.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <set>

using namespace espalier;

class TstSource : public QObject {
    Q_OBJECT
private slots:
    void builtinSetsAreWhole_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("features");
        QTest::addColumn<int>("classes");
        QTest::newRow("digits") << "digits" << 1797 << 64 << 10;
        QTest::newRow("iris") << "iris" << 150 << 4 << 3;
        QTest::newRow("wine") << "wine" << 178 << 13 << 3;
        QTest::newRow("breast_cancer") << "breast_cancer" << 569 << 30 << 2;
    }
    void builtinSetsAreWhole()
    {
        QFETCH(QString, name);
        QFETCH(int, rows);
        QFETCH(int, features);
        QFETCH(int, classes);
        SourceSpec source = makeSource("builtin", "{}");
        source.parameters.set("name", name.toStdString());
        const DatasetPointer data = openOrSay(source, {});
        QVERIFY(data);
        QCOMPARE(data->size(), rows);
        const Column &x = data->columns()[0];
        QCOMPARE(x.type.shape.elements().constant(), features);
        if (name == "digits")
            QVERIFY(x.type == (TensorType{DType::Float32, Shape{1, 8, 8}}));
        else
            QCOMPARE(int(x.elementNames.size()), features);
        const Column &y = data->columns()[1];
        QCOMPARE(y.classes, classes);
        QCOMPARE(int(y.labels.size()), classes);
        const std::vector<double> labels = columnValues(*data, "label");
        QCOMPARE(int(std::set<double>(labels.begin(), labels.end()).size()), classes);
        if (name == "iris")
            QCOMPARE(y.labels, (std::vector<std::string>{"setosa", "versicolor", "virginica"}));
    }
    void generatedRowsAreTheSameForTheSameSeed_data()
    {
        QTest::addColumn<QString>("parameters");
        for (const char *p :
             {R"("shape": "spirals", "classes": 3)", R"("shape": "circles", "classes": 3)", R"("shape": "moons")",
              R"("shape": "xor")", R"("shape": "normal", "features": 5, "target": "regression", "outputs": 2)",
              R"("shape": "normal", "features": 5, "target": "linear")",
              R"("shape": "normal", "features": 5, "target": "class", "classes": 4)"})
            QTest::newRow(p) << QString(p);
    }
    void generatedRowsAreTheSameForTheSameSeed()
    {
        QFETCH(QString, parameters);
        const auto open = [&](int seed) {
            SourceSpec source = makeSource("generator", "{" + parameters.toStdString() + "}");
            source.parameters.set("samples", 90).set("seed", seed);
            return openOrSay(source, {});
        };
        const DatasetPointer first = open(1);
        QVERIFY(first);
        QCOMPARE(first->size(), 90);
        QCOMPARE(first->fingerprint(), open(1)->fingerprint());
        QVERIFY(first->fingerprint() != open(2)->fingerprint());
        const Column &y = first->columns()[1];
        const std::vector<double> target = columnValues(*first, y.name);
        QVERIFY(std::all_of(target.begin(), target.end(), [](double v) { return std::isfinite(v); }));
        if (y.classes > 0)
            QCOMPARE(std::int64_t(std::set<double>(target.begin(), target.end()).size()), y.classes);
    }
    void circlesAreRound()
    {
        const DatasetPointer data = openOrSay(
            makeSource("generator", R"({"shape": "circles", "classes": 2, "noise": 0, "samples": 100})"), {});
        QVERIFY(data);
        const std::vector<double> x = columnValues(*data, "features");
        const std::vector<double> y = columnValues(*data, "label");
        for (std::size_t i = 0; i < y.size(); ++i)
            QVERIFY(std::abs(std::hypot(x[2 * i], x[2 * i + 1]) - (y[i] + 1) / 2) < 1e-5);
    }
    void normalNumbersAreNormal()
    {
        const DatasetPointer data = openOrSay(
            makeSource("generator", R"({"shape": "normal", "features": 50, "samples": 400, "noise": 0})"), {});
        QVERIFY(data);
        double sum = 0;
        double squares = 0;
        const std::vector<double> x = columnValues(*data, "features");
        for (const double v : x) {
            sum += v;
            squares += v * v;
        }
        const auto n = static_cast<double>(x.size());
        QVERIFY(std::abs(sum / n) < 0.03);
        QVERIFY(std::abs(squares / n - 1) < 0.05);
    }
    void tensorsOfTheDocumentAreRows()
    {
        const DatasetPointer data = openOrSay(
            makeSource("tensors", R"({"columns": {"x": [[1, 2], [3, 4]], "n": {"dtype": "int64", "values": [7, 8]}}})"),
            {});
        QVERIFY(data);
        QCOMPARE(data->size(), 2);
        QCOMPARE(columnValues(*data, "x"), (std::vector<double>{1, 2, 3, 4}));
        QVERIFY(data->columns()[1].type == (TensorType{DType::Int64, Shape{}}));
    }
    void badSourcesAreNamed_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("parameters");
        QTest::addColumn<QString>("code");
        QTest::newRow("kind") << "telepathy"
                              << "{}"
                              << "data.kind";
        QTest::newRow("ragged tensor") << "tensors"
                                       << R"({"columns": {"x": [[1, 2], [3]]}})"
                                       << "tensors.value";
        QTest::newRow("text") << "tensors"
                              << R"({"columns": {"x": ["a"]}})"
                              << "tensors.value";
        QTest::newRow("scalar") << "tensors"
                                << R"({"columns": {"x": 1}})"
                                << "tensors.rows";
        QTest::newRow("rows") << "tensors"
                              << R"({"columns": {"x": [1, 2], "y": [1]}})"
                              << "tensors.rows";
        QTest::newRow("none") << "tensors"
                              << R"({"columns": {}})"
                              << "tensors.empty";
    }
    void badSourcesAreNamed()
    {
        QFETCH(QString, kind);
        QFETCH(QString, parameters);
        QFETCH(QString, code);
        Error problem;
        QVERIFY(!openOrSay(makeSource(kind.toStdString(), parameters.toStdString()), {}, &problem));
        QCOMPARE(QString::fromStdString(problem.code), code);
    }
    void severalSourcesGoRowByRow()
    {
        const DatasetPointer a = openOrSay(makeSource("tensors", R"({"columns": {"x": [1, 2, 3]}})"), {});
        const DatasetPointer b = openOrSay(makeSource("tensors", R"({"columns": {"z": [4, 5, 6]}})"), {});
        const auto both = zipDatasets({a, b}, {"a", "b"});
        QVERIFY(both);
        QCOMPARE(columnValues(**both, "z"), (std::vector<double>{4, 5, 6}));
        const DatasetPointer c = openOrSay(makeSource("tensors", R"({"columns": {"z": [4]}})"), {});
        const auto bad = zipDatasets({a, c}, {"a", "c"});
        QVERIFY(!bad);
        QCOMPARE(bad.error().code, std::string("data.sizes"));
    }
    void everyKindIsDescribedAndItsDefaultsAreValid()
    {
        const JsonValue described = describeSourceKinds();
        QCOMPARE(described.items().size(), sourceKinds().size());
        for (const SourceKind &kind : sourceKinds()) {
            const SourceSpec source{"id", "name", std::string(kind.name), JsonValue::object()};
            QVERIFY(checkParameters(source, "/p"));
            for (const SourceParameter &p : kind.parameters)
                QVERIFY2(!p.help.empty() && !p.label.empty(), p.name.data());
        }
    }
};

QTEST_GUILESS_MAIN(TstSource)
#include "tst_source.moc"
