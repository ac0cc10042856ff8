// SPDX-License-Identifier: Apache-2.0
// The data section's JSON form.
#include "engine/data/data_spec.h"
#include "engine/data/source_kinds.h"

#include <QtTest>

using namespace espalier;

namespace {

JsonValue json(const char *text)
{
    return JsonValue::parse(text, "test").value();
}

} // namespace

class TstDataSpec : public QObject {
    Q_OBJECT
private slots:
    void aSectionSurvivesSaveAndLoad()
    {
        const JsonValue section = json(R"({
            "sources": [
                {"id": "a", "name": "table", "kind": "csv", "parameters": {"path": "t.csv", "missing": "drop"}},
                {"id": "b", "name": "later", "kind": "hologram", "parameters": {"depth": [1, 2]}}],
            "split": {"train": 0.5, "validation": 0.25, "test": 0.125, "seed": 7, "stratify": "label", "in_order": true},
            "normalize": [{"source": "a", "column": "features", "method": "standard"}],
            "batch": {"size": 16, "shuffle": false, "drop_last": true}})");
        const auto spec = dataSpecFromJson(section);
        QVERIFY(spec);
        QCOMPARE(spec->sources[0].kind, std::string("csv"));
        QCOMPARE(spec->split.seed, std::uint64_t(7));
        QVERIFY(spec->split.inOrder);
        QVERIFY(spec->normalize[0].method == Normalization::Standard);
        QCOMPARE(spec->batch.size, 16);
        const JsonValue written = toJson(*spec);
        const auto again = dataSpecFromJson(written);
        QVERIFY(again);
        QVERIFY(toJson(*again) == written);
        QVERIFY(again->sources[1] == spec->sources[1]); // an unknown kind keeps what it has
        const JsonValue &parameters = written["sources"].items()[0]["parameters"];
        QCOMPARE(parameters["missing"].string(), std::string("drop"));
        QCOMPARE(parameters["delimiter"].string(), std::string("auto")); // defaults are written
    }
    void nothingIsAValidSection()
    {
        const auto spec = dataSpecFromJson(JsonValue());
        QVERIFY(spec);
        QVERIFY(*spec == DataSpec());
    }
    void sourcesAreFoundByIdThenName()
    {
        const auto spec = dataSpecFromJson(json(R"({"sources": [{"id": "a", "name": "b", "kind": "csv"},
                                                                {"id": "b", "name": "c", "kind": "csv"}]})"));
        QVERIFY(spec);
        QCOMPARE(findSource(*spec, "b"), &spec->sources[1]);
        QCOMPARE(findSource(*spec, "c"), &spec->sources[1]);
        QVERIFY(!findSource(*spec, "d"));
    }
    void mistakesNameTheirPlace_data()
    {
        QTest::addColumn<QString>("section");
        QTest::addColumn<QString>("pointer");
        const auto row = [](const char *section, const char *pointer) {
            QTest::newRow(pointer) << QString(section) << QString(pointer);
        };
        row("[1]", "/data");
        row(R"({"sources": 3})", "/data/sources");
        row(R"({"sources": [{"kind": "csv"}]})", "/data/sources/0/id");
        row(R"({"sources": [{"id": "a", "kind": "csv"}, {"id": "a", "kind": "csv"}]})", "/data/sources/1/id");
        row(R"({"sources": [{"id": "a", "kind": "csv", "parameters": []}]})", "/data/sources/0/parameters");
        row(R"({"sources": [{"id": "a", "kind": "csv", "parameters": {"missing": "ignore"}}]})",
            "/data/sources/0/parameters/missing");
        row(R"({"sources": [{"id": "a", "kind": "text", "parameters": {"window": 0}}]})",
            "/data/sources/0/parameters/window");
        row(R"({"sources": [{"id": "a", "kind": "text", "parameters": {"window": 1.5}}]})",
            "/data/sources/0/parameters/window");
        row(R"({"sources": [{"id": "a", "kind": "csv", "parameters": {"features": [1]}}]})",
            "/data/sources/0/parameters/features");
        row(R"({"split": {"train": 1.5}})", "/data/split/train");
        row(R"({"split": {"train": 0.9, "validation": 0.2}})", "/data/split");
        row(R"({"split": {"seed": -1}})", "/data/split/seed");
        row(R"({"normalize": [{"column": "x", "method": "shrink"}]})", "/data/normalize/0/method");
        row(R"({"batch": {"size": 0}})", "/data/batch/size");
        row(R"({"batch": {"shuffle": 1}})", "/data/batch/shuffle");
    }
    void mistakesNameTheirPlace()
    {
        QFETCH(QString, section);
        QFETCH(QString, pointer);
        const auto spec = dataSpecFromJson(json(section.toUtf8().constData()));
        QVERIFY(!spec);
        QCOMPARE(QString::fromStdString(spec.error().where.parameter), pointer);
        QVERIFY(spec.error().message().find("{0}") == std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TstDataSpec)
#include "tst_data_spec.moc"
