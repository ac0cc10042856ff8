// SPDX-License-Identifier: Apache-2.0
// A trained model as every export format sees it: the drawing, what it computes without training, and its weights.
#pragma once

#include "engine/graph/lower.h"

#include <map>
#include <string>
#include <vector>

namespace espalier {

/// y = (x - shift) * factor for each entry of a row, as training saw it.
struct InputScaling {
    std::vector<float> shift;
    std::vector<float> factor;
};

struct ExportModel {
    std::string name; ///< "digits-cnn"
    Document document;
    LowerOptions options; ///< what it was lowered with
    Lowered predict; ///< Mode::Predict: what Output nodes need
    std::vector<StateInfo> allStates; ///< of the whole drawing: those that only training needs, too
    std::map<std::string, Tensor> states; ///< weights and running statistics by state path
    std::map<std::string, InputScaling> scalings; ///< by name of the program input
    std::map<std::string, std::vector<std::string>>
        labels; ///< names of the classes, by column: {"label", {"cat", ...}}

    /// Name path of the node at this id path; the id path itself where nothing is known.
    std::string nameOf(const std::string &idPath) const;
    /// The weight of this path; asserted to exist.
    const Tensor &state(const std::string &path) const;
};

/// Lowers `document` for prediction. `states` may hold more than is needed (optimizer slots). Errors: a problem of the
/// drawing, no Output node, a weight that is missing or has another shape.
Result<ExportModel> makeExportModel(std::string name, Document document, const LowerOptions &options,
                                    std::map<std::string, Tensor> states);

} // namespace espalier
