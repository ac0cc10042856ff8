// SPDX-License-Identifier: Apache-2.0
#include "engine/data/statistics.h"

#include "engine/data/input_file.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr std::int64_t kChunk = 512;
constexpr std::size_t kBins = 32;
constexpr std::size_t kMostEntries = 64;

/// Calls visit(tensors of all columns) for chunk after chunk of the sample.
template <typename Visit>
Result<void> forChunks(const Dataset &data, const std::vector<std::int64_t> &sample, double from, double to,
                       const DataOptions &options, Visit &&visit)
{
    for (std::size_t first = 0; first < sample.size(); first += kChunk) {
        ESPALIER_CHECK(checkCancelled(options, "statistics"));
        const std::span<const std::int64_t> part(sample.data() + first,
                                                 std::min<std::size_t>(kChunk, sample.size() - first));
        ESPALIER_TRY(const std::vector<Tensor> tensors, readRows(data, part));
        visit(tensors);
        const double done = static_cast<double>(first + part.size()) / static_cast<double>(sample.size());
        if (options.progress)
            options.progress(from + (to - from) * done, "statistics");
    }
    return {};
}

std::vector<std::int64_t> chooseSample(const Dataset &data, std::span<const std::int64_t> rows, std::int64_t limit)
{
    const std::int64_t all = rows.empty() ? data.size() : std::ssize(rows);
    const std::int64_t count = limit > 0 ? std::min(limit, all) : all;
    std::vector<std::int64_t> sample;
    sample.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
        const auto at
            = static_cast<std::int64_t>(static_cast<double>(i) * static_cast<double>(all) / static_cast<double>(count));
        sample.push_back(rows.empty() ? at : rows[static_cast<std::size_t>(at)]);
    }
    return sample;
}

template <typename F>
void forValues(const Tensor &tensor, F &&use)
{
    dispatch(tensor.dtype(), [&](auto tag) {
        for (const auto value : tensor.span<decltype(tag)>())
            use(static_cast<double>(static_cast<float>(value)));
    });
}

struct Sums {
    double sum = 0;
    double squares = 0; ///< of the distance from the first value, so that large offsets cost no digits
    double origin = 0;
};

void addRange(const Tensor &tensor, std::int64_t classes, ColumnStatistics &out, Sums &sums)
{
    forValues(tensor, [&](double value) {
        if (!std::isfinite(value)) {
            ++out.notFinite;
            return;
        }
        if (out.values++ == 0) {
            out.minimum = out.maximum = sums.origin = value;
        }
        out.minimum = std::min(out.minimum, value);
        out.maximum = std::max(out.maximum, value);
        const double distance = value - sums.origin;
        sums.sum += distance;
        sums.squares += distance * distance;
        if (classes > 0 && value >= 0 && value < static_cast<double>(classes))
            ++out.classCounts[static_cast<std::size_t>(value)];
    });
}

void addHistogram(const Tensor &tensor, ColumnStatistics &out)
{
    const double width = (out.maximum - out.minimum) / static_cast<double>(kBins);
    forValues(tensor, [&](double value) {
        if (!std::isfinite(value))
            return;
        const double bin = width > 0 ? (value - out.minimum) / width : 0;
        ++out.histogram[std::min(static_cast<std::size_t>(bin), kBins - 1)];
    });
}

/// Calls use(entry, value) for the finite values of the entries that are told one by one.
template <typename Use>
void forEntries(const Tensor &tensor, std::size_t entries, Use &&use)
{
    const auto width = static_cast<std::size_t>(tensor.dims().back());
    std::size_t at = 0;
    forValues(tensor, [&](double value) {
        const std::size_t entry = at++ % width;
        if (entry < entries && std::isfinite(value))
            use(entry, value);
    });
}

void addEntryRange(const Tensor &tensor, ColumnStatistics &out, std::vector<Sums> &sums)
{
    forEntries(tensor, out.entries.size(), [&](std::size_t i, double value) {
        EntryStatistics &entry = out.entries[i];
        if (entry.values++ == 0)
            entry.minimum = entry.maximum = sums[i].origin = value;
        entry.minimum = std::min(entry.minimum, value);
        entry.maximum = std::max(entry.maximum, value);
        const double distance = value - sums[i].origin;
        sums[i].sum += distance;
        sums[i].squares += distance * distance;
    });
}

void addEntryHistogram(const Tensor &tensor, ColumnStatistics &out)
{
    forEntries(tensor, out.entries.size(), [&](std::size_t i, double value) {
        EntryStatistics &entry = out.entries[i];
        const double width = (entry.maximum - entry.minimum) / static_cast<double>(kBins);
        const double bin = width > 0 ? (value - entry.minimum) / width : 0;
        ++entry.histogram[std::min(static_cast<std::size_t>(bin), kBins - 1)];
    });
}

template <typename Into>
void finish(Into &into, const Sums &sums)
{
    const auto n = static_cast<double>(std::max<std::int64_t>(1, into.values));
    into.mean = sums.origin + sums.sum / n;
    into.deviation = std::sqrt(std::max(0.0, sums.squares / n - sums.sum / n * (sums.sum / n)));
}

} // namespace

Result<DataStatistics> computeStatistics(const Dataset &data, std::span<const std::int64_t> rows, std::int64_t limit,
                                         const DataOptions &options)
{
    const std::vector<std::int64_t> sample = chooseSample(data, rows, limit);
    const std::vector<Column> &columns = data.columns();
    DataStatistics out{std::vector<ColumnStatistics>(columns.size()), data.total(), false};
    const std::int64_t wanted = rows.empty() ? out.total.rows : std::ssize(rows);
    out.isSample = std::ssize(sample) < wanted;
    std::vector<Sums> sums(columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c)
        out.columns[c].classCounts.resize(static_cast<std::size_t>(columns[c].classes));
    std::vector<std::vector<Sums>> entrySums(columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (columns[c].type.shape.rank() == 1)
            out.columns[c].entries.resize(std::min(columns[c].elementNames.size(), kMostEntries));
        entrySums[c].resize(out.columns[c].entries.size());
    }
    ESPALIER_CHECK(forChunks(data, sample, 0, 0.5, options, [&](const std::vector<Tensor> &tensors) {
        for (std::size_t c = 0; c < columns.size(); ++c) {
            addRange(tensors[c], columns[c].classes, out.columns[c], sums[c]);
            if (!entrySums[c].empty())
                addEntryRange(tensors[c], out.columns[c], entrySums[c]);
        }
    }));
    for (std::size_t c = 0; c < columns.size(); ++c) {
        ColumnStatistics &column = out.columns[c];
        column.rows = std::ssize(sample);
        finish(column, sums[c]);
        for (std::size_t i = 0; i < column.entries.size(); ++i) {
            finish(column.entries[i], entrySums[c][i]);
            column.entries[i].histogram.resize(kBins);
        }
        if (columns[c].classes == 0)
            column.histogram.resize(kBins);
    }
    ESPALIER_CHECK(forChunks(data, sample, 0.5, 1, options, [&](const std::vector<Tensor> &tensors) {
        for (std::size_t c = 0; c < columns.size(); ++c) {
            if (columns[c].classes == 0)
                addHistogram(tensors[c], out.columns[c]);
            if (!out.columns[c].entries.empty())
                addEntryHistogram(tensors[c], out.columns[c]);
        }
    }));
    return out;
}

} // namespace espalier
