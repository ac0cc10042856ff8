// SPDX-License-Identifier: Apache-2.0
// Initial values of states, as ops: Philox keyed by the state's path, so that they depend on nothing else.
#pragma once

#include "engine/layers/layer_kind.h"

namespace espalier {

/// The names of all schemes, in the order in which people are offered them.
std::span<const std::string_view> initializerSchemes();

/// The value of one state. `type` is concrete; `seed` is an int64 scalar; `stream` is hash64 of the state's path.
/// Glorot & Bengio 2010 (glorot), He et al. 2015 (he); "fan_in_uniform" is U(-1/sqrt(fan_in), 1/sqrt(fan_in)),
/// PyTorch's default for Linear, convolutions and LSTM.
ValueId buildInitializer(Builder &builder, const Initializer &initializer, const TensorType &type, ValueId seed,
                         std::int64_t stream);

/// Input "seed" (int64 scalar); the final value of each state is its initial one. The types must be concrete.
Program initialiseProgram(std::span<const StateInfo> states);

/// The JSON form that readInitializer reads.
JsonValue initializerToJson(const Initializer &initializer);

} // namespace espalier
