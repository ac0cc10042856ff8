// SPDX-License-Identifier: Apache-2.0
// Tensors as pictures: feature maps and filters side by side, matrices as heat maps. Grey levels; the viewer colours.
#pragma once

#include "engine/base/result.h"
#include "engine/tensor/tensor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace espalier {

/// Equally large maps that lie one after the other in a float32 tensor.
struct MapStack {
    std::int64_t offset = 0; ///< of the first value
    std::int64_t maps = 1;
    std::int64_t height = 1;
    std::int64_t width = 1;
    std::int64_t columns = 0; ///< maps in a row of the picture; 0: as square as it gets
    bool isHeat = false; ///< one map that is no picture: a matrix, a row
};

/// What of a tensor is shown, by its shape. `sample` chooses from the first axis of an activation.
/// Activation [batch, channels, height, width]: all channels; other activations: the sample as one heat map.
/// Weight [out, in, height, width]: all filters, one row of maps for each output where `in` is at most 64; other
/// weights are one heat map.
MapStack mapsOf(const Dims &dims, bool isActivation, std::int64_t sample);

struct TensorPictureOptions {
    bool together = true; ///< one range for all maps; else each has its own
    std::int64_t edge = 256; ///< pixels of a map's side at most
    std::int64_t mostMaps = 4096;
    std::optional<std::pair<double, double>> range; ///< instead of the one that the values have
};

/// Level 0 is the minimum, 255 the maximum; what is not finite has level 0. Map i stands at column i % columns, row
/// i / columns, without gaps.
struct TensorPicture {
    std::string png;
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::int64_t columns = 0;
    std::int64_t rows = 0;
    std::int64_t cells = 0; ///< maps that are drawn
    std::int64_t cellWidth = 0;
    std::int64_t cellHeight = 0;
    std::int64_t shrink = 1; ///< values that one pixel is the mean of, along each axis
    double minimum = 0;
    double maximum = 0;
    std::vector<std::pair<double, double>> ranges; ///< of each map, where each has its own
};

/// `values` must be float32. At most 4 million pixels: maps shrink further where they would be more.
Result<TensorPicture> drawMaps(const Tensor &values, const MapStack &stack, const TensorPictureOptions &options);

/// Smallest and largest finite value of the maps that would be drawn; {0, 0} where there is none.
std::pair<double, double> rangeOf(const Tensor &values, const MapStack &stack, std::int64_t mostMaps);

} // namespace espalier
