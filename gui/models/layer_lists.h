// SPDX-License-Identifier: GPL-3.0-or-later
// The layers as lists for the palette and for quick-add.
#pragma once

#include "gui/document/edits.h"
#include "gui/models/answers.h"
#include "widgets/lists/list_entry.h"

namespace espalier {

/// All kinds and the blocks of the document, in the palette's order.
/// `withOps`: also the kinds "op.<name>", which search finds and no palette shows.
QList<ListEntry> layerItems(const EditContext &context, bool withOps = false);
/// Those with a port that fits the end of a dragged wire.
QList<ListEntry> fittingLayers(const EditContext &context, const Answers &answers, const WireStart &from);

} // namespace espalier
