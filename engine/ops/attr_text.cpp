// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/attr_text.h"

#include "engine/tensor/dim_text.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>

namespace espalier {
namespace {

constexpr std::int64_t kMostValues = 64; ///< larger tensors are written in hexadecimal
constexpr double kLargestTensor = 256e6; ///< bytes
constexpr std::string_view kHex = "0123456789abcdef";

bool isWordStart(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '%';
}

bool isWordPart(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '/';
}

int hexDigit(char c)
{
    const std::size_t digit = kHex.find(c);
    return digit == std::string_view::npos ? -1 : static_cast<int>(digit);
}

tl::unexpected<Error> expected(std::string_view what, const Scanner &scanner)
{
    return fail("program.text", "{0} is missing before \"{1}\".", Arg(Arg::Kind::Text, std::string(what)),
                Arg(Arg::Kind::Text, std::string(scanner.rest().substr(0, 40))));
}

template <typename T>
std::string valueText(T value)
{
    if constexpr (std::is_same_v<T, bfloat16>)
        return fmt::format("{}", static_cast<float>(value));
    else
        return fmt::format("{}", value);
}

/// Numbers of all types; from_chars knows neither locale nor "+".
template <typename T>
bool readNumber(Scanner &scanner, T &value)
{
    scanner.peek();
    if constexpr (std::is_same_v<T, bool>) {
        const std::string_view word = scanner.word();
        value = word == "true";
        return value || word == "false";
    } else if constexpr (std::is_same_v<T, bfloat16>) {
        float wide = 0;
        const bool good = readNumber(scanner, wide);
        value = bfloat16(wide);
        return good;
    } else {
        const std::string_view text = scanner.rest();
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
        scanner.skip(static_cast<std::size_t>(end - text.data()));
        return code == std::errc();
    }
}

template <typename T>
bool sameValueBits(const T &a, const T &b)
{
    return std::memcmp(&a, &b, sizeof(T)) == 0;
}

/// Whether the text of every value reads back to the same bits: all do but NaNs with a sign or payload.
template <typename T>
bool textIsExact(std::span<const T> values)
{
    for (const T &value : values) {
        T back{};
        const std::string text = valueText(value);
        Scanner scanner(text);
        if (!readNumber(scanner, back) || !sameValueBits(back, value))
            return false;
    }
    return true;
}

std::string hexText(const Tensor &tensor)
{
    std::string text = "x\"";
    const auto *bytes = static_cast<const unsigned char *>(tensor.data());
    for (std::size_t i = 0; i < tensor.bytes(); ++i) {
        text += kHex[bytes[i] >> 4];
        text += kHex[bytes[i] & 15];
    }
    return text + '"';
}

std::string tensorText(const Tensor &tensor)
{
    if (tensor.isEmpty())
        return "none";
    return tensor.type().toString() + dispatch(tensor.dtype(), [&](auto tag) -> std::string {
               using T = decltype(tag);
               std::span<const T> values = tensor.span<T>();
               const bool splat = values.size() > 1
                   && std::all_of(values.begin(), values.end(), [&](const T &v) { return sameValueBits(v, values[0]); })
                   && static_cast<double>(tensor.bytes()) <= kLargestTensor;
               if (splat)
                   values = values.subspan(0, 1);
               if ((!splat && tensor.elements() > kMostValues) || !textIsExact(values))
                   return hexText(tensor);
               std::string text = "{";
               for (const T &v : values)
                   text += (text.size() > 1 ? ", " : "") + valueText(v);
               return text + "}";
           });
}

template <typename T>
Result<void> readValues(Scanner &scanner, std::span<T> values)
{
    std::size_t count = 0;
    while (!scanner.accept("}")) {
        if (count > 0 && !scanner.accept(","))
            return expected("A comma", scanner);
        T value{};
        if (!readNumber(scanner, value))
            return expected("A value", scanner);
        if (count < values.size())
            values[count] = value;
        ++count;
    }
    if (count == 1)
        std::fill(values.begin(), values.end(), T(values.empty() ? T{} : values[0]));
    else if (count != values.size())
        return fail("program.tensor", "A tensor of {0} elements has {1} values: write all of them, or one for all.",
                    values.size(), count);
    return {};
}

Result<void> readHex(Scanner &scanner, Tensor &tensor)
{
    const auto text = scanner.through('"');
    if (!text || text->size() != 2 * tensor.bytes())
        return fail("program.tensor", "A tensor of {0} bytes needs {1} hexadecimal digits in quotes.", tensor.bytes(),
                    2 * tensor.bytes());
    auto *bytes = static_cast<unsigned char *>(tensor.data());
    for (std::size_t i = 0; i < tensor.bytes(); ++i) {
        const int high = hexDigit((*text)[2 * i]);
        const int low = hexDigit((*text)[2 * i + 1]);
        if (high < 0 || low < 0 || (tensor.dtype() == DType::Bool && high * 16 + low > 1))
            return fail("program.tensor", "\"{0}\" is no byte of a tensor.", text->substr(2 * i, 2));
        bytes[i] = static_cast<unsigned char>(high * 16 + low);
    }
    return {};
}

Result<Shape> readShape(Scanner &scanner)
{
    scanner.peek();
    const auto text = scanner.through(']');
    if (!text)
        return expected("A shape", scanner);
    return parseShape(std::string(*text) + "]");
}

Result<DType> readDType(Scanner &scanner)
{
    const std::string_view word = scanner.word();
    if (const auto dtype = dtypeFromName(word))
        return *dtype;
    return fail("dtype.unknown", "There is no type \"{0}\".", word.substr(0, 40));
}

Result<Tensor> readTensor(Scanner &scanner)
{
    if (scanner.accept("none"))
        return Tensor();
    ESPALIER_TRY(const DType dtype, readDType(scanner));
    ESPALIER_TRY(const Shape shape, readShape(scanner));
    if (dtype == DType::Unknown || !shape.isConcrete())
        return fail("program.tensor", "The shape of a tensor must be known, got {0}.", shapeArg(shape));
    double bytes = static_cast<double>(byteSize(dtype));
    for (const std::int64_t d : shape.concrete()) {
        if (d < 0)
            return fail("program.tensor", "A tensor has a negative size: {0}.", shapeArg(shape));
        bytes *= static_cast<double>(d);
    }
    const bool hex = scanner.accept("x\"");
    // In hexadecimal the text is as large as the tensor; else it is short, and one value could ask for any memory.
    if (hex ? 2 * bytes > static_cast<double>(scanner.rest().size()) : bytes > kLargestTensor)
        return fail("program.tensor", "The tensor {0} is larger than its text allows.", shapeArg(shape));
    Tensor tensor(dtype, shape.concrete());
    if (hex) {
        ESPALIER_CHECK(readHex(scanner, tensor));
        return tensor;
    }
    if (!scanner.accept("{"))
        return expected("{ with the values of the tensor", scanner);
    ESPALIER_CHECK(dispatch(dtype, [&](auto tag) { return readValues(scanner, tensor.span<decltype(tag)>()); }));
    return tensor;
}

Result<std::vector<std::int64_t>> readIntegers(Scanner &scanner)
{
    if (!scanner.accept("("))
        return expected("( with a list of whole numbers", scanner);
    std::vector<std::int64_t> values;
    while (!scanner.accept(")")) {
        if (!values.empty() && !scanner.accept(","))
            return expected("A comma", scanner);
        std::int64_t value = 0;
        if (!readNumber(scanner, value))
            return expected("A whole number", scanner);
        values.push_back(value);
    }
    return values;
}

struct AttrPrinter {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string &v) const { return quotedText(v); }
    std::string operator()(const std::vector<std::int64_t> &v) const { return fmt::format("({})", fmt::join(v, ", ")); }
    std::string operator()(DType v) const { return std::string(name(v)); }
    std::string operator()(const Shape &v) const { return v.toString(); }
    std::string operator()(const Tensor &v) const { return tensorText(v); }
};

struct AttrReader {
    Scanner &scanner;

