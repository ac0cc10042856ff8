// SPDX-License-Identifier: Apache-2.0
// Compiles a bound program for a backend and runs it once.
#pragma once

#include "engine/backends/backend.h"
#include "engine/program/compile.h"

#include <span>
#include <vector>

namespace espalier::test {

struct RunResult {
    std::vector<Tensor> outputs; ///< in the order of Program::outputs
    std::vector<Tensor> states; ///< final values
    std::vector<KernelReport> kernels; ///< what did the work
};

/// Inputs and states in the program's order, with its types.
Result<RunResult> runOnBackend(Backend &backend, const Program &program, std::span<const Tensor> inputs,
                               std::span<const Tensor> states = {}, const CompileOptions &options = {});

} // namespace espalier::test
