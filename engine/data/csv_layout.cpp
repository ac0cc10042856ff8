// SPDX-License-Identifier: Apache-2.0
#include "engine/data/csv_layout.h"

#include "engine/data/source_kinds.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::size_t kSampleRows = 500;
constexpr std::uint64_t kSampleBytes = std::uint64_t{1} << 20;
using Row = std::vector<std::string>;

char delimiterOf(const std::string &name)
{
    constexpr std::pair<std::string_view, char> kNames[]
        = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"pipe", '|'}, {"space", ' '}};
    for (const auto &[word, character] : kNames) {
        if (word == name)
            return character;
    }
    return 0;
}

bool isReal(const std::string &cell)
{
    float ignored = 0;
    return parseReal(cell, ignored);
}

Result<std::vector<Row>> sampleRows(const std::string &path, CsvLayout &layout)
{
    ESPALIER_TRY(CsvRows rows, CsvRows::open(path, layout.delimiter));
    layout.delimiter = rows.delimiter();
    std::vector<Row> sample;
    std::vector<std::string_view> cells;
    while (sample.size() < kSampleRows && (sample.empty() || rows.position() < kSampleBytes)) {
        ESPALIER_TRY(const bool more, rows.next(cells));
        if (!more)
            break;
        sample.emplace_back(cells.begin(), cells.end());
    }
    if (sample.empty())
        return fail(error("table.empty", "{0} is empty: it holds no rows.", path).at({.file = path}));
    return sample;
}

