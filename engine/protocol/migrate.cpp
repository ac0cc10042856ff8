// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/migrate.h"

#include "engine/protocol/document.h"

#include <array>

namespace espalier {
namespace {

/// Renames a member in place, so that the order of the others stays.
void renameMember(JsonValue &object, std::string_view from, std::string_view to)
{
    JsonValue renamed = JsonValue::object();
    for (const auto &[name, value] : object.members())
        renamed.set(name == from ? to : std::string_view(name), value);
    if (object.has(from))
        object = std::move(renamed);
}

/// "node.port" -> ["node", "port"]
JsonValue splitEndpoint(const JsonValue &text)
{
    const std::string &s = text.string();
    const std::size_t dot = s.find('.');
    if (dot == std::string::npos)
        return text;
    return JsonValue(JsonValue::Array{s.substr(0, dot), s.substr(dot + 1)});
}

/// Version 0, the format before blocks: nodes and wires stood at the top, a kind was a "type", a position "pos", the
/// ends of a wire were texts, and kinds had no versions.
JsonValue fromVersion0(const JsonValue &old)
{
    JsonValue::Array nodes;
    for (JsonValue node : old["nodes"].items()) {
        renameMember(node, "type", "kind");
        renameMember(node, "pos", "at");
        if (node.isObject())
            node.set("version", 0);
        nodes.push_back(std::move(node));
    }
    JsonValue::Array wires;
    for (JsonValue wire : old["wires"].items()) {
        for (const char *end : {"from", "to"})
            if (wire[end].isString())
                wire.set(end, splitEndpoint(wire[end]));
        wires.push_back(std::move(wire));
    }
    JsonValue graph = JsonValue::object();
    graph.set("nodes", std::move(nodes)).set("wires", std::move(wires));
    JsonValue lifted = old;
    lifted.remove("nodes");
    lifted.remove("wires");
    lifted.set("version", 1).set("graph", std::move(graph));
    return lifted;
}

constexpr std::array<JsonValue (*)(const JsonValue &), kDocumentVersion> kFormatSteps{fromVersion0};

/// One step of a layer kind: parameters of `version` become those of `version` + 1.
struct KindStep {
    std::string_view kind;
    int version;
    void (*lift)(JsonValue &params);
};

constexpr std::array kKindSteps{
    KindStep{"Dense", 0,
             [](JsonValue &params) {
                 renameMember(params, "units", "out_features"); // Keras' names until PyTorch's were settled on
                 renameMember(params, "use_bias", "bias");
             }},
    KindStep{"Conv2D", 0, [](JsonValue &params) { renameMember(params, "filters", "out_channels"); }},
};

/// Kinds without a step of their own changed nothing in that version.
void migrateNode(JsonValue &node)
{
    if (!node.isObject() || !node["version"].isInteger())
        return;
    std::int64_t version = node["version"].integer();
    bool lifted = version == 0;
    JsonValue params = node["params"];
    for (const KindStep &step : kKindSteps) { // steps of one kind stand in ascending order
        if (node["kind"].string() != step.kind || step.version < version)
            continue;
        step.lift(params);
        version = step.version + 1;
        lifted = true;
    }
    if (!lifted)
        return;
    node.set("version", std::max<std::int64_t>(version, 1));
    if (node.has("params"))
        node.set("params", std::move(params));
}

void migrateNodes(JsonValue &graph)
{
    if (!graph["nodes"].isArray())
        return;
    JsonValue::Array nodes = graph["nodes"].items();
    for (JsonValue &node : nodes)
        migrateNode(node);
    graph.set("nodes", std::move(nodes));
}

} // namespace

Result<JsonValue> migrateDocument(JsonValue document, std::string_view file)
{
    if (!document.isObject() || document["format"].string() != "espalier")
        return fail(error("document.format",
                          "{0} is no Espalier document: it does not start with \"format\": \"espalier\".", file)
                        .at({.file = std::string(file)}));
    const JsonValue &version = document["version"];
    if (!version.isInteger() || version.integer() < 0)
        return fail(error("document.version", "{0} does not say its version, a whole number.", file)
                        .at({.file = std::string(file)}));
    if (version.integer() > kDocumentVersion)
        return fail(error("document.newer",
                          "{0} was written by a newer Espalier (format {1}; this one reads up to {2}). Update "
                          "Espalier to open it.",
                          file, version.integer(), kDocumentVersion)
                        .at({.file = std::string(file)}));
    for (std::int64_t v = version.integer(); v < kDocumentVersion; ++v)
        document = kFormatSteps[static_cast<std::size_t>(v)](document);
    if (document["graph"].isObject()) {
        JsonValue graph = document["graph"];
        migrateNodes(graph);
        document.set("graph", std::move(graph));
    }
    if (document["blocks"].isArray()) {
        JsonValue::Array blocks = document["blocks"].items();
        for (JsonValue &block : blocks)
            migrateNodes(block);
        document.set("blocks", std::move(blocks));
    }
    return document;
}

} // namespace espalier
