// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/change.h"

#include "engine/protocol/document_text.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>
#include <utility>

namespace espalier {
namespace {

constexpr std::array<std::string_view, 4> kKinds{"insert", "remove", "set", "unset"};
constexpr std::array<std::string_view, 5> kWhats{"node", "wire", "block", "graph", "document"};
constexpr std::size_t kDeepest = 32; ///< members of a field path

template <typename T>
auto findById(std::vector<T> &list, std::string_view id)
{
    return std::find_if(list.begin(), list.end(), [&](const T &x) { return x.id == id; });
}

/// Where nodes and wires of a graph are, for a Change of many operations: without it each would search the whole list.
/// Places are hints: each insertion or removal before an object moves it by one.
class PlaceIndex {
public:
    explicit PlaceIndex(const DocumentGraph &graph)
    {
        add(graph.nodes);
        add(graph.wires);
    }
    bool isSound() const { return m_isSound; } ///< false: ids occur twice, so the index can't be relied on
    bool contains(const std::string &id) const { return m_places.contains(id); }
    void put(const std::string &id, std::size_t place) { m_places[id] = place; }
    void drop(const std::string &id) { m_places.erase(id); }

    template <typename T>
    auto find(std::vector<T> &list, const std::string &id) const
    {
        const auto known = m_places.find(id);
        if (known == m_places.end() || list.empty())
            return list.end();
        const std::size_t hint = std::min(known->second, list.size() - 1);
        for (std::size_t away = 0; away < list.size(); ++away) {
            if (hint + away < list.size() && list[hint + away].id == id)
                return list.begin() + static_cast<std::ptrdiff_t>(hint + away);
            if (away <= hint && list[hint - away].id == id)
                return list.begin() + static_cast<std::ptrdiff_t>(hint - away);
        }
        return list.end();
    }

private:
    template <typename T>
    void add(const std::vector<T> &list)
    {
        for (std::size_t i = 0; i < list.size(); ++i)
            m_isSound &= m_places.emplace(list[i].id, i).second;
    }

    std::unordered_map<std::string, std::size_t> m_places;
    bool m_isSound = true;
};

std::vector<std::string> splitPath(std::string_view path)
{
    std::vector<std::string> parts;
    while (true) {
        const std::size_t slash = path.find('/');
        parts.emplace_back(path.substr(0, slash));
        if (slash == std::string_view::npos)
            return parts;
        path.remove_prefix(slash + 1);
    }
}

/// Sets or unsets a member along `path`; fills `inverse` (kind, field, value, index).
Result<void> editMember(JsonValue &json, std::span<const std::string> path, const Operation &op, Operation &inverse)
{
    const std::string &name = path.front();
    const auto &members = json.members();
    const auto found
        = std::find_if(members.begin(), members.end(), [&](const JsonValue::Member &m) { return m.first == name; });
    const bool exists = found != members.end();
    const auto index = static_cast<int>(found - members.begin());
    inverse.field += (inverse.field.empty() ? "" : "/") + name;
    if (exists && path.size() > 1 && found->second.isObject()) {
        JsonValue inner = found->second;
        ESPALIER_CHECK(editMember(inner, path.subspan(1), op, inverse));
        json.set(name, std::move(inner));
        return {};
    }
    if (op.kind == Operation::Kind::Unset && (!exists || path.size() > 1))
        return fail("change.field", "There is no field {0} to take away.", op.field);
    inverse.kind = exists ? Operation::Kind::Set : Operation::Kind::Unset;
    inverse.value = exists ? found->second : JsonValue();
    inverse.index = exists ? index : -1;
    if (op.kind == Operation::Kind::Unset) {
        json.remove(name);
        return {};
    }
    JsonValue value = op.value;
    for (std::size_t i = path.size(); i-- > 1;) {
        JsonValue outer = JsonValue::object();
        outer.set(path[i], std::move(value));
        value = std::move(outer);
    }
    if (exists || op.index < 0 || op.index >= static_cast<int>(members.size())) {
        json.set(name, std::move(value));
        return {};
    }
    JsonValue::Object placed = members;
    placed.emplace(placed.begin() + op.index, name, std::move(value));
    json = JsonValue(std::move(placed));
    return {};
}

class Editor {
public:
    Editor(Document &document, std::size_t operations)
        : m_document(document)
        , m_wantsIndex(operations >= kManyOperations)
    {
    }
    Result<Operation> apply(const Operation &op)
    {
        using Kind = Operation::Kind;
        using What = Operation::What;
        if (op.what == What::Document)
            return op.kind == Kind::Set || op.kind == Kind::Unset ? editDocument(op) : unfit();
        if (op.what == What::Block) {
            if (op.kind == Kind::Insert)
                return insertBlock(op);
            if (op.kind != Kind::Remove)
                return unfit();
            m_indices.erase(op.id);
            return remove(m_document.blocks, findById(m_document.blocks, op.id), op, graphToJson);
        }
        DocumentGraph *graph = m_document.findGraph(op.graph);
        if (!graph)
            return fail("change.graph", "There is no graph {0}.", op.graph);
        if (op.what == What::Graph)
            return op.kind == Kind::Set || op.kind == Kind::Unset ? editGraph(*graph, op) : unfit();
        if (op.what == What::Node)
            return editList(*graph, graph->nodes, op, nodeToJson, nodeFromJson);
        return editList(*graph, graph->wires, op, wireToJson, wireFromJson);
    }

private:
    static constexpr std::size_t kManyOperations = 16;

