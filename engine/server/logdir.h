// SPDX-License-Identifier: Apache-2.0
// Any folder with TensorBoard's event files, whoever wrote them: each directory with one is a run.
#pragma once

#include "engine/base/json_value.h"
#include "engine/base/result.h"

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace espalier {

/// As one look at the disk finds it.
struct LogFile {
    std::uint64_t size = 0;
    std::uint64_t identity = 0; ///< another one under the same name is another file
    std::int64_t generation = 0; ///< how often it was replaced or became shorter since it was first seen
};

struct LogRun {
    std::string name; ///< relative to the folder; "." for itself
    bool isOurs = false; ///< has a run.json
    std::map<std::string, LogFile> files;
};

/// Keeps what a folder held when it was last looked at. Used by one thread at a time.
class Logdir {
public:
    explicit Logdir(std::string folder)
        : m_folder(std::move(folder))
    {
    }
    const std::string &folder() const { return m_folder; }

    struct News {
        std::vector<std::string> changed; ///< paths of runs: new, or their files grew or were replaced
        std::vector<std::string> gone;
        bool isEmpty() const { return changed.empty() && gone.empty(); }
    };
    /// Looks for directories and files, new and gone. At most kMostRuns runs and kDeepest levels; without hidden
    /// directories and links to others. Error: the folder itself can't be listed; what was known stays then.
    Result<News> search(const std::stop_token &stop);
    /// Looks at the files that are known, which takes a fraction of the time.
    News look();

    bool isTruncated() const { return m_isTruncated; } ///< there is more than kMostRuns and kMostFolders
    const std::map<std::string, LogRun> &runs() const { return m_runs; }
    /// {"run", "name", "folder", "foreign", "files": [...], ...}; of ours as describeRun.
    JsonValue runJson(const std::string &path) const;

    static constexpr std::size_t kMostRuns = 10'000;
    static constexpr std::size_t kMostFolders = 200'000;
    static constexpr int kDeepest = 16;

private:
    std::string m_folder;
    std::map<std::string, LogRun> m_runs; ///< by path
    std::map<std::string, LogRun> m_gone; ///< as they were; they may come back
    bool m_isTruncated = false;
};

} // namespace espalier
