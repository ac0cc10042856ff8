// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/channel_sums.h"

#include "engine/backends/cpu/kernel.h"

#include <cstring>

namespace espalier {
namespace {

constexpr std::int64_t kChunk = 4096; ///< elements that stay in the first-level cache between two passes

/// `runs` runs of `n` neighbours each; element i of a run goes to lane i % 16.
struct Runs {
    std::int64_t count = 0;
    std::int64_t stride = 0;
    std::int64_t n = 0;
};

/// Sixteen lanes in registers, whatever their width. Never passed by value: the calling convention depends on it.
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

#define ESPALIER_LOAD(name, address)                                                                                   \
    Lanes name;                                                                                                        \
    std::memcpy(&name, address, sizeof name)

/// The rest of a run, shorter than sixteen: zeros behind it.
#define ESPALIER_LOAD_PART(name, address, count)                                                                       \
    Lanes name = {};                                                                                                   \
    std::memcpy(&name, address, static_cast<std::size_t>(count) * sizeof(float))

ESPALIER_CLONES void sumRuns(const float *x, Runs r, float *sum)
{
    Lanes even = {};
    Lanes odd = {};
    for (std::int64_t k = 0; k < r.count; ++k) {
        const float *at = x + k * r.stride;
        std::int64_t i = 0;
        for (; i + 2 * kLanes <= r.n; i += 2 * kLanes) {
            ESPALIER_LOAD(first, at + i);
            ESPALIER_LOAD(second, at + i + kLanes);
            even += first;
            odd += second;
        }
        if (i + kLanes <= r.n) {
            ESPALIER_LOAD(first, at + i);
            even += first;
            i += kLanes;
        }
        if (i < r.n) {
            ESPALIER_LOAD_PART(rest, at + i, r.n - i);
            odd += rest;
        }
    }
    even += odd;
    std::memcpy(sum, &even, sizeof even);
}

ESPALIER_CLONES void squareRuns(const float *x, Runs r, const float *mean, float *sum)
{
    ESPALIER_LOAD(center, mean);
    Lanes even = {};
    Lanes odd = {};
    for (std::int64_t k = 0; k < r.count; ++k) {
        const float *at = x + k * r.stride;
        std::int64_t i = 0;
        for (; i + 2 * kLanes <= r.n; i += 2 * kLanes) {
            ESPALIER_LOAD(first, at + i);
            ESPALIER_LOAD(second, at + i + kLanes);
            first -= center;
            second -= center;
            even += first * first;
            odd += second * second;
        }
        if (i + kLanes <= r.n) {
            ESPALIER_LOAD(first, at + i);
            first -= center;
            even += first * first;
            i += kLanes;
        }
        for (std::int64_t l = 0; i + l < r.n; ++l) {
            const float d = at[i + l] - mean[l];
            odd[l] += d * d;
        }
    }
    even += odd;
    std::memcpy(sum, &even, sizeof even);
}

ESPALIER_CLONES void productRuns(const float *a, const float *b, Runs r, const float *mean, float *sum, float *product)
{
    ESPALIER_LOAD(center, mean);
    Lanes sums[2] = {};
    Lanes products[2] = {};
    for (std::int64_t k = 0; k < r.count; ++k) {
        const float *p = a + k * r.stride;
        const float *q = b + k * r.stride;
        std::int64_t i = 0;
        for (; i + 2 * kLanes <= r.n; i += 2 * kLanes) {
            ESPALIER_LOAD(p0, p + i);
            ESPALIER_LOAD(p1, p + i + kLanes);
            ESPALIER_LOAD(q0, q + i);
            ESPALIER_LOAD(q1, q + i + kLanes);
            sums[0] += p0;
            sums[1] += p1;
            products[0] += p0 * (q0 - center);
            products[1] += p1 * (q1 - center);
        }
        if (i + kLanes <= r.n) {
            ESPALIER_LOAD(p0, p + i);
            ESPALIER_LOAD(q0, q + i);
            sums[0] += p0;
            products[0] += p0 * (q0 - center);
            i += kLanes;
        }
        for (std::int64_t l = 0; i + l < r.n; ++l) {
            sums[1][l] += p[i + l];
            products[1][l] += p[i + l] * (q[i + l] - mean[l]);
        }
    }
    sums[0] += sums[1];
    products[0] += products[1];
    std::memcpy(sum, &sums[0], sizeof(Lanes));
    std::memcpy(product, &products[0], sizeof(Lanes));
}

ESPALIER_CLONES void affineRun(const float *x, float *y, std::int64_t n, const ChannelAffine &f)
{
    ESPALIER_LOAD(center, f.center);
    ESPALIER_LOAD(factor, f.factor);
    ESPALIER_LOAD(offset, f.offset);
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        ESPALIER_LOAD(v, x + i);
        v = (v - center) * factor + offset;
        std::memcpy(y + i, &v, sizeof v);
    }
    for (std::int64_t l = 0; i + l < n; ++l)
        y[i + l] = (x[i + l] - f.center[l]) * f.factor[l] + f.offset[l];
}

ESPALIER_CLONES void gradientRun(const float *dy, const float *x, float *dx, std::int64_t n, const ChannelGradient &g)
{
    ESPALIER_LOAD(center, g.center);
    ESPALIER_LOAD(factor, g.factor);
    ESPALIER_LOAD(slope, g.slope);
    ESPALIER_LOAD(offset, g.offset);
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        ESPALIER_LOAD(v, x + i);
        ESPALIER_LOAD(d, dy + i);
        v = d * factor + (v - center) * slope + offset;
        std::memcpy(dx + i, &v, sizeof v);
    }
    for (std::int64_t l = 0; i + l < n; ++l)
        dx[i + l] = dy[i + l] * g.factor[l] + (x[i + l] - g.center[l]) * g.slope[l] + g.offset[l];
}

#undef ESPALIER_LOAD
#undef ESPALIER_LOAD_PART

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
