// SPDX-License-Identifier: Apache-2.0
// Who trains on this machine, and who waits for a turn: tickets of one user's processes in the runtime folder.
#pragma once

#include "engine/base/file_lock.h"
#include "engine/base/json_value.h"

#include <memory>
#include <string>
#include <vector>

namespace espalier {

struct QueueEntry {
    std::string ticket; ///< sorts by the time at which it was taken
    std::string run; ///< path
    bool isTraining = false; ///< else it waits
    std::vector<int> processors; ///< that it trains on
};

/// One process's place. The file is there, and its lock held, as long as the object: a process that dies leaves the
/// queue however it dies.
class RunTicket {
public:
    /// Errors: see runtimeDirectory(); a folder that can't be written.
    static Result<std::unique_ptr<RunTicket>> take(const std::string &run, bool isTraining,
                                                   const std::vector<int> &processors);
    RunTicket(const RunTicket &) = delete;
    RunTicket &operator=(const RunTicket &) = delete;
    ~RunTicket();

    Result<void> startTraining();
    /// Those that must be over, or have started, before this one's turn comes; in order.
    std::vector<QueueEntry> ahead() const;

private:
    RunTicket(FileLock lock, std::string path, QueueEntry entry);
    Result<void> write() const;

    FileLock m_lock;
    std::string m_path; ///< without extension
    QueueEntry m_entry;
};

/// All living tickets, in the order in which they were taken. What dead processes left is removed.
std::vector<QueueEntry> queueEntries();
JsonValue queueToJson(const std::vector<QueueEntry> &entries);

/// The processors of this process that no training run has; all of them where that leaves none.
struct FreeProcessors {
    std::vector<int> processors;
    std::string sharedWith; ///< a run that has them, too; "" where nobody has
};
FreeProcessors freeProcessors();

/// Binds the calling thread's OpenMP team, one thread to each.
void bindTeam(const std::vector<int> &processors);

} // namespace espalier
