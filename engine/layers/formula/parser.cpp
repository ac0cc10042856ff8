// SPDX-License-Identifier: Apache-2.0
// Recursive descent over the grammar of README.md; depth and length are bounded, so that no text exhausts the stack.
#include "engine/layers/formula/expression.h"
#include "engine/layers/formula/lexer.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::size_t kLongest = 20'000; ///< characters of a formula
constexpr int kDeepest = 200; ///< of the tree, so also the length of a chain of additions
constexpr int kMostOpen = 100; ///< nested calls of the parser

class Parser {
public:
    Parser(std::string_view text, std::vector<Token> tokens)
        : m_text(text)
        , m_tokens(std::move(tokens))
    {
    }

    Result<std::vector<FormulaLine>> lines()
    {
        std::vector<FormulaLine> all;
        while (true) {
            while (peek().kind == Token::Kind::NewLine)
                ++m_at;
            if (peek().kind == Token::Kind::End)
                break;
            ESPALIER_TRY(FormulaLine one, line());
            all.push_back(std::move(one));
            if (peek().kind != Token::Kind::NewLine && peek().kind != Token::Kind::End)
                return wrong(
                    peek(),
                    error("formula.rest", "'{0}' is left over; is an operator missing before it?", peek().text));
        }
        if (all.empty())
            return fail(error("formula.empty", "The formula is empty. Write an expression such as x * 2 + 1."));
        return all;
    }

private:
    std::string_view m_text;
    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
    int m_open = 0;

    const Token &peek(std::size_t ahead = 0) const { return m_tokens[std::min(m_at + ahead, m_tokens.size() - 1)]; }
    bool isSymbol(std::string_view text, std::size_t ahead = 0) const
    {
        return peek(ahead).kind == Token::Kind::Symbol && peek(ahead).text == text;
    }
    bool isWord(std::string_view text) const { return peek().kind == Token::Kind::Name && peek().text == text; }
    bool take(std::string_view symbol)
    {
        const bool is = isSymbol(symbol);
        m_at += is ? 1 : 0;
        return is;
    }
    tl::unexpected<Error> wrong(const Token &token, Error e) const
    {
        return fail(formulaError(m_text, token.position, e));
    }
    Result<void> expect(std::string_view symbol)
    {
        if (take(symbol))
            return {};
        return wrong(peek(), error("formula.expected", "Here a '{0}' is expected{1}.", symbol, found()));
    }
    std::string found() const
    {
        if (peek().kind == Token::Kind::End)
            return ", but the formula ends";
        return peek().kind == Token::Kind::NewLine ? ", but the line ends" : ", not '" + peek().text + "'";
    }

    Result<FormulaLine> line()
    {
        FormulaLine result;
        result.position = peek().position;
        if (isWord("param") && peek(1).kind == Token::Kind::Name)
            return parameter();
        const bool isLet = isWord("let") && peek(1).kind == Token::Kind::Name;
        m_at += isLet ? 1 : 0;
        if (peek().kind == Token::Kind::Name && isSymbol("=", 1)) {
            result.kind = isLet ? FormulaLine::Kind::Let : FormulaLine::Kind::Assignment;
            result.name = peek().text;
            result.position = peek().position;
            m_at += 2;
        } else if (isLet) {
            return wrong(peek(1), error("formula.let", "After let comes a name, then '='."));
        }
        ESPALIER_TRY(result.value, expression());
        return result;
    }
    Result<FormulaLine> parameter()
    {
        FormulaLine result;
        result.kind = FormulaLine::Kind::Parameter;
        result.position = peek(1).position;
        result.name = peek(1).text;
        m_at += 2;
        ESPALIER_CHECK(expect("["));
        ESPALIER_TRY(result.shape, list("]"));
        if (take("=")) {
            ESPALIER_TRY(result.value, expression());
        }
        return result;
    }

    /// Entries up to the closing bracket, which is taken.
    Result<std::vector<Expression>> list(std::string_view closing)
    {
        std::vector<Expression> entries;
        if (take(closing))
            return entries;
        do {
            ESPALIER_TRY(Expression entry, expression());
            entries.push_back(std::move(entry));
        } while (take(","));
        ESPALIER_CHECK(expect(closing));
        return entries;
    }

