// SPDX-License-Identifier: Apache-2.0
#include "engine/data/split.h"

#include "engine/base/philox.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace espalier {
namespace {

constexpr std::int64_t kChunk = 256;

/// Takes the first fractions of `rows`; rounding favours training.
void divide(const std::vector<std::int64_t> &rows, const SplitSpec &spec, SplitRows &out)
{
    const auto n = static_cast<double>(rows.size());
    const auto test = static_cast<std::size_t>(std::floor(n * spec.test + 1e-9));
    const auto validation = static_cast<std::size_t>(std::floor(n * spec.validation + 1e-9));
    const bool all = spec.train + spec.validation + spec.test >= 1 - 1e-9;
    const std::size_t train
        = all ? rows.size() - test - validation : static_cast<std::size_t>(std::floor(n * spec.train + 1e-9));
    const auto at = [&](std::size_t i) { return rows.begin() + static_cast<std::ptrdiff_t>(i); };
    out.train.insert(out.train.end(), at(0), at(train));
    out.validation.insert(out.validation.end(), at(train), at(train + validation));
    out.test.insert(out.test.end(), at(train + validation), at(train + validation + test));
}

Result<std::vector<std::vector<std::int64_t>>> byClass(const Dataset &data, const std::string &stratify)
{
    const std::size_t dot = stratify.find('.');
    const int column = dot == std::string::npos ? findColumn(data, "", stratify)
                                                : findColumn(data, stratify.substr(0, dot), stratify.substr(dot + 1));
    if (column < 0 || data.columns()[static_cast<std::size_t>(column)].classes == 0)
        return fail(error("split.stratify",
                          "The split is to keep the shares of the classes of {0}, but there is no column of classes of "
                          "that name.",
                          stratify)
                        .at({.parameter = "/data/split/stratify"}));
    std::vector<std::int64_t> all(static_cast<std::size_t>(data.size()));
    std::iota(all.begin(), all.end(), std::int64_t{0});
    ESPALIER_TRY(const auto labels, readRows(data, all, {column}));
    std::vector<std::vector<std::int64_t>> groups(
        static_cast<std::size_t>(data.columns()[static_cast<std::size_t>(column)].classes));
    for (std::size_t i = 0; i < all.size(); ++i)
        groups[static_cast<std::size_t>(labels[0].at(static_cast<std::int64_t>(i)))].push_back(all[i]);
    return groups;
}

} // namespace

std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, std::uint64_t stream)
{
    const PhiloxKey key = philoxKey(seed, stream);
    std::vector<std::pair<std::uint64_t, std::int64_t>> keyed;
    keyed.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
        const auto w = philox4x32({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32), 0, 0}, key);
        keyed.emplace_back((std::uint64_t{w[0]} << 32) | w[1], i);
    }
    std::sort(keyed.begin(), keyed.end());
    std::vector<std::int64_t> order;
    order.reserve(keyed.size());
    for (const auto &entry : keyed)
        order.push_back(entry.second);
    return order;
}

Result<SplitRows> splitRows(const Dataset &data, const SplitSpec &spec)
{
    constexpr std::uint64_t kSplitStream = 0x73706c6974; // "split"
    SplitRows out;
    if (spec.inOrder) {
        std::vector<std::int64_t> all(static_cast<std::size_t>(data.size()));
        std::iota(all.begin(), all.end(), std::int64_t{0});
        divide(all, spec, out);
    } else if (spec.stratify.empty()) {
        divide(permutation(data.size(), spec.seed, kSplitStream), spec, out);
    } else {
        ESPALIER_TRY(const auto groups, byClass(data, spec.stratify));
        for (std::size_t c = 0; c < groups.size(); ++c) {
            std::vector<std::int64_t> mixed;
            for (const std::int64_t i :
                 permutation(static_cast<std::int64_t>(groups[c].size()), spec.seed, kSplitStream + 1 + c))
                mixed.push_back(groups[c][static_cast<std::size_t>(i)]);
            divide(mixed, spec, out);
        }
        for (auto *part : {&out.train, &out.validation, &out.test})
            std::sort(part->begin(), part->end());
    }
    if (out.train.empty())
        return fail(
            error("split.empty",
                  "The split leaves no row to train on: of {0} rows, the fraction {1} is for training. Raise it.",
                  data.size(), spec.train)
                .at({.parameter = "/data/split/train"}));
    return out;
}

Result<std::vector<Scaling>> fitScalings(const Dataset &data, const std::vector<NormalizationSpec> &specs,
                                         const std::vector<std::int64_t> &rows)
{
    std::vector<Scaling> out;
    for (const NormalizationSpec &spec : specs) {
        if (spec.method == Normalization::None)
            continue;
        const int index = findColumn(data, spec.source, spec.column);
        if (index < 0 || data.columns()[static_cast<std::size_t>(index)].type.dtype != DType::Float32)
            return fail(error("normalize.column", "There is no column {0} of numbers to normalise.", spec.column)
                            .at({.parameter = "/data/normalize"}));
        const Column &column = data.columns()[static_cast<std::size_t>(index)];
        const bool together
            = column.type.shape.rank() != 1; // one scale for a whole picture, or its pixels lose their relation
        const auto n = static_cast<std::size_t>(column.type.shape.elements().constant());
        const std::size_t groups = together ? 1 : n;
        std::vector<double> sum(groups, 0);
        std::vector<double> squares(groups, 0);
        std::vector<double> low(groups, 1e300);
        std::vector<double> high(groups, -1e300);
        for (std::size_t first = 0; first < rows.size() && spec.method != Normalization::Scale255; first += kChunk) {
            const std::span<const std::int64_t> part(rows.data() + first,
                                                     std::min<std::size_t>(kChunk, rows.size() - first));
            ESPALIER_TRY(const auto values, readRows(data, part, {index}));
            const auto x = values[0].span<float>();
            for (std::size_t i = 0; i < x.size(); ++i) {
                const std::size_t g = together ? 0 : i % n;
                const auto v = static_cast<double>(x[i]);
                sum[g] += v;
                squares[g] += v * v;
                low[g] = std::min(low[g], v);
                high[g] = std::max(high[g], v);
            }
        }
        Scaling scaling{index, std::vector<float>(n), std::vector<float>(n)};
        const double count = static_cast<double>(rows.size()) * (together ? static_cast<double>(n) : 1);
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t g = together ? 0 : i;
            double shift = 0;
            double width = 255;
            if (spec.method == Normalization::Standard) {
                shift = sum[g] / count;
                width = std::sqrt(std::max(squares[g] / count - shift * shift, 0.0));
            } else if (spec.method == Normalization::MinMax) {
                shift = low[g];
                width = high[g] - low[g];
            }
            scaling.shift[i] = static_cast<float>(shift);
            scaling.factor[i] = width > 0 ? static_cast<float>(1 / width) : 0.0F;
        }
        out.push_back(std::move(scaling));
    }
    return out;
}

} // namespace espalier
