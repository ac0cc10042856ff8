// SPDX-License-Identifier: Apache-2.0
// What a person wants to know of a column before training: range, mean, classes, what is not finite.
#pragma once

#include "engine/data/data_options.h"
#include "engine/data/dataset.h"

namespace espalier {

/// One entry of a vector: a column of a table.
struct EntryStatistics {
    std::int64_t values = 0; ///< finite ones
    double minimum = 0;
    double maximum = 0;
    double mean = 0;
    double deviation = 0;
    std::vector<std::int64_t> histogram; ///< 32 bins from minimum to maximum
};

struct ColumnStatistics {
    std::int64_t rows = 0; ///< rows looked at
    std::int64_t values = 0; ///< rows x entries
    std::int64_t notFinite = 0; ///< not counted in what follows
    double minimum = 0;
    double maximum = 0;
    double mean = 0;
    double deviation = 0; ///< of all values, not of a sample
    std::vector<std::int64_t> classCounts; ///< of columns with classes
    std::vector<std::int64_t> histogram; ///< 32 bins of equal width from minimum to maximum; not for classes
    std::vector<EntryStatistics> entries; ///< of vectors with named entries, the first 64
};

struct DataStatistics {
    std::vector<ColumnStatistics> columns; ///< one for each of the dataset
    RowCount total; ///< of the source
    bool isSample = false; ///< made from fewer rows than `rows` names or the source has
};

/// Statistics of `rows` (empty: all), of at most `limit` (0: all) of them spread evenly. Call it with a growing limit
/// to refine. Calls options.progress, and fails with "data.cancelled" when options.stop is asked.
Result<DataStatistics> computeStatistics(const Dataset &data, std::span<const std::int64_t> rows, std::int64_t limit,
                                         const DataOptions &options = {});

} // namespace espalier
