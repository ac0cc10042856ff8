// SPDX-License-Identifier: Apache-2.0
// Runs one instruction on host tensors: constant folding, the interpreter, tests.
#pragma once

#include "engine/ops/program.h"

#include <span>
#include <vector>

namespace espalier {

/// The outputs of `instruction` (of `program`, whose types for it are concrete) for these inputs, which have the types
/// that the program says. Asserts that the reference has a kernel for the op. Throws std::bad_alloc when memory is
/// short, as any allocation does.
std::vector<Tensor> evaluateInstruction(const Program &program, const Instruction &instruction,
                                        std::span<const Tensor> inputs);

} // namespace espalier
