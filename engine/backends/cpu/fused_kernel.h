// SPDX-License-Identifier: Apache-2.0
// A fused element-wise group as a short bytecode, and the kernel that runs it over tiles.
#pragma once

#include "engine/backends/cpu/tile_ops.h"

#include <limits>
#include <memory>

namespace espalier {

class Kernel;

/// Tiles that a plan may use; the last one is kept for clearing padding.
constexpr int kMaxFusedRegisters = 64;

/// An input seen from the flat output. Tiles are float32, whatever lies in memory: bool is 0 or 1.
struct FusedOperand {
    enum class Kind { Whole, Scalar, Strided } kind = Kind::Whole;
    DType dtype = DType::Float32; ///< float32, bfloat16 or bool
    Dims strides; ///< 0 along broadcast axes
    std::int64_t limit = std::numeric_limits<std::int64_t>::max(); ///< offsets from here on are padding: read as 0
};

struct FusedStep {
    TileStep op;
    int a = 0, b = 0, c = 0, y = 0; ///< registers
    int direct = -1; ///< the result that is written in place instead of into the register
};

struct FusedResult {
    int source = 0; ///< register
    DType dtype = DType::Float32;
    bool direct = false; ///< written by its step
};

struct FusedPlan {
    std::vector<FusedOperand> operands; ///< registers 0 .. operands - 1
    std::vector<FusedStep> steps;
    std::vector<FusedResult> results;
    int registers = 0;
    Dims dims; ///< merged as far as the strided operands allow
    std::int64_t elements = 0;
    std::int64_t lanes = 0; ///< channels in a block where the last block is not full, else 0
    std::int64_t channels = 0;
    std::int64_t inner = 0; ///< elements behind the channel axis
};

std::unique_ptr<Kernel> makeFusedKernel(FusedPlan plan);

} // namespace espalier
