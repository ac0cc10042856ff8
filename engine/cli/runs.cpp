// SPDX-License-Identifier: Apache-2.0
// `espalier runs`: what was trained in a folder, and how it stands.
#include "engine/cli/command.h"
#include "engine/cli/progress.h"
#include "engine/io/run_directory.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace espalier {
namespace {

std::string resultText(const RunRecord &record)
{
    std::string text;
    for (const char *part : {"test", "validation", "train"}) {
        for (const char *metric : {"accuracy", "r2", "loss"}) {
            const auto found = record.results.find(std::string(part) + "/" + metric);
            if (found != record.results.end())
                text
                    += fmt::format("{}{} {:.4g}", text.empty() ? std::string(part) + " " : ", ", metric, found->second);
        }
        if (!text.empty())
            break;
    }
    return text;
}

int listFolder(const std::string &folder, const Output &output)
{
    const std::vector<RunListing> runs = listRuns(folder);
    std::vector<std::vector<std::string>> rows{{"run", "state", "steps", "result", "started"}};
    for (const RunListing &run : runs) {
        JsonValue fields = JsonValue::object();
        fields.set("path", run.path).set("state", name(run.record.state)).set("step", run.record.step);
        fields.set("results", metricsToJson(run.record.results)).set("created", run.record.created);
        output.event("run", std::move(fields));
        rows.push_back({run.path, run.error ? "unreadable" : std::string(name(run.record.state)),
                        formatCount(run.record.step), resultText(run.record), run.record.created});
    }
    if (runs.empty())
        output.text("No runs in " + folder + ". `espalier train MODEL` makes one.");
    else
        output.text(formatTable(rows));
    return 0;
}

} // namespace

void addRunsCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("runs", "Lists the runs in a folder with their state and results");
    const auto folder = std::make_shared<std::string>("runs");
    command->add_option("folder", *folder, "The folder that holds runs")->capture_default_str();
    command->callback([&invocation, folder] {
        invocation.run = [folder](const Output &output) { return listFolder(*folder, output); };
    });
}

} // namespace espalier
