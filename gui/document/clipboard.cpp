// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/clipboard.h"

#include "engine/protocol/document_text.h"
#include "gui/document/block_edits.h"
#include "gui/document/draft.h"
#include "gui/document/edit_text.h"
#include "gui/document/frame_edits.h"

#include <algorithm>
#include <unordered_set>

namespace espalier {
namespace {

constexpr Position kBeside{40, 40};

/// Blocks that these nodes are made of, at any depth, in the order of `document`.
std::vector<const DocumentGraph *> blocksOf(const Document &document, const std::vector<DocumentNode> &nodes)
{
    std::unordered_set<std::string_view> used;
    std::vector<std::string_view> open;
    const auto add = [&](const std::vector<DocumentNode> &list) {
        for (const DocumentNode &node : list)
            if (const std::string_view block = blockUsedBy(node); !block.empty() && used.insert(block).second)
                open.push_back(block);
    };
    add(nodes);
    while (!open.empty()) {
        const DocumentGraph *block = document.findGraph(open.back());
        open.pop_back();
        if (block && block != &document.graph)
            add(block->nodes);
    }
    std::vector<const DocumentGraph *> found;
    for (const DocumentGraph &block : document.blocks)
        if (used.contains(block.id))
            found.push_back(&block);
    return found;
}

std::unordered_set<std::string_view> idsOf(const Document &document)
{
    std::unordered_set<std::string_view> ids;
    const auto add = [&](const DocumentGraph &graph) {
        for (const DocumentNode &node : graph.nodes)
            ids.insert(node.id);
        for (const DocumentWire &wire : graph.wires)
            ids.insert(wire.id);
    };
    add(document.graph);
    for (const DocumentGraph &block : document.blocks)
        add(block);
    return ids;
}

class Paster {
public:
    Paster(const EditContext &context, Document clip)
        : m_context(context)
        , m_draft(context)
        , m_clip(std::move(clip))
    {
    }

    EditResult run(Position offset, bool keepInputs, const QString &label)
    {
        mapBlocks();
        ESPALIER_CHECK(checkBlocks());
        for (const DocumentGraph &block : m_newBlocks)
            m_draft.add(insertBlock(block));
        pasteNodes(offset);
        pasteWires(keepInputs);
        pasteFrames(offset);
        if (m_made.empty() && m_madeFrames == 0)
            return fail("edit.paste", "There is nothing on the clipboard that could be pasted here.");
        return m_draft.finish(label, std::move(m_made));
    }

private:
    const EditContext &m_context;
    Draft m_draft;
    Document m_clip;
    std::unordered_map<std::string, std::string> m_blocks; ///< the clip's id → the document's
    std::vector<DocumentGraph> m_newBlocks;
    std::unordered_map<std::string, std::string> m_nodes;
    Ids m_made;
    int m_madeFrames = 0;

    /// A block that the document has already is used; one of the same id that differs, or whose nodes' ids are taken,
    /// gets new ids.
    void mapBlocks()
    {
        const auto taken = idsOf(m_context.document);
        std::unordered_set<std::string> names;
        for (const DocumentGraph &block : m_context.document.blocks)
            names.insert(block.name);
        for (const DocumentGraph *block : blocksOf(m_clip, m_clip.graph.nodes)) {
            const DocumentGraph *there = m_context.document.findGraph(block->id);
            if (there && *there == *block) {
                m_blocks[block->id] = block->id;
                continue;
            }
            const auto isTaken = [&](const auto &object) { return taken.contains(object.id); };
            const bool clashes = there || std::any_of(block->nodes.begin(), block->nodes.end(), isTaken)
                || std::any_of(block->wires.begin(), block->wires.end(), isTaken);
            m_newBlocks.push_back(clashes ? copyWithNewIds(*block) : *block);
            DocumentGraph &made = m_newBlocks.back();
            if (!made.name.empty() && !names.insert(made.name).second) {
                made.name = numberedName(made.name, [&](const std::string &name) { return names.contains(name); });
                names.insert(made.name);
            }
            m_blocks[block->id] = made.id;
        }
        for (DocumentGraph &block : m_newBlocks)
            for (DocumentNode &node : block.nodes)
                mapKind(node);
    }
    void mapKind(DocumentNode &node) const
    {
        const auto mapped = m_blocks.find(std::string(blockUsedBy(node)));
        if (mapped == m_blocks.end())
            return;
        if (node.kind == "Scan")
            node.params.set("block", mapped->second);
        else
            node.kind = "block:" + mapped->second;
    }

    /// Pasted instances, and what the blocks that come with them hold, must not hold the graph that they come into.
    Result<void> checkBlocks() const
    {
        const auto check = [&](const std::vector<DocumentNode> &nodes) -> Result<void> {
            for (const DocumentNode &node : nodes) {
                const auto mapped = m_blocks.find(std::string(blockUsedBy(node)));
                if (mapped != m_blocks.end())
                    ESPALIER_CHECK(checkNoRecursion(m_context.document, m_context.graph, mapped->second));
            }
            return {};
        };
        ESPALIER_CHECK(check(m_clip.graph.nodes));
        for (const DocumentGraph &block : m_clip.blocks)
            if (m_blocks.contains(block.id))
                ESPALIER_CHECK(check(block.nodes));
        return {};
    }

