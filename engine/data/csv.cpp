// SPDX-License-Identifier: Apache-2.0
// The csv source: one pass over the table turns rows into records; what only the whole table can tell (classes, means)
// is decided at its end and applied when rows are read.
#include "engine/data/content_hash.h"
#include "engine/data/csv_layout.h"
#include "engine/data/record_dataset.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>
#include <unordered_map>

namespace espalier {
namespace {

using Use = CsvColumn::Use;
constexpr std::size_t kMaxCategories = 65536;
constexpr std::size_t kMaxOneHot = 4096;
constexpr std::size_t kMaxAutoClasses = 20;
constexpr std::int32_t kMissing = -1;

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

/// What one pass learns of a column.
struct Seen {
    std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>> codes; ///< by first appearance
    std::vector<std::string> values; ///< of the codes
    std::vector<std::int64_t> counts; ///< of the codes, over rows that were kept
    std::vector<std::string> labels; ///< given by the person
    double sum = 0;
    std::int64_t numbers = 0;
    bool hasMissing = false;
    std::set<float> wholes; ///< while the target may be one of classes
    bool mayBeClass = false;
};

class CsvReader {
public:
    CsvReader(const SourceSpec &source, const std::string &path, CsvLayout layout, const DataOptions &options)
        : m_source(source)
        , m_path(path)
        , m_layout(std::move(layout))
        , m_options(options)
        , m_missing(parameter(source, "missing").string())
        , m_seen(m_layout.columns.size())
        , m_record(std::max<std::size_t>(m_layout.slots, 1))
    {
        for (const std::size_t i : m_layout.targets) {
            m_seen[i].mayBeClass = m_layout.mayBeClass;
            for (const JsonValue &label : parameter(source, "labels").items()) {
                m_seen[i].codes.emplace(label.string(), static_cast<std::int32_t>(m_seen[i].labels.size()));
                m_seen[i].labels.push_back(label.string());
                m_seen[i].values.push_back(label.string());
                m_seen[i].counts.push_back(0);
            }
        }
    }

    Result<DatasetPointer> read(const std::string &key, std::uint64_t fingerprint)
    {
        ESPALIER_TRY(CsvRows rows, CsvRows::open(m_path, m_layout.delimiter));
        RecordWriter writer(m_record.size() * sizeof(std::uint32_t), key, m_options);
        std::vector<std::string_view> cells;
        RowCount total;
        for (bool isHeader = m_layout.hasHeader;; isHeader = false) {
            ESPALIER_TRY(const bool more, rows.next(cells));
            if (!more)
                break;
            m_line = rows.line();
            ESPALIER_CHECK(checkWidth(cells));
            if (isHeader)
                continue;
            ESPALIER_TRY(const bool kept, convert(cells));
            if (!kept)
                continue;
            ESPALIER_CHECK(writer.append(m_record.data(), m_record.size() * sizeof(std::uint32_t)));
            if (m_options.maxRows > 0 && writer.size() >= m_options.maxRows) {
                total = estimate(rows, writer.size());
                break;
            }
            if (writer.size() % 8192 == 0)
                ESPALIER_CHECK(report(rows));
        }
        if (writer.size() == 0)
            return fail(nothingLeft());
        if (total.rows == 0)
            total.rows = writer.size();
        ESPALIER_CHECK(checkFilled());
        ESPALIER_TRY(std::vector<RecordColumn> columns, makeColumns());
        ESPALIER_TRY(RecordStorePointer records, writer.finish(recordColumnsText(columns)));
        return makeRecordDataset(std::move(records), std::move(columns), fingerprint, total);
    }

private:
    Result<void> report(const CsvRows &rows) const
    {
        ESPALIER_CHECK(checkCancelled(m_options, m_path));
        if (m_options.progress)
            m_options.progress(rows.progress(), m_path);
        return {};
    }

    RowCount estimate(const CsvRows &rows, std::int64_t read) const
    {
        const double share = rows.share();
        const double all = share > 0 ? static_cast<double>(read) / share : static_cast<double>(read);
        return {std::max(read, static_cast<std::int64_t>(all)), false};
    }

    Error nothingLeft() const
    {
        if (m_missing == "drop" && m_dropped) {
            return error("table.all-missing",
                         "Every row of {0} has a missing cell, so none is left. Choose fewer columns, or fill in the "
                         "mean.",
                         m_path)
                .at({.file = m_path});
        }
        return error("table.empty", "{0} holds no rows of data below its names.", m_path).at({.file = m_path});
    }

