// SPDX-License-Identifier: Apache-2.0
// Text tables: cells as views into the text, with their line.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

struct TextTable {
    std::vector<std::string> names; ///< from the header, or "column 1", "column 2", ...
    std::vector<std::string_view> cells; ///< row-major; quotes taken off, doubled quotes inside kept doubled
    std::vector<std::int64_t> lines; ///< 1-based, of each row
    std::size_t columns() const { return names.size(); }
    std::size_t rows() const { return lines.size(); }
    std::string_view cell(std::size_t row, std::size_t column) const { return cells[row * columns() + column]; }
};

enum class Header { Auto, Names, Data };

/// `delimiter` 0: found from the first lines. `text` must outlive the table. Errors: a row with another number of cells
/// than the first, an open quote, binary content; `file` is named.
Result<TextTable> parseTable(std::string_view text, char delimiter, Header header, const std::string &file);

/// A whole cell as a number; false for anything else. "nan" and "inf" are no numbers here.
bool parseNumber(std::string_view cell, double &value);

} // namespace espalier
