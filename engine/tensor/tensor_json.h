// SPDX-License-Identifier: Apache-2.0
// Tensors as nested JSON lists, as they stand in documents and on the command line.
#pragma once

#include "engine/base/json_value.h"
#include "engine/tensor/tensor.h"

namespace espalier {

/// [[1, 2], [3, 4]] or a single number. Lists of one level must be equally long. Values are numbers (whole ones for
/// integer dtypes) or true/false for bool. With DType::Unknown: bool or int64 where all values are, else float32.
Result<Tensor> tensorFromJson(const JsonValue &json, DType dtype);
JsonValue tensorToJson(const Tensor &tensor);

} // namespace espalier
