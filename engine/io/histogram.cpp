// SPDX-License-Identifier: Apache-2.0
// Two passes: range and sums, then counts. Both work on eight independent lanes that are part of the definition, so the
// bits are the same on every processor, however wide its vectors are.
#include "engine/io/histogram.h"

#include "engine/base/assert.h"
#include "engine/base/vector_clones.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace espalier {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kBlock = 512;

// Templates that are always inlined, because a cloned function can't be a template: each clone compiles its own.
#define ESPALIER_INLINE __attribute__((always_inline)) inline

using Floats = float __attribute__((vector_size(32)));
using Doubles = double __attribute__((vector_size(64)));
using Words = std::int32_t __attribute__((vector_size(32)));
using LongWords = std::int64_t __attribute__((vector_size(64)));

template <typename T>
struct Bits;
template <>
struct Bits<float> {
    using Vector = Floats;
    using Mask = Words;
    static constexpr std::int32_t kExponent = 0x7f800000;
};
template <>
struct Bits<double> {
    using Vector = Doubles;
    using Mask = LongWords;
    static constexpr std::int64_t kExponent = 0x7ff0000000000000;
};

/// Statistics of the values that count; the lanes of a vector are summed at the end, always in the same order.
struct Sums {
    double low[kLanes];
    double high[kLanes];
    double sum[kLanes];
    double squares[kLanes];
    std::uint64_t counted = 0;
};

/// The values that count, as a mask: finite, and not zero where zeros are left out (with padding they are put back by
/// their number). All exponent bits set means infinity or NaN: an integer test, exact and without a branch.
template <typename T>
struct Filter {
    using Vector = typename Bits<T>::Vector;
    using Mask = typename Bits<T>::Mask;
    Mask withZeros;

    ESPALIER_INLINE void run(const Vector &v, Mask &counts) const
    {
        Mask bits;
        std::memcpy(&bits, &v, sizeof bits);
        counts = ((bits & Bits<T>::kExponent) != Bits<T>::kExponent) & ((v != T{0}) | withZeros);
    }
};

template <typename T>
ESPALIER_INLINE void sumBlocks(const T *values, std::size_t blocks, bool countZeros, Sums &out)
{
    using Vector = typename Bits<T>::Vector;
    using Mask = typename Bits<T>::Mask;
    const Filter<T> filter{Mask{} - (countZeros ? 1 : 0)};
    const Vector most = Vector{} + std::numeric_limits<T>::max();
    const Vector zero = {};
    Vector low = most;
    Vector high = -most;
    Doubles sum = {};
    Doubles squares = {};
    LongWords counted = {};
    for (std::size_t i = 0; i < blocks; ++i) {
        Vector v;
        Mask counts;
        std::memcpy(&v, values + i * kLanes, sizeof v);
        filter.run(v, counts);
        const Vector forLow = counts ? v : most;
        const Vector forHigh = counts ? v : -most;
        low = forLow < low ? forLow : low;
        high = forHigh > high ? forHigh : high;
        const Doubles wide = __builtin_convertvector(counts ? v : zero, Doubles);
        sum += wide;
        squares += wide * wide;
        counted -= __builtin_convertvector(counts, LongWords);
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        out.low[lane] = static_cast<double>(low[lane]);
        out.high[lane] = static_cast<double>(high[lane]);
        out.sum[lane] = sum[lane];
        out.squares[lane] = squares[lane];
        out.counted += static_cast<std::uint64_t>(counted[lane]);
    }
}

