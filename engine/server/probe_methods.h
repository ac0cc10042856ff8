// SPDX-License-Identifier: Apache-2.0
// The methods that look into a run: run.probe, run.predictions, run.health. engine/protocol/README.md is the spec.
#pragma once

#include "engine/server/dispatcher.h"
#include "engine/server/run_model.h"

#include <string>

namespace espalier {

/// Whose weights are asked.
struct ProbeSubject {
    std::string run;
    std::string at; ///< "live", "last", "best" or a file
    Weights snapshot; ///< of the run as it is, where `at` is "live"
    bool isTraining = false; ///< something on this machine trains: it goes first
};

/// Answers run.probe for a run whose weights can be had here.
Result<JsonValue> answerProbe(Call &call, RunModels &models, const ProbeSubject &subject);

/// Answers run.predictions likewise.
Result<JsonValue> answerPredictions(Call &call, RunModels &models, const ProbeSubject &subject);

} // namespace espalier
