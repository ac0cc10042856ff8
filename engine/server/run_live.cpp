// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_live.h"

#include "engine/base/file.h"
#include "engine/protocol/error_json.h"
#include "engine/server/run_catalog.h"
#include "engine/server/run_files.h"
#include "engine/server/run_health.h"

#include <condition_variable>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

namespace espalier {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kProgressInterval{50};
constexpr std::chrono::milliseconds kLastWords{1000}; ///< for viewers on the socket, when the run ends
constexpr std::string_view kJournal = "journal.jsonl";
constexpr std::uint64_t kMaxJournal = std::uint64_t{1} << 30;

JsonValue metricsJson(const std::map<std::string, double> &metrics)
{
    JsonValue out = JsonValue::object();
    for (const auto &[name, value] : metrics)
        out.set(name, value);
    return out;
}

JsonValue startJson(const TrainStart &start)
{
    JsonValue notTaken = JsonValue::array();
    for (const std::string &state : start.notTaken)
        notTaken.append(state);
    return JsonValue::object()
        .set("device", start.device)
        .set("parameters", start.parameters)
        .set("train_rows", start.trainRows)
        .set("validation_rows", start.validationRows)
        .set("test_rows", start.testRows)
        .set("preparing_seconds", start.preparingSeconds)
        .set("resumed_step", start.resumedStep)
        .set("not_taken", std::move(notTaken));
}

JsonValue filesJson(const std::vector<RunFile> &files)
{
    JsonValue out = JsonValue::array();
    for (const RunFile &file : files)
        out.append(JsonValue::object()
                       .set("file", file.name)
                       .set("size", static_cast<std::int64_t>(file.size))
                       .set("grows", file.grows));
    return out;
}

/// The files whose bytes will come as frames: a viewer reads them up to what frames start from. One that was not
/// written since this process took the run may still lose a damaged tail; it comes as a gap from 0.
void setFrameStarts(std::vector<RunFile> &files, const RunFeed::Sizes &sizes)
{
    RunFile *newestEvents = nullptr;
    for (RunFile &file : files) {
        const auto known = sizes.find(file.name);
        if (known != sizes.end())
            file.size = known->second;
        else if (file.name == kJournal)
            file.size = 0;
        if (file.grows && file.name != kJournal && file.name.find('/') == std::string::npos)
            newestEvents = &file; // by name, so the last is the newest
    }
    if (newestEvents && !sizes.contains(newestEvents->name))
        newestEvents->size = 0;
}

} // namespace

LiveRun::LiveRun(TrainObserver *also, RunSocket::Serve serve)
    : m_also(also)
    , m_serve(std::move(serve))
{
}

LiveRun::~LiveRun() = default;

TrainHooks LiveRun::hooks(std::function<void(const std::string &run)> created,
                          std::function<void(const TrainStart &start)> started)
{
    TrainHooks hooks;
    m_created = std::move(created);
    hooks.created = [this](const std::string &run, RunRecord &record) { create(run, record); };
    hooks.turn = [this] { return waitForTurn(); };
    hooks.started = [this, started = std::move(started)](const TrainStart &start) {
        {
            const std::lock_guard lock(m_mutex);
            m_started = startJson(start);
        }
        m_feed.notify("run.state", status());
        if (started)
            started(start);
    };
    hooks.appended = [this](const std::string &file, std::uint64_t offset, std::string_view bytes) {
        m_feed.appended(file, offset, bytes);
    };
    return hooks;
}

void LiveRun::create(const std::string &run, RunRecord &record)
{
    auto socket = m_serve ? RunSocket::open(canonicalRun(run), m_serve) : Result<std::unique_ptr<RunSocket>>(nullptr);
    if (socket && *socket)
        record.socket = (*socket)->path();
    // Without a ticket it trains all the same: only others don't know.
    if (auto ticket = RunTicket::take(canonicalRun(run), !m_waits, m_processors))
        m_ticket = std::move(*ticket);
    const std::lock_guard lock(m_mutex);
    if (socket)
        m_socket = std::move(*socket);
    else
        m_socketTrouble = socket.error().message();
    m_run = canonicalRun(run);
    m_record = record;
}

void LiveRun::setPlace(bool waits, std::vector<int> processors)
{
    m_waits = waits;
    m_processors = std::move(processors);
}

void LiveRun::tellQueue(const std::vector<QueueEntry> &ahead)
{
    std::int64_t place = 0;
    for (const QueueEntry &entry : ahead)
        place += entry.isTraining ? 0 : 1;
    JsonValue queue = JsonValue::object().set("place", place).set("ahead", queueToJson(ahead));
    {
        const std::lock_guard lock(m_mutex);
        if (m_queue == queue)
            return;
        m_queue = std::move(queue);
    }
    m_feed.notify("run.state", status());
}

