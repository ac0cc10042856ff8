// SPDX-License-Identifier: GPL-3.0-or-later
// A selection becomes a block, and an instance becomes what it is made of.
#include "engine/base/ids.h"
#include "engine/protocol/document_text.h"
#include "gui/document/block_edits.h"
#include "gui/document/draft.h"
#include "gui/document/edit_text.h"
#include "gui/document/make_room.h"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_set>

namespace espalier {
namespace {

constexpr std::int64_t kMostUnpacked = 100; ///< repeats that are written out

struct Corner {
    int left = std::numeric_limits<int>::max();
    int top = std::numeric_limits<int>::max();
    int right = std::numeric_limits<int>::min();

    void add(const DocumentNode &node)
    {
        left = std::min(left, node.x);
        top = std::min(top, node.y);
        right = std::max(right, node.x);
    }
};

/// The definition in the making, and the ports through which wires of the selection pass.
class BlockMaker {
public:
    BlockMaker(const EditContext &context, const Ids &nodes)
        : m_draft(context)
    {
        const std::unordered_set<std::string> wanted(nodes.begin(), nodes.end());
        for (const DocumentNode &node : m_draft.graph().nodes) { // in the order of the document
            if (!wanted.contains(node.id) || node.kind == "BlockInput" || node.kind == "BlockOutput")
                continue;
            m_inside.insert(node.id);
            m_ids.push_back(node.id);
            m_corner.add(node);
            m_block.nodes.push_back(node);
            m_names.insert(node.name);
        }
    }

    EditResult run(const EditContext &context, std::string_view name)
    {
        if (m_ids.empty())
            return fail("edit.nothing-selected", "Select the nodes that the block shall hold.");
        m_block.id = newId();
        m_block.name = std::string(name);
        m_instance = {.id = newId(), .kind = "block:" + m_block.id, .x = m_corner.left, .y = m_corner.top};
        m_instance.params.set("repeat", 1).set("shared", false);
        const int distance = kNodePitch;
        for (DocumentNode &node : m_block.nodes) {
            node.x += distance + kMargin - m_corner.left; // room for the ports on the left
            node.y += kMargin - m_corner.top;
        }
        countPorts();
        for (const DocumentWire &wire : m_draft.graph().wires)
            take(wire);
        m_block.extra = exposedInside(context);
        finish();
        return m_draft.finish(EditText::tr("Make the block %1").arg(toText(name)), {m_instance.id});
    }

    /// The parameters of a new BlockInput.
    void setPortParams(JsonValue params) { m_portParams = std::move(params); }

private:
    static constexpr int kMargin = 40;
    static constexpr int kPortPitch = 80;

    /// A port of the new block for each output that a wire comes from.
    struct Port {
        std::string node;
        std::string name;
    };

    bool isInside(const std::string &node) const { return m_inside.contains(node); }
    static std::string key(const Endpoint &end) { return end.node + "\n" + end.port; }

    void countPorts()
    {
        for (const DocumentWire &wire : m_draft.graph().wires) {
            if (isInside(wire.to.node) && !isInside(wire.from.node))
                m_sources.insert(key(wire.from));
            if (isInside(wire.from.node) && !isInside(wire.to.node))
                m_results.insert(key(wire.from));
        }
    }
    std::string portName(const Endpoint &source, bool isOnly, const char *plain, std::unordered_set<std::string> &taken)
    {
        const DocumentNode *node = m_draft.findNode(source.node);
        std::string name = isOnly || !node             ? plain
            : source.port == "y" || source.port == "x" ? node->name
                                                       : source.port;
        if (taken.contains(name))
            name = numberedName(name, [&](const std::string &n) { return taken.contains(n); });
        taken.insert(name);
        return name;
    }
    const Port &inputFor(const Endpoint &source)
    {
        const auto [at, isNew] = m_inputs.try_emplace(key(source));
        if (!isNew)
            return at->second;
        DocumentNode port{.id = newId(), .kind = "BlockInput"};
        port.name = portName(source, m_sources.size() == 1, "x", m_names);
        port.params = m_portParams;
        port.x = kMargin;
        port.y = kMargin + kPortPitch * static_cast<int>(m_inputs.size() - 1);
        at->second = {port.id, port.name};
        m_portNodes.push_back(std::move(port));
        m_draft.addWire(source, {m_instance.id, at->second.name});
        return at->second;
    }
    const Port &outputFor(const Endpoint &result)
    {
        const auto [at, isNew] = m_outputs.try_emplace(key(result));
        if (!isNew)
            return at->second;
        DocumentNode port{.id = newId(), .kind = "BlockOutput"};
        port.name = portName(result, m_results.size() == 1, "y", m_outputNames);
        port.x = m_corner.right - m_corner.left + 2 * kNodePitch + kMargin;
        port.y = kMargin + kPortPitch * static_cast<int>(m_outputs.size() - 1);
        at->second = {port.id, port.name};
        m_block.wires.push_back({.id = newId(), .from = result, .to = {port.id, "x"}});
        m_portNodes.push_back(std::move(port));
        return at->second;
    }
    void take(const DocumentWire &wire)
    {
        const bool from = isInside(wire.from.node);
        const bool to = isInside(wire.to.node);
        if (from && to) {
            m_block.wires.push_back(wire);
            m_gone.push_back(wire.id);
        } else if (to) {
            const Port &port = inputFor(wire.from);
            m_block.wires.push_back({.id = newId(), .from = {port.node, "y"}, .to = wire.to});
            m_gone.push_back(wire.id);
        } else if (from) { // the wire stays, so that it keeps its place at a port that takes several
            const Port &port = outputFor(wire.from);
            m_draft.setWireFrom(wire.id, {m_instance.id, port.name});
        }
    }

