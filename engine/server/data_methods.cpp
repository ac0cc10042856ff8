// SPDX-License-Identifier: Apache-2.0
#include "engine/server/data_methods.h"

#include "engine/data/recognise.h"
#include "engine/data/source.h"
#include "engine/io/png.h"
#include "engine/server/data_facts.h"
#include "engine/server/data_json.h"
#include "engine/server/data_proposal.h"
#include "engine/server/params.h"
#include "engine/server/run_model.h"
#include "engine/server/section_fixes.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr std::int64_t kMostPreviewed = 10'000; ///< beyond, the source is opened whole
constexpr std::int64_t kMostShown = 64; ///< values of one cell
constexpr std::size_t kMostKept = 4; ///< sources
constexpr std::uint64_t kMostMemory = std::uint64_t{128} << 20; ///< of one; beyond, it is read from a row cache
constexpr std::int64_t kMostRow = std::int64_t{1} << 53;

JsonValue numberAt(const Tensor &tensor, std::int64_t index)
{
    const double value = tensor.at(index);
    if (tensor.dtype() == DType::Bool)
        return value != 0;
    if (isInteger(tensor.dtype()))
        return static_cast<std::int64_t>(value);
    return std::isfinite(value) ? JsonValue(value) : JsonValue();
}

JsonValue columnToJson(const Column &column)
{
    JsonValue json = JsonValue::object();
    json.set("name", column.name).set("dtype", name(column.type.dtype));
    json.set("shape", listOf(column.type.shape.concrete())).set("classes", column.classes);
    json.set("labels", listOf(column.labels)).set("element_names", listOf(column.elementNames));
    return json.set("is_target", column.isTarget);
}

/// One cell of a tensor [rows, ...].
JsonValue cellToJson(const Tensor &tensor, std::int64_t row)
{
    if (tensor.rank() == 1)
        return numberAt(tensor, row);
    const Dims dims(tensor.dims().begin() + 1, tensor.dims().end());
    const std::int64_t size = elementCount(dims);
    JsonValue::Array values;
    for (std::int64_t i = 0; i < std::min(size, kMostShown); ++i)
        values.push_back(numberAt(tensor, row * size + i));
    return JsonValue::object().set("shape", listOf(dims)).set("values", JsonValue(std::move(values)));
}

Result<int> pictureColumn(const Dataset &data, const std::string &name)
{
    const auto &columns = data.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!name.empty() && columns[i].name != name)
            continue;
        if (isPicture(columns[i]))
            return static_cast<int>(i);
        if (!name.empty())
            return fail("data.picture", "The column {0} holds no pictures, but {1}.", name, typeArg(columns[i].type));
    }
    return name.empty() ? fail("data.picture", "The data have no column of pictures.")
                        : fail("data.column", "The data have no column {0}.", name);
}

struct Pixels {
    std::vector<std::uint8_t> bytes; ///< interleaved
    int width = 0;
    int height = 0;
    int channels = 0;
    double minimum = 0;
    double maximum = 0;
};

/// One picture of a tensor [rows, channels, height, width]; its values are spread over black to white.
Pixels pixelsOf(const Tensor &tensor, std::int64_t row)
{
    const Dims &dims = tensor.dims();
    Pixels p{{}, static_cast<int>(dims[3]), static_cast<int>(dims[2]), static_cast<int>(dims[1]), INFINITY, -INFINITY};
    const std::int64_t plane = dims[2] * dims[3];
    const std::int64_t first = row * plane * dims[1];
    for (std::int64_t i = 0; i < plane * dims[1]; ++i) {
        const double value = tensor.at(first + i);
        if (std::isfinite(value)) {
            p.minimum = std::min(p.minimum, value);
            p.maximum = std::max(p.maximum, value);
        }
    }
    if (!(p.minimum <= p.maximum))
        p.minimum = p.maximum = 0;
    const double scale = p.maximum > p.minimum ? 255 / (p.maximum - p.minimum) : 0;
    p.bytes.resize(static_cast<std::size_t>(plane * dims[1]));
    for (std::int64_t i = 0; i < plane; ++i)
        for (std::int64_t c = 0; c < dims[1]; ++c) {
            const double value = tensor.at(first + c * plane + i);
            const double level = std::isfinite(value) ? (value - p.minimum) * scale : 0;
            p.bytes[static_cast<std::size_t>(i * dims[1] + c)] = static_cast<std::uint8_t>(std::lround(level));
        }
    return p;
}

Result<std::vector<std::int64_t>> wantedRows(const Call &call)
{
    std::vector<std::int64_t> rows;
    for (const JsonValue &item : call.params()["rows"].items()) {
        const std::int64_t row = item.integer(-1);
        if (row < 0 || row > kMostRow)
            return fail("rpc.params", "{0}: rows are whole numbers from 0.", call.method());
        rows.push_back(row);
    }
    if (rows.empty() || rows.size() > 64)
        return fail("rpc.params", "{0} needs rows, a list of 1 to 64 whole numbers.", call.method());
    return rows;
}

} // namespace

