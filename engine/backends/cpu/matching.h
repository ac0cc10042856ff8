// SPDX-License-Identifier: Apache-2.0
// What the patterns of several ops have in common.
#pragma once

#include "engine/backends/backend.h"

namespace espalier {

using Match = std::function<std::optional<std::vector<std::int32_t>>(const Program &program, std::int32_t index,
                                                                     std::span<const std::int32_t> uses)>;

/// What follows an op inside of its kernel, in this order.
struct Tail {
    bool widened = false; ///< a cast of a bfloat16 result to float32: the kernel writes its float32 sums
    bool bias = false;
    bool relu = false;
};
/// `op` and its tail: the values between have no other use. `isBias` says whether a value is a bias of the op's output.
Match matchTail(std::string_view op, Tail tail, bool (*isBias)(const Program &program, ValueId bias, ValueId y));

/// What a group that was matched so reads and writes beside the op's own operands.
struct TailValues {
    ValueId bias = kNoValue;
    bool relu = false;
    ValueId result = kNoValue;
};
TailValues tailValues(const Group &group);

/// The instruction that makes a value, looked for backwards from `before`; -1 for inputs and states.
std::int32_t producerBefore(const Program &program, ValueId id, std::int32_t before);

} // namespace espalier