    Result<void> checkWidth(const std::vector<std::string_view> &cells) const
    {
        if (cells.size() == m_layout.columns.size())
            return {};
        return fail(
            error("table.ragged",
                  "{0}, line {1}: the row has {2} cells, but the first one has {3}. Check delimiters and quotes "
                  "there.",
                  m_path, m_line, cells.size(), m_layout.columns.size())
                .at({.file = m_path, .line = m_line}));
    }

    Error cellError(std::string_view code, std::string_view text, std::size_t column, std::string_view cell) const
    {
        const std::string &name = m_layout.columns[column].name;
        return error(code, text, m_path, name, m_line, std::string(cell.substr(0, 40)))
            .at({.file = m_path, .line = m_line, .column = name});
    }

    /// Fills m_record; false where the row is left out.
    Result<bool> convert(const std::vector<std::string_view> &cells)
    {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const CsvColumn &column = m_layout.columns[i];
            if (column.use == Use::Skip)
                continue;
            float number = 0;
            std::int32_t code = kMissing;
            if (column.use == Use::Number && parseReal(cells[i], number)) {
                std::memcpy(&m_record[column.slot], &number, sizeof number);
            } else if (isMissingCell(cells[i]) || (m_missing != "refuse" && isNan(cells[i]))) {
                ESPALIER_TRY(const bool goesOn, missing(i, cells[i]));
                if (!goesOn)
                    return false;
            } else if (column.use == Use::Number) {
                return fail(noNumber(i, cells[i]));
            } else {
                ESPALIER_TRY(code, codeOf(i, cells[i]));
                std::memcpy(&m_record[column.slot], &code, sizeof code);
            }
        }
        for (std::size_t i = 0; i < cells.size(); ++i)
            learn(i);
        return true;
    }

    Result<bool> missing(std::size_t i, std::string_view cell)
    {
        const CsvColumn &column = m_layout.columns[i];
        if (m_missing == "drop") {
            m_dropped = true;
            return false;
        }
        if (m_missing == "refuse" || column.isTarget) {
            return fail(cellError(
                "table.missing",
                column.isTarget ? "{0}, column {1}, line {2}: the target is missing. Fill it in, or let rows with "
                                  "missing cells be dropped."
                                : "{0}, column {1}, line {2}: the cell is missing. Fill it in, or let missing cells "
                                  "be dropped or filled with the mean.",
                i, cell));
        }
        const float nan = std::nanf("");
        const std::int32_t code = kMissing;
        std::memcpy(&m_record[column.slot],
                    column.use == Use::Number ? static_cast<const void *>(&nan) : static_cast<const void *>(&code), 4);
        m_seen[i].hasMissing = true;
        return true;
    }

    Error noNumber(std::size_t i, std::string_view cell) const
    {
        std::string lower(cell.substr(cell.starts_with('-') || cell.starts_with('+') ? 1 : 0));
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
        if (lower == "nan") {
            return cellError(
                "table.nan",
                "{0}, column {1}, line {2}: the cell is NaN, which no model can learn from. Correct it, or "
                "let missing cells be dropped or filled with the mean.",
                i, cell);
        }
        if (lower == "inf" || lower == "infinity") {
            return cellError("table.infinite",
                             "{0}, column {1}, line {2}: {3} is no number to learn from. Correct or remove the row.", i,
                             cell);
        }
        return cellError("table.number",
                         "{0}, column {1}, line {2}: a number is needed, but the cell says \"{3}\". Correct it, or "
                         "name the column as categorical.",
                         i, cell);
    }

    Result<std::int32_t> codeOf(std::size_t i, std::string_view cell)
    {
        Seen &seen = m_seen[i];
        if (const auto found = seen.codes.find(cell); found != seen.codes.end())
            return found->second;
        if (!seen.labels.empty()) { // names for classes that the file numbers from 0 on
            float number = 0;
            const auto classes = static_cast<std::int64_t>(seen.labels.size());
            if (!parseReal(cell, number) || number != std::floor(number)) {
                return fail(
                    cellError("table.class",
                              "{0}, column {1}, line {2}: \"{3}\" is none of the class names. Correct it, or add "
                              "it to them.",
                              i, cell));
            }
            if (number < 0 || number >= static_cast<float>(classes)) {
                const std::string &name = m_layout.columns[i].name;
                return fail(error("table.class-range",
                                  "{0}, column {1}, line {2}: the class {3} is out of range: there are {4} classes, 0 "
                                  "to {5}. Correct it, or add class names.",
                                  m_path, name, m_line, std::string(cell.substr(0, 40)), classes, classes - 1)
                                .at({.file = m_path, .line = m_line, .column = name}));
            }
            return static_cast<std::int32_t>(number);
        }
        if (seen.values.size() >= kMaxCategories) {
            return fail(cellError("table.categories",
                                  "{0}, column {1}: it has more than 65,536 different values by line {2}. It seems to "
                                  "number the rows: leave it out of the features.",
                                  i, cell));
        }
        const auto code = static_cast<std::int32_t>(seen.values.size());
        seen.codes.emplace(cell, code);
        seen.values.emplace_back(cell);
        seen.counts.push_back(0);
        return code;
    }

