// SPDX-License-Identifier: Apache-2.0
#include "engine/server/logdir_methods.h"

#include "engine/base/threads.h"
#include "engine/protocol/error_json.h"
#include "engine/server/logdir.h"
#include "engine/server/params.h"
#include "engine/server/run_files.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <optional>

namespace espalier {
namespace {

using Clock = std::chrono::steady_clock; // the time of day may jump

constexpr std::chrono::milliseconds kLookEvery{250}; ///< at the files that are known
constexpr std::chrono::milliseconds kSearchEvery{2000}; ///< for new ones
constexpr int kRest = 20; ///< times as long as looking took: a slow disk, or ten thousand files, get 5 % of it

JsonValue newsJson(const Logdir &logdir, const Logdir::News &news)
{
    JsonValue runs = JsonValue::array();
    for (const std::string &path : news.changed)
        runs.append(logdir.runJson(path));
    JsonValue gone = JsonValue::array();
    for (const std::string &path : news.gone)
        gone.append(path);
    return JsonValue::object()
        .set("folder", logdir.folder())
        .set("runs", std::move(runs))
        .set("gone", std::move(gone))
        .set("truncated", logdir.isTruncated());
}

/// Follows one folder until it is asked to stop.
class Watch {
public:
    Watch(FrameSink &sink, Logdir logdir)
        : m_sink(sink)
        , m_logdir(std::move(logdir))
    {
    }
    void run(const std::stop_token &stop)
    {
        resetThreadAffinity();
        auto searched = Clock::now();
        std::chrono::nanoseconds searchRest = kSearchEvery;
        for (std::chrono::nanoseconds rest = kLookEvery; sleep(stop, rest);) {
            const auto began = Clock::now();
            if (began - searched >= searchRest) {
                search(stop);
                searched = Clock::now();
                searchRest = std::max<std::chrono::nanoseconds>(kSearchEvery, (searched - began) * kRest);
                continue;
            }
            if (const Logdir::News news = m_logdir.look(); !news.isEmpty())
                tell(newsJson(m_logdir, news));
            rest = std::max<std::chrono::nanoseconds>(kLookEvery, (Clock::now() - began) * kRest);
        }
    }

private:
    bool sleep(const std::stop_token &stop, std::chrono::nanoseconds duration)
    {
        std::unique_lock lock(m_mutex);
        return !m_wake.wait_for(lock, stop, duration, [&] { return stop.stop_requested(); });
    }
    /// A folder that can't be listed is told once, and once more when it is back.
    void search(const std::stop_token &stop)
    {
        const auto news = m_logdir.search(stop);
        const std::string problem = news ? std::string() : news.error().message();
        const bool isNew = problem != m_problem;
        m_problem = problem;
        JsonValue json = newsJson(m_logdir, news.value_or(Logdir::News()));
        json.set("problem", news ? JsonValue() : errorToJson(news.error()));
        if (isNew || (news && !news->isEmpty()))
            tell(std::move(json));
    }
    void tell(JsonValue json) { m_sink.send(Notification{"logdir.changed", std::move(json)}); }

    FrameSink &m_sink;
    Logdir m_logdir;
    std::string m_problem;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
};

} // namespace

LogdirDesk::LogdirDesk(FrameSink &sink, std::vector<Root> roots)
    : m_sink(sink)
    , m_roots(std::move(roots))
{
}

LogdirDesk::~LogdirDesk() = default;

void LogdirDesk::addMethods(MethodTable &table)
{
    table.add("logdir.open", Lane::Work, [this](Call &call) { return open(call); });
    table.add("logdir.close", Lane::Work, [this](Call &call) { return close(call); });
}

Result<std::string> LogdirDesk::folderOf(const Call &call) const
{
    ESPALIER_TRY(const std::string named, requiredText(call, "folder"));
    ESPALIER_TRY(const std::string folder, resolveRoot(named, m_roots));
    return canonicalRun(folder);
}

Result<JsonValue> LogdirDesk::open(const Call &call)
{
    ESPALIER_TRY(const std::string folder, folderOf(call));
    Logdir logdir(folder);
    ESPALIER_TRY(const Logdir::News news, logdir.search(call.stop()));
    if (call.isCancelled())
        return fail("rpc.cancelled", "The request was cancelled.");
    JsonValue result = newsJson(logdir, news);
    const std::lock_guard lock(m_mutex);
    m_watches[folder] = std::jthread([watch = std::make_shared<Watch>(m_sink, std::move(logdir))](
                                         const std::stop_token &stop) { watch->run(stop); });
    return result;
}

Result<JsonValue> LogdirDesk::close(const Call &call)
{
    ESPALIER_TRY(const std::string folder, folderOf(call));
    std::jthread left; // ends after the lock
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_watches.find(folder); found != m_watches.end()) {
        left = std::move(found->second);
        m_watches.erase(found);
    }
    return JsonValue::object().set("folder", folder);
}

} // namespace espalier
