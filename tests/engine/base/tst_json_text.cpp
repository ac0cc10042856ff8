// SPDX-License-Identifier: Apache-2.0
// JSON text: what is refused, where the error points, and that no bytes throw.
#include "engine/base/json_text.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <cmath>

using namespace espalier;

class TstJsonText : public QObject {
    Q_OBJECT
private slots:
    void goodTextIsRead()
    {
        const auto value = parseJson(R"({"a": [1, 2.5, "x"]})", "t.json");
        QVERIFY(value);
        QCOMPARE(jsonText(*value), std::string(R"({"a":[1,2.5,"x"]})"));
        const auto ordered = parseOrderedJson(R"({"b": 1, "a": 2})", "t.json");
        QVERIFY(ordered);
        QCOMPARE(jsonText(*ordered), std::string(R"({"b":1,"a":2})"));
    }
    void damagedTextIsRefusedWithItsPlace_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("code");
        QTest::addColumn<int>("line");
        QTest::newRow("empty") << QByteArray() << "json.syntax" << 1;
        QTest::newRow("word") << QByteArray("{\n\"a\": 1,\nb\n}") << "json.syntax" << 3;
        QTest::newRow("cut") << QByteArray("{\"a\": [1,") << "json.syntax" << 1;
        QTest::newRow("not UTF-8") << QByteArray("\"\xff\"") << "json.syntax" << 1;
        QTest::newRow("huge number") << QByteArray("[1e999]") << "json.number" << 1;
        QTest::newRow("deep") << QByteArray("\n").append(QByteArray(1000000, '[')) << "json.depth" << 2;
        QTest::newRow("zero bytes") << QByteArray(100, '\0') << "json.syntax" << 1;
    }
    void damagedTextIsRefusedWithItsPlace()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, code);
        QFETCH(int, line);
        const auto value = parseJson(text.toStdString(), "t.json");
        QVERIFY(!value);
        QCOMPARE(QString::fromStdString(value.error().code), code);
        QCOMPARE(value.error().where.line, line);
        QCOMPARE(value.error().where.file, std::string("t.json"));
    }
    void bracketsInStringsAreNoNesting()
    {
        QVERIFY(parseJson("\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\"", "t"));
    }
    void duplicateKeysAreRefusedOnRequest()
    {
        const std::string twice = R"({"a": {"x": 1}, "b": {"x": 2, "x": 3}})";
        QVERIFY(parseJson(twice, "t"));
        QVERIFY(!parseJson(twice, "t", DuplicateKeys::Refuse));
        QVERIFY(parseJson(R"({"a": {"x": 1}, "b": {"x": 2}})", "t", DuplicateKeys::Refuse));
    }
    void anyValueCanBeWritten()
    {
        QCOMPARE(jsonText(nlohmann::json("\xff")), std::string("\"\xef\xbf\xbd\""));
        QCOMPARE(jsonText(nlohmann::json(std::nan(""))), std::string("null"));
    }
};

QTEST_GUILESS_MAIN(TstJsonText)
#include "tst_json_text.moc"
