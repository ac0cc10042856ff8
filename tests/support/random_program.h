// SPDX-License-Identifier: Apache-2.0
// Random valid programs, to compare what passes and backends make of them.
#pragma once

#include "engine/ops/builder.h"

#include <cstdint>
#include <vector>

namespace espalier::test {

struct RandomProgram {
    Program program; ///< bound; floating inputs of one dtype, every unused result an output
    std::vector<Tensor> inputs;
};

/// 2 to 12 element-wise ops, reductions, moves, matrix products and softmaxes over small tensors (with sizes of 1), the
/// same for the same seed on every machine. Values stay of moderate size: no overflow, no division near 0, no kinks.
RandomProgram randomProgram(std::uint64_t seed, DType floats = DType::Float32);

} // namespace espalier::test
