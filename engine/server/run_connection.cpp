// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_connection.h"

#include "engine/base/file.h"
#include "engine/base/threads.h"
#include "engine/server/params.h"
#include "engine/server/run_files.h"
#include "engine/server/server.h"

#include <algorithm>

namespace espalier {
namespace {

using Kind = TrainCommand::Kind;

constexpr std::int64_t kMostBytes = std::int64_t{1} << 53;
constexpr std::size_t kPiece = std::size_t{1} << 20; ///< of one binary frame of run.read
constexpr std::uint64_t kMostRead = std::uint64_t{64} << 20; ///< of one run.read
constexpr std::int64_t kLeastQueue = 1 << 12;
constexpr std::int64_t kMostQueue = std::int64_t{64} << 20;

/// A connection's frames, with an end that a blocked write notices.
class StreamSink : public FrameSink {
public:
    explicit StreamSink(LocalStream &stream)
        : m_stream(stream)
    {
    }

protected:
    void write(std::string_view frames) override
    {
        const std::lock_guard lock(m_mutex);
        m_isOpen = m_isOpen && m_stream.write(frames);
    }

private:
    std::mutex m_mutex;
    LocalStream &m_stream;
    bool m_isOpen = true;
};

void sendItem(FrameSink &sink, const std::string &run, const RunItem &item)
{
    const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    JsonValue header = JsonValue::object().set("run", run).set("file", item.file);
    if (item.kind == RunItem::Kind::Bytes)
        sink.sendBinary(header.set("offset", number(item.from)), item.bytes);
    else if (item.kind == RunItem::Kind::Gap)
        sink.send(Notification{"run.gap", header.set("from", number(item.from)).set("to", number(item.to))});
    else
        sink.send(Notification{item.method, item.params});
}

Result<double> optionalNumber(const Call &call, std::string_view name, double fallback)
{
    const JsonValue &value = call.params()[name];
    if (!value.isNull() && !value.isNumber())
        return fail("rpc.params", "{0}: {1} must be a number.", call.method(), name);
    return value.number(fallback);
}

} // namespace

RunConnection::RunConnection(RunConnectionContext context)
    : m_context(std::move(context))
{
}

RunConnection::~RunConnection()
{
    constexpr std::chrono::seconds kPatience{1};
    std::mutex mutex;
    std::condition_variable_any wake;
    const std::jthread watchdog([&](const std::stop_token &stop) {
        std::unique_lock lock(mutex);
        if (!wake.wait_for(lock, stop, kPatience, [&] { return stop.stop_requested(); }))
            m_context.cut();
    });
    for (auto &[run, watch] : m_watches)
        if (const auto viewer = watch.viewer.lock())
            viewer->close();
    m_watches.clear();
    m_remotes.clear();
}

std::shared_ptr<LiveRun> RunConnection::liveHere(const std::string &run) const
{
    auto live = m_context.host.live();
    return live && !live->isOver() && live->run() == run ? live : nullptr;
}

/// The run that the call names; without a name the one that this process trains.
Result<std::string> RunConnection::runOf(const Call &call) const
{
    ESPALIER_TRY(const std::string named, optionalText(call, "run"));
    if (!named.empty()) {
        ESPALIER_TRY(const std::string path, resolveRoot(named, m_context.roots));
        return canonicalRun(path);
    }
    const auto live = m_context.host.live();
    if (!live || live->run().empty())
        return fail("rpc.params", "{0} needs run, the path of a run: this engine trains none.", call.method());
    return live->run();
}

Result<std::shared_ptr<RunRemote>> RunConnection::remote(const std::string &run)
{
    const std::lock_guard lock(m_mutex);
    std::shared_ptr<RunRemote> &known = m_remotes[run];
    if (!known || !known->isOpen()) {
        known = nullptr;
        ESPALIER_TRY(known, RunRemote::join(run, m_context.sink));
    }
    return known;
}

void RunConnection::addMethods(MethodTable &table)
{
    const auto add = [&](std::string_view name, Lane lane, Result<JsonValue> (RunConnection::*method)(const Call &)) {
        table.add(name, lane, [this, method](Call &call) { return (this->*method)(call); });
    };
    add("run.start", Lane::Control, &RunConnection::start);
    add("run.subscribe", Lane::Control, &RunConnection::subscribe);
    add("run.attach", Lane::Control, &RunConnection::subscribe);
    add("run.unsubscribe", Lane::Control, &RunConnection::unsubscribe);
    table.add("run.read", Lane::Work, [this](Call &call) { return read(call); });
    table.add("run.apply", Lane::Work, [this](Call &call) { return apply(call); }); // it compiles
    addControls(table);
    addCatalogue(table);
    addLooking(table);
}

void RunConnection::addControls(MethodTable &table)
{
    for (const auto &[name, kind] : {std::pair{"run.pause", Kind::Pause}, std::pair{"run.resume", Kind::Continue},
                                     std::pair{"run.step", Kind::OneStep}, std::pair{"run.stop", Kind::Stop},
                                     std::pair{"run.set_rate", Kind::RateFactor}, std::pair{"run.pin", Kind::Pin}})
        table.add(name, Lane::Control, [this, kind = kind](Call &call) { return command(call, kind); });
}

Result<JsonValue> RunConnection::read(Call &call) const
{
    ESPALIER_TRY(const std::string run, runOf(call));
    ESPALIER_TRY(const std::string name, requiredText(call, "file"));
    ESPALIER_TRY(const std::int64_t from, optionalInteger(call, "from", 0, 0, kMostBytes));
    ESPALIER_TRY(const std::int64_t wanted, optionalInteger(call, "to", kMostBytes, 0, kMostBytes));
    ESPALIER_TRY(const std::string path, runFilePath(run, name));
    ESPALIER_TRY(const ReadFile file, ReadFile::open(path));
    ESPALIER_TRY(const std::uint64_t size, file.size());
    auto at = static_cast<std::uint64_t>(from);
    const std::uint64_t end = std::min({static_cast<std::uint64_t>(wanted), size, at + kMostRead});
    std::string piece;
    while (at < end && !call.isCancelled()) {
        piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, end - at)));
        ESPALIER_TRY(const std::size_t got, file.read(at, piece.data(), piece.size()));
        piece.resize(got);
        if (got == 0)
            break; // it has become shorter
        call.sendBinary(
            JsonValue::object().set("run", run).set("file", name).set("offset", static_cast<std::int64_t>(at)), piece);
        at += got;
    }
    if (call.isCancelled())
        return fail("rpc.cancelled", "The request was cancelled.");
    return JsonValue::object()
        .set("run", run)
        .set("file", name)
        .set("from", from)
        .set("to", static_cast<std::int64_t>(at))
        .set("size", static_cast<std::int64_t>(size));
}