DataDesk::DataDesk(const Session &session, std::vector<Root> roots)
    : m_session(session)
    , m_roots(std::move(roots))
{
}

void DataDesk::addMethods(MethodTable &table)
{
    table.add("data.describe", Lane::Work, [this](Call &call) -> Result<JsonValue> {
        ESPALIER_TRY(const Subject subject, subjectOf(call));
        auto described = describe(call, subject);
        if (!described)
            return fail(withFixes(call, std::move(described).error()));
        return described;
    });
    table.add("data.recognise", Lane::Work, [this](Call &call) { return recognise(call); });
    table.add("data.rows", Lane::Work, [this](Call &call) { return rows(call); });
    table.add("data.statistics", Lane::Work, [this](Call &call) { return statistics(call); });
    table.add("data.image", Lane::Work, [this](Call &call) { return image(call); });
}

/// The fixes of a problem with the data of an open document.
Error DataDesk::withFixes(const Call &call, Error problem) const
{
    const auto document = optionalText(call, "document");
    const auto open = document && !document->empty() ? m_session.snapshot(*document, 0)
                                                     : Result<DocumentSnapshot>(fail("data.none", ""));
    if (!open)
        return problem;
    std::vector<Error> problems{std::move(problem)};
    addSectionFixes(*open->document, problems);
    return problems.front();
}

Result<std::string> DataDesk::folderOf(const Call &call) const
{
    ESPALIER_TRY(const std::string document, optionalText(call, "document"));
    if (!document.empty() && call.params()["data"].isNull()) {
        ESPALIER_TRY(const DocumentSnapshot open, m_session.snapshot(document, 0));
        return open.folder;
    }
    ESPALIER_TRY(const std::string folder, optionalText(call, "folder"));
    return resolveRoot(folder, m_roots);
}

Result<DataDesk::Subject> DataDesk::subjectOf(const Call &call) const
{
    Subject subject;
    JsonValue section = call.params()["data"];
    if (!call.params()["run"].isNull()) {
        ESPALIER_TRY(const std::string named, requiredText(call, "run"));
        ESPALIER_TRY(const std::string run, resolveRoot(named, m_roots));
        ESPALIER_TRY(Model model, modelOfRun(run, 0));
        section = std::move(model.document.data);
        subject.folder = model.folder;
    } else {
        ESPALIER_TRY(subject.folder, folderOf(call));
        if (section.isNull()) {
            ESPALIER_TRY(const std::string document, requiredText(call, "document"));
            ESPALIER_TRY(const DocumentSnapshot open, m_session.snapshot(document, 0));
            section = open.document->data;
        }
    }
    ESPALIER_TRY(const DataSpec spec, dataSpecFromJson(section));
    ESPALIER_TRY(const std::string wanted, optionalText(call, "source"));
    if (spec.sources.empty())
        return fail("data.none", "The document has no data. Add a source first.");
    const SourceSpec *source = wanted.empty() ? &spec.sources.front() : findSource(spec, wanted);
    if (!source)
        return fail("data.source", "The document has no data source {0}.", wanted);
    subject.source = *source;
    subject.normalize = spec.normalize;
    return subject;
}

DatasetPointer DataDesk::kept(const std::string &key)
{
    const std::lock_guard lock(m_mutex);
    const auto found = std::find_if(m_kept.begin(), m_kept.end(), [&](const auto &k) { return k.first == key; });
    if (found == m_kept.end())
        return nullptr;
    std::rotate(m_kept.begin(), found, found + 1);
    return m_kept.front().second;
}

void DataDesk::keep(const std::string &key, DatasetPointer data)
{
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_kept, [&](const auto &k) { return k.first == key; });
    m_kept.emplace_front(key, std::move(data));
    if (m_kept.size() > kMostKept)
        m_kept.pop_back();
}

Result<DatasetPointer> DataDesk::open(Call &call, const Subject &subject, std::int64_t rows)
{
    const std::string key = subject.folder + '\n' + subject.source.kind + '\n' + subject.source.parameters.dump() + '\n'
        + stampOfSource(subject.source, subject.folder);
    if (const DatasetPointer data = kept(key); data && (isWhole(*data) || (rows > 0 && rows <= data->size())))
        return data;
    DataOptions options;
    options.baseDirectory = subject.folder;
    options.dataDirectory = subject.folder;
    options.memoryLimit = kMostMemory;
    options.stop = call.stop();
    options.progress = [&call](double share, std::string_view text) { call.progress(share, 1, text); };
    const bool isPreview = rows > 0 && rows <= kMostPreviewed;
    ESPALIER_TRY(DatasetPointer data,
                 isPreview ? previewSource(subject.source, options, rows <= kFirstRows ? kFirstRows : kMostPreviewed)
                           : openSource(subject.source, options));
    keep(key, data);
    return data;
}

