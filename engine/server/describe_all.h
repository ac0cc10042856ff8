// SPDX-License-Identifier: Apache-2.0
// Everything that there is to draw, to load and to set, as JSON: for `espalier describe` and the protocol alike.
#pragma once

#include "engine/base/json_value.h"

namespace espalier {

/// {"layers", "op_layers", "functions", "training", "sources", "categories": names in the order of the palette}.
/// Made once; callable from any thread.
const JsonValue &describeEverything();

/// [{"path", "type", "default", "label", "help", "minimum"?, "maximum"?, "choices"?}]
JsonValue describeTrainingSettings();

} // namespace espalier
