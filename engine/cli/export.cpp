// SPDX-License-Identifier: Apache-2.0
// `espalier export`: trained models leave as files that other tools read.
#include "engine/cli/command.h"
#include "engine/server/export_job.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace espalier {
namespace {

int runExport(const ExportRequest &request, const Output &output)
{
    const auto report = exportRun(request);
    if (!report)
        return output.fail(report.error());
    output.text(fmt::format("Wrote {} tensors to {}", report->tensors, request.out));
    JsonValue files = JsonValue::array();
    for (const std::string &file : report->files)
        files.append(file);
    output.event(
        "exported",
        JsonValue::object().set("path", request.out).set("tensors", report->tensors).set("files", std::move(files)));
    return 0;
}

std::string formatNames()
{
    std::string names;
    for (const ExportFormat &format : exportFormats())
        names += (names.empty() ? "" : ", ") + std::string(format.id);
    return names;
}

} // namespace

void addExportCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("export", "Writes the trained model of a run for other tools");
    const auto options = std::make_shared<ExportRequest>();
    const auto normalization = std::make_shared<std::string>("graph");
    command->add_option("run", options->run, "A run directory")->required();
    command->add_option("out", options->out, "File or folder to write")->required();
    command->add_option("--to", options->to, "Format: " + formatNames())->capture_default_str();
    command->add_flag("--best", options->best, "The best epoch instead of the last");
    command->add_option("--data", options->overrides.dataFolder, "Folder that relative data paths start from");
    command->add_option("--opset", options->options.opset, "ONNX: the operator set; the newest without it");
    command->add_option("--normalization", *normalization, "ONNX: where it goes: graph, metadata or none")
        ->capture_default_str();
    command->add_flag("--fold-batch-norm", options->options.foldBatchNorm,
                      "ONNX: into the convolution or Dense before it");
    command->callback([&invocation, options, normalization] {
        invocation.run = [options, normalization](const Output &output) {
            const auto where = preprocessingFromName(*normalization);
            if (!where)
                return output.fail(where.error());
            options->options.normalization = *where;
            return runExport(*options, output);
        };
    });
}

} // namespace espalier
