// SPDX-License-Identifier: Apache-2.0
#include "engine/data/findings.h"

#include "engine/data/csv_layout.h"
#include "engine/data/input_file.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"
#include "engine/data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace espalier {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 20;
constexpr std::int64_t kMostCompared = 2000; ///< rows
constexpr std::int64_t kFewestCompared = 20; ///< fewer may fall in order by chance
constexpr std::int64_t kMostEntries = 4096; ///< of a vector
constexpr double kNearlyAll = 0.9;
constexpr double kGivesAway = 0.9999; ///< correlation

std::vector<std::int64_t> spread(std::int64_t rows, std::int64_t limit)
{
    const std::int64_t count = limit > 0 ? std::min(rows, limit) : rows;
    std::vector<std::int64_t> chosen(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i)
        chosen[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(
            static_cast<double>(i) * static_cast<double>(rows) / static_cast<double>(count));
    return chosen;
}

std::string entryName(const Column &column, std::int64_t entry)
{
    const auto i = static_cast<std::size_t>(entry);
    return i < column.elementNames.size() ? column.elementNames[i] : column.name + " " + std::to_string(entry + 1);
}

void addClassProblems(const Column &column, const ColumnStatistics &found, std::vector<Error> &problems)
{
    const auto &counts = found.classCounts;
    const std::int64_t all = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
    const auto once = static_cast<std::int64_t>(std::count(counts.begin(), counts.end(), 1));
    if (once > 0 && all > std::ssize(counts))
        problems.push_back(error("data.rare",
                                 once == 1
                                     ? "{0} label of {1} occurs once, so it can be learned or tested, but not both. "
                                       "Add examples, or leave it out."
                                     : "{0} labels of {1} occur once, so each can be learned or tested, but not "
                                       "both. Add examples, or leave them out.",
                                 once, std::ssize(counts))
                               .at({.column = column.name}));
    const auto most = std::max_element(counts.begin(), counts.end());
    if (most == counts.end() || counts.size() < 2 || all < kFewestCompared)
        return;
    const auto at = static_cast<std::size_t>(most - counts.begin());
    if (static_cast<double>(*most) >= kNearlyAll * static_cast<double>(all) && *most < all)
        problems.push_back(
            error("data.imbalance",
                  "{0} of {1} rows have the label {2}: a model that always says so looks good. Watch the "
                  "other classes in the confusion matrix.",
                  *most, all, at < column.labels.size() ? column.labels[at] : std::to_string(at))
                .at({.column = column.name}));
}

struct Entry {
    std::vector<double> values;
    bool isConstant() const
    {
        return std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); });
    }
};

/// Sorted by the entry, do the classes lie one behind the other, none mixed with another?
bool separatesClasses(const Entry &entry, const std::vector<double> &target)
{
    std::vector<std::size_t> order(target.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return entry.values[a] < entry.values[b]; });
    std::map<double, std::int64_t> counts;
    for (const double label : target)
        ++counts[label];
    std::erase_if(order, [&](std::size_t i) { return counts[target[i]] == 1; }); // told as rare
    if (order.empty())
        return false;
    std::vector<double> blocks{target[order.front()]};
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (target[order[i]] == target[order[i - 1]])
            continue;
        if (entry.values[order[i]] == entry.values[order[i - 1]])
            return false; // one value, two classes
        if (std::find(blocks.begin(), blocks.end(), target[order[i]]) != blocks.end())
            return false;
        blocks.push_back(target[order[i]]);
    }
    return blocks.size() > 1;
}

bool followsLine(const Entry &entry, const std::vector<double> &target)
{
    const auto n = static_cast<double>(target.size());
    double x = 0;
    double y = 0;
    for (std::size_t i = 0; i < target.size(); ++i) {
        x += entry.values[i] / n;
        y += target[i] / n;
    }
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (std::size_t i = 0; i < target.size(); ++i) {
        xx += (entry.values[i] - x) * (entry.values[i] - x);
        yy += (target[i] - y) * (target[i] - y);
        xy += (entry.values[i] - x) * (target[i] - y);
    }
    return xx > 0 && yy > 0 && std::abs(xy) > kGivesAway * std::sqrt(xx * yy);
}

/// Columns that never change, or that say what is to be learned.
void addEntryProblems(const Column &column, const Tensor &inputs, const Column *targetColumn,
                      const std::vector<double> &target, std::vector<Error> &problems)
{
    const std::int64_t rows = inputs.dims().front();
    const std::int64_t width = inputs.dims().back();
    for (std::int64_t k = 0; k < width; ++k) {
        Entry entry;
        for (std::int64_t row = 0; row < rows; ++row)
            entry.values.push_back(inputs.at(row * width + k));
        if (std::any_of(entry.values.begin(), entry.values.end(), [](double v) { return !std::isfinite(v); }))
            continue;
        const std::string name = entryName(column, k);
        if (entry.isConstant()) {
            problems.push_back(error("data.constant", "The column {0} is always {1}: nothing can be learned from it.",
                                     name, entry.values.front())
                                   .at({.column = name}));
        } else if (targetColumn
                   && (targetColumn->classes > 0 ? separatesClasses(entry, target) : followsLine(entry, target))) {
            problems.push_back(error("data.leak",
                                     "The column {0} gives the answer away: it alone tells {1} in all {2} rows that "
                                     "were looked at. Will it be known when the model is used?",
                                     name, targetColumn->name, rows)
                                   .at({.column = name}));
        }
    }
}

} // namespace