/// The bucket of each value; `buckets` for those that don't count. Halves, because max - min can pass the largest
/// double.
template <typename T>
ESPALIER_INLINE void findBuckets(const T *values, std::size_t blocks, bool countZeros, double min, double scale,
                                 std::int32_t buckets, std::int32_t *index)
{
    using Vector = typename Bits<T>::Vector;
    using Mask = typename Bits<T>::Mask;
    const Filter<T> filter{Mask{} - (countZeros ? 1 : 0)};
    const Vector none = {};
    const Doubles zero = {};
    const Doubles last = zero + static_cast<double>(buckets - 1);
    const Words outside = Words{} + buckets;
    for (std::size_t i = 0; i < blocks; ++i) {
        Vector v;
        Mask counts;
        std::memcpy(&v, values + i * kLanes, sizeof v);
        filter.run(v, counts);
        const Doubles wide = __builtin_convertvector(counts ? v : none, Doubles);
        Doubles at = (wide * 0.5 - min * 0.5) * scale;
        at = at < last ? at : last;
        at = at > zero ? at : zero;
        const Words found = __builtin_convertvector(at, Words);
        const Words bucket = __builtin_convertvector(counts, Words) ? found : outside;
        std::memcpy(index + i * kLanes, &bucket, sizeof bucket);
    }
}

ESPALIER_CLONES void sums(const float *values, std::size_t blocks, bool countZeros, Sums &out)
{
    sumBlocks(values, blocks, countZeros, out);
}
ESPALIER_CLONES void sums(const double *values, std::size_t blocks, bool countZeros, Sums &out)
{
    sumBlocks(values, blocks, countZeros, out);
}
ESPALIER_CLONES void bucketsOf(const float *values, std::size_t blocks, bool countZeros, double min, double scale,
                               std::int32_t buckets, std::int32_t *index)
{
    findBuckets(values, blocks, countZeros, min, scale, buckets, index);
}
ESPALIER_CLONES void bucketsOf(const double *values, std::size_t blocks, bool countZeros, double min, double scale,
                               std::int32_t buckets, std::int32_t *index)
{
    findBuckets(values, blocks, countZeros, min, scale, buckets, index);
}

/// Values in whole blocks of lanes: the rest is filled up with NaN, which never counts.
template <typename T>
struct Tail {
    std::array<T, kLanes> values;
    std::size_t size;

    explicit Tail(std::span<const T> all)
        : size(all.size() % kLanes)
    {
        values.fill(std::numeric_limits<T>::quiet_NaN());
        std::copy(all.end() - static_cast<std::ptrdiff_t>(size), all.end(), values.begin());
    }
};

/// `padding`: this many of the zeros don't count.
template <typename T>
HistogramData statistics(std::span<const T> values, std::size_t padding)
{
    const bool countZeros = padding == 0;
    const Tail<T> tail(values);
    Sums all[2];
    sums(values.data(), values.size() / kLanes, countZeros, all[0]);
    sums(tail.values.data(), 1, countZeros, all[1]);
    HistogramData data;
    data.min = std::numeric_limits<double>::max();
    data.max = std::numeric_limits<double>::lowest();
    for (const Sums &part : all) {
        data.count += static_cast<double>(part.counted);
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            data.min = std::min(data.min, part.low[lane]);
            data.max = std::max(data.max, part.high[lane]);
            data.sum += part.sum[lane];
            data.sumOfSquares += part.squares[lane];
        }
    }
    std::size_t others = values.size() - static_cast<std::size_t>(all[0].counted + all[1].counted);
    if (!countZeros) {
        const auto zeros = static_cast<std::size_t>(std::count(values.begin(), values.end(), T{0}));
        others -= zeros;
        if (zeros > padding) {
            data.count += static_cast<double>(zeros - padding);
            data.min = std::min(data.min, 0.0);
            data.max = std::max(data.max, 0.0);
        }
    }
    if (data.count == 0)
        data.min = data.max = 0;
    if (others > 0) {
        data.nans = static_cast<std::uint64_t>(
            std::count_if(values.begin(), values.end(), [](T value) { return std::isnan(value); }));
        data.infinities = others - data.nans;
    }
    return data;
}

