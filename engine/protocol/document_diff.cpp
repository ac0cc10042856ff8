// SPDX-License-Identifier: Apache-2.0
#include "engine/protocol/document_diff.h"

#include "engine/protocol/document_text.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace espalier {
namespace {

using Kind = Operation::Kind;
using What = Operation::What;

/// Positions of a longest rising subsequence: what can stay where it is while all else is moved round it.
std::vector<bool> longestRising(const std::vector<std::size_t> &values)
{
    std::vector<std::size_t> ends; // by length: index of the smallest end
    std::vector<std::size_t> before(values.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto at = std::lower_bound(ends.begin(), ends.end(), values[i],
                                         [&](std::size_t end, std::size_t value) { return values[end] < value; });
        if (at != ends.begin())
            before[i] = *(at - 1);
        if (at == ends.end())
            ends.push_back(i);
        else
            *at = i;
    }
    std::vector<bool> isIn(values.size(), false);
    for (std::size_t i = ends.empty() ? values.size() : ends.back(); i < values.size(); i = before[i])
        isIn[i] = true;
    return isIn;
}

Operation operation(Kind kind, What what, const std::string &graph, const std::string &id)
{
    Operation op;
    op.kind = kind;
    op.what = what;
    op.graph = graph;
    op.id = id;
    return op;
}

class Differ {
public:
    Change run(const Document &from, const Document &to)
    {
        list(from.blocks, to.blocks, What::Block, "root", graphToJson,
             [&](const DocumentGraph &a, const DocumentGraph &b) { graph(a, b); });
        graph(from.graph, to.graph);
        section("data", from.data, to.data);
        section("training", from.training, to.training);
        members(from.extra, to.extra, operation(Kind::Set, What::Document, "root", {}));
        return std::move(m_change);
    }

private:
    Change m_change;

    void add(Operation op) { m_change.operations.push_back(std::move(op)); }

    /// What goes, last first; then what comes, first first, each at its place.
    template <typename T, typename ToJson, typename Edit>
    void list(const std::vector<T> &from, const std::vector<T> &to, What what, const std::string &graphId,
              ToJson toJson, const Edit &edit)
    {
        std::unordered_map<std::string_view, std::size_t> places;
        for (std::size_t i = 0; i < to.size(); ++i)
            places.emplace(to[i].id, i);
        std::vector<std::size_t> common;
        std::vector<std::size_t> indices;
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (const auto place = places.find(from[i].id); place != places.end()) {
                common.push_back(place->second);
                indices.push_back(i);
            }
        }
        const std::vector<bool> stays = longestRising(common);
        std::unordered_map<std::string_view, const T *> kept;
        for (std::size_t i = 0; i < common.size(); ++i)
            if (stays[i])
                kept.emplace(from[indices[i]].id, &from[indices[i]]);
        for (auto object = from.rbegin(); object != from.rend(); ++object)
            if (!kept.contains(object->id))
                add(operation(Kind::Remove, what, graphId, object->id));
        for (std::size_t i = 0; i < to.size(); ++i) {
            if (const auto same = kept.find(to[i].id); same != kept.end()) {
                if (!(*same->second == to[i]))
                    edit(*same->second, to[i]);
                continue;
            }
            Operation op = operation(Kind::Insert, what, graphId, {});
            op.value = toJson(to[i]);
            op.index = static_cast<int>(i);
            add(std::move(op));
        }
    }

    void graph(const DocumentGraph &from, const DocumentGraph &to)
    {
        if (from == to)
            return;
        if (from.name != to.name) {
            Operation op = operation(Kind::Set, What::Graph, from.id, {});
            op.field = "name";
            op.value = to.name;
            add(std::move(op));
        }
        list(from.nodes, to.nodes, What::Node, from.id, nodeToJson, [&](const DocumentNode &a, const DocumentNode &b) {
            object(a.id, nodeToJson(a), nodeToJson(b), What::Node, from.id);
        });
        list(from.wires, to.wires, What::Wire, from.id, wireToJson, [&](const DocumentWire &a, const DocumentWire &b) {
            object(a.id, wireToJson(a), wireToJson(b), What::Wire, from.id);
        });
        members(from.extra, to.extra, operation(Kind::Set, What::Graph, from.id, {}));
    }

