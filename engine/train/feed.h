// SPDX-License-Identifier: Apache-2.0
// What training needs of data: batches of one part in a fixed order, ready for the program's inputs.
#pragma once

#include "engine/tensor/tensor.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace espalier {

enum class Part { Train, Validation, Test };

struct FeedBatch {
    std::int64_t rows = 0;
    std::vector<std::pair<std::string, Tensor>> columns; ///< program input ("<input node>.<column>") and its rows
};

/// A batch is a pure function of (seed, epoch, index).
class Feed {
public:
    virtual ~Feed() = default;
    virtual std::int64_t rows(Part part) const = 0;
    virtual std::string fingerprint() const = 0;
    /// From batch `first` of `epoch` on. Only Part::Train is shuffled, and only it drops a short last batch.
    virtual Result<void> start(Part part, std::int64_t epoch, std::int64_t first) = 0;
    /// nullopt at the end of the epoch. Tensors stay valid until the next call.
    virtual Result<std::optional<FeedBatch>> next() = 0;
    /// These rows of the data as training sees them, without augmentation; from any thread. Errors: a row that is not
    /// there; data that can't be read; a feed that has no rows to choose from.
    virtual Result<FeedBatch> read(std::span<const std::int64_t> rows) const;
    /// The rows of the data that a part has, in the order in which they are evaluated. Empty where nobody can choose.
    virtual const std::vector<std::int64_t> &partRows(Part part) const;
};

/// Batches in one epoch of `rows` rows.
std::int64_t batchesPerEpoch(std::int64_t rows, std::int64_t batchSize, bool dropLast);

} // namespace espalier
