// SPDX-License-Identifier: Apache-2.0
#include "engine/data/picture.h"

#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 26;

tl::unexpected<Error> undecodable(const std::string &file)
{
    return fail(error("picture.damaged",
                      "The picture {0} can't be decoded: it is damaged or no PNG or JPEG. Remove or replace it.", file)
                    .at({.file = file}));
}

struct JpegErrors {
    jpeg_error_mgr base{};
    std::jmp_buf jump{};
};

/// libjpeg reports through longjmp: nothing in here may need a destructor after setjmp.
bool decodeJpeg(std::string_view bytes, std::int64_t channels, std::int64_t atLeast, Picture &out)
{
    jpeg_decompress_struct info{};
    JpegErrors errors;
    info.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = [](j_common_ptr c) { std::longjmp(reinterpret_cast<JpegErrors *>(c->err)->jump, 1); };
    errors.base.output_message = [](j_common_ptr) {};
    if (setjmp(errors.jump) != 0) {
        jpeg_destroy_decompress(&info);
        return false;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
    if (static_cast<std::int64_t>(info.image_width) * info.image_height > kMaxPixels)
        std::longjmp(errors.jump, 1);
    info.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    const std::int64_t shorter = std::min(info.image_width, info.image_height);
    for (unsigned scale = 8; scale > 1 && atLeast > 0; scale /= 2)
        if (shorter / scale >= atLeast) {
            info.scale_num = 1;
            info.scale_denom = scale;
            break;
        }
    jpeg_start_decompress(&info);
    out.width = info.output_width;
    out.height = info.output_height;
    out.channels = info.output_components;
    out.pixels.resize(static_cast<std::size_t>(out.width * out.height * out.channels));
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = out.pixels.data()
            + static_cast<std::size_t>(info.output_scanline) * static_cast<std::size_t>(out.width * out.channels);
        jpeg_read_scanlines(&info, &row, 1);
    }
    const bool whole = info.err->num_warnings == 0;
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    return whole && out.channels == channels;
}

bool decodePng(std::string_view bytes, std::int64_t channels, Picture &out)
{
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
        return false;
    if (static_cast<std::int64_t>(image.width) * image.height > kMaxPixels) {
        png_image_free(&image);
        return false;
    }
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    out.width = image.width;
    out.height = image.height;
    out.channels = channels;
    out.pixels.resize(PNG_IMAGE_SIZE(image));
    const png_color black{0, 0, 0};
    return png_image_finish_read(&image, &black, out.pixels.data(), 0, nullptr) != 0;
}

/// Mean over a rectangle with fractional edges, or bilinear where it is smaller than a pixel.
float sample(const Picture &p, std::int64_t channel, double x0, double x1, double y0, double y1)
{
    if (x1 - x0 < 1) {
        const double centre = (x0 + x1) / 2 - 0.5;
        x0 = centre;
        x1 = centre + 1;
    }
    if (y1 - y0 < 1) {
        const double centre = (y0 + y1) / 2 - 0.5;
        y0 = centre;
        y1 = centre + 1;
    }
    double sum = 0;
    double area = 0;
    for (auto y = static_cast<std::int64_t>(std::floor(y0)); static_cast<double>(y) < y1; ++y) {
        const double h = std::min(y1, static_cast<double>(y + 1)) - std::max(y0, static_cast<double>(y));
        const std::int64_t row = std::clamp<std::int64_t>(y, 0, p.height - 1);
        for (auto x = static_cast<std::int64_t>(std::floor(x0)); static_cast<double>(x) < x1; ++x) {
            const double w = std::min(x1, static_cast<double>(x + 1)) - std::max(x0, static_cast<double>(x));
            const std::int64_t column = std::clamp<std::int64_t>(x, 0, p.width - 1);
            sum += w * h * p.pixels[static_cast<std::size_t>((row * p.width + column) * p.channels + channel)];
            area += w * h;
        }
    }
    return static_cast<float>(sum / area);
}

} // namespace

Result<Picture> decodePicture(std::string_view bytes, std::int64_t channels, std::int64_t atLeast,
                              const std::string &file)
{
    Picture picture;
    const bool isPng = bytes.starts_with("\x89PNG");
    if (!(isPng ? decodePng(bytes, channels, picture) : decodeJpeg(bytes, channels, atLeast, picture)))
        return undecodable(file);
    return picture;
}

void resizePicture(const Picture &from, std::int64_t width, std::int64_t height, bool crop, float *to)
{
    double left = 0;
    double top = 0;
    auto fullWidth = static_cast<double>(from.width);
    auto fullHeight = static_cast<double>(from.height);
    if (crop) {
        const double scale = std::min(fullWidth / static_cast<double>(width), fullHeight / static_cast<double>(height));
        left = (fullWidth - scale * static_cast<double>(width)) / 2;
        top = (fullHeight - scale * static_cast<double>(height)) / 2;
        fullWidth = scale * static_cast<double>(width);
        fullHeight = scale * static_cast<double>(height);
    }
    const double dx = fullWidth / static_cast<double>(width);
    const double dy = fullHeight / static_cast<double>(height);
    const bool same = from.width == width && from.height == height;
    for (std::int64_t c = 0; c < from.channels; ++c)
        for (std::int64_t y = 0; y < height; ++y)
            for (std::int64_t x = 0; x < width; ++x)
                to[(c * height + y) * width + x] = same
                    ? static_cast<float>(from.pixels[static_cast<std::size_t>((y * width + x) * from.channels + c)])
                    : sample(from, c, left + dx * static_cast<double>(x), left + dx * static_cast<double>(x + 1),
                             top + dy * static_cast<double>(y), top + dy * static_cast<double>(y + 1));
}

} // namespace espalier