/// How many values fall into each bucket; values that don't count go to the extra slot at the end.
template <typename T>
std::vector<std::uint64_t> countBuckets(std::span<const T> values, bool countZeros, double min, double scale,
                                        int buckets)
{
    constexpr std::size_t kTables = 8; // equal neighbours don't wait for each other
    const auto slots = static_cast<std::size_t>(buckets) + 1;
    std::vector<std::uint32_t> tables(kTables * slots);
    std::vector<std::uint64_t> counts(slots);
    std::array<std::int32_t, kBlock> index;
    const auto take = [&](const T *from, std::size_t n) {
        bucketsOf(from, n / kLanes, countZeros, min, scale, buckets, index.data());
        for (std::size_t i = 0; i < n; i += kTables)
            for (std::size_t table = 0; table < kTables; ++table)
                ++tables[table * slots + static_cast<std::size_t>(index[i + table])];
    };
    const auto flush = [&] {
        for (std::size_t slot = 0; slot < tables.size(); ++slot) {
            counts[slot % slots] += tables[slot];
            tables[slot] = 0;
        }
    };
    const std::size_t whole = values.size() / kLanes * kLanes;
    for (std::size_t start = 0; start < whole; start += kBlock) {
        take(values.data() + start, std::min(kBlock, whole - start));
        if (start % (std::size_t{1} << 30) == 0) // before a count can wrap
            flush();
    }
    const Tail<T> tail(values);
    take(tail.values.data(), kLanes);
    flush();
    return counts;
}

template <typename T>
HistogramData histogram(std::span<const T> values, std::size_t padding, int buckets)
{
    ESPALIER_ASSERT(buckets > 0 && buckets <= 100000, "a histogram has 1 to 100000 buckets");
    HistogramData data = statistics(values, padding);
    if (data.count == 0)
        return data;
    data.buckets.assign(static_cast<std::size_t>(buckets), {data.min, data.max, 0});
    // A range so small that its reciprocal overflows is one point.
    const double halfWidth = (data.max * 0.5 - data.min * 0.5) / buckets;
    const double scale = 1 / halfWidth;
    if (!(halfWidth > 0) || !std::isfinite(scale)) {
        data.buckets.back().count = data.count; // all equal: TensorBoard's convention is the last bucket
        return data;
    }
    auto counts = countBuckets(values, padding == 0, data.min, scale, buckets);
    if (padding > 0) {
        const std::uint64_t others = data.nans + data.infinities;
        const std::uint64_t zeros = counts.back() - (kLanes - values.size() % kLanes) - others - padding;
        if (zeros > 0) {
            const double at = std::clamp(-data.min * 0.5 * scale, 0.0, static_cast<double>(buckets - 1));
            counts[static_cast<std::size_t>(at)] += zeros;
        }
    }
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
    return histogram(values, 0, buckets);
}

HistogramData histogramOf(std::span<const double> values, int buckets)
{
    return histogram(values, 0, buckets);
}

HistogramData histogramOf(const Tensor &tensor, int buckets)
{
    return histogramOfStored({static_cast<const std::byte *>(tensor.data()), tensor.bytes()}, tensor.type(), buckets);
}

HistogramData histogramOfStored(std::span<const std::byte> stored, const TensorType &type, int buckets)
{
    const std::size_t count = stored.size() / byteSize(type.dtype);
    const std::size_t padding = count - static_cast<std::size_t>(elementCount(type.shape.concrete()));
    if (type.dtype == DType::Float32)
        return histogram(std::span(reinterpret_cast<const float *>(stored.data()), count), padding, buckets);
    if (type.dtype == DType::Float64)
        return histogram(std::span(reinterpret_cast<const double *>(stored.data()), count), padding, buckets);
    Tensor flat(type.dtype, {static_cast<std::int64_t>(count)});
    std::memcpy(flat.data(), stored.data(), stored.size());
    const Tensor wide = flat.cast(DType::Float64);
    return histogram(wide.span<double>(), padding, buckets);
}

} // namespace espalier