Result<std::vector<CellCounts>> countCells(const SourceSpec &source, std::int64_t limit, const DataOptions &options)
{
    std::vector<CellCounts> counts;
    if (source.kind != "csv")
        return counts;
    const std::string path = resolvePath(parameter(source, "path").string(), options);
    ESPALIER_CHECK(requireFile(path));
    ESPALIER_TRY(const CsvLayout layout, inspectCsv(source, path));
    for (const CsvColumn &column : layout.columns)
        counts.push_back({column.name, 0, 0});
    ESPALIER_TRY(CsvRows rows, CsvRows::open(path, layout.delimiter));
    std::vector<std::string_view> cells;
    std::int64_t read = 0;
    for (bool isHeader = layout.hasHeader; (limit <= 0 || read < limit) && rows.position() < kMostBytes;
         isHeader = false) {
        ESPALIER_TRY(const bool more, rows.next(cells));
        if (!more)
            break;
        if (isHeader)
            continue;
        ++read;
        for (std::size_t i = 0; i < std::min(cells.size(), counts.size()); ++i) {
            ++counts[i].rows;
            counts[i].missing += isMissingCell(cells[i]) || isNan(cells[i]) ? 1 : 0;
        }
    }
    return counts;
}

Result<std::vector<Error>> findProblems(const Dataset &data, const DataStatistics &found, const DataOptions &options)
{
    std::vector<Error> problems;
    const auto &columns = data.columns();
    int target = -1;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        const bool isOne = columns[c].type.shape.elements().isConstant(1);
        if (columns[c].isTarget && isOne && target < 0)
            target = static_cast<int>(c);
        if (columns[c].isTarget && columns[c].classes > 0 && columns[c].type.shape.rank() == 0)
            addClassProblems(columns[c], found.columns[c], problems);
    }
    const std::vector<std::int64_t> rows = spread(data.size(), kMostCompared);
    std::vector<double> wanted;
    if (target >= 0 && std::ssize(rows) >= kFewestCompared) {
        ESPALIER_TRY(const std::vector<Tensor> read, readRows(data, rows, {target}));
        for (std::int64_t i = 0; i < std::ssize(rows); ++i)
            wanted.push_back(read.front().at(i));
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
        const Column &column = columns[c];
        if (column.isTarget || column.type.shape.rank() != 1 || column.classes > 0
            || column.type.shape.concrete().front() > kMostEntries)
            continue;
        ESPALIER_CHECK(checkCancelled(options, "problems"));
        ESPALIER_TRY(const std::vector<Tensor> read, readRows(data, rows, {static_cast<int>(c)}));
        if (std::ssize(rows) >= kFewestCompared)
            addEntryProblems(column, read.front(),
                             wanted.empty() ? nullptr : &columns[static_cast<std::size_t>(target)], wanted, problems);
    }
    return problems;
}

Result<ColumnStatistics> normalizedStatistics(const Dataset &data, const NormalizationSpec &spec, std::int64_t limit)
{
    const std::vector<std::int64_t> rows = spread(data.size(), limit);
    ESPALIER_TRY(const std::vector<Scaling> scalings, fitScalings(data, {spec}, rows));
    ColumnStatistics out;
    if (scalings.empty())
        return out;
    const Scaling &scaling = scalings.front();
    ESPALIER_TRY(const std::vector<Tensor> read, readRows(data, rows, {scaling.column}));
    const std::size_t width = std::max<std::size_t>(1, scaling.shift.size());
    double sum = 0;
    double squares = 0;
    out.rows = std::ssize(rows);
    const std::int64_t entries = elementCount(read.front().dims());
    for (std::int64_t i = 0; i < entries; ++i) {
        const std::size_t k = static_cast<std::size_t>(i) % width;
        const double value
            = (read.front().at(i) - static_cast<double>(scaling.shift[k])) * static_cast<double>(scaling.factor[k]);
        if (!std::isfinite(value))
            continue;
        out.minimum = out.values == 0 ? value : std::min(out.minimum, value);
        out.maximum = out.values == 0 ? value : std::max(out.maximum, value);
        ++out.values;
        sum += value;
        squares += value * value;
    }
    const auto n = static_cast<double>(std::max<std::int64_t>(1, out.values));
    out.mean = sum / n;
    out.deviation = std::sqrt(std::max(0.0, squares / n - out.mean * out.mean));
    return out;
}

} // namespace espalier
