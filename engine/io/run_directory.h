// SPDX-License-Identifier: Apache-2.0
// The folder that is the only record of a run: models, events, checkpoints, journal and run.json.
#pragma once

#include "engine/base/file.h"
#include "engine/base/file_lock.h"
#include "engine/io/run_record.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// Used by one thread at a time. The one that writes holds a lock, so that no second process can train into it.
class RunDirectory {
public:
    /// Makes `<parent>/<name>-<n>` with the first n that is free; an empty name means the time. Characters that a file
    /// name can't hold are replaced. Locked; run.json says queued.
    static Result<RunDirectory> create(const std::string &parent, const std::string &name);
    /// Makes `path` itself, which must be missing or empty: a run or anything else in it is refused. Locked.
    static Result<RunDirectory> createAt(const std::string &path);
    /// An existing run, to read.
    static Result<RunDirectory> open(const std::string &path);
    /// An existing run, to go on with: locked, and what a kill left half-written is removed. Fails with code
    /// "run.locked" while another process has it.
    static Result<RunDirectory> openForWriting(const std::string &path);

    const std::string &path() const { return m_path; }
    std::string recordPath() const;
    std::string journalPath() const;
    std::string modelPath(std::int64_t revision) const; ///< models/0001.espalier
    std::string checkpointFolder() const;
    std::string lastCheckpoint() const; ///< checkpoints/last.safetensors
    std::string bestCheckpoint() const;
    std::string stepCheckpoint(std::int64_t step) const; ///< checkpoints/step-1200.safetensors
    std::vector<std::int64_t> checkpointSteps() const; ///< of the numbered ones that are there, ascending

    /// Stores a document that is about to be trained. Returns its revision, from 1 on; the text of the latest revision
    /// again gives that one.
    Result<std::int64_t> writeModel(std::string_view document);
    std::int64_t latestRevision() const; ///< 0 if there is none

    Result<RunRecord> loadRecord() const;
    Result<void> saveRecord(const RunRecord &record);

    /// Adds one line; returns when the disk has it. `entry` must be an object.
    Result<void> appendJournal(const nlohmann::json &entry);
    /// All whole entries. A damaged last line, as a kill leaves it, is passed over; any other is an error with its
    /// line.
    Result<std::vector<nlohmann::json>> readJournal() const;

private:
    explicit RunDirectory(std::string path)
        : m_path(std::move(path))
    {
    }
    std::string inside(std::string_view relative) const;
    Result<void> takeLock();

    std::string m_path;
    std::optional<FileLock> m_lock;
    std::optional<AppendFile> m_journal;
};

/// Whether `path` is a run directory.
bool isRunDirectory(const std::string &path);

struct RunListing {
    std::string path;
    RunRecord record; ///< its state already says `Lost` where the process is gone
    std::optional<Error> error; ///< why run.json can't be read; the record is empty then
};

/// The runs directly in `folder`, oldest first. A missing folder has none.
std::vector<RunListing> listRuns(const std::string &folder);

/// The state of the run at `path`, whose run.json holds `record`: `Lost` where it says that a process is at work, this
/// machine would know of it, and there is none.
RunState actualState(const std::string &path, const RunRecord &record);

} // namespace espalier
