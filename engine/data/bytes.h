// SPDX-License-Identifier: Apache-2.0
// Whole files, plain or gzip, with sentences for what can be wrong.
#pragma once

#include "engine/base/result.h"

#include <cstdint>
#include <string>

namespace espalier {

/// The content of `path`; .gz (by its magic number) is unpacked. `limit` bounds what comes out: beyond it is an Error.
Result<std::string> readData(const std::string &path, std::uint64_t limit);
/// "data.missing" with the nearest name in the folder.
Error missingFile(const std::string &path);

} // namespace espalier
