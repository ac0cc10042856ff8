// SPDX-License-Identifier: Apache-2.0
// The patterns of the cpu backend, one list for each family of ops.
#pragma once

#include "engine/backends/backend.h"

namespace espalier {

std::vector<Pattern> cpuMatmulPatterns();
std::vector<Pattern> cpuConvPatterns();
std::vector<Pattern> cpuNormPatterns();
std::vector<Pattern> cpuPoolPatterns();
std::vector<Pattern> cpuReducePatterns();
std::vector<Pattern> cpuSoftmaxPatterns();
std::vector<Pattern> cpuUpdatePatterns();

bool cpuCanFuse(const Program &program, const Instruction &instruction);
tl::expected<Prepared, Decline> cpuPrepareFused(const Group &group, std::span<const Layout> inputLayouts);

/// Matches a single op by name.
Pattern singleOp(std::string_view op,
                 tl::expected<Prepared, Decline> (*prepare)(const Group &, std::span<const Layout>,
                                                            std::span<const bool>));

} // namespace espalier
