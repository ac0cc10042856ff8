// SPDX-License-Identifier: Apache-2.0
// The schema of all layer kinds as JSON: what palette, property editor, help and generated docs are made from.
#pragma once

#include "engine/layers/layer_kind.h"

namespace espalier {

/// A list of kinds in the order of the palette, each {"id", "version", "category", "title", "help", "aliases",
/// "params":
/// [{"name", "type", "default", "label", "help", "minimum"?, "maximum"?, "choices"?, "min_length"?, "max_length"?,
/// "unit"?}], "inputs": [{"name", "help", "optional", "variadic"}], "outputs": [...], "training_only",
/// "dynamic_ports", "outputs_from"?}. With dynamic ports, those of the default parameters stand there; "outputs_from"
/// is the parameter that lists the outputs, where that is all.
JsonValue describeLayers();
/// As describeLayers, for the kinds "op.<name>".
JsonValue describeOpLayers();
/// What formulas can call: [{"name", "help"}].
JsonValue describeFunctions();
JsonValue describeLayer(const LayerKind &kind);

/// "integer", "real", "bool", "choice", "integer_list", "expression", "text", "file", "dtype", "initializer", "any".
std::string_view name(ParamType type);

} // namespace espalier
