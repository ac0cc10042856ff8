// SPDX-License-Identifier: Apache-2.0
// The csv source: a text table becomes features and a target.
#include "engine/data/bytes.h"
#include "engine/data/memory_dataset.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"
#include "engine/data/table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace espalier {
namespace {

bool isMissing(std::string_view cell)
{
    return cell.empty() || cell == "?" || cell == "NA" || cell == "N/A" || cell == "null";
}

std::vector<std::string> names(const SourceSpec &source, std::string_view parameterName)
{
    std::vector<std::string> out;
    for (const JsonValue &item : parameter(source, parameterName).items())
        out.push_back(item.string());
    return out;
}

class TableReader {
public:
    TableReader(const SourceSpec &source, const TextTable &table, std::string file)
        : m_source(source)
        , m_table(table)
        , m_file(std::move(file))
        , m_missing(parameter(source, "missing").string())
    {
    }

    Result<DatasetPointer> read()
    {
        ESPALIER_CHECK(chooseColumns());
        chooseRows();
        if (m_rows.empty())
            return fail(
                error(
                    "table.all-missing",
                    "Every row of {0} has a missing cell, so none is left. Choose another way to treat missing cells.",
                    m_file)
                    .at({.file = m_file}));
        std::vector<ColumnData> columns;
        ESPALIER_CHECK(readFeatures(columns));
        ESPALIER_CHECK(readTarget(columns));
        return makeMemoryDataset(std::move(columns), static_cast<std::int64_t>(m_rows.size()));
    }

private:
    Result<std::size_t> indexOf(const std::string &name) const
    {
        const auto found = std::find(m_table.names.begin(), m_table.names.end(), name);
        if (found != m_table.names.end())
            return static_cast<std::size_t>(found - m_table.names.begin());
        std::string known;
        for (std::size_t i = 0; i < std::min<std::size_t>(m_table.columns(), 12); ++i)
            known += (i ? ", " : "") + m_table.names[i];
        return fail(
            error("table.column", "{0} has no column {1}. Its columns: {2}.", m_file, name, Arg(Arg::Kind::Text, known))
                .at({.file = m_file, .column = name}));
    }

    Result<void> chooseColumns()
    {
        const std::vector<std::string> target = names(m_source, "target");
        if (target.empty())
            m_target.push_back(m_table.columns() - 1);
        for (const std::string &name : target)
            if (name != "-") {
                ESPALIER_TRY(const std::size_t column, indexOf(name));
                m_target.push_back(column);
            }
        for (const std::string &name : names(m_source, "features")) {
            ESPALIER_TRY(const std::size_t column, indexOf(name));
            m_features.push_back(column);
        }
        if (m_features.empty())
            for (std::size_t i = 0; i < m_table.columns(); ++i)
                if (std::find(m_target.begin(), m_target.end(), i) == m_target.end())
                    m_features.push_back(i);
        for (const std::string &name : names(m_source, "categorical")) {
            ESPALIER_TRY(const std::size_t column, indexOf(name));
            m_categorical.insert(column);
        }
        return {};
    }

    void chooseRows()
    {
        for (std::size_t row = 0; row < m_table.rows(); ++row) {
            const auto missing = [&](std::size_t column) { return isMissing(m_table.cell(row, column)); };
            if (m_missing == "drop"
                && (std::any_of(m_features.begin(), m_features.end(), missing)
                    || std::any_of(m_target.begin(), m_target.end(), missing)))
                continue;
            m_rows.push_back(row);
        }
    }

    Error cellError(std::string_view code, std::string_view text, std::size_t row, std::size_t column) const
    {
        const std::int64_t line = m_table.lines[row];
        return error(code, text, m_file, m_table.names[column], line,
                     std::string(m_table.cell(row, column).substr(0, 40)))
            .at({.file = m_file, .line = line, .column = m_table.names[column]});
    }

