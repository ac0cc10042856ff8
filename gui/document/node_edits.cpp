// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/block_edits.h"
#include "gui/document/draft.h"
#include "gui/document/edit_text.h"
#include "gui/document/edits.h"
#include "gui/document/frame_edits.h"
#include "gui/document/make_room.h"

#include "engine/protocol/document_text.h"

#include <algorithm>
#include <array>

namespace espalier {
namespace {

/// Names of columns that say what is right, best first.
constexpr std::array<std::string_view, 9> kLabelNames{"label",   "labels", "target", "targets", "class",
                                                      "classes", "y",      "answer", "species"};

/// The output that reads as labels: by its name, or the last of an Input with several columns.
std::optional<Endpoint> labelPort(const EditContext &context, const Draft &draft)
{
    std::optional<Endpoint> last;
    std::size_t best = kLabelNames.size();
    std::optional<Endpoint> named;
    for (const DocumentNode &node : draft.graph().nodes) {
        if (node.kind != "Input" || node.isDisabled())
            continue;
        const PortList ports = portsOf(context, node);
        for (const PortInfo &port : ports.outputs) {
            const auto rank = static_cast<std::size_t>(std::find(kLabelNames.begin(), kLabelNames.end(), port.name)
                                                       - kLabelNames.begin());
            if (rank >= best)
                continue;
            best = rank;
            named = Endpoint{node.id, port.name};
        }
        if (!last && ports.outputs.size() > 1)
            last = Endpoint{node.id, ports.outputs.back().name};
    }
    return named ? named : last;
}

void wireTarget(const EditContext &context, Draft &draft, const std::string &id)
{
    const DocumentNode *node = draft.findNode(id);
    const LayerInfo *layer = node ? context.catalogue.find(node->kind) : nullptr;
    if (!layer || !layer->isLoss())
        return;
    const auto &inputs = layer->ports.inputs;
    const auto target
        = std::find_if(inputs.begin(), inputs.end(), [](const PortInfo &port) { return port.name == "target"; });
    if (target == inputs.end())
        return;
    if (const auto labels = labelPort(context, draft))
        draft.addWire(*labels, {id, target->name});
}

/// The new node in the draft; the kind must be known to the catalogue or be a block of the document.
Result<std::string> addTo(Draft &draft, const EditContext &context, std::string_view kind, Position at)
{
    ESPALIER_TRY(DocumentNode node, newNode(context, kind));
    node.x = at.x;
    node.y = at.y;
    return draft.addNode(std::move(node));
}

QString addLabel(const Draft &draft, const std::string &id)
{
    return EditText::tr("Add %1").arg(toText(draft.findNode(id)->name));
}

/// The port at which something passes through: the one that is named, or the first.
const PortInfo *pick(const std::vector<PortInfo> &ports, std::string_view name)
{
    if (name.empty())
        return ports.empty() ? nullptr : &ports.front();
    const auto found = std::find_if(ports.begin(), ports.end(), [&](const PortInfo &p) { return p.name == name; });
    return found == ports.end() ? nullptr : &*found;
}

tl::unexpected<Error> noPassage(std::string_view name)
{
    return fail("edit.no-passage", "'{0}' can't lie on a wire: it needs an input and an output.", name);
}

/// from → node → to. The wire that was there leads on to its old end, so that it keeps its place among others.
Result<void> splice(Draft &draft, const EditContext &context, const std::string &id, std::string_view wireId)
{
    const DocumentNode *node = draft.findNode(id);
    const DocumentWire *found = draft.findWire(wireId);
    if (!node || !found)
        return fail("edit.wire", "The wire is not there any more.");
    const DocumentWire wire = *found;
    if (wire.from.node == id || wire.to.node == id)
        return fail("edit.self-loop", "'{0}' is at an end of this wire already.", node->name);
    const PortList ports = portsOf(context, *node);
    const PortInfo *input = pick(ports.inputs, {});
    const PortInfo *output = pick(ports.outputs, {});
    if (!input || !output)
        return noPassage(node->name);
    draft.connect(wire.from, {id, input->name});
    draft.setWireFrom(wire.id, {id, output->name});
    return {};
}

/// An input without a wire, else the first.
const PortInfo *freeInput(const Draft &draft, const std::vector<PortInfo> &inputs, const std::string &node)
{
    for (const PortInfo &port : inputs)
        if (draft.wiresInto({node, port.name}).empty())
            return &port;
    return inputs.empty() ? nullptr : &inputs.front();
}

QString countLabel(const Draft &draft, const Ids &nodes, const QString &one, const QString &many)
{
    const DocumentNode *only = nullptr;
    int count = 0;
    for (const std::string &id : nodes)
        if (const DocumentNode *node = draft.findNode(id)) {
            only = node;
            ++count;
        }
    return count == 1 ? one.arg(toText(only->name)) : many.arg(count);
}

/// Where what came into a deleted node comes from: through other deleted ones, along their first inputs.
std::optional<Endpoint> sourceBehind(const Draft &draft, const std::unordered_set<std::string> &deleted,
                                     const std::string &node)
{
    std::unordered_set<std::string> seen;
    std::string at = node;
    while (seen.insert(at).second) {
        const DocumentNode *passed = draft.findNode(at);
        std::optional<Endpoint> source;
        if (passed)
            for (const PortInfo &port : draft.ports(*passed).inputs)
                if (const auto wires = draft.wiresInto({at, port.name}); !wires.empty() && !source)
                    source = wires.front().from;
        if (!source || !deleted.contains(source->node))
            return source;
        at = source->node;
    }
    return std::nullopt;
}

} // namespace

Result<DocumentNode> newNode(const EditContext &context, std::string_view kind)
{
    DocumentNode node{.kind = std::string(kind)};
    if (const std::string_view block = blockIdOf(kind); !block.empty()) {
        if (!context.document.findGraph(block) || block == "root")
            return fail("edit.block", "The document does not hold this block.");
        ESPALIER_CHECK(checkNoRecursion(context.document, context.graph, block));
        node.params.set("repeat", 1).set("shared", false);
        return node;
    }
    const LayerInfo *layer = context.catalogue.find(kind);
    if (!layer)
        return fail("edit.kind", "There is no layer {0}. The engine may be of another version.", kind);
    node.kindVersion = layer->version;
    node.params = defaultParams(*layer);
    return node;
}

EditResult addNode(const EditContext &context, std::string_view kind, Position at)
{
    Draft draft(context);
    ESPALIER_TRY(const std::string id, addTo(draft, context, kind, at));
    wireTarget(context, draft, id);
    const QString label = addLabel(draft, id);
    return draft.finish(label, {id});
}

EditResult addNodeWired(const EditContext &context, std::string_view kind, Position at, const WireStart &from,
                        std::string_view port)
{
    Draft draft(context);
    if (!draft.findNode(from.end.node))
        return fail("edit.node", "The node is not there any more.");
    ESPALIER_TRY(const std::string id, addTo(draft, context, kind, at));
    wireTarget(context, draft, id);
    const PortList ports = portsOf(context, *draft.findNode(id));
    const PortInfo *fits = from.isOutput && port.empty() ? freeInput(draft, ports.inputs, id)
                                                         : pick(from.isOutput ? ports.inputs : ports.outputs, port);
    if (!fits)
        return fail("edit.no-port", "'{0}' has no port for this wire.", draft.findNode(id)->name);
    if (from.isOutput)
        draft.connect(from.end, {id, fits->name});
    else
        draft.connect({id, fits->name}, from.end);
    const QString label = addLabel(draft, id);
    return draft.finish(label, {id});
}

EditResult addNodeOnWire(const EditContext &context, std::string_view kind, Position at, std::string_view wire,
                         Shift shift)
{
    Draft draft(context);
    const DocumentWire *found = draft.findWire(wire);
    const std::string behind = found ? found->to.node : std::string();
    if (found && shift == Shift::Neighbours)
        at = clearOf(draft, found->from.node, at);
    ESPALIER_TRY(const std::string id, addTo(draft, context, kind, at));
    ESPALIER_CHECK(splice(draft, context, id, wire));
    if (shift == Shift::Neighbours)
        makeRoom(draft, id, at, behind);
    const QString label = addLabel(draft, id);
    return draft.finish(label, {id});
}

EditResult insertOnWire(const EditContext &context, std::string_view node, Position at, std::string_view wire,
                        Shift shift)
{
    Draft draft(context);
    const std::string id(node);
    const DocumentNode *moved = draft.findNode(id);
    if (!moved)
        return draft.finish({});
    const DocumentWire *found = draft.findWire(wire);
    const std::string behind = found ? found->to.node : std::string();
    if (found && shift == Shift::Neighbours)
        at = clearOf(draft, found->from.node, at);
    const QString label = EditText::tr("Insert %1").arg(toText(moved->name));
    if (Position{moved->x, moved->y} != at)
        draft.setNode(id, "at", JsonValue(JsonValue::Array{at.x, at.y}));
    ESPALIER_CHECK(splice(draft, context, id, wire));
    if (shift == Shift::Neighbours)
        makeRoom(draft, id, at, behind);
    return draft.finish(label, {id});
}

EditResult deleteNodes(const EditContext &context, const Ids &nodes)
{
    return deleteSelection(context, nodes, {}, {});
}

EditResult deleteSelection(const EditContext &context, const Ids &nodes, const Ids &wires, const Ids &frames)
{
    Draft draft(context);
    QString label = countLabel(draft, nodes, EditText::tr("Delete %1"), EditText::tr("Delete %1 nodes"));
    if (nodes.empty())
        label = frames.empty() ? EditText::tr("Delete wires") : EditText::tr("Delete frames");
    for (const std::string &wire : wires)
        draft.removeWire(wire);
    forgetInBlocks(draft, context, nodes);
    draft.removeNodes(nodes);
    forgetFrames(draft, frames);
    return draft.finish(label);
}

EditResult deleteAndReconnect(const EditContext &context, const Ids &nodes)
{
    Draft draft(context);
    const QString label = countLabel(draft, nodes, EditText::tr("Delete %1 and reconnect"),
                                     EditText::tr("Delete %1 nodes and reconnect"));
    const std::unordered_set<std::string> deleted(nodes.begin(), nodes.end());
    std::vector<std::pair<std::string, Endpoint>> moves;
    for (const std::string &id : nodes) {
        const auto source = sourceBehind(draft, deleted, id);
        for (const DocumentWire &wire : draft.wiresOf(id))
            if (source && wire.from.node == id && !deleted.contains(wire.to.node) && wire.to.node != source->node)
                moves.emplace_back(wire.id, *source);
    }
    for (const auto &[wire, source] : moves)
        draft.setWireFrom(wire, source);
    forgetInBlocks(draft, context, nodes);
    draft.removeNodes(nodes);
    return draft.finish(label);
}

EditResult renameNode(const EditContext &context, std::string_view node, std::string_view name)
{
    Draft draft(context);
    const DocumentNode *renamed = draft.findNode(node);
    if (!renamed || renamed->name == name)
        return draft.finish({});
    ESPALIER_CHECK(checkNodeName(name));
    if (draft.isNameTaken(name, renamed->kind == "BlockOutput"))
        return fail("document.name-twice", "Another node is called '{0}' already; choose another name.", name);
    draft.setNode(node, "name", JsonValue(name));
    renamePortOutside(draft, context, *renamed, name);
    return draft.finish(EditText::tr("Rename %1 to %2").arg(toText(renamed->name), toText(name)), {renamed->id});
}

std::string_view memberName(NodeFlag flag)
{
    constexpr std::array<std::string_view, 5> kNames{"bypass", "disabled", "collapsed", "hide_ports", "pinned"};
    return kNames[static_cast<std::size_t>(flag)];
}

bool hasFlag(const DocumentNode &node, NodeFlag flag)
{
    return node.extra[memberName(flag)].boolean();
}

EditResult setFlag(const EditContext &context, const Ids &nodes, NodeFlag flag, bool value)
{
    struct Words {
        QString on;
        QString off;
    };
    const std::array<Words, 5> words{Words{EditText::tr("Bypass"), EditText::tr("Stop bypassing")},
                                     Words{EditText::tr("Disable"), EditText::tr("Enable")},
                                     Words{EditText::tr("Collapse"), EditText::tr("Expand")},
                                     Words{EditText::tr("Hide unused ports"), EditText::tr("Show all ports")},
                                     Words{EditText::tr("Pin"), EditText::tr("Unpin")}};
    Draft draft(context);
    Ids touched;
    for (const DocumentNode *node : draft.findNodes(nodes)) {
        if (hasFlag(*node, flag) == value)
            continue;
        touched.push_back(node->id);
        if (value)
            draft.setNode(node->id, memberName(flag), true);
        else
            draft.unsetNode(node->id, memberName(flag));
    }
    const Words &said = words[static_cast<std::size_t>(flag)];
    return draft.finish(value ? said.on : said.off, touched);
}

EditResult toggleFlag(const EditContext &context, const Ids &nodes, NodeFlag flag)
{
    const DocumentGraph *graph = context.document.findGraph(context.graph);
    bool areAllOn = true;
    for (const std::string &id : nodes)
        if (const DocumentNode *node = graph ? graph->findNode(id) : nullptr)
            areAllOn &= hasFlag(*node, flag);
    return setFlag(context, nodes, flag, !areAllOn);
}

EditResult setParam(const EditContext &context, const Ids &nodes, std::string_view param, JsonValue value)
{
    if (param.empty() || param.find('/') != std::string_view::npos)
        return fail("edit.param", "There is no parameter '{0}'.", param);
    Draft draft(context);
    Ids touched;
    std::string key = "param/" + context.graph + "/" + std::string(param);
    for (const DocumentNode *node : draft.findNodes(nodes)) {
        const std::string &id = node->id;
        key += "/" + id;
        const LayerInfo *layer = context.catalogue.find(node->kind);
        const bool takesAny = !layer || !blockUsedBy(*node).empty(); // an unknown kind keeps its parameters
        if (!takesAny && !layer->findParam(param) && !node->params.has(param))
            continue;
        if (node->params.has(param) && node->params[param] == value)
            continue;
        touched.push_back(id);
        draft.setNode(id, "params/" + std::string(param), value);
    }
    QString shown = toText(param);
    if (const DocumentNode *first = touched.empty() ? nullptr : draft.findNode(touched.front()))
        if (const LayerInfo *layer = context.catalogue.find(first->kind))
            if (const ParamInfo *info = layer->findParam(param))
                shown = toText(info->label);
    const QString label = countLabel(draft, touched, EditText::tr("Set %2 of %1").arg(QStringLiteral("%1"), shown),
                                     EditText::tr("Set %2 of %1 nodes").arg(QStringLiteral("%1"), shown));
    return draft.finish(label, {}, key);
}

EditResult resetParam(const EditContext &context, const Ids &nodes, std::string_view param)
{
    Draft draft(context);
    Ids touched;
    for (const DocumentNode *node : draft.findNodes(nodes)) {
        const std::string &id = node->id;
        const LayerInfo *layer = context.catalogue.find(node->kind);
        const ParamInfo *info = layer ? layer->findParam(param) : nullptr;
        const std::string field = "params/" + std::string(param);
        if (info && node->params[param] != info->fallback) {
            draft.setNode(id, field, info->fallback);
            touched.push_back(id);
        } else if (!info && !blockUsedBy(*node).empty() && node->params.has(param)) {
            if (param == "repeat")
                draft.setNode(id, field, 1);
            else if (param == "shared")
                draft.setNode(id, field, false);
            else
                draft.unsetNode(id, field);
            touched.push_back(id);
        }
    }
    return draft.finish(EditText::tr("Reset %1").arg(toText(param)));
}

} // namespace espalier
