// SPDX-License-Identifier: Apache-2.0
// Two passes: range and sums, then counts. Both work on eight independent lanes, so that the compiler can use vectors
// without being allowed to reorder a sum: the lanes are part of the definition, and the bits are the same everywhere.
#include "engine/io/histogram.h"

#include "engine/base/assert.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace espalier {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kBlock = 512;

template <typename T>
struct Bits;
template <>
struct Bits<float> {
    using Word = std::uint32_t;
    static constexpr Word kExponent = 0x7f800000u;
};
template <>
struct Bits<double> {
    using Word = std::uint64_t;
    static constexpr Word kExponent = 0x7ff0000000000000u;
};

/// All exponent bits set means infinity or NaN. An integer test: it is exact and needs no branch.
template <typename T>
bool isFinite(T value)
{
    return (std::bit_cast<typename Bits<T>::Word>(value) & Bits<T>::kExponent) != Bits<T>::kExponent;
}

template <typename T>
struct Lanes {
    std::array<T, kLanes> low;
    std::array<T, kLanes> high;
    std::array<double, kLanes> sum{};
    std::array<double, kLanes> squares{};
    std::array<typename Bits<T>::Word, kLanes> finite{}; ///< of one block

    Lanes()
    {
        low.fill(std::numeric_limits<T>::max());
        high.fill(std::numeric_limits<T>::lowest());
    }
    void add(std::size_t lane, T value)
    {
        const bool ok = isFinite(value);
        const T forLow = ok ? value : std::numeric_limits<T>::max();
        const T forHigh = ok ? value : std::numeric_limits<T>::lowest();
        const double forSum = static_cast<double>(ok ? value : T{0});
        low[lane] = forLow < low[lane] ? forLow : low[lane];
        high[lane] = forHigh > high[lane] ? forHigh : high[lane];
        sum[lane] += forSum;
        squares[lane] += forSum * forSum;
        finite[lane] += ok ? 1u : 0u;
    }
};

template <typename T>
HistogramData statistics(std::span<const T> values)
{
    Lanes<T> lanes;
    std::uint64_t finite = 0;
    const auto takeFinite = [&] {
        for (auto &n : lanes.finite) {
            finite += n;
            n = 0;
        }
    };
    std::size_t i = 0;
    const std::size_t whole = values.size() / kLanes * kLanes;
    while (i < whole) {
        const std::size_t end = std::min(whole, i + (std::size_t{1} << 20)); // before a lane's count can wrap
        for (; i < end; i += kLanes)
            for (std::size_t lane = 0; lane < kLanes; ++lane)
                lanes.add(lane, values[i + lane]);
        takeFinite();
    }
    for (; i < values.size(); ++i)
        lanes.add(i - whole, values[i]);
    takeFinite();

    HistogramData data;
    data.count = static_cast<double>(finite);
    if (finite > 0) {
        data.min = static_cast<double>(*std::min_element(lanes.low.begin(), lanes.low.end()));
        data.max = static_cast<double>(*std::max_element(lanes.high.begin(), lanes.high.end()));
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        data.sum += lanes.sum[lane];
        data.sumOfSquares += lanes.squares[lane];
    }
    if (finite < values.size()) {
        data.nans = static_cast<std::uint64_t>(
            std::count_if(values.begin(), values.end(), [](T value) { return std::isnan(value); }));
        data.infinities = values.size() - finite - data.nans;
    }
    return data;
}

/// How many values fall into each bucket; values that are not finite go to the extra slot at the end.
template <typename T>
std::vector<std::uint64_t> countBuckets(std::span<const T> values, double min, double scale, int buckets)
{
    const auto slots = static_cast<std::size_t>(buckets) + 1;
    std::vector<std::uint32_t> block(4 * slots); // four tables: equal neighbours don't wait for each other
    std::vector<std::uint64_t> counts(slots);
    std::array<std::int32_t, kBlock> index;
    const double last = buckets - 1;
    for (std::size_t start = 0; start < values.size(); start += kBlock) {
        const std::size_t n = std::min(kBlock, values.size() - start);
        const T *in = values.data() + start;
        for (std::size_t i = 0; i < n; ++i) {
            const bool ok = isFinite(in[i]);
            const double at = (static_cast<double>(ok ? in[i] : T{0}) * 0.5 - min * 0.5) * scale;
            const double clamped = at < last ? (at > 0 ? at : 0) : last;
            index[i] = ok ? static_cast<std::int32_t>(clamped) : buckets;
        }
        for (std::size_t i = 0; i < n; ++i)
            ++block[(i & 3u) * slots + static_cast<std::size_t>(index[i])];
        if (start % (std::size_t{1} << 30) == 0 || start + kBlock >= values.size())
            for (std::size_t slot = 0; slot < block.size(); ++slot) {
                counts[slot % slots] += block[slot];
                block[slot] = 0;
            }
    }
    return counts;
}

template <typename T>
HistogramData histogram(std::span<const T> values, int buckets)
{
    ESPALIER_ASSERT(buckets > 0 && buckets <= 100000, "a histogram has 1 to 100000 buckets");
    HistogramData data = statistics(values);
    if (data.count == 0)
        return data;
    data.buckets.assign(static_cast<std::size_t>(buckets), {data.min, data.max, 0});
    // Halves, because max - min can pass the largest double. A range so small that its reciprocal overflows is one
    // point.
    const double halfWidth = (data.max * 0.5 - data.min * 0.5) / buckets;
    const double scale = 1 / halfWidth;
    if (!(halfWidth > 0) || !std::isfinite(scale)) {
        data.buckets.back().count = data.count; // all equal: TensorBoard's convention is the last bucket
        return data;
    }
    const auto counts = countBuckets(values, data.min, scale, buckets);
    for (std::size_t i = 0; i < data.buckets.size(); ++i) {
        HistogramBucket &bucket = data.buckets[i];
        if (i > 0)
            bucket.left = data.buckets[i - 1].right;
        if (i + 1 < data.buckets.size())
            bucket.right = data.min + halfWidth * static_cast<double>(i + 1) + halfWidth * static_cast<double>(i + 1);
        bucket.count = static_cast<double>(counts[i]);
    }
    return data;
}

} // namespace

HistogramData histogramOf(std::span<const float> values, int buckets)
{
    return histogram(values, buckets);
}

HistogramData histogramOf(std::span<const double> values, int buckets)
{
    return histogram(values, buckets);
}

HistogramData histogramOf(const Tensor &tensor, int buckets)
{
    if (tensor.dtype() == DType::Float32)
        return histogram(tensor.span<float>(), buckets);
    const Tensor wide = tensor.cast(tensor.dtype() == DType::BFloat16 ? DType::Float32 : DType::Float64);
    return wide.dtype() == DType::Float32 ? histogram(std::as_const(wide).span<float>(), buckets)
                                          : histogram(std::as_const(wide).span<double>(), buckets);
}

} // namespace espalier