    void pasteNodes(Position offset)
    {
        for (DocumentNode node : m_clip.graph.nodes) {
            if (m_nodes.contains(node.id))
                continue;
            const std::string old = std::move(node.id);
            node.id.clear();
            if (!checkNodeName(node.name))
                node.name.clear();
            mapKind(node);
            node.x += offset.x;
            node.y += offset.y;
            m_made.push_back(m_draft.addNode(std::move(node)));
            m_nodes.emplace(old, m_made.back());
        }
    }
    void pasteWires(bool keepInputs)
    {
        for (const DocumentWire &wire : m_clip.graph.wires) {
            const auto to = m_nodes.find(wire.to.node);
            if (to == m_nodes.end())
                continue;
            const auto from = m_nodes.find(wire.from.node);
            if (from != m_nodes.end())
                m_draft.addWire({from->second, wire.from.port}, {to->second, wire.to.port});
            else if (keepInputs && m_draft.graph().findNode(wire.from.node))
                m_draft.addWire(wire.from, {to->second, wire.to.port});
        }
    }
    void pasteFrames(Position offset)
    {
        std::vector<DocumentFrame> frames = framesOf(m_clip.graph);
        if (frames.empty())
            return;
        m_madeFrames = static_cast<int>(frames.size());
        for (DocumentFrame &frame : frames) {
            frame.id = newFrameId();
            frame.x += offset.x;
            frame.y += offset.y;
        }
        const std::vector<DocumentFrame> there = framesOf(m_draft.graph());
        frames.insert(frames.end(), there.begin(), there.end());
        writeFrames(m_draft, frames);
    }
};

std::optional<Position> cornerOf(const DocumentGraph &graph)
{
    std::optional<Position> corner;
    const auto add = [&](int x, int y) {
        corner = corner ? Position{std::min(corner->x, x), std::min(corner->y, y)} : Position{x, y};
    };
    for (const DocumentNode &node : graph.nodes)
        add(node.x, node.y);
    for (const DocumentFrame &frame : framesOf(graph))
        add(frame.x, frame.y);
    return corner;
}

} // namespace

Document copyOf(const EditContext &context, const Ids &nodes, const Ids &frames)
{
    Document clip;
    const DocumentGraph *graph = context.document.findGraph(context.graph);
    if (!graph)
        return clip;
    const std::unordered_set<std::string_view> wanted(nodes.begin(), nodes.end());
    for (const DocumentNode &node : graph->nodes)
        if (wanted.contains(node.id))
            clip.graph.nodes.push_back(node);
    for (const DocumentWire &wire : graph->wires)
        if (wanted.contains(wire.to.node))
            clip.graph.wires.push_back(wire);
    JsonValue list = JsonValue::array();
    for (const DocumentFrame &frame : framesOf(*graph))
        if (std::find(frames.begin(), frames.end(), frame.id) != frames.end())
            list.append(frameToJson(frame));
    if (!list.items().empty())
        clip.graph.extra.set("frames", std::move(list));
    for (const DocumentGraph *block : blocksOf(context.document, clip.graph.nodes))
        clip.blocks.push_back(*block);
    return clip;
}

std::string copyText(const EditContext &context, const Ids &nodes, const Ids &frames)
{
    const Document clip = copyOf(context, nodes, frames);
    return clip.graph.nodes.empty() && clip.graph.extra.isNull() ? std::string() : writeDocument(clip);
}

bool isClipboardText(std::string_view text)
{
    constexpr std::size_t kLooksAt = 200;
    const std::size_t brace = text.find_first_not_of(" \t\r\n");
    return brace != std::string_view::npos && text[brace] == '{'
        && text.substr(0, kLooksAt).find("\"espalier\"") != std::string_view::npos;
}

EditResult pasteDocument(const EditContext &context, Document clip, Position offset, bool keepInputs,
                         const QString &label)
{
    return Paster(context, std::move(clip)).run(offset, keepInputs, label);
}

EditResult pasteText(const EditContext &context, std::string_view text, std::optional<Position> at, bool keepInputs)
{
    if (!isClipboardText(text))
        return fail("edit.paste", "There is nothing on the clipboard that could be pasted here.");
    ESPALIER_TRY(OpenedDocument opened, openDocument(text, EditText::tr("the clipboard").toStdString()));
    const auto corner = cornerOf(opened.document.graph);
    const Position offset = at && corner ? Position{at->x - corner->x, at->y - corner->y} : kBeside;
    const auto count = static_cast<int>(opened.document.graph.nodes.size());
    const QString label = count == 1 ? EditText::tr("Paste %1").arg(toText(opened.document.graph.nodes[0].name))
                                     : EditText::tr("Paste %1 nodes").arg(count);
    return pasteDocument(context, std::move(opened.document), offset, keepInputs, label);
}

EditResult duplicate(const EditContext &context, const Ids &nodes, bool keepInputs, Position delta, const Ids &frames)
{
    Document clip = copyOf(context, nodes, frames);
    if (clip.graph.nodes.empty() && clip.graph.extra.isNull())
        return Edit();
    const auto count = static_cast<int>(clip.graph.nodes.size());
    const QString label = count == 1 ? EditText::tr("Duplicate %1").arg(toText(clip.graph.nodes[0].name))
                                     : EditText::tr("Duplicate %1 nodes").arg(count);
    return pasteDocument(context, std::move(clip), delta, keepInputs, label);
}

} // namespace espalier