    template <typename T>
    Result<AttrValue> number(std::string_view what) const
    {
        T value{};
        if (!readNumber(scanner, value))
            return expected(what, scanner);
        return AttrValue(value);
    }
    template <typename T>
    Result<AttrValue> wrapped(Result<T> value) const
    {
        if (!value)
            return fail(std::move(value).error());
        return AttrValue(std::move(*value));
    }
    Result<AttrValue> operator()(bool) const { return number<bool>("true or false"); }
    Result<AttrValue> operator()(std::int64_t) const { return number<std::int64_t>("A whole number"); }
    Result<AttrValue> operator()(double) const { return number<double>("A number"); }
    Result<AttrValue> operator()(const std::string &) const
    {
        auto text = scanner.quoted();
        if (!text)
            return expected("A text in quotes", scanner);
        return AttrValue(std::move(*text));
    }
    Result<AttrValue> operator()(const std::vector<std::int64_t> &) const { return wrapped(readIntegers(scanner)); }
    Result<AttrValue> operator()(DType) const { return wrapped(readDType(scanner)); }
    Result<AttrValue> operator()(const Shape &) const { return wrapped(readShape(scanner)); }
    Result<AttrValue> operator()(const Tensor &) const { return wrapped(readTensor(scanner)); }
};

} // namespace

