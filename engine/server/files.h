// SPDX-License-Identifier: Apache-2.0
// files.list: the engine's folders, page by page.
#pragma once

#include "engine/server/dispatcher.h"
#include "engine/server/roots.h"

#include <vector>

namespace espalier {

/// `roots` is copied.
void addFileMethods(MethodTable &table, const std::vector<Root> &roots);

/// Whether `name` fits `pattern`, in which * stands for anything and ? for one byte. Without regard to case.
bool matchesPattern(std::string_view name, std::string_view pattern);

} // namespace espalier
