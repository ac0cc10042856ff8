// SPDX-License-Identifier: Apache-2.0
// The catalogue as JSON: palette, property editor, validation, help and docs all follow from it.
#pragma once

#include "engine/base/json_value.h"

namespace espalier {

/// [{"id", "version", "category", "title", "help", "aliases", "params": [...], "inputs": [...], "outputs": [...]}], the
/// kinds in the order of the palette.
JsonValue describeLayers();

} // namespace espalier
