// SPDX-License-Identifier: Apache-2.0
// The families of layer kinds; catalog.cpp lists them. One file each.
#pragma once

#include "engine/layers/layer_kind.h"

namespace espalier {

std::span<const LayerKind> ioLayers(); ///< Input, Output, Constant, ports of blocks
std::span<const LayerKind> denseLayers(); ///< Dense
std::span<const LayerKind> activationLayers(); ///< ReLU, ..., Softmax
std::span<const LayerKind> lossLayers(); ///< CrossEntropy, MSE, ...

/// "op.<name>": an op placed without code, its attributes as parameters. nullptr where there is no such op, or it can't
/// stand alone (scan).
const LayerKind *opLayer(std::string_view id);
/// All of them, in the order of the ops.
std::span<const LayerKind *const> opLayers();

} // namespace espalier
