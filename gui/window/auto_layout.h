// SPDX-License-Identifier: GPL-3.0-or-later
// Auto-layout of a canvas: worked out off the GUI thread, applied as one undo step.
#pragma once

namespace espalier {

class DocumentPage;

/// Lays out the selected nodes; or, with nothing selected, all of the shown graph, and at the root the inside of every
/// block as well. Returns at once; an answer that comes after the drawing was
/// edited is dropped.
void layOut(DocumentPage &page);

} // namespace espalier
