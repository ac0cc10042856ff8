// SPDX-License-Identifier: Apache-2.0
// Lifts documents of earlier versions: pure JSON -> JSON, one function for each step of the format or of a layer kind.
#pragma once

#include "engine/base/json_value.h"

namespace espalier {

/// Lifts the whole file from its version to kDocumentVersion, then each node's parameters to the newest version of its
/// kind. Fails where the version is missing, no number, or newer than this program.
Result<JsonValue> migrateDocument(JsonValue document, std::string_view file);

} // namespace espalier