    Result<Expression> expression()
    {
        if (++m_open > kMostOpen)
            return wrong(peek(), error("formula.depth", "The formula is nested too deeply; name a part of it first."));
        auto result = either();
        --m_open;
        return result;
    }

    using Rule = Result<Expression> (Parser::*)();

    /// operand { operator operand }, from the left.
    Result<Expression> chain(Rule operand, std::initializer_list<std::string_view> operators, bool areWords = false)
    {
        ESPALIER_TRY(Expression left, (this->*operand)());
        while (true) {
            const Token &token = peek();
            const bool is = token.kind == (areWords ? Token::Kind::Name : Token::Kind::Symbol)
                && std::find(operators.begin(), operators.end(), token.text) != operators.end();
            if (!is)
                return left;
            const Token op = token;
            ++m_at;
            ESPALIER_TRY(Expression right, (this->*operand)());
            ESPALIER_TRY(left, node(Expression::Kind::Binary, op, {}, std::move(left), std::move(right)));
        }
    }
    template <typename... Children>
    Result<Expression> node(Expression::Kind kind, const Token &token, std::string text, Children... children)
    {
        Expression e;
        e.kind = kind;
        e.text = text.empty() ? std::string(token.text) : std::move(text);
        e.position = token.position;
        (e.children.push_back(std::move(children)), ...);
        return bounded(std::move(e));
    }
    Result<Expression> bounded(Expression e) const
    {
        for (const Expression &child : e.children)
            e.depth = std::max(e.depth, child.depth + 1);
        for (const auto &[name, child] : e.named)
            e.depth = std::max(e.depth, child.depth + 1);
        for (const Expression::Slice &slice : e.slices)
            for (const auto *part : {&slice.start, &slice.stop})
                for (const Expression &child : *part)
                    e.depth = std::max(e.depth, child.depth + 1);
        if (e.depth > kDeepest)
            return fail(formulaError(m_text, e.position,
                                     error("formula.depth",
                                           "The formula is nested too deeply; name a "
                                           "part of it first.")));
        return e;
    }

