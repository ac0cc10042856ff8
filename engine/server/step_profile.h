// SPDX-License-Identifier: Apache-2.0
// run.profile: which share of a training step each layer takes, measured beside training.
#pragma once

#include "engine/server/probe_methods.h"

#include <map>

namespace espalier {

struct StepProfile {
    double seconds = 0; ///< of one step forward and back, without the update
    std::map<std::string, double> nodes; ///< seconds, by id path
};

/// Medians over a few runs, on the calling thread and one core, of the batch that training takes. No bit of the run
/// changes.
Result<StepProfile> profileStep(RunModel &model, const Weights &weights);

/// Answers run.profile for a run whose weights can be had here.
Result<JsonValue> answerProfile(Call &call, RunModels &models, const ProbeSubject &subject);

} // namespace espalier
