// SPDX-License-Identifier: Apache-2.0
// Named folders of the engine's machine: paths that mean the same to a studio on another one.
#pragma once

#include "engine/base/json_value.h"
#include "engine/base/result.h"

#include <string>
#include <vector>

namespace espalier {

struct Root {
    std::string name; ///< letters, digits, '-' and '_'
    std::string path; ///< absolute
};

/// Home, and the samples that come with Espalier.
std::vector<Root> defaultRoots();
/// "NAME=PATH" of `espalier serve --root`.
Result<Root> readRoot(const std::string &assignment);
/// "home:data/iris.csv" becomes a path below that root; others stay. An unknown root is an Error that lists the known.
Result<std::string> resolveRoot(const std::string &path, const std::vector<Root> &roots);
/// Makes the roots known to the paths of documents.
void applyRoots(const std::vector<Root> &roots);
/// [{"name", "path"}]
JsonValue toJson(const std::vector<Root> &roots);

} // namespace espalier
