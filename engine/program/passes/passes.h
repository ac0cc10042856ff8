// SPDX-License-Identifier: Apache-2.0
// The passes: pure functions Program -> Program. Types, names, outputs, states and observations stay as they are.
// Each is applied to the bodies of scan too. Values come out numbered in the order of their definition.
#pragma once

#include "engine/ops/program.h"

namespace espalier {

/// Drops instructions on which no output, observation or final state depends.
Program eliminateDead(const Program &program);

/// Computes what depends on constants alone (also `dimension` of known shapes) with the reference kernels. Leaves what
/// would grow beyond 1 MB or beyond its inputs (broadcasts), costs more than 10 MFLOP, or draws random numbers.
Program foldConstants(const Program &program);

/// One instruction for all that compute the same thing (common subexpressions), equal constants and draws included.
Program merge(const Program &program);

struct RewriteOptions {
    bool afterAutodiff = false; ///< also rules that keep values but not gradients (stop_gradient, log-add-exp)
    bool unsafe = false; ///< also rules that can change a NaN or an infinity into a number (x - x = 0, x / x = 1)
    int *rewrites = nullptr; ///< counted up
};

/// Simplifies: identities, sums and products with their constants collected, shapes, casts, reductions.
Program canonicalise(const Program &program, const RewriteOptions &options = {});

/// Replaces what overflows or cancels by what does not: log(1 + exp x) by softplus, log of softmax by log_softmax,
/// cross-entropy on probabilities by cross-entropy on logits, 1 / (1 + exp(-x)) by sigmoid, ...
Program stabilise(const Program &program, const RewriteOptions &options = {});

/// Cheaper ops of the same value: 1 / sqrt(x) is rsqrt(x), x / 4 is x * 0.25.
Program specialise(const Program &program, const RewriteOptions &options = {});

} // namespace espalier
