// SPDX-License-Identifier: Apache-2.0
// The time of day as text.
#pragma once

#include <string>

namespace espalier {

std::string utcTimeText(); ///< "2026-11-24T08:37:33Z"
std::string localTimeName(); ///< "2026-11-24-083733", for the name of a file or folder

} // namespace espalier
