// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/draft.h"
#include "gui/document/edit_text.h"
#include "gui/document/edits.h"

#include <algorithm>

namespace espalier {
namespace {

Result<void> checkEnds(const Draft &draft, const Endpoint &from, const Endpoint &to)
{
    const DocumentNode *node = draft.findNode(from.node);
    if (!node || !draft.findNode(to.node))
        return fail("edit.node", "The node is not there any more.");
    if (from.node == to.node)
        return fail("edit.self-loop", "'{0}' can't feed itself. For a loop use a recurrent block.", node->name);
    return {};
}

/// Another wire at an input that takes one.
void clearFilled(Draft &draft, const Endpoint &to, std::string_view except)
{
    if (draft.isVariadic(to))
        return;
    for (const DocumentWire &wire : draft.wiresInto(to))
        if (wire.id != except)
            draft.removeWire(wire.id);
}

const PortInfo *emptyInput(const Draft &draft, const DocumentNode &node, const PortList &ports)
{
    for (const PortInfo &port : ports.inputs)
        if (port.isVariadic || draft.wiresInto({node.id, port.name}).empty())
            return &port;
    return nullptr;
}

const PortInfo *unreadOutput(const Draft &draft, const DocumentNode &node, const PortList &ports)
{
    for (const PortInfo &port : ports.outputs)
        if (draft.wiresFrom({node.id, port.name}).empty())
            return &port;
    return ports.outputs.empty() ? nullptr : &ports.outputs.front();
}

} // namespace

EditResult connectPorts(const EditContext &context, const Endpoint &from, const Endpoint &to)
{
    Draft draft(context);
    ESPALIER_CHECK(checkEnds(draft, from, to));
    draft.connect(from, to);
    return draft.finish(EditText::tr("Connect %1 to %2")
                            .arg(toText(draft.findNode(from.node)->name), toText(draft.findNode(to.node)->name)));
}

EditResult disconnectWires(const EditContext &context, const Ids &wires)
{
    Draft draft(context);
    for (const std::string &wire : wires)
        draft.removeWire(wire);
    return draft.finish(wires.size() == 1 ? EditText::tr("Delete the wire") : EditText::tr("Delete wires"));
}

EditResult clearPort(const EditContext &context, const Endpoint &port, bool isOutput)
{
    Draft draft(context);
    for (const DocumentWire &wire : isOutput ? draft.wiresFrom(port) : draft.wiresInto(port))
        draft.removeWire(wire.id);
    return draft.finish(EditText::tr("Clear %1").arg(toText(port.port)));
}

EditResult rewire(const EditContext &context, std::string_view wire, const WireStart &end)
{
    Draft draft(context);
    const DocumentWire *found = draft.findWire(wire);
    if (!found)
        return fail("edit.wire", "The wire is not there any more.");
    const DocumentWire old = *found;
    if ((end.isOutput ? old.from : old.to) == end.end)
        return draft.finish({});
    ESPALIER_CHECK(checkEnds(draft, end.isOutput ? end.end : old.from, end.isOutput ? old.to : end.end));
    if (end.isOutput) {
        draft.setWireFrom(wire, end.end);
    } else {
        clearFilled(draft, end.end, wire);
        draft.setWireTo(wire, end.end);
    }
    return draft.finish(EditText::tr("Move the wire"));
}

EditResult moveWires(const EditContext &context, const WireStart &from, const Endpoint &to)
{
    Draft draft(context);
    if (from.end == to)
        return draft.finish({});
    const auto wires = from.isOutput ? draft.wiresFrom(from.end) : draft.wiresInto(from.end);
    for (const DocumentWire &wire : wires)
        ESPALIER_CHECK(checkEnds(draft, from.isOutput ? to : wire.from, from.isOutput ? wire.to : to));
    if (!from.isOutput && !wires.empty())
        clearFilled(draft, to, {});
    for (std::size_t i = 0; i < wires.size(); ++i) {
        if (from.isOutput)
            draft.setWireFrom(wires[i].id, to);
        else if (i == 0 || draft.isVariadic(to))
            draft.setWireTo(wires[i].id, to);
        else // the new port takes one wire
            draft.removeWire(wires[i].id);
    }
    return draft.finish(EditText::tr("Move the wires of %1").arg(toText(from.end.port)));
}

EditResult addReroute(const EditContext &context, const Ids &wires, Position at)
{
    Draft draft(context);
    std::vector<DocumentWire> found;
    for (const std::string &id : wires)
        if (const DocumentWire *wire = draft.findWire(id))
            found.push_back(*wire);
    if (found.empty())
        return draft.finish({});
    const Endpoint from = found.front().from;
    for (const DocumentWire &wire : found)
        if (wire.from != from)
            return fail("edit.reroute", "One reroute takes the wires of one output; these come from several.");
    ESPALIER_TRY(DocumentNode node, newNode(context, "Reroute"));
    node.x = at.x;
    node.y = at.y;
    const std::string id = draft.addNode(std::move(node));
    draft.addWire(from, {id, "x"});
    for (const DocumentWire &wire : found)
        draft.setWireFrom(wire.id, {id, "y"});
    return draft.finish(EditText::tr("Reroute"), {id});
}

EditResult connectSelected(const EditContext &context, const Ids &nodes)
{
    Draft draft(context);
    std::vector<const DocumentNode *> chain = draft.findNodes(nodes);
    std::stable_sort(chain.begin(), chain.end(), [](const DocumentNode *a, const DocumentNode *b) {
        return a->x != b->x ? a->x < b->x : a->y < b->y;
    });
    for (std::size_t i = 1; i < chain.size(); ++i) {
        const DocumentNode &from = *chain[i - 1];
        const DocumentNode &to = *chain[i];
        const PortList outPorts = draft.ports(from);
        const PortList inPorts = draft.ports(to);
        const auto between = draft.wiresOf(from.id);
        const bool areConnected = std::any_of(between.begin(), between.end(), [&](const DocumentWire &wire) {
            return wire.from.node == from.id && wire.to.node == to.id;
        });
        const PortInfo *output = unreadOutput(draft, from, outPorts);
        const PortInfo *input = emptyInput(draft, to, inPorts);
        if (!areConnected && output && input)
            draft.connect({from.id, output->name}, {to.id, input->name});
    }
    return draft.finish(EditText::tr("Connect the selected nodes"), nodes);
}

} // namespace espalier
