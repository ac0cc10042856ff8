// SPDX-License-Identifier: Apache-2.0
// Rows of a text table, one after the other from a file of any size: RFC 4180 with the delimiters and liberties of real
// files.
#pragma once

#include "engine/data/input_file.h"

#include <deque>
#include <string_view>
#include <vector>

namespace espalier {

class CsvRows {
public:
    /// `delimiter` 0: the one that splits the first lines most evenly; ' ' counts a run of blanks as one.
    static Result<CsvRows> open(const std::string &path, char delimiter);

    /// The next row that is not blank; false at the end. Cells are views that live until the next call: blanks around
    /// them, quotes and doubled quotes are taken off. Errors: binary content, an open quote, a line above 64 MiB.
    Result<bool> next(std::vector<std::string_view> &cells);
    std::int64_t line() const { return m_rowLine; } ///< 1-based, at which the last row began
    char delimiter() const { return m_delimiter; }
    double progress() const { return m_file.progress(); }
    /// Share of the text up to here, as far as that can be told of a packed file.
    double share() const;
    /// Bytes of text up to here.
    std::uint64_t position() const { return m_consumed + m_at; }

private:
    enum class Scan { Row, More, OpenQuote };
    CsvRows(InputFile file, std::string path);
    Result<void> fill();
    Scan scan(std::vector<std::string_view> &cells);
    Scan scanQuoted(std::size_t &at, std::vector<std::string_view> &cells);
    Error problem(std::string_view code, std::string_view text) const;

    InputFile m_file;
    std::string m_path;
    std::string m_buffer; ///< the unread part starts at m_at
    std::size_t m_at = 0;
    std::uint64_t m_consumed = 0;
    bool m_isEnd = false;
    char m_delimiter = ',';
    std::int64_t m_line = 1;
    std::int64_t m_rowLine = 1;
    std::deque<std::string> m_unquoted; ///< cells that had doubled quotes
};

/// A whole cell as a number; false for anything else. "nan", "inf" and what float32 can't hold are no numbers here.
bool parseReal(std::string_view cell, float &value);

} // namespace espalier
