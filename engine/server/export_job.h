// SPDX-License-Identifier: Apache-2.0
// Trained models leave as files that other tools read.
#pragma once

#include "engine/base/json_value.h"
#include "engine/base/result.h"
#include "engine/exchange/formats.h"
#include "engine/server/model.h"

#include <cstdint>
#include <string>

namespace espalier {

struct ExportRequest {
    std::string run; ///< a run directory
    std::string out; ///< file or folder to write, as the format says
    std::string to = "safetensors";
    bool best = false; ///< the best epoch instead of the last
    ModelRequest overrides; ///< where the data lie; `model` is not used
    ExportOptions options;
};

struct ExportReport {
    std::vector<std::string> files; ///< what was written, the main one first
    std::int64_t tensors = 0; ///< weights and running statistics in them
};

/// The weights of a checkpoint, without optimizer slots, in the format asked for. Errors: no such run or checkpoint, an
/// unknown format, what the format can't say, data that are gone (their normalisation goes along), a disk error.
Result<ExportReport> exportRun(const ExportRequest &request);

/// What of a run's drawing a format can't say, with places: {"formats": [{"id", "title", "help", "folder",
/// "extension", "problems": [...]}]}.
Result<JsonValue> checkExport(const ExportRequest &request);

} // namespace espalier
