// SPDX-License-Identifier: GPL-3.0-or-later
// What tests of edits share: the engine's own catalogue, and drawings by name.
#pragma once

#include "gui/document/edits.h"
#include "tests/support/drawing.h"

namespace espalier::test {

/// Layers and ops of this engine.
const Catalogue &catalogue();

inline EditContext contextOf(const Document &document, std::string graph = "root")
{
    return {document, catalogue(), std::move(graph)};
}

inline const DocumentNode *nodeNamed(const DocumentGraph &graph, std::string_view name)
{
    for (const DocumentNode &node : graph.nodes)
        if (node.name == name)
            return &node;
    return nullptr;
}

/// "conv1.y > norm1.x", one a line, in the order of the document.
inline std::string wiresText(const DocumentGraph &graph)
{
    std::string text;
    for (const DocumentWire &wire : graph.wires) {
        const DocumentNode *from = graph.findNode(wire.from.node);
        const DocumentNode *to = graph.findNode(wire.to.node);
        text += (from ? from->name : "?") + "." + wire.from.port + " > " + (to ? to->name : "?") + "." + wire.to.port
            + "\n";
    }
    return text;
}

/// The edit; ends the test program with the sentence where there is none.
Edit must(EditResult edit);
/// Applies, checks that taking it back gives the same document and that ids and names are sound.
Edit doIt(Document &document, const EditResult &result);

} // namespace espalier::test
