// SPDX-License-Identifier: Apache-2.0
// `espalier summary`, `check`, `describe`, `samples`: what a drawing is, what is wrong with it, what there is to draw
// with.
#include "engine/cli/command.h"
#include "engine/cli/model_options.h"
#include "engine/ops/op.h"
#include "engine/server/check.h"
#include "engine/server/describe_all.h"
#include "engine/server/train_job.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace espalier {
namespace {

/// Everything that can be said of the model, with the data if they can be opened.
Checked checkModel(const Model &model)
{
    CheckData data;
    auto feed = DataFeed::open(model.document.data, model.folder, model.settings);
    if (feed) {
        data.isKnown = !model.document.data.isNull();
        data.sources = (*feed)->sources();
        data.batchSizes = (*feed)->batchSizes();
    } else {
        data.problem = feed.error();
    }
    return checkEverything(model.document, data);
}

int fileProblems(const Output &output, const std::vector<Error> &problems)
{
    for (const Error &problem : problems)
        output.problem(problem);
    return problems.empty() ? 0 : kExitInput;
}

int summary(const ModelOptions &options, const Output &output)
{
    auto model = loadModel(options.complete());
    if (!model)
        return output.fail(model.error());
    const Checked checked = checkModel(*model);
    const Lowered &lowered = checked.lowered;
    std::map<std::string, std::int64_t> parametersOf;
    std::int64_t total = 0;
    std::int64_t fixed = 0;
    for (const StateInfo &state : lowered.states) {
        const Dim elements = state.type.shape.elements();
        const std::int64_t count = elements.isConstant() ? elements.constant() : 0;
        parametersOf[state.path.substr(0, state.path.rfind('.'))] += state.trainable ? count : 0;
        (state.trainable ? total : fixed) += count;
    }
    std::map<std::string, Dim> flopsOf;
    Dim flops = 0;
    for (const Instruction &in : lowered.program.instructions) {
        const Dim cost = costOf(lowered.program, in).flops;
        flopsOf.try_emplace(in.origin, Dim(0)).first->second = flopsOf[in.origin] + cost;
        flops = flops + cost;
    }
    const auto perSample = [](const Dim &d) -> std::int64_t {
        const Dim one = d.bind({{"batch", 1}, {"time", 1}});
        return one.isConstant() ? one.constant() : 0;
    };
    std::vector<std::vector<std::string>> rows{{"layer", "kind", "output", "parameters", "FLOPs a sample"}};
    for (const PortType &port : lowered.ports) {
        const bool isSame = rows.size() > 1 && rows.back()[0] == port.name;
        JsonValue fields = JsonValue::object();
        fields.set("name", port.name).set("node", port.path).set("kind", port.kind).set("port", port.port);
        fields.set("type", port.type.toString())
            .set("parameters", parametersOf[port.path])
            .set("flops", perSample(flopsOf[port.path]));
        output.event("layer", std::move(fields));
        rows.push_back({isSame ? "" : port.name, isSame ? port.port : port.kind, port.type.toString(),
                        isSame ? "" : formatCount(parametersOf[port.path]),
                        isSame ? "" : formatCount(perSample(flopsOf[port.path]))});
    }
    output.text(formatTable(rows));
    output.text(fmt::format("{} parameters ({}); {} values of running statistics; {} FLOPs a sample forward",
                            formatCount(total), formatBytes(4.0 * static_cast<double>(total)), formatCount(fixed),
                            formatCount(perSample(flops))));
    output.event(
        "total",
        JsonValue::object().set("parameters", total).set("running_statistics", fixed).set("flops", perSample(flops)));
    return fileProblems(output, checked.problems);
}

int check(const ModelOptions &options, const Output &output)
{
    auto model = loadModel(options.complete());
    if (!model)
        return output.fail(model.error());
    std::vector<Error> problems = checkModel(*model).problems;
    if (problems.empty())
        if (auto device = openDevice(model->settings, options.threads, options.deterministic); !device)
            problems.push_back(device.error());
    if (problems.empty())
        output.text(fmt::format("{}: no problems", model->title));
    output.event("checked", JsonValue::object().set("problems", static_cast<std::int64_t>(problems.size())));
    return fileProblems(output, problems);
}

int describe(const std::string &what, const Output &output)
{
    const JsonValue &all = describeEverything();
    if (what.empty() || what == "all") {
        fmt::print("{}\n", output.isJson() ? all.dump() : all.pretty());
        return 0;
    }
    for (const char *list : {"layers", "op_layers"}) {
        for (const JsonValue &layer : all[list].items()) {
            if (layer["id"].string() != what)
                continue;
            fmt::print("{}\n", output.isJson() ? layer.dump() : layer.pretty());
            return 0;
        }
    }
    return output.fail(error("describe.unknown", "There is no layer {0}. `espalier describe` lists them all.", what));
}

int samples(const Output &output)
{
    std::vector<std::vector<std::string>> rows;
    for (const SampleInfo &sample : listSamples()) {
        output.event(
            "sample",
            JsonValue::object().set("name", sample.name).set("path", sample.path).set("summary", sample.summary));
        rows.push_back({sample.name, sample.summary});
    }
    output.text(formatTable(rows));
    output.text("Train one with: espalier train NAME");
    return 0;
}

} // namespace

void addSummaryCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("summary", "Lists layers, shapes, parameters and cost of a model");
    const auto options = addModelOptions(*command);
    command->callback([&invocation, options] {
        invocation.run = [options](const Output &output) { return summary(*options, output); };
    });
}

void addCheckCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("check", "Says everything that is wrong with a model, and what to do");
    const auto options = addModelOptions(*command);
    command->callback([&invocation, options] {
        invocation.run = [options](const Output &output) { return check(*options, output); };
    });
}

void addDescribeCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command
        = app.add_subcommand("describe", "Prints what there is: layers with parameters and ports, training settings");
    const auto what = std::make_shared<std::string>();
    command->add_option("what", *what, "A layer kind such as Dense; everything if left out");
    command->callback(
        [&invocation, what] { invocation.run = [what](const Output &output) { return describe(*what, output); }; });
}

void addSamplesCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("samples", "Lists the samples that come with Espalier");
    command->callback([&invocation] { invocation.run = [](const Output &output) { return samples(output); }; });
}

} // namespace espalier
