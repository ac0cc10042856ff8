// SPDX-License-Identifier: Apache-2.0
// What the operating system's refusals mean for a person.
#pragma once

#include "engine/base/error.h"

#include <string>

namespace espalier {

/// The sentence for an `errno` that came of reading or writing `path`.
Error fileReadError(const std::string &path, int code);
Error fileWriteError(const std::string &path, int code);

} // namespace espalier
