// SPDX-License-Identifier: Apache-2.0
#include "engine/tensor/dim_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace espalier {
namespace {

constexpr double kLargest = 0x1p50;
constexpr int kDeepest = 32;
constexpr double kMostTerms = 64;
constexpr std::size_t kMostAxes = 32;

/// An expression with bounds on what it can grow to, so that hostile text overflows nothing.
struct Bounded {
    Dim dim;
    double magnitude = 0; ///< sum of |coefficients|
    double terms = 1;
};

bool isNameStart(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}

bool isNamePart(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
}

/// Recursive descent: sum = product {(+|-) product}; product = atom {* atom};
/// atom = integer | name | ( sum ) | floor(atom / integer), with a leading minus.
class DimParser {
public:
    explicit DimParser(std::string_view text)
        : m_text(text)
    {
    }

    Result<Dim> parse()
    {
        if (accept("?"))
            return atEnd() ? Result<Dim>(Dim::unknown()) : trouble();
        ESPALIER_TRY(const Bounded all, sum(0));
        return atEnd() ? Result<Dim>(all.dim) : trouble();
    }

private:
    void skipSpace()
    {
        while (m_at < m_text.size() && m_text[m_at] == ' ')
            ++m_at;
    }
    bool atEnd()
    {
        skipSpace();
        return m_at == m_text.size();
    }
    bool accept(std::string_view token)
    {
        skipSpace();
        if (m_text.substr(m_at, token.size()) != token)
            return false;
        m_at += token.size();
        return true;
    }
    tl::unexpected<Error> trouble() const
    {
        return fail("dim.text", "\"{0}\" is no dimension: write a number or an expression such as 2*batch + 1.",
                    Arg(Arg::Kind::Text, std::string(m_text.substr(0, 80))));
    }
    Result<Bounded> checked(Bounded b) const
    {
        if (b.magnitude > kLargest || b.terms > kMostTerms)
            return fail("dim.size", "The dimension \"{0}\" is too large.",
                        Arg(Arg::Kind::Text, std::string(m_text.substr(0, 80))));
        return b;
    }

    Result<Bounded> sum(int depth)
    {
        const bool minus = accept("-");
        ESPALIER_TRY(Bounded all, product(depth));
        if (minus)
            all.dim = Dim(0) - all.dim;
        while (true) {
            const bool plus = accept("+");
            if (!plus && !accept("-"))
                return all;
            ESPALIER_TRY(const Bounded next, product(depth));
            ESPALIER_TRY(all,
                         checked({plus ? all.dim + next.dim : all.dim - next.dim, all.magnitude + next.magnitude,
                                  all.terms + next.terms}));
        }
    }

    Result<Bounded> product(int depth)
    {
        ESPALIER_TRY(Bounded all, atom(depth));
        while (accept("*")) {
            ESPALIER_TRY(const Bounded next, atom(depth));
            ESPALIER_CHECK(checked({Dim(), all.magnitude * next.magnitude, all.terms * next.terms}));
            all = {all.dim * next.dim, all.magnitude * next.magnitude, all.terms * next.terms};
        }
        return all;
    }

    Result<Bounded> atom(int depth)
    {
        if (depth > kDeepest)
            return trouble();
        if (accept("(")) {
            ESPALIER_TRY(Bounded inner, sum(depth + 1));
            return accept(")") ? Result<Bounded>(std::move(inner)) : trouble();
        }
        skipSpace();
        if (m_at < m_text.size() && isNameStart(m_text[m_at])) {
            const std::size_t from = m_at;
            while (m_at < m_text.size() && isNamePart(m_text[m_at]))
                ++m_at;
            const std::string_view name = m_text.substr(from, m_at - from);
            if (name == "floor" && accept("("))
                return quotient(depth + 1);
            return Bounded{Dim::symbol(name), 1, 1};
        }
        ESPALIER_TRY(const std::int64_t value, integer());
        return checked({Dim(value), static_cast<double>(value), 1});
    }

    /// After "floor(": a / divisor ).
    Result<Bounded> quotient(int depth)
    {
        ESPALIER_TRY(const Bounded numerator, atom(depth));
        if (!accept("/"))
            return trouble();
        ESPALIER_TRY(const std::int64_t divisor, integer());
        if (divisor <= 0 || static_cast<double>(divisor) > kLargest || !accept(")"))
            return trouble();
        return Bounded{floorDiv(numerator.dim, divisor), numerator.magnitude + 1, numerator.terms + 1};
    }

    Result<std::int64_t> integer()
    {
        skipSpace();
        std::int64_t value = 0;
        const char *from = m_text.data() + m_at;
        const auto [end, code] = std::from_chars(from, m_text.data() + m_text.size(), value);
        if (code != std::errc() || *from == '-')
            return trouble();
        m_at += static_cast<std::size_t>(end - from);
        return value;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

} // namespace

Result<Dim> parseDim(std::string_view text)
{
    return DimParser(text).parse();
}

bool hasSaneSize(const Shape &shape)
{
    double product = 1;
    for (const Dim &d : shape.dims())
        if (d.isConstant())
            product *= std::max(1.0, std::abs(static_cast<double>(d.constant())));
    return product <= kLargest;
}

Result<Shape> parseShape(std::string_view text)
{
    text = trimmed(text);
    if (text.size() < 2 || text.front() != '[' || text.back() != ']')
        return fail("shape.text", "\"{0}\" is no shape: write dimensions in brackets, such as [batch, 3].",
                    Arg(Arg::Kind::Text, std::string(text.substr(0, 80))));
    text = trimmed(text.substr(1, text.size() - 2));
    if (text == "...")
        return Shape::unknown();
    std::vector<Dim> dims;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        ESPALIER_TRY(Dim dim, parseDim(text.substr(0, comma)));
        dims.push_back(std::move(dim));
        if (dims.size() > kMostAxes)
            return fail("shape.rank", "A shape has at most {0} axes.", kMostAxes);
        const bool more = comma < text.size();
        text = more ? trimmed(text.substr(comma + 1)) : std::string_view();
        if (more && text.empty())
            return fail("shape.text", "A shape ends with a comma: a dimension is missing.");
    }
    Shape shape(std::move(dims));
    if (!hasSaneSize(shape))
        return fail("shape.size", "The shape {0} has too many elements.", shapeArg(shape));
    return shape;
}

Result<TensorType> parseTensorType(std::string_view text)
{
    text = trimmed(text);
    const std::size_t bracket = std::min(text.find('['), text.size());
    const std::string_view typeName = trimmed(text.substr(0, bracket));
    const auto dtype = dtypeFromName(typeName);
    if (!dtype)
        return fail("dtype.unknown",
                    "There is no type {0}; the types are float64, float32, bfloat16, int64, int32, bool.",
                    typeName.substr(0, 80));
    ESPALIER_TRY(Shape shape, parseShape(text.substr(bracket)));
    return TensorType{*dtype, std::move(shape)};
}

} // namespace espalier