    /// Fields of a node or wire; parameters one by one.
    void object(const std::string &id, const JsonValue &from, const JsonValue &to, What what,
                const std::string &graphId)
    {
        const Operation form = operation(Kind::Set, what, graphId, id);
        JsonValue a = from;
        JsonValue b = to;
        if (from["params"].isObject() && to["params"].isObject()) {
            members(from["params"], to["params"], form, "params/");
            a.remove("params");
            b.remove("params");
        }
        members(a, b, form);
    }

    /// Members in their order: where that differs, those from there on are set anew.
    void members(const JsonValue &from, const JsonValue &to, const Operation &form, const std::string &prefix = {})
    {
        const auto &before = from.members();
        const auto &after = to.members();
        // a name with a slash can't be told from a path, so its whole parent is set
        const bool isPath
            = std::any_of(before.begin(), before.end(), hasSlash) || std::any_of(after.begin(), after.end(), hasSlash);
        if (isPath && !prefix.empty()) {
            if (from != to)
                set(form, prefix.substr(0, prefix.size() - 1), to);
            return;
        }
        std::unordered_map<std::string_view, std::size_t> places;
        for (std::size_t i = 0; i < after.size(); ++i)
            places.emplace(after[i].first, i);
        std::size_t last = 0;
        std::unordered_set<std::string_view> kept;
        bool isInOrder = true;
        for (const auto &[name, value] : before) {
            const auto place = places.find(name);
            isInOrder &= place == places.end() || place->second >= last;
            if (place != places.end() && isInOrder) {
                last = place->second;
                kept.insert(name);
            }
        }
        for (const auto &[name, value] : before)
            if (!kept.contains(name))
                unset(form, prefix + name);
        for (std::size_t i = 0; i < after.size(); ++i) {
            const auto &[name, value] = after[i];
            if (!kept.contains(name))
                set(form, prefix + name, value, static_cast<int>(i));
            else if (from[name] != value)
                set(form, prefix + name, value);
        }
    }

    static bool hasSlash(const JsonValue::Member &member) { return member.first.find('/') != std::string::npos; }

    void set(const Operation &form, const std::string &field, const JsonValue &value, int index = -1)
    {
        Operation op = form;
        op.field = field;
        op.value = value;
        op.index = index;
        add(std::move(op));
    }
    void unset(const Operation &form, const std::string &field)
    {
        Operation op = form;
        op.kind = Kind::Unset;
        op.field = field;
        add(std::move(op));
    }
    void section(const char *name, const JsonValue &from, const JsonValue &to)
    {
        if (from == to)
            return;
        const Operation form = operation(Kind::Set, What::Document, "root", {});
        if (to.isNull())
            unset(form, name);
        else
            set(form, name, to);
    }
};

/// Where fields alone don't lead there (names with slashes, unusual orders): everything anew.
Change replaceAll(const Document &from, const Document &to)
{
    Change change;
    const auto emptied = [&](const DocumentGraph &graph) {
        for (auto wire = graph.wires.rbegin(); wire != graph.wires.rend(); ++wire)
            change.operations.push_back(operation(Kind::Remove, What::Wire, graph.id, wire->id));
        for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node)
            change.operations.push_back(operation(Kind::Remove, What::Node, graph.id, node->id));
    };
    emptied(from.graph);
    for (auto block = from.blocks.rbegin(); block != from.blocks.rend(); ++block)
        change.operations.push_back(operation(Kind::Remove, What::Block, "root", block->id));
    Document bare = from;
    bare.graph.nodes.clear();
    bare.graph.wires.clear();
    bare.blocks.clear();
    Change rest = Differ().run(bare, to);
    change.operations.insert(change.operations.end(), rest.operations.begin(), rest.operations.end());
    return change;
}

bool leadsTo(const Document &from, const Change &change, const Document &to)
{
    Document made = from;
    return apply(made, change).has_value() && made == to;
}

} // namespace

Result<Change> changeBetween(const Document &from, const Document &to)
{
    Change change = Differ().run(from, to);
    if (leadsTo(from, change, to))
        return change;
    change = replaceAll(from, to);
    if (leadsTo(from, change, to))
        return change;
    return fail("change.between", "The two documents can't be compared: an id occurs twice in one of them.");
}

} // namespace espalier
