// SPDX-License-Identifier: Apache-2.0
// Attribute values as exact text, and the scanner that the text of programs is read with.
#pragma once

#include "engine/ops/attrs.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace espalier {

/// Reads tokens of one line from left to right. Spaces before a token are skipped.
class Scanner {
public:
    explicit Scanner(std::string_view line)
        : m_text(line)
    {
    }

    bool atEnd();
    char peek(); ///< next character, 0 at the end
    bool accept(std::string_view token);
    /// [A-Za-z_%][A-Za-z0-9_./]*, or "".
    std::string_view word();
    /// "..." with \\ \" \n and \xHH; nullopt where there is none or it does not end.
    std::optional<std::string> quoted();
    /// From here to the next `end`, which is taken too; nullopt without one.
    std::optional<std::string_view> through(char end);
    std::string_view rest() const { return m_text.substr(m_at); }
    void skip(std::size_t count) { m_at += count; }
    std::size_t position() const { return m_at; }
    void rewind(std::size_t position) { m_at = position; }

private:
    std::string_view m_text;
    std::size_t m_at = 0;
};

/// Whether word() would give back all of `text` and it does not look like a value number.
bool isPlainName(std::string_view text);
/// `text` itself where plain, else in quotes.
std::string nameText(std::string_view text);
std::string quotedText(std::string_view text);

/// Exact, unlike attrToString: float32[3]{1, 2, 0.5}; one value in the braces fills the tensor; large tensors and NaNs
/// with a payload are written as x"hexadecimal bytes".
std::string attrText(const AttrValue &value);

/// The inverse. `example` fixes the type. Refuses tensors beyond 256 MB.
Result<AttrValue> parseAttr(Scanner &scanner, const AttrValue &example);

} // namespace espalier
