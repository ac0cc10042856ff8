// SPDX-License-Identifier: Apache-2.0
// A case of a layer kind as a small drawing with values: what the walks over the catalogue share.
#pragma once

#include "engine/graph/lower.h"

#include <string>
#include <vector>

namespace espalier::test {

/// The layer between an Input for each value and an Output for each result.
struct BuiltCase {
    Document document;
    Lowered lowered;
    Program program; ///< forward, with an output for each port
    std::vector<std::string> ports;
};

/// `floats` stands for float32 in the case's types. Problems are in `lowered`.
BuiltCase buildCase(const LayerKind &kind, const LayerCase &c, DType floats, Mode mode);
/// In the program's order. Drawn in float64 and converted, so that all dtypes see the same numbers.
std::vector<Tensor> inputsOf(const BuiltCase &built, const LayerCase &c, DType floats);
/// Initial values, moved a little, so that a zero bias hides nothing.
std::vector<Tensor> statesOf(const BuiltCase &built);

} // namespace espalier::test
