// SPDX-License-Identifier: Apache-2.0
// Decodes PNG and JPEG.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

struct Picture {
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::int64_t channels = 0; ///< 1 or 3
    std::vector<std::uint8_t> pixels; ///< rows from the top, channels interleaved
};

/// `file` is named in errors. At most 64 million pixels. A JPEG may be decoded at 1/2, 1/4 or 1/8 of its size where
/// that is at least `atLeast` pixels on each side (0: full size).
Result<Picture> decodePicture(std::string_view bytes, std::int64_t channels, std::int64_t atLeast,
                              const std::string &file);

/// Scales to [channels][height][width] floats of 0..255: means over the covered area when shrinking, bilinear else.
/// `crop` keeps proportions and cuts the longer side.
void resizePicture(const Picture &from, std::int64_t width, std::int64_t height, bool crop, float *to);

} // namespace espalier
