// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/draft.h"

#include "engine/base/ids.h"
#include "engine/protocol/document_text.h"

#include <algorithm>
#include <cctype>

namespace espalier {
namespace {

/// BlockOutputs have names of their own: a state of a recurrent block comes in and goes out under one name.
std::string nameKey(std::string_view name, bool isBlockOutput)
{
    return (isBlockOutput ? "out/" : "") + std::string(name);
}

const DocumentGraph &graphOf(const EditContext &context)
{
    static const DocumentGraph kNone;
    const DocumentGraph *graph = context.document.findGraph(context.graph);
    return graph ? *graph : kNone; // the Change will then tell that there is no such graph
}

JsonValue endpointJson(const Endpoint &end)
{
    return JsonValue(JsonValue::Array{end.node, end.port});
}

} // namespace

Draft::Draft(const EditContext &context)
    : Draft(context, graphOf(context))
{
}

Draft::Draft(const EditContext &context, const DocumentGraph &graph)
    : m_context(context)
    , m_graph(graph)
{
    int place = 0;
    for (const DocumentNode &node : graph.nodes) {
        m_nodes.emplace(node.id, &node);
        m_places.emplace(node.id, place++);
        m_names.insert(nameKey(node.name, node.kind == "BlockOutput"));
    }
    place = 0;
    for (const DocumentWire &wire : graph.wires) {
        m_wires.emplace(wire.id, &wire);
        m_places.emplace(wire.id, place++);
        m_wiresOf[wire.from.node].push_back(&wire);
        if (wire.to.node != wire.from.node)
            m_wiresOf[wire.to.node].push_back(&wire);
    }
}

const DocumentNode *Draft::findNode(std::string_view id) const
{
    if (const auto added = m_added.find(id); added != m_added.end())
        return &added->second;
    const auto found = m_nodes.find(id);
    return found == m_nodes.end() || m_gone.contains(std::string(id)) ? nullptr : found->second;
}

std::vector<const DocumentNode *> Draft::findNodes(const std::vector<std::string> &ids) const
{
    std::vector<const DocumentNode *> found;
    std::unordered_set<std::string_view> seen;
    for (const std::string &id : ids)
        if (const DocumentNode *node = seen.insert(id).second ? findNode(id) : nullptr)
            found.push_back(node);
    return found;
}

const DocumentWire *Draft::current(const DocumentWire &wire) const
{
    if (m_gone.contains(wire.id))
        return nullptr;
    const auto changed = m_changedWires.find(wire.id);
    return changed == m_changedWires.end() ? &wire : &changed->second;
}

const DocumentWire *Draft::findWire(std::string_view id) const
{
    if (m_gone.contains(std::string(id)))
        return nullptr;
    if (const auto changed = m_changedWires.find(id); changed != m_changedWires.end())
        return &changed->second;
    const auto found = m_wires.find(id);
    return found == m_wires.end() ? nullptr : found->second;
}

/// Wires at `node` that fit, as they are now: those of the document (also ones that were moved here), then new ones.
template <typename Fits>
std::vector<DocumentWire> Draft::collect(std::string_view node, const Fits &fits) const
{
    std::vector<std::pair<int, const DocumentWire *>> found;
    std::unordered_set<std::string_view> seen;
    const auto take = [&](const DocumentWire &original, int place) {
        const DocumentWire *wire = current(original);
        if (wire && fits(*wire) && seen.insert(wire->id).second)
            found.emplace_back(place, wire);
    };
    if (const auto at = m_wiresOf.find(node); at != m_wiresOf.end())
        for (const DocumentWire *wire : at->second)
            take(*wire, m_places.at(wire->id));
    for (const auto &[id, wire] : m_changedWires)
        if (const auto place = m_places.find(id); place != m_places.end())
            take(wire, place->second);
    std::stable_sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    std::vector<DocumentWire> wires;
    for (const auto &[place, wire] : found)
        wires.push_back(*wire);
    for (const std::string &id : m_newWires)
        if (const DocumentWire *wire = findWire(id); wire && fits(*wire) && seen.insert(wire->id).second)
            wires.push_back(*wire);
    return wires;
}

std::vector<DocumentWire> Draft::wiresInto(const Endpoint &input) const
{
    return collect(input.node, [&](const DocumentWire &wire) { return wire.to == input; });
}

std::vector<DocumentWire> Draft::wiresFrom(const Endpoint &output) const
{
    return collect(output.node, [&](const DocumentWire &wire) { return wire.from == output; });
}

std::vector<DocumentWire> Draft::wiresOf(std::string_view node) const
{
    return collect(node, [&](const DocumentWire &wire) { return wire.from.node == node || wire.to.node == node; });
}

std::string Draft::addNode(DocumentNode node, bool keepsName)
{
    if (node.id.empty())
        node.id = newId();
    const bool isOutput = node.kind == "BlockOutput";
    if (node.name.empty())
        node.name = freeName(node.kind);
    else if (!keepsName && isNameTaken(node.name, isOutput))
        node.name = numberedFreeName(node.name, isOutput);
    m_names.insert(nameKey(node.name, isOutput));
    m_operations.push_back(insertNode(m_graph.id, node));
    std::string id = node.id;
    m_gone.erase(id);
    m_added.insert_or_assign(id, std::move(node));
    return id;
}

void Draft::removeNode(std::string_view id)
{
    const DocumentNode *node = findNode(id);
    if (!node)
        return;
    std::vector<DocumentWire> wires = wiresOf(id);
    for (auto wire = wires.rbegin(); wire != wires.rend(); ++wire) // last first: putting back is then in order
        removeWire(wire->id);
    m_names.erase(nameKey(node->name, node->kind == "BlockOutput"));
    Operation operation = espalier::removeWire(m_graph.id, id);
    operation.what = Operation::What::Node;
    m_operations.push_back(std::move(operation));
    m_gone.insert(std::string(id));
    if (const auto added = m_added.find(id); added != m_added.end())
        m_added.erase(added);
}

/// Last first, so that putting all back appends, and neither direction shifts long lists about.
void Draft::removeNodes(const std::vector<std::string> &ids)
{
    std::vector<std::pair<int, std::string>> wires;
    std::vector<std::pair<int, std::string>> nodes;
    const auto placeOf = [&](const std::string &id) {
        const auto place = m_places.find(id);
        return place == m_places.end() ? static_cast<int>(m_places.size()) : place->second;
    };
    std::unordered_set<std::string> seen;
    for (const std::string &id : ids) {
        if (!findNode(id) || !seen.insert(id).second)
            continue;
        nodes.emplace_back(placeOf(id), id);
        for (const DocumentWire &wire : wiresOf(id))
            if (seen.insert(wire.id).second)
                wires.emplace_back(placeOf(wire.id), wire.id);
    }
    std::sort(wires.rbegin(), wires.rend());
    std::sort(nodes.rbegin(), nodes.rend());
    for (const auto &[place, id] : wires)
        removeWire(id);
    for (const auto &[place, id] : nodes)
        removeNode(id);
}

void Draft::setNode(std::string_view id, std::string_view field, JsonValue value)
{
    m_operations.push_back(setNodeField(m_graph.id, id, field, std::move(value)));
}

void Draft::unsetNode(std::string_view id, std::string_view field)
{
    Operation operation = setNodeField(m_graph.id, id, field, {});
    operation.kind = Operation::Kind::Unset;
    m_operations.push_back(std::move(operation));
}

std::string Draft::addWire(Endpoint from, Endpoint to, int index)
{
    DocumentWire wire{.id = newId(), .from = std::move(from), .to = std::move(to)};
    Operation operation = insertWire(m_graph.id, wire);
    operation.index = index;
    m_operations.push_back(std::move(operation));
    std::string id = wire.id;
    m_newWires.push_back(id);
    m_changedWires.insert_or_assign(id, std::move(wire));
    return id;
}

void Draft::removeWire(std::string_view id)
{
    if (!findWire(id))
        return;
    const std::string gone(id); // `id` may be a part of what goes
    m_operations.push_back(espalier::removeWire(m_graph.id, gone));
    m_changedWires.erase(gone);
    m_gone.insert(gone);
}

void Draft::setWireFrom(std::string_view id, Endpoint from)
{
    const DocumentWire *wire = findWire(id);
    if (!wire || wire->from == from)
        return;
    DocumentWire changed = *wire;
    Operation operation = setNodeField(m_graph.id, id, "from", endpointJson(from));
    operation.what = Operation::What::Wire;
    m_operations.push_back(std::move(operation));
    changed.from = std::move(from);
    m_changedWires.insert_or_assign(changed.id, changed);
}

void Draft::setWireTo(std::string_view id, Endpoint to)
{
    const DocumentWire *wire = findWire(id);
    if (!wire || wire->to == to)
        return;
    DocumentWire changed = *wire;
    Operation operation = setNodeField(m_graph.id, id, "to", endpointJson(to));
    operation.what = Operation::What::Wire;
    m_operations.push_back(std::move(operation));
    changed.to = std::move(to);
    m_changedWires.insert_or_assign(changed.id, changed);
}

void Draft::connect(const Endpoint &from, const Endpoint &to)
{
    if (!isVariadic(to)) {
        for (const DocumentWire &wire : wiresInto(to)) {
            if (wire.from == from)
                return;
            removeWire(wire.id);
        }
    }
    addWire(from, to);
}

void Draft::setGraph(std::string_view field, JsonValue value)
{
    Operation operation = setNodeField(m_graph.id, {}, field, std::move(value));
    operation.what = Operation::What::Graph;
    m_operations.push_back(std::move(operation));
}

void Draft::unsetGraph(std::string_view field)
{
    setGraph(field, {});
    m_operations.back().kind = Operation::Kind::Unset;
}

bool Draft::isNameTaken(std::string_view name, bool isBlockOutput) const
{
    return m_names.contains(nameKey(name, isBlockOutput));
}

std::string Draft::freeName(std::string_view kind) const
{
    const bool isOutput = kind == "BlockOutput";
    const bool isPort = isOutput || kind == "BlockInput";
    if (const char *port = isOutput ? "y" : "x"; isPort && !isNameTaken(port, isOutput))
        return port;
    return numberedFreeName(isPort ? (isOutput ? "y" : "x") : nameStem(m_context.document, kind), isOutput);
}

std::string Draft::numberedFreeName(std::string_view name, bool isBlockOutput) const
{
    const std::string stem = stemOf(name);
    int &number = m_numbers[nameKey(stem, isBlockOutput)];
    while (isNameTaken(stem + std::to_string(number + 1), isBlockOutput))
        ++number;
    return stem + std::to_string(number + 1);
}

PortList Draft::ports(const DocumentNode &node) const
{
    return portsOf(m_context, node);
}

bool Draft::isVariadic(const Endpoint &input) const
{
    const DocumentNode *node = findNode(input.node);
    if (!node)
        return false;
    for (const PortInfo &port : ports(*node).inputs)
        if (port.name == input.port)
            return port.isVariadic;
    return false;
}

Edit Draft::finish(const QString &label, std::vector<std::string> selected, std::string mergeKey)
{
    Edit edit;
    edit.change.operations = std::move(m_operations);
    edit.label = label;
    edit.graph = m_graph.id;
    edit.selected = std::move(selected);
    edit.mergeKey = std::move(mergeKey);
    return edit;
}

std::string nameStem(const Document &document, std::string_view kind)
{
    std::string stem(kind);
    if (const std::string_view block = blockIdOf(kind); !block.empty()) {
        const DocumentGraph *definition = document.findGraph(block);
        stem = definition && !definition->name.empty() ? definition->name : "block";
    } else if (kind.starts_with("op.")) {
        stem = kind.substr(3);
    } else if (stem.size() > 2 && stem.ends_with('D') && stem[stem.size() - 2] >= '1' && stem[stem.size() - 2] <= '3') {
        stem.resize(stem.size() - 2); // "Conv2D"
    }
    for (char &c : stem)
        c = c == '.' || c == '/' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    constexpr std::size_t kLongestStem = 60; // room for the number: names end at 100 characters
    if (stem.size() > kLongestStem) {
        std::size_t end = kLongestStem;
        while (end > 0 && (static_cast<unsigned char>(stem[end]) & 0xC0) == 0x80)
            --end; // not in the middle of a letter
        stem.resize(end);
    }
    return stem;
}

} // namespace espalier
