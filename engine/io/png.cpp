// SPDX-License-Identifier: Apache-2.0
#include "engine/io/png.h"

#include "engine/base/assert.h"

#include <png.h>

namespace espalier {
namespace {
constexpr int kMaxSide = 16384;

png_uint_32 formatOf(int channels)
{
    return channels == 1 ? PNG_FORMAT_GRAY : channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
}
} // namespace

Result<std::string> encodePng(std::span<const std::uint8_t> pixels, int width, int height, int channels)
{
    ESPALIER_ASSERT(channels == 1 || channels == 3 || channels == 4, "a picture has 1, 3 or 4 channels");
    if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide)
        return fail("png.size", "A picture of {0} x {1} pixels can't be written as PNG. Use 1 to {2} pixels a side.",
                    width, height, kMaxSide);
    ESPALIER_ASSERT(pixels.size() == std::size_t(width) * std::size_t(height) * std::size_t(channels),
                    "pixels do not fill the picture");
    png_image image = {};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = formatOf(channels);
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    std::string bytes(size, '\0');
    if (png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
        return fail("png.encode", "A picture can't be written as PNG: {0}. Make it smaller.",
                    std::string(image.message));
    bytes.resize(size);
    bytes.shrink_to_fit();
    return bytes;
}

} // namespace espalier