/// True: it was answered, and the run goes on waiting.
bool LiveRun::isRefusedInQueue(const TrainCommand &command)
{
    const bool isTaken = command.kind == TrainCommand::Kind::Stop || command.kind == TrainCommand::Kind::Continue;
    if (command.acknowledge && isTaken)
        command.acknowledge(CommandEffect{});
    else if (command.acknowledge)
        command.acknowledge(fail(
            "run.queued", "The run waits for its turn on this machine. Start it now, or take it out of the queue."));
    return !isTaken;
}

bool LiveRun::waitForTurn()
{
    constexpr std::chrono::milliseconds kLook{200};
    bool isOurs = false;
    while (m_ticket && !isOurs) {
        const std::vector<QueueEntry> ahead = m_ticket->ahead();
        isOurs = ahead.empty();
        if (isOurs)
            break;
        tellQueue(ahead);
        while (const auto command = m_control.take()) {
            if (isRefusedInQueue(*command))
                continue;
            if (command->kind == TrainCommand::Kind::Stop)
                return false;
            isOurs = true;
            break;
        }
        if (m_control.stopRequested())
            return false;
        if (!isOurs)
            m_control.waitFor(kLook);
    }
    if (m_ticket)
        (void)m_ticket->startTraining(); // a disk that refuses it keeps only others from knowing
    const std::lock_guard lock(m_mutex);
    m_queue = JsonValue();
    return true;
}

std::string LiveRun::run() const
{
    const std::lock_guard lock(m_mutex);
    return m_run;
}

RunState LiveRun::state() const
{
    const std::lock_guard lock(m_mutex);
    return m_record.state;
}

bool LiveRun::isOver() const
{
    const std::lock_guard lock(m_mutex);
    return m_isOver;
}

std::string LiveRun::socketTrouble() const
{
    const std::lock_guard lock(m_mutex);
    return m_socketTrouble;
}

JsonValue LiveRun::status() const
{
    std::string run;
    RunRecord record;
    JsonValue started;
    JsonValue progress;
    JsonValue queue;
    bool isOver = false;
    {
        const std::lock_guard lock(m_mutex);
        queue = m_queue;
        run = m_run;
        record = m_record;
        started = m_started;
        progress = m_progress;
        isOver = m_isOver;
    }
    JsonValue json = runToJson(run, record);
    if (!queue.isNull())
        json.set("queue", std::move(queue));
    return json.set("live", !isOver).set("started", std::move(started)).set("progress", std::move(progress));
}

/// A state that the run is about to reach, before the disk knows.
void LiveRun::announce(RunState state)
{
    {
        const std::lock_guard lock(m_mutex);
        m_record.state = state;
    }
    m_feed.notify("run.state", status());
}

Result<CommandEffect> LiveRun::command(TrainCommand::Kind kind, double value, const std::stop_token &stop)
{
    return command(TrainCommand{kind, value, {}, nullptr}, stop);
}

Result<CommandEffect> LiveRun::command(TrainCommand command, const std::stop_token &stop)
{
    const TrainCommand::Kind kind = command.kind;
    struct Waiting {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::optional<Result<CommandEffect>> effect;
    };
    const auto waiting = std::make_shared<Waiting>();
    const RunState now = state();
    // The step at which it will rest is the one that a viewer shows for long.
    if (kind == TrainCommand::Kind::Pause || kind == TrainCommand::Kind::OneStep)
        m_tellsEachStep = true;
    else if (kind == TrainCommand::Kind::Continue)
        m_tellsEachStep = false;
    if (kind == TrainCommand::Kind::Pause && now == RunState::Running)
        announce(RunState::Pausing);
    if (kind == TrainCommand::Kind::Stop && needsProcess(now))
        announce(RunState::Stopping);
    command.acknowledge = [waiting](const Result<CommandEffect> &effect) {
        const std::lock_guard lock(waiting->mutex);
        waiting->effect = effect;
        waiting->wake.notify_all();
    };
    m_control.post(std::move(command));
    std::unique_lock lock(waiting->mutex);
    if (!waiting->wake.wait(lock, stop, [&] { return waiting->effect.has_value(); }))
        return fail("rpc.cancelled", "The command was sent, and nobody waits for its answer any more.");
    return *waiting->effect;
}

std::shared_ptr<RunViewer> LiveRun::subscribe(std::size_t capacity)
{
    std::vector<RunFile> files = listRunFiles(run());
    JsonValue snapshot = status();
    return m_feed.subscribe(capacity, [&](const RunFeed::Sizes &sizes) {
        setFrameStarts(files, sizes);
        return snapshot.set("files", filesJson(files));
    });
}

