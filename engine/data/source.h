// SPDX-License-Identifier: Apache-2.0
// Opens what a source of the data section names.
#pragma once

#include "engine/data/data_options.h"
#include "engine/data/data_spec.h"
#include "engine/data/dataset.h"

namespace espalier {

/// Every error names the file, the column and the line where they are known, and says what to do.
Result<DatasetPointer> openSource(const SourceSpec &source, const DataOptions &options);

/// Named folders of this machine: a document's path "data:mnist/train.csv" starts at the one called "data". Set once,
/// before data are opened.
void setDataRoots(std::vector<std::pair<std::string, std::string>> roots);

/// Where a path of the document leads on this machine: absolute ones stay; `--data`, then the document's folder, else.
std::string resolvePath(const std::string &path, const DataOptions &options);

/// What a source that reads `path` (a file) depends on.
struct SourceIdentity {
    std::uint64_t fingerprint = 0; ///< content and parameters: the same for a copy of the file
    std::string cacheKey; ///< also changes when the file may have changed; names the row cache
};
Result<SourceIdentity> identify(const SourceSpec &source, const std::string &path);

/// The first rows, at once, from a bounded part of the source: 20 GB of table or a million pictures answer as fast as a
/// small one. total() of the result says how many rows there are, or about how many. Classes that only later rows have
/// are not known yet. Statistics that are to be refined come from openSource(), or from a preview of more rows.
Result<DatasetPointer> previewSource(const SourceSpec &source, DataOptions options, std::int64_t rows);

// One opener a kind.
Result<DatasetPointer> openTable(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openBuiltin(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openIdx(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openFolder(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openText(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openGenerator(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openTensors(const SourceSpec &source, const DataOptions &options);

} // namespace espalier
