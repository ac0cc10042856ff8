// SPDX-License-Identifier: Apache-2.0
#include "engine/server/train_job.h"

#include "engine/base/file.h"
#include "engine/base/process.h"
#include "engine/base/processor.h"
#include "engine/base/version.h"
#include "engine/data/data_spec.h"
#include "engine/protocol/change.h"
#include "engine/server/run_model.h"
#include "engine/server/run_names.h"
#include "engine/server/run_queue.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include <nlohmann/json.hpp>

namespace espalier {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kEventInterval{16}; // a viewer sees a point within a frame or two

std::string userDataFolder()
{
    if (const char *xdg = std::getenv("XDG_DATA_HOME"); xdg && *xdg)
        return (fs::path(xdg) / "espalier").string();
    const char *home = std::getenv("HOME");
    return (fs::path(home && *home ? home : ".") / ".local/share/espalier").string();
}

std::string nowUtc()
{
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

std::map<std::string, std::string> stateNames(const Lowered &lowered)
{
    std::map<std::string, std::string> names;
    for (const StateInfo &state : lowered.states)
        names[state.path] = state.name;
    return names;
}

std::map<std::string, std::string> nodeNames(const Lowered &lowered)
{
    std::map<std::string, std::string> names;
    for (const PortType &port : lowered.ports)
        names[port.path] = port.name;
    for (const StateInfo &state : lowered.states)
        names[state.path] = state.name;
    return names;
}

std::vector<GraphNode> graphNodes(const Document &document, const Lowered &lowered)
{
    std::vector<GraphNode> nodes;
    std::map<std::string, std::string> nameOf;
    for (const DocumentNode &node : document.graph.nodes)
        nameOf[node.id] = node.name;
    for (const DocumentNode &node : document.graph.nodes) {
        GraphNode out{node.name, node.kind, {}, {}};
        for (const DocumentWire &wire : document.graph.wires)
            if (wire.to.node == node.id && nameOf.contains(wire.from.node))
                out.inputs.push_back(nameOf[wire.from.node]);
        for (const PortType &port : lowered.ports) {
            if (port.path != node.id || !port.type.shape.hasRank())
                continue;
            std::vector<std::int64_t> dims;
            for (const Dim &d : port.type.shape.dims())
                dims.push_back(d.isConstant() ? d.constant() : -1);
            out.outputShapes.push_back(std::move(dims));
        }
        nodes.push_back(std::move(out));
    }
    return nodes;
}

HyperParameters hyperParameters(const TrainingSettings &settings)
{
    const PhaseSettings &phase = settings.phases.front();
    return {{"optimizer", phase.optimizer.kind},
            {"learning_rate", phase.optimizer.lr},
            {"weight_decay", phase.optimizer.weightDecay},
            {"schedule", phase.schedule.kind},
            {"batch_size", static_cast<double>(settings.batchSize)},
            {"epochs", static_cast<double>(settings.epochs)},
            {"seed", static_cast<double>(settings.seed)},
            {"precision", settings.precision}};
}

std::int64_t parameterCount(const Lowered &lowered)
{
    std::int64_t count = 0;
    for (const StateInfo &state : lowered.states)
        if (state.trainable)
            count += state.type.shape.elements().constant();
    return count;
}

/// Marks the run as failed in run.json, with the sentence, and passes the error on.
tl::unexpected<Error> failRun(RunDirectory &run, RunRecord &record, Error error)
{
    record.socket.clear();
    record.state = RunState::Failed;
    record.error = error.message();
    record.ended = nowUtc();
    record.pid = 0;
    (void)run.saveRecord(record); // the error that led here is the one to report
    return fail(std::move(error));
}

/// A person took it out of the queue before its first step.
Result<TrainOutcome> leaveQueue(RunDirectory &run, RunRecord &record, TrainObserver &observer)
{
    record.ended = nowUtc();
    record.pid = 0;
    record.socket.clear();
    ESPALIER_CHECK(run.saveRecord(record));
    observer.recorded(record);
    TrainOutcome outcome;
    outcome.start.run = run.path();
    outcome.report.state = RunState::Stopped;
    outcome.report.step = record.step;
    return outcome;
}

Result<RunDirectory> openRun(const TrainRequest &request, const Model &model)
{
    if (!request.resume.empty())
        return RunDirectory::openForWriting(request.resume);
    if (!request.runFolder.empty())
        return RunDirectory::createAt(request.runFolder);
    if (!request.runParent.empty())
        return createNamedRun(request.runParent);
    const auto [parent, name] = defaultRunPlace(model);
    return RunDirectory::create(parent, name);
}

std::string checkpointPath(const RunDirectory &run, const std::string &checkpoint)
{
    if (checkpoint.empty() || checkpoint == "last")
        return run.lastCheckpoint();
    return checkpoint == "best" ? run.bestCheckpoint() : (fs::path(run.path()) / checkpoint).string();
}

/// The whole numbers and texts of the training section, by path, for tables of runs.
void flatten(const JsonValue &value, const std::string &path, std::map<std::string, std::string> &into)
{
    constexpr std::size_t kMost = 200;
    if (into.size() >= kMost)
        return;
    const auto inside = [&](const std::string &name) { return path.empty() ? name : path + "." + name; };
    for (const auto &[name, member] : value.members())
        flatten(member, inside(name), into);
    for (std::size_t i = 0; i < value.items().size(); ++i)
        flatten(value.items()[i], inside(std::to_string(i)), into);
    if (!value.isObject() && !value.isArray() && !path.empty())
        into[path] = value.dump();
}

Result<Model> modelOf(const TrainRequest &request)
{
    if (request.resume.empty())
        return loadModel(request.model);
    ESPALIER_TRY(const RunDirectory run, RunDirectory::open(request.resume));
    ESPALIER_TRY(const RunRecord record, run.loadRecord());
    ModelRequest inside = request.model;
    if (!inside.text)
        inside.model = run.modelPath(run.latestRevision());
    ESPALIER_TRY(Model model, loadModel(inside));
    if (request.model.dataFolder.empty())
        model.folder = fs::path(record.document).parent_path().string();
    return model;
}

/// Whether the checkpoint holds anything of this drawing. A model without states has nothing to lose.
bool hasStateOf(const Checkpoint &checkpoint, const std::vector<StateInfo> &states)
{
    return states.empty() || std::any_of(states.begin(), states.end(), [&](const StateInfo &state) {
               return checkpoint.states.contains(state.path);
           });
}

/// What the run to go on with left, and its record.
Result<Checkpoint> checkpointToResume(const TrainRequest &request, const PreparedModel &prepared, RunRecord &record)
{
    ESPALIER_TRY(const RunDirectory old, RunDirectory::open(request.resume));
    ESPALIER_TRY(record, old.loadRecord());
    const std::string path = checkpointPath(old, request.checkpoint);
    ESPALIER_TRY(Checkpoint checkpoint, readCheckpoint(path));
    if (!hasStateOf(checkpoint, prepared.train.states)) // its position would go on with weights that never trained
        return fail(error("checkpoint.foreign",
                          "{0} is the checkpoint of another model: none of its layers are in this drawing. Put the "
                          "run's own checkpoint back, or start a new run.",
                          path)
                        .at({.file = path}));
    if (!record.dataFingerprint.empty() && record.dataFingerprint != prepared.feed->fingerprint())
        return fail("resume.data",
                    "The data of the run {0} have changed since it started, so it can't go on bit for bit. "
                    "Put the data back, or start a new run.",
                    request.resume);
    if (record.state == RunState::Finished && checkpoint.position.epoch >= prepared.model.settings.epochs)
        return fail("resume.finished",
                    "The run {0} is finished: there is nothing to resume. Start a new one with more epochs.",
                    request.resume);
    return checkpoint;
}

/// All that is known before compiling.
void fillRecord(RunRecord &record, const TrainRequest &request, const PreparedModel &prepared, const Device &device)
{
    const Model &model = prepared.model;
    record.state = RunState::Preparing;
    if (request.resume.empty()) {
        const fs::path file(model.path);
        const fs::path place = model.folder.empty() ? file : fs::path(model.folder) / file.filename();
        record.document = (place.empty() ? fs::current_path() / "" : fs::absolute(place)).string();
        record.created = nowUtc();
    }
    record.error.clear();
    record.ended.clear();
    record.seed = static_cast<std::uint64_t>(model.settings.seed);
    record.device = device.backend;
    record.threads = device.threads;
    record.processors = processorSetText(request.processors.empty() ? processorSet() : request.processors);
    record.deterministic = request.deterministic;
    record.dataFingerprint = prepared.feed->fingerprint();
    record.versions["espalier"] = kVersion;
    record.versions["processor"] = device.name;
    record.versions["processor_class"] = device.processorClass;
    record.pid = processId();
    record.host = hostName();
    record.settings.clear();
    flatten(model.document.training, "", record.settings);
}

TrainStart startOf(const RunDirectory &run, const Device &device, std::int64_t parameters, const DataFeed &feed)
{
    TrainStart start;
    start.run = run.path();
    start.device = device.backend + ", " + std::to_string(device.threads)
        + (device.threads == 1 ? " thread (" : " threads (") + device.name + ")";
    start.parameters = parameters;
    start.trainRows = feed.rows(Part::Train);
    start.validationRows = feed.rows(Part::Validation);
    start.testRows = feed.rows(Part::Test);
    return start;
}

/// Notes the resume and takes the checkpoint. Returns the states that did not fit.
Result<std::vector<std::string>> goOn(Trainer &trainer, RunDirectory &run, const TrainRequest &request,
                                      const RunRecord &record, const Checkpoint &checkpoint)
{
    const std::string from = request.checkpoint.empty() ? "last" : fs::path(request.checkpoint).stem().string();
    ESPALIER_CHECK(run.appendJournal({{"event", "resume"},
                                      {"step", checkpoint.position.step},
                                      {"checkpoint", from},
                                      {"revision", record.revision}}));
    return trainer.restore(checkpoint);
}

Result<std::unique_ptr<EventWriter>> openEvents(const RunDirectory &run, std::optional<std::int64_t> resumedStep,
                                                const TrainHooks &hooks)
{
    EventWriterOptions options;
    options.interval = kEventInterval;
    if (hooks.appended)
        options.written = [&hooks](const std::string &path, std::uint64_t offset, std::string_view bytes) {
            hooks.appended(fs::path(path).filename().string(), offset, bytes);
        };
    return resumedStep ? EventWriter::resume(run.path(), *resumedStep, options)
                       : EventWriter::create(run.path(), options);
}

} // namespace

std::string defaultRunParent(const ModelRequest &request)
{
    const fs::path path(request.model);
    std::error_code ignored;
    const bool isSaved = !path.empty() && fs::exists(path, ignored);
    return isSaved ? (path.parent_path() / "runs").string() : (fs::path(userDataFolder()) / "runs").string();
}

std::pair<std::string, std::string> defaultRunPlace(const Model &model)
{
    if (model.isSample)
        return {(fs::path(userDataFolder()) / "runs").string(), model.title};
    return {(fs::path(model.path).parent_path() / "runs").string(), model.title};
}

std::optional<Error> precisionProblem(const TrainingSettings &settings, const Backend &backend)
{
    if (settings.precision != "bfloat16" || backend.supports(DType::BFloat16))
        return std::nullopt;
    const Change change{{setDocumentField("training/precision", JsonValue("float32"))}};
    return error(
               "device.precision",
               "This processor ({0}, {1}) doesn't multiply bfloat16 itself, so training in it would be slower than in "
               "float32. Set training.precision to float32.",
               backend.device().name, backend.device().processorClass)
        .at({.parameter = "training.precision"})
        .fix({"Train in float32", {}, changeToJson(change).dump()});
}

Result<std::unique_ptr<Backend>> openDevice(const TrainingSettings &settings, int threads, bool deterministic)
{
    const std::string device = settings.device == "auto" ? std::string("cpu") : settings.device;
    ESPALIER_TRY(auto backend, makeBackend(device, {threads, deterministic}));
    if (auto problem = precisionProblem(settings, *backend))
        return fail(std::move(*problem));
    return backend;
}

Result<PreparedModel> prepareModel(Model model, std::vector<Error> &problems)
{
    PreparedModel prepared;
    prepared.model = std::move(model);
    const Model &m = prepared.model;
    ESPALIER_TRY(prepared.feed, DataFeed::open(m.document.data, m.folder, m.settings));
    LowerOptions options;
    options.hasData = !m.document.data.isNull();
    options.sources = prepared.feed->sources();
    options.batchSizes = prepared.feed->batchSizes();
    options.keepOutputs = false;
    prepared.train = lower(m.document, options);
    options.mode = Mode::Evaluate;
    prepared.evaluate = lower(m.document, options);
    problems = checkDocument(m.document, options);
    if (problems.empty())
        problems = prepared.train.problems;
    if (!problems.empty())
        return fail(problems.front());
    ESPALIER_CHECK(prepared.feed->bindInputs(prepared.train.inputs));
    return prepared;
}

Result<std::shared_ptr<PlanSwap>> prepareSwap(const ModelRequest &request, const std::string &run,
                                              std::vector<Error> &problems)
{
    ESPALIER_TRY(const RunDirectory directory, RunDirectory::open(run));
    ESPALIER_TRY(const RunRecord record, directory.loadRecord());
    ModelRequest whole = request;
    if (whole.dataFolder.empty())
        whole.dataFolder = fs::path(record.document).parent_path().string();
    if (!record.device.empty())
        whole.device = record.device; // a run stays where it is
    ESPALIER_TRY(Model loaded, loadModel(whole));
    ESPALIER_TRY(PreparedModel prepared, prepareModel(std::move(loaded), problems));
    const TrainingSettings &settings = prepared.model.settings;
    ESPALIER_TRY(const Model now, modelOfRun(run, 0));
    ESPALIER_TRY(const DataSpec before, dataSpecFromJson(now.document.data));
    ESPALIER_TRY(const DataSpec after, dataSpecFromJson(prepared.model.document.data));
    if (!(before == after))
        return fail("apply.data",
                    "The data section was edited, and a run can't go on with other data or another split: what it was "
                    "validated on would be trained on. Put the section back, or start a new run.");
    for (const PhaseSettings &phase : settings.phases)
        ESPALIER_CHECK(phaseScope(prepared.train, phase));
    ESPALIER_TRY(auto backend, openDevice(settings, static_cast<int>(record.threads), record.deterministic));
    backend->presetChoices({record.kernelChoices.begin(), record.kernelChoices.end()});
    auto swap = std::make_shared<PlanSwap>();
    swap->document = writeDocument(prepared.model.document);
    swap->names = stateNames(prepared.train);
    swap->nodeNames = nodeNames(prepared.train);
    swap->layers = layersOf(prepared.model.document);
    flatten(prepared.model.document.training, "", swap->settings);
    ESPALIER_TRY(
        swap->plan,
        TrainingPlan::create(std::move(prepared.train), std::move(prepared.evaluate), settings, std::move(backend)));
    for (const auto &[key, value] : swap->plan->backend().choices())
        swap->kernelChoices[key] = value;
    swap->feed = std::move(prepared.feed);
    return swap;
}

Result<TrainOutcome> runTraining(const TrainRequest &request, TrainControl &control, TrainObserver &observer,
                                 const TrainHooks &hooks, std::vector<Error> &problems)
{
    const auto begin = Clock::now();
    ESPALIER_TRY(Model loaded, modelOf(request));
    ESPALIER_TRY(PreparedModel prepared, prepareModel(std::move(loaded), problems));
    const Model &model = prepared.model;
    const int threads = request.processors.empty() ? request.threads : static_cast<int>(request.processors.size());
    ESPALIER_TRY(auto backend, openDevice(model.settings, threads, request.deterministic));
    if (!request.processors.empty())
        bindTeam(request.processors);
    for (const PhaseSettings &phase : model.settings.phases)
        ESPALIER_CHECK(phaseScope(prepared.train, phase));
    std::optional<Checkpoint> checkpoint;
    RunRecord record;
    if (!request.resume.empty()) {
        ESPALIER_TRY(checkpoint, checkpointToResume(request, prepared, record));
        backend->presetChoices({record.kernelChoices.begin(), record.kernelChoices.end()});
    }
    ESPALIER_TRY(RunDirectory run, openRun(request, model));
    ESPALIER_TRY(record.revision, run.writeModel(writeDocument(model.document))); // a resume may have changed it
    fillRecord(record, request, prepared, backend->device());
    const bool waits = request.waits && hooks.turn;
    if (waits)
        record.state = RunState::Queued;
    if (hooks.created)
        hooks.created(run.path(), record);
    ESPALIER_CHECK(run.saveRecord(record));
    observer.recorded(record);
    if (waits) {
        const bool isOurs = hooks.turn();
        record.state = isOurs ? RunState::Preparing : RunState::Stopped;
        if (!isOurs)
            return leaveQueue(run, record, observer);
        ESPALIER_CHECK(run.saveRecord(record));
        observer.recorded(record);
    }

    const auto names = stateNames(prepared.train);
    const auto nodes = nodeNames(prepared.train);
    const auto graph = graphNodes(model.document, prepared.train);
    Backend &device = *backend;
    auto plan = TrainingPlan::create(std::move(prepared.train), std::move(prepared.evaluate), model.settings,
                                     std::move(backend));
    if (!plan)
        return failRun(run, record, std::move(plan).error());
    for (const auto &[key, value] : device.choices())
        record.kernelChoices[key] = value;
    auto writer = openEvents(run, checkpoint ? std::optional(checkpoint->position.step) : std::nullopt, hooks);
    if (!writer)
        return failRun(run, record, std::move(writer).error());
    EventWriter &events = **writer;
    if (!checkpoint) {
        events.graph(graph);
        events.hyperParameters(hyperParameters(model.settings));
    }
    Trainer trainer({**plan, *prepared.feed, run, record, events, control, observer, names, nodes,
                     layersOf(model.document), [&plan] { plan->reset(); }});
    TrainOutcome outcome;
    outcome.start = startOf(run, device.device(), parameterCount((*plan)->lowered()), *prepared.feed);
    if (checkpoint) {
        auto left = goOn(trainer, run, request, record, *checkpoint);
        if (!left)
            return failRun(run, record, std::move(left).error());
        observer.journaled();
        outcome.start.notTaken = std::move(*left);
        outcome.start.resumedStep = checkpoint->position.step;
    }
    outcome.start.preparingSeconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (hooks.started)
        hooks.started(outcome.start);
    auto report = trainer.run();
    if (!report) {
        (void)events.flush();
        return failRun(run, record, std::move(report).error());
    }
    if (report->state == RunState::Finished)
        events.sessionEnd(SessionEnd::Success);
    ESPALIER_CHECK(events.close());
    record.ended = nowUtc();
    record.pid = 0;
    record.socket.clear();
    ESPALIER_CHECK(run.saveRecord(record));
    outcome.report = std::move(*report);
    return outcome;
}

} // namespace espalier
