// SPDX-License-Identifier: Apache-2.0
// The audit of a compiled program: no slow kernel is accepted silently.
#pragma once

#include "engine/program/executable.h"

#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// A slow implementation that is accepted, and why.
struct AcceptedKernel {
    std::string_view op;
    std::string_view implementation; ///< how its name starts
    std::string_view processorClass; ///< "" for every class
    double maxBytes = 0; ///< read and written; 0: any size
    std::string_view reason;
};
const std::vector<AcceptedKernel> &acceptedKernels();

/// The reference's loops, and the plain-layout paths of oneDNN that cost ten times the blocked ones and more.
bool isSlowImplementation(std::string_view implementation);

/// A sentence for each kernel on a slow path that no entry accepts, and for layouts that bounce: more reorders than the
/// convolutions account for (their input and output borders, and the weights of the backward pass).
std::vector<std::string> auditFindings(const std::vector<KernelReport> &kernels, std::string_view processorClass);

} // namespace espalier
