// SPDX-License-Identifier: Apache-2.0
// Convolution as the seven loops that define it; sums run in double.
#include "engine/backends/reference/kernels.h"

namespace espalier {
namespace {

/// Sizes of y = conv2d(x, w) and how a position of y and of the kernel find their pixel of x.
struct Conv {
    std::int64_t batch, channels, height, width;
    std::int64_t outChannels, outHeight, outWidth;
    std::int64_t kernelHeight, kernelWidth;
    std::int64_t groups, groupChannels, groupOutChannels;
    std::int64_t stride[2], before[2], dilation[2];

    Conv(const Attrs &attrs, const Dims &x, const Dims &w, const Dims &y)
        : batch(x[0])
        , channels(x[1])
        , height(x[2])
        , width(x[3])
        , outChannels(y[1])
        , outHeight(y[2])
        , outWidth(y[3])
        , kernelHeight(w[2])
        , kernelWidth(w[3])
        , groups(attrs.integer("groups"))
        , groupChannels(channels / groups)
        , groupOutChannels(outChannels / groups)
    {
        for (std::size_t i = 0; i < 2; ++i) {
            stride[i] = attrs.integers("stride")[i];
            before[i] = attrs.integers("padding")[i];
            dilation[i] = attrs.integers("dilation")[i];
        }
    }

    /// Calls f(x index, w index, y index) for every multiply-add with its pixel inside the image, in this fixed order.
    template <typename F>
    void forEachProduct(F &&f) const
    {
        for (std::int64_t n = 0; n < batch; ++n)
            for (std::int64_t o = 0; o < outChannels; ++o)
                for (std::int64_t oy = 0; oy < outHeight; ++oy)
                    for (std::int64_t ox = 0; ox < outWidth; ++ox)
                        forEachInWindow(n, o, oy, ox, f);
    }

private:
    template <typename F>
    void forEachInWindow(std::int64_t n, std::int64_t o, std::int64_t oy, std::int64_t ox, F &f) const
    {
        const std::int64_t y = ((n * outChannels + o) * outHeight + oy) * outWidth + ox;
        const std::int64_t firstChannel = o / groupOutChannels * groupChannels;
        for (std::int64_t c = 0; c < groupChannels; ++c)
            for (std::int64_t ky = 0; ky < kernelHeight; ++ky) {
                const std::int64_t iy = oy * stride[0] - before[0] + ky * dilation[0];
                if (iy < 0 || iy >= height)
                    continue;
                for (std::int64_t kx = 0; kx < kernelWidth; ++kx) {
                    const std::int64_t ix = ox * stride[1] - before[1] + kx * dilation[1];
                    if (ix < 0 || ix >= width)
                        continue;
                    const std::int64_t x = ((n * channels + firstChannel + c) * height + iy) * width + ix;
                    const std::int64_t w = ((o * groupChannels + c) * kernelHeight + ky) * kernelWidth + kx;
                    f(static_cast<std::size_t>(x), static_cast<std::size_t>(w), static_cast<std::size_t>(y));
                }
            }
    }
};

template <typename T>
void writeSums(const std::vector<double> &sums, Tensor &to)
{
    const auto out = to.span<T>();
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = store<T>(sums[i]);
}

std::vector<double> zeros(const Tensor &like)
{
    return std::vector<double>(static_cast<std::size_t>(like.elements()), 0.0);
}

void conv(const RefCall &call)
{
    const Conv sizes(call.attrs(), call.in(0).dims(), call.in(1).dims(), call.out().dims());
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto x = call.in(0).span<T>();
        const auto w = call.in(1).span<T>();
        std::vector<double> sums = zeros(call.out());
        sizes.forEachProduct(
            [&](std::size_t xi, std::size_t wi, std::size_t yi) { sums[yi] += wide(x[xi]) * wide(w[wi]); });
        writeSums<T>(sums, call.out());
    });
}

void convBackwardData(const RefCall &call)
{
    const Conv sizes(call.attrs(), call.out().dims(), call.in(1).dims(), call.in(0).dims());
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto dy = call.in(0).span<T>();
        const auto w = call.in(1).span<T>();
        std::vector<double> sums = zeros(call.out());
        sizes.forEachProduct(
            [&](std::size_t xi, std::size_t wi, std::size_t yi) { sums[xi] += wide(dy[yi]) * wide(w[wi]); });
        writeSums<T>(sums, call.out());
    });
}

void convBackwardWeights(const RefCall &call)
{
    const Conv sizes(call.attrs(), call.in(0).dims(), call.out().dims(), call.in(1).dims());
    dispatchFloating(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        const auto x = call.in(0).span<T>();
        const auto dy = call.in(1).span<T>();
        std::vector<double> sums = zeros(call.out());
        sizes.forEachProduct(
            [&](std::size_t xi, std::size_t wi, std::size_t yi) { sums[wi] += wide(x[xi]) * wide(dy[yi]); });
        writeSums<T>(sums, call.out());
    });
}

} // namespace

std::span<const RefEntry> convKernels()
{
    static constexpr RefEntry entries[] = {
        {"conv2d", conv}, {"conv2d_backward_data", convBackwardData}, {"conv2d_backward_weights", convBackwardWeights}};
    return entries;
}

} // namespace espalier
