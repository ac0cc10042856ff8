// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/layer_lists.h"

#include "gui/document/block_edits.h"
#include "gui/engine_client/text.h"
#include "gui/models/connectable.h"
#include "widgets/common/icons.h"

#include <QtCore/QCoreApplication>

#include <algorithm>

namespace espalier {
namespace {

QString schemaText(const std::string &english)
{
    return QCoreApplication::translate("schema", english.c_str());
}

ListEntry layerItem(const LayerInfo &layer)
{
    ListEntry item;
    item.id = qString(layer.id);
    const bool isOp = layer.id.starts_with("op.");
    item.title = isOp ? item.id : schemaText(layer.title); // an op never stands before the layer of that name
    item.category = schemaText(layer.category);
    item.icon = isOp ? QStringLiteral("tensor") : iconOfKind(item.id, qString(layer.category));
    item.help = schemaText(layer.help);
    item.aliases.append(item.id);
    for (const std::string &alias : layer.aliases)
        item.aliases.append(qString(alias));
    return item;
}

ListEntry blockItem(const DocumentGraph &block)
{
    ListEntry item;
    item.id = QStringLiteral("block:") + qString(block.id);
    item.title = qString(block.name);
    item.category = QCoreApplication::translate("LayerLists", "Blocks of this drawing");
    item.icon = QStringLiteral("block");
    item.help = QCoreApplication::translate("LayerLists", "A block that this drawing defines.");
    return item;
}

/// Ports of blocks have no place outside of one, and ops are for search only.
bool belongsHere(const LayerInfo &layer, const EditContext &context)
{
    const bool isBlockPort = layer.id == "BlockInput" || layer.id == "BlockOutput";
    return !isBlockPort || context.graph != "root";
}

bool anyInputAccepts(const PortList &ports, const PortAnswer *type)
{
    return std::any_of(ports.inputs.begin(), ports.inputs.end(),
                       [type](const PortInfo &input) { return accepts(input, type); });
}

const PortInfo *inputOf(const EditContext &context, const Endpoint &end)
{
    static thread_local PortInfo found;
    const DocumentGraph *graph = context.document.findGraph(context.graph);
    const DocumentNode *node = graph ? graph->findNode(end.node) : nullptr;
    if (!node)
        return nullptr;
    for (const PortInfo &input : portsOf(context, *node).inputs)
        if (input.name == end.port) {
            found = input;
            return &found;
        }
    return nullptr;
}

/// Whether a layer that gives anything may feed this input: labels come from Inputs alone.
bool mayFeed(const LayerInfo &layer, const PortInfo &input)
{
    if (layer.ports.outputs.empty())
        return false;
    if (input.numbers == PortNumbers::Whole)
        return layer.category == "Input & output" || layer.id == "Cast" || layer.id == "Formula"
            || layer.id.starts_with("Arg") || layer.category == "Shape";
    return true;
}

} // namespace

QList<ListEntry> layerItems(const EditContext &context, bool withOps)
{
    QList<ListEntry> items;
    for (const LayerInfo &layer : context.catalogue.layers())
        if (belongsHere(layer, context) && (withOps || !layer.id.starts_with("op.")))
            items.append(layerItem(layer));
    for (const DocumentGraph &block : context.document.blocks)
        if (checkNoRecursion(context.document, context.graph, block.id))
            items.append(blockItem(block));
    return items;
}

QList<ListEntry> fittingLayers(const EditContext &context, const Answers &answers, const WireStart &from)
{
    const PortAnswer *type = from.isOutput ? answers.port(qString(from.end.node), qString(from.end.port)) : nullptr;
    const PortInfo *input = from.isOutput ? nullptr : inputOf(context, from.end);
    QList<ListEntry> items;
    for (const LayerInfo &layer : context.catalogue.layers()) {
        if (!belongsHere(layer, context))
            continue;
        const bool fits = from.isOutput ? layer.hasDynamicPorts || anyInputAccepts(layer.ports, type)
                                        : input && mayFeed(layer, *input);
        if (fits && (layer.id != "Input" || !from.isOutput))
            items.append(layerItem(layer));
    }
    for (const DocumentGraph &block : context.document.blocks) {
        const PortList ports = blockPorts(block, false);
        const bool fits = from.isOutput ? !ports.inputs.empty() : !ports.outputs.empty();
        if (fits && checkNoRecursion(context.document, context.graph, block.id))
            items.append(blockItem(block));
    }
    return items;
}

} // namespace espalier
