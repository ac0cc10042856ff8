// SPDX-License-Identifier: Apache-2.0
// Trained weights leave as files that other tools read.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <string>

namespace espalier {

struct ExportRequest {
    std::string run; ///< a run directory
    std::string out; ///< file to write
    std::string to = "safetensors";
    bool best = false; ///< the best epoch instead of the last
};

/// The weights and running statistics of a checkpoint, without optimizer slots, under their name paths. Returns the
/// number of tensors. Errors: no such run or checkpoint, an unknown format, a file that can't be written.
Result<std::int64_t> exportRun(const ExportRequest &request);

} // namespace espalier
