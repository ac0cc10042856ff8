// SPDX-License-Identifier: Apache-2.0
// Where the program's own files and the user's cache lie on this machine.
#pragma once

#include <string>

namespace espalier {

/// The folder with samples/, data/ and so on: $ESPALIER_RESOURCES, else beside the executable (`../resources`,
/// `../../resources`, `../../../resources`, `../share/espalier/resources`), else that of the source tree it was built
/// from. The first that exists; empty if none does.
std::string resourcesDirectory();

/// $XDG_CACHE_HOME/espalier, else ~/.cache/espalier, else a folder of the user below the system's temporary folder.
/// Not created.
std::string userCacheDirectory();

} // namespace espalier
