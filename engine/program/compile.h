// SPDX-License-Identifier: Apache-2.0
// Turns a bound, optimised program into a flat list of prepared kernels over one arena.
#pragma once

#include "engine/program/executable.h"
#include "engine/program/grouping.h"
#include "engine/program/state_store.h"

#include <memory>

namespace espalier {

struct CompileOptions {
    GroupingOptions grouping;
    bool keepObservations = false; ///< observed values can be read after a run, as outputs under their tags
    /// Observed values stay until the end of a run where they are, in whatever layout (see Executable::watched): for
    /// values that are made anyway it costs nothing but their memory.
    bool watchObservations = false;
    bool keepAll = false; ///< every floating value can be read, in program order, as "%<id>": to find the first NaN
};

/// Shapes are concrete (see bind) and the program is sound (asserted in debug and test builds by the callers' tests).
/// States are declared in `store`; the first program that is compiled decides the layout of those still free.
/// `arena` is shared by all programs of a plan, which therefore never run at the same time.
/// Errors: out of memory; an op that the backend can't run.
Result<std::unique_ptr<Executable>> compile(Program program, Backend &backend, StateStore &store,
                                            std::shared_ptr<Arena> arena, const CompileOptions &options = {});

} // namespace espalier
