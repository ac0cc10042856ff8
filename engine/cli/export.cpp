// SPDX-License-Identifier: Apache-2.0
// `espalier export`: trained weights leave as safetensors.
#include "engine/cli/command.h"
#include "engine/io/run_directory.h"
#include "engine/io/safetensors.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace espalier {
namespace {

struct ExportOptions {
    std::string run;
    std::string to = "safetensors";
    std::string out;
    bool best = false;
};

/// The weights and running statistics of a checkpoint, without optimizer slots, under their name paths.
Result<std::size_t> exportWeights(const std::string &checkpoint, const std::string &out)
{
    ESPALIER_TRY(const SafetensorsFile file, SafetensorsFile::open(checkpoint));
    std::vector<NamedTensor> tensors;
    for (const StoredTensor &stored : file.tensors()) {
        if (stored.name.find('#') != std::string::npos)
            continue;
        ESPALIER_TRY(Tensor tensor, file.read(stored));
        tensors.push_back({stored.name, std::move(tensor)});
    }
    ESPALIER_CHECK(writeSafetensors(out, tensors, {{"format", "pt"}, {"producer", "espalier"}}));
    return tensors.size();
}

int exportRun(const ExportOptions &options, const Output &output)
{
    if (options.to != "safetensors")
        return output.fail(
            error("export.format", "This version exports safetensors; {0} comes with a later one.", options.to));
    auto run = RunDirectory::open(options.run);
    if (!run)
        return output.fail(run.error());
    const std::string checkpoint = options.best ? run->bestCheckpoint() : run->lastCheckpoint();
    const auto count = exportWeights(checkpoint, options.out);
    if (!count)
        return output.fail(count.error());
    output.text(fmt::format("Wrote {} tensors to {}", *count, options.out));
    output.event("exported",
                 JsonValue::object().set("path", options.out).set("tensors", static_cast<std::int64_t>(*count)));
    return 0;
}

} // namespace

void addExportCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command
        = app.add_subcommand("export", "Writes the trained weights of a run to a file that other tools read");
    const auto options = std::make_shared<ExportOptions>();
    command->add_option("run", options->run, "A run directory")->required();
    command->add_option("out", options->out, "File to write")->required();
    command->add_option("--to", options->to, "Format: safetensors")->capture_default_str();
    command->add_flag("--best", options->best, "The best epoch instead of the last");
    command->callback([&invocation, options] {
        invocation.run = [options](const Output &output) { return exportRun(*options, output); };
    });
}

} // namespace espalier
