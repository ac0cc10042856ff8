// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/document_text.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

constexpr double kFarthest = 1e9; ///< positions beyond are damage

/// Everything of `json` but the named members; null where nothing is left.
JsonValue rest(const JsonValue &json, std::initializer_list<std::string_view> known)
{
    JsonValue::Object left;
    for (const auto &member : json.members())
        if (std::find(known.begin(), known.end(), member.first) == known.end())
            left.push_back(member);
    return left.empty() ? JsonValue() : JsonValue(std::move(left));
}

void addRest(JsonValue &json, const JsonValue &extra)
{
    for (const auto &[name, value] : extra.members())
        if (!json.has(name))
            json.set(name, value);
}

int coordinate(const JsonValue &value)
{
    const double number = value.number();
    return std::isfinite(number) && std::abs(number) < kFarthest ? static_cast<int>(std::lround(number)) : 0;
}

Result<Endpoint> endpoint(const JsonValue &json, std::string_view wire, std::string_view end)
{
    const auto &items = json.items();
    if (items.size() != 2 || !items[0].isString() || !items[1].isString())
        return fail("document.wire-end", "Wire {0} has a damaged end \"{1}\": it must be [node id, port name].", wire,
                    end);
    return Endpoint{items[0].string(), items[1].string()};
}

JsonValue endpointJson(const Endpoint &end)
{
    return JsonValue(JsonValue::Array{end.node, end.port});
}

bool isFlat(const JsonValue &value)
{
    return !value.isObject() && !value.isArray();
}

/// Objects one member a line, rows of numbers on one line each.
void writePretty(std::string &out, const JsonValue &value, int indent)
{
    const std::string margin(static_cast<std::size_t>(indent) * 2, ' ');
    const bool isArray = value.isArray();
    const auto &items = value.items();
    const auto &members = value.members();
    const bool flat = isArray ? std::all_of(items.begin(), items.end(), isFlat) : members.empty();
    if (flat) {
        out += value.dump();
        return;
    }
    out += isArray ? "[" : "{";
    const char *separator = "\n";
    for (const JsonValue &item : items) {
        out += separator + margin + "  ";
        writePretty(out, item, indent + 1);
        separator = ",\n";
    }
    for (const auto &[name, member] : members) {
        out += separator + margin + "  " + JsonValue(name).dump() + ": ";
        writePretty(out, member, indent + 1);
        separator = ",\n";
    }
    out += "\n" + margin + (isArray ? "]" : "}");
}

void writeLines(std::string &out, const JsonValue::Array &items, const std::string &margin)
{
    const char *separator = "\n";
    for (const JsonValue &item : items) {
        out += separator + margin + "  " + item.dump();
        separator = ",\n";
    }
    if (!items.empty())
        out += "\n" + margin;
}

/// Nodes, wires, frames and exposed parameters one a line.
void writeGraph(std::string &out, const JsonValue &graph, int indent)
{
    const std::string margin(static_cast<std::size_t>(indent) * 2, ' ');
    out += "{";
    const char *separator = "\n";
    for (const auto &[name, value] : graph.members()) {
        out += separator + margin + "  " + JsonValue(name).dump() + ": ";
        separator = ",\n";
        const bool isList = name == "nodes" || name == "wires" || name == "frames" || name == "exposed";
        if (!isList || !value.isArray()) {
            writePretty(out, value, indent + 1);
            continue;
        }
        out += "[";
        writeLines(out, value.items(), margin + "  ");
        out += "]";
    }
    out += "\n" + margin + "}";
}

} // namespace

JsonValue nodeToJson(const DocumentNode &node)
{
    JsonValue json = JsonValue::object();
    json.set("id", node.id).set("kind", node.kind).set("version", node.kindVersion).set("name", node.name);
    json.set("at", JsonValue(JsonValue::Array{node.x, node.y})).set("params", node.params);
    addRest(json, node.extra);
    return json;
}

JsonValue wireToJson(const DocumentWire &wire)
{
    JsonValue json = JsonValue::object();
    json.set("id", wire.id).set("from", endpointJson(wire.from)).set("to", endpointJson(wire.to));
    addRest(json, wire.extra);
    return json;
}

