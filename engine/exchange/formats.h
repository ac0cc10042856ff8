// SPDX-License-Identifier: Apache-2.0
// The list of export formats: what each is, what it can't say of a drawing, and how it is written.
#pragma once

#include "engine/exchange/model.h"

#include <span>
#include <string_view>

namespace espalier {

/// Where normalisation of the inputs goes.
enum class Preprocessing { Graph, Metadata, None };

/// What a person may choose; a format passes over what does not concern it.
struct ExportOptions {
    int opset = 0; ///< of ONNX; 0: the newest
    Preprocessing normalization = Preprocessing::Graph;
    bool foldBatchNorm = false; ///< into the convolution or Dense before it
};

struct ExportFormat {
    std::string_view id; ///< "onnx": what --to takes and the training section names as goal
    std::string_view title;
    std::string_view help; ///< one sentence
    std::string_view extension; ///< of the file; "" for a folder
    /// What of a drawing, lowered for prediction, does not go, at its nodes.
    std::vector<Error> (*check)(const Document &document, const Lowered &lowered) = nullptr;
    /// Writes, and gives the files, the main one first. nullptr: a copy of the checkpoint without what only training
    /// needs, for which neither data nor drawing are opened.
    Result<std::vector<std::string>> (*write)(const std::string &out, const ExportModel &model,
                                              const ExportOptions &options)
        = nullptr;
};

/// In the order in which they are offered.
std::span<const ExportFormat> exportFormats();
/// nullptr if there is none.
const ExportFormat *findExportFormat(std::string_view id);
/// "graph", "metadata", "none".
Result<Preprocessing> preprocessingFromName(std::string_view name);

} // namespace espalier
