// SPDX-License-Identifier: Apache-2.0
// From the nodes of a drawing to classes of nn.Module: blocks become submodules, their names attributes. Private.
#pragma once

#include "engine/exchange/model.h"
#include "engine/exchange/pytorch/expressions.h"
#include "engine/layers/spelling.h"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace espalier::pytorch {

/// All classes of one file.
struct Source {
    std::vector<std::pair<std::string, std::string>> classes; ///< {name, text}, in order of definition
    std::map<std::string, std::string> keys; ///< state path -> name in the module's state_dict
    std::map<std::string, Tensor> buffers; ///< names and values that only PyTorch keeps
    std::vector<std::string> arguments; ///< of the outermost forward, by program input
    std::vector<Error> problems;
};

/// `lowered` in training mode, so that dropout and batch norm are there.
Source writeModules(const Lowered &lowered, const Document &document, const std::string &name);

/// A name as Python takes it: "fc 1" -> "fc_1".
std::string identifier(std::string_view name);
/// "residual block" -> "ResidualBlock"
std::string className(std::string_view name);

} // namespace espalier::pytorch
