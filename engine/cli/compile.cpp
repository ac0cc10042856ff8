// SPDX-License-Identifier: Apache-2.0
// `espalier compile`: what becomes of a drawing, pass by pass, down to the kernels.
#include "engine/cli/command.h"
#include "engine/cli/model_options.h"
#include "engine/program/audit.h"
#include "engine/program/pipeline.h"
#include "engine/server/train_job.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace espalier {
namespace {

struct CompileRequest {
    std::shared_ptr<ModelOptions> model;
    bool dump = false;
    std::string pass;
};

void printAudit(const Output &output, const std::vector<KernelReport> &kernels, std::size_t arenaBytes,
                std::string_view processorClass)
{
    std::vector<std::vector<std::string>> rows{{"kernel", "result", "implementation", "MFLOP", "MB", "declined"}};
    for (const KernelReport &k : kernels) {
        JsonValue fields = JsonValue::object();
        fields.set("ops", k.ops).set("origin", k.origin).set("implementation", k.implementation).set("shape", k.shapes);
        fields.set("flops", k.flops).set("bytes", k.bytes).set("declined", k.declined);
        output.event("kernel", std::move(fields));
        rows.push_back({k.ops.substr(0, 48), k.shapes, k.implementation, fmt::format("{:.3f}", k.flops / 1e6),
                        fmt::format("{:.3f}", k.bytes / 1e6), k.declined.substr(0, 60)});
    }
    output.text(formatTable(rows));
    const std::vector<std::string> findings = auditFindings(kernels, processorClass);
    for (const std::string &finding : findings) {
        output.text("slow: " + finding);
        output.event("slow", JsonValue::object().set("finding", finding));
    }
    if (findings.empty())
        output.text("No kernel runs on a slow path that is not accepted.");
    output.text(fmt::format("{} kernels; arena {}", kernels.size(), formatBytes(static_cast<double>(arenaBytes))));
    output.event("compiled",
                 JsonValue::object()
                     .set("kernels", static_cast<std::int64_t>(kernels.size()))
                     .set("arena_bytes", static_cast<std::int64_t>(arenaBytes)));
}

int compileModel(const CompileRequest &request, const Output &output)
{
    auto model = loadModel(request.model->complete());
    if (!model)
        return output.fail(model.error());
    std::vector<Error> problems;
    auto prepared = prepareModel(std::move(*model), problems);
    if (!prepared) {
        for (const Error &problem : problems)
            output.problem(problem);
        return problems.empty() ? output.fail(prepared.error()) : kExitInput;
    }
    const TrainingSettings settings = prepared->model.settings;
    auto backend = openDevice(settings, request.model->threads, request.model->deterministic);
    if (!backend)
        return output.fail(backend.error());
    if (request.dump) {
        const auto source = stepProgram(prepared->train, settings, settings.phases.front());
        if (!source)
            return output.fail(source.error());
        PipelineOptions options;
        options.dump = [&](std::string_view pass, const Program &program) {
            if (!request.pass.empty() && pass != request.pass)
                return;
            output.text(fmt::format("---- {}", pass.empty() ? "as built, with gradients" : pass));
            output.text(print(program));
            output.event("pass", JsonValue::object().set("name", pass).set("program", print(program)));
        };
        (void)optimise(bind(*source, {{"batch", settings.batchSize}}), options);
    }
    auto plan = TrainingPlan::create(std::move(prepared->train), std::move(prepared->evaluate), settings,
                                     std::move(*backend));
    if (!plan)
        return output.fail(plan.error());
    const auto step
        = settings.accumulate > 1 ? (*plan)->accumulate(0, settings.batchSize) : (*plan)->step(0, settings.batchSize);
    if (!step)
        return output.fail(step.error());
    printAudit(output, (*step)->audit(), (*step)->arenaBytes(), (*plan)->backend().device().processorClass);
    return 0;
}

} // namespace

void addCompileCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("compile", "Shows the kernels that a training step becomes");
    const auto request = std::make_shared<CompileRequest>();
    request->model = addModelOptions(*command);
    command->add_flag("--dump", request->dump, "Prints the program after each pass");
    command->add_option("--pass", request->pass, "With --dump: only the program after this pass");
    command->callback([&invocation, request] {
        invocation.run = [request](const Output &output) { return compileModel(*request, output); };
    });
}

} // namespace espalier
