// SPDX-License-Identifier: Apache-2.0
// What the rows of the shape ops are made from: shared by the files that hold them.
#pragma once

#include "engine/ops/rules.h"

#include <vector>

namespace espalier::shape_ops {

using Ints = std::vector<std::int64_t>;

struct Row {
    std::string_view name;
    std::string_view help;
    std::vector<AttrSpec> attrs;
    int inputs; ///< -1: one or more
    InferredTypes (*infer)(const OpCall &);
    std::vector<ValueId> (*gradient)(const GradientCall &);
    std::string_view onnx;
    std::vector<OpCase> (*cases)();
};

std::vector<Row> makingRows(); ///< constant, dimension, iota, reshape, transpose, broadcast_to
std::vector<Row> cuttingRows(); ///< concat, slice, slice_backward, pad, reverse

/// Whether input 0 wants a gradient and there is one.
bool reaches(const GradientCall &call);
/// The same cases for floats, both integers and bool: moving knows no arithmetic.
std::vector<OpCase> forEachDType(std::vector<OpCase> floats);

} // namespace espalier::shape_ops
