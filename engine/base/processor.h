// SPDX-License-Identifier: Apache-2.0
// The processor under us: its name, what it can do, the cores that we may use, and threads bound to them.
#pragma once

#include <string>
#include <vector>

namespace espalier {

/// "AMD EPYC 9654 96-Core Processor"; "processor" where the system does not say.
const std::string &processorName();

/// What the processor itself says that it can do, never what the build machine had: "avx512_bf16", "avx512", "avx2"
/// (with fused multiply-add) or "baseline". Tuned choices and audits are keyed by it.
const std::string &processorClass();

/// Numbers of the logical processors that this process may use, as they were before reexecBound bound its threads.
std::vector<int> processorSet();
/// "0-3,8"
std::string processorSetText(const std::vector<int> &processors);
/// The inverse; empty if it is no such text.
std::vector<int> parseProcessorSet(const std::string &text);

/// Starts this program anew (once, same process, same arguments) with OpenMP's threads bound to the cores of the
/// processor set: threads that wander to a common core make every parallel region wait for a time slice, which costs
/// milliseconds where the work takes microseconds. OpenMP reads its variables when it is loaded, so they must be set
/// before. Call it first in main. Does nothing where the person has set OMP_PROC_BIND, or where starting anew fails.
///
/// Binding pins the main thread too, and every thread made later inherits its one core: helper threads reset theirs
/// (engine/base/threads.h). A child that calls this gets the whole set back, unless its parent removed kBoundVariable
/// from its environment to give it a set of its own.
void reexecBound(int argc, char **argv);

constexpr const char *kBoundVariable = "ESPALIER_BOUND"; ///< "<process id>:<processor set>"

} // namespace espalier