JsonValue graphToJson(const DocumentGraph &graph)
{
    JsonValue json = JsonValue::object();
    if (graph.id != "root")
        json.set("id", graph.id);
    if (!graph.name.empty())
        json.set("name", graph.name);
    JsonValue::Array nodes;
    for (const DocumentNode &node : graph.nodes)
        nodes.push_back(nodeToJson(node));
    JsonValue::Array wires;
    for (const DocumentWire &wire : graph.wires)
        wires.push_back(wireToJson(wire));
    json.set("nodes", std::move(nodes)).set("wires", std::move(wires));
    addRest(json, graph.extra);
    return json;
}

Result<DocumentNode> nodeFromJson(const JsonValue &json)
{
    if (!json.isObject() || !json["id"].isString() || json["id"].string().empty())
        return fail("document.node", "A node has no id; it can't be read.");
    DocumentNode node;
    node.id = json["id"].string();
    node.name = json["name"].string();
    if (!json["kind"].isString() || json["kind"].string().empty())
        return fail(error("document.node-kind", "Node {0} does not say its kind; it can't be read.", node.id)
                        .at({.node = node.id}));
    node.kind = json["kind"].string();
    node.kindVersion = static_cast<int>(std::clamp<std::int64_t>(json["version"].integer(1), 0, 1 << 30));
    if (json.has("params") && !json["params"].isObject())
        return fail(error("document.node-params", "The parameters of node {0} are no JSON object.", node.id)
                        .at({.node = node.id}));
    if (json["params"].isObject())
        node.params = json["params"];
    const auto &at = json["at"].items();
    node.x = at.size() == 2 ? coordinate(at[0]) : 0;
    node.y = at.size() == 2 ? coordinate(at[1]) : 0;
    node.extra = rest(json, {"id", "kind", "version", "name", "at", "params"});
    return node;
}

Result<DocumentWire> wireFromJson(const JsonValue &json)
{
    if (!json.isObject() || !json["id"].isString() || json["id"].string().empty())
        return fail("document.wire", "A wire has no id; it can't be read.");
    DocumentWire wire;
    wire.id = json["id"].string();
    ESPALIER_TRY(wire.from, endpoint(json["from"], wire.id, "from"));
    ESPALIER_TRY(wire.to, endpoint(json["to"], wire.id, "to"));
    wire.extra = rest(json, {"id", "from", "to"});
    return wire;
}

DocumentGraph graphFromJson(const JsonValue &json, std::string_view id, std::vector<Error> &problems)
{
    DocumentGraph graph;
    graph.id = std::string(id);
    graph.name = json["name"].string();
    const auto report = [&](Error e) {
        e.where.graph = graph.id;
        problems.push_back(std::move(e));
    };
    for (const char *list : {"nodes", "wires"})
        if (json.has(list) && !json[list].isArray())
            report(error("document.list", "The \"{0}\" of graph {1} are no list.", list, graph.id));
    for (const JsonValue &item : json["nodes"].items()) {
        auto node = nodeFromJson(item);
        if (node)
            graph.nodes.push_back(std::move(*node));
        else
            report(std::move(node).error());
    }
    for (const JsonValue &item : json["wires"].items()) {
        auto wire = wireFromJson(item);
        if (wire)
            graph.wires.push_back(std::move(*wire));
        else
            report(std::move(wire).error());
    }
    graph.extra = rest(json, {"id", "name", "nodes", "wires"});
    return graph;
}

std::string writeDocument(const Document &document)
{
    std::string out = "{\n  \"format\": \"espalier\",\n  \"version\": " + std::to_string(document.version);
    out += ",\n  \"graph\": ";
    writeGraph(out, graphToJson(document.graph), 1);
    if (!document.blocks.empty()) {
        out += ",\n  \"blocks\": [";
        const char *separator = "\n    ";
        for (const DocumentGraph &block : document.blocks) {
            out += separator;
            writeGraph(out, graphToJson(block), 2);
            separator = ",\n    ";
        }
        out += "\n  ]";
    }
    const auto section = [&](std::string_view name, const JsonValue &value) {
        out += ",\n  " + JsonValue(name).dump() + ": ";
        writePretty(out, value, 1);
    };
    if (!document.data.isNull())
        section("data", document.data);
    if (!document.training.isNull())
        section("training", document.training);
    for (const auto &[name, value] : document.extra.members())
        section(name, value);
    return out + "\n}\n";
}

} // namespace espalier
