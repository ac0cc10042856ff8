// SPDX-License-Identifier: Apache-2.0
// Programs and attributes survive the way through text bit for bit; damaged text gives a sentence with its line.
#include "engine/ops/attr_text.h"
#include "engine/ops/op.h"
#include "engine/ops/program.h"
#include "tests/support/op_case.h"

#include <QtTest>

#include <cmath>
#include <limits>
#include <random>

using namespace espalier;

namespace {

/// The program of every case of every op: all ops, all attributes off their defaults, bodies.
std::vector<std::string> corpus()
{
    std::vector<std::string> texts;
    for (const Op *op : allOps())
        for (const OpCase &c : op->cases())
            texts.push_back(print(test::caseProgram(*op, c, DType::Float32)));
    return texts;
}

std::string mutated(std::string text, std::mt19937 &random)
{
    static const std::vector<std::string> pieces = {"-1",
                                                    "0",
                                                    "9223372036854775807",
                                                    "-9223372036854775808",
                                                    "1e308",
                                                    "nan",
                                                    "true",
                                                    "[",
                                                    "]",
                                                    "(",
                                                    ")",
                                                    "{",
                                                    "}",
                                                    ";",
                                                    ",",
                                                    "=",
                                                    "%0",
                                                    "%9",
                                                    "?",
                                                    "#",
                                                    "\"",
                                                    "axis",
                                                    "batch",
                                                    "1000000007",
                                                    "float64",
                                                    "int64",
                                                    "bool",
                                                    "add",
                                                    "reshape",
                                                    "\n",
                                                    "program",
                                                    "shape",
                                                    "..."};
    const auto pick
        = [&](std::size_t bound) { return static_cast<std::size_t>(random() % std::max<std::size_t>(bound, 1)); };
    for (int edits = 1 + static_cast<int>(random() % 3); edits > 0; --edits) {
        const std::size_t at = pick(text.size());
        switch (random() % 6) {
        case 0:
            text.insert(at, pieces[pick(pieces.size())]);
            break;
        case 1:
            text.erase(at, 1 + pick(8));
            break;
        case 2:
            text[at] = static_cast<char>(random() % 256);
            break;
        case 3:
            text.insert(at, text.substr(pick(text.size()), pick(40)));
            break;
        case 4:
            text.resize(at);
            break;
        default: { // another number
            const std::size_t digit = text.find_first_of("0123456789", at);
            if (digit != std::string::npos)
                text.replace(digit, 1, pieces[pick(5)]);
        }
        }
        if (text.empty())
            break;
    }
    return text;
}

} // namespace

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

    void everyOpComesBack()
    {
        for (const std::string &text : corpus()) {
            const auto back = parseProgram(text);
            QVERIFY2(back, (text + (back ? "" : back.error().message())).c_str());
            QCOMPARE(verify(*back), std::string());
            QCOMPARE(print(*back), text);
        }
    }

    void peopleMayNestCallsAndWriteNumbers()
    {
        const auto program = parseProgram("input x : float64[batch]\noutput y = log(add(1, exp(neg(x))))\n");
        QVERIFY2(program, program ? "" : program.error().message().c_str());
        QCOMPARE(print(*program),
                 std::string("program\n"
                             "  input x : float64[batch]\n"
                             "  %1 = neg(x) : float64[batch]\n"
                             "  %2 = exp(%1) : float64[batch]\n"
                             "  %3 = constant(value=float64[]{1}) : float64[]\n"
                             "  %4 = add(%3, %2) : float64[batch]\n"
                             "  %5 = log(%4) : float64[batch]\n"
                             "  output y = %5\n"));
    }

    /// Whatever is done to a program's text, it is read or refused with a sentence; what is read is sound.
    void damagedProgramsAreHarmless()
    {
        const std::vector<std::string> texts = corpus();
        std::mt19937 random(11);
        int read = 0;
        for (int i = 0; i < 20000; ++i) {
            const std::string text = mutated(texts[random() % texts.size()], random);
            const auto program = parseProgram(text);
            if (!program) {
                QVERIFY2(!program.error().message().empty(), text.c_str());
                continue;
            }
            ++read;
            QVERIFY2(verify(*program).empty(), (text + verify(*program)).c_str());
            const std::string again = print(*program);
            const auto back = parseProgram(again);
            QVERIFY2(back, (text + again).c_str());
            QCOMPARE(print(*back), again);
        }
        QVERIFY(read > 100);
    }

    void nestingIsBounded()
    {
        std::string calls = "input x : float32[2]\noutput y = ";
        for (int i = 0; i < 100000; ++i)
            calls += "neg(";
        QVERIFY(!parseProgram(calls));
        std::string bodies;
        for (int i = 0; i < 1000; ++i)
            bodies += "y = scan(; carries=0, sequences=0) {\n";
        QVERIFY(!parseProgram(bodies));
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
        QTest::newRow("wrong type") << "y = add(x, x) : float32[3]"
                                    << "gives float32[2], the line says float32[3]";
        QTest::newRow("attribute") << "y = reduce_sum(x; axis=1)"
                                   << "no attribute \"axis\"";
        QTest::newRow("wrong attribute") << "y = reduce_sum(x; axes=1)"
                                         << "whole numbers";
        QTest::newRow("outputs") << "y, z = add(x, x)"
                                 << "gives 1 values";
        QTest::newRow("arity") << "y = add(x)"
                               << "takes 2 inputs";
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
