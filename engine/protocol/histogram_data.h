// SPDX-License-Identifier: Apache-2.0
// A histogram as it is written, read and drawn.
#pragma once

#include <cstdint>
#include <vector>

namespace espalier {

/// Values in [left, right); the last bucket of a histogram holds `right`, too.
struct HistogramBucket {
    double left = 0;
    double right = 0;
    double count = 0;
    friend bool operator==(const HistogramBucket &, const HistogramBucket &) = default;
};

/// Statistics of the finite values, and how many others there were.
struct HistogramData {
    double min = 0;
    double max = 0;
    double count = 0; ///< finite values
    double sum = 0; ///< NaN where the file doesn't say (TensorBoard's current form keeps buckets alone)
    double sumOfSquares = 0; ///< as `sum`
    std::uint64_t nans = 0;
    std::uint64_t infinities = 0;
    std::vector<HistogramBucket> buckets; ///< empty if there was no finite value
};

} // namespace espalier