    bool isText(std::size_t column) const
    {
        double ignored = 0;
        std::size_t texts = 0;
        const std::size_t look = std::min<std::size_t>(m_rows.size(), 200);
        for (std::size_t i = 0; i < look; ++i) {
            const std::string_view cell = m_table.cell(m_rows[i], column);
            texts += !isMissing(cell) && !parseNumber(cell, ignored) && cell != "nan" && cell != "NaN" ? 1 : 0;
        }
        return texts * 2 > look; // a stray word among numbers is a mistake, not a category
    }

    Result<std::vector<float>> numbers(std::size_t column) const
    {
        std::vector<float> values;
        std::vector<std::size_t> holes;
        double sum = 0;
        for (const std::size_t row : m_rows) {
            const std::string_view cell = m_table.cell(row, column);
            double value = 0;
            if (isMissing(cell)) {
                if (m_missing != "mean")
                    return fail(cellError("table.missing",
                                          "{0}, column {1}, line {2}: the cell is empty. Fill it in, or let missing "
                                          "cells be dropped or filled with the mean.",
                                          row, column));
                holes.push_back(values.size());
            } else if (!parseNumber(cell, value)) {
                const bool nan = cell == "nan" || cell == "NaN" || cell == "inf" || cell == "-inf";
                return fail(cellError(
                    nan ? "table.nan" : "table.number",
                    nan ? "{0}, column {1}, line {2}: {3} is no number to learn from. Correct or remove the row."
                        : "{0}, column {1}, line {2}: a number is needed, but the cell says {3}. Correct it, or "
                          "declare the column as categorical.",
                    row, column));
            }
            sum += value;
            values.push_back(static_cast<float>(value));
        }
        for (const std::size_t hole : holes)
            values[hole]
                = static_cast<float>(sum / static_cast<double>(std::max<std::size_t>(values.size() - holes.size(), 1)));
        return values;
    }

    /// Sorted different values; whole numbers by size.
    std::vector<std::string> categories(std::size_t column) const
    {
        std::set<std::string> all;
        bool numeric = true;
        double value = 0;
        for (const std::size_t row : m_rows) {
            const std::string_view cell = m_table.cell(row, column);
            if (isMissing(cell))
                continue;
            all.emplace(cell);
            numeric = numeric && parseNumber(cell, value);
        }
        std::vector<std::string> sorted(all.begin(), all.end());
        if (numeric)
            std::sort(sorted.begin(), sorted.end(), [](const std::string &a, const std::string &b) {
                double x = 0;
                double y = 0;
                parseNumber(a, x);
                parseNumber(b, y);
                return x < y;
            });
        return sorted;
    }

    Result<std::vector<std::int64_t>> classes(std::size_t column, const std::vector<std::string> &labels) const
    {
        std::map<std::string_view, std::int64_t> index;
        for (std::size_t i = 0; i < labels.size(); ++i)
            index[labels[i]] = static_cast<std::int64_t>(i);
        std::vector<std::int64_t> values;
        for (const std::size_t row : m_rows) {
            const auto found = index.find(m_table.cell(row, column));
            if (found == index.end())
                return fail(cellError(
                    isMissing(m_table.cell(row, column)) ? "table.missing" : "table.class",
                    "{0}, column {1}, line {2}: {3} is none of the classes. Correct it, or add it to the class names.",
                    row, column));
            values.push_back(found->second);
        }
        return values;
    }

    Result<void> readFeatures(std::vector<ColumnData> &out)
    {
        std::vector<std::vector<float>> parts;
        std::vector<std::string> elementNames;
        const bool asIndex = parameter(m_source, "encoding").string() == "index";
        for (const std::size_t column : m_features) {
            if (!m_categorical.contains(column) && !isText(column)) {
                ESPALIER_TRY(auto values, numbers(column));
                parts.push_back(std::move(values));
                elementNames.push_back(m_table.names[column]);
                continue;
            }
            const std::vector<std::string> labels = categories(column);
            ESPALIER_TRY(auto values, classes(column, labels));
            if (asIndex) {
                Column c{m_source.id,
                         m_table.names[column],
                         {DType::Int64, Shape{}},
                         static_cast<std::int64_t>(labels.size()),
                         labels,
                         {},
                         false};
                out.push_back({std::move(c), std::move(values)});
                continue;
            }
            for (std::size_t k = 0; k < labels.size(); ++k) {
                std::vector<float> hot;
                for (const std::int64_t v : values)
                    hot.push_back(v == static_cast<std::int64_t>(k) ? 1.0F : 0.0F);
                parts.push_back(std::move(hot));
                elementNames.push_back(m_table.names[column] + " = " + labels[k]);
            }
        }
        if (!parts.empty())
            out.insert(out.begin(), interleave("features", parts, elementNames, false));
        return {};
    }

