// SPDX-License-Identifier: Apache-2.0
// Formulas: what they compute, where errors point, and that no text crashes the parser or the compiler.
#include "engine/backends/reference/interpreter.h"
#include "engine/layers/formula/formula.h"
#include "engine/tensor/tensor_json.h"

#include <QtTest>

using namespace espalier;

namespace {

using Values = std::vector<std::pair<std::string, Tensor>>;

Tensor tensor(std::string_view json, DType dtype = DType::Float64)
{
    return tensorFromJson(JsonValue::parse(json, "t").value(), dtype).value();
}

Values values()
{
    return {{"x", tensor("[[0, 1], [-1, -2]]")},
            {"w", tensor("[[1, 2, 3], [4, 5, 6]]")},
            {"v", tensor("[1, 2]")},
            {"i", tensor("[7, -7]", DType::Int64)},
            {"c", tensor("[[[1, 2], [3, 4], [5, 6]]]")}};
}

/// "[[...]]" of the first output, or the error.
QString compute(const char *text)
{
    const auto formula = parseFormula(text);
    if (!formula)
        return QString::fromStdString(formula.error().message());
    std::vector<std::pair<std::string, TensorType>> types;
    const Values all = values();
    for (const auto &[name, t] : all)
        types.emplace_back(name, t.type());
    const auto program = formulaProgram(*formula, types, DType::Float64);
    if (!program)
        return QString::fromStdString(program.error().message());
    std::vector<Tensor> inputs;
    for (const std::string &name : formula->inputs)
        for (const auto &[n, t] : all)
            if (n == name)
                inputs.push_back(t);
    const auto result = interpret(*program, inputs);
    return QString::fromStdString(result ? result->outputs.front().toString() : result.error().message());
}

} // namespace

