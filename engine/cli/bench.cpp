// SPDX-License-Identifier: Apache-2.0
// `espalier bench`: where the time of a training step goes.
#include "engine/base/ids.h"
#include "engine/cli/command.h"
#include "engine/cli/model_options.h"
#include "engine/cli/progress.h"
#include "engine/program/audit.h"
#include "engine/server/bench_job.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace espalier {
namespace {

struct BenchOptions {
    std::vector<std::string> models;
    std::shared_ptr<ModelOptions> common;
    double seconds = 1;
    int kernels = 12;
    int pairs = 15;
};

void printKernels(const Output &output, const std::string &model, BenchResult &result, int limit)
{
    std::stable_sort(result.kernels.begin(), result.kernels.end(),
                     [](const KernelTime &a, const KernelTime &b) { return a.seconds > b.seconds; });
    std::vector<std::vector<std::string>> rows{{"  kernel", "result", "implementation", "µs", "share", "of roof"}};
    for (const KernelTime &k : result.kernels) {
        JsonValue fields = JsonValue::object();
        fields.set("model", model).set("ops", k.report.ops).set("implementation", k.report.implementation);
        fields.set("shape", k.report.shapes).set("seconds", k.seconds).set("share", k.share).set("roof", k.roofShare);
        output.event("kernel", std::move(fields));
        if (static_cast<int>(rows.size()) <= limit)
            rows.push_back({"  " + k.report.ops.substr(0, 44), k.report.shapes, k.report.implementation,
                            fmt::format("{:.1f}", 1e6 * k.seconds), fmt::format("{:.0f} %", 100 * k.share),
                            fmt::format("{:.0f} %", 100 * k.roofShare)});
    }
    output.text(formatTable(rows));
}

int benchOne(const BenchOptions &options, const std::string &name, const Roof &roof, const Output &output)
{
    ModelRequest request = options.common->complete();
    request.model = name;
    auto model = loadModel(request);
    if (!model)
        return output.fail(model.error());
    std::vector<Error> problems;
    auto prepared = prepareModel(std::move(*model), problems);
    if (!prepared)
        return output.fail(prepared.error());
    auto backend = openDevice(prepared->model.settings, options.common->threads, options.common->deterministic);
    if (!backend)
        return output.fail(backend.error());
    auto result = benchModel(std::move(*prepared), std::move(*backend), roof, options.seconds);
    if (!result)
        return output.fail(result.error());
    output.text(fmt::format(
        "{}: {:.1f} µs a step (least {:.1f}), {:.0f} steps/s; compiled in {:.0f} ms; arena {}, states {}, resident {}",
        name, 1e6 * result->stepSeconds, 1e6 * result->leastSeconds, 1 / result->stepSeconds,
        1e3 * result->compileSeconds, formatBytes(static_cast<double>(result->arenaBytes)),
        formatBytes(static_cast<double>(result->stateBytes)), formatBytes(result->residentBytes)));
    JsonValue fields = JsonValue::object();
    fields.set("model", name).set("step_seconds", result->stepSeconds).set("least_seconds", result->leastSeconds);
    fields.set("compile_seconds", result->compileSeconds).set("arena_bytes", static_cast<double>(result->arenaBytes));
    fields.set("resident_bytes", result->residentBytes);
    output.event("bench", std::move(fields));
    std::vector<KernelReport> reports;
    for (const KernelTime &k : result->kernels)
        reports.push_back(k.report);
    for (const std::string &finding : auditFindings(reports, result->processorClass)) {
        output.text("  slow path: " + finding);
        output.event("slow", JsonValue::object().set("model", name).set("finding", finding));
    }
    printKernels(output, name, *result, options.kernels);
    return 0;
}

/// Trains LeNet on the MNIST files that the person named, in a folder that is removed again.
int trainLenet(const BenchOptions &options, const Output &output)
{
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("espalier-bench-" + newId());
    TrainRequest request;
    request.model = options.common->complete();
    request.model.model = "mnist-lenet";
    request.runFolder = folder.string();
    request.threads = options.common->threads;
    request.deterministic = options.common->deterministic;
    TrainControl control;
    TrainObserver observer;
    std::vector<Error> problems;
    TrainStart start;
    const auto outcome = runTraining(request, control, observer,
                                     TrainHooks{.started = [&](const TrainStart &s) { start = s; }}, problems);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    if (!outcome)
        return output.fail(outcome.error());
    const TrainReport &report = outcome->report;
    output.text(fmt::format("mnist-lenet trained on {} pictures: {} steps in {}; test {}", formatCount(start.trainRows),
                            formatCount(report.step), formatSeconds(report.trainingSeconds), metricsText(report.test)));
    output.event("trained",
                 JsonValue::object()
                     .set("model", "mnist-lenet")
                     .set("steps", report.step)
                     .set("seconds", report.trainingSeconds)
                     .set("test", metricsToJson(report.test)));
    return 0;
}

/// What watching a run costs it.
int benchRecording(const BenchOptions &options, const Output &output)
{
    TrainRequest request;
    request.model = options.common->complete();
    request.model.model = "digits-cnn";
    // Long enough that the few files that a run writes at its ends don't decide.
    request.model.sets.insert(request.model.sets.begin(), "training.epochs=60");
    request.threads = options.common->threads;
    request.deterministic = options.common->deterministic;
    const auto cost = measureRecording(request, options.pairs);
    if (!cost)
        return output.fail(cost.error());
    output.text(fmt::format("digits-cnn: recording costs {:.1f} % of training (scalars every step, histograms every "
                            "100 steps; {} steps in {}, median of {} pairs)\n",
                            100 * cost->cost, formatCount(cost->steps), formatSeconds(cost->seconds), cost->pairs));
    output.event("recording",
                 JsonValue::object()
                     .set("model", "digits-cnn")
                     .set("cost", cost->cost)
                     .set("steps", cost->steps)
                     .set("seconds", cost->seconds)
                     .set("pairs", cost->pairs));
    return 0;
}

int bench(const BenchOptions &options, const Output &output)
{
    auto backend = makeBackend(
        options.common->device.empty() || options.common->device == "auto" ? "cpu" : options.common->device,
        {options.common->threads, options.common->deterministic});
    if (!backend)
        return output.fail(backend.error());
    const auto roof = measureRoof(**backend);
    if (!roof)
        return output.fail(roof.error());
    output.text(fmt::format("{} ({}), {} threads: {:.0f} GFLOP/s, {:.1f} GB/s measured\n", (*backend)->device().name,
                            (*backend)->device().processorClass, (*backend)->device().threads,
                            roof->flopsPerSecond / 1e9, roof->bytesPerSecond / 1e9));
    output.event("roof", JsonValue::object().set("flops", roof->flopsPerSecond).set("bytes", roof->bytesPerSecond));
    std::vector<std::string> models = options.models;
    if (models.empty()) {
        models = {"digits-mlp", "digits-cnn", "iris-mlp", "keras-sequential", "pytorch-two-layer", "spirals"};
        if (!options.common->request.dataFolder.empty())
            models.push_back("mnist-lenet");
    }
    int code = 0;
    for (const std::string &model : models)
        code = std::max(code, benchOne(options, model, *roof, output));
    if (options.models.empty() && options.pairs > 0)
        code = std::max(code, benchRecording(options, output));
    if (options.models.empty() && !options.common->request.dataFolder.empty())
        code = std::max(code, trainLenet(options, output));
    return code;
}

} // namespace

void addBenchCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command
        = app.add_subcommand("bench", "Times training steps and shows each kernel's share and how near the roof it is");
    const auto options = std::make_shared<BenchOptions>();
    options->common = addModelOptions(*command, false);
    command->remove_option(command->get_option("model"));
    command->add_option("models", options->models, "Documents or samples; all samples if left out");
    command->add_option("--seconds", options->seconds, "Time to measure each model for")
        ->check(CLI::Range(0.01, 600.0))
        ->capture_default_str();
    command->add_option("--kernels", options->kernels, "Kernels to list for each model")->capture_default_str();
    command->add_option("--pairs", options->pairs, "Pairs of runs to measure the cost of recording with; 0: don't")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    command->callback([&invocation, options] {
        invocation.run = [options](const Output &output) { return bench(*options, output); };
    });
}

} // namespace espalier
