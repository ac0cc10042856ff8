// SPDX-License-Identifier: Apache-2.0
// What weights of a run say of a part of its data, sample by sample: classes, probabilities, losses, residuals.
#pragma once

#include "engine/server/run_model.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace espalier {

/// One prediction of a class.
struct ClassTerm {
    static constexpr std::size_t kTop = 10;
    std::int32_t target = 0;
    std::int32_t predicted = 0;
    float loss = 0;
    std::array<std::int32_t, kTop> classes{}; ///< the likeliest first; -1 behind the last
    std::array<float, kTop> probabilities{};
};

/// One sample's numbers.
struct ValueTerm {
    float loss = 0;
    double residual = 0; ///< predicted - target of the greatest size
};

struct Predictions {
    enum class Kind { Classes, Binary, Values } kind = Kind::Values;
    std::int64_t step = 0;
    std::int64_t epoch = 0;
    std::int64_t revision = 0;
    std::string at;
    std::string loss; ///< name of the node
    std::vector<std::string> losses;
    std::vector<std::string> classNames;
    std::string source; ///< id of the first
    std::string picture; ///< column
    std::int64_t partRows = 0;
    std::int64_t termsPerRow = 1;
    std::vector<std::int64_t> rows; ///< of the source
    std::vector<ClassTerm> classes; ///< rows * termsPerRow
    std::vector<ValueTerm> values; ///< one for each row
    std::vector<float> predicted; ///< of values: rows * termsPerRow
    std::vector<float> targets;
    double meanLoss = 0;
};

struct PredictionRequest {
    Part part = Part::Validation;
    std::string loss; ///< "": the first
};

/// Called between batches with rows done and in all; false: stop.
using PredictionProgress = std::function<bool(std::int64_t done, std::int64_t total)>;

/// On the calling thread. Errors: a part without rows; no such loss; a loss that has no predictions.
Result<std::shared_ptr<Predictions>> predict(RunModel &model, const Weights &weights, const PredictionRequest &request,
                                             const PredictionProgress &progress);

} // namespace espalier
