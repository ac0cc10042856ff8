// SPDX-License-Identifier: Apache-2.0
// The opcodes of fused groups: element-wise ops over a tile that lies in the first-level cache.
#pragma once

#include "engine/ops/program.h"

namespace espalier {

/// y[i] = f(a[i], b[i], c[i]) for i in 0 .. n - 1, with the attributes in p and q. Tiles are float32, also of bfloat16;
/// bool is 0 or 1. `y` may be one of the operands. Every op rounds as it does alone, so fusing never changes bits.
using TileOp = void (*)(const float *a, const float *b, const float *c, float *y, std::int64_t n, float p, float q);

struct TileStep {
    TileOp run = nullptr; ///< null where the instruction can't be done on tiles
    float p = 0;
    float q = 0;
};

/// For element-wise instructions on float32, bfloat16 and bool. A result in bfloat16 still has to be rounded.
TileStep tileStep(const Program &program, const Instruction &instruction);
/// Rounds to the nearest bfloat16, ties to even.
TileStep roundingStep();

/// Whether zero operands give zero, so that padding lanes stay zero: for all operands, or for any one of them (mul).
enum class Zeros { No, All, Any };
Zeros keepsZeros(std::string_view op);

} // namespace espalier
