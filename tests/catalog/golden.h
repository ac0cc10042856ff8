// SPDX-License-Identifier: Apache-2.0
// Golden files: what PyTorch computed, written by tests/support/make_golden.py, and how close we must come to it.
#pragma once

#include "engine/base/json_value.h"
#include "engine/tensor/tensor.h"

#include <QString>
#include <QStringList>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace espalier::golden {

/// One file of tests/support/golden.
struct File {
    std::map<std::string, Tensor, std::less<>> tensors;
    JsonValue cases; ///< an array of objects; each has a `name`, with which its tensors' names begin

    static File read(const QString &name);
    const Tensor &at(const std::string &name) const { return tensors.at(name); }
    /// Tensors whose name begins with `prefix`, by the rest of the name.
    std::vector<std::pair<std::string, Tensor>> under(const std::string &prefix) const;
};

/// `tensor` in the floating type of the run; whole numbers stay as they are.
Tensor inType(const Tensor &tensor, DType dtype);

/// Says where `actual` is not `expected` within the tolerance of `dtype`; empty where it is.
QString difference(const std::string &what, const Tensor &actual, const Tensor &expected, DType dtype);

/// Test columns and a row for each case of each file, on each backend, in float64 and float32.
void addRows(const QStringList &files);

/// One row.
struct Run {
    File file;
    JsonValue goldenCase;
    std::string device;
    DType dtype = DType::Float64;
};
/// The current row of the running test.
Run currentRow();

} // namespace espalier::golden
