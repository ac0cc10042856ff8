// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/salvage.h"

#include <algorithm>
#include <string>

namespace espalier {
namespace {

constexpr std::size_t kMostTold = 100; ///< problems by their lines; past these, one for all
constexpr int kMostTries = 3;

std::string_view trimmed(std::string_view line)
{
    const std::size_t first = line.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return {};
    return line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1);
}

/// What of a line is an entry of a list, without its comma; empty where it is no entry.
std::string_view entryOf(std::string_view line)
{
    std::string_view entry = trimmed(line);
    if (!entry.starts_with('{') || entry.size() < 2)
        return {};
    if (entry.ends_with(','))
        entry.remove_suffix(1);
    return entry;
}

class Salvage {
public:
    explicit Salvage(std::string_view file)
        : m_file(file)
    {
    }

    /// The text without the entries that can't be read by themselves.
    std::string withoutBadEntries(std::string_view text)
    {
        std::string kept;
        kept.reserve(text.size());
        int number = 0;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            const std::string_view line = text.substr(at, end - at);
            at = end + 1;
            ++number;
            const std::string_view entry = entryOf(line);
            if (!entry.empty() && !JsonValue::parse(entry, m_file)) {
                tell(number);
                dropComma(kept, text.substr(std::min(at, text.size())));
            } else {
                kept.append(line);
            }
            kept.push_back('\n'); // a line that is left out keeps its number
        }
        return kept;
    }

    void tellCut(std::int64_t line)
    {
        m_problems.push_back(error("document.cut", "What follows line {0} of {1} can't be read.", line, m_file)
                                 .at({.file = m_file, .line = line}));
    }

    std::vector<Error> takeProblems()
    {
        if (m_untold > 0)
            m_problems.push_back(error("document.lines", "{0} more lines of {1} can't be read.", m_untold, m_file));
        return std::move(m_problems);
    }

private:
    void tell(int line)
    {
        if (m_problems.size() >= kMostTold)
            ++m_untold;
        else
            m_problems.push_back(error("document.line", "Line {0} of {1} can't be read.", line, m_file)
                                     .at({.file = m_file, .line = line}));
    }
    /// The last entry of a list has none behind it: where that goes, so does the comma of the one before.
    static void dropComma(std::string &kept, std::string_view rest)
    {
        if (const std::string_view next = trimmed(rest); !next.starts_with(']'))
            return;
        const std::size_t last = kept.find_last_not_of(" \t\r\n");
        if (last != std::string::npos && kept[last] == ',')
            kept[last] = ' ';
    }

    std::string m_file;
    std::vector<Error> m_problems;
    int m_untold = 0;
};

/// The first lines of a text, with all that is open closed.
std::string firstLines(std::string_view text, std::int64_t lines)
{
    std::size_t end = 0;
    for (std::int64_t i = 0; i < lines && end < text.size(); ++i)
        end = std::min(text.find('\n', end), text.size() - 1) + 1;
    std::string kept(text.substr(0, end));
    kept.resize(kept.find_last_not_of(" \t\r\n,") + 1);
    std::string closing;
    bool inString = false;
    for (std::size_t i = 0; i < kept.size(); ++i) {
        const char c = kept[i];
        if (c == '"')
            inString = !inString;
        else if (inString && c == '\\')
            ++i;
        else if (!inString && (c == '{' || c == '['))
            closing.push_back(c == '{' ? '}' : ']');
        else if (!inString && (c == '}' || c == ']') && !closing.empty())
            closing.pop_back();
    }
    return kept.append(closing.rbegin(), closing.rend());
}

} // namespace

Result<Salvaged> salvageDocument(std::string_view text, std::string_view file)
{
    Salvage salvage(file);
    const std::string kept = salvage.withoutBadEntries(text);
    auto json = JsonValue::parse(kept, file);
    // The parser stops at what it can't understand, or one or two lines behind it.
    if (std::int64_t line = json ? 0 : json.error().where.line; line > 0) {
        for (int tries = 0; !json && tries < kMostTries && --line > 0; ++tries)
            json = JsonValue::parse(firstLines(kept, line), file);
        salvage.tellCut(line);
    }
    if (!json)
        return fail(std::move(json).error());
    return Salvaged{std::move(*json), salvage.takeProblems()};
}

} // namespace espalier
