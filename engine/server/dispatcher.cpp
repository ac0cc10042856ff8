// SPDX-License-Identifier: Apache-2.0
#include "engine/server/dispatcher.h"

#include "engine/base/threads.h"
#include "engine/layers/nearest.h"
#include "engine/protocol/error_json.h"
#include "engine/protocol/frame.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

namespace espalier {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostUnderWay = 10'000; ///< requests of one connection
constexpr auto kProgressInterval = std::chrono::milliseconds(50);

std::size_t threadsOf(Lane lane)
{
    return lane == Lane::Work ? 4 : 1;
}

int rpcCodeOf(const Error &error)
{
    static constexpr std::array<std::pair<std::string_view, int>, 5> kCodes{{{"rpc.params", kInvalidParams},
                                                                             {"rpc.cancelled", kCancelled},
                                                                             {"data.cancelled", kCancelled},
                                                                             {"document.stale", kStale},
                                                                             {"internal", kInternalError}}};
    for (const auto &[code, number] : kCodes)
        if (error.code == code)
            return number;
    return kInputError;
}

Response cancelled(const JsonValue &id)
{
    return {id, {}, rpcError(error("rpc.cancelled", "The request was cancelled."), kCancelled)};
}

/// The one place where exceptions of a server end.
Result<JsonValue> callHandler(const Handler &handler, Call &call)
{
    try {
        return handler(call);
    } catch (const std::bad_alloc &) {
        return fail("internal", "The engine ran out of memory in {0}. Ask for less, or close other programs.",
                    call.method());
    } catch (const std::exception &e) {
        return fail("internal", "Something inside the engine failed in {0}: {1}. Please report it.", call.method(),
                    Arg(Arg::Kind::Text, e.what()));
    }
}

RpcError unknownMethod(const MethodTable &table, const std::string &method)
{
    const std::vector<std::string> names = table.names();
    const std::vector<std::string_view> views(names.begin(), names.end());
    const std::string_view near = nearest(method, views);
    const Error e = near.empty()
        ? error("rpc.method", "This engine has no method {0}; `initialize` lists those that it has.", method)
        : error("rpc.method", "This engine has no method {0}. Did you mean {1}?", method, near);
    return rpcError(e, kMethodNotFound);
}

} // namespace

Call::Call(FrameSink &sink, Request request, std::stop_token stop)
    : m_sink(sink)
    , m_request(std::move(request))
    , m_stop(std::move(stop))
{
}

void Call::progress(double done, double total, std::string_view text)
{
    const auto now = Clock::now();
    if (m_request.id.isNull() || (now - m_lastProgress < kProgressInterval && done < total))
        return;
    m_lastProgress = now;
    JsonValue params = JsonValue::object();
    params.set("id", m_request.id).set("done", done).set("total", total).set("text", text);
    m_sink.send(Notification{"$/progress", std::move(params)});
}

void Call::sendBinary(JsonValue header, std::string_view bytes)
{
    m_sink.sendBinary(header.set("id", m_request.id), bytes);
}

void MethodTable::add(std::string_view name, Lane lane, Handler handler)
{
    m_methods.insert_or_assign(std::string(name), Method{lane, std::move(handler), false});
}

void MethodTable::addAlways(std::string_view name, Lane lane, Handler handler)
{
    m_methods.insert_or_assign(std::string(name), Method{lane, std::move(handler), true});
}

const MethodTable::Method *MethodTable::find(std::string_view name) const
{
    const auto found = m_methods.find(name);
    return found == m_methods.end() ? nullptr : &found->second;
}

std::vector<std::string> MethodTable::names() const
{
    std::vector<std::string> names;
    for (const auto &[name, method] : m_methods)
        names.push_back(name);
    return names;
}

Dispatcher::Dispatcher(const MethodTable &table, FrameSink &sink)
    : m_table(table)
    , m_sink(sink)
{
}

Dispatcher::~Dispatcher()
{
    cancelAll();
    m_lanes.clear(); // joins
}

void Dispatcher::receive(const Frame &frame)
{
    if (frame.kind != Frame::Kind::Json)
        return; // no method of this version takes bytes
    auto message = readMessage(frame.text);
    if (!message) {
        m_sink.send(Response{message.error().id, {}, message.error().error});
        return;
    }
    if (auto *request = std::get_if<Request>(&*message)) {
        take(std::move(*request), true);
    } else if (auto *notification = std::get_if<Notification>(&*message)) {
        if (notification->method == "$/cancel")
            cancel(notification->params["id"]);
        else
            take({{}, std::move(notification->method), std::move(notification->params)}, false);
    }
}

