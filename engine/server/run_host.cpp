// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_host.h"

#include "engine/base/process.h"
#include "engine/base/processor.h"
#include "engine/base/time_text.h"
#include "engine/server/run_connection.h"

#include <condition_variable>
#include <exception>
#include <new>
#include <optional>

namespace espalier {
namespace {

/// What a throwing library left behind: a run.json that says running.
void failOnDisk(const std::string &run, const Error &why)
{
    if (run.empty())
        return;
    auto directory = RunDirectory::openForWriting(run);
    auto record = directory ? directory->loadRecord() : fail(directory.error());
    if (!record || !needsProcess(record->state))
        return;
    record->state = RunState::Failed;
    record->error = why.message();
    record->ended = utcTimeText();
    record->pid = 0;
    record->socket.clear();
    (void)directory->saveRecord(*record); // what led here is the error to report
}

Result<TrainOutcome> trainGuarded(LiveRun &run, const TrainRequest &request, const TrainHooks &hooks,
                                  std::vector<Error> &problems)
{
    try {
        return runTraining(request, run.control(), run, hooks, problems);
    } catch (const std::bad_alloc &) {
        return fail("memory",
                    "Out of memory. Use a smaller batch size or a smaller model, or close other programs, and resume.");
    } catch (const std::exception &e) {
        return fail("internal", "Something inside Espalier failed: {0}. Please report it; the run can be resumed.",
                    Arg(Arg::Kind::Text, e.what()));
    }
}

/// Whoever started it waits for its folder, or for its refusal.
struct Birth {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<Result<void>> result;

    void tell(Result<void> what)
    {
        const std::lock_guard lock(mutex);
        if (!result)
            result = std::move(what);
        wake.notify_all();
    }
};

} // namespace

Result<TrainOutcome> trainLive(LiveRun &run, const TrainRequest &request, const TrainHooks &hooks,
                               std::vector<Error> &problems)
{
    auto outcome = trainGuarded(run, request, hooks, problems);
    if (!outcome)
        failOnDisk(run.run(), outcome.error());
    run.finish(outcome);
    return outcome;
}

RunHost::RunHost() = default;

RunHost::~RunHost()
{
    wait();
}

RunSocket::Serve RunHost::serveFunction()
{
    return [this](LocalStream &stream) { serveRunStream(*this, stream); };
}

Result<std::shared_ptr<LiveRun>> RunHost::start(TrainRequest request)
{
    auto birth = std::make_shared<Birth>();
    auto run = std::make_shared<LiveRun>(nullptr, serveFunction());
    const std::lock_guard starting(m_startMutex);
    if (isBusy())
        return fail("run.busy",
                    "This engine trains {0} already, and one engine trains one run. Start another engine for the next, "
                    "or wait until this one is over.",
                    live()->run());
    wait(); // for the last words of the run before
    leaveTerminal();
    FreeProcessors place = freeProcessors();
    if (request.threads > 0 && place.processors.size() > static_cast<std::size_t>(request.threads))
        place.processors.resize(static_cast<std::size_t>(request.threads));
    if (place.processors != processorSet() && !request.waits && place.sharedWith.empty() && request.threads == 0)
        request.processors = place.processors; // disjoint from those of the runs that train already
    if (!request.waits)
        run->setSharing(place.sharedWith);
    run->setPlace(request.waits, place.processors);
    {
        const std::lock_guard lock(m_mutex);
        m_runs.push_back(run);
        m_control = &run->control();
        m_thread = std::thread([this, run, birth, request = std::move(request)] {
            const TrainHooks hooks = run->hooks([&](const std::string &) { birth->tell({}); }, {});
            std::vector<Error> problems;
            const auto outcome = trainLive(*run, request, hooks, problems);
            m_control = nullptr;
            birth->tell(outcome ? Result<void>() : fail(outcome.error()));
        });
    }
    std::unique_lock lock(birth->mutex);
    birth->wake.wait(lock, [&] { return birth->result.has_value(); });
    if (!*birth->result)
        return fail(birth->result->error());
    return run;
}

void RunHost::adopt(std::shared_ptr<LiveRun> run)
{
    const std::lock_guard lock(m_mutex);
    m_control = &run->control();
    m_runs.push_back(std::move(run));
}

std::shared_ptr<LiveRun> RunHost::live() const
{
    const std::lock_guard lock(m_mutex);
    return m_runs.empty() ? nullptr : m_runs.back();
}

bool RunHost::isBusy() const
{
    const auto run = live();
    return run && !run->isOver();
}

void RunHost::wait()
{
    std::thread thread;
    {
        const std::lock_guard lock(m_mutex);
        thread = std::move(m_thread);
    }
    if (thread.joinable())
        thread.join();
}

bool RunHost::requestStop()
{
    TrainControl *control = m_control;
    if (control)
        control->requestStop();
    return control != nullptr;
}

} // namespace espalier
