// SPDX-License-Identifier: Apache-2.0
// Learning rate schedules: the factor as a pure function of the step, so that resume and the drawn curve agree.
#pragma once

#include "engine/train/settings.h"

namespace espalier {

struct ScheduleClock {
    std::int64_t stepsPerEpoch = 1;
    std::int64_t totalSteps = 1;
};

/// Factor of the learning rate for optimizer step `step` (0 is the first).
/// constant: 1. step: gamma^floor(epoch / step_size). warmup: min(1, (step + 1) / warm-up steps).
/// cosine: warm-up, then minimum + (1 - minimum) (1 + cos(pi t)) / 2, t from 0 to 1 over the remaining steps
/// (Loshchilov and Hutter, SGDR, 2017). one_cycle: cosine from start_fraction to 1 at peak_at, then to minimum
/// (Smith and Topin, super-convergence, 2018, as PyTorch's OneCycleLR).
double scheduleFactor(const ScheduleSettings &settings, const ScheduleClock &clock, std::int64_t step);

} // namespace espalier
