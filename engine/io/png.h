// SPDX-License-Identifier: Apache-2.0
// Pictures as PNG bytes, for image events and exports.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <span>
#include <string>

namespace espalier {

/// `pixels`: rows from the top, 8 bits a channel, channels interleaved; 1 channel is grey, 3 are RGB, 4 RGBA.
/// The same pixels give the same bytes on one version of libpng and zlib. Fails beyond 16384 pixels a side.
Result<std::string> encodePng(std::span<const std::uint8_t> pixels, int width, int height, int channels);

} // namespace espalier
