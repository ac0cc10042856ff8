// SPDX-License-Identifier: Apache-2.0
#include "engine/data/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace espalier {
namespace {

std::string_view trimmed(std::string_view cell)
{
    while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\t'))
        cell.remove_prefix(1);
    while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t' || cell.back() == '\r'))
        cell.remove_suffix(1);
    return cell;
}

/// The candidate that splits the first line into most cells; the comma where none occurs.
char findDelimiter(std::string_view text)
{
    const std::string_view line = text.substr(0, text.find('\n'));
    char best = ',';
    std::ptrdiff_t most = 0;
    for (const char c : {',', ';', '\t', '|', ' '}) {
        const std::ptrdiff_t n = std::count(line.begin(), line.end(), c);
        if (n > most) {
            most = n;
            best = c;
        }
    }
    return best;
}

struct Cursor {
    std::string_view text;
    std::size_t at = 0;
    std::int64_t line = 1;
};

/// One row of cells; false at the end of the text. Sets `open` for a quote that never closes.
bool readRow(Cursor &c, char delimiter, std::vector<std::string_view> &cells, bool &open)
{
    if (c.at >= c.text.size())
        return false;
    for (;;) {
        if (c.at < c.text.size() && c.text[c.at] == '"') {
            std::size_t end = c.at + 1;
            while (end < c.text.size() && !(c.text[end] == '"' && (end + 1 >= c.text.size() || c.text[end + 1] != '"')))
                end += c.text[end] == '"' ? 2 : 1;
            if (end >= c.text.size()) {
                open = true;
                return true;
            }
            cells.push_back(c.text.substr(c.at + 1, end - c.at - 1));
            c.line += std::count(cells.back().begin(), cells.back().end(), '\n');
            c.at = std::min(c.text.find_first_of(std::string{delimiter, '\n'}, end + 1), c.text.size());
        } else {
            std::size_t end = c.at;
            while (end < c.text.size() && c.text[end] != delimiter && c.text[end] != '\n')
                ++end;
            cells.push_back(trimmed(c.text.substr(c.at, end - c.at)));
            c.at = end;
        }
        if (c.at >= c.text.size() || c.text[c.at] == '\n') {
            ++c.at;
            ++c.line;
            return true;
        }
        ++c.at;
    }
}

bool isAllText(const std::vector<std::string_view> &cells)
{
    double ignored = 0;
    return std::none_of(cells.begin(), cells.end(), [&](std::string_view cell) { return parseNumber(cell, ignored); });
}

} // namespace

bool parseNumber(std::string_view cell, double &value)
{
    if (!cell.empty() && cell.front() == '+')
        cell.remove_prefix(1);
    const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    return !cell.empty() && parsed.ec == std::errc() && parsed.ptr == cell.data() + cell.size() && std::isfinite(value);
}

Result<TextTable> parseTable(std::string_view text, char delimiter, Header header, const std::string &file)
{
    if (text.substr(0, std::min<std::size_t>(text.size(), 4096)).find('\0') != std::string_view::npos)
        return fail(error("table.binary", "{0} is no text table: it holds binary data.", file).at({.file = file}));
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    if (delimiter == 0)
        delimiter = findDelimiter(text);
    TextTable table;
    Cursor cursor{text};
    std::vector<std::string_view> row;
    bool open = false;
    bool first = true;
    for (std::int64_t line = 1; readRow(cursor, delimiter, row, open); line = cursor.line) {
        if (open)
            return fail(error("table.quote", "{0}, line {1}: a quote is opened and never closed.", file, line)
                            .at({.file = file, .line = line}));
        const bool blank = row.size() == 1 && row.front().empty();
        if (!blank && first) {
            const bool isHeader = header == Header::Names || (header == Header::Auto && isAllText(row));
            for (std::size_t i = 0; i < row.size(); ++i)
                table.names.push_back(isHeader && !row[i].empty() ? std::string(row[i])
                                                                  : "column " + std::to_string(i + 1));
            first = false;
            if (isHeader) {
                row.clear();
                continue;
            }
        }
        if (!blank) {
            if (row.size() != table.columns())
                return fail(error("table.ragged",
                                  "{0}, line {1}: the row has {2} cells, the first one has {3}. Check delimiters and "
                                  "quotes there.",
                                  file, line, static_cast<std::int64_t>(row.size()),
                                  static_cast<std::int64_t>(table.columns()))
                                .at({.file = file, .line = line}));
            table.cells.insert(table.cells.end(), row.begin(), row.end());
            table.lines.push_back(line);
        }
        row.clear();
    }
    if (table.rows() == 0)
        return fail(error("table.empty", "{0} holds no rows of data.", file).at({.file = file}));
    return table;
}

} // namespace espalier
