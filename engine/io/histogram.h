// SPDX-License-Identifier: Apache-2.0
// Histograms of weights, gradients and activations.
#pragma once

#include "engine/protocol/histogram_data.h"
#include "engine/tensor/tensor.h"

#include <span>

namespace espalier {

/// Equal-width buckets between the smallest and the largest finite value. The result depends on the values and their
/// order alone, not on threads or the processor. About 0.5 ns a value.
HistogramData histogramOf(std::span<const float> values, int buckets = 30);
HistogramData histogramOf(std::span<const double> values, int buckets = 30);
/// Any dtype; bool counts as 0 and 1. `tensor` must have data.
HistogramData histogramOf(const Tensor &tensor, int buckets = 30);

/// Of a tensor of this (concrete) type as a device stores it: in any order, and with zeros as padding where `stored`
/// is longer than the type says. The padding is not counted.
HistogramData histogramOfStored(std::span<const std::byte> stored, const TensorType &type, int buckets = 30);

} // namespace espalier
