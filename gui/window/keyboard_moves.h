// SPDX-License-Identifier: GPL-3.0-or-later
// What a drag does, by keys: nodes and frames go step by step, frames grow and shrink. Steps in a row are one undo
// step.
#pragma once

#include <QtCore/QPoint>
#include <QtCore/QSize>

namespace espalier {

class DocumentPage;

/// Moves what is selected by so many steps of the grid; frames take along what lies in them, pinned nodes stay.
void nudgeSelection(DocumentPage &page, const QPoint &steps);
/// Moves the right and bottom edge of the only selected frame by so many steps.
void resizeSelectedFrame(DocumentPage &page, const QPoint &steps);

} // namespace espalier