Result<JsonValue> RunConnection::subscribe(const Call &call)
{
    ESPALIER_TRY(const std::string run, runOf(call));
    ESPALIER_TRY(
        const std::int64_t queue,
        optionalInteger(call, "queue", static_cast<std::int64_t>(RunViewer::kCapacity), kLeastQueue, kMostQueue));
    JsonValue result = JsonValue::object().set("run", run);
    if (const auto live = liveHere(run)) {
        watch(run, live->subscribe(static_cast<std::size_t>(queue)));
        return result.set("live", true);
    }
    ESPALIER_TRY(JsonValue snapshot, restingSnapshot(run));
    if (snapshot["alive"].boolean()) {
        const auto joined = remote(run);
        if (joined)
            return (*joined)->request("run.subscribe", JsonValue::object().set("run", run).set("queue", queue),
                                      call.stop());
        if (joined.error().code != "run.over") // it may have ended just now
            return fail(joined.error());
        ESPALIER_TRY(snapshot, restingSnapshot(run));
    }
    m_context.sink.send(Notification{"run.snapshot", snapshot});
    m_context.sink.send(Notification{"run.ended", std::move(snapshot)});
    return result.set("live", false);
}

void RunConnection::watch(const std::string &run, const std::shared_ptr<RunViewer> &viewer)
{
    const std::lock_guard lock(m_mutex);
    Watch &watch = m_watches[run];
    if (const auto before = watch.viewer.lock())
        before->close();
    watch.viewer = viewer;
    watch.thread = std::jthread([this, run, mine = viewer]() mutable {
        resetThreadAffinity();
        while (const auto item = mine->next())
            sendItem(m_context.sink, run, *item);
        mine.reset(); // the run sees that all was taken
    });
}

Result<JsonValue> RunConnection::unsubscribe(const Call &call)
{
    ESPALIER_TRY(const std::string run, runOf(call));
    std::shared_ptr<RunRemote> left; // both end after the lock
    Watch watch;
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_watches.find(run); found != m_watches.end()) {
        if (const auto viewer = found->second.viewer.lock())
            viewer->close();
        watch = std::move(found->second);
        m_watches.erase(found);
    }
    if (const auto found = m_remotes.find(run); found != m_remotes.end()) {
        left = std::move(found->second);
        m_remotes.erase(found);
    }
    return JsonValue::object().set("run", run);
}

Result<JsonValue> RunConnection::command(const Call &call, Kind kind)
{
    ESPALIER_TRY(const std::string run, runOf(call));
    double value = 1;
    if (kind == Kind::RateFactor) {
        const bool isRate = !call.params()["rate"].isNull();
        if (isRate == !call.params()["factor"].isNull())
            return fail("rpc.params", "{0} needs either rate or factor, a number.", call.method());
        ESPALIER_TRY(value, optionalNumber(call, isRate ? "rate" : "factor", 1));
        kind = isRate ? Kind::Rate : Kind::RateFactor;
    }
    if (kind == Kind::Pin) {
        ESPALIER_TRY(const std::int64_t row, optionalInteger(call, "row", -1, 0, kMostBytes));
        if (row < 0)
            return fail("rpc.params", "{0} needs row, a row of the data.", call.method());
        value = static_cast<double>(row);
    }
    const auto live = liveHere(run);
    if (!live) {
        ESPALIER_TRY(const auto joined, remote(run));
        return joined->request(call.method(), JsonValue(call.params()).set("run", run), call.stop());
    }
    ESPALIER_TRY(const CommandEffect effect, live->command(kind, value, call.stop()));
    return JsonValue::object()
        .set("run", run)
        .set("step", effect.step)
        .set("rate_factor", effect.rateFactor)
        .set("rate", effect.rate);
}

void serveRunStream(RunHost &host, LocalStream &stream)
{
    StreamSink sink(stream);
    const std::vector<Root> roots = defaultRoots();
    MethodTable table;
    addHandshake(table, roots);
    RunConnection runs({host, sink, [&stream] { stream.shutdown(); }, roots, nullptr});
    runs.addMethods(table);
    Dispatcher dispatcher(table, sink);
    readStream(stream.fd(), dispatcher, sink);
    stream.shutdown(); // nothing that still writes may wait for a reader
}

} // namespace espalier
