// SPDX-License-Identifier: Apache-2.0
// How a layer is written in the source of another framework. A layer without a spelling is written from its ops.
#pragma once

#include "engine/base/json_value.h"
#include "engine/tensor/tensor.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espalier {

/// One node that is to be written.
struct SpellingCall {
    const JsonValue &params; ///< complete
    std::span<const TensorType> inputs; ///< by port
};

/// What stands in the source. States keep their names: PyTorch's are ours.
struct Spelling {
    std::string module; ///< made once: "nn.Linear(5, 3)"
    std::string call = "{m}({0})"; ///< {m} is the module, {0} the first input
    /// For modules that give several values: an expression of the result {r} for each of the layer's ports.
    std::vector<std::string> results;
    std::vector<std::pair<std::string, Tensor>> buffers; ///< what the framework keeps beside our states
};

/// "3" for equal sides, else "(3, 2)".
std::string pairText(const std::vector<std::int64_t> &sides);
/// ", bias=False" for a parameter that is off; "" where it is on.
std::string offText(const JsonValue &params, std::string_view parameter);
/// Python's spelling of a real number, with a point.
std::string realText(double value);
/// `call` inside of the activation that Dense and convolutions have ("none", "relu", ...).
std::string torchActivation(std::string_view name, std::string call, int softmaxAxis);

} // namespace espalier