Result<JsonValue> DataDesk::recognise(Call &call)
{
    ESPALIER_TRY(const std::string named, requiredText(call, "path"));
    ESPALIER_TRY(const std::string path, resolveRoot(named, m_roots));
    DataOptions options;
    ESPALIER_TRY(options.baseDirectory, folderOf(call));
    Subject subject{{}, options.baseDirectory, {}};
    ESPALIER_TRY(subject.source, recogniseSource(path, options));
    JsonValue source = JsonValue::object();
    source.set("name", subject.source.name).set("kind", subject.source.kind);
    source.set("parameters", subject.source.parameters);
    auto described = describe(call, subject);
    if (!described) // what is wrong with it is said where it is shown
        described = JsonValue::object();
    return described->set("source", std::move(source));
}

Result<JsonValue> DataDesk::describe(Call &call, const Subject &subject)
{
    // Classes that only later rows have would change the proposal; rows of a table cost little.
    const std::int64_t looked = subject.source.kind == "csv" ? kMostPreviewed : kFirstRows;
    ESPALIER_TRY(const DatasetPointer data, open(call, subject, looked));
    JsonValue::Array columns;
    for (const Column &column : data->columns())
        columns.push_back(columnToJson(column));
    JsonValue json = JsonValue::object();
    json.set("source", subject.source.id).set("columns", JsonValue(std::move(columns)));
    json.set("rows", toJson(data->total())).set("preview_rows", data->size());
    return json.set("proposal", proposalFor(subject.source, data->columns()));
}

Result<JsonValue> DataDesk::rows(Call &call)
{
    ESPALIER_TRY(const Subject subject, subjectOf(call));
    ESPALIER_TRY(const std::int64_t offset, optionalInteger(call, "offset", 0, 0, kMostRow));
    ESPALIER_TRY(const std::int64_t limit, optionalInteger(call, "limit", 100, 1, 1000));
    ESPALIER_TRY(const DatasetPointer data, open(call, subject, offset + limit));
    std::vector<std::int64_t> wanted;
    for (std::int64_t row = offset; row < std::min(data->size(), offset + limit); ++row)
        wanted.push_back(row);
    JsonValue::Array columns;
    for (std::size_t c = 0; c < data->columns().size(); ++c) { // one at a time: pictures are large
        JsonValue::Array values;
        if (!wanted.empty()) {
            ESPALIER_TRY(const std::vector<Tensor> read, readRows(*data, wanted, {static_cast<int>(c)}));
            for (std::size_t i = 0; i < wanted.size(); ++i)
                values.push_back(cellToJson(read.front(), static_cast<std::int64_t>(i)));
        }
        columns.push_back(
            JsonValue::object().set("name", data->columns()[c].name).set("values", JsonValue(std::move(values))));
    }
    JsonValue json = JsonValue::object();
    json.set("offset", offset).set("columns", JsonValue(std::move(columns)));
    return json.set("rows", toJson(data->total()));
}

Result<JsonValue> DataDesk::image(Call &call)
{
    ESPALIER_TRY(const Subject subject, subjectOf(call));
    ESPALIER_TRY(const std::string name, optionalText(call, "column"));
    ESPALIER_TRY(const std::vector<std::int64_t> rows, wantedRows(call));
    ESPALIER_TRY(const DatasetPointer data, open(call, subject, *std::max_element(rows.begin(), rows.end()) + 1));
    ESPALIER_TRY(const int column, pictureColumn(*data, name));
    const auto target = std::find_if(data->columns().begin(), data->columns().end(),
                                     [](const Column &c) { return c.isTarget && c.type.shape.rank() == 0; });
    std::int64_t count = 0;
    for (const std::int64_t row : rows) {
        if (call.isCancelled())
            return fail("rpc.cancelled", "The request was cancelled.");
        if (row >= data->size())
            continue;
        const std::vector<std::int64_t> one{row};
        ESPALIER_TRY(const std::vector<Tensor> read, readRows(*data, one, {column}));
        const Pixels pixels = pixelsOf(read.front(), 0);
        ESPALIER_TRY(const std::string png, encodePng(pixels.bytes, pixels.width, pixels.height, pixels.channels));
        JsonValue header = JsonValue::object();
        header.set("row", row).set("encoding", "png").set("width", pixels.width).set("height", pixels.height);
        header.set("minimum", pixels.minimum).set("maximum", pixels.maximum);
        if (target != data->columns().end()) {
            ESPALIER_TRY(const auto label, readRows(*data, one, {static_cast<int>(target - data->columns().begin())}));
            header.set("label", numberAt(label.front(), 0));
        }
        call.sendBinary(std::move(header), png);
        ++count;
    }
    return JsonValue::object()
        .set("column", data->columns()[static_cast<std::size_t>(column)].name)
        .set("count", count);
}

} // namespace espalier
