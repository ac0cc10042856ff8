// SPDX-License-Identifier: Apache-2.0
// `evaluate`, `export` and `export.check` of the protocol.
#pragma once

#include "engine/server/dispatcher.h"
#include "engine/server/roots.h"
#include "engine/server/session.h"

#include <vector>

namespace espalier {

/// `session` must outlive the table.
void addWorkMethods(MethodTable &table, const Session &session, const std::vector<Root> &roots);

} // namespace espalier
