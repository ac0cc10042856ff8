// SPDX-License-Identifier: Apache-2.0
// The passes in their order, timed and printable.
#pragma once

#include "engine/ops/program.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

struct PassReport {
    std::string name;
    double milliseconds = 0;
    int instructions = 0; ///< after the pass
    int rewrites = 0; ///< rules that fired; 0 for passes without rules
};

struct PipelineOptions {
    /// False before gradients are taken (rules that keep values but not gradients wait), true for what is run.
    bool afterAutodiff = true;
    bool unsafe = false; ///< see RewriteOptions
    /// Float32 products and convolutions run in bfloat16 (see toMixedPrecision). Before autodiff.
    bool bfloat16 = false;
    /// Called with the name of each pass ("" for the program as given) and the program after it:
    /// `espalier compile --dump` prints it.
    std::function<void(std::string_view pass, const Program &program)> dump;
    std::vector<PassReport> *report = nullptr; ///< appended to
};

/// Runs all passes. The program may still have symbols; binding it first lets more fold. Ids of values change; inputs,
/// outputs, states and observations keep their names and order.
Program optimise(const Program &program, const PipelineOptions &options = {});

/// "eliminate-dead", "fold-constants", ... in order.
std::vector<std::string_view> passNames(const PipelineOptions &options = {});

} // namespace espalier
