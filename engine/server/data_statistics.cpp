// SPDX-License-Identifier: Apache-2.0
// data.statistics: what is in the columns, and what a person should know before a model learns from them.
#include "engine/data/findings.h"
#include "engine/data/statistics.h"
#include "engine/protocol/change.h"
#include "engine/protocol/error_json.h"
#include "engine/server/data_json.h"
#include "engine/server/data_methods.h"
#include "engine/server/params.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::int64_t kMostRow = std::int64_t{1} << 53;

JsonValue statisticsToJson(const std::string &name, const ColumnStatistics &s)
{
    JsonValue json = JsonValue::object();
    json.set("name", name).set("rows", s.rows).set("values", s.values).set("not_finite", s.notFinite);
    json.set("minimum", s.minimum).set("maximum", s.maximum).set("mean", s.mean).set("deviation", s.deviation);
    return json.set("class_counts", listOf(s.classCounts)).set("histogram", listOf(s.histogram));
}

JsonValue entryToJson(const std::string &name, const EntryStatistics &s)
{
    JsonValue json = JsonValue::object();
    json.set("name", name).set("values", s.values).set("minimum", s.minimum).set("maximum", s.maximum);
    return json.set("mean", s.mean).set("deviation", s.deviation).set("histogram", listOf(s.histogram));
}

/// The file's column behind an entry: "colour = red" comes from "colour".
std::string columnOf(const std::string &entry)
{
    return entry.substr(0, entry.find(" = "));
}

/// Leaves a column of a table out of its features.
std::vector<Fix> leaveOut(const Document &document, const SourceSpec &source, const Dataset &data,
                          const std::string &name)
{
    JsonValue::Array sources = document.data["sources"].items();
    const auto at = std::find_if(sources.begin(), sources.end(),
                                 [&](const JsonValue &each) { return each["id"].string() == source.id; });
    const int features = findColumn(data, source.id, "features");
    if (source.kind != "csv" || at == sources.end() || features < 0)
        return {};
    JsonValue kept = JsonValue::array();
    for (const std::string &entry : data.columns()[static_cast<std::size_t>(features)].elementNames) {
        const auto &items = kept.items();
        if (columnOf(entry) != columnOf(name)
            && std::find(items.begin(), items.end(), JsonValue(columnOf(entry))) == items.end())
            kept.append(columnOf(entry));
    }
    if (kept.items().empty())
        return {};
    JsonValue parameters = (*at)["parameters"];
    parameters.set("features", std::move(kept));
    at->set("parameters", std::move(parameters));
    const Change change{{setDocumentField("data/sources", JsonValue(std::move(sources)))}};
    return {{"Leave out {0}", {Arg(columnOf(name))}, changeToJson(change).dump()}};
}

} // namespace

Result<JsonValue> DataDesk::statistics(Call &call)
{
    ESPALIER_TRY(const Subject subject, subjectOf(call));
    ESPALIER_TRY(const std::int64_t rows, optionalInteger(call, "rows", kFirstRows, 0, kMostRow));
    ESPALIER_TRY(const DatasetPointer data, open(call, subject, rows));
    DataOptions options;
    options.stop = call.stop();
    options.progress = [&call](double share, std::string_view text) { call.progress(share, 1, text); };
    ESPALIER_TRY(const DataStatistics found, computeStatistics(*data, {}, rows, options));
    JsonValue::Array columns;
    for (std::size_t i = 0; i < found.columns.size(); ++i) {
        const Column &column = data->columns()[i];
        JsonValue json = statisticsToJson(column.name, found.columns[i]);
        JsonValue entries = JsonValue::array();
        for (std::size_t k = 0; k < found.columns[i].entries.size(); ++k)
            entries.append(entryToJson(column.elementNames[k], found.columns[i].entries[k]));
        json.set("entries", std::move(entries));
        for (const NormalizationSpec &spec : subject.normalize)
            if (spec.column == column.name && (spec.source.empty() || spec.source == subject.source.id)
                && spec.method != Normalization::None) {
                ESPALIER_TRY(const ColumnStatistics after, normalizedStatistics(*data, spec, kFirstRows));
                json.set("normalized",
                         JsonValue::object()
                             .set("method", name(spec.method))
                             .set("minimum", after.minimum)
                             .set("maximum", after.maximum)
                             .set("mean", after.mean)
                             .set("deviation", after.deviation));
            }
        columns.push_back(std::move(json));
    }
    JsonValue json = JsonValue::object();
    json.set("columns", JsonValue(std::move(columns))).set("sample", found.isSample || !isWhole(*data));
    json.set("rows", toJson(data->total())).set("looked_at", found.columns.empty() ? 0 : found.columns.front().rows);
    options.baseDirectory = options.dataDirectory = subject.folder;
    ESPALIER_TRY(JsonValue cells, cellsOf(subject, rows, options));
    json.set("cells", std::move(cells));
    ESPALIER_TRY(JsonValue problems, problemsOf(call, subject, *data, found));
    return json.set("problems", std::move(problems));
}

Result<JsonValue> DataDesk::cellsOf(const Subject &subject, std::int64_t rows, const DataOptions &options)
{
    ESPALIER_TRY(const std::vector<CellCounts> counts, countCells(subject.source, rows, options));
    JsonValue cells = JsonValue::array();
    for (const CellCounts &each : counts)
        cells.append(JsonValue::object().set("name", each.name).set("rows", each.rows).set("missing", each.missing));
    return cells;
}

Result<JsonValue> DataDesk::problemsOf(const Call &call, const Subject &subject, const Dataset &data,
                                       const DataStatistics &found) const
{
    DataOptions options;
    options.stop = call.stop();
    ESPALIER_TRY(std::vector<Error> problems, findProblems(data, found, options));
    ESPALIER_TRY(const std::string document, optionalText(call, "document"));
    JsonValue list = JsonValue::array();
    for (Error &problem : problems) {
        if (const auto open = m_session.snapshot(document, 0);
            open && (problem.code == "data.leak" || problem.code == "data.constant"))
            problem.fixes = leaveOut(*open->document, subject.source, data, problem.where.column);
        list.append(errorToJson(problem));
    }
    return list;
}

} // namespace espalier
