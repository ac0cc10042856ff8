// SPDX-License-Identifier: Apache-2.0
// A dataset whose rows lie decoded in memory, bytes kept as bytes.
#pragma once

#include "engine/data/dataset.h"

#include <variant>

namespace espalier {

/// The values of one column, row-major. Bytes are read as float32.
struct ColumnData {
    Column column;
    std::variant<std::vector<float>, std::vector<std::int64_t>, std::vector<std::uint8_t>, Tensor> values;
};

/// Pictures may be mirrored and shifted while training.
struct PictureAugmentation {
    bool flip = false;
    std::int64_t shift = 0; ///< pixels
};

/// `rows` of each column. The fingerprint covers the values.
DatasetPointer makeMemoryDataset(std::vector<ColumnData> columns, std::int64_t rows,
                                 const PictureAugmentation &augmentation = {});

/// Mirrors and shifts a [C, H, W] picture in place: a pure function of (seed, epoch, row).
void augmentPicture(float *picture, const Dims &chw, const PictureAugmentation &how, const Draw &draw,
                    std::int64_t row);

} // namespace espalier