bool Scanner::atEnd()
{
    return peek() == 0;
}

char Scanner::peek()
{
    while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\t' || m_text[m_at] == '\r'))
        ++m_at;
    return m_at < m_text.size() ? m_text[m_at] : char(0);
}

bool Scanner::accept(std::string_view token)
{
    peek();
    if (m_text.substr(std::min(m_at, m_text.size()), token.size()) != token)
        return false;
    m_at += token.size();
    return true;
}

std::string_view Scanner::word()
{
    if (!isWordStart(peek()))
        return {};
    const std::size_t from = m_at++;
    while (m_at < m_text.size() && isWordPart(m_text[m_at]))
        ++m_at;
    return m_text.substr(from, m_at - from);
}

std::optional<std::string> Scanner::quoted()
{
    if (!accept("\""))
        return std::nullopt;
    std::string out;
    while (m_at < m_text.size()) {
        const char c = m_text[m_at++];
        if (c == '"')
            return out;
        if (c != '\\') {
            out += c;
            continue;
        }
        const char escaped = m_at < m_text.size() ? m_text[m_at++] : char(0);
        if (escaped == 'n') {
            out += '\n';
        } else if (escaped == 'x' && m_at + 1 < m_text.size()) {
            const int high = hexDigit(m_text[m_at]);
            const int low = hexDigit(m_text[m_at + 1]);
            if (high < 0 || low < 0)
                return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            m_at += 2;
        } else if (escaped == '"' || escaped == '\\') {
            out += escaped;
        } else {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> Scanner::through(char end)
{
    const std::size_t at = m_text.find(end, m_at);
    if (at == std::string_view::npos)
        return std::nullopt;
    const std::string_view text = m_text.substr(m_at, at - m_at);
    m_at = at + 1;
    return text;
}

bool isPlainName(std::string_view text)
{
    return !text.empty() && text[0] != '%' && Scanner(text).word() == text;
}

std::string quotedText(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += std::string("\\") + c;
        else if (c == '\n')
            out += "\\n";
        else if (static_cast<unsigned char>(c) < 32)
            out += std::string("\\x") + kHex[static_cast<unsigned char>(c) >> 4]
                + kHex[static_cast<unsigned char>(c) & 15];
        else
            out += c;
    }
    return out + '"';
}

std::string nameText(std::string_view text)
{
    return isPlainName(text) ? std::string(text) : quotedText(text);
}

std::string attrText(const AttrValue &value)
{
    return std::visit(AttrPrinter{}, value);
}

Result<AttrValue> parseAttr(Scanner &scanner, const AttrValue &example)
{
    return std::visit(AttrReader{scanner}, example);
}

} // namespace espalier
