// SPDX-License-Identifier: Apache-2.0
// What the patterns of several ops have in common.
#pragma once

#include "engine/backends/backend.h"

namespace espalier {

using Match = std::function<std::optional<std::vector<std::int32_t>>(const Program &program, std::int32_t index,
                                                                     std::span<const std::int32_t> uses)>;

/// `op` + bias, and relu behind it if `relu`: the values between have no other use. `isBias` says whether a value is a
/// bias of the op's output.
Match matchEpilogue(std::string_view op, bool (*isBias)(const Program &program, ValueId bias, ValueId y), bool relu);

/// The instruction that makes a value, looked for backwards from `before`; -1 for inputs and states.
std::int32_t producerBefore(const Program &program, ValueId id, std::int32_t before);

} // namespace espalier
