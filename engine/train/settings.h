// SPDX-License-Identifier: Apache-2.0
// The training section of a document: plain data, and one table that says what each setting is.
#pragma once

#include "engine/base/json_value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// PyTorch's names, defaults and meaning.
struct OptimizerSettings {
    std::string kind = "Adam"; ///< "SGD", "Adam", "AdamW", "RMSprop"
    double lr = 1e-3;
    double momentum = 0; ///< SGD, RMSprop
    bool nesterov = false; ///< SGD
    double beta1 = 0.9; ///< Adam, AdamW
    double beta2 = 0.999;
    double eps = 1e-8; ///< Adam, AdamW, RMSprop
    double alpha = 0.99; ///< RMSprop
    bool centered = false; ///< RMSprop
    double weightDecay = 0;
    bool decayBiases = true; ///< false spares biases and normalisation scales
    double clipNorm = 0; ///< largest norm of all gradients together; 0: none
    double clipValue = 0; ///< largest magnitude of one gradient element; 0: none
};

/// Multiplies the learning rate; see schedule.h for the formulas.
struct ScheduleSettings {
    std::string kind = "constant"; ///< "constant", "step", "cosine", "warmup", "one_cycle"
    std::int64_t stepSize = 10; ///< step: epochs between drops
    double gamma = 0.1; ///< step: factor of a drop
    double warmupEpochs = 0; ///< warmup, cosine: linear rise from 0
    double minimum = 0; ///< cosine, one_cycle: final fraction of the rate
    double peakAt = 0.3; ///< one_cycle: fraction of all steps until the peak
    double startFraction = 0.04; ///< one_cycle: first fraction of the rate
};

/// One objective: which losses train which parameters, how, and how often. A GAN has two.
struct PhaseSettings {
    std::string name = "main";
    std::vector<std::string> losses; ///< node names; empty: all
    std::vector<std::string> parameters; ///< prefixes of name paths ("generator"); empty: all
    OptimizerSettings optimizer;
    ScheduleSettings schedule;
    std::int64_t every = 1; ///< trains in each k-th step
};

struct EarlyStoppingSettings {
    bool enabled = false;
    std::int64_t patience = 10; ///< epochs without improvement
    std::string monitor = "validation/loss"; ///< tag; accuracies are maximised, all else minimised
    double minDelta = 0;
};

struct RecordSettings {
    std::int64_t scalarsEvery = 1; ///< steps; 0: per epoch only
    std::int64_t histogramsEvery = 100; ///< steps; 0: never
};

/// What is recorded so that the past can be looked at.
struct WatchSettings {
    std::int64_t statisticsEvery = 100; ///< steps; 0: never
    std::int64_t imagesEvery = 250; ///< steps; 0: never
    std::int64_t row = -1; ///< of the data; -1: the first of the validation part
    std::int64_t budget = std::int64_t{64} << 20; ///< bytes of pictures in the event files
};

struct TrainingSettings {
    std::int64_t epochs = 10;
    std::int64_t steps = 0; ///< stop after so many steps; 0: epochs decide
    std::int64_t batchSize = 32;
    std::int64_t accumulate = 1; ///< batches per optimizer step
    bool shuffle = true;
    bool dropLast = false; ///< leave out the last short batch
    std::int64_t seed = 1;
    std::string device = "auto"; ///< "auto", "cpu", "reference"
    std::string precision = "float32"; ///< "float32", "bfloat16"
    std::vector<PhaseSettings> phases{PhaseSettings{}};
    std::vector<std::string> metrics; ///< "accuracy", "top_5_accuracy", "mae", "r2"; empty: those that fit the losses
    EarlyStoppingSettings earlyStopping;
    double checkpointSeconds = 60; ///< between two saves inside an epoch
    std::int64_t numberedEvery = 0; ///< keep step-N.safetensors every so many epochs; 0: none
    RecordSettings record;
    WatchSettings watch;
};

/// What kind of value a setting is, for describe, the studio's form and the checks.
struct SettingSpec {
    std::string_view path; ///< "optimizer.lr"
    std::string_view type; ///< "integer", "real", "bool", "choice", "list"
    JsonValue fallback;
    std::string_view label;
    std::string_view help;
    double minimum = 0;
    double maximum = 0; ///< equal to minimum: no range
    std::vector<std::string_view> choices;
};
const std::vector<SettingSpec> &trainingSettingSpecs();

/// Every problem: unknown names (with the nearest known one), wrong types, values out of range; `where.parameter` is
/// the path ("training.optimizer.lr"). A null section gives the defaults.
Result<TrainingSettings> readTrainingSettings(const JsonValue &section);
/// Every setting written, in the order of the specs.
JsonValue writeTrainingSettings(const TrainingSettings &settings);

} // namespace espalier
