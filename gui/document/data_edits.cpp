// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/data_edits.h"

#include "engine/base/ids.h"
#include "gui/document/draft.h"
#include "gui/document/edit_text.h"
#include "gui/document/edits.h"
#include "gui/document/make_room.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace espalier {
namespace {

constexpr int kLeft = 40; ///< of the first node of a proposal
constexpr int kRowPitch = 140;

JsonValue::Array sourcesOf(const Document &document)
{
    return document.data["sources"].items();
}

JsonValue::Array::iterator find(JsonValue::Array &sources, std::string_view id)
{
    return std::find_if(sources.begin(), sources.end(),
                        [&](const JsonValue &source) { return source["id"].string() == id; });
}

/// A member of the data section; the section comes into being with it.
Operation setData(const Document &document, std::string_view member, JsonValue value)
{
    if (document.data.isObject())
        return setDocumentField("data/" + std::string(member), std::move(value));
    return setDocumentField("data", JsonValue::object().set(member, std::move(value)));
}

Edit finish(const EditContext &context, std::vector<Operation> operations, const QString &label,
            const std::string &mergeKey = {})
{
    Edit edit;
    edit.change.operations = std::move(operations);
    edit.label = label;
    edit.graph = context.graph;
    edit.mergeKey = mergeKey;
    return edit;
}

/// The section's split with every member.
JsonValue wholeSplit(const Document &document)
{
    const SplitParts parts = splitOf(document);
    JsonValue split = JsonValue::object();
    split.set("train", parts.train).set("validation", parts.validation).set("test", parts.test);
    split.set("seed", 0).set("stratify", "").set("in_order", false);
    for (const auto &[name, value] : document.data["split"].members())
        split.set(name, value);
    return split;
}

bool isTaken(const JsonValue::Array &sources, std::string_view name)
{
    return std::any_of(sources.begin(), sources.end(),
                       [&](const JsonValue &source) { return source["name"].string() == name; });
}

std::string freeSourceName(const JsonValue::Array &sources, std::string_view wanted)
{
    const std::string name = wanted.empty() ? "data" : std::string(wanted);
    return isTaken(sources, name) ? numberedName(name, [&](const std::string &n) { return isTaken(sources, n); })
                                  : name;
}

/// Inputs of every graph that name the source.
void renameInInputs(const Document &document, std::string_view from, std::string_view to,
                    std::vector<Operation> &operations)
{
    const auto look = [&](const DocumentGraph &graph) {
        for (const DocumentNode &node : graph.nodes)
            if (node.kind == "Input" && node.params["source"].string() == from)
                operations.push_back(setNodeField(graph.id, node.id, "params/source", JsonValue(to)));
    };
    look(document.graph);
    for (const DocumentGraph &block : document.blocks)
        look(block);
}

/// Where the proposal's columns begin: below everything that is drawn.
Position placeFor(const DocumentGraph &graph)
{
    if (graph.nodes.empty())
        return {kLeft, kLeft};
    Position at{graph.nodes.front().x, graph.nodes.front().y};
    for (const DocumentNode &node : graph.nodes) {
        at.x = std::min(at.x, node.x);
        at.y = std::max(at.y, node.y);
    }
    return {at.x, at.y + kRowPitch};
}

/// Split and normalisation as proposed, where the person has said nothing yet.
void proposeSection(Draft &draft, const Document &document, std::string_view source, const JsonValue &proposal)
{
    JsonValue split = wholeSplit(document);
    if (split["stratify"].string().empty() && !split["in_order"].boolean()) {
        for (const auto &[name, value] : proposal["split"].members())
            split.set(name, value);
        if (split != document.data["split"])
            draft.add(setData(document, "split", std::move(split)));
    }
    JsonValue::Array list = document.data["normalize"].items();
    const bool hasSome = std::any_of(list.begin(), list.end(),
                                     [&](const JsonValue &entry) { return entry["source"].string() == source; });
    if (hasSome || proposal["normalize"].items().empty())
        return;
    for (const JsonValue &item : proposal["normalize"].items()) {
        JsonValue entry = JsonValue::object();
        entry.set("source", source).set("column", item["column"].string());
        list.push_back(entry.set("method", item["method"].string()));
    }
    draft.add(setData(document, "normalize", JsonValue(std::move(list))));
}

} // namespace

