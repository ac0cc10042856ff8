// SPDX-License-Identifier: Apache-2.0
// The tables of converters, one for each family of ops.
#pragma once

#include "engine/exchange/onnx/graph_writer.h"

#include <span>

namespace espalier::onnx_export {

struct ConverterRow {
    std::string_view op;
    Converter convert;
};

std::span<const ConverterRow> elementwiseConverters();
std::span<const ConverterRow> shapeConverters();
std::span<const ConverterRow> heavyConverters();

} // namespace espalier::onnx_export