void LiveRun::stepped(const StepEvent &event)
{
    if (m_also)
        m_also->stepped(event);
    const auto now = Clock::now();
    if (now - m_lastProgress < kProgressInterval && event.step != event.totalSteps && !m_tellsEachStep)
        return;
    m_lastProgress = now;
    JsonValue progress = JsonValue::object();
    {
        const std::lock_guard lock(m_mutex);
        progress.set("run", m_run);
        progress.set("step", event.step)
            .set("total_steps", event.totalSteps)
            .set("epoch", event.epoch)
            .set("epochs", event.epochs)
            .set("rate", event.rate)
            .set("samples_per_second", event.samplesPerSecond)
            .set("seconds_left", event.secondsLeft)
            .set("metrics", metricsJson(event.metrics()));
        m_progress = progress;
    }
    m_feed.notify("run.progress", progress);
}

void LiveRun::epochFinished(const EpochEvent &event)
{
    if (m_also)
        m_also->epochFinished(event);
}

void LiveRun::tellFile(const std::string &name, std::int64_t step)
{
    std::error_code code;
    const std::string run = this->run();
    const auto size = fs::file_size(fs::path(run) / name, code);
    if (code)
        return;
    m_feed.notify("run.file",
                  JsonValue::object()
                      .set("run", run)
                      .set("file", name)
                      .set("size", static_cast<std::int64_t>(size))
                      .set("step", step),
                  name);
}

void LiveRun::checkpointed(const std::string &path, std::int64_t step)
{
    if (m_also)
        m_also->checkpointed(path, step);
    tellFile("checkpoints/" + fs::path(path).filename().string(), step);
}

void LiveRun::recorded(const RunRecord &record)
{
    if (m_also)
        m_also->recorded(record);
    {
        const std::lock_guard lock(m_mutex);
        m_record = record;
    }
    m_feed.notify("run.state", status());
    if (const auto created = std::exchange(m_created, nullptr)) // the socket is in run.json now
        created(run());
}

void LiveRun::journaled()
{
    if (m_also)
        m_also->journaled();
    const auto text = readFile((fs::path(run()) / kJournal).string(), kMaxJournal);
    if (!text)
        return;
    const std::size_t end = text->rfind('\n') + 1; // 0 where there is no line
    if (end == 0 || end <= m_journalSize)
        return;
    const std::size_t before = text->rfind('\n', end - 2);
    const std::size_t lastLine = end < 2 || before == std::string::npos ? 0 : before + 1;
    const std::size_t from = m_journalSize > 0 ? m_journalSize : lastLine;
    m_feed.appended(std::string(kJournal), from, std::string_view(*text).substr(from, end - from));
    m_journalSize = end;
}

void LiveRun::healthChanged(const HealthMonitor &health)
{
    if (m_also)
        m_also->healthChanged(health);
    m_feed.notify("run.health", healthToJson(run(), health));
}

void LiveRun::finish(const Result<TrainOutcome> &outcome)
{
    const std::string run = this->run();
    m_control.close(error("run.over", "The run has ended: no command can act on it any more."));
    m_ticket.reset(); // the next may start
    {
        const std::lock_guard lock(m_mutex);
        m_isOver = true;
    }
    if (run.empty())
        return; // refused before it had a folder
    if (const auto directory = RunDirectory::open(run))
        if (const auto record = directory->loadRecord()) {
            const std::lock_guard lock(m_mutex);
            m_record = *record;
        }
    if (const std::lock_guard lock(m_mutex); !outcome && needsProcess(m_record.state)) {
        m_record.state = RunState::Failed; // the disk could not be told
        m_record.error = outcome.error().message();
    }
    JsonValue last = status().set("files", filesJson(listRunFiles(run)));
    if (outcome) {
        const TrainReport &report = outcome->report;
        last.set("training_seconds", report.trainingSeconds).set("stopped_early", report.stoppedEarly);
        if (report.confusion.classes > 0)
            last.set("confusion", report.confusion.toJson());
    } else {
        last.set("problem", errorToJson(outcome.error()));
    }
    m_feed.notify("run.ended", last);
    m_feed.end();
    if (!m_socket)
        return;
    m_socket->stopListening();
    const auto until = Clock::now() + kLastWords;
    while (m_feed.viewers() > 0 && Clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    m_socket->close();
}

Result<JsonValue> restingSnapshot(const std::string &run)
{
    ESPALIER_TRY(JsonValue snapshot, describeRun(run));
    return snapshot.set("live", false).set("files", filesJson(listRunFiles(run)));
}

} // namespace espalier