const JsonValue &sourceOf(const Document &document, std::string_view id)
{
    static const JsonValue none;
    for (const JsonValue &source : document.data["sources"].items())
        if (source["id"].string() == id)
            return source;
    return none;
}

SplitParts splitOf(const Document &document)
{
    const JsonValue &split = document.data["split"];
    const SplitParts usual;
    return {split["train"].number(usual.train), split["validation"].number(usual.validation),
            split["test"].number(usual.test)};
}

std::string normalizationOf(const Document &document, std::string_view source, std::string_view column)
{
    for (const JsonValue &entry : document.data["normalize"].items())
        if (entry["column"].string() == column
            && (entry["source"].string().empty() || entry["source"].string() == source))
            return entry["method"].string();
    return "none";
}

EditResult addSource(const EditContext &context, std::string_view name, std::string_view kind, JsonValue parameters)
{
    JsonValue::Array sources = sourcesOf(context.document);
    const std::string free = freeSourceName(sources, name);
    JsonValue source = JsonValue::object();
    source.set("id", newId()).set("name", free).set("kind", kind).set("parameters", std::move(parameters));
    sources.push_back(std::move(source));
    std::vector<Operation> operations;
    if (context.document.data.isObject()) {
        operations.push_back(setData(context.document, "sources", JsonValue(std::move(sources))));
    } else { // every member is written: a default that changes must not change this document
        JsonValue data = JsonValue::object();
        data.set("sources", JsonValue(std::move(sources))).set("split", wholeSplit(context.document));
        operations.push_back(setDocumentField("data", data.set("normalize", JsonValue::array())));
    }
    return finish(context, std::move(operations), EditText::tr("Add the data %1").arg(toText(free)));
}

EditResult removeSource(const EditContext &context, std::string_view id)
{
    JsonValue::Array sources = sourcesOf(context.document);
    const auto at = find(sources, id);
    if (at == sources.end())
        return finish(context, {}, {});
    const QString label = EditText::tr("Remove the data %1").arg(toText((*at)["name"].string()));
    sources.erase(at);
    std::vector<Operation> operations;
    if (sources.empty() && context.document.data.members().size() <= 3) {
        operations.push_back({.kind = Operation::Kind::Unset, .what = Operation::What::Document, .field = "data"});
        return finish(context, std::move(operations), label);
    }
    operations.push_back(setData(context.document, "sources", JsonValue(std::move(sources))));
    JsonValue::Array kept = context.document.data["normalize"].items();
    if (std::erase_if(kept, [&](const JsonValue &entry) { return entry["source"].string() == id; }) > 0)
        operations.push_back(setData(context.document, "normalize", JsonValue(std::move(kept))));
    return finish(context, std::move(operations), label);
}

EditResult renameSource(const EditContext &context, std::string_view id, std::string_view name)
{
    JsonValue::Array sources = sourcesOf(context.document);
    const auto at = find(sources, id);
    if (at == sources.end() || (*at)["name"].string() == name)
        return finish(context, {}, {});
    if (name.empty())
        return fail("edit.source-name", "Data need a name.");
    if (isTaken(sources, name))
        return fail("edit.source-twice", "Other data are called '{0}' already; choose another name.", name);
    const std::string before = (*at)["name"].string();
    at->set("name", name);
    std::vector<Operation> operations{setData(context.document, "sources", JsonValue(std::move(sources)))};
    renameInInputs(context.document, before, name, operations);
    return finish(context, std::move(operations),
                  EditText::tr("Rename the data %1 to %2").arg(toText(before), toText(name)));
}

EditResult setSourceKind(const EditContext &context, std::string_view id, std::string_view kind, JsonValue parameters)
{
    JsonValue::Array sources = sourcesOf(context.document);
    const auto at = find(sources, id);
    if (at == sources.end() || (*at)["kind"].string() == kind)
        return finish(context, {}, {});
    at->set("kind", kind).set("parameters", std::move(parameters));
    const QString label = EditText::tr("Change the kind of the data %1").arg(toText((*at)["name"].string()));
    return finish(context, {setData(context.document, "sources", JsonValue(std::move(sources)))}, label);
}

