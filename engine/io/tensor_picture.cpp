// SPDX-License-Identifier: Apache-2.0
#include "engine/io/tensor_picture.h"

#include "engine/io/png.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr std::int64_t kMostPixels = 4 << 20;
constexpr std::int64_t kMostSide = 16384; ///< of a PNG
constexpr std::int64_t kMostInputs = 64; ///< of a filter, to be one row of the picture

std::int64_t divideUp(std::int64_t a, std::int64_t b)
{
    return (a + b - 1) / b;
}

std::pair<double, double> rangeOf(std::span<const float> values)
{
    float low = INFINITY;
    float high = -INFINITY;
    for (const float value : values) {
        if (!std::isfinite(value))
            continue;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    return low <= high ? std::pair<double, double>(low, high) : std::pair(0.0, 0.0);
}

/// Mean of the finite values of one block; NaN where there is none.
double meanOf(const float *map, const MapStack &stack, std::int64_t y, std::int64_t x, std::int64_t shrink)
{
    if (shrink == 1)
        return map[y * stack.width + x];
    double sum = 0;
    std::int64_t count = 0;
    for (std::int64_t i = y * shrink; i < std::min((y + 1) * shrink, stack.height); ++i)
        for (std::int64_t j = x * shrink; j < std::min((x + 1) * shrink, stack.width); ++j)
            if (const float value = map[i * stack.width + j]; std::isfinite(value)) {
                sum += value;
                ++count;
            }
    return count > 0 ? sum / static_cast<double>(count) : NAN;
}

/// Sizes of everything, with `shrink` so large that the picture stays in bounds.
TensorPicture planned(const MapStack &stack, const TensorPictureOptions &options)
{
    TensorPicture p;
    p.cells = std::clamp<std::int64_t>(stack.maps, 1, std::max<std::int64_t>(options.mostMaps, 1));
    const auto square = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(p.cells))));
    p.columns = std::min(stack.columns > 0 ? stack.columns : square, p.cells);
    p.rows = divideUp(p.cells, p.columns);
    const std::int64_t side = std::max(stack.height, stack.width);
    for (p.shrink = divideUp(side, std::max<std::int64_t>(options.edge, 1));; ++p.shrink) {
        p.cellWidth = divideUp(stack.width, p.shrink);
        p.cellHeight = divideUp(stack.height, p.shrink);
        p.width = p.cellWidth * p.columns;
        p.height = p.cellHeight * p.rows;
        const bool isSmall = p.width <= kMostSide && p.height <= kMostSide && p.width * p.height <= kMostPixels;
        if (isSmall || p.shrink > side)
            return p;
    }
}

} // namespace

MapStack mapsOf(const Dims &dims, bool isActivation, std::int64_t sample)
{
    MapStack stack;
    const std::size_t skipped = isActivation && !dims.empty() ? 1 : 0;
    const Dims inner(dims.begin() + static_cast<std::ptrdiff_t>(skipped), dims.end());
    const std::int64_t size = elementCount(inner);
    stack.offset = isActivation ? sample * size : 0;
    const std::size_t rank = inner.size();
    const bool arePictures = isActivation ? rank == 3 : rank == 4;
    if (arePictures) {
        stack.height = inner[rank - 2];
        stack.width = inner[rank - 1];
        stack.maps = size / std::max<std::int64_t>(stack.height * stack.width, 1);
        if (!isActivation && inner[1] > 1 && inner[1] <= kMostInputs)
            stack.columns = inner[1];
        return stack;
    }
    stack.isHeat = true;
    stack.width = rank > 0 ? inner[rank - 1] : 1;
    stack.height = size / std::max<std::int64_t>(stack.width, 1);
    return stack;
}

std::pair<double, double> rangeOf(const Tensor &values, const MapStack &stack, std::int64_t mostMaps)
{
    const std::int64_t size = std::min(stack.maps, mostMaps) * stack.height * stack.width;
    return rangeOf(
        values.span<float>().subspan(static_cast<std::size_t>(stack.offset), static_cast<std::size_t>(size)));
}

Result<TensorPicture> drawMaps(const Tensor &values, const MapStack &stack, const TensorPictureOptions &options)
{
    TensorPicture p = planned(stack, options);
    if (stack.height <= 0 || stack.width <= 0 || stack.maps <= 0 || p.columns > kMostSide || p.rows > kMostSide)
        return fail("picture.size", "A tensor with maps of {0} x {1} values can't be drawn.", stack.height,
                    stack.width);
    const std::int64_t size = stack.height * stack.width;
    const auto mapAt = [&](std::int64_t i) {
        return values.span<float>().subspan(static_cast<std::size_t>(stack.offset + i * size),
                                            static_cast<std::size_t>(size));
    };
    std::tie(p.minimum, p.maximum) = options.range.value_or(rangeOf(values, stack, p.cells));
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(p.width * p.height));
    for (std::int64_t i = 0; i < p.cells; ++i) {
        const auto map = mapAt(i);
        auto [low, high] = std::pair(p.minimum, p.maximum);
        if (!options.together)
            std::tie(low, high) = p.ranges.emplace_back(rangeOf(map));
        const double scale = high > low ? 255 / (high - low) : 0;
        std::uint8_t *corner = pixels.data() + (i / p.columns) * p.cellHeight * p.width + (i % p.columns) * p.cellWidth;
        for (std::int64_t y = 0; y < p.cellHeight; ++y)
            for (std::int64_t x = 0; x < p.cellWidth; ++x) {
                const double value = (meanOf(map.data(), stack, y, x, p.shrink) - low) * scale;
                corner[y * p.width + x]
                    = std::isfinite(value) ? static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0))) : 0;
            }
    }
    ESPALIER_TRY(p.png, encodePng(pixels, static_cast<int>(p.width), static_cast<int>(p.height), 1));
    return p;
}

} // namespace espalier
