// SPDX-License-Identifier: Apache-2.0
// Requests find their handler and a thread: nothing long delays anything short, and everything can be cancelled.
#pragma once

#include "engine/server/frame_sink.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace espalier {

struct Frame;

/// Which thread answers.
enum class Lane {
    Now, ///< the reading thread, in order of arrival: for what takes no time
    Check, ///< one thread of its own, in order
    Estimate, ///< one thread of its own, in order
    Control, ///< one thread of its own, in order: commands to a run, which wait for its step
    Work, ///< a few threads: files, data, evaluation, export
};

/// One request or notification under way, as its handler sees it.
class Call {
public:
    Call(FrameSink &sink, Request request, std::stop_token stop);

    const std::string &method() const { return m_request.method; }
    const JsonValue &params() const { return m_request.params; }
    const JsonValue &id() const { return m_request.id; } ///< null for a notification
    const std::stop_token &stop() const { return m_stop; }
    bool isCancelled() const { return m_stop.stop_requested(); }
    FrameSink &sink() const { return m_sink; }

    /// Sends `$/progress`, at most 20 times a second and always at the end. From one thread.
    void progress(double done, double total, std::string_view text);
    /// A binary frame that belongs to the answer; it arrives before it. "id" is added to the header.
    void sendBinary(JsonValue header, std::string_view bytes);

private:
    FrameSink &m_sink;
    Request m_request;
    std::stop_token m_stop;
    std::chrono::steady_clock::time_point m_lastProgress;
};

/// The result, or the Error to answer with. Codes that become codes of the protocol: "rpc.params" (invalid params),
/// "rpc.cancelled" and "data.cancelled", "document.stale"; all others are errors of the person's input.
using Handler = std::function<Result<JsonValue>(Call &)>;

/// The methods that a process answers. Filled before the first frame; then only read.
class MethodTable {
public:
    struct Method {
        Lane lane = Lane::Now;
        Handler handler;
        bool beforeInitialize = false;
    };
    void add(std::string_view name, Lane lane, Handler handler);
    /// May be called before `initialize`.
    void addAlways(std::string_view name, Lane lane, Handler handler);
    const Method *find(std::string_view name) const;
    std::vector<std::string> names() const;

private:
    std::map<std::string, Method, std::less<>> m_methods;
};

/// Answers the frames of one connection. `receive` is called by one thread; `table` and `sink` must outlive it.
class Dispatcher {
public:
    Dispatcher(const MethodTable &table, FrameSink &sink);
    /// Cancels what is under way and waits for it.
    ~Dispatcher();

    void receive(const Frame &frame);
    /// Asks everything under way to stop; what waits is answered as cancelled.
    void cancelAll();
    /// Whether a request for a method whose name begins so waits or runs.
    bool isBusyWith(std::string_view prefix);
    bool isShutdown() const { return m_isShutdown; } ///< `shutdown` was answered

private:
    struct Job {
        Request request;
        const MethodTable::Method *method = nullptr;
        std::shared_ptr<std::stop_source> stop;
        std::string key; ///< of the id; empty for a notification
    };
    struct UnderWay {
        std::string method;
        std::shared_ptr<std::stop_source> stop;
    };
    struct Workers {
        std::deque<Job> queue;
        std::size_t idle = 0;
        std::condition_variable_any wake;
        std::vector<std::jthread> threads; ///< last: joined before what they use goes
    };

    void take(Request request, bool wantsAnswer);
    void cancel(const JsonValue &id);
    void enqueue(Job job);
    void work(Workers &workers, const std::stop_token &stop);
    void run(Job &job);
    void answer(const Job &job, Response response);

    const MethodTable &m_table;
    FrameSink &m_sink;
    std::mutex m_mutex;
    std::map<std::string, UnderWay> m_underWay; ///< by key of the id
    std::map<Lane, Workers> m_lanes;
    std::atomic<bool> m_isInitialized = false;
    std::atomic<bool> m_isShutdown = false;
};

enum class StreamEnd { EndOfInput, Shutdown, Garbage };
/// Reads frames from a descriptor until its end, `shutdown`, or bytes that are no frames (told on the sink as a
/// notification "$/garbage" {"error"}).
StreamEnd readStream(int descriptor, Dispatcher &dispatcher, FrameSink &sink);

} // namespace espalier
