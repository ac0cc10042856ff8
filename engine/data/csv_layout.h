// SPDX-License-Identifier: Apache-2.0
// What the columns of a text table are for: decided from the parameters and the first rows.
#pragma once

#include "engine/data/csv_rows.h"
#include "engine/data/data_spec.h"

#include <optional>

namespace espalier {

struct CsvColumn {
    enum class Use { Skip, Number, Category };
    std::string name;
    Use use = Use::Skip;
    bool isTarget = false;
    std::size_t slot = 0; ///< place in the record, in units of four bytes
};

struct CsvLayout {
    char delimiter = ',';
    bool hasHeader = false;
    std::vector<CsvColumn> columns; ///< of the file, in its order
    std::vector<std::size_t> features; ///< numbers first, then categories, each in the order of the file
    std::vector<std::size_t> targets;
    std::size_t slots = 0;
    bool mayBeClass = false; ///< the one target is of numbers, and whether they are classes is for the data to say
};

/// Looks at the first rows (at most 500, 1 MiB). A column is of text where most of its cells there are no numbers: a
/// stray word among numbers is a mistake to tell, not a category.
Result<CsvLayout> inspectCsv(const SourceSpec &source, const std::string &path);

/// "", "?", "NA", "N/A", "null": a cell that was left out.
bool isMissingCell(std::string_view cell);
/// "nan" in any case: missing, too, where the person said what to do with missing cells.
bool isNan(std::string_view cell);

} // namespace espalier
