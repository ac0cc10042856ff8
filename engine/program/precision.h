// SPDX-License-Identifier: Apache-2.0
// Mixed precision: the heavy ops in bfloat16, everything else in float32.
#pragma once

#include "engine/ops/program.h"

namespace espalier {

/// Casts the float32 inputs of matrix products and convolutions (and of their backward ops), also of those inside of a
/// drawn recurrence, to bfloat16 and their results back. States (the masters), losses, normalisations, reductions, LSTM
/// (whose cell adds up over time) and optimizers stay float32; types of inputs, outputs and states do not change. Used
/// before autodiff, the backward ops follow by themselves. Float64 is left alone.
Program toMixedPrecision(const Program &program);

} // namespace espalier
