// SPDX-License-Identifier: Apache-2.0
// Hyper-parameters in event files, as TensorBoard's HParams plugin writes them.
#pragma once

#include "engine/base/json_value.h"

#include <string_view>

namespace espalier {

/// {"rate": 0.1, "optimizer": "adam", "nesterov": true} of an HParamsPluginData message that starts a session; an empty
/// object where it is another one, or damaged.
JsonValue settingsOfHyperParameters(std::string_view content);

} // namespace espalier