class TstFormula : public QObject {
    Q_OBJECT
private slots:
    void values_data()
    {
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *text, const char *expected) { QTest::newRow(text) << expected; };
        row("1 / (1 + exp(-x))", "[[0.5, 0.73105858], [0.26894142, 0.11920292]]");
        row("1 + 2 * 3", "7");
        row("2 ^ 3 ^ 2", "512");
        row("-2 ^ 2", "-4");
        row("2 ** -1", "0.5");
        row("-x^2", "[[-0, -1], [-1, -4]]");
        row("7 // 2 + 7 % 4", "6");
        row("i // 2", "[3, -4]");
        row("i % 4", "[3, 1]");
        row("i * 2 - 1", "[13, -15]");
        row("x @ w", "[[4, 5, 6], [-9, -12, -15]]");
        row("v @ w", "[9, 12, 15]");
        row("x @ v", "[2, -5]");
        row("v @ v", "5");
        row("x > 0 or x == -2", "[[false, true], [false, true]]");
        row("not (x > 0) and true", "[[true, false], [true, true]]");
        row("where(x > 0, x, 0.1)", "[[0.1, 1], [0.1, 0.1]]");
        row("sum(w)", "21");
        row("sum(w, axis=0)", "[5, 7, 9]");
        row("sum(w, 1, keepdims=true)", "[[6], [15]]");
        row("mean(w, axis=[0, 1])", "3.5");
        row("max(w, axis=-1)", "[3, 6]");
        row("max(x, 0)", "[[0, 1], [0, 0]]");
        row("min(3, v)", "[1, 2]");
        row("var(v) + std(v)", "0.75");
        row("transpose(w)", "[[1, 4], [2, 5], [3, 6]]");
        row("reshape(w, [3, -1])", "[[1, 2], [3, 4], [5, 6]]");
        row("concat(v, v, axis=0)", "[1, 2, 1, 2]");
        row("w[0]", "[1, 2, 3]");
        row("w[:, 1]", "[2, 5]");
        row("w[1, -1]", "6");
        row("w[:, 1:]", "[[2, 3], [5, 6]]");
        row("w[:, :-1]", "[[1, 2], [4, 5]]");
        row("c[0, 1:3, 0]", "[3, 5]");
        row("cast(i, float64) / 2", "[3.5, -3.5]");
        row("relu(x) + sigmoid(zeros([2]))", "[[0.5, 1.5], [0.5, 0.5]]");
        row("leaky_relu(x, 0.5)", "[[0, 1], [-0.5, -1]]");
        row("softmax(zeros([1, 4]), axis=1)", "[[0.25, 0.25, 0.25, 0.25]]");
        row("full([2], 3) * size(w, 1)", "[9, 9]");
        row("let a = v * 2; let b = a + 1\nb * a  # comment", "[6, 20]");
        row("max(v,\n  axis=0)", "2");
        row("y = v * 2", "[2, 4]");
        row("round(pi * 100) / 100", "3.14");
        row("log(exp(v))", "[1, 2]");
        row("argmax(w, axis=1)", "[2, 2]");
    }
    void values()
    {
        QFETCH(QString, expected);
        QCOMPARE(compute(QTest::currentDataTag()), expected);
    }
    void errorsPointAtTheirPlace_data()
    {
        QTest::addColumn<QString>("part");
        const auto row = [](const char *text, const char *part) { QTest::newRow(text) << part; };
        row("", "empty");
        row("1 +", "column 4");
        row("(1 + 2", "column 7: Here a ')' is expected, but the formula ends");
        row("1 2", "column 3: '2' is left over");
        row("x $ 1", "column 3: The character '$'");
        row("2x", "is a * missing");
        row("sgmoid(x)", "Did you mean sigmoid?");
        row("x + i", "column 3: '+' meets float64 and int64");
        row("i + 0.5", "no whole number");
        row("i / 2", "Use //");
        row("1\nx @ x @ w @ w", "line 1, column 1: This value is not used");
        row("x\n+ v", "line 1");
        row("let a = 1\nlet a = 2\na", "line 2, column 5: The name 'a' is taken");
        row("x @ w @ w", "column 7");
        row("w + x", "column 3");
        row("param w2[2]; x", "no trained parameters");
        row("w[5]", "outside of an axis of size 2");
        row("w[0, 0, 0]", "3 indices");
        row("sum(x, axis=7)", "7 is no axis");
        row("sum(x, axes=1)", "no argument 'axes'");
        row("reshape(w, [4, -1])", "can't be reshaped");
        row("cast(x, 33)", "number format is expected");
        row("1e999", "too large");
        row("[1, 2]", "list only has a meaning");
        row("pi = 3", "The name 'pi' is taken");
        row("zzz + 1", "needs a value for zzz");
    }
    void errorsPointAtTheirPlace()
    {
        QFETCH(QString, part);
        const QString got = compute(QTest::currentDataTag());
        QVERIFY2(got.contains(part), qPrintable(got));
    }
    void namesBecomePorts()
    {
        const auto formula = parseFormula("param w[in, 4] = he\nlet h = relu(a @ w)\nmean = sum(h)\nscaled = h * b");
        QVERIFY(formula.has_value());
        QCOMPARE(formula->inputs, (std::vector<std::string>{"a", "b"}));
        QCOMPARE(formula->outputs, (std::vector<std::string>{"mean", "scaled"}));
        QCOMPARE(formula->parameters, std::vector<std::string>{"w"});
    }
    void parametersAreTrained()
    {
        const auto formula = parseFormula("param w[in, 2 * 32] = normal(0, 0.02); param b[64]; param s[1] = 0.5\n"
                                          "(x @ w + b) * s");
        QVERIFY(formula.has_value());
        Builder b;
        const ValueId x = b.input("x", {DType::Float32, Shape{Dim::symbol("batch"), 7}});
        std::map<std::string, std::pair<std::string, Initializer>> made;
        const auto outputs = buildFormula(b, *formula, std::vector{x},
                                          [&](std::string_view name, const TensorType &type, const Initializer &init) {
                                              made[std::string(name)] = {type.toString(), init};
                                              return Result<ValueId>(b.state(name, type));
                                          });
        QVERIFY2(outputs.has_value(), outputs ? "" : outputs.error().message().c_str());
        QCOMPARE(b.type(outputs->front()).toString(), std::string("float32[batch, 64]"));
        QCOMPARE(made["w"].first, std::string("float32[7, 64]"));
        QCOMPARE(made["w"].second.scheme, std::string("normal"));
        QCOMPARE(made["w"].second.b, 0.02);
        QCOMPARE(made["b"].second.scheme, std::string("zeros"));
        QCOMPARE(made["s"].second.a, 0.5);
    }
    void noTextCrashes()
    {
        std::uint32_t state = 99;
        const auto random = [&](std::size_t below) {
            state = state * 1664525u + 1013904223u;
            return (state >> 8) % static_cast<std::uint32_t>(below);
        };
        const std::vector<std::string> words{
            "x",       "w",     "i",       "v",      "1",         "0.5",   "-1",    "1e300",     "(",       ")",
            "[",       "]",     ",",       ":",      "+",         "-",     "*",     "/",         "//",      "%",
            "@",       "^",     "==",      "<",      "=",         "let",   "param", "not",       "and",     "sum",
            "reshape", "where", "softmax", "concat", "transpose", "size",  "zeros", "cast",      "float32", "batch",
            "in",      "axis=", "one_hot", "conv2d", "lstm",      "slice", "iota",  "embedding", "\n",      ";",
            "#",       "true",  "exp",     "pad",    "max",       " "};
        int good = 0;
        for (int round = 0; round < 20000; ++round) {
            std::string text;
            for (std::uint32_t n = random(14) + 1; n > 0; --n)
                text += words[random(words.size())] + (random(3) ? " " : "");
            if (random(5) == 0)
                text[random(text.size())] = static_cast<char>(random(256));
            const QString result = compute(text.c_str());
            QVERIFY(!result.isEmpty());
            good += result.startsWith('[') ? 1 : 0;
        }
        QVERIFY2(good > 20, qPrintable(QString::number(good)));
        for (const char *part : {"(", "-", "not ", "[", "f(", "1^", "x[", "1+", "x@", "sum(x,"}) {
            std::string deep;
            while (deep.size() < 19000)
                deep += part;
            QVERIFY(!parseFormula(deep));
        }
        QVERIFY(!parseFormula(std::string(1 << 20, '(')));
    }
};

QTEST_GUILESS_MAIN(TstFormula)
#include "tst_formula.moc"