    Document &m_document;
    bool m_wantsIndex;
    std::unordered_map<std::string, PlaceIndex> m_indices; ///< by graph id

    /// nullptr: search the lists.
    PlaceIndex *indexOf(const DocumentGraph &graph)
    {
        if (!m_wantsIndex)
            return nullptr;
        PlaceIndex &index = m_indices.try_emplace(graph.id, graph).first->second;
        return index.isSound() ? &index : nullptr;
    }
    template <typename T>
    auto find(DocumentGraph &graph, std::vector<T> &list, const std::string &id)
    {
        const PlaceIndex *index = indexOf(graph);
        return index ? index->find(list, id) : findById(list, id);
    }

    static tl::unexpected<Error> unfit()
    {
        return fail("change.kind", "This operation can't be applied to this kind of object.");
    }
    static Operation inverseOf(const Operation &op)
    {
        Operation inverse;
        inverse.what = op.what;
        inverse.graph = op.graph;
        inverse.id = op.id;
        return inverse;
    }
    bool isTaken(const DocumentGraph &graph, const std::string &id)
    {
        if (const PlaceIndex *index = indexOf(graph))
            return index->contains(id);
        const auto same = [&](const auto &x) { return x.id == id; };
        return std::any_of(graph.nodes.begin(), graph.nodes.end(), same)
            || std::any_of(graph.wires.begin(), graph.wires.end(), same);
    }
    template <typename T, typename ToJson>
    Result<Operation> remove(std::vector<T> &list, typename std::vector<T>::iterator at, const Operation &op,
                             ToJson toJson)
    {
        if (at == list.end())
            return missing(op);
        Operation inverse = inverseOf(op);
        inverse.kind = Operation::Kind::Insert;
        inverse.value = toJson(*at);
        inverse.index = static_cast<int>(at - list.begin());
        list.erase(at);
        return inverse;
    }
    template <typename T>
    static Operation insertAt(std::vector<T> &list, T object, const Operation &op)
    {
        Operation inverse = inverseOf(op);
        inverse.kind = Operation::Kind::Remove;
        inverse.id = object.id;
        const bool inside = op.index >= 0 && op.index < static_cast<int>(list.size());
        list.insert(inside ? list.begin() + op.index : list.end(), std::move(object));
        return inverse;
    }
    static tl::unexpected<Error> missing(const Operation &op)
    {
        return fail(error("change.object", "There is no {0} {1}.", kWhats[static_cast<std::size_t>(op.what)], op.id)
                        .at({.graph = op.graph}));
    }
    template <typename T, typename ToJson, typename FromJson>
    Result<Operation> editList(DocumentGraph &graph, std::vector<T> &list, const Operation &op, ToJson toJson,
                               FromJson fromJson)
    {
        if (op.kind == Operation::Kind::Remove) {
            auto inverse = remove(list, find(graph, list, op.id), op, toJson);
            if (PlaceIndex *index = indexOf(graph); index && inverse)
                index->drop(op.id);
            return inverse;
        }
        if (op.kind == Operation::Kind::Insert) {
            ESPALIER_TRY(T object, fromJson(op.value));
            if (isTaken(graph, object.id))
                return fail("change.id", "The id {0} is taken already.", object.id);
            Operation inverse = insertAt(list, std::move(object), op);
            if (PlaceIndex *index = indexOf(graph))
                index->put(inverse.id, op.index < 0 ? list.size() - 1 : static_cast<std::size_t>(op.index));
            return inverse;
        }
        const auto at = find(graph, list, op.id);
        if (at == list.end())
            return missing(op);
        if (op.field == "id")
            return fail("change.id", "An id never changes.");
        Operation inverse = inverseOf(op);
        JsonValue json = toJson(*at);
        ESPALIER_CHECK(edit(json, op, inverse));
        ESPALIER_TRY(T object, fromJson(json));
        if (toJson(object) != json)
            return fail("change.value", "The field {0} can't take this value.", op.field);
        *at = std::move(object);
        return inverse;
    }
    static Result<void> edit(JsonValue &json, const Operation &op, Operation &inverse)
    {
        const std::vector<std::string> path = splitPath(op.field);
        if (path.size() > kDeepest)
            return fail("change.field", "The field lies more than {0} levels deep.", kDeepest);
        return editMember(json, path, op, inverse);
    }
    Result<Operation> insertBlock(const Operation &op)
    {
        if (!op.value["id"].isString() || op.value["id"].string().empty())
            return fail("change.value", "A block without an id can't be added.");
        if (m_document.findGraph(op.value["id"].string()))
            return fail("change.id", "The id {0} is taken already.", op.value["id"].string());
        std::vector<Error> problems;
        DocumentGraph block = graphFromJson(op.value, op.value["id"].string(), problems);
        if (!problems.empty())
            return fail(std::move(problems.front()));
        return insertAt(m_document.blocks, std::move(block), op);
    }
    /// The name and unknown members of a graph; nodes and wires have operations of their own.
    Result<Operation> editGraph(DocumentGraph &graph, const Operation &op)
    {
        const std::string first = splitPath(op.field).front();
        if (first == "nodes" || first == "wires" || first == "id")
            return fail("change.field", "The field {0} of a graph can't be set.", op.field);
        Operation inverse = inverseOf(op);
        if (first == "name") {
            if (op.field != "name" || !op.value.isString())
                return fail("change.value", "The field {0} can't take this value.", op.field);
            inverse.kind = Operation::Kind::Set;
            inverse.field = "name";
            inverse.value = std::exchange(graph.name, op.value.string());
            return inverse;
        }
        return editExtra(graph.extra, op, std::move(inverse));
    }
    /// Null where nothing is left, as the reader has it.
    Result<Operation> editExtra(JsonValue &extra, const Operation &op, Operation inverse)
    {
        JsonValue json = extra.isObject() ? extra : JsonValue::object();
        ESPALIER_CHECK(edit(json, op, inverse));
        extra = json.members().empty() ? JsonValue() : std::move(json);
        return inverse;
    }
    Result<Operation> editDocument(const Operation &op)
    {
        const std::string first = splitPath(op.field).front();
        if (first == "format" || first == "version" || first == "graph" || first == "blocks")
            return fail("change.field", "The field {0} of a document can't be set.", op.field);
        Operation inverse = inverseOf(op);
        if (first != "data" && first != "training")
            return editExtra(m_document.extra, op, std::move(inverse));
        JsonValue &section = first == "data" ? m_document.data : m_document.training;
        JsonValue json = JsonValue::object();
        if (!section.isNull())
            json.set(first, section);
        ESPALIER_CHECK(edit(json, op, inverse));
        if (json.has(first) && !json[first].isObject())
            return fail("change.value", "The field {0} can't take this value.", op.field);
        section = json[first];
        return inverse;
    }
};

template <std::size_t N>
int indexOf(const std::array<std::string_view, N> &names, std::string_view name)
{
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

} // namespace

Result<Change> apply(Document &document, const Change &change)
{
    Editor editor(document, change.operations.size());
    std::vector<Operation> done;
    for (const Operation &op : change.operations) {
        auto inverse = editor.apply(op);
        if (inverse) {
            done.push_back(std::move(*inverse));
            continue;
        }
        for (; !done.empty(); done.pop_back())
            (void)editor.apply(done.back()); // an inverse fits what it was made from
        return fail(std::move(inverse).error());
    }
    std::reverse(done.begin(), done.end());
    return Change{std::move(done)};
}

JsonValue changeToJson(const Change &change)
{
    JsonValue::Array list;
    for (const Operation &op : change.operations) {
        JsonValue json = JsonValue::object();
        json.set("op", kKinds[static_cast<std::size_t>(op.kind)]);
        json.set("what", kWhats[static_cast<std::size_t>(op.what)]);
        if (op.graph != "root")
            json.set("graph", op.graph);
        if (!op.id.empty())
            json.set("id", op.id);
        if (!op.field.empty())
            json.set("field", op.field);
        if (op.kind == Operation::Kind::Insert || op.kind == Operation::Kind::Set)
            json.set("value", op.value);
        if (op.index >= 0)
            json.set("index", op.index);
        list.push_back(std::move(json));
    }
    return JsonValue(std::move(list));
}

Result<Change> changeFromJson(const JsonValue &json)
{
    if (!json.isArray())
        return fail("change.form", "A change is a list of operations.");
    Change change;
    for (const JsonValue &item : json.items()) {
        const int kind = indexOf(kKinds, item["op"].string());
        const int what = indexOf(kWhats, item["what"].string());
        if (kind < 0 || what < 0)
            return fail("change.form", "An operation of the change has no known \"op\" and \"what\".");
        Operation op;
        op.kind = static_cast<Operation::Kind>(kind);
        op.what = static_cast<Operation::What>(what);
        if (item["graph"].isString())
            op.graph = item["graph"].string();
        op.id = item["id"].string();
        op.field = item["field"].string();
        op.value = item["value"];
        op.index = static_cast<int>(std::clamp<std::int64_t>(item["index"].integer(-1), -1, 1 << 30));
        change.operations.push_back(std::move(op));
    }
    return change;
}

} // namespace espalier
