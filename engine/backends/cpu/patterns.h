// SPDX-License-Identifier: Apache-2.0
// The patterns of the cpu backend, one list for each family of ops.
#pragma once

#include "engine/backends/backend.h"

namespace espalier {

class Tuner;

// `bfloat16`: the processor multiplies it; else bfloat16 is declined.
std::vector<Pattern> cpuMatmulPatterns(bool bfloat16);
std::vector<Pattern> cpuConvPatterns(const std::shared_ptr<Tuner> &tuner, bool bfloat16);
/// `backend` prepares what is inside of a scan; it outlives the patterns.
std::vector<Pattern> cpuControlPatterns(Backend &backend);
std::vector<Pattern> cpuIndexPatterns();
std::vector<Pattern> cpuMovePatterns();
std::vector<Pattern> cpuNormPatterns();
std::vector<Pattern> cpuPoolPatterns();
std::vector<Pattern> cpuRandomPatterns();
std::vector<Pattern> cpuReducePatterns();
std::vector<Pattern> cpuRnnPatterns();
std::vector<Pattern> cpuSoftmaxPatterns();
std::vector<Pattern> cpuUpdatePatterns();

bool cpuCanFuse(const Program &program, const Instruction &instruction);
tl::expected<Prepared, Decline> cpuPrepareFused(const Group &group, std::span<const Layout> inputLayouts);

using PrepareFunction = decltype(Pattern::prepare);

/// Matches a single op by name.
Pattern singleOp(std::string_view op, PrepareFunction prepare);

} // namespace espalier
