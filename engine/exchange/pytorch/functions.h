// SPDX-License-Identifier: Apache-2.0
// Ops whose PyTorch form depends on their attributes.
#pragma once

#include "engine/exchange/pytorch/expressions.h"

namespace espalier::pytorch {

using Function = std::optional<std::vector<Expression>> (*)(const ExpressionCall &call);
Function findFunction(std::string_view op);

} // namespace espalier::pytorch
