// SPDX-License-Identifier: Apache-2.0
// Writes a model as ONNX: from its ops, names as drawn, the batch left open.
#pragma once

#include "engine/exchange/formats.h"

#include <cstdint>

namespace espalier {

constexpr int kNewestOpset = 28; ///< that onnxruntime 1.32 officially has
constexpr int kOldestOpset = 13;

struct OnnxOptions {
    int opset = kNewestOpset;
    Preprocessing normalization = Preprocessing::Graph;
    bool foldBatchNorm = false; ///< into the convolution or Dense before it
    /// Weights beyond so many bytes together go to "<file>.data" beside the file, as protobuf ends at 2 GB.
    std::uint64_t inlineBytes = std::uint64_t{1900} << 20;
};

/// Replaces `path`; gives the files written. Errors: an opset out of range, an op that ONNX can't say (code
/// "export.no-operator"), a disk error.
Result<std::vector<std::string>> writeOnnx(const std::string &path, const ExportModel &model,
                                           const OnnxOptions &options);

/// What of a drawing (lowered for prediction) ONNX can't say, at its nodes; without writing anything.
std::vector<Error> checkOnnx(const Lowered &lowered);

} // namespace espalier
