// SPDX-License-Identifier: Apache-2.0
// What many layers share: checks whose sentence a person can act on, activations, common parameters and ports.
#pragma once

#include "engine/layers/layer_kind.h"

namespace espalier {

/// "relu", "tanh", ...: names that the `activation` parameter of Dense and convolutions takes, "none" first.
const std::vector<std::string_view> &activationNames();
/// Applies one of them; softmax goes over the last axis (1 where `channelAxis` says so).
ValueId applyActivation(Builder &builder, std::string_view name, ValueId x, int softmaxAxis = -1);

/// Records a problem and gives false where the value at `port` is not of a floating dtype.
bool needsFloat(LayerContext &context, std::string_view port);
/// As above where the rank lies outside of least..most. `wanted` is how such a shape is written: "[batch, features]".
bool needsRank(LayerContext &context, std::string_view port, int least, int most, std::string_view wanted);
/// The size of an axis that must be known because weights depend on it; a problem where it is not.
std::optional<std::int64_t> needsSize(LayerContext &context, std::string_view port, int axis);
/// `axis` within the rank of the value at `port`, or a problem at the parameter.
std::optional<int> needsAxis(LayerContext &context, std::string_view port, std::int64_t axis,
                             std::string_view parameter);

/// Name of the op that makes `value`, seen through reshapes and transposes; "" for an input or state.
std::string_view producerOf(const Builder &builder, ValueId value);

/// The parameter's initialiser (checked before) with its fans.
Initializer initializer(const LayerContext &context, std::string_view name, std::int64_t fanIn, std::int64_t fanOut);

/// PyTorch's rule: where a problem has no better sentence, the name of the node comes first.
template <typename... Args>
Error layerError(const LayerContext &context, std::string_view code, std::string_view text, Args &&...args)
{
    return error(code, text, context.node().name, std::forward<Args>(args)...);
}

// Entries of schemas.
ParamSpec activationParam();
ParamSpec biasParam();
ParamSpec initializerParam(std::string_view name, std::string_view label, JsonValue fallback, std::string_view help);
ParamSpec axisParam(std::int64_t fallback, std::string_view help);
std::vector<PortSpec> oneInput(std::string_view help = {}, Numbers numbers = Numbers::Any, int minRank = 0,
                               int maxRank = 8);
std::vector<PortSpec> oneOutput(std::string_view help = {});

} // namespace espalier
