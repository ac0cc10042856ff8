// SPDX-License-Identifier: Apache-2.0
// From a file or folder that somebody names to the source that reads it.
#pragma once

#include "engine/data/data_options.h"
#include "engine/data/data_spec.h"

#include <string>

namespace espalier {

/// What `path` (absolute, or relative to options.baseDirectory) is, told by its content and only then by its name: a
/// text table (with a target, and without columns that only number the rows), a folder of pictures, IDX files, a text.
/// A picture stands for its folder, one IDX file for its pair. Reads a bounded part. The path in the parameters is
/// relative where it lies under the base folder. Errors say what was found and what would do.
Result<SourceSpec> recogniseSource(const std::string &path, const DataOptions &options);

} // namespace espalier
