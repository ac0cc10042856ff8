// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/formula/lexer.h"

#include "engine/layers/formula/expression.h"

#include <array>
#include <charconv>
#include <cmath>

namespace espalier {
namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isNameStart(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

class Lexer {
public:
    explicit Lexer(std::string_view text)
        : m_text(text)
    {
    }
    Result<std::vector<Token>> run()
    {
        while (m_at < m_text.size())
            ESPALIER_CHECK(next());
        add(Token::Kind::End, 0);
        return std::move(m_tokens);
    }

private:
    std::string_view m_text;
    std::size_t m_at = 0;
    int m_open = 0; ///< brackets
    std::vector<Token> m_tokens;

    void add(Token::Kind kind, std::size_t length)
    {
        m_tokens.push_back({kind, std::string(m_text.substr(m_at, length)), 0, false, m_at});
        m_at += length;
    }
    void newLine()
    {
        if (m_open == 0)
            add(Token::Kind::NewLine, 1);
        else
            ++m_at;
    }
    Result<void> next()
    {
        const char c = m_text[m_at];
        const bool startsFraction = c == '.' && m_at + 1 < m_text.size() && isDigit(m_text[m_at + 1]);
        if (c == ' ' || c == '\t' || c == '\r') {
            ++m_at;
        } else if (c == '#') {
            while (m_at < m_text.size() && m_text[m_at] != '\n')
                ++m_at;
        } else if (c == '\n' || c == ';') {
            newLine();
        } else if (isDigit(c) || startsFraction) {
            return number();
        } else if (isNameStart(c)) {
            std::size_t end = m_at + 1;
            while (end < m_text.size() && (isNameStart(m_text[end]) || isDigit(m_text[end])))
                ++end;
            add(Token::Kind::Name, end - m_at);
        } else {
            return symbol();
        }
        return {};
    }
    Result<void> number()
    {
        Token token{Token::Kind::Number, {}, 0, false, m_at};
        const char *first = m_text.data() + m_at;
        const auto parsed = std::from_chars(first, m_text.data() + m_text.size(), token.number);
        if (parsed.ec != std::errc() || !std::isfinite(token.number))
            return fail(formulaError(m_text, m_at, error("formula.number", "This number is too large or too small.")));
        const auto length = static_cast<std::size_t>(parsed.ptr - first);
        token.text = std::string(m_text.substr(m_at, length));
        token.isWhole = token.text.find_first_of(".eE") == std::string::npos;
        m_at += length;
        if (m_at < m_text.size() && isNameStart(m_text[m_at]))
            return fail(formulaError(m_text, m_at,
                                     error("formula.number",
                                           "A number is followed by a letter; is a * "
                                           "missing?")));
        m_tokens.push_back(std::move(token));
        return {};
    }
    Result<void> symbol()
    {
        static constexpr std::array<std::string_view, 6> kPairs{"**", "//", "==", "!=", "<=", ">="};
        for (const std::string_view pair : kPairs) {
            if (m_text.substr(m_at, 2) != pair)
                continue;
            add(Token::Kind::Symbol, 2);
            return {};
        }
        const char c = m_text[m_at];
        if (std::string_view("+-*/%@^()[],:=<>").find(c) == std::string_view::npos)
            return fail(formulaError(m_text, m_at,
                                     error("formula.character", "The character {0} means nothing here.",
                                           c > ' ' && c < 127 ? "'" + std::string(1, c) + "'" : std::string("found"))));
        if (c == '(' || c == '[')
            ++m_open;
        if ((c == ')' || c == ']') && m_open > 0)
            --m_open;
        add(Token::Kind::Symbol, 1);
        return {};
    }
};

} // namespace

Result<std::vector<Token>> tokenize(std::string_view text)
{
    return Lexer(text).run();
}

} // namespace espalier