    ColumnData interleave(const char *name, const std::vector<std::vector<float>> &parts,
                          std::vector<std::string> elementNames, bool isTarget) const
    {
        std::vector<float> values(m_rows.size() * parts.size());
        for (std::size_t k = 0; k < parts.size(); ++k)
            for (std::size_t i = 0; i < m_rows.size(); ++i)
                values[i * parts.size() + k] = parts[k][i];
        const auto width = static_cast<std::int64_t>(parts.size());
        return {Column{m_source.id, name, {DType::Float32, Shape{width}}, 0, {}, std::move(elementNames), isTarget},
                std::move(values)};
    }

    bool targetIsClass(std::size_t column) const
    {
        const std::string &type = parameter(m_source, "target_type").string();
        if (type != "auto")
            return type == "class";
        if (isText(column))
            return true;
        const std::vector<std::string> all = categories(column);
        double value = 0;
        return all.size() <= 20 && std::all_of(all.begin(), all.end(), [&](const std::string &s) {
                   return parseNumber(s, value) && value == std::floor(value) && value >= 0;
               });
    }

    Result<void> readTarget(std::vector<ColumnData> &out)
    {
        if (m_target.empty())
            return {};
        if (m_target.size() == 1 && targetIsClass(m_target[0])) {
            std::vector<std::string> labels = names(m_source, "labels");
            const bool given = !labels.empty();
            if (!given)
                labels = categories(m_target[0]);
            auto values = classes(m_target[0], labels);
            if (!values && given) { // names for classes that are written as numbers from 0 on
                std::vector<std::string> numbersFromZero;
                for (std::size_t i = 0; i < labels.size(); ++i)
                    numbersFromZero.push_back(std::to_string(i));
                values = classes(m_target[0], numbersFromZero);
            }
            if (!values)
                return fail(std::move(values).error());
            out.push_back({Column{m_source.id,
                                  "label",
                                  {DType::Int64, Shape{}},
                                  static_cast<std::int64_t>(labels.size()),
                                  labels,
                                  {},
                                  true},
                           std::move(*values)});
            return {};
        }
        std::vector<std::vector<float>> parts;
        std::vector<std::string> elementNames;
        for (const std::size_t column : m_target) {
            ESPALIER_TRY(auto values, numbers(column));
            parts.push_back(std::move(values));
            elementNames.push_back(m_table.names[column]);
        }
        out.push_back(interleave("target", parts, std::move(elementNames), true));
        return {};
    }

    const SourceSpec &m_source;
    const TextTable &m_table;
    std::string m_file;
    std::string m_missing;
    std::vector<std::size_t> m_features;
    std::vector<std::size_t> m_target;
    std::set<std::size_t> m_categorical;
    std::vector<std::size_t> m_rows;
};

char delimiterOf(const std::string &name)
{
    return name == "comma"    ? ','
        : name == "semicolon" ? ';'
        : name == "tab"       ? '\t'
        : name == "pipe"      ? '|'
        : name == "space"     ? ' '
                              : '\0';
}

} // namespace

Result<DatasetPointer> openTable(const SourceSpec &source, const DataOptions &options)
{
    const std::string file = resolvePath(parameter(source, "path").string(), options);
    ESPALIER_TRY(const std::string text, readData(file, options.memoryLimit));
    const std::string &header = parameter(source, "header").string();
    ESPALIER_TRY(const TextTable table,
                 parseTable(text, delimiterOf(parameter(source, "delimiter").string()),
                            header == "names"      ? Header::Names
                                : header == "data" ? Header::Data
                                                   : Header::Auto,
                            file));
    return TableReader(source, table, file).read();
}

} // namespace espalier
