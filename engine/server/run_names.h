// SPDX-License-Identifier: Apache-2.0
// Names that people can say and remember for runs that nobody named.
#pragma once

#include "engine/io/run_directory.h"

#include <cstdint>
#include <string>

namespace espalier {

/// "brave-pear"; the same number gives the same name. There are 4,096.
std::string friendlyName(std::uint32_t number);

/// Makes a run with a friendly name that is free in `parent`, which is made if it is missing. As
/// RunDirectory::createAt.
Result<RunDirectory> createNamedRun(const std::string &parent);

} // namespace espalier
