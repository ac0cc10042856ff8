// SPDX-License-Identifier: Apache-2.0
// Programs and attributes survive the way through text bit for bit; damaged text gives a sentence with its line.
#include "engine/ops/attr_text.h"
#include "engine/ops/program.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace espalier;

class TstText : public QObject {
    Q_OBJECT
private slots:
    void attributesComeBack()
    {
        Tensor large(DType::Float32, {9, 11});
        for (std::int64_t i = 0; i < large.elements(); ++i)
            large.set(i, 1.0 / static_cast<double>(i + 3));
        const double inf = std::numeric_limits<double>::infinity();
        const std::vector<AttrValue> values = {
            true,
            std::int64_t{-7},
            std::numeric_limits<std::int64_t>::min(),
            0.1,
            -inf,
            1e-300,
            std::string("a \"b\" \\ \n \x01 ü"),
            std::string(),
            std::vector<std::int64_t>{},
            std::vector<std::int64_t>{3, -1, 0},
            DType::BFloat16,
            Shape(),
            Shape{Dim::symbol("batch") * Dim(2) + Dim(1), floorDiv(Dim::symbol("h"), 2)},
            Shape::unknown(),
            Tensor::scalar(0.1f),
            Tensor::scalar(true),
            Tensor::of<double>({2, 2}, {0.1, -0.0, inf, 5e-324}),
            Tensor::of<float>({2}, {std::nanf(""), -std::nanf("1")}),
            Tensor::of<std::int64_t>({1, 3}, {std::numeric_limits<std::int64_t>::max(), 0, -1}),
            Tensor::of<bool>({2}, {true, false}),
            Tensor::of<bfloat16>({2}, {bfloat16(0.1f), bfloat16(-3.f)}),
            Tensor(DType::Float64, {100, 100}),
            Tensor(DType::Int32, {0, 3}),
            Tensor(),
            large,
        };
        for (const AttrValue &value : values) {
            const std::string text = attrText(value);
            Scanner scanner(text);
            const auto back = parseAttr(scanner, value);
            QVERIFY2(back, text.c_str());
            QVERIFY2(scanner.atEnd(), text.c_str());
            const auto *tensor = std::get_if<Tensor>(&value);
            QVERIFY2(tensor && tensor->isEmpty() ? std::get<Tensor>(*back).isEmpty() : sameAttr(*back, value),
                     text.c_str());
        }
    }

    void hostileTensorsAreRefused()
    {
        for (const char *text : {"float32[1000000000, 1000]{0}", "float32[1000000, 1000]x\"00\"", "float32[2]{1, 2, 3}",
                                 "float32[2]{1, 2", "float32[2]x\"00\"", "float32[1]x\"0000zz00\"", "bool[1]x\"02\"",
                                 "float32[b]{1}", "unknown[2]{1}", "float32[-2]{1}", "int32[1]{0.5}", "float32[3]{}"}) {
            Scanner scanner(text);
            QVERIFY2(!parseAttr(scanner, Tensor()), text);
        }
    }

    void namesAreQuotedWhereNeeded()
    {
        const char *text = "program \"a b\"\n"
                           "  input x.image : float32[batch, 4]\n"
                           "  input %1 \"\" : bool[]\n"
                           "  state weight \"k3.weight\" : float32[3, 4]\n"
                           "  state %3 \"k4.weight\" : float32[2*batch + 1]\n"
                           "  final weight = weight\n"
                           "  output loss = x.image\n"
                           "  output \"50 %\" = weight\n"
                           "  observe \"dense/activation\" = %1\n";
        const auto program = parseProgram(text);
        QVERIFY2(program, program ? "" : program.error().message().c_str());
        QCOMPARE(program->name, std::string("a b"));
        QCOMPARE(program->inputs[1].name, std::string());
        QCOMPARE(program->states[0].path, std::string("k3.weight"));
        QCOMPARE(program->states[1].path, std::string("k4.weight"));
        QCOMPARE(program->observations[0].name, std::string("dense/activation"));
        QCOMPARE(print(*program), QString(text).remove("  final weight = weight\n").toStdString());
    }

    void errorsNameTheirLine_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("noise") << "hello"
                               << "hello\" is neither";
        QTest::newRow("type") << "input y : float[2]"
                              << "no type float";
        QTest::newRow("twice") << "input x : float32[2]"
                               << "x is defined twice";
        QTest::newRow("op") << "%1 = frobnicate(x)"
                            << "no op \"frobnicate\"";
        QTest::newRow("value") << "output a = y"
                               << "\"y\" is not defined";
        QTest::newRow("state") << "final x = x"
                               << "no state x";
        QTest::newRow("more") << "output a = x x"
                              << "more than expected";
        QTest::newRow("brace") << "}"
                               << "without a body";
    }
    void errorsNameTheirLine()
    {
        QFETCH(QString, text);
        QFETCH(QString, says);
        const auto program = parseProgram(("program p\n  input x : float32[2]\n\n  " + text + "\n").toStdString());
        QVERIFY(!program);
        const QString message = QString::fromStdString(program.error().message());
        QVERIFY2(message.contains(says), message.toUtf8().constData());
        QVERIFY2(message.startsWith("Line 4: "), message.toUtf8().constData());
        QCOMPARE(program.error().where.line, 4);
    }
};

QTEST_GUILESS_MAIN(TstText)
#include "tst_text.moc"
