// SPDX-License-Identifier: Apache-2.0
// Choices as people read them.
#pragma once

#include "engine/base/json_value.h"

#include <string>
#include <string_view>

namespace espalier {

/// "leaky_relu" is "Leaky ReLU", "one_hot" is "One hot"; what is a name already ("float32", "train/loss") stays.
std::string choiceLabel(std::string_view choice);

/// A schema with "choice_labels" beside every list of "choices" in it, in the same order.
JsonValue withChoiceLabels(const JsonValue &schema);

} // namespace espalier
