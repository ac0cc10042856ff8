// SPDX-License-Identifier: Apache-2.0
// bfloat16 for every op that only has a float32 kernel.
#pragma once

#include "engine/backends/backend.h"

namespace espalier {

/// One instruction on bfloat16, by the first of `patterns` that does it row-major in float32: operands are widened
/// before, results rounded behind. Declines where there is no such kernel.
tl::expected<Prepared, Decline> prepareWidened(const Group &group, std::span<const Pattern> patterns);

} // namespace espalier