    /// What an outer block exposed of nodes that move inwards is passed on by the new one.
    JsonValue exposedInside(const EditContext &context)
    {
        JsonValue extra;
        if (context.graph == "root")
            return extra;
        JsonValue inner = JsonValue::array();
        JsonValue outer = JsonValue::array();
        for (const JsonValue &json : m_draft.graph().extra["exposed"].items()) {
            if (!isInside(json["node"].string())) {
                outer.append(json);
                continue;
            }
            inner.append(json); // the name stays: it is free among those that came from one list
            JsonValue passed = json;
            passed.set("node", m_instance.id).set("param", json["name"]);
            outer.append(std::move(passed));
        }
        if (inner.items().empty())
            return extra;
        m_draft.setGraph("exposed", std::move(outer));
        return JsonValue(JsonValue::Object{{"exposed", std::move(inner)}});
    }

    /// Nodes go out of this graph before the block brings them in: their ids stay theirs.
    void finish()
    {
        for (auto wire = m_gone.rbegin(); wire != m_gone.rend(); ++wire)
            m_draft.removeWire(*wire);
        m_draft.removeNodes(m_ids);
        m_block.nodes.insert(m_block.nodes.end(), m_portNodes.begin(), m_portNodes.end());
        m_draft.add(insertBlock(m_block));
        m_instance.name = numberedName(m_block.name, [&](const std::string &n) { return m_draft.isNameTaken(n); });
        m_draft.addNode(m_instance, true);
    }

    Draft m_draft;
    DocumentGraph m_block;
    DocumentNode m_instance;
    Ids m_ids;
    Ids m_gone;
    Corner m_corner;
    JsonValue m_portParams = JsonValue::object();
    std::vector<DocumentNode> m_portNodes;
    std::unordered_set<std::string> m_inside;
    std::unordered_set<std::string> m_names;
    std::unordered_set<std::string> m_outputNames;
    std::unordered_set<std::string> m_sources;
    std::unordered_set<std::string> m_results;
    std::map<std::string, Port> m_inputs;
    std::map<std::string, Port> m_outputs;
};

/// One instance written out.
class Unpacker {
public:
    Unpacker(Draft &draft, const DocumentNode &instance, const DocumentGraph &block)
        : m_draft(draft)
        , m_instance(instance)
        , m_block(block)
    {
        for (const DocumentNode &node : block.nodes)
            if (node.kind != "BlockInput" && node.kind != "BlockOutput")
                m_corner.add(node);
    }

    /// Ids of the new nodes.
    Ids run(std::int64_t repeats)
    {
        std::unordered_map<std::string, std::vector<Endpoint>> in; // port → what comes in
        std::unordered_map<std::string, std::vector<Endpoint>> out;
        for (const PortInfo &port : blockPorts(m_block, false).inputs)
            for (const DocumentWire &wire : m_draft.wiresInto({m_instance.id, port.name}))
                in[port.name].push_back(wire.from);
        const int width = std::max(kNodePitch, m_corner.right - m_corner.left + kNodePitch);
        for (std::int64_t i = 0; i < repeats; ++i) {
            if (i > 0)
                feedBack(in, out);
            out = copy(in, static_cast<int>(i) * width);
        }
        for (const DocumentWire &wire : m_draft.wiresOf(m_instance.id)) {
            const auto source = out.find(wire.from.port);
            if (wire.from.node == m_instance.id && source != out.end() && !source->second.empty()
                && source->second.front().node != wire.to.node)
                m_draft.setWireFrom(wire.id, source->second.front());
        }
        return std::move(m_made);
    }

private:
    Draft &m_draft;
    const DocumentNode &m_instance;
    const DocumentGraph &m_block;
    Corner m_corner;
    Ids m_made;

