// SPDX-License-Identifier: Apache-2.0
// The programs of a training plan, built from a lowered drawing: one step, accumulate and apply, evaluate, observe.
#pragma once

#include "engine/train/metrics.h"
#include "engine/train/settings.h"

#include <string>
#include <vector>

namespace espalier {

struct Lowered;
struct StateInfo;

/// Inputs of every training program beside the data columns ("<input node>.<column>"):
///   "step" int64 (optimizer steps so far: counter of random ops), "seed" int64, and, where updates are made,
///   "rate.<phase>" float, "update.<phase>" int64 (updates of this phase, from 1).
/// Outputs: those of appendLossOutputs; "finite" bool; "grad_norm.<phase>" float.
/// States of the drawing keep their id paths.

/// Which losses and parameters belong to a phase. Errors name a loss or parameter that the drawing doesn't have.
struct PhaseScope {
    std::vector<std::size_t> losses; ///< indices into Lowered::losses
    std::vector<std::size_t> states; ///< trained ones, indices into Lowered::states
};
Result<PhaseScope> phaseScope(const Lowered &lowered, const PhaseSettings &phase);

/// Forward, backward, clip, update in one program. Nothing is updated unless losses and gradients are finite.
/// Observations: the gradients before clipping, "<name path>/gradient". They are made anyway, so a step is the same
/// whether or not they are read.
Result<Program> stepProgram(const Lowered &lowered, const TrainingSettings &settings, const PhaseSettings &phase);

/// Adds this batch's gradients, times the scalar input "share" (rows of this batch / rows of the whole step), to the
/// states accumulatorPath(). Running statistics are updated.
std::string accumulatorPath(const StateInfo &state, const PhaseSettings &phase);
Result<Program> accumulateProgram(const Lowered &lowered, const TrainingSettings &settings, const PhaseSettings &phase);
/// Updates from the accumulated gradients and clears them. Independent of the batch.
Result<Program> applyProgram(const Lowered &lowered, const TrainingSettings &settings, const PhaseSettings &phase);

/// Losses and metrics without training; `rows` as in appendLossOutputs.
Program evaluateProgram(const Lowered &lowered, const TrainingSettings &settings, bool rows);

/// The forward pass of a step alone, changing nothing: activations are the drawing's observations. Run on the same
/// batch and step before the step itself, it sees what the step sees: watching can't change the numbers.
Program observeProgram(const Lowered &lowered, const TrainingSettings &settings);

/// What is recorded of one sample: the evaluation's activations as observations, and "<loss>/prediction" of each loss
/// that has classes. Changes nothing.
Program watchProgram(const Lowered &lowered);

} // namespace espalier
