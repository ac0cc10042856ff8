// SPDX-License-Identifier: Apache-2.0
// Programs that look: any value of a drawing, its gradient, or each sample's prediction and loss. They change nothing.
#pragma once

#include "engine/ops/program.h"

#include <cstddef>
#include <span>
#include <string>

namespace espalier {

struct Lowered;

struct ProbeWish {
    ValueId value = kNoValue; ///< of the lowered program
    bool gradient = false; ///< of the sum of weighted losses (as training takes them) with respect to it
};
std::string probeOutput(std::size_t wish); ///< "probe.0"

/// Outputs probeOutput(i) for each wish; left out where a gradient was wanted and no loss depends on the value. States
/// keep their values.
Program probeProgram(const Lowered &lowered, std::span<const ProbeWish> wishes);

/// Outputs "terms", "prediction" and "target" of the loss with this index, as LossInfo has them; each only where the
/// loss has it.
Program predictionProgram(const Lowered &lowered, std::size_t loss);

} // namespace espalier
