// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_remote.h"

#include "engine/base/threads.h"
#include "engine/io/run_directory.h"
#include "engine/protocol/frame.h"
#include "engine/server/run_files.h"

#include <chrono>

namespace espalier {
namespace {

constexpr std::chrono::seconds kPatience{3};

} // namespace

Result<LocalStream> joinRun(const std::string &run)
{
    const std::string path = canonicalRun(run);
    ESPALIER_TRY(const RunDirectory directory, RunDirectory::open(path));
    ESPALIER_TRY(const RunRecord record, directory.loadRecord());
    const RunState state = actualState(path, record);
    if (state == RunState::Lost)
        return fail("run.lost",
                    "The process that trained {0} has ended without saying so. Go on with it by `espalier train "
                    "--resume {0}`.",
                    path);
    if (!needsProcess(state))
        return fail("run.over", "Nobody trains {0} now; it is {1}.", path, name(state));
    if (record.socket.empty())
        return fail("run.deaf", "The process that trains {0} has no socket, so nobody can join it.", path);
    auto stream = LocalStream::connect(record.socket);
    if (!stream)
        return fail("run.silent", "The process that trains {0} can't be reached: {1}", path,
                    Arg(Arg::Kind::Text, stream.error().message()));
    return stream;
}

RunRemote::RunRemote(std::string run, LocalStream stream, FrameSink &sink)
    : m_run(std::move(run))
    , m_stream(std::move(stream))
    , m_sink(sink)
    , m_thread([this] { read(); })
{
}

Result<std::shared_ptr<RunRemote>> RunRemote::join(const std::string &run, FrameSink &sink)
{
    ESPALIER_TRY(LocalStream stream, joinRun(run));
    std::shared_ptr<RunRemote> remote(new RunRemote(canonicalRun(run), std::move(stream), sink));
    JsonValue hello = JsonValue::object().set("protocol", kProtocolVersion).set("oldest_protocol", kOldestProtocol);
    // A process that is stopped accepts connections all the same.
    std::stop_source patience;
    std::mutex mutex;
    std::condition_variable_any wake;
    const std::jthread watchdog([&](const std::stop_token &stop) {
        std::unique_lock lock(mutex);
        if (!wake.wait_for(lock, stop, kPatience, [&] { return stop.stop_requested(); }))
            patience.request_stop();
    });
    const auto welcome = remote->request("initialize", std::move(hello), patience.get_token());
    if (!welcome && welcome.error().code == "rpc.cancelled")
        return fail("run.silent",
                    "The process that trains {0} does not answer: it is stopped or overloaded. Try again later.", run);
    if (!welcome)
        return fail(welcome.error());
    return remote;
}

RunRemote::~RunRemote()
{
    m_stream.shutdown();
    m_thread.join();
}

bool RunRemote::isOpen() const
{
    const std::lock_guard lock(m_mutex);
    return m_isOpen;
}

Result<JsonValue> RunRemote::request(const std::string &method, JsonValue params, const std::stop_token &stop,
                                     JsonValue caller)
{
    const auto ended = [&] { return fail("run.over", "The run {0} has ended: it can't answer any more.", m_run); };
    std::int64_t id = 0;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_isOpen)
            return ended();
        id = ++m_lastId;
        m_pending[id] = std::nullopt;
        if (!caller.isNull())
            m_callers[id] = std::move(caller);
    }
    std::string frame;
    appendFrame(frame, writeMessage(Request{id, method, std::move(params)}));
    {
        const std::lock_guard lock(m_writeMutex);
        (void)m_stream.write(frame); // if it fails, the reader notices the end
    }
    std::unique_lock lock(m_mutex);
    const bool isDone = m_answered.wait(lock, stop, [&] { return m_pending[id].has_value() || !m_isOpen; });
    const auto answer = std::move(m_pending[id]);
    m_pending.erase(id);
    m_callers.erase(id);
    lock.unlock();
    if (answer)
        return *answer;
    if (isDone)
        return ended();
    std::string cancel;
    appendFrame(cancel, writeMessage(Notification{"$/cancel", JsonValue::object().set("id", id)}));
    const std::lock_guard writing(m_writeMutex);
    (void)m_stream.write(cancel);
    return fail("rpc.cancelled", "The request was cancelled.");
}

void RunRemote::take(const Response &response)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_pending.find(response.id.integer(-1));
    if (found == m_pending.end())
        return;
    found->second = response.error ? Result<JsonValue>(fail(errorOf(*response.error))) : response.result;
    m_answered.notify_all();
}

/// What belongs to an answer belongs to the request that this one was made for. False: nobody waits for it any more.
bool RunRemote::putCallersId(JsonValue &params) const
{
    if (!params.has("id"))
        return true;
    const std::lock_guard lock(m_mutex);
    const auto caller = m_callers.find(params["id"].integer(-1));
    if (caller == m_callers.end())
        return false;
    params.set("id", caller->second);
    return true;
}

void RunRemote::read()
{
    resetThreadAffinity();
    FrameReader frames;
    std::string buffer(std::size_t{1} << 16, '\0');
    for (bool isGood = true; isGood;) {
        const std::size_t got = m_stream.read(buffer.data(), buffer.size());
        isGood = got > 0;
        frames.feed(std::string_view(buffer).substr(0, got));
        while (isGood) {
            const auto frame = frames.next();
            isGood = frame.has_value();
            if (!isGood || !*frame)
                break;
            if ((*frame)->kind == Frame::Kind::Binary) {
                if (auto header = JsonValue::parse((*frame)->text, "a frame"); header && putCallersId(*header))
                    m_sink.sendBinary(*header, (*frame)->bytes);
                continue;
            }
            auto message = readMessage((*frame)->text);
            if (message && std::holds_alternative<Response>(*message))
                take(std::get<Response>(*message));
            else if (message && std::holds_alternative<Notification>(*message)
                     && putCallersId(std::get<Notification>(*message).params))
                m_sink.send(*message);
        }
    }
    {
        const std::lock_guard lock(m_mutex);
        m_isOpen = false;
        m_answered.notify_all();
    }
    m_sink.send(Notification{"run.detached", JsonValue::object().set("run", m_run)});
}

} // namespace espalier
