// SPDX-License-Identifier: Apache-2.0
// The families of layer kinds; catalog.cpp lists them. One file each.
#pragma once

#include "engine/layers/layer_kind.h"

namespace espalier {

std::span<const LayerKind> ioLayers(); ///< Input, Output, Constant, ports of blocks
std::span<const LayerKind> denseLayers(); ///< Dense
std::span<const LayerKind> activationLayers(); ///< ReLU, ..., Softmax
std::span<const LayerKind> convLayers(); ///< Conv2D
std::span<const LayerKind> poolLayers(); ///< MaxPool2D, AvgPool2D, GlobalAvgPool
std::span<const LayerKind> normLayers(); ///< BatchNorm, LayerNorm, Dropout
std::span<const LayerKind> shapeLayers(); ///< Flatten, Reshape, Transpose, Concat, Cast
std::span<const LayerKind> arithmeticLayers(); ///< Add, Multiply, ..., MatMul
std::span<const LayerKind> formulaLayers(); ///< Formula
std::span<const LayerKind> reduceLayers(); ///< Sum, Mean, ..., ArgMax
std::span<const LayerKind> sequenceLayers(); ///< Embedding, LSTM, Scan
std::span<const LayerKind> lossLayers(); ///< CrossEntropy, MSE, ...

/// "op.<name>": an op placed without code, its attributes as parameters. nullptr where there is no such op, or it can't
/// stand alone (scan).
const LayerKind *opLayer(std::string_view id);
/// All of them, in the order of the ops.
std::span<const LayerKind *const> opLayers();

} // namespace espalier