    /// As engine/graph has it: the next repeat takes the output of the input's name, y for x, or the only one.
    void feedBack(std::unordered_map<std::string, std::vector<Endpoint>> &in,
                  const std::unordered_map<std::string, std::vector<Endpoint>> &out) const
    {
        const PortList ports = blockPorts(m_block, false);
        const auto hasOutput = [&](const std::string &name) {
            return std::any_of(ports.outputs.begin(), ports.outputs.end(),
                               [&](const PortInfo &port) { return port.name == name; });
        };
        for (const PortInfo &input : ports.inputs) {
            std::string partner;
            if (hasOutput(input.name))
                partner = input.name;
            else if (input.name == "x" && hasOutput("y"))
                partner = "y";
            else if (ports.inputs.size() == 1 && ports.outputs.size() == 1)
                partner = ports.outputs.front().name;
            if (const auto fed = out.find(partner); fed != out.end())
                in[input.name] = fed->second;
        }
    }

    JsonValue paramsOf(const DocumentNode &node) const
    {
        JsonValue params = node.params;
        for (const ExposedParam &exposed : exposedOf(m_block))
            if (exposed.node == node.id && m_instance.params.has(exposed.name))
                params.set(exposed.param, m_instance.params[exposed.name]);
        return params;
    }

    std::unordered_map<std::string, std::vector<Endpoint>> copy(
        const std::unordered_map<std::string, std::vector<Endpoint>> &in, int shift)
    {
        std::unordered_map<std::string, std::string> ids;
        std::unordered_map<std::string, std::string> inputs; // BlockInput's id → port
        std::unordered_map<std::string, std::string> outputs;
        for (const DocumentNode &node : m_block.nodes) {
            if (node.kind == "BlockInput") {
                inputs.emplace(node.id, node.name);
            } else if (node.kind == "BlockOutput") {
                outputs.emplace(node.id, node.name);
            } else {
                DocumentNode made = node;
                made.id.clear();
                made.params = paramsOf(node);
                made.x += m_instance.x - m_corner.left + shift;
                made.y += m_instance.y - m_corner.top;
                m_made.push_back(m_draft.addNode(std::move(made)));
                ids.emplace(node.id, m_made.back());
            }
        }
        std::unordered_map<std::string, std::vector<Endpoint>> out;
        for (const DocumentWire &wire : m_block.wires) {
            std::vector<Endpoint> sources;
            if (const auto input = inputs.find(wire.from.node); input != inputs.end()) {
                if (const auto fed = in.find(input->second); fed != in.end())
                    sources = fed->second;
            } else if (const auto node = ids.find(wire.from.node); node != ids.end()) {
                sources.push_back({node->second, wire.from.port});
            }
            if (const auto output = outputs.find(wire.to.node); output != outputs.end())
                out[output->second] = sources;
            else if (const auto to = ids.find(wire.to.node); to != ids.end())
                for (const Endpoint &source : sources)
                    m_draft.addWire(source, {to->second, wire.to.port});
        }
        return out;
    }
};

/// Definitions that nothing uses once `gone` instances of them are away; with them what only they used stays, until
/// "delete unused blocks".
void dropUnused(Draft &draft, const Document &document, const std::map<std::string, int> &gone)
{
    for (const auto &[block, count] : gone) {
        if (instanceCount(document, block) > count)
            continue;
        Operation operation;
        operation.kind = Operation::Kind::Remove;
        operation.what = Operation::What::Block;
        operation.id = block;
        draft.add(std::move(operation));
    }
}

} // namespace

EditResult makeBlock(const EditContext &context, const Ids &nodes, std::string_view name)
{
    const std::string wanted(name.empty() ? std::string_view("block") : name);
    ESPALIER_CHECK(checkNodeName(wanted));
    BlockMaker maker(context, nodes);
    if (const LayerInfo *port = context.catalogue.find("BlockInput"))
        maker.setPortParams(defaultParams(*port));
    return maker.run(context, wanted);
}

EditResult ungroup(const EditContext &context, const Ids &instances)
{
    Draft draft(context);
    Ids made;
    std::map<std::string, int> gone;
    QString name;
    for (const std::string &id : instances) {
        const DocumentNode *instance = draft.findNode(id);
        const std::string block = instance ? std::string(blockIdOf(instance->kind)) : std::string();
        const DocumentGraph *definition = block.empty() ? nullptr : context.document.findGraph(block);
        if (!definition)
            continue;
        const std::int64_t repeats = instance->params["repeat"].integer(1);
        if (repeats > 1 && instance->params["shared"].boolean())
            return fail("edit.shared", "'{0}' shares its weights between {1} repeats, which only a block can do.",
                        instance->name, repeats);
        if (repeats > kMostUnpacked)
            return fail("edit.unpack", "'{0}' is repeated {1} times; at most {2} are written out.", instance->name,
                        repeats, kMostUnpacked);
        name = toText(instance->name);
        const Ids ids = Unpacker(draft, *instance, *definition).run(std::max<std::int64_t>(1, repeats));
        made.insert(made.end(), ids.begin(), ids.end());
        forgetInBlocks(draft, context, {id});
        draft.removeNodes({id});
        ++gone[block];
    }
    if (gone.empty())
        return draft.finish({});
    dropUnused(draft, context.document, gone);
    return draft.finish(EditText::tr("Unpack %1").arg(name), made);
}

} // namespace espalier
