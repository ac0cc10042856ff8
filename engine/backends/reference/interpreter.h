// SPDX-License-Identifier: Apache-2.0
// Runs a whole bound program on host tensors with the reference kernels, one instruction after the other.
#pragma once

#include "engine/ops/program.h"

#include <span>
#include <vector>

namespace espalier {

struct Interpretation {
    std::vector<Tensor> outputs; ///< one for each of Program::outputs
    std::vector<Tensor> states; ///< final values, one for each of Program::states
    std::vector<Tensor> observations; ///< one for each of Program::observations
};

/// `inputs` and `states` as the program lists them, with its types. Errors: a count or type that does not fit, a
/// dimension that is not bound, an op without a reference kernel, too little memory.
Result<Interpretation> interpret(const Program &program, std::span<const Tensor> inputs,
                                 std::span<const Tensor> states = {});

} // namespace espalier
