// SPDX-License-Identifier: Apache-2.0
#include "engine/server/inference_job.h"

#include "engine/program/pipeline.h"

#include <filesystem>

namespace espalier {
namespace {

struct OpenedRun {
    PreparedModel prepared;
    Checkpoint checkpoint;
    std::unique_ptr<Backend> backend;
};

Result<OpenedRun> openRun(const InferenceRequest &request, std::vector<Error> &problems)
{
    ESPALIER_TRY(const RunDirectory run, RunDirectory::open(request.run));
    ESPALIER_TRY(const RunRecord record, run.loadRecord());
    OpenedRun opened;
    ESPALIER_TRY(opened.checkpoint, readCheckpoint(request.best ? run.bestCheckpoint() : run.lastCheckpoint()));
    ModelRequest inside = request.overrides;
    inside.model = run.modelPath(opened.checkpoint.revision);
    ESPALIER_TRY(Model model, loadModel(inside));
    if (request.overrides.dataFolder.empty())
        model.folder = std::filesystem::path(record.document).parent_path().string();
    ESPALIER_TRY(opened.prepared, prepareModel(std::move(model), problems));
    ESPALIER_TRY(opened.backend, openDevice(opened.prepared.model.settings, request.threads, false));
    opened.backend->presetChoices({record.kernelChoices.begin(), record.kernelChoices.end()});
    return opened;
}

Result<void> needRows(const Feed &feed, Part part, const std::string &run)
{
    if (feed.rows(part) > 0)
        return {};
    return fail("evaluate.empty", "The data of the run {0} have no rows in that part. Choose another one with --part.",
                run);
}

Error doesNotFit(const std::string &run, const std::string &path)
{
    return error("evaluate.state",
                 "The checkpoint of the run {0} holds {1}, which the drawing no longer has in that shape.", run, path);
}

} // namespace

Result<EvaluationResult> evaluateRun(const InferenceRequest &request, std::vector<Error> &problems)
{
    ESPALIER_TRY(OpenedRun opened, openRun(request, problems));
    Feed &feed = *opened.prepared.feed;
    ESPALIER_CHECK(needRows(feed, request.part, request.run));
    ESPALIER_TRY(const auto plan,
                 TrainingPlan::create(std::move(opened.prepared.train), std::move(opened.prepared.evaluate),
                                      opened.prepared.model.settings, std::move(opened.backend)));
    ESPALIER_TRY(const auto left, plan->writeStates(opened.checkpoint.states));
    if (!left.empty())
        return fail(doesNotFit(request.run, left.front()));
    EvaluationResult result;
    result.rows = feed.rows(request.part);
    ESPALIER_TRY(result.metrics, evaluatePart(*plan, feed, request.part, &result.confusion));
    return result;
}

Result<std::int64_t> predictRun(const InferenceRequest &request, const PredictionSink &sink,
                                std::vector<Error> &problems)
{
    ESPALIER_TRY(OpenedRun opened, openRun(request, problems));
    DataFeed &feed = *opened.prepared.feed;
    ESPALIER_CHECK(needRows(feed, request.part, request.run));
    LowerOptions options;
    options.mode = Mode::Predict;
    options.hasData = true;
    options.sources = feed.sources();
    options.observe = false;
    const Lowered lowered = lower(opened.prepared.model.document, options);
    problems = lowered.problems;
    if (!problems.empty())
        return fail(problems.front());
    if (lowered.outputs.empty())
        return fail("predict.no-output",
                    "The drawing has no Output node, so there is nothing to predict. Add one behind the layer "
                    "whose values you want.");
    ESPALIER_CHECK(feed.bindInputs(lowered.inputs));

    StateStore store(*opened.backend);
    const auto arena = std::make_shared<Arena>(*opened.backend);
    std::map<std::int64_t, std::unique_ptr<Executable>> executables;
    std::int64_t done = 0;
    ESPALIER_CHECK(feed.start(request.part, 0, 0));
    for (;;) {
        ESPALIER_TRY(const auto batch, feed.next());
        if (!batch || (request.limit > 0 && done >= request.limit))
            return done;
        std::unique_ptr<Executable> &program = executables[batch->rows];
        if (!program) {
            ESPALIER_TRY(
                program,
                compile(optimise(bind(lowered.program, {{"batch", batch->rows}})), *opened.backend, store, arena));
            for (const std::string &path : store.paths()) {
                const auto value = opened.checkpoint.states.find(path);
                if (value == opened.checkpoint.states.end() || !(value->second.type() == store.type(path)))
                    return fail(doesNotFit(request.run, path));
                ESPALIER_CHECK(store.write(path, value->second));
            }
        }
        for (const auto &[name, tensor] : batch->columns)
            if (program->hasInput(name))
                program->setInput(name, tensor);
        program->run();
        std::vector<std::pair<std::string, Tensor>> outputs;
        for (const LoweredOutput &output : lowered.outputs)
            outputs.emplace_back(output.name, program->output(output.name));
        const std::int64_t rows = request.limit > 0 ? std::min(batch->rows, request.limit - done) : batch->rows;
        sink(outputs, rows);
        done += rows;
    }
}

} // namespace espalier
