// SPDX-License-Identifier: Apache-2.0
// An Error as JSON and back: what `check`, failed requests and `--json` of the command line say.
#pragma once

#include "engine/base/error.h"
#include "engine/base/json_value.h"

namespace espalier {

/// {"code", "text" (the template), "args": [{"kind": "integer" | "real" | "shape" | "name" | "unit" | "text", "text",
/// "value"?}], "where": {"graph"?, "node"?, "port"?, "parameter"?, "file"?, "line"?, "column"?}, "fixes": [{"label"
/// (the template), "args", "message" (the label in English), "change": a Change}], "message" (in English)}.
JsonValue errorToJson(const Error &error);
/// Lenient: what is missing stays empty, an unknown kind of argument is text. errorFromJson(errorToJson(e)) == e.
Error errorFromJson(const JsonValue &json);

} // namespace espalier
