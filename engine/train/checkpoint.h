// SPDX-License-Identifier: Apache-2.0
// A checkpoint: one safetensors file with everything that training needs to go on bit for bit.
#pragma once

#include "engine/layers/layer_kind.h"
#include "engine/tensor/tensor.h"
#include "engine/train/metrics.h"

#include <map>
#include <string>
#include <vector>

namespace espalier {

/// Where training stands, always between two optimizer steps.
struct TrainingPosition {
    std::int64_t step = 0; ///< optimizer steps done
    std::int64_t epoch = 0; ///< epochs done
    std::int64_t batch = 0; ///< batches of the current epoch done
    std::vector<std::int64_t> updates; ///< of each phase
    MetricSums epochSums; ///< of the current epoch's training batches
    double best = 0; ///< monitored value so far
    bool hasBest = false;
    std::int64_t bestEpoch = 0;
    std::int64_t waited = 0; ///< epochs without improvement
    double rateFactor = 1; ///< changed by a person while the run goes on
};

struct Checkpoint {
    std::int64_t revision = 1; ///< of models/NNNN.espalier
    std::int64_t seed = 1;
    TrainingPosition position;
    std::map<std::string, Tensor> states; ///< by state path (id path, slots behind '#')
};

/// `names` maps id paths to name paths: the keys in the file are names ("dense1.weight"), slots keep what follows '#'.
/// Replaces the file atomically; the same content gives the same bytes.
Result<void> writeCheckpoint(const std::string &path, const Checkpoint &checkpoint,
                             const std::map<std::string, std::string> &names);
/// Errors: missing, foreign (no Espalier metadata) or damaged files, each with a sentence.
Result<Checkpoint> readCheckpoint(const std::string &path);

} // namespace espalier