void Dispatcher::take(Request request, bool wantsAnswer)
{
    const auto refuse = [&](RpcError e) {
        if (wantsAnswer)
            m_sink.send(Response{request.id, {}, std::move(e)});
    };
    const MethodTable::Method *method = m_table.find(request.method);
    if (!method)
        return refuse(unknownMethod(m_table, request.method));
    if (!m_isInitialized && !method->beforeInitialize)
        return refuse(rpcError(
            error("rpc.initialize", "The first request must be `initialize`; this one is {0}.", request.method),
            kNotInitialized));
    Job job{std::move(request), method, std::make_shared<std::stop_source>(), {}};
    if (wantsAnswer) {
        job.key = job.request.id.dump();
        const std::lock_guard lock(m_mutex);
        const bool isFull = m_underWay.size() >= kMostUnderWay;
        if (isFull || !m_underWay.emplace(job.key, UnderWay{job.request.method, job.stop}).second) {
            const Error e = isFull ? error("rpc.busy", "{0} requests are under way; wait for answers.", kMostUnderWay)
                                   : error("rpc.id", "A request with the id {0} is under way already.", job.key);
            m_sink.send(Response{job.request.id, {}, rpcError(e, kInvalidRequest)});
            return;
        }
    }
    if (method->lane == Lane::Now)
        run(job);
    else
        enqueue(std::move(job));
}

void Dispatcher::cancel(const JsonValue &id)
{
    std::vector<Job> dropped;
    {
        const std::lock_guard lock(m_mutex);
        const std::string key = id.dump();
        const auto found = m_underWay.find(key);
        if (found == m_underWay.end())
            return; // answered already
        found->second.stop->request_stop();
        for (auto &[lane, workers] : m_lanes) {
            const auto at = std::find_if(workers.queue.begin(), workers.queue.end(),
                                         [&](const Job &job) { return job.key == key; });
            if (at == workers.queue.end())
                continue;
            dropped.push_back(std::move(*at));
            workers.queue.erase(at);
        }
    }
    for (const Job &job : dropped) // what waits need not wait to be told
        answer(job, cancelled(job.request.id));
}

void Dispatcher::cancelAll()
{
    std::vector<Job> dropped;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto &[key, request] : m_underWay)
            request.stop->request_stop();
        for (auto &[lane, workers] : m_lanes)
            for (; !workers.queue.empty(); workers.queue.pop_front())
                dropped.push_back(std::move(workers.queue.front()));
    }
    for (const Job &job : dropped)
        answer(job, cancelled(job.request.id));
}

bool Dispatcher::isBusyWith(std::string_view prefix)
{
    const std::lock_guard lock(m_mutex);
    return std::any_of(m_underWay.begin(), m_underWay.end(),
                       [&](const auto &entry) { return entry.second.method.starts_with(prefix); });
}

void Dispatcher::enqueue(Job job)
{
    const std::lock_guard lock(m_mutex);
    const Lane lane = job.method->lane;
    Workers &workers = m_lanes[lane];
    workers.queue.push_back(std::move(job));
    if (workers.idle < workers.queue.size() && workers.threads.size() < threadsOf(lane))
        workers.threads.emplace_back([this, &workers](const std::stop_token &stop) { work(workers, stop); });
    workers.wake.notify_one();
}

void Dispatcher::work(Workers &workers, const std::stop_token &stop)
{
    resetThreadAffinity();
    for (;;) {
        Job job;
        {
            std::unique_lock lock(m_mutex);
            ++workers.idle;
            const bool has = workers.wake.wait(lock, stop, [&] { return !workers.queue.empty(); });
            --workers.idle;
            if (!has)
                return;
            job = std::move(workers.queue.front());
            workers.queue.pop_front();
        }
        run(job);
    }
}

void Dispatcher::run(Job &job)
{
    Call call(m_sink, std::move(job.request), job.stop->get_token());
    job.request.id = call.id();
    if (call.isCancelled())
        return answer(job, cancelled(call.id()));
    Result<JsonValue> result = callHandler(job.method->handler, call);
    if (result && call.method() == "initialize")
        m_isInitialized = true;
    Response response{call.id(), {}, std::nullopt};
    if (result)
        response.result = std::move(*result);
    else
        response.error = rpcError(result.error(), rpcCodeOf(result.error()));
    answer(job, std::move(response));
    if (result && call.method() == "shutdown")
        m_isShutdown = true;
}

void Dispatcher::answer(const Job &job, Response response)
{
    if (job.key.empty())
        return; // a notification has no answer
    {
        const std::lock_guard lock(m_mutex);
        m_underWay.erase(job.key);
    }
    m_sink.send(std::move(response));
}

StreamEnd readStream(int descriptor, Dispatcher &dispatcher, FrameSink &sink)
{
    FrameReader reader;
    std::string buffer(std::size_t{1} << 16, '\0');
    for (;;) {
        const ssize_t n = ::read(descriptor, buffer.data(), buffer.size());
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            pollfd poll{descriptor, POLLIN, 0};
            ::poll(&poll, 1, -1);
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return StreamEnd::EndOfInput;
        reader.feed({buffer.data(), static_cast<std::size_t>(n)});
        for (;;) {
            const auto frame = reader.next();
            if (!frame) {
                sink.send(Notification{"$/garbage", JsonValue::object().set("error", errorToJson(frame.error()))});
                return StreamEnd::Garbage;
            }
            if (!*frame)
                break;
            dispatcher.receive(**frame);
            if (dispatcher.isShutdown())
                return StreamEnd::Shutdown;
        }
    }
}

} // namespace espalier
