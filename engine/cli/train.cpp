// SPDX-License-Identifier: Apache-2.0
// `espalier train`: a bar, a line an epoch, Ctrl-C that saves, and where everything is at the end.
#include "engine/base/processor.h"
#include "engine/cli/command.h"
#include "engine/cli/model_options.h"
#include "engine/cli/progress.h"
#include "engine/server/run_host.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <system_error>

namespace espalier {
namespace {

TrainControl *g_interrupted = nullptr; // a signal handler has no other way in

extern "C" void stopTraining(int)
{
    if (g_interrupted)
        g_interrupted->requestStop();
}

/// Whoever looked has gone: training goes on unseen, and can be joined through its socket.
extern "C" void trainUnseen(int)
{
    const int before = errno;
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(nowhere, descriptor);
    errno = before;
}

/// Ctrl-C and SIGTERM finish the step and save; a second one ends the process at once. A terminal that closes and a
/// reader of our output that goes stop nothing.
class SignalScope {
public:
    explicit SignalScope(TrainControl &control)
    {
        g_interrupted = &control;
        struct sigaction action { };
        action.sa_handler = stopTraining;
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        ::sigaction(SIGINT, &action, nullptr);
        ::sigaction(SIGTERM, &action, nullptr);
        action.sa_handler = trainUnseen;
        action.sa_flags = SA_RESTART;
        ::sigaction(SIGPIPE, &action, nullptr);
        struct sigaction before { };
        ::sigaction(SIGHUP, &action, &before);
        if (before.sa_handler == SIG_IGN) // nohup keeps the output
            ::sigaction(SIGHUP, &before, nullptr);
    }
    ~SignalScope()
    {
        std::signal(SIGINT, SIG_DFL);
        std::signal(SIGTERM, SIG_DFL);
        std::signal(SIGHUP, SIG_DFL);
        std::signal(SIGPIPE, SIG_DFL);
        g_interrupted = nullptr;
    }
    SignalScope(const SignalScope &) = delete;
    SignalScope &operator=(const SignalScope &) = delete;
};

/// Shows progress as long as somebody reads it.
class ForgivingProgress : public TrainObserver {
public:
    explicit ForgivingProgress(const Output &output)
        : m_progress(output)
    {
    }
    void stepped(const StepEvent &event) override
    {
        forgive([&] { m_progress.stepped(event); });
    }
    void epochFinished(const EpochEvent &event) override
    {
        forgive([&] { m_progress.epochFinished(event); });
    }
    void checkpointed(const std::string &path, std::int64_t step) override
    {
        forgive([&] { m_progress.checkpointed(path, step); });
    }

private:
    template <typename Show>
    static void forgive(Show &&show)
    {
        try {
            show();
        } catch (const std::system_error &) { // the reader has gone
            trainUnseen(0);
        }
    }
    TrainProgress m_progress;
};

void announce(const Output &output, const TrainStart &start)
{
    JsonValue fields = JsonValue::object();
    fields.set("run", start.run).set("device", start.device).set("parameters", start.parameters);
    fields.set("train_rows", start.trainRows)
        .set("validation_rows", start.validationRows)
        .set("test_rows", start.testRows);
    fields.set("preparing_seconds", start.preparingSeconds).set("resumed_step", start.resumedStep);
    output.event("started", std::move(fields));
    output.text(fmt::format("{} parameters; {} samples to train, {} to validate, {} to test; {}",
                            formatCount(start.parameters), formatCount(start.trainRows),
                            formatCount(start.validationRows), formatCount(start.testRows), start.device));
    if (start.resumedStep > 0)
        output.text(fmt::format("Going on after step {}.", start.resumedStep));
    for (const std::string &path : start.notTaken)
        output.text(fmt::format("Not taken from the checkpoint, since it has no such place now: {}", path));
}

void printConfusion(const Output &output, const ConfusionMatrix &confusion)
{
    constexpr std::int64_t kReadable = 20;
    if (confusion.classes < 2 || confusion.classes > kReadable)
        return;
    std::vector<std::vector<std::string>> rows{{"true \\ predicted"}};
    for (std::int64_t c = 0; c < confusion.classes; ++c)
        rows[0].push_back(std::to_string(c));
    for (std::int64_t r = 0; r < confusion.classes; ++r) {
        rows.push_back({std::to_string(r)});
        for (std::int64_t c = 0; c < confusion.classes; ++c)
            rows.back().push_back(
                std::to_string(confusion.counts[static_cast<std::size_t>(r * confusion.classes + c)]));
    }
    output.text(formatTable(rows));
}

int finish(const Output &output, const TrainOutcome &outcome)
{
    const TrainReport &report = outcome.report;
    JsonValue fields = JsonValue::object();
    fields.set("run", outcome.start.run).set("state", name(report.state)).set("step", report.step);
    fields.set("train", metricsToJson(report.train)).set("validation", metricsToJson(report.validation));
    fields.set("test", metricsToJson(report.test)).set("training_seconds", report.trainingSeconds);
    fields.set("stopped_early", report.stoppedEarly);
    if (report.confusion.classes > 0)
        fields.set("confusion", report.confusion.toJson());
    output.event(report.state == RunState::Stopped ? "stopped" : "finished", std::move(fields));
    if (report.state == RunState::Stopped) {
        output.text(fmt::format("Stopped after step {} and saved. Go on with: espalier train --resume {}", report.step,
                                outcome.start.run));
        return 0;
    }
    printConfusion(output, report.confusion);
    output.text(fmt::format("Trained {} steps in {}{}: train {}", formatCount(report.step),
                            formatSeconds(report.trainingSeconds), report.stoppedEarly ? " (stopped early)" : "",
                            metricsText(report.train)));
    if (!report.test.empty())
        output.text("test " + metricsText(report.test));
    output.text("The run is in " + outcome.start.run);
    return 0;
}

int train(const TrainRequest &request, const Output &output)
{
    RunHost host;
    std::vector<Error> problems;
    const auto outcome = [&] {
        ForgivingProgress progress(output);
        const auto run = std::make_shared<LiveRun>(&progress, host.serveFunction());
        std::vector<int> processors = processorSet();
        if (request.threads > 0 && processors.size() > static_cast<std::size_t>(request.threads))
            processors.resize(static_cast<std::size_t>(request.threads));
        run->setPlace(false, std::move(processors));
        host.adopt(run);
        const SignalScope signals(run->control());
        const TrainHooks hooks = run->hooks({}, [&](const TrainStart &start) {
            announce(output, start);
            if (const std::string trouble = run->socketTrouble(); !trouble.empty())
                output.text("Nobody can join this run from elsewhere: " + trouble);
        });
        return trainLive(*run, request, hooks, problems);
    }();
    if (outcome)
        return finish(output, *outcome);
    for (const Error &problem : problems)
        output.problem(problem);
    return problems.empty() ? output.fail(outcome.error()) : kExitInput;
}

} // namespace

void addTrainCommand(CLI::App &app, Invocation &invocation)
{
    CLI::App *command = app.add_subcommand("train", "Trains a drawn model on its data and writes a run directory");
    const auto options = addModelOptions(*command, false);
    const auto request = std::make_shared<TrainRequest>();
    command->add_option("--run", request->runFolder, "Where to write the run; must be new or empty");
    command->add_option("--resume", request->resume, "Goes on with a run that was stopped or killed, bit for bit");
    command->add_option("--checkpoint", request->checkpoint,
                        "With --resume: from \"last\" (the default), \"best\" or a file in the run's folder");
    command->footer(
        "Examples:\n  espalier train digits-cnn\n  espalier train model.espalier --set training.epochs=3 --run first\n"
        "  espalier train --resume runs/model-1");
    command->callback([&invocation, command, options, request] {
        if (options->request.model.empty() == request->resume.empty())
            throw CLI::ValidationError("model", "name a document or a sample, or a run with --resume");
        request->model = options->complete();
        request->threads = options->threads;
        request->deterministic = options->deterministic;
        invocation.run = [request](const Output &output) { return train(*request, output); };
        (void)command;
    });
}

} // namespace espalier
