// SPDX-License-Identifier: Apache-2.0
// data.recognise, data.describe, data.rows, data.statistics, data.image: looking at data before a model is trained on
// them.
#pragma once

#include "engine/data/data_options.h"
#include "engine/data/data_spec.h"
#include "engine/data/dataset.h"
#include "engine/server/dispatcher.h"
#include "engine/server/roots.h"
#include "engine/server/session.h"

#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace espalier {

struct DataStatistics;

/// Sources that were looked at, kept for the next page. Every function can be called from any thread.
class DataDesk {
public:
    /// `session` must outlive it.
    DataDesk(const Session &session, std::vector<Root> roots);
    void addMethods(MethodTable &table);

private:
    struct Subject {
        SourceSpec source;
        std::string folder;
        std::vector<NormalizationSpec> normalize;
    };
    /// Where relative paths start: that of the open document, else as the call says.
    Result<std::string> folderOf(const Call &call) const;
    Error withFixes(const Call &call, Error problem) const;
    Result<Subject> subjectOf(const Call &call) const;
    /// At least the first `rows` rows (0: all), or the whole source where it has fewer.
    Result<DatasetPointer> open(Call &call, const Subject &subject, std::int64_t rows);
    DatasetPointer kept(const std::string &key);
    void keep(const std::string &key, DatasetPointer data);

    Result<JsonValue> recognise(Call &call);
    Result<JsonValue> describe(Call &call, const Subject &subject);
    Result<JsonValue> rows(Call &call);
    Result<JsonValue> statistics(Call &call);
    static Result<JsonValue> cellsOf(const Subject &subject, std::int64_t rows, const DataOptions &options);
    Result<JsonValue> problemsOf(const Call &call, const Subject &subject, const Dataset &data,
                                 const DataStatistics &found) const;
    Result<JsonValue> image(Call &call);

    const Session &m_session;
    std::vector<Root> m_roots;
    std::mutex m_mutex;
    std::deque<std::pair<std::string, DatasetPointer>> m_kept; ///< latest use first
};

} // namespace espalier
