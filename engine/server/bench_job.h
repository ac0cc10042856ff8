// SPDX-License-Identifier: Apache-2.0
// Times our own steps: compile time, step time, memory, and each kernel's share of the machine's roof.
#pragma once

#include "engine/server/train_job.h"

namespace espalier {

/// What the machine can do at most, measured: float32 multiply-adds and memory traffic.
struct Roof {
    double flopsPerSecond = 0; ///< of a large matrix product on the backend
    double bytesPerSecond = 0; ///< of a large element-wise sum
};
Result<Roof> measureRoof(Backend &backend);

struct KernelTime {
    KernelReport report;
    double seconds = 0;
    double share = 0; ///< of the sum over all kernels
    double roofShare = 0; ///< of what FLOPs and bytes would take at the roof
};

struct BenchResult {
    double compileSeconds = 0; ///< from the drawing to the first step's kernels, with whatever tuning cache there is
    double stepSeconds = 0; ///< median of whole steps on one batch, inputs copied and scalars read
    double leastSeconds = 0; ///< fastest of them
    std::size_t arenaBytes = 0;
    std::size_t stateBytes = 0;
    double residentBytes = 0; ///< of the process
    std::string processorClass;
    std::vector<KernelTime> kernels;
};
Result<BenchResult> benchModel(PreparedModel prepared, std::unique_ptr<Backend> backend, const Roof &roof,
                               double seconds);

/// What recording adds to training: the same run with scalars every step and histograms every 100 steps, and without.
/// The two alternate, and the cost is the median over the pairs, so that a machine that changes its speed does no harm.
struct RecordingCost {
    double cost = 0; ///< 0.02: training takes 2 % longer
    double seconds = 0; ///< median of training with records
    std::int64_t steps = 0; ///< of one run
    int pairs = 0;
};
/// The request's run directories are made in a folder of their own that is removed again.
Result<RecordingCost> measureRecording(TrainRequest request, int pairs);

} // namespace espalier
