// SPDX-License-Identifier: Apache-2.0
#include "engine/server/export_job.h"

#include "engine/io/run_directory.h"
#include "engine/io/safetensors.h"
#include "engine/protocol/error_json.h"
#include "engine/train/checkpoint.h"
#include "engine/train/data_feed.h"

#include <filesystem>

namespace espalier {
namespace {

/// A run's drawing with the data that it saw.
struct Opened {
    Model model;
    Checkpoint checkpoint;
    std::unique_ptr<DataFeed> feed;
    LowerOptions options;
};

Result<Opened> openRun(const ExportRequest &request)
{
    Opened opened;
    ESPALIER_TRY(const RunDirectory run, RunDirectory::open(request.run));
    ESPALIER_TRY(const RunRecord record, run.loadRecord());
    ESPALIER_TRY(opened.checkpoint, readCheckpoint(request.best ? run.bestCheckpoint() : run.lastCheckpoint()));
    ModelRequest inside = request.overrides;
    inside.model = run.modelPath(opened.checkpoint.revision);
    ESPALIER_TRY(opened.model, loadModel(inside));
    if (request.overrides.dataFolder.empty())
        opened.model.folder = std::filesystem::path(record.document).parent_path().string();
    opened.model.title = std::filesystem::path(record.document).stem().string();
    ESPALIER_TRY(opened.feed, DataFeed::open(opened.model.document.data, opened.model.folder, opened.model.settings));
    opened.options.hasData = true;
    opened.options.sources = opened.feed->sources();
    return opened;
}

/// What training did to the columns before the model saw them, and what its classes are called.
void addColumns(ExportModel &model, const DataFeed &feed)
{
    const DatasetPointer data = feed.data();
    if (!data)
        return;
    for (const LoweredInput &input : model.predict.inputs) {
        const int column = findColumn(*data, input.source, input.column);
        for (const Scaling &scaling : feed.scalings())
            if (scaling.column == column)
                model.scalings[input.name] = {scaling.shift, scaling.factor};
    }
    for (const Column &column : data->columns())
        if (!column.labels.empty())
            model.labels[column.name] = column.labels;
}

Result<const ExportFormat *> formatOf(const std::string &id)
{
    if (const ExportFormat *format = findExportFormat(id))
        return format;
    std::string known;
    for (const ExportFormat &format : exportFormats())
        known += (known.empty() ? "" : ", ") + std::string(format.id);
    return fail("export.format", "There is no export format {0}; those of this version are: {1}.", id,
                Arg(Arg::Kind::Text, known));
}

/// The checkpoint without optimizer slots.
Result<ExportReport> exportWeights(const ExportRequest &request)
{
    ESPALIER_TRY(const RunDirectory run, RunDirectory::open(request.run));
    ESPALIER_TRY(const SafetensorsFile file,
                 SafetensorsFile::open(request.best ? run.bestCheckpoint() : run.lastCheckpoint()));
    std::vector<NamedTensor> tensors;
    for (const StoredTensor &stored : file.tensors()) {
        if (stored.name.find('#') != std::string::npos)
            continue;
        ESPALIER_TRY(Tensor tensor, file.read(stored));
        tensors.push_back({stored.name, std::move(tensor)});
    }
    ESPALIER_CHECK(writeSafetensors(request.out, tensors, {{"format", "pt"}, {"producer", "espalier"}}));
    return ExportReport{{request.out}, static_cast<std::int64_t>(tensors.size())};
}

} // namespace

Result<ExportReport> exportRun(const ExportRequest &request)
{
    ESPALIER_TRY(const ExportFormat *format, formatOf(request.to));
    if (!format->write)
        return exportWeights(request);
    ESPALIER_TRY(Opened opened, openRun(request));
    ESPALIER_TRY(ExportModel model,
                 makeExportModel(opened.model.title, std::move(opened.model.document), opened.options,
                                 std::move(opened.checkpoint.states)));
    if (const auto problems = format->check(model.document, model.predict); !problems.empty())
        return fail(problems.front());
    addColumns(model, *opened.feed);
    ESPALIER_TRY(auto files, format->write(request.out, model, request.options));
    return ExportReport{std::move(files), static_cast<std::int64_t>(model.allStates.size())};
}

Result<JsonValue> checkExport(const ExportRequest &request)
{
    ESPALIER_TRY(Opened opened, openRun(request));
    LowerOptions predict = opened.options;
    predict.mode = Mode::Predict;
    predict.observe = false;
    const Lowered lowered = lower(opened.model.document, predict);
    JsonValue formats = JsonValue::array();
    for (const ExportFormat &format : exportFormats()) {
        JsonValue problems = JsonValue::array();
        for (const Error &problem : format.check(opened.model.document, lowered))
            problems.append(errorToJson(problem));
        formats.append(JsonValue::object()
                           .set("id", format.id)
                           .set("title", format.title)
                           .set("help", format.help)
                           .set("extension", format.extension)
                           .set("folder", format.extension.empty())
                           .set("problems", std::move(problems)));
    }
    return JsonValue::object().set("formats", std::move(formats));
}

} // namespace espalier
