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

/// From Input to the last Dense, each behind the one before.
const std::vector<LayerToDraw> &digitsChain();
const Document &digitsSample();
/// Opens a drawing without a node that knows the sample's data.
bool openEmptyDigits(Studio &studio);
/// Gives the node what differs from the defaults in the sample's node.
void setParamsLike(Studio &studio, const QString &node, const char *like);
/// Nodes with parameters and wires, without ids, names and places: equal for equal drawings.
QStringList shapeOf(const DocumentGraph &graph);
/// No problem, 13,754 parameters, and the same drawing as the sample.
void checkIsDigits(Studio &studio);

} // namespace espalier
