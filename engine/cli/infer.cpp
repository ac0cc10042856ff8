// SPDX-License-Identifier: Apache-2.0
// `espalier evaluate` and `predict`: what a trained run says of data.
#include "engine/cli/command.h"
#include "engine/cli/progress.h"
#include "engine/server/inference_job.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace espalier {
namespace {

struct InferOptions {
    InferenceRequest request;
    std::string part = "test";
    std::string device;

    InferenceRequest complete() const
    {
        InferenceRequest full = request;
        full.part = part == "train" ? Part::Train : part == "validation" ? Part::Validation : Part::Test;
        if (!device.empty())
            full.overrides.device = device;
        return full;
    }
};

std::shared_ptr<InferOptions> addOptions(CLI::App &command)
{
    auto options = std::make_shared<InferOptions>();
    command.add_option("run", options->request.run, "A run directory")->required();
    command.add_option("--part", options->part, "Which part of the data: train, validation or test")
        ->check(CLI::IsMember({"train", "validation", "test"}))
        ->capture_default_str();
    command.add_flag("--best", options->request.best, "The best epoch's weights instead of the last");
    command
        .add_option("--set", options->request.overrides.sets,
                    "Changes one setting for this call, such as another data path")
        ->allow_extra_args(false);
    command.add_option("--data", options->request.overrides.dataFolder, "Folder from which relative data paths start");
    command.add_option("--device", options->device, "auto, cpu or reference");
    command.add_option("--threads", options->request.threads, "Threads to compute with")->check(CLI::Range(0, 1024));
    return options;
}

int failWith(const Output &output, const std::vector<Error> &problems, const Error &error)
{
    for (const Error &problem : problems)
        output.problem(problem);
    return problems.empty() ? output.fail(error) : kExitInput;
}

int evaluate(const InferOptions &options, const Output &output)
{
    std::vector<Error> problems;
    const auto result = evaluateRun(options.complete(), problems);
    if (!result)
        return failWith(output, problems, result.error());
    output.text(fmt::format("{} {} rows: {}", formatCount(result->rows), options.part, metricsText(result->metrics)));
    JsonValue fields = JsonValue::object();
    fields.set("part", options.part).set("rows", result->rows).set("metrics", metricsToJson(result->metrics));
    if (result->confusion.classes > 0)
        fields.set("confusion", result->confusion.toJson());
    output.event("evaluated", std::move(fields));
    return 0;
}

/// One line a row, tab-separated for people, an object for machines. Arg-max and its score for class scores.
int predict(const InferOptions &options, const Output &output)
{
    std::vector<Error> problems;
    std::int64_t row = 0;
    const auto done = predictRun(
        options.complete(),
        [&](const std::vector<std::pair<std::string, Tensor>> &outputs, std::int64_t rows) {
            for (std::int64_t r = 0; r < rows; ++r, ++row) {
                std::string line = std::to_string(row);
                JsonValue fields = JsonValue::object();
                fields.set("row", row);
                for (const auto &[name, tensor] : outputs) {
                    const std::int64_t size = tensor.elements() / tensor.dims().front();
                    JsonValue values = JsonValue::array();
                    for (std::int64_t i = 0; i < size; ++i) {
                        line += fmt::format("\t{:.6g}", tensor.at(r * size + i));
                        if (output.isJson())
                            values.append(tensor.at(r * size + i));
                    }
                    fields.set(name, std::move(values));
                }
                output.text(line);
                output.value(fields);
            }
        },
        problems);
    return done ? 0 : failWith(output, problems, done.error());
}

} // namespace

void addEvaluateCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("evaluate", "Losses and metrics of a trained run on a part of its data");
    const auto options = addOptions(*command);
    command->callback([&invocation, options] {
        invocation.run = [options](const Output &output) { return evaluate(*options, output); };
    });
}

void addPredictCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("predict", "Values of the Output nodes for each row of data");
    const auto options = addOptions(*command);
    command->add_option("--limit", options->request.limit, "Rows at most")->check(CLI::NonNegativeNumber);
    command->callback([&invocation, options] {
        invocation.run = [options](const Output &output) { return predict(*options, output); };
    });
}

} // namespace espalier
