// SPDX-License-Identifier: Apache-2.0
// The one table of tolerances: how far two results may lie apart, by dtype and by how many numbers are summed.
#pragma once

#include "engine/tensor/tensor.h"

#include <cmath>
#include <string>
#include <vector>

namespace espalier::test {

/// Relative to the expected value or, where terms cancel, to the root mean square of the expected tensor (at least
/// kSmallest). `length`: terms of the longest sum behind one element; rounding errors grow with its root.
inline double tolerance(DType dtype, double length = 1)
{
    const double growth = std::max(1.0, std::sqrt(length) / 2);
    switch (dtype) {
    case DType::Float64:
        return 1e-12 * growth;
    case DType::Float32:
        return 2e-6 * growth; // 16 roundings of 1.2e-7: approximations of exp and its like included
    case DType::BFloat16:
        return 1e-2 * growth; // 2.5 roundings of 2^-8
    default:
        return 0; // integers and bool are exact
    }
}

/// Expected values below this count as this large: inputs of the cases are about 1.
constexpr double kSmallest = 0.05;

/// Central differences in float64 with a step of 1e-5: truncation 1e-10, rounding 1e-11, times what the case sums up.
constexpr double kDifferenceStep = 1e-5;
constexpr double kGradientTolerance = 1e-6;

/// One sentence for each element (five at most) that is too far off, or for another type. NaN equals NaN.
std::vector<std::string> differences(const Tensor &expected, const Tensor &actual, double tolerance);

} // namespace espalier::test
