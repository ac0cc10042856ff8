// SPDX-License-Identifier: Apache-2.0
// Dimensions, shapes and types survive the way through text; damaged text never does worse than a sentence.
#include "engine/tensor/dim_text.h"

#include <QtTest>

#include <limits>
#include <random>

using namespace espalier;

class TstDimText : public QObject {
    Q_OBJECT
private slots:
    void dimensionsComeBack_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("canonical");
        QTest::newRow("number") << "32"
                                << "32";
        QTest::newRow("zero") << "0"
                              << "0";
        QTest::newRow("symbol") << "batch"
                                << "batch";
        QTest::newRow("unknown") << "?"
                                 << "?";
        QTest::newRow("sum") << "1 + 2*batch"
                             << "2*batch + 1";
        QTest::newRow("minus") << "-batch - 3"
                               << "-batch - 3";
        QTest::newRow("product") << "(b + 1)*(t - 2)"
                                 << "b*t - 2*b + t - 2";
        QTest::newRow("floor") << "floor((time - 1)/2) + 1"
                               << "floor((time - 1)/2) + 1";
        QTest::newRow("nested floor") << "3*floor((floor((h + 1)/2))/2)*batch"
                                      << "3*batch*floor((floor((h + 1)/2))/2)";
        QTest::newRow("floor that divides") << "floor((4*h + 3)/2)"
                                            << "2*h + 1";
    }
    void dimensionsComeBack()
    {
        QFETCH(QString, text);
        QFETCH(QString, canonical);
        const auto dim = parseDim(text.toStdString());
        QVERIFY2(dim, text.toUtf8().constData());
        QCOMPARE(QString::fromStdString(dim->toString()), canonical);
        const auto again = parseDim(dim->toString());
        QVERIFY(again && *again == *dim);
    }

    void floorsStillBind()
    {
        const auto dim = parseDim("floor((h + 1)/2)*b");
        QVERIFY(dim);
        QCOMPARE(dim->bind({{"h", 8}, {"b", 3}}).constant(), 12);
    }

    void whatLeaves64BitsIsUnknown()
    {
        const Dim huge(std::numeric_limits<std::int64_t>::max());
        const Dim lowest(std::numeric_limits<std::int64_t>::min());
        QVERIFY((huge + Dim(1)).isUnknown());
        QVERIFY((huge * Dim(2)).isUnknown());
        QVERIFY((lowest - Dim(1)).isUnknown());
        QVERIFY((Dim::symbol("b") * huge + Dim::symbol("b")).isUnknown());
        QVERIFY((huge + Dim(1)) * Dim(0) == Dim(0));
        QCOMPARE(lowest.toString(), std::string("-9223372036854775808"));
        QCOMPARE(floorDiv(Dim(-7), 2).constant(), -4);
        QCOMPARE(floorDiv(lowest, 3).constant(), -3074457345618258603);
    }

    void wrongTextIsRefused_data()
    {
        QTest::addColumn<QString>("text");
        const char *texts[] = {"",         "+",        "2*",  "batch batch",          "(b",    "floor(b/0)",
                               "floor(b)", "floor b/", "1 2", "99999999999999999999", "? + 1", "4611686018427387904*4",
                               "b--",      "%1",       "-"};
        for (const char *text : texts)
            QTest::newRow(text) << text;
        QTest::newRow("deep") << QString(1000, '(') + "b" + QString(1000, ')');
        QTest::newRow("powers") << QString("(a+b+c+d)*").repeated(30) + "a";
        QTest::newRow("large product") << QString("1000000*").repeated(30) + "1";
    }
    void wrongTextIsRefused()
    {
        QFETCH(QString, text);
        const auto dim = parseDim(text.toStdString());
        QVERIFY(!dim);
        QVERIFY(!dim.error().message().empty());
    }

    void shapesAndTypesComeBack()
    {
        for (const char *text : {"[]", "[3]", "[batch, 3, floor((h + 1)/2)]", "[...]", "[?, 0]"}) {
            const auto shape = parseShape(text);
            QVERIFY2(shape, text);
            QCOMPARE(shape->toString(), std::string(text));
        }
        for (const char *text : {"float32[batch, 3]", "bool[]", "unknown[...]", "bfloat16[0]", "int64[2]"}) {
            const auto type = parseTensorType(text);
            QVERIFY2(type, text);
            QCOMPARE(type->toString(), std::string(text));
        }
        for (const char *text : {"[1,]", "[", "3]", "[1 2]", "[1099511627776, 1099511627776]", "[,]"})
            QVERIFY2(!parseShape(text), text);
        for (const char *text : {"float[3]", "float32", "[3]", "float32[3] x"})
            QVERIFY2(!parseTensorType(text), text);
    }

    void noiseIsHarmless()
    {
        std::mt19937 random(1);
        const std::string letters = "0123456789ab+-*/()[],?. floor(%";
        for (int i = 0; i < 20000; ++i) {
            std::string text;
            for (std::size_t n = random() % 24; n > 0; --n)
                text += letters[random() % letters.size()];
            const auto dim = parseDim(text);
            if (dim) {
                const auto again = parseDim(dim->toString());
                QVERIFY2(again && *again == *dim, text.c_str());
            }
            (void)parseShape("[" + text + "]");
        }
    }
};

QTEST_GUILESS_MAIN(TstDimText)
#include "tst_dim_text.moc"
