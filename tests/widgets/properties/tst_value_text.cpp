// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/properties/arithmetic.h"
#include "widgets/properties/value_text.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

Property of(const QString &type)
{
    Property property;
    property.name = u"p"_s;
    property.type = type;
    return property;
}

Property ranged(const QString &type, double minimum, double maximum)
{
    Property property = of(type);
    property.minimum = minimum;
    property.maximum = maximum;
    return property;
}

Property list(int minLength, int maxLength)
{
    Property property = ranged(u"integer_list"_s, -1, 1000);
    property.minLength = minLength;
    property.maxLength = maxLength;
    return property;
}

const QLocale kC = QLocale::c();

} // namespace

class TstValueText : public QObject {
    Q_OBJECT
private slots:
    void reckoning_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("value");
        QTest::newRow("product") << u"2*32"_s << 64.0;
        QTest::newRow("precedence") << u"1 + 2 * 3"_s << 7.0;
        QTest::newRow("parentheses") << u"(1+3)^2"_s << 16.0;
        QTest::newRow("powers bind right") << u"2^3^2"_s << 512.0;
        QTest::newRow("signs") << u"--2 - -3"_s << 5.0;
        QTest::newRow("a sign binds less than a power") << u"-2^2"_s << -4.0;
        QTest::newRow("exponents") << u"1e-3/2"_s << 0.0005;
        QTest::newRow("signs of print") << u"2 × 3 − 1"_s << 5.0;
        QTest::newRow("no zero before the point") << u".5"_s << 0.5;
    }
    void reckoning()
    {
        QFETCH(QString, text);
        QFETCH(double, value);
        const auto result = evaluateArithmetic(text);
        QVERIFY(result.has_value());
        QCOMPARE(*result, value);
    }
    void whatIsNoNumber()
    {
        for (const QString &text :
             {u""_s, u"two"_s, u"2*"_s, u"(1"_s, u"1)"_s, u"1/0"_s, u"1e999"_s, u"."_s, u"2 3 x"_s, u"nan"_s})
            QVERIFY2(!evaluateArithmetic(text), qPrintable(text));
        QVERIFY(!evaluateArithmetic(QString(100000, u'(')));
        QVERIFY(!evaluateArithmetic(QString(900, u'(') + u"1"_s));
        QVERIFY(!evaluateArithmetic(QString(900, u'-') + u"1"_s));
    }
    void integers()
    {
        const Property property = ranged(u"integer"_s, 1, 10000);
        QCOMPARE(parseValue(property, u"2*32"_s, kC).value, QJsonValue(64));
        QCOMPARE(valueText(property, 10000, kC), u"10000"_s);
        QCOMPARE(parseValue(property, u"0"_s, QLocale(QLocale::English)).problem, u"Between 1 and 10,000."_s);
        QVERIFY(parseValue(property, u"0"_s, kC).value.isUndefined());
        QVERIFY(parseValue(property, u"2.5"_s, kC).problem.contains(u"whole"_s));
        QVERIFY(parseValue(property, u"many"_s, kC).value.isUndefined());
    }
    void reals()
    {
        const Property property = ranged(u"real"_s, 0, 1);
        QCOMPARE(valueText(property, 1e-5, kC), u"1e-5"_s);
        QCOMPARE(valueText(property, 0.001, kC), u"0.001"_s);
        QCOMPARE(valueText(property, 0.25, QLocale(QLocale::German)), u"0,25"_s);
        QCOMPARE(parseValue(property, u"0,25"_s, QLocale(QLocale::German)).value, QJsonValue(0.25));
        QCOMPARE(parseValue(property, u"1/4"_s, kC).value, QJsonValue(0.25));
        QVERIFY(parseValue(property, u"1.5"_s, kC).value.isUndefined());
    }
    void lists()
    {
        QCOMPARE(valueText(list(2, 2), QJsonArray{3, 5}, kC), u"3 × 5"_s);
        for (const QString &text : {u"3 × 5"_s, u"3x5"_s, u"3,5"_s, u"[3, 5]"_s, u"3 5"_s, u"1+2 × 5"_s})
            QCOMPARE(parseValue(list(2, 2), text, kC).value, QJsonValue(QJsonArray{3, 5}));
        QCOMPARE(parseValue(list(2, 2), u"3"_s, kC).value, QJsonValue(QJsonArray{3, 3}));
        QCOMPARE(parseValue(list(0, 2), u"2"_s, kC).value, QJsonValue(QJsonArray{2, 2}));
        QCOMPARE(parseValue(list(0, 8), u"-1"_s, kC).value, QJsonValue(QJsonArray{-1}));
        QCOMPARE(parseValue(list(0, 8), u"4 -1"_s, kC).value, QJsonValue(QJsonArray{4, -1}));
        QCOMPARE(parseValue(list(0, 8), u""_s, kC).value, QJsonValue(QJsonArray()));
        QCOMPARE(parseValue(list(2, 2), u"3,5"_s, QLocale(QLocale::German)).value, QJsonValue(QJsonArray{3, 5}));
        QVERIFY(parseValue(list(2, 2), u"1,2,3"_s, kC).value.isUndefined());
        QVERIFY(parseValue(list(2, 2), u"1,2000"_s, kC).problem.startsWith(u"Between"_s));
        QVERIFY(parseValue(list(1, 2), u""_s, kC).value.isUndefined());
        QVERIFY(parseValue(list(0, -1), QString(100000, u','), kC).value.isUndefined());
    }
    void wordsAndLooseValues()
    {
        QCOMPARE(valueText(of(u"list"_s), QJsonArray{u"mae"_s, u"r2"_s}, kC), u"mae, r2"_s);
        QCOMPARE(parseValue(of(u"list"_s), u"mae, r2"_s, kC).value, QJsonValue(QJsonArray{u"mae"_s, u"r2"_s}));
        QCOMPARE(parseValue(of(u"any"_s), u"same"_s, kC).value, QJsonValue(u"same"_s));
        QCOMPARE(parseValue(of(u"any"_s), u"[1, 2]"_s, kC).value, QJsonValue(QJsonArray{1, 2}));
        QVERIFY(parseValue(of(u"any"_s), u"[1, 2"_s, kC).value.isUndefined());
        QCOMPARE(parseValue(of(u"text"_s), u"12"_s, kC).value, QJsonValue(u"12"_s));
        Property choice = of(u"choice"_s);
        choice.choices = QStringList{u"same"_s, u"valid"_s};
        QVERIFY(parseValue(choice, u"other"_s, kC).value.isUndefined());
    }
    void textAndValueAgree()
    {
        const QList<QJsonValue> values{0,
                                       1.5,
                                       u"same"_s,
                                       u"12"_s,
                                       u"[x"_s,
                                       u""_s,
                                       true,
                                       QJsonValue::Null,
                                       QJsonArray{1, u"a"_s},
                                       QJsonObject{{u"scheme"_s, u"normal"_s}}};
        for (const QString &type : {u"any"_s, u"initializer"_s, u"never heard of"_s}) {
            for (const QJsonValue &value : values) {
                const QString text = valueText(of(type), value, kC);
                if (value.toString() == u"[x"_s)
                    continue; // a word that looks like half a list is quoted by hand
                QCOMPARE(parseValue(of(type), text, kC).value, value);
            }
        }
    }
    void steps()
    {
        QCOMPARE(stepped(ranged(u"integer"_s, 1, 10), 9, 10), QJsonValue(10));
        QCOMPARE(stepped(ranged(u"integer"_s, 1, 10), 1, -1), QJsonValue(1));
        QCOMPARE(stepped(ranged(u"real"_s, 0, 1), 0.001, 1), QJsonValue(0.0011));
        QCOMPARE(stepped(ranged(u"real"_s, 0, 1), 0.29, 1), QJsonValue(0.3));
        QCOMPARE(stepped(ranged(u"real"_s, 0, 1), 0, 1), QJsonValue(0.1));
        QCOMPARE(stepped(list(2, 2), QJsonArray{3, 3}, 1), QJsonValue(QJsonArray{4, 4}));
        QCOMPARE(stepped(list(2, 2), QJsonArray{3, 5}, 1, 1), QJsonValue(QJsonArray{3, 6}));
        QVERIFY(stepped(of(u"text"_s), u"a"_s, 1).isUndefined());
        QVERIFY(stepped(of(u"integer"_s), QJsonValue(QJsonValue::Undefined), 1).isUndefined());
        QCOMPARE(placeInList(u"3 × 5"_s, 1), 0);
        QCOMPARE(placeInList(u"3 × 5"_s, 5), 1);
    }
};

QTEST_GUILESS_MAIN(TstValueText)
#include "tst_value_text.moc"
