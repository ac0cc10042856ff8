// SPDX-License-Identifier: Apache-2.0
// Opens what a source of the data section names.
#pragma once

#include "engine/data/data_options.h"
#include "engine/data/data_spec.h"
#include "engine/data/dataset.h"

namespace espalier {

/// Every error names the file, the column and the line where they are known, and says what to do.
Result<DatasetPointer> openSource(const SourceSpec &source, const DataOptions &options);

/// Where a path of the document leads on this machine: absolute ones stay; `--data`, then the document's folder, else.
std::string resolvePath(const std::string &path, const DataOptions &options);

// One opener a kind.
Result<DatasetPointer> openTable(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openBuiltin(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openIdx(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openFolder(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openText(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openGenerator(const SourceSpec &source, const DataOptions &options);
Result<DatasetPointer> openTensors(const SourceSpec &source, const DataOptions &options);

} // namespace espalier