    /// Counts the kept row.
    void learn(std::size_t i)
    {
        const CsvColumn &column = m_layout.columns[i];
        Seen &seen = m_seen[i];
        if (column.use == Use::Category) {
            std::int32_t code = 0;
            std::memcpy(&code, &m_record[column.slot], sizeof code);
            if (code != kMissing)
                ++seen.counts[static_cast<std::size_t>(code)];
        } else if (column.use == Use::Number) {
            float number = 0;
            std::memcpy(&number, &m_record[column.slot], sizeof number);
            if (std::isnan(number))
                return;
            seen.sum += static_cast<double>(number);
            ++seen.numbers;
            if (seen.mayBeClass) {
                seen.wholes.insert(number);
                seen.mayBeClass = number == std::floor(number) && std::abs(number) < 16777216.0F && number >= 0
                    && seen.wholes.size() <= kMaxAutoClasses;
            }
        }
    }

    /// Labels in order, and the way from codes to them. A missing value takes the most common one (code -1 can't index,
    /// so it is moved by one).
    void sortClasses(const Seen &seen, std::vector<std::string> &labels, std::vector<std::int64_t> &remap) const
    {
        std::vector<std::size_t> order;
        bool areNumbers = true;
        std::vector<float> numbers(seen.values.size());
        for (std::size_t code = 0; code < seen.values.size(); ++code) {
            if (seen.counts[code] == 0 && seen.labels.empty())
                continue;
            order.push_back(code);
            areNumbers = parseReal(seen.values[code], numbers[code]) && areNumbers;
        }
        if (seen.labels.empty()) {
            std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
                if (areNumbers && numbers[a] != numbers[b])
                    return numbers[a] < numbers[b];
                return seen.values[a] < seen.values[b];
            });
        }
        remap.assign(seen.values.size() + 1, 0);
        std::size_t common = 0;
        for (std::size_t i = 0; i < order.size(); ++i) {
            labels.push_back(seen.values[order[i]]);
            remap[order[i] + 1] = static_cast<std::int64_t>(i);
            common = seen.counts[order[i]] > seen.counts[order[common]] ? i : common;
        }
        remap[0] = static_cast<std::int64_t>(common);
    }

    std::size_t offsetOf(std::size_t i) const { return m_layout.columns[i].slot * sizeof(std::uint32_t); }

    /// Columns of numbers that lie side by side.
    RecordField reals(std::span<const std::size_t> columns) const
    {
        RecordField field{RecordField::Kind::Reals, offsetOf(columns.front()), columns.size(), 0, 1, {}, {}};
        bool hasMissing = false;
        for (const std::size_t i : columns) {
            const Seen &seen = m_seen[i];
            field.fill.push_back(
                static_cast<float>(seen.sum / static_cast<double>(std::max<std::int64_t>(1, seen.numbers))));
            hasMissing = hasMissing || seen.hasMissing;
        }
        if (!hasMissing)
            field.fill.clear();
        return field;
    }

    std::vector<std::string> namesOf(std::span<const std::size_t> columns) const
    {
        std::vector<std::string> names;
        for (const std::size_t i : columns)
            names.push_back(m_layout.columns[i].name);
        return names;
    }

    RecordColumn classColumn(std::size_t i, const std::string &name) const
    {
        RecordField field{RecordField::Kind::Class, offsetOf(i), 1, 0, 1, {}, {}};
        std::vector<std::string> labels;
        sortClasses(m_seen[i], labels, field.remap);
        const auto classes = static_cast<std::int64_t>(labels.size());
        return {
            {m_source.id, name, {DType::Int64, Shape{}}, classes, std::move(labels), {}, m_layout.columns[i].isTarget},
            {std::move(field)}};
    }

    Result<std::vector<RecordColumn>> makeColumns() const
    {
        std::vector<RecordColumn> columns;
        const auto &features = m_layout.features;
        const auto isNumber = [&](std::size_t i) { return m_layout.columns[i].use == Use::Number; };
        const auto split
            = static_cast<std::size_t>(std::find_if_not(features.begin(), features.end(), isNumber) - features.begin());
        const std::span<const std::size_t> numbers(features.data(), split);
        RecordColumn vector{{m_source.id, "features", {}, 0, {}, namesOf(numbers), false}, {}};
        if (!numbers.empty())
            vector.fields.push_back(reals(numbers));
        const bool asIndex = parameter(m_source, "encoding").string() == "index";
        for (std::size_t k = split; k < features.size(); ++k) {
            RecordColumn one = classColumn(features[k], m_layout.columns[features[k]].name);
            if (asIndex) {
                columns.push_back(std::move(one));
                continue;
            }
            if (one.column.labels.size() > kMaxOneHot)
                return fail(tooManyValues(features[k], one.column.classes));
            RecordField &field = one.fields.front();
            field.kind = RecordField::Kind::OneHot;
            field.first = vector.column.elementNames.size();
            field.width = one.column.labels.size();
            for (const std::string &label : one.column.labels)
                vector.column.elementNames.push_back(one.column.name + " = " + label);
            vector.fields.push_back(std::move(field));
        }
        if (!vector.fields.empty()) {
            const auto width = static_cast<std::int64_t>(vector.column.elementNames.size());
            vector.column.type = {DType::Float32, Shape{width}};
            columns.insert(columns.begin(), std::move(vector));
        }
        if (!m_layout.targets.empty())
            columns.push_back(targetColumn());
        return columns;
    }

    /// A column without any value has neither a mean nor classes.
    Result<void> checkFilled() const
    {
        for (std::size_t i = 0; i < m_layout.columns.size(); ++i) {
            const CsvColumn &column = m_layout.columns[i];
            const Seen &seen = m_seen[i];
            const bool isEmpty = column.use == Use::Number ? seen.numbers == 0
                : column.use == Use::Category
                ? std::all_of(seen.counts.begin(), seen.counts.end(), [](std::int64_t n) { return n == 0; })
                : false;
            if (isEmpty) {
                return fail(error("table.column-empty",
                                  "The column {0} of {1} holds no value in any row. Leave it out of the features.",
                                  column.name, m_path)
                                .at({.file = m_path, .column = column.name}));
            }
        }
        return {};
    }

    Error tooManyValues(std::size_t i, std::int64_t values) const
    {
        const std::string &name = m_layout.columns[i].name;
        return error("table.one-hot",
                     "The column {0} of {1} has {2} different values, too many for an entry of the features each. "
                     "Leave it out of the features, or encode categories by index.",
                     name, m_path, values)
            .at({.file = m_path, .column = name});
    }

    RecordColumn targetColumn() const
    {
        const std::size_t i = m_layout.targets.front();
        const Seen &seen = m_seen[i];
        if (m_layout.columns[i].use == Use::Category)
            return classColumn(i, "label");
        if (seen.mayBeClass) {
            RecordField field{RecordField::Kind::ClassOfReal, offsetOf(i), 1, 0, 1, {}, {}};
            field.fill.assign(seen.wholes.begin(), seen.wholes.end());
            std::vector<std::string> labels;
            for (const float value : field.fill)
                labels.push_back(std::to_string(static_cast<std::int64_t>(value)));
            const auto classes = static_cast<std::int64_t>(labels.size());
            return {{m_source.id, "label", {DType::Int64, Shape{}}, classes, std::move(labels), {}, true},
                    {std::move(field)}};
        }
        const auto width = static_cast<std::int64_t>(m_layout.targets.size());
        return {{m_source.id, "target", {DType::Float32, Shape{width}}, 0, {}, namesOf(m_layout.targets), true},
                {reals(m_layout.targets)}};
    }

    const SourceSpec &m_source;
    const std::string &m_path;
    const CsvLayout m_layout;
    const DataOptions &m_options;
    const std::string m_missing;
    std::vector<Seen> m_seen;
    std::vector<std::uint32_t> m_record;
    std::int64_t m_line = 0;
    bool m_dropped = false;
};

} // namespace

Result<DatasetPointer> openTable(const SourceSpec &source, const DataOptions &options)
{
    const std::string path = resolvePath(parameter(source, "path").string(), options);
    ESPALIER_CHECK(requireFile(path));
    ESPALIER_TRY(const SourceIdentity identity, identify(source, path));
    if (options.maxRows == 0) {
        if (auto cached = openCachedRecords(identity.cacheKey, options)) {
            auto columns = parseRecordColumns((*cached)->meta(), source.id, (*cached)->recordBytes());
            const RowCount total{(*cached)->size(), true};
            if (columns)
                return makeRecordDataset(std::move(*cached), std::move(*columns), identity.fingerprint, total);
        }
    }
    ESPALIER_TRY(CsvLayout layout, inspectCsv(source, path));
    return CsvReader(source, path, std::move(layout), options).read(identity.cacheKey, identity.fingerprint);
}

} // namespace espalier
