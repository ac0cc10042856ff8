// SPDX-License-Identifier: Apache-2.0
// Losses and metrics of one part of the data, exact over all its rows.
#pragma once

#include "engine/train/feed.h"
#include "engine/train/plan.h"

#include <map>
#include <string>

namespace espalier {

/// What an executable's scalar outputs mean, looked up once.
struct ScalarRole {
    enum class Kind { Sum, Finite, GradientNorm } kind = Kind::Sum;
    std::size_t index = 0; ///< of the executable's output
    std::size_t slot = 0; ///< of a sum
    DType dtype = DType::Float32;
};
std::vector<ScalarRole> scalarRoles(const Executable &program, MetricSums &sums);

struct ScalarResults {
    bool finite = true;
    double gradientNorm = 0;
};
/// Runs and reads all scalars with one wait for the device; sums are added to `sums`.
ScalarResults runAndRead(Backend &backend, Executable &program, const std::vector<ScalarRole> &roles, MetricSums &sums);

/// Copies the batch's columns and the scalars "step" and "seed" to the program's inputs; others are left to the caller.
void setBatchInputs(Executable &program, const FeedBatch &batch, std::int64_t step, std::int64_t seed);

/// Empty for a part without rows. `confusion`, if not null, counts the first classification loss.
Result<std::map<std::string, double>> evaluatePart(TrainingPlan &plan, Feed &feed, Part part,
                                                   ConfusionMatrix *confusion);

} // namespace espalier
