// SPDX-License-Identifier: Apache-2.0
// What can be saved of a document's text that is no JSON: files that were cut off, and lines that were overwritten.
#pragma once

#include "engine/base/json_value.h"
#include "engine/base/result.h"

#include <string_view>
#include <vector>

namespace espalier {

struct Salvaged {
    JsonValue json;
    std::vector<Error> problems; ///< which lines were left out, with where.line
};

/// Reads `text`, which JsonValue::parse refused, without the damaged lines of nodes and wires (each has one of its own)
/// and up to the line where nothing more makes sense. `file` names it in sentences. Fails as the parser does where
/// nothing is left.
Result<Salvaged> salvageDocument(std::string_view text, std::string_view file);

} // namespace espalier
