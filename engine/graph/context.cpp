// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/context.h"

#include "engine/base/assert.h"
#include "engine/base/hash.h"
#include "engine/protocol/change.h"

#include <algorithm>

namespace espalier {

ValueId Frame::lift(const std::string &key, const std::function<ValueId(Builder &)> &make)
{
    if (const auto found = shared.find(key); found != shared.end())
        return found->second;
    ValueId value = kNoValue;
    if (parent) {
        const ValueId outer = parent->lift(key, make);
        lifted.push_back(outer);
        value = builder.input(key, parent->builder.type(outer));
    } else {
        value = make(builder);
    }
    shared.emplace(key, value);
    return value;
}

void LowerState::report(Error e, const ResolvedNode &node)
{
    e.where.graph = node.graph->id;
    e.where.node = node.node->id;
    const std::string key = e.code + '\n' + e.where.graph + '\n' + e.where.node + '\n' + e.where.port + '\n'
        + e.where.parameter + '\n' + e.message();
    if (reported.insert(key).second)
        out.problems.push_back(std::move(e));
}

NodeContext::NodeContext(LowerState &state, Frame &frame, const ResolvedNode &node, NodeValues &values)
    : m_state(state)
    , m_frame(frame)
    , m_node(node)
    , m_values(values)
{
}

ValueId NodeContext::input(std::string_view port)
{
    for (std::size_t i = 0; i < m_node.inputs.size(); ++i)
        if (m_node.inputs[i].port.name == port)
            return m_values.inputs[i].empty() ? kNoValue : m_values.inputs[i].front();
    ESPALIER_ASSERT(false, "a layer reads a port that it did not declare");
    return kNoValue;
}

std::vector<ValueId> NodeContext::inputs(std::string_view port)
{
    for (std::size_t i = 0; i < m_node.inputs.size(); ++i)
        if (m_node.inputs[i].port.name == port)
            return m_values.inputs[i];
    ESPALIER_ASSERT(false, "a layer reads a port that it did not declare");
    return {};
}

void NodeContext::output(std::string_view port, ValueId value)
{
    for (std::size_t i = 0; i < m_node.outputs.size(); ++i)
        if (m_node.outputs[i].name == port)
            m_values.outputs[i] = value;
}

const JsonValue &NodeContext::param(std::string_view name) const
{
    return m_node.params[name];
}

std::vector<std::int64_t> NodeContext::integers(std::string_view name, int length) const
{
    const JsonValue &value = param(name);
    std::vector<std::int64_t> list;
    for (const JsonValue &item : value.items())
        list.push_back(item.integer());
    if (!value.isArray())
        list.push_back(value.integer());
    if (list.size() == 1)
        list.resize(static_cast<std::size_t>(length), list.front());
    list.resize(static_cast<std::size_t>(length), 0);
    return list;
}

ValueId NodeContext::ownState(StateInfo info)
{
    const auto known = m_state.stateIndex.find(info.path);
    if (known != m_state.stateIndex.end() && m_state.out.states[known->second].type != info.type) {
        problem(error("graph.shared-state",
                      "'{0}' shares its weights between places that need different shapes: {1} and {2}.",
                      m_node.node->name, typeArg(m_state.out.states[known->second].type), typeArg(info.type)),
                {}, {});
        return m_frame.builder.input("broken", info.type);
    }
    const std::string path = info.path; // a copy: `info` is moved away below
    return m_frame.lift(path, [&](Builder &outermost) {
        m_state.stateIndex.emplace(path, m_state.out.states.size());
        const ValueId value = outermost.state(path, info.type);
        m_state.out.states.push_back(std::move(info));
        return value;
    });
}

ValueId NodeContext::parameter(std::string_view name, TensorType type, Initializer initializer, bool decay)
{
    const std::string suffix = "." + std::string(name);
    return ownState({.path = m_node.statePath + suffix,
                     .name = m_node.namePath + suffix,
                     .type = std::move(type),
                     .initializer = std::move(initializer),
                     .trainable = true,
                     .decay = decay});
}

ValueId NodeContext::runningState(std::string_view name, TensorType type, Initializer initializer)
{
    const std::string suffix = "." + std::string(name);
    return ownState({.path = m_node.statePath + suffix,
                     .name = m_node.namePath + suffix,
                     .type = std::move(type),
                     .initializer = std::move(initializer),
                     .trainable = false,
                     .decay = false});
}

void NodeContext::updateState(std::string_view name, ValueId next)
{
    ESPALIER_ASSERT(mode() == Mode::Train, "states change in training only");
    if (m_frame.isBody()) {
        problem(error("graph.scan-state",
                      "'{0}' keeps running statistics, which can't change inside a Scan. Use LayerNorm instead.",
                      m_node.node->name),
                {}, {});
        return;
    }
    m_frame.builder.setFinal(m_node.statePath + "." + std::string(name), next);
}

ValueId NodeContext::seed()
{
    return m_frame.lift("seed", [](Builder &b) { return b.input("seed", {DType::Int64, Shape{}}); });
}

ValueId NodeContext::step()
{
    return m_frame.lift("step", [](Builder &b) { return b.input("step", {DType::Int64, Shape{}}); });
}

std::int64_t NodeContext::randomStream()
{
    return static_cast<std::int64_t>(hash64(m_node.idPath));
}

void NodeContext::loss(LossInfo info)
{
    if (m_frame.isBody()) {
        problem(
            error("graph.scan-loss", "The loss '{0}' lies inside a Scan; put it behind the Scan.", m_node.node->name),
            {}, {});
        return;
    }
    info.node = m_node.idPath;
    info.name = m_node.namePath;
    info.weight = m_node.params["weight"].number(1);
    m_state.out.losses.push_back(std::move(info));
}

void NodeContext::observe(std::string_view tag, ValueId value)
{
    if (m_state.options.observe && !m_frame.isBody())
        m_frame.builder.observe(m_node.namePath + "/" + std::string(tag), value);
}

void NodeContext::problem(Error e, std::string_view port, std::string_view parameter)
{
    m_isBroken = true;
    e.where.port = std::string(port);
    e.where.parameter = std::string(parameter);
    m_state.report(std::move(e), m_node);
}

const BoundSource *NodeContext::boundSource()
{
    const std::string &wanted = m_node.params["source"].string();
    for (const bool byId : {true, false})
        for (const BoundSource &source : m_state.options.sources)
            if ((byId ? source.id : source.name) == wanted)
                return &source;
    std::string known;
    for (const BoundSource &source : m_state.options.sources)
        known += (known.empty() ? "" : ", ") + (source.name.empty() ? source.id : source.name);
    problem(known.empty() ? error("graph.source", "'{0}' reads the data source '{1}', but the document has no data.",
                                  m_node.node->name, wanted)
                          : error("graph.source",
                                  "'{0}' reads the data source '{1}', which the document does not have. It has: {2}.",
                                  m_node.node->name, wanted, known),
            {}, "source");
    return nullptr;
}

TensorType NodeContext::boundColumn(std::string_view port)
{
    const LowerOptions &options = m_state.options;
    if (m_node.params["source"].string().empty()) {
        for (const std::string &name : {m_node.namePath + "." + std::string(port), m_node.namePath, std::string(port)})
            if (const auto given = options.inputTypes.find(name); given != options.inputTypes.end())
                return given->second;
        return TensorType::unknown();
    }
    const BoundSource *source = options.hasData ? boundSource() : nullptr;
    if (!source)
        return TensorType::unknown();
    for (const BoundColumn &column : source->columns) {
        if (column.name != port)
            continue;
        std::vector<Dim> dims{Dim::symbol("batch")};
        dims.insert(dims.end(), column.type.shape.dims().begin(), column.type.shape.dims().end());
        return {column.type.dtype, Shape(std::move(dims))};
    }
    std::string known;
    for (const BoundColumn &column : source->columns)
        known += (known.empty() ? "" : ", ") + column.name;
    problem(error("graph.column", "'{0}' uses the column '{1}', which its data source does not have. It has: {2}.",
                  m_node.node->name, port, known),
            port, "columns");
    return TensorType::unknown();
}

bool NodeContext::isUsed(std::string_view port) const
{
    for (std::size_t i = 0; i < m_node.outputs.size(); ++i)
        if (m_node.outputs[i].name == port)
            return m_values.used[i];
    return false;
}

ValueId NodeContext::programInput(std::string_view port, TensorType type, Tensor given)
{
    if (m_frame.isBody()) {
        problem(error("graph.scan-input", "The Input '{0}' lies inside a Scan; put it outside and lead a wire in.",
                      m_node.node->name),
                port, {});
        return kNoValue;
    }
    LoweredInput input{.name = m_node.namePath + "." + std::string(port),
                       .node = m_node.idPath,
                       .source = {},
                       .column = std::string(port),
                       .given = std::move(given)};
    if (const std::string &source = m_node.params["source"].string(); !source.empty()) {
        input.source = source;
        for (const BoundSource &bound : m_state.options.sources)
            if (bound.name == source)
                input.source = bound.id;
    }
    input.value = m_frame.builder.input(input.name, std::move(type));
    m_state.out.inputs.push_back(input);
    return input.value;
}

Fix NodeContext::insertBeforeFix(std::string_view label, std::string_view port, std::string_view kind, JsonValue params)
{
    const LayerKind *added = findLayer(kind);
    ESPALIER_ASSERT(added, "a fix adds an unknown kind");
    const Change change = insertBefore(*m_node.graph, m_node.node->id, port, kind, completeParams(*added, params));
    return {std::string(label), {}, changeToJson(change).dump()};
}

Fix NodeContext::setFieldFix(std::string_view label, std::string_view field, JsonValue value)
{
    const Change change{{setNodeField(m_node.graph->id, m_node.node->id, field, std::move(value))}};
    return {std::string(label), {}, changeToJson(change).dump()};
}

} // namespace espalier
