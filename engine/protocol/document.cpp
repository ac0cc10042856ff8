// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/document.h"

#include "engine/base/ids.h"
#include "engine/protocol/document_text.h"
#include "engine/protocol/migrate.h"
#include "engine/protocol/salvage.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace espalier {
namespace {

constexpr std::ptrdiff_t kMostValues = 4'000'000; ///< each takes tens of bytes in memory
constexpr std::size_t kLongestName = 100;

JsonValue unknownMembers(const JsonValue &json)
{
    JsonValue extra = json;
    for (const char *known : {"format", "version", "graph", "blocks", "data", "training"})
        extra.remove(known);
    return extra.members().empty() ? JsonValue() : extra;
}

/// Collects problems of one graph with their place.
class GraphCheck {
public:
    GraphCheck(const DocumentGraph &graph, std::unordered_set<std::string> &ids, std::vector<Error> &problems)
        : m_graph(graph)
        , m_ids(ids)
        , m_problems(problems)
    {
    }
    void run()
    {
        for (const DocumentNode &node : m_graph.nodes)
            checkNode(node);
        for (const DocumentWire &wire : m_graph.wires)
            checkWire(wire);
    }

private:
    const DocumentGraph &m_graph;
    std::unordered_set<std::string> &m_ids;
    std::vector<Error> &m_problems;
    std::unordered_set<std::string> m_nodes;
    std::unordered_set<std::string> m_names;

    void report(Error e, std::string_view node = {}, std::string_view port = {})
    {
        m_problems.push_back(
            std::move(e).at({.graph = m_graph.id, .node = std::string(node), .port = std::string(port)}));
    }
    void checkId(const std::string &id, std::string_view what, std::string_view node)
    {
        if (!isId(id))
            report(error("document.id", "{0} has the id \"{1}\", which is none (ten of a-z and 2-7).", what, id), node);
        if (!m_ids.insert(id).second)
            report(error("document.id-twice", "The id {0} is used twice; ids are unique.", id), node);
    }
    void checkNode(const DocumentNode &node)
    {
        checkId(node.id, "Node '" + node.name + "'", node.id);
        m_nodes.insert(node.id);
        if (auto ok = checkNodeName(node.name); !ok)
            report(std::move(ok).error(), node.id);
        // a state of a recurrent block comes in and goes out under one name, so outputs have names of their own
        else if (!m_names.insert((node.kind == "BlockOutput" ? "out/" : "") + node.name).second)
            report(error("document.name-twice", "Two nodes are called '{0}'; rename one.", node.name), node.id);
    }
    void checkWire(const DocumentWire &wire)
    {
        checkId(wire.id, "A wire", wire.to.node);
        for (const Endpoint *end : {&wire.from, &wire.to}) {
            const Endpoint &other = end == &wire.from ? wire.to : wire.from;
            if (!m_nodes.contains(end->node))
                report(error("document.wire-dangling", "Wire {0} leads to a node that is not there ({1}); remove it.",
                             wire.id, end->node),
                       m_nodes.contains(other.node) ? other.node : std::string(), other.port);
        }
    }
};

} // namespace

const DocumentNode *DocumentGraph::findNode(std::string_view nodeId) const
{
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const DocumentNode &n) { return n.id == nodeId; });
    return found == nodes.end() ? nullptr : &*found;
}

DocumentNode *DocumentGraph::findNode(std::string_view nodeId)
{
    return const_cast<DocumentNode *>(std::as_const(*this).findNode(nodeId));
}

const DocumentGraph *Document::findGraph(std::string_view id) const
{
    if (id == graph.id)
        return &graph;
    const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const DocumentGraph &b) { return b.id == id; });
    return found == blocks.end() ? nullptr : &*found;
}

DocumentGraph *Document::findGraph(std::string_view id)
{
    return const_cast<DocumentGraph *>(std::as_const(*this).findGraph(id));
}

