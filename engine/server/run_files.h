// SPDX-License-Identifier: Apache-2.0
// The files of a run directory as a viewer may ask for them.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// The one spelling of a run's path by which all its viewers know it: absolute, links followed.
std::string canonicalRun(const std::string &path);

struct RunFile {
    std::string name; ///< "journal.jsonl", "checkpoints/best.safetensors"
    std::uint64_t size = 0;
    bool grows = false; ///< an event file or the journal: bytes once there stay
};
/// By name; without locks and temporary files. At most 10,000.
std::vector<RunFile> listRunFiles(const std::string &run);

/// The path of `file` in `run`. Errors: a name that would lead outside.
Result<std::string> runFilePath(const std::string &run, const std::string &file);

/// Total size of all that lies in `folder`, without following links.
std::uint64_t folderBytes(const std::string &folder);

} // namespace espalier
