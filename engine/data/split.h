// SPDX-License-Identifier: Apache-2.0
// Which rows train, validate and test, and in which order an epoch takes them: pure functions of seeds.
#pragma once

#include "engine/data/data_spec.h"
#include "engine/data/dataset.h"

namespace espalier {

struct SplitRows {
    std::vector<std::int64_t> train;
    std::vector<std::int64_t> validation;
    std::vector<std::int64_t> test;
};

/// Errors: fractions that leave nothing to train, a column to stratify by that is not there or has no classes.
Result<SplitRows> splitRows(const Dataset &data, const SplitSpec &spec);

/// `count` in a random order: sorted by a Philox word of (seed, stream, index).
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, std::uint64_t stream);

/// y = (x - shift) * factor, for each entry of a row; fitted on `rows`.
struct Scaling {
    int column = 0;
    std::vector<float> shift;
    std::vector<float> factor;
};
/// standard: mean 0 and deviation 1; minmax: 0 to 1 (of an image: over all its entries together); scale: / 255. An
/// entry that never changes becomes 0.
Result<std::vector<Scaling>> fitScalings(const Dataset &data, const std::vector<NormalizationSpec> &specs,
                                         const std::vector<std::int64_t> &rows);

} // namespace espalier