namespace {

Result<void> checkSize(std::string_view text, std::string_view file)
{
    const auto refuse = [&](Error e) { return fail(std::move(e).at({.file = std::string(file)})); };
    if (text.size() > kMaxDocumentBytes)
        return refuse(error("document.size", "{0} is larger than {1} MB, which no Espalier document is.", file,
                            kMaxDocumentBytes >> 20));
    const auto values
        = std::count_if(text.begin(), text.end(), [](char c) { return c == ',' || c == '[' || c == '{'; });
    if (values > kMostValues)
        return refuse(error("document.size", "{0} holds more than {1} values, which no Espalier document does.", file,
                            kMostValues));
    return {};
}

Result<OpenedDocument> openJson(JsonValue json, std::string_view file)
{
    const auto refuse = [&](Error e) { return fail(std::move(e).at({.file = std::string(file)})); };
    ESPALIER_TRY(json, migrateDocument(std::move(json), file));

    OpenedDocument opened;
    Document &document = opened.document;
    if (!json["graph"].isObject())
        return refuse(error("document.graph", "{0} has no \"graph\".", file));
    document.graph = graphFromJson(json["graph"], "root", opened.problems);
    if (json["graph"].has("id")) { // not ours, but nothing may be lost
        if (!document.graph.extra.isObject())
            document.graph.extra = JsonValue::object();
        document.graph.extra.set("id", json["graph"]["id"]);
    }
    if (json.has("blocks") && !json["blocks"].isArray())
        opened.problems.push_back(error("document.list", "The \"{0}\" of graph {1} are no list.", "blocks", "root"));
    for (const JsonValue &block : json["blocks"].items()) {
        if (block["id"].isString() && !block["id"].string().empty())
            document.blocks.push_back(graphFromJson(block, block["id"].string(), opened.problems));
        else
            opened.problems.push_back(error("document.block", "A block of {0} has no id; it can't be read.", file));
    }
    for (const auto &[section, value] : {std::pair("data", &document.data), std::pair("training", &document.training)})
        if (json[section].isObject() || json[section].isNull())
            *value = json[section];
        else
            opened.problems.push_back(
                error("document.section", "The \"{0}\" section of {1} is no JSON object.", section, file));
    document.extra = unknownMembers(json);
    return opened;
}

} // namespace

Result<OpenedDocument> openDocument(std::string_view text, std::string_view file)
{
    ESPALIER_CHECK(checkSize(text, file));
    ESPALIER_TRY(JsonValue json, JsonValue::parse(text, file));
    return openJson(std::move(json), file);
}

Result<OpenedDocument> openDamagedDocument(std::string_view text, std::string_view file)
{
    auto opened = openDocument(text, file);
    if (opened || opened.error().code != "json.syntax")
        return opened;
    ESPALIER_TRY(Salvaged salvaged, salvageDocument(text, file));
    ESPALIER_TRY(OpenedDocument rest, openJson(std::move(salvaged.json), file));
    rest.problems.insert(rest.problems.begin(), std::make_move_iterator(salvaged.problems.begin()),
                         std::make_move_iterator(salvaged.problems.end()));
    return rest;
}

Result<Document> readDocument(std::string_view text, std::string_view file)
{
    ESPALIER_TRY(OpenedDocument opened, openDocument(text, file));
    if (opened.problems.empty())
        return std::move(opened.document);
    Error first = std::move(opened.problems.front());
    first.where.file = std::string(file);
    return fail(std::move(first));
}

Result<void> checkNodeName(std::string_view name)
{
    if (name.empty())
        return fail("document.name", "A node has no name; give it one.");
    if (name.size() > kLongestName)
        return fail("document.name", "The name '{0}...' is longer than {1} characters.", name.substr(0, 20),
                    kLongestName);
    for (const char c : name)
        if (c == '.' || c == '/' || static_cast<unsigned char>(c) < 0x20)
            return fail("document.name", "The name '{0}' holds a point, a slash or a control character; leave it out.",
                        name);
    return {};
}

std::vector<Error> documentProblems(const Document &document)
{
    std::vector<Error> problems;
    std::unordered_set<std::string> ids;
    for (const DocumentGraph &block : document.blocks) {
        if (!isId(block.id))
            problems.push_back(error("document.id", "{0} has the id \"{1}\", which is none (ten of a-z and 2-7).",
                                     "Block '" + block.name + "'", block.id)
                                   .at({.graph = block.id}));
        if (!ids.insert(block.id).second)
            problems.push_back(error("document.id-twice", "The id {0} is used twice; ids are unique.", block.id)
                                   .at({.graph = block.id}));
    }
    GraphCheck(document.graph, ids, problems).run();
    for (const DocumentGraph &block : document.blocks)
        GraphCheck(block, ids, problems).run();
    return problems;
}

} // namespace espalier
