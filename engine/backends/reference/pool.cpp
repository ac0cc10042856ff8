// SPDX-License-Identifier: Apache-2.0
// Maximum and average over windows of an image; sums run in double.
#include "engine/backends/reference/kernels.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

/// The part of one window that lies in the image, and how many elements its average counts.
struct WindowAt {
    std::int64_t top, left; ///< of the whole window; may be outside
    std::int64_t y0, y1, x0, x1; ///< of the part inside
    std::int64_t withPadding; ///< elements of the window in the padded image
};

struct Pool {
    std::int64_t planes, height, width, outHeight, outWidth;
    std::int64_t size[2], stride[2], before[2], after[2];

    Pool(const Attrs &attrs, const Dims &image, const Dims &pooled)
        : planes(image[0] * image[1])
        , height(image[2])
        , width(image[3])
        , outHeight(pooled[2])
        , outWidth(pooled[3])
    {
        for (std::size_t i = 0; i < 2; ++i) {
            size[i] = attrs.integers("kernel_size")[i];
            stride[i] = attrs.integers("stride")[i];
            before[i] = attrs.integers("padding")[i];
            after[i] = attrs.integers("padding")[i + 2];
        }
    }

    WindowAt at(std::int64_t oy, std::int64_t ox) const
    {
        const std::int64_t top = oy * stride[0] - before[0];
        const std::int64_t left = ox * stride[1] - before[1];
        const std::int64_t bottom = std::min(top + size[0], height + after[0]);
        const std::int64_t right = std::min(left + size[1], width + after[1]);
        return {top,
                left,
                std::max<std::int64_t>(top, 0),
                std::min(bottom, height),
                std::max<std::int64_t>(left, 0),
                std::min(right, width),
                (bottom - top) * (right - left)};
    }

    /// Calls f(window, index in the pooled image, index of the plane's first pixel).
    template <typename F>
    void forEachWindow(F &&f) const
    {
        std::size_t out = 0;
        for (std::int64_t plane = 0; plane < planes; ++plane)
            for (std::int64_t oy = 0; oy < outHeight; ++oy)
                for (std::int64_t ox = 0; ox < outWidth; ++ox)
                    f(at(oy, ox), out++, plane * height * width);
    }
};

void maxPool(const RefCall &call)
{
    const Pool pool(call.attrs(), call.in(0).dims(), call.out(0).dims());
    dispatchFloating(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto x = call.in(0).span<T>();
        const auto y = call.out(0).span<T>();
        const auto indices = call.out(1).span<std::int32_t>();
        pool.forEachWindow([&](const WindowAt &w, std::size_t out, std::int64_t plane) {
            T best{};
            std::int64_t where = -1;
            for (std::int64_t iy = w.y0; iy < w.y1; ++iy)
                for (std::int64_t ix = w.x0; ix < w.x1; ++ix) {
                    const T value = x[static_cast<std::size_t>(plane + iy * pool.width + ix)];
                    // A NaN wins and stays, as in PyTorch.
                    const bool better
                        = where < 0 || load(value) > load(best) || (std::isnan(wide(value)) && !std::isnan(wide(best)));
                    if (!better)
                        continue;
                    best = value;
                    where = (iy - w.top) * pool.size[1] + (ix - w.left);
                }
            y[out] = best;
            indices[out] = static_cast<std::int32_t>(where);
        });
    });
}

void maxPoolBackward(const RefCall &call)
{
    const Pool pool(call.attrs(), call.out().dims(), call.in(0).dims());
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto dy = call.in(0).span<T>();
        const auto indices = call.in(1).span<std::int32_t>();
        const auto dx = call.out().span<T>();
        std::vector<double> sums(dx.size(), 0.0);
        pool.forEachWindow([&](const WindowAt &w, std::size_t out, std::int64_t plane) {
            const std::int64_t where = indices[out];
            if (where < 0 || where >= pool.size[0] * pool.size[1])
                return;
            const std::int64_t iy = w.top + where / pool.size[1];
            const std::int64_t ix = w.left + where % pool.size[1];
            if (iy >= w.y0 && iy < w.y1 && ix >= w.x0 && ix < w.x1)
                sums[static_cast<std::size_t>(plane + iy * pool.width + ix)] += wide(dy[out]);
        });
        for (std::size_t i = 0; i < dx.size(); ++i)
            dx[i] = store<T>(sums[i]);
    });
}

double divisor(const RefCall &call, const WindowAt &w)
{
    const bool all = call.attrs().boolean("count_include_pad");
    return static_cast<double>(all ? w.withPadding : (w.y1 - w.y0) * (w.x1 - w.x0));
}

void averagePool(const RefCall &call)
{
    const Pool pool(call.attrs(), call.in(0).dims(), call.out().dims());
    dispatchFloating(call.in(0).dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto x = call.in(0).span<T>();
        const auto y = call.out().span<T>();
        pool.forEachWindow([&](const WindowAt &w, std::size_t out, std::int64_t plane) {
            double sum = 0;
            for (std::int64_t iy = w.y0; iy < w.y1; ++iy)
                for (std::int64_t ix = w.x0; ix < w.x1; ++ix)
                    sum += wide(x[static_cast<std::size_t>(plane + iy * pool.width + ix)]);
            y[out] = store<T>(sum / divisor(call, w));
        });
    });
}

void averagePoolBackward(const RefCall &call)
{
    const Pool pool(call.attrs(), call.out().dims(), call.in(0).dims());
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto dy = call.in(0).span<T>();
        const auto dx = call.out().span<T>();
        std::vector<double> sums(dx.size(), 0.0);
        pool.forEachWindow([&](const WindowAt &w, std::size_t out, std::int64_t plane) {
            const double share = wide(dy[out]) / divisor(call, w);
            for (std::int64_t iy = w.y0; iy < w.y1; ++iy)
                for (std::int64_t ix = w.x0; ix < w.x1; ++ix)
                    sums[static_cast<std::size_t>(plane + iy * pool.width + ix)] += share;
        });
        for (std::size_t i = 0; i < dx.size(); ++i)
            dx[i] = store<T>(sums[i]);
    });
}

} // namespace

std::span<const RefEntry> poolKernels()
{
    static constexpr RefEntry entries[] = {{"max_pool2d", maxPool},
                                           {"max_pool2d_backward", maxPoolBackward},
                                           {"avg_pool2d", averagePool},
                                           {"avg_pool2d_backward", averagePoolBackward}};
    return entries;
}

} // namespace espalier
