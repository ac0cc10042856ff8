// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/bypass.h"

#include "engine/graph/scan.h"
#include "engine/protocol/change.h"

#include <algorithm>

namespace espalier {
namespace {

/// Whether the node could be built: all that it needs is there.
bool isComplete(const ResolvedNode &node, const NodeValues &values)
{
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const std::vector<ValueId> &wires = values.inputs[i];
        if (node.inputs[i].isBroken || std::find(wires.begin(), wires.end(), kNoValue) != wires.end()
            || (wires.empty() && !node.inputs[i].port.optional))
            return false;
    }
    return true;
}

/// What a block gives out; its values come in at the instance's ports.
std::vector<TensorType> typesOfBody(LowerState &scratch, Frame &frame, const ResolvedNode &node,
                                    const NodeValues &values)
{
    std::unordered_map<const DocumentNode *, ValueId> given;
    for (const ResolvedNode &inner : node.body->nodes)
        for (std::size_t i = 0; i < node.inputs.size(); ++i)
            if (inner.node->kind == "BlockInput" && inner.node->name == node.inputs[i].port.name)
                given.emplace(inner.node, values.inputs[i].front());
    const std::vector<bool> all(node.body->nodes.size(), true);
    const std::vector<NodeValues> made = lowerNodes(scratch, frame, *node.body, all, given);
    std::vector<TensorType> types(node.outputs.size(), TensorType::unknown());
    for (std::size_t i = 0; i < made.size(); ++i) {
        const ResolvedNode &inner = node.body->nodes[i];
        if (inner.node->kind != "BlockOutput" || made[i].inputs.empty() || made[i].inputs.front().empty())
            continue;
        const ValueId value = made[i].inputs.front().front();
        for (std::size_t port = 0; port < node.outputs.size(); ++port)
            if (node.outputs[port].name == inner.node->name && value != kNoValue)
                types[port] = frame.builder.type(value);
    }
    return types;
}

/// The types that the node would give if it were not bypassed: built beside, in a program that is thrown away.
std::vector<TensorType> typesUnbypassed(const LowerState &state, const Frame &frame, const ResolvedNode &node,
                                        const NodeValues &values)
{
    std::vector<TensorType> types(node.outputs.size(), TensorType::unknown());
    if (!isComplete(node, values))
        return types;
    LowerState scratch{state.options, {}, {}, {}};
    Frame beside;
    NodeValues copies;
    for (const std::vector<ValueId> &wires : values.inputs) {
        copies.inputs.emplace_back();
        for (const ValueId wire : wires) {
            const std::string name = "x" + std::to_string(beside.builder.program().inputs.size());
            copies.inputs.back().push_back(beside.builder.input(name, frame.builder.type(wire)));
        }
    }
    copies.outputs.assign(node.outputs.size(), kNoValue);
    copies.used.assign(node.outputs.size(), true);
    if (!node.kind)
        return node.body ? typesOfBody(scratch, beside, node, copies) : types;
    if (!buildNode(scratch, beside, node, copies))
        return types;
    for (std::size_t i = 0; i < types.size(); ++i)
        if (copies.outputs[i] != kNoValue)
            types[i] = beside.builder.type(copies.outputs[i]);
    return types;
}

Fix disableFix(const ResolvedNode &node)
{
    const Change change{{setNodeField(node.graph->id, node.node->id, "disabled", true)}};
    return {"Disable it instead", {}, changeToJson(change).dump()};
}

Fix stopFix(const ResolvedNode &node)
{
    Operation operation = setNodeField(node.graph->id, node.node->id, "bypass", {});
    operation.kind = Operation::Kind::Unset;
    return {"Stop bypassing", {}, changeToJson({{std::move(operation)}}).dump()};
}

} // namespace

void passThrough(LowerState &state, Frame &frame, const ResolvedNode &node, NodeValues &values,
                 const std::vector<bool> &isRead)
{
    if (std::find(isRead.begin(), isRead.end(), true) == isRead.end())
        return; // a loss or an Output: without it nothing is missing
    if (node.inputs.empty()) {
        state.report(error("graph.bypass-source",
                           "'{0}' has no input that could pass through, so it can't be bypassed.", node.node->name)
                         .fix(disableFix(node))
                         .fix(stopFix(node)),
                     node);
        return;
    }
    std::vector<ValueId> offered;
    for (const std::vector<ValueId> &wires : values.inputs)
        std::copy_if(wires.begin(), wires.end(), std::back_inserter(offered),
                     [](ValueId value) { return value != kNoValue; });
    if (offered.empty())
        return; // what it leads to has a problem of its own
    const std::vector<TensorType> types = typesUnbypassed(state, frame, node, values);
    for (std::size_t i = 0; i < types.size(); ++i) {
        const auto fits = std::find_if(offered.begin(), offered.end(), [&](ValueId value) {
            return types[i].isUnknown() || frame.builder.type(value) == types[i];
        });
        if (fits != offered.end()) {
            values.outputs[i] = *fits;
        } else if (isRead[i]) {
            Error e = error("graph.bypass",
                            "'{0}' can't be bypassed: it turns {1} into {2}, and what reads '{3}' needs the latter.",
                            node.node->name, typeArg(frame.builder.type(offered.front())), typeArg(types[i]),
                            node.outputs[i].name);
            e.where.port = node.outputs[i].name;
            state.report(std::move(e).fix(stopFix(node)), node);
        }
    }
}

} // namespace espalier
