// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/block_edits.h"

#include "engine/base/ids.h"
#include "engine/protocol/document_text.h"
#include "gui/document/draft.h"
#include "gui/document/edit_text.h"

#include <algorithm>
#include <functional>
#include <unordered_set>

namespace espalier {
namespace {

constexpr int kDeepest = 100; ///< blocks in blocks that are looked into

template <typename Visit>
void forEachGraph(const Document &document, const Visit &visit)
{
    visit(document.graph);
    for (const DocumentGraph &block : document.blocks)
        visit(block);
}

Operation setGraphField(const std::string &graph, JsonValue exposed)
{
    Operation operation = setNodeField(graph, {}, "exposed", std::move(exposed));
    operation.what = Operation::What::Graph;
    if (operation.value.items().empty())
        operation.kind = Operation::Kind::Unset;
    return operation;
}

/// Takes exposed parameters of `graph` away for which `goes` says so; values of instances, and what outer blocks pass
/// on of them, follow.
using GoesFunction = std::function<bool(const std::string &node, const std::string &param)>;
void unexposeWhere(Draft &draft, const Document &document, const DocumentGraph &graph, const GoesFunction &goes,
                   int depth)
{
    JsonValue kept = JsonValue::array();
    std::unordered_set<std::string> gone;
    for (const JsonValue &json : graph.extra["exposed"].items()) {
        if (goes(json["node"].string(), json["param"].string()))
            gone.insert(json["name"].string());
        else
            kept.append(json);
    }
    if (gone.empty() || depth > kDeepest)
        return;
    draft.add(setGraphField(graph.id, std::move(kept)));
    forEachGraph(document, [&](const DocumentGraph &outer) {
        std::unordered_set<std::string> instances;
        for (const DocumentNode &node : outer.nodes) {
            if (blockUsedBy(node) != graph.id)
                continue;
            instances.insert(node.id);
            for (const std::string &name : gone) {
                if (!node.params.has(name))
                    continue;
                Operation operation = setNodeField(outer.id, node.id, "params/" + name, {});
                operation.kind = Operation::Kind::Unset;
                draft.add(std::move(operation));
            }
        }
        if (!instances.empty())
            unexposeWhere(
                draft, document, outer,
                [&](const std::string &node, const std::string &param) {
                    return instances.contains(node) && gone.contains(param);
                },
                depth + 1);
    });
}

/// The parameter as it is where it was declared, with the default that the block says.
std::optional<ParamInfo> exposedInfo(const Document &document, const Catalogue &catalogue, const DocumentGraph &block,
                                     const ExposedParam &exposed, int depth)
{
    const DocumentNode *node = block.findNode(exposed.node);
    if (!node || depth > kDeepest)
        return std::nullopt;
    std::optional<ParamInfo> info;
    if (const LayerInfo *layer = catalogue.find(node->kind)) {
        if (const ParamInfo *found = layer->findParam(exposed.param))
            info = *found;
    }
    if (const DocumentGraph *inner = info ? nullptr : document.findGraph(blockUsedBy(*node)))
        for (const ExposedParam &deeper : exposedOf(*inner))
            if (deeper.name == exposed.param)
                info = exposedInfo(document, catalogue, *inner, deeper, depth + 1);
    if (!info)
        return std::nullopt;
    if (node->params.has(exposed.param))
        info->fallback = node->params[exposed.param];
    info->name = exposed.name;
    return info;
}

ParamInfo repeatParam()
{
    ParamInfo info;
    info.name = "repeat";
    info.form = ParamForm::Integer;
    info.typeName = "integer";
    info.fallback = 1;
    info.label = EditText::tr("Repeat").toStdString();
    info.help = EditText::tr("How often the block stands here, one behind the other.").toStdString();
    info.minimum = 1;
    info.maximum = 10'000;
    return info;
}

ParamInfo sharedParam()
{
    ParamInfo info;
    info.name = "shared";
    info.form = ParamForm::Bool;
    info.typeName = "bool";
    info.fallback = false;
    info.label = EditText::tr("Share weights").toStdString();
    info.help = EditText::tr("All repeats have one set of weights.").toStdString();
    return info;
}

const DocumentGraph *editedBlock(const EditContext &context)
{
    return context.graph == "root" ? nullptr : context.document.findGraph(context.graph);
}

/// Exposed names are keys beside "repeat" and "shared".
std::string exposedName(const DocumentGraph &block, const DocumentNode &node, std::string_view param)
{
    const std::vector<ExposedParam> all = exposedOf(block);
    const auto isTaken = [&](const std::string &name) {
        return name == "repeat" || name == "shared"
            || std::any_of(all.begin(), all.end(), [&](const ExposedParam &e) { return e.name == name; });
    };
    std::string plain(param);
    if (!isTaken(plain))
        return plain;
    const std::string full = node.name + "_" + plain;
    return isTaken(full) ? numberedName(full, isTaken) : full;
}

} // namespace

int instanceCount(const Document &document, std::string_view block)
{
    std::ptrdiff_t count = 0;
    forEachGraph(document, [&](const DocumentGraph &graph) {
        count += std::count_if(graph.nodes.begin(), graph.nodes.end(),
                               [&](const DocumentNode &node) { return blockUsedBy(node) == block; });
    });
    return static_cast<int>(count);
}

bool blockContains(const Document &document, std::string_view outer, std::string_view inner)
{
    std::unordered_set<std::string_view> seen{outer};
    std::vector<std::string_view> open{outer};
    while (!open.empty()) {
        const std::string_view at = open.back();
        open.pop_back();
        if (at == inner)
            return true;
        const DocumentGraph *graph = document.findGraph(at);
        if (!graph)
            continue;
        for (const DocumentNode &node : graph->nodes)
            if (const std::string_view used = blockUsedBy(node); !used.empty() && seen.insert(used).second)
                open.push_back(used);
    }
    return false;
}

Result<void> checkNoRecursion(const Document &document, std::string_view graph, std::string_view block)
{
    if (graph == "root" || !blockContains(document, block, graph))
        return {};
    const DocumentGraph *added = document.findGraph(block);
    const DocumentGraph *into = document.findGraph(graph);
    return fail("edit.recursion", "'{0}' can't be put into '{1}': the block would contain itself.",
                added ? added->name : std::string(block), into ? into->name : std::string(graph));
}

std::vector<Crumb> breadcrumb(const Document &document, const Ids &path, const QString &rootText)
{
    std::vector<Crumb> crumbs{{"root", {}, rootText, 1}};
    for (const std::string &instance : path) {
        const DocumentGraph *graph = document.findGraph(crumbs.back().graph);
        const DocumentNode *node = graph ? graph->findNode(instance) : nullptr;
        const DocumentGraph *block = node ? document.findGraph(blockUsedBy(*node)) : nullptr;
        if (!block || block == &document.graph)
            break;
        crumbs.push_back({block->id, instance, toText(block->name.empty() ? node->name : block->name),
                          instanceCount(document, block->id)});
    }
    return crumbs;
}

QString crumbText(const Crumb &crumb)
{
    if (crumb.graph == "root" || crumb.uses < 2)
        return crumb.text;
    return EditText::tr("%1, used %2 times").arg(crumb.text).arg(crumb.uses);
}

std::vector<ExposedParam> exposedOf(const DocumentGraph &block)
{
    std::vector<ExposedParam> all;
    for (const JsonValue &json : block.extra["exposed"].items())
        if (json["name"].isString() && json["node"].isString() && json["param"].isString())
            all.push_back({json["name"].string(), json["node"].string(), json["param"].string()});
    return all;
}

std::vector<ParamInfo> instanceParams(const Document &document, const Catalogue &catalogue, std::string_view block)
{
    std::vector<ParamInfo> params{repeatParam(), sharedParam()};
    const DocumentGraph *definition = document.findGraph(block);
    if (!definition)
        return params;
    for (const ExposedParam &exposed : exposedOf(*definition))
        if (auto info = exposedInfo(document, catalogue, *definition, exposed, 0))
            params.push_back(std::move(*info));
    return params;
}

EditResult renameBlock(const EditContext &context, std::string_view block, std::string_view name)
{
    Draft draft(context);
    const DocumentGraph *definition = context.document.findGraph(block);
    if (!definition || block == "root" || definition->name == name)
        return draft.finish({});
    ESPALIER_CHECK(checkNodeName(name));
    Operation operation = setNodeField(block, {}, "name", JsonValue(name));
    operation.what = Operation::What::Graph;
    draft.add(std::move(operation));
    return draft.finish(EditText::tr("Rename the block %1 to %2").arg(toText(definition->name), toText(name)));
}

EditResult expose(const EditContext &context, std::string_view node, std::string_view param)
{
    const DocumentGraph *block = editedBlock(context);
    if (!block)
        return fail("edit.expose", "Only a node inside a block can expose a parameter.");
    const DocumentNode *inner = block->findNode(node);
    if (!inner)
        return fail("edit.node", "The node is not there any more.");
    for (const ExposedParam &exposed : exposedOf(*block))
        if (exposed.node == node && exposed.param == param)
            return Edit();
    const ExposedParam wanted{exposedName(*block, *inner, param), inner->id, std::string(param)};
    if (!exposedInfo(context.document, context.catalogue, *block, wanted, 0))
        return fail("edit.param", "'{0}' has no parameter '{1}'.", inner->name, param);
    Draft draft(context);
    JsonValue list = block->extra["exposed"].isArray() ? block->extra["exposed"] : JsonValue::array();
    JsonValue json = JsonValue::object();
    json.set("name", wanted.name).set("node", wanted.node).set("param", wanted.param);
    list.append(std::move(json));
    draft.setGraph("exposed", std::move(list));
    return draft.finish(EditText::tr("Expose %1 of %2").arg(toText(param), toText(inner->name)));
}

EditResult unexpose(const EditContext &context, std::string_view node, std::string_view param)
{
    const DocumentGraph *block = editedBlock(context);
    Draft draft(context);
    if (block)
        unexposeWhere(
            draft, context.document, *block,
            [&](const std::string &n, const std::string &p) { return n == node && p == param; }, 0);
    return draft.finish(EditText::tr("Stop exposing %1").arg(toText(param)));
}

EditResult deleteUnusedBlocks(const EditContext &context)
{
    Draft draft(context);
    int count = 0;
    for (auto block = context.document.blocks.rbegin(); block != context.document.blocks.rend(); ++block) {
        if (blockContains(context.document, "root", block->id) || block->id == context.graph)
            continue;
        Operation operation;
        operation.kind = Operation::Kind::Remove;
        operation.what = Operation::What::Block;
        operation.id = block->id;
        draft.add(std::move(operation));
        ++count;
    }
    return draft.finish(EditText::tr("Delete %1 unused blocks").arg(count));
}

EditResult makeUnique(const EditContext &context, std::string_view instance)
{
    Draft draft(context);
    const DocumentNode *node = draft.findNode(instance);
    const DocumentGraph *block = node ? context.document.findGraph(blockUsedBy(*node)) : nullptr;
    if (!block || block == &context.document.graph || instanceCount(context.document, block->id) < 2)
        return draft.finish({});
    DocumentGraph copy = copyWithNewIds(*block);
    copy.name = numberedName(block->name.empty() ? "block" : block->name, [&](const std::string &name) {
        return std::any_of(context.document.blocks.begin(), context.document.blocks.end(),
                           [&](const DocumentGraph &other) { return other.name == name; });
    });
    draft.add(insertBlock(copy));
    if (node->kind == "Scan")
        draft.setNode(instance, "params/block", JsonValue(copy.id));
    else
        draft.setNode(instance, "kind", JsonValue("block:" + copy.id));
    return draft.finish(EditText::tr("Make %1 unique").arg(toText(node->name)), {node->id});
}

void forgetInBlocks(Draft &draft, const EditContext &context, const Ids &nodes)
{
    const DocumentGraph *block = editedBlock(context);
    if (!block)
        return;
    const std::unordered_set<std::string> gone(nodes.begin(), nodes.end());
    unexposeWhere(
        draft, context.document, *block,
        [&](const std::string &node, const std::string &) { return gone.contains(node); }, 0);
    std::unordered_set<std::string> inputs;
    std::unordered_set<std::string> outputs;
    for (const std::string &id : nodes) {
        const DocumentNode *node = block->findNode(id);
        if (node && node->kind == "BlockInput")
            inputs.insert(node->name);
        if (node && node->kind == "BlockOutput")
            outputs.insert(node->name);
    }
    if (inputs.empty() && outputs.empty())
        return;
    forEachGraph(context.document, [&](const DocumentGraph &outer) {
        std::unordered_set<std::string_view> instances;
        for (const DocumentNode &node : outer.nodes)
            if (blockUsedBy(node) == block->id)
                instances.insert(node.id);
        for (auto wire = outer.wires.rbegin(); wire != outer.wires.rend(); ++wire)
            if ((instances.contains(wire->to.node) && inputs.contains(wire->to.port))
                || (instances.contains(wire->from.node) && outputs.contains(wire->from.port)))
                draft.add(removeWire(outer.id, wire->id));
    });
}

void renamePortOutside(Draft &draft, const EditContext &context, const DocumentNode &node, std::string_view name)
{
    const DocumentGraph *block = editedBlock(context);
    const bool isInput = node.kind == "BlockInput";
    if (!block || (!isInput && node.kind != "BlockOutput"))
        return;
    forEachGraph(context.document, [&](const DocumentGraph &outer) {
        std::unordered_set<std::string_view> instances;
        for (const DocumentNode &other : outer.nodes)
            if (blockUsedBy(other) == block->id)
                instances.insert(other.id);
        for (const DocumentWire &wire : outer.wires) {
            const Endpoint &end = isInput ? wire.to : wire.from;
            if (!instances.contains(end.node) || end.port != node.name)
                continue;
            Operation operation = setNodeField(outer.id, wire.id, isInput ? "to" : "from",
                                               JsonValue(JsonValue::Array{end.node, JsonValue(name)}));
            operation.what = Operation::What::Wire;
            draft.add(std::move(operation));
        }
    });
}

DocumentGraph copyWithNewIds(const DocumentGraph &graph, CopiedIds *ids)
{
    DocumentGraph copy = graph;
    copy.id = newId();
    CopiedIds own;
    CopiedIds &made = ids ? *ids : own;
    for (DocumentNode &node : copy.nodes) {
        std::string id = newId();
        made.byOld[node.id] = id;
        node.id = std::move(id);
    }
    const auto mapped = [&](const std::string &id) {
        const auto found = made.byOld.find(id);
        return found == made.byOld.end() ? id : found->second;
    };
    for (DocumentWire &wire : copy.wires) {
        wire.id = newId();
        wire.from.node = mapped(wire.from.node);
        wire.to.node = mapped(wire.to.node);
    }
    for (const char *list : {"exposed", "frames"}) {
        if (!copy.extra[list].isArray())
            continue;
        JsonValue::Array items = copy.extra[list].items();
        for (JsonValue &item : items) {
            if (item.has("node"))
                item.set("node", mapped(item["node"].string()));
            if (item.has("id"))
                item.set("id", newId());
        }
        copy.extra.set(list, JsonValue(std::move(items)));
    }
    return copy;
}

Operation insertBlock(const DocumentGraph &block)
{
    Operation operation;
    operation.kind = Operation::Kind::Insert;
    operation.what = Operation::What::Block;
    operation.value = graphToJson(block);
    return operation;
}

} // namespace espalier
