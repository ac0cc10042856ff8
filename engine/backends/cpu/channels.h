// SPDX-License-Identifier: Apache-2.0
// Tensors seen as [outer, blocks, inner, lanes]: one view for row-major images, rows of features and blocked channels.
#pragma once

#include "engine/backends/backend.h"

#include <optional>

namespace espalier {

/// Channels in a block if the layout is [N, C / lanes, H, W, lanes] (oneDNN's nChw16c and nChw8c).
std::optional<std::int64_t> channelLanes(const Layout &layout, const TensorType &type);
/// That layout for a tensor of rank 4 (float32, bfloat16 or bool).
Layout channelLayout(const TensorType &type, std::int64_t lanes);

/// Element (o, b, i, l) lies at ((o * blocks + b) * inner + i) * lanes + l and belongs to channel b * lanes + l.
struct ChannelView {
    std::int64_t outer = 1;
    std::int64_t blocks = 1;
    std::int64_t inner = 1;
    std::int64_t lanes = 1;
    std::int64_t channels = 1; ///< lanes from here on are padding

    std::int64_t elements() const { return outer * blocks * inner * lanes; }
    std::int64_t perChannel() const { return outer * inner; }
};

/// Channels on axis 1, ranks from 2. Rows of features ([N, C]) are one block of C lanes.
ChannelView channelView(const TensorType &type, const Layout &layout);
/// As it lies if that is row-major or in blocks of channels, else row-major.
Layout channelLayoutOr(const Layout &layout, const TensorType &type);

} // namespace espalier
