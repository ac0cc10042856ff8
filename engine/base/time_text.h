// SPDX-License-Identifier: Apache-2.0
// The time of day as text.
#pragma once

#include <cstdint>
#include <string>

namespace espalier {

std::string utcTimeText(); ///< now: "2026-11-24T08:37:33Z"
std::string utcTimeText(std::int64_t seconds); ///< since 1970; empty beyond the year 9999
std::string localTimeName(); ///< "2026-11-24-083733", for the name of a file or folder

} // namespace espalier
