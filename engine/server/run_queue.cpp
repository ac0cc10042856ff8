// SPDX-License-Identifier: Apache-2.0
#include "engine/server/run_queue.h"

#include "engine/base/file.h"
#include "engine/base/local_socket.h"
#include "engine/base/process.h"
#include "engine/base/processor.h"

#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace espalier {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTicket = ".ticket";
constexpr std::string_view kLock = ".lock";
constexpr std::uint64_t kMostTicket = 1 << 16;

Result<std::string> queueFolder()
{
    ESPALIER_TRY(const std::string runtime, runtimeDirectory());
    const fs::path folder = fs::path(runtime) / "queue";
    std::error_code code;
    fs::create_directory(folder, code); // inside a folder that is this user's alone
    return folder.string();
}

std::string nextTicket()
{
    static std::atomic<int> count = 0;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    return fmt::format("{:020}-{}-{}", micros, processId(), count++);
}

std::optional<QueueEntry> entryAt(const fs::path &ticket)
{
    const auto text = readFile(ticket.string(), kMostTicket);
    const auto json = text ? JsonValue::parse(*text, "a ticket") : fail(text.error());
    if (!json)
        return std::nullopt;
    return QueueEntry{ticket.stem().string(), (*json)["run"].string(), (*json)["training"].boolean(),
                      parseProcessorSet((*json)["processors"].string())};
}

} // namespace

RunTicket::RunTicket(FileLock lock, std::string path, QueueEntry entry)
    : m_lock(std::move(lock))
    , m_path(std::move(path))
    , m_entry(std::move(entry))
{
}

RunTicket::~RunTicket()
{
    std::error_code ignored;
    fs::remove(m_path + std::string(kTicket), ignored); // the ticket first: a lock alone means nothing
    fs::remove(m_path + std::string(kLock), ignored);
}

Result<void> RunTicket::write() const
{
    const JsonValue json = JsonValue::object()
                               .set("run", m_entry.run)
                               .set("training", m_entry.isTraining)
                               .set("processors", processorSetText(m_entry.processors));
    return writeFileAtomically(m_path + std::string(kTicket), json.dump());
}

Result<std::unique_ptr<RunTicket>> RunTicket::take(const std::string &run, bool isTraining,
                                                   const std::vector<int> &processors)
{
    ESPALIER_TRY(const std::string folder, queueFolder());
    const std::string name = nextTicket();
    const std::string path = (fs::path(folder) / name).string();
    ESPALIER_TRY(FileLock lock, FileLock::acquire(path + std::string(kLock)));
    std::unique_ptr<RunTicket> ticket(new RunTicket(std::move(lock), path, {name, run, isTraining, processors}));
    ESPALIER_CHECK(ticket->write());
    return ticket;
}

Result<void> RunTicket::startTraining()
{
    m_entry.isTraining = true;
    return write();
}

std::vector<QueueEntry> RunTicket::ahead() const
{
    std::vector<QueueEntry> entries = queueEntries();
    std::erase_if(entries, [&](const QueueEntry &entry) {
        return entry.ticket == m_entry.ticket || (!entry.isTraining && entry.ticket > m_entry.ticket);
    });
    return entries;
}

std::vector<QueueEntry> queueEntries()
{
    std::vector<QueueEntry> entries;
    const auto folder = queueFolder();
    std::error_code code;
    for (fs::directory_iterator it(folder.value_or(""), code), end; !code && it != end; it.increment(code)) {
        const fs::path ticket = it->path();
        if (ticket.extension() != kTicket)
            continue;
        fs::path lock = ticket;
        lock.replace_extension(kLock);
        if (FileLock::probe(lock.string()) == FileLock::State::Free) { // its process is gone
            std::error_code ignored;
            fs::remove(ticket, ignored);
            fs::remove(lock, ignored);
            continue;
        }
        if (auto entry = entryAt(ticket))
            entries.push_back(std::move(*entry));
    }
    std::sort(entries.begin(), entries.end(),
              [](const QueueEntry &a, const QueueEntry &b) { return a.ticket < b.ticket; });
    return entries;
}

JsonValue queueToJson(const std::vector<QueueEntry> &entries)
{
    JsonValue list = JsonValue::array();
    std::int64_t place = 0;
    for (const QueueEntry &entry : entries) {
        JsonValue json = JsonValue::object().set("run", entry.run);
        json.set("state", entry.isTraining ? "training" : "queued");
        if (!entry.isTraining)
            json.set("place", place++);
        list.append(json.set("processors", processorSetText(entry.processors)));
    }
    return list;
}

FreeProcessors freeProcessors()
{
    FreeProcessors out{processorSet(), {}};
    std::vector<int> left = out.processors;
    for (const QueueEntry &entry : queueEntries()) {
        if (!entry.isTraining)
            continue;
        const auto isTaken = [&](int p) {
            return std::find(entry.processors.begin(), entry.processors.end(), p) != entry.processors.end();
        };
        if (std::any_of(out.processors.begin(), out.processors.end(), isTaken))
            out.sharedWith = entry.run;
        std::erase_if(left, isTaken);
    }
    if (left.empty())
        return out;
    return {std::move(left), {}};
}

void bindTeam(const std::vector<int> &processors)
{
    const int threads = static_cast<int>(processors.size());
#pragma omp parallel num_threads(threads)
    {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(processors[static_cast<std::size_t>(omp_get_thread_num())], &one);
        (void)sched_setaffinity(0, sizeof one, &one); // failure costs speed only
    }
}

} // namespace espalier
