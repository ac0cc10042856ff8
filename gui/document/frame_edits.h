// SPDX-License-Identifier: GPL-3.0-or-later
// Frames: titled rectangles behind the nodes, kept in the graph's "frames".
#pragma once

#include "gui/document/edits.h"

namespace espalier {

class Draft;

struct DocumentFrame {
    std::string id;
    std::string title;
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    int colour = 0; ///< index into the theme's frame colours
    friend bool operator==(const DocumentFrame &, const DocumentFrame &) = default;
};

/// Frames that can't be read are left out.
std::vector<DocumentFrame> framesOf(const DocumentGraph &graph);

/// `frame.id` is ignored: the new one gets its own, the only member of Edit::selected.
EditResult addFrame(const EditContext &context, DocumentFrame frame);
EditResult setFrameTitle(const EditContext &context, std::string_view frame, std::string_view title);
EditResult setFrameColour(const EditContext &context, std::string_view frame, int colour);
/// Without the nodes in it: a frame that is resized. Edits in a row are one step.
EditResult setFrameRect(const EditContext &context, const DocumentFrame &frame);
EditResult deleteFrames(const EditContext &context, const Ids &frames);

// For other edits.

/// Removes these frames in a larger edit.
void forgetFrames(Draft &draft, const Ids &frames);
/// Writes the whole list of frames.
void writeFrames(Draft &draft, const std::vector<DocumentFrame> &frames);
JsonValue frameToJson(const DocumentFrame &frame);
std::string newFrameId();

} // namespace espalier
