// SPDX-License-Identifier: Apache-2.0
// What a person should know about data before a model learns from them, in plain words.
#pragma once

#include "engine/data/data_spec.h"
#include "engine/data/statistics.h"

namespace espalier {

/// A column of the file, told cell by cell; for text tables.
struct CellCounts {
    std::string name;
    std::int64_t rows = 0; ///< looked at
    std::int64_t missing = 0; ///< "", "?", "NA", "N/A", "null", "nan"
};

/// Counts missing cells of a csv source in its first rows (at most `limit`, 4 MiB), whatever its parameters say of
/// them: works where opening it is refused. Empty for other kinds.
Result<std::vector<CellCounts>> countCells(const SourceSpec &source, std::int64_t limit, const DataOptions &options);

/// Classes that occur once, a class that has nearly all rows, columns that never change, columns that give the answer
/// away. Each Error names the column in where.column; without fixes. `found` is the statistics of `data`.
Result<std::vector<Error>> findProblems(const Dataset &data, const DataStatistics &found, const DataOptions &options);

/// What a column is after normalising it: statistics of `column` scaled by what is fitted on the rows of `data`
/// (at most `limit`, spread evenly). Without histogram.
Result<ColumnStatistics> normalizedStatistics(const Dataset &data, const NormalizationSpec &spec, std::int64_t limit);

} // namespace espalier
