// SPDX-License-Identifier: Apache-2.0
#include "engine/data/csv_rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace espalier {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::size_t kFirstBlock = std::size_t{64} << 10;
constexpr std::size_t kMaxLine = std::size_t{64} << 20;

/// The candidate that occurs in every one of the first lines, most often in the first; the comma where none does.
char findDelimiter(std::string_view text)
{
    char best = ',';
    std::ptrdiff_t most = 0;
    for (const char c : {',', ';', '\t', '|', ' '}) {
        std::ptrdiff_t inFirst = 0;
        bool inAll = true;
        std::string_view rest = text;
        for (int line = 0; line < 5 && !rest.empty(); ++line) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            std::ptrdiff_t n = 0;
            bool quoted = false;
            for (const char k : rest.substr(0, end)) {
                quoted = quoted != (k == '"');
                n += k == c && !quoted ? 1 : 0;
            }
            inAll = inAll && (n > 0 || (line > 0 && end <= 1));
            inFirst = line == 0 ? n : inFirst;
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        if (inAll && inFirst > most && (c != ' ' || most == 0)) {
            most = inFirst;
            best = c;
        }
    }
    return best;
}

std::string_view trimmed(const char *first, const char *last)
{
    while (first < last && (*first == ' ' || *first == '\t'))
        ++first;
    while (first < last && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r'))
        --last;
    return {first, static_cast<std::size_t>(last - first)};
}

} // namespace

bool parseReal(std::string_view cell, float &value)
{
    if (!cell.empty() && cell.front() == '+')
        cell.remove_prefix(1);
    const char *last = cell.data() + cell.size();
    auto parsed = std::from_chars(cell.data(), last, value);
    if (parsed.ec == std::errc::result_out_of_range) { // too small becomes 0, too large is no number
        double wide = 0;
        parsed = std::from_chars(cell.data(), last, wide);
        const bool isTiny = parsed.ec == std::errc::result_out_of_range && cell.find("e-") != std::string_view::npos;
        value = isTiny ? 0.0F : static_cast<float>(wide);
        return (isTiny || parsed.ec == std::errc()) && parsed.ptr == last && std::isfinite(value);
    }
    return parsed.ec == std::errc() && parsed.ptr == last && !cell.empty() && std::isfinite(value);
}

CsvRows::CsvRows(InputFile file, std::string path)
    : m_file(std::move(file))
    , m_path(std::move(path))
{
}

Result<CsvRows> CsvRows::open(const std::string &path, char delimiter)
{
    ESPALIER_TRY(InputFile file, InputFile::open(path));
    CsvRows rows(std::move(file), path);
    ESPALIER_CHECK(rows.fill());
    if (rows.m_buffer.starts_with("\xFF\xFE") || rows.m_buffer.starts_with("\xFE\xFF"))
        return fail(rows.problem("table.utf16", "{0} is text in UTF-16. Save it as UTF-8."));
    if (rows.m_buffer.starts_with("\xEF\xBB\xBF"))
        rows.m_at = 3;
    const std::string_view begin(rows.m_buffer.data() + rows.m_at, rows.m_buffer.size() - rows.m_at);
    rows.m_delimiter = delimiter != 0 ? delimiter : findDelimiter(begin);
    return rows;
}

double CsvRows::share() const
{
    const auto seen = static_cast<double>(m_consumed + m_buffer.size());
    return seen > 0 ? m_file.progress() * static_cast<double>(position()) / seen : 1.0;
}

Error CsvRows::problem(std::string_view code, std::string_view text) const
{
    return error(code, text, m_path, m_line).at({.file = m_path, .line = m_line});
}

Result<void> CsvRows::fill()
{
    m_buffer.erase(0, m_at);
    m_consumed += m_at;
    m_at = 0;
    const std::size_t kept = m_buffer.size();
    if (kept > kMaxLine) {
        return fail(problem("table.line",
                            "{0}, line {1}: the line is longer than 64 MB. Is a quote never closed, or is this no "
                            "table?"));
    }
    const std::size_t more = m_consumed == 0 && kept == 0 ? kFirstBlock : std::max(kBlock, kept);
    m_buffer.resize(kept + more);
    ESPALIER_TRY(const std::size_t got, m_file.read(m_buffer.data() + kept, more));
    m_buffer.resize(kept + got);
    if (std::memchr(m_buffer.data() + kept, 0, got))
        return fail(problem("table.binary", "{0} is no text table: it holds binary data near line {1}."));
    if (got < more) {
        m_isEnd = true;
        if (!m_buffer.empty() && m_buffer.back() != '\n')
            m_buffer += '\n';
    }
    return {};
}

Result<bool> CsvRows::next(std::vector<std::string_view> &cells)
{
    for (;;) {
        m_unquoted.clear();
        cells.clear();
        m_rowLine = m_line;
        const Scan result = m_at < m_buffer.size() ? scan(cells) : Scan::More;
        if (result == Scan::Row) {
            if (cells.size() > 1 || (cells.size() == 1 && !cells.front().empty()))
                return true;
            continue;
        }
        m_line = m_rowLine;
        if (m_isEnd) {
            if (result == Scan::OpenQuote || m_at < m_buffer.size()) {
                return fail(
                    problem("table.quote", "{0}, line {1}: a quote is opened and never closed. Close or remove it."));
            }
            return false;
        }
        ESPALIER_CHECK(fill());
    }
}

CsvRows::Scan CsvRows::scan(std::vector<std::string_view> &cells)
{
    const char *data = m_buffer.data();
    const std::size_t size = m_buffer.size();
    std::size_t at = m_at;
    for (;;) {
        while (at < size && data[at] == ' ')
            ++at;
        if (at >= size)
            return Scan::More;
        if (m_delimiter == ' ' && (data[at] == '\n' || data[at] == '\r') && !cells.empty()) { // blanks at the end
            at = std::min(m_buffer.find('\n', at), size);
        } else if (data[at] == '"') {
            if (const Scan result = scanQuoted(at, cells); result != Scan::Row)
                return result;
        } else {
            const std::size_t begin = at;
            while (at < size && data[at] != m_delimiter && data[at] != '\n')
                ++at;
            if (at < size)
                cells.push_back(trimmed(data + begin, data + at));
        }
        if (at >= size)
            return Scan::More;
        if (data[at++] == '\n') {
            ++m_line;
            m_at = at;
            return Scan::Row;
        }
    }
}

CsvRows::Scan CsvRows::scanQuoted(std::size_t &at, std::vector<std::string_view> &cells)
{
    const std::string_view text = m_buffer;
    const std::size_t begin = at + 1;
    bool doubled = false;
    std::size_t end = begin;
    for (;; end += 2) {
        end = text.find('"', end);
        if (end == std::string_view::npos)
            return Scan::OpenQuote;
        if (end + 1 >= text.size() || text[end + 1] != '"')
            break;
        doubled = true;
    }
    std::string_view cell = text.substr(begin, end - begin);
    m_line += std::count(cell.begin(), cell.end(), '\n');
    if (doubled) {
        std::string plain;
        for (std::size_t i = 0; i < cell.size(); ++i) {
            plain += cell[i];
            i += cell[i] == '"' ? 1 : 0;
        }
        m_unquoted.push_back(std::move(plain));
        cell = m_unquoted.back();
    }
    cells.push_back(cell);
    at = end + 1;
    while (at < text.size() && text[at] != m_delimiter && text[at] != '\n')
        ++at;
    return at < text.size() ? Scan::Row : Scan::More;
}

} // namespace espalier
