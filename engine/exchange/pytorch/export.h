// SPDX-License-Identifier: Apache-2.0
// Writes a model as PyTorch source that a person could have written, with weights that load strictly.
#pragma once

#include "engine/exchange/formats.h"

namespace espalier {

/// What of a drawing PyTorch can't say, at its nodes.
std::vector<Error> checkPyTorch(const Document &document, const Lowered &lowered);

/// Writes model.py and model.safetensors into the folder `out`; gives the files. Errors: what checkPyTorch says; a disk
/// error.
Result<std::vector<std::string>> writePyTorch(const std::string &out, const ExportModel &model,
                                              const ExportOptions &options);

} // namespace espalier
