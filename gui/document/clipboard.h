// SPDX-License-Identifier: GPL-3.0-or-later
// Copy and paste as text. The text is a small document, so that it can be sent about, read, and saved as a file; any
// document can be pasted.
#pragma once

#include "gui/document/edits.h"

#include <optional>

namespace espalier {

/// The nodes with the wires between them, the wires that come in from other nodes, these frames, and the blocks that
/// they are made of. Empty where none of them is there.
std::string copyText(const EditContext &context, const Ids &nodes, const Ids &frames = {});
/// Whether pasteText may understand it; looks at the beginning only.
bool isClipboardText(std::string_view text);
/// What `text` holds with ids and names of its own; its upper left corner comes to `at`, or beside where it was. With
/// `keepInputs` the wires that came in come in again, where their sources are in this graph. Fails where the text is no
/// document, holds nothing, or would put a block into itself.
EditResult pasteText(const EditContext &context, std::string_view text, std::optional<Position> at = std::nullopt,
                     bool keepInputs = false);
/// Copy and paste in one, moved by `delta`.
EditResult duplicate(const EditContext &context, const Ids &nodes, bool keepInputs, Position delta,
                     const Ids &frames = {});

// For the library of blocks.

/// Graph, wires and blocks of the selection, as copyText writes them.
Document copyOf(const EditContext &context, const Ids &nodes, const Ids &frames);
EditResult pasteDocument(const EditContext &context, Document clip, Position offset, bool keepInputs,
                         const QString &label);

} // namespace espalier
