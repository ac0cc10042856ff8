// SPDX-License-Identifier: Apache-2.0
// Appends an optimizer to a program: gradient clipping and one update op for each parameter.
#pragma once

#include "engine/layers/layer_kind.h"
#include "engine/train/settings.h"

#include <vector>

namespace espalier {

/// One trained tensor in the program that is being built.
struct TrainedParameter {
    StateInfo info;
    ValueId value = kNoValue; ///< as read
    ValueId gradient = kNoValue;
};

/// Scalars that change between steps; inputs of the program, never constants in a kernel.
struct StepScalars {
    ValueId rate = kNoValue; ///< learning rate, of the parameters' dtype
    ValueId step = kNoValue; ///< int64: counts updates of this phase from 1
    ValueId gate = kNoValue; ///< bool: false leaves every state as it was
};

/// Path of an optimizer slot: "<parameter path>#<phase>.<slot>", slot "momentum_buffer", "exp_avg", "exp_avg_sq", ...
/// (PyTorch's names). Slots are states of the same type as the parameter and start at zero.
std::string slotPath(const std::string &parameterPath, std::string_view phase, std::string_view slot);

/// Clips in place. Returns the norm of all gradients together before clipping: sqrt of the sum of squares, float
/// scalar.
ValueId clipGradients(Builder &builder, const OptimizerSettings &settings, std::vector<TrainedParameter> &parameters);

/// Declares the slots as states, appends the updates and sets the final values of parameters and slots.
void appendUpdates(Builder &builder, const OptimizerSettings &settings, std::string_view phase,
                   const std::vector<TrainedParameter> &parameters, const StepScalars &scalars);

} // namespace espalier
