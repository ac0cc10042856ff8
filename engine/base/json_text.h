// SPDX-License-Identifier: Apache-2.0
// JSON text in and out without exceptions: the one place where nlohmann's are caught.
#pragma once

#include "engine/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace espalier {

enum class DuplicateKeys { LastWins, Refuse };

/// Parses one JSON value. `what` names the text in the error ("digits.espalier"), which gives line and column.
/// Nesting deeper than 200 is refused, so that recursive code over the result can't exhaust the stack.
Result<nlohmann::json> parseJson(std::string_view text, std::string_view what,
                                 DuplicateKeys duplicates = DuplicateKeys::LastWins);

/// As parseJson, but objects keep the order of their keys.
Result<nlohmann::ordered_json> parseOrderedJson(std::string_view text, std::string_view what);

/// Text of `value`: one line, or indented by `indent` spaces. Bytes that are no UTF-8 become U+FFFD; NaN and
/// infinities become null.
std::string jsonText(const nlohmann::json &value, int indent = -1);
std::string jsonText(const nlohmann::ordered_json &value, int indent = -1);

} // namespace espalier
