// SPDX-License-Identifier: Apache-2.0
// What a drawing must know of its data, opened once and kept: a check never waits for a disk.
#pragma once

#include "engine/data/data_spec.h"
#include "engine/server/check.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace espalier {

/// Another text whenever a file that the source names was replaced or written; sees a folder from outside only.
std::string stampOfSource(const SourceSpec &source, const std::string &folder);

/// Opens data sections on a thread of its own. Every function can be called from any thread.
class DataFacts {
public:
    /// `changed` is called from that thread, with the document's id, once data that an answer had to do without are
    /// there: the document wants another check.
    explicit DataFacts(std::function<void(const std::string &document)> changed);
    ~DataFacts();

    /// The facts for this data section and folder, with the files as they are now. Waits 50 ms at most; then what was
    /// known last of this document, marked as pending.
    CheckData facts(const std::string &document, const JsonValue &section, const std::string &folder,
                    const TrainingSettings &settings);
    void forget(const std::string &document);

    struct Facts {
        std::vector<BoundSource> sources;
        std::int64_t trainRows = -1; ///< below 0: not known exactly
        std::int64_t rows = 0; ///< in all parts
        std::optional<Error> problem;
    };

private:
    using Pointer = std::shared_ptr<const Facts>;
    struct Job {
        std::string key;
        JsonValue section;
        std::string folder;
    };

    void work(const std::stop_token &stop);
    bool isWanted(const std::string &key) const;
    void keep(const std::string &key, Pointer facts);

    std::function<void(const std::string &)> m_changed;
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Job> m_jobs;
    std::map<std::string, std::set<std::string>> m_waiting; ///< key -> documents that were answered without it
    std::set<std::string> m_underWay; ///< keys of jobs, waiting or being opened
    std::map<std::string, Pointer> m_known; ///< by key
    std::deque<std::string> m_age; ///< keys of m_known, oldest first
    std::map<std::string, Pointer> m_last; ///< by document
    std::map<std::string, std::string> m_wanted; ///< document -> key that it was checked with last
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace espalier