/// Names and no number in the first row, and what follows differs in kind or the names are all different.
bool looksLikeHeader(const std::vector<Row> &sample)
{
    const Row &first = sample.front();
    if (std::any_of(first.begin(), first.end(), [](const std::string &c) { return c.empty() || isReal(c); }))
        return false;
    Row sorted = first;
    std::sort(sorted.begin(), sorted.end());
    return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

class LayoutMaker {
public:
    LayoutMaker(const SourceSpec &source, const std::string &path)
        : m_source(source)
        , m_path(path)
    {
    }

    Result<CsvLayout> make()
    {
        m_layout.delimiter = delimiterOf(parameter(m_source, "delimiter").string());
        ESPALIER_TRY(m_sample, sampleRows(m_path, m_layout));
        nameColumns();
        ESPALIER_TRY(m_layout.targets, choose("target"));
        const JsonValue::Array &target = parameter(m_source, "target").items();
        if (target.empty())
            m_layout.targets.push_back(m_layout.columns.size() - 1);
        ESPALIER_TRY(m_layout.features, choose("features"));
        if (m_layout.features.empty()) {
            for (std::size_t i = 0; i < m_layout.columns.size(); ++i) {
                if (std::find(m_layout.targets.begin(), m_layout.targets.end(), i) == m_layout.targets.end())
                    m_layout.features.push_back(i);
            }
        }
        ESPALIER_TRY(const std::vector<std::size_t> categorical, choose("categorical"));
        for (const std::size_t i : m_layout.features) {
            const bool asked = std::find(categorical.begin(), categorical.end(), i) != categorical.end();
            m_layout.columns[i].use = asked || isText(i) ? CsvColumn::Use::Category : CsvColumn::Use::Number;
        }
        chooseTargets(categorical);
        ESPALIER_CHECK(checkTwice());
        giveSlots();
        return std::move(m_layout);
    }

private:
    void nameColumns()
    {
        const std::string &header = parameter(m_source, "header").string();
        m_layout.hasHeader = header == "names" || (header == "auto" && looksLikeHeader(m_sample));
        for (std::size_t i = 0; i < m_sample.front().size(); ++i) {
            CsvColumn column;
            column.name = m_layout.hasHeader ? m_sample.front()[i] : std::string();
            if (column.name.empty())
                column.name = "column " + std::to_string(i + 1);
            m_layout.columns.push_back(std::move(column));
        }
        if (m_layout.hasHeader)
            m_sample.erase(m_sample.begin());
    }

    Result<std::vector<std::size_t>> choose(std::string_view which) const
    {
        std::vector<std::size_t> chosen;
        for (const JsonValue &item : parameter(m_source, which).items()) {
            if (which == "target" && item.string() == "-")
                continue;
            const auto found = std::find_if(m_layout.columns.begin(), m_layout.columns.end(),
                                            [&](const CsvColumn &c) { return c.name == item.string(); });
            if (found == m_layout.columns.end())
                return fail(unknownColumn(item.string()));
            chosen.push_back(static_cast<std::size_t>(found - m_layout.columns.begin()));
        }
        return chosen;
    }

    Error unknownColumn(const std::string &wanted) const
    {
        std::string known;
        for (std::size_t i = 0; i < std::min<std::size_t>(m_layout.columns.size(), 12); ++i)
            known += (i ? ", " : "") + m_layout.columns[i].name;
        known += m_layout.columns.size() > 12 ? ", ..." : "";
        return error("table.column", "{0} has no column {1}. Its columns are: {2}.", m_path, wanted,
                     Arg(Arg::Kind::Text, known))
            .at({.file = m_path, .column = wanted});
    }

    bool isText(std::size_t column) const
    {
        std::size_t texts = 0;
        std::size_t cells = 0;
        for (const Row &row : m_sample) {
            if (column >= row.size() || isMissingCell(row[column]) || isNan(row[column]))
                continue;
            ++cells;
            texts += isReal(row[column]) ? 0 : 1;
        }
        return texts * 2 > cells;
    }

    void chooseTargets(const std::vector<std::size_t> &categorical)
    {
        const std::string &type = parameter(m_source, "target_type").string();
        const bool named = !parameter(m_source, "labels").items().empty();
        for (const std::size_t i : m_layout.targets) {
            const bool isCategory = type == "class" || named
                || (type == "auto"
                    && (isText(i) || std::find(categorical.begin(), categorical.end(), i) != categorical.end()));
            m_layout.columns[i].isTarget = true;
            m_layout.columns[i].use = isCategory ? CsvColumn::Use::Category : CsvColumn::Use::Number;
            m_layout.mayBeClass = type == "auto" && !isCategory && m_layout.targets.size() == 1;
        }
    }

    Result<void> checkTwice() const
    {
        for (const std::size_t i : m_layout.targets) {
            const CsvColumn &column = m_layout.columns[i];
            if (std::find(m_layout.features.begin(), m_layout.features.end(), i) != m_layout.features.end()) {
                return fail(error("table.twice",
                                  "The column {0} is a feature and the target of {1}: a model would only copy it. "
                                  "Leave it out of one of them.",
                                  column.name, m_path)
                                .at({.file = m_path, .column = column.name}));
            }
            if (column.use == CsvColumn::Use::Category && m_layout.targets.size() > 1) {
                return fail(error("table.targets",
                                  "{0} has {1} target columns, and {2} is one of classes. Several targets must all be "
                                  "numbers: name one target.",
                                  m_path, m_layout.targets.size(), column.name)
                                .at({.file = m_path, .column = column.name}));
            }
        }
        return {};
    }

    void giveSlots()
    {
        std::stable_partition(m_layout.features.begin(), m_layout.features.end(),
                              [&](std::size_t i) { return m_layout.columns[i].use == CsvColumn::Use::Number; });
        for (const auto *part : {&m_layout.features, &m_layout.targets}) {
            for (const std::size_t i : *part)
                m_layout.columns[i].slot = m_layout.slots++;
        }
    }

    const SourceSpec &m_source;
    const std::string &m_path;
    CsvLayout m_layout;
    std::vector<Row> m_sample;
};

} // namespace

bool isMissingCell(std::string_view cell)
{
    return cell.empty() || cell == "?" || cell == "NA" || cell == "N/A" || cell == "null";
}

bool isNan(std::string_view cell)
{
    return cell.size() == 3 && (cell[0] | 0x20) == 'n' && (cell[1] | 0x20) == 'a' && (cell[2] | 0x20) == 'n';
}

Result<CsvLayout> inspectCsv(const SourceSpec &source, const std::string &path)
{
    return LayoutMaker(source, path).make();
}

} // namespace espalier
