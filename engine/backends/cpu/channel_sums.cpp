// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/channel_sums.h"

#include "engine/backends/cpu/kernel.h"

namespace espalier {
namespace {

constexpr std::int64_t kChunk = 4096; ///< elements that stay in the first-level cache between two passes

/// `runs` runs of `n` neighbours each; element i of a run goes to lane i % 16.
struct Runs {
    std::int64_t count = 0;
    std::int64_t stride = 0;
    std::int64_t n = 0;
};

ESPALIER_CLONES void sumRuns(const float *x, Runs r, float *sum)
{
    float lanes[kLanes] = {};
    for (std::int64_t k = 0; k < r.count; ++k) {
        const float *at = x + k * r.stride;
        std::int64_t i = 0;
        for (; i + kLanes <= r.n; i += kLanes)
            for (std::int64_t l = 0; l < kLanes; ++l)
                lanes[l] += at[i + l];
        for (std::int64_t l = 0; i + l < r.n; ++l)
            lanes[l] += at[i + l];
    }
    for (std::int64_t l = 0; l < kLanes; ++l)
        sum[l] = lanes[l];
}

ESPALIER_CLONES void squareRuns(const float *x, Runs r, const float *mean, float *sum)
{
    float lanes[kLanes] = {};
    float center[kLanes];
    for (std::int64_t l = 0; l < kLanes; ++l)
        center[l] = mean[l];
    for (std::int64_t k = 0; k < r.count; ++k) {
        const float *at = x + k * r.stride;
        std::int64_t i = 0;
        for (; i + kLanes <= r.n; i += kLanes)
            for (std::int64_t l = 0; l < kLanes; ++l) {
                const float d = at[i + l] - center[l];
                lanes[l] += d * d;
            }
        for (std::int64_t l = 0; i + l < r.n; ++l) {
            const float d = at[i + l] - center[l];
            lanes[l] += d * d;
        }
    }
    for (std::int64_t l = 0; l < kLanes; ++l)
        sum[l] = lanes[l];
}

ESPALIER_CLONES void productRuns(const float *a, const float *b, Runs r, const float *mean, float *sum, float *product)
{
    float first[kLanes] = {};
    float second[kLanes] = {};
    float center[kLanes];
    for (std::int64_t l = 0; l < kLanes; ++l)
        center[l] = mean[l];
    for (std::int64_t k = 0; k < r.count; ++k) {
        const float *p = a + k * r.stride;
        const float *q = b + k * r.stride;
        std::int64_t i = 0;
        for (; i + kLanes <= r.n; i += kLanes)
            for (std::int64_t l = 0; l < kLanes; ++l) {
                first[l] += p[i + l];
                second[l] += p[i + l] * (q[i + l] - center[l]);
            }
        for (std::int64_t l = 0; i + l < r.n; ++l) {
            first[l] += p[i + l];
            second[l] += p[i + l] * (q[i + l] - center[l]);
        }
    }
    for (std::int64_t l = 0; l < kLanes; ++l) {
        sum[l] = first[l];
        product[l] = second[l];
    }
}

ESPALIER_CLONES void affineRun(const float *x, float *y, std::int64_t n, const ChannelAffine &f)
{
    float center[kLanes];
    float factor[kLanes];
    float offset[kLanes];
    for (std::int64_t l = 0; l < kLanes; ++l) {
        center[l] = f.center[l];
        factor[l] = f.factor[l];
        offset[l] = f.offset[l];
    }
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
#pragma GCC ivdep
        for (std::int64_t l = 0; l < kLanes; ++l)
            y[i + l] = (x[i + l] - center[l]) * factor[l] + offset[l];
    for (std::int64_t l = 0; i + l < n; ++l)
        y[i + l] = (x[i + l] - center[l]) * factor[l] + offset[l];
}

ESPALIER_CLONES void gradientRun(const float *dy, const float *x, float *dx, std::int64_t n, const ChannelGradient &g)
{
    float center[kLanes];
    float factor[kLanes];
    float slope[kLanes];
    float offset[kLanes];
    for (std::int64_t l = 0; l < kLanes; ++l) {
        center[l] = g.center[l];
        factor[l] = g.factor[l];
        slope[l] = g.slope[l];
        offset[l] = g.offset[l];
    }
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
#pragma GCC ivdep
        for (std::int64_t l = 0; l < kLanes; ++l)
            dx[i + l] = dy[i + l] * factor[l] + (x[i + l] - center[l]) * slope[l] + offset[l];
    for (std::int64_t l = 0; i + l < n; ++l)
        dx[i + l] = dy[i + l] * factor[l] + (x[i + l] - center[l]) * slope[l] + offset[l];
}

/// Lanes of one channel lie `width` apart: their sums become one, for each of the `width` channels.
void fold(const float *lanes, std::int64_t width, double *sum)
{
    for (std::int64_t l = 0; l < kLanes; ++l)
        sum[l % width] += static_cast<double>(lanes[l]);
}

/// Calls chunk(offset, runs) for pieces of about kChunk elements of outer `from` to `to`.
template <typename F>
void eachChunk(const ChannelTasks &t, std::int64_t strip, std::int64_t from, std::int64_t to, const F &chunk)
{
    const std::int64_t n = t.runOf(strip);
    if (n >= kChunk) {
        const std::int64_t piece = kChunk / kLanes * kLanes;
        for (std::int64_t o = from; o < to; ++o)
            for (std::int64_t i = 0; i < n; i += piece)
                chunk(t.at(strip, o) + i, Runs{1, 0, std::min(piece, n - i)});
        return;
    }
    const std::int64_t several = std::max<std::int64_t>(1, kChunk / n);
    for (std::int64_t o = from; o < to; o += several)
        chunk(t.at(strip, o), Runs{std::min(several, to - o), t.stride, n});
}

void momentsOf(const ChannelTasks &t, const float *x, std::int64_t strip, std::int64_t part, ChannelSums &out)
{
    const std::int64_t width = t.width;
    double count = 0;
    out = {};
    eachChunk(t, strip, t.firstOuter(part), t.firstOuter(part + 1), [&](std::int64_t at, Runs r) {
        float lanes[kLanes];
        double sum[kLanes] = {};
        float mean[kLanes];
        sumRuns(x + at, r, lanes);
        fold(lanes, width, sum);
        const double added = static_cast<double>(r.count * (t.view.lanes > kLanes ? 1 : r.n / width));
        for (std::int64_t l = 0; l < kLanes; ++l)
            mean[l] = static_cast<float>(sum[l % width] / added);
        squareRuns(x + at, r, mean, lanes);
        double square[kLanes] = {};
        fold(lanes, width, square);
        const double total = count + added;
        for (std::int64_t l = 0; l < width; ++l) { // Chan, Golub and LeVeque's rule for joining two samples
            const double own = sum[l] / added;
            const double off = own - static_cast<double>(mean[l]); // what rounding the mean to float32 added
            const double delta = own - out.first[l];
            out.second[l] += square[l] - off * off * added + delta * delta * count * added / total;
            out.first[l] += delta * added / total;
        }
        count = total;
    });
}

void joinMoments(const ChannelTasks &t, ChannelSums *sums, std::int64_t strip)
{
    const double per = static_cast<double>(t.view.inner);
    ChannelSums &to = sums[strip * t.parts];
    double count = static_cast<double>(t.firstOuter(1) - t.firstOuter(0)) * per;
    for (std::int64_t part = 1; part < t.parts; ++part) {
        const ChannelSums &from = sums[strip * t.parts + part];
        const double added = static_cast<double>(t.firstOuter(part + 1) - t.firstOuter(part)) * per;
        for (std::int64_t l = 0; l < kLanes; ++l) {
            const double delta = from.first[l] - to.first[l];
            to.second[l] += from.second[l] + delta * delta * count * added / (count + added);
            to.first[l] += delta * added / (count + added);
        }
        count += added;
    }
}

template <typename F>
void eachTask(const ChannelTasks &t, const F &task)
{
#pragma omp parallel for schedule(static) if (t.view.elements() >= kParallelFrom)
    for (std::int64_t k = 0; k < t.tasks(); ++k)
        task(k / t.parts, k % t.parts);
}

/// Calls run(offset, n, strip) for every run of the tensor.
template <typename F>
void eachRun(const ChannelTasks &t, const F &run)
{
#pragma omp parallel for schedule(static) if (t.view.elements() >= kParallelFrom)
    for (std::int64_t o = 0; o < t.view.outer; ++o)
        for (std::int64_t strip = 0; strip < t.strips; ++strip)
            run(t.at(strip, o), t.runOf(strip), strip);
}

} // namespace

ChannelTasks channelTasks(const ChannelView &view)
{
    ChannelTasks t;
    t.view = view;
    const bool rows = view.lanes > kLanes; // [N, C]: strips of sixteen columns
    t.strips = rows ? (view.lanes + kLanes - 1) / kLanes : view.blocks;
    t.width = rows ? kLanes : view.lanes;
    t.run = rows ? kLanes : view.inner * view.lanes;
    t.stride = view.blocks * view.inner * view.lanes;
    constexpr std::int64_t kTasks = 32; // enough to share among any sensible number of threads
    t.parts = std::clamp<std::int64_t>(kTasks / t.strips, 1, std::max<std::int64_t>(view.outer, 1));
    if (view.elements() < kParallelFrom)
        t.parts = 1;
    return t;
}

void channelMoments(const ChannelTasks &t, const float *x, ChannelSums *sums)
{
    eachTask(
        t, [&](std::int64_t strip, std::int64_t part) { momentsOf(t, x, strip, part, sums[strip * t.parts + part]); });
    for (std::int64_t strip = 0; strip < t.strips; ++strip) {
        joinMoments(t, sums, strip);
        sums[strip] = sums[strip * t.parts];
    }
}

void channelProducts(const ChannelTasks &t, const float *a, const float *b, const float *center, ChannelSums *sums)
{
    const std::int64_t width = t.width;
    eachTask(t, [&](std::int64_t strip, std::int64_t part) {
        ChannelSums own;
        float mean[kLanes] = {};
        for (std::int64_t l = 0; b && l < kLanes; ++l)
            if (l % width < t.lanes(strip))
                mean[l] = center[strip * t.width + l % width];
        eachChunk(t, strip, t.firstOuter(part), t.firstOuter(part + 1), [&](std::int64_t at, Runs r) {
            float lanes[kLanes];
            float products[kLanes];
            if (b) {
                productRuns(a + at, b + at, r, mean, lanes, products);
                fold(products, width, own.second);
            } else {
                sumRuns(a + at, r, lanes);
            }
            fold(lanes, width, own.first);
        });
        sums[strip * t.parts + part] = own;
    });
    for (std::int64_t strip = 0; strip < t.strips; ++strip) {
        ChannelSums total;
        for (std::int64_t part = 0; part < t.parts; ++part)
            for (std::int64_t l = 0; l < kLanes; ++l) {
                total.first[l] += sums[strip * t.parts + part].first[l];
                total.second[l] += sums[strip * t.parts + part].second[l];
            }
        sums[strip] = total;
    }
}

void channelAffine(const ChannelTasks &t, const float *x, float *y, const ChannelAffine *affine)
{
    eachRun(t,
            [&](std::int64_t at, std::int64_t n, std::int64_t strip) { affineRun(x + at, y + at, n, affine[strip]); });
}

void channelGradient(const ChannelTasks &t, const float *dy, const float *x, float *dx, const ChannelGradient *gradient)
{
    eachRun(t, [&](std::int64_t at, std::int64_t n, std::int64_t strip) {
        gradientRun(dy + at, x + at, dx + at, n, gradient[strip]);
    });
}

} // namespace espalier
