// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/keyboard_moves.h"

#include "gui/document/frame_edits.h"
#include "gui/document/layout_edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/window/document_page.h"
#include "widgets/graph/graph_model.h"
#include "widgets/graph/node_layout.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr int kLeastWidth = 96;
constexpr int kLeastHeight = 64;

std::vector<DocumentFrame> selectedFrames(const DocumentPage &page)
{
    std::vector<DocumentFrame> frames = framesOf(*page.document()->document().findGraph(page.graph()));
    const QSet<QString> &selected = page.view()->selection().frames;
    std::erase_if(frames, [&](const DocumentFrame &frame) { return !selected.contains(qString(frame.id)); });
    return frames;
}

} // namespace

void nudgeSelection(DocumentPage &page, const QPoint &steps)
{
    const QPoint by = steps * int(kGridStep);
    QSet<QString> nodes = page.view()->selection().nodes;
    std::vector<DocumentFrame> frames = selectedFrames(page);
    for (DocumentFrame &frame : frames) {
        const QRectF rect(frame.x, frame.y, frame.width, frame.height);
        for (const GraphNode &node : page.model()->nodes())
            if (rect.contains(page.view()->nodeRect(node.id)))
                nodes.insert(node.id);
        frame.x += by.x();
        frame.y += by.y();
    }
    Positions positions;
    for (const QString &id : std::as_const(nodes))
        if (const GraphNode *node = page.model()->node(id); node && !node->isPinned)
            positions.emplace(id.toStdString(), Position{qRound(node->at.x()) + by.x(), qRound(node->at.y()) + by.y()});
    page.run(moveNodes(page.editContext(), positions, frames), false);
}

void resizeSelectedFrame(DocumentPage &page, const QPoint &steps)
{
    const std::vector<DocumentFrame> frames = selectedFrames(page);
    if (frames.size() != 1)
        return;
    DocumentFrame frame = frames.front();
    frame.width = std::max(kLeastWidth, frame.width + steps.x() * int(kGridStep));
    frame.height = std::max(kLeastHeight, frame.height + steps.y() * int(kGridStep));
    page.run(setFrameRect(page.editContext(), frame), false);
}

} // namespace espalier
