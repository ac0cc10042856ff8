// SPDX-License-Identifier: GPL-3.0-or-later
// What the two ways to draw digits-cnn have in common: the empty drawing that they begin with, the layers in their
// order, and the comparison with the sample.
#pragma once

#include "tests/gui/window/studio.h"

namespace espalier {

struct LayerToDraw {
    const char *search; ///< what one types to find it
    const char *kind;
    const char *like; ///< the node of the sample whose parameters it gets
};

/// What stands between the Input and the Flatten that the Data panel puts behind it, and between the Flatten and the
/// last Dense; each behind the one before.
const std::vector<LayerToDraw> &digitsPictureChain();
const std::vector<LayerToDraw> &digitsVectorChain();
const Document &digitsSample();
/// What the node of the sample has other than the defaults: what a person types.
JsonValue paramsToType(const LayerInfo &layer, const char *like);
/// The text that means a value in the property editor.
QString typedText(const JsonValue &value);
/// Nodes with parameters and wires, without ids, names and places: equal for equal drawings.
QStringList shapeOf(const DocumentGraph &graph);
/// No problem, 13,754 parameters, and the same drawing as the sample.
void checkIsDigits(Studio &studio);

} // namespace espalier
