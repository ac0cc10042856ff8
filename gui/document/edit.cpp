// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/edit.h"

#include <algorithm>

namespace espalier {
namespace {

void addOnce(std::vector<PortInfo> &ports, const std::string &name, bool isVariadic)
{
    if (std::none_of(ports.begin(), ports.end(), [&](const PortInfo &port) { return port.name == name; }))
        ports.push_back({name, {}, true, isVariadic});
}

/// What the wires say about a node of which nothing else is known.
PortList wiredPorts(const DocumentGraph &graph, const std::string &node)
{
    PortList ports;
    for (const DocumentWire &wire : graph.wires) {
        if (wire.to.node == node)
            addOnce(ports.inputs, wire.to.port, true);
        if (wire.from.node == node)
            addOnce(ports.outputs, wire.from.port, false);
    }
    return ports;
}

bool hasNode(const std::vector<PortInfo> &ports, std::string_view name)
{
    return std::any_of(ports.begin(), ports.end(), [&](const PortInfo &port) { return port.name == name; });
}

} // namespace

std::string_view blockIdOf(std::string_view kind)
{
    constexpr std::string_view kPrefix = "block:";
    return kind.starts_with(kPrefix) ? kind.substr(kPrefix.size()) : std::string_view();
}

std::string_view blockUsedBy(const DocumentNode &node)
{
    return node.kind == "Scan" ? std::string_view(node.params["block"].string()) : blockIdOf(node.kind);
}

std::string stemOf(std::string_view name)
{
    while (!name.empty() && name.back() >= '0' && name.back() <= '9')
        name.remove_suffix(1);
    return name.empty() ? "node" : std::string(name);
}

PortList blockPorts(const DocumentGraph &block, bool isScan)
{
    PortList ports;
    for (const DocumentNode &node : block.nodes) {
        if (node.isDisabled())
            continue;
        if (node.kind == "BlockInput")
            ports.inputs.push_back({node.name, {}, false, false});
        if (node.kind == "BlockOutput")
            ports.outputs.push_back({node.name, {}, false, false});
    }
    if (isScan) // a state comes in and goes out under one name; without a wire it starts from zeros
        for (PortInfo &port : ports.inputs)
            port.isOptional = hasNode(ports.outputs, port.name);
    return ports;
}

PortList portsOf(const EditContext &context, const DocumentNode &node)
{
    if (const std::string_view block = blockUsedBy(node); !block.empty()) {
        const DocumentGraph *definition = context.document.findGraph(block);
        return definition ? blockPorts(*definition, node.kind == "Scan") : PortList();
    }
    const LayerInfo *layer = context.catalogue.find(node.kind);
    if (!layer) {
        const DocumentGraph *graph = context.document.findGraph(context.graph);
        return graph ? wiredPorts(*graph, node.id) : PortList();
    }
    if (!layer->outputsFrom.empty()) {
        PortList ports = layer->ports;
        ports.outputs.clear();
        for (const JsonValue &name : node.params[layer->outputsFrom].items())
            if (!name.string().empty())
                ports.outputs.push_back({name.string(), {}, false, false});
        return ports;
    }
    if (layer->hasDynamicPorts && context.portBook)
        if (const auto told = context.portBook->find(node.id); told != context.portBook->end())
            return told->second;
    return layer->ports;
}

} // namespace espalier
