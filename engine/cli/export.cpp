// SPDX-License-Identifier: Apache-2.0
// `espalier export`: trained weights leave as safetensors.
#include "engine/cli/command.h"
#include "engine/server/export_job.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace espalier {
namespace {

int runExport(const ExportRequest &request, const Output &output)
{
    const auto count = exportRun(request);
    if (!count)
        return output.fail(count.error());
    output.text(fmt::format("Wrote {} tensors to {}", *count, request.out));
    output.event("exported", JsonValue::object().set("path", request.out).set("tensors", *count));
    return 0;
}

} // namespace

void addExportCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command
        = app.add_subcommand("export", "Writes the trained weights of a run to a file that other tools read");
    const auto options = std::make_shared<ExportRequest>();
    command->add_option("run", options->run, "A run directory")->required();
    command->add_option("out", options->out, "File to write")->required();
    command->add_option("--to", options->to, "Format: safetensors")->capture_default_str();
    command->add_flag("--best", options->best, "The best epoch instead of the last");
    command->callback([&invocation, options] {
        invocation.run = [options](const Output &output) { return runExport(*options, output); };
    });
}

} // namespace espalier