    Result<Expression> either() { return chain(&Parser::both, {"or"}, true); }
    Result<Expression> both() { return chain(&Parser::comparison, {"and"}, true); }
    Result<Expression> comparison()
    {
        if (isWord("not")) {
            const Token op = peek();
            ++m_at;
            if (++m_open > kMostOpen)
                return wrong(op, error("formula.depth", "The formula is nested too deeply; name a part of it first."));
            ESPALIER_TRY(Expression operand, comparison());
            --m_open;
            return node(Expression::Kind::Unary, op, {}, std::move(operand));
        }
        return chain(&Parser::sum, {"==", "!=", "<", "<=", ">", ">="});
    }
    Result<Expression> sum() { return chain(&Parser::product, {"+", "-"}); }
    Result<Expression> product() { return chain(&Parser::unary, {"*", "/", "//", "%", "@"}); }
    Result<Expression> unary()
    {
        if (!isSymbol("-") && !isSymbol("+"))
            return power();
        const Token op = peek();
        ++m_at;
        if (++m_open > kMostOpen)
            return wrong(op, error("formula.depth", "The formula is nested too deeply; name a part of it first."));
        ESPALIER_TRY(Expression operand, unary());
        --m_open;
        return node(Expression::Kind::Unary, op, {}, std::move(operand));
    }
    /// Binds to the right, and stronger than a sign on its left: -x^2 is -(x^2), 2^-1 is a half.
    Result<Expression> power()
    {
        ESPALIER_TRY(Expression base, postfix());
        if (!isSymbol("^") && !isSymbol("**"))
            return base;
        const Token op = peek();
        ++m_at;
        if (++m_open > kMostOpen)
            return wrong(op, error("formula.depth", "The formula is nested too deeply; name a part of it first."));
        ESPALIER_TRY(Expression exponent, unary());
        --m_open;
        return node(Expression::Kind::Binary, op, "^", std::move(base), std::move(exponent));
    }
    Result<Expression> postfix()
    {
        ESPALIER_TRY(Expression value, primary());
        while (isSymbol("[")) {
            const Token op = peek();
            ++m_at;
            Expression index;
            index.kind = Expression::Kind::Index;
            index.position = op.position;
            do {
                ESPALIER_TRY(Expression::Slice slice, slicePart());
                index.slices.push_back(std::move(slice));
            } while (take(","));
            ESPALIER_CHECK(expect("]"));
            index.children.push_back(std::move(value));
            ESPALIER_TRY(value, bounded(std::move(index)));
        }
        return value;
    }
    Result<Expression::Slice> slicePart()
    {
        Expression::Slice slice;
        if (!isSymbol(":")) {
            ESPALIER_TRY(Expression start, expression());
            slice.start.push_back(std::move(start));
        }
        slice.isIndex = !take(":");
        if (!slice.isIndex && !isSymbol(",") && !isSymbol("]")) {
            ESPALIER_TRY(Expression stop, expression());
            slice.stop.push_back(std::move(stop));
        }
        return slice;
    }
    Result<Expression> primary()
    {
        const Token token = peek();
        if (token.kind == Token::Kind::Number) {
            ++m_at;
            Expression e;
            e.number = token.number;
            e.isWhole = token.isWhole;
            e.text = token.text;
            e.position = token.position;
            return e;
        }
        if (token.kind == Token::Kind::Name) {
            ++m_at;
            return isSymbol("(") ? call(token) : named(token);
        }
        if (take("(")) {
            ESPALIER_TRY(Expression inner, expression());
            ESPALIER_CHECK(expect(")"));
            return inner;
        }
        if (take("[")) {
            Expression e;
            e.kind = Expression::Kind::List;
            e.position = token.position;
            ESPALIER_TRY(e.children, list("]"));
            return bounded(std::move(e));
        }
        return wrong(token, error("formula.value", "Here a value is expected{0}.", found()));
    }
    static Result<Expression> named(const Token &token)
    {
        Expression e;
        e.position = token.position;
        e.text = token.text;
        const bool isBoolean = token.text == "true" || token.text == "false";
        e.kind = isBoolean ? Expression::Kind::Boolean : Expression::Kind::Name;
        e.number = token.text == "true" ? 1 : 0;
        return e;
    }
    Result<Expression> call(const Token &name)
    {
        Expression e;
        e.kind = Expression::Kind::Call;
        e.text = name.text;
        e.position = name.position;
        ++m_at; // (
        if (take(")"))
            return e;
        do {
            const bool isNamed = peek().kind == Token::Kind::Name && isSymbol("=", 1);
            const std::string key = isNamed ? peek().text : std::string();
            m_at += isNamed ? 2 : 0;
            ESPALIER_TRY(Expression argument, expression());
            if (isNamed)
                e.named.push_back({std::string(key), std::move(argument)});
            else
                e.children.push_back(std::move(argument));
        } while (take(","));
        ESPALIER_CHECK(expect(")"));
        return bounded(std::move(e));
    }
};

} // namespace

Error formulaError(std::string_view text, std::size_t position, const Error &what)
{
    std::int64_t line = 1;
    std::int64_t column = 1;
    for (std::size_t i = 0; i < position && i < text.size(); ++i) {
        column = text[i] == '\n' ? 1 : column + 1;
        line += text[i] == '\n' ? 1 : 0;
    }
    Error e = line == 1 && text.find('\n') == std::string_view::npos
        ? error(what.code, "Formula, column {0}: {1}", column, Arg(Arg::Kind::Text, what.message()))
        : error(what.code, "Formula, line {0}, column {1}: {2}", line, column, Arg(Arg::Kind::Text, what.message()));
    e.where.line = line;
    return e;
}

Result<std::vector<FormulaLine>> parseLines(std::string_view text)
{
    if (text.size() > kLongest)
        return fail("formula.length", "The formula is longer than {0} characters.", kLongest);
    ESPALIER_TRY(std::vector<Token> tokens, tokenize(text));
    return Parser(text, std::move(tokens)).lines();
}

} // namespace espalier
