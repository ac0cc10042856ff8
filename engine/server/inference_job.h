// SPDX-License-Identifier: Apache-2.0
// What a trained run says of data: metrics over a part, or the values of its Output nodes.
#pragma once

#include "engine/server/train_job.h"

namespace espalier {

struct InferenceRequest {
    std::string run; ///< a run directory
    bool best = false; ///< the best epoch's weights instead of the last
    Part part = Part::Test;
    ModelRequest overrides; ///< --set, --data, --device; `model` is not used
    int threads = 0;
    std::int64_t limit = 0; ///< rows to predict at most; 0: all
};

struct EvaluationResult {
    std::map<std::string, double> metrics;
    ConfusionMatrix confusion;
    std::int64_t rows = 0;
};
/// Errors: no such run or checkpoint, changed drawing, a part without rows.
Result<EvaluationResult> evaluateRun(const InferenceRequest &request, std::vector<Error> &problems);

/// Called for each batch: {output name, rows}. Outputs only, no losses.
using PredictionSink
    = std::function<void(const std::vector<std::pair<std::string, Tensor>> &outputs, std::int64_t rows)>;
Result<std::int64_t> predictRun(const InferenceRequest &request, const PredictionSink &sink,
                                std::vector<Error> &problems);

} // namespace espalier