EditResult setSourceParam(const EditContext &context, std::string_view id, std::string_view param, JsonValue value)
{
    JsonValue::Array sources = sourcesOf(context.document);
    const auto at = find(sources, id);
    if (at == sources.end() || (*at)["parameters"][param] == value)
        return finish(context, {}, {});
    JsonValue parameters = (*at)["parameters"].isObject() ? (*at)["parameters"] : JsonValue::object();
    parameters.set(param, std::move(value));
    at->set("parameters", std::move(parameters));
    const QString label = EditText::tr("Set %2 of the data %1").arg(toText((*at)["name"].string()), toText(param));
    return finish(context, {setData(context.document, "sources", JsonValue(std::move(sources)))}, label,
                  "data/" + std::string(id) + "/" + std::string(param));
}

EditResult setSplit(const EditContext &context, const SplitParts &parts)
{
    if (parts == splitOf(context.document))
        return finish(context, {}, {});
    JsonValue split = wholeSplit(context.document);
    split.set("train", parts.train).set("validation", parts.validation).set("test", parts.test);
    return finish(context, {setData(context.document, "split", std::move(split))}, EditText::tr("Split the data"),
                  "data/split");
}

EditResult setSplitField(const EditContext &context, std::string_view field, JsonValue value)
{
    JsonValue split = wholeSplit(context.document);
    if (split[field] == value)
        return finish(context, {}, {});
    split.set(field, std::move(value));
    return finish(context, {setData(context.document, "split", std::move(split))}, EditText::tr("Split the data"),
                  "data/split/" + std::string(field));
}

EditResult setNormalization(const EditContext &context, std::string_view source, std::string_view column,
                            std::string_view method)
{
    if (normalizationOf(context.document, source, column) == method)
        return finish(context, {}, {});
    JsonValue::Array list = context.document.data["normalize"].items();
    std::erase_if(list, [&](const JsonValue &entry) {
        return entry["column"].string() == column
            && (entry["source"].string().empty() || entry["source"].string() == source);
    });
    if (method != "none")
        list.push_back(JsonValue::object().set("source", source).set("column", column).set("method", method));
    return finish(context, {setData(context.document, "normalize", JsonValue(std::move(list)))},
                  EditText::tr("Normalise %1").arg(toText(column)));
}

EditResult addProposal(const EditContext &context, std::string_view source, const JsonValue &proposal)
{
    if (proposal["nodes"].items().empty())
        return fail("edit.proposal", "These data have no column to learn from.");
    Draft draft(context, context.document.graph);
    const Position start = placeFor(context.document.graph);
    std::map<std::string, std::string, std::less<>> ids; ///< by the proposal's names
    std::map<std::int64_t, int> heights; ///< nodes of each column so far
    std::vector<std::string> selected;
    for (const JsonValue &item : proposal["nodes"].items()) {
        ESPALIER_TRY(DocumentNode node, newNode(context, item["kind"].string()));
        for (const auto &[name, value] : item["params"].members())
            node.params.set(name, value);
        const std::int64_t column = std::clamp<std::int64_t>(item["column"].integer(0), 0, 1000);
        node.x = start.x + static_cast<int>(column) * kNodePitch;
        node.y = start.y + heights[column]++ * kRowPitch;
        node.name = item["name"].string();
        const std::string id = draft.addNode(std::move(node));
        ids.emplace(item["name"].string(), id);
        if (selected.empty())
            selected.push_back(id); // the Input: what is added next goes behind it
    }
    for (const JsonValue &wire : proposal["wires"].items()) {
        const auto &from = wire["from"].items();
        const auto &to = wire["to"].items();
        if (from.size() != 2 || to.size() != 2 || !ids.contains(from[0].string()) || !ids.contains(to[0].string()))
            continue;
        draft.addWire({ids.find(from[0].string())->second, from[1].string()},
                      {ids.find(to[0].string())->second, to[1].string()});
    }
    proposeSection(draft, context.document, source, proposal);
    Edit edit = draft.finish(EditText::tr("Add input, output and loss"), std::move(selected));
    edit.graph = "root";
    return edit;
}

} // namespace espalier
