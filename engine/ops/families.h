// SPDX-License-Identifier: Apache-2.0
// The op families; catalog.cpp lists them. One file each, the same stem in backends/.
#pragma once

#include "engine/ops/op.h"

namespace espalier {

std::span<const Op> elementwiseOps(); ///< add, exp, relu, where, cast, ...
std::span<const Op> reduceOps(); ///< reduce_sum, argmax, ...
std::span<const Op> shapeOps(); ///< constant, reshape, transpose, concat, slice, ...
std::span<const Op> matmulOps();
std::span<const Op> randomOps(); ///< Philox uniform and normal
std::span<const Op> controlOps(); ///< scan
std::span<const Op> convOps();
std::span<const Op> poolOps();
std::span<const Op> normOps(); ///< batch and layer normalisation
std::span<const Op> softmaxOps(); ///< softmax, log_softmax, cross-entropy
std::span<const Op> indexOps(); ///< embedding, one_hot, in_top_k
std::span<const Op> rnnOps(); ///< lstm
std::span<const Op> updateOps(); ///< optimizer steps, all_finite

} // namespace espalier
