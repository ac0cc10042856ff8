// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/scan.h"

#include <algorithm>
#include <optional>

namespace espalier {
namespace {

constexpr int kTimeAxis = 1;

/// One port of the body.
struct BodyPort {
    const DocumentNode *node = nullptr; ///< BlockInput or BlockOutput
    int index = -1; ///< in body.nodes
    JsonValue params;
};

struct BodyPorts {
    std::vector<BodyPort> carriesIn;
    std::vector<BodyPort> carriesOut; ///< same order
    std::vector<BodyPort> sequences;
    std::vector<BodyPort> stacked;
};

BodyPorts portsOfBody(const ResolvedGraph &body)
{
    std::vector<BodyPort> inputs;
    std::vector<BodyPort> outputs;
    for (std::size_t i = 0; i < body.nodes.size(); ++i) {
        const ResolvedNode &node = body.nodes[i];
        if (node.node->kind == "BlockInput")
            inputs.push_back({node.node, static_cast<int>(i), node.params});
        if (node.node->kind == "BlockOutput")
            outputs.push_back({node.node, static_cast<int>(i), node.params});
    }
    BodyPorts ports;
    for (const BodyPort &in : inputs) {
        const auto partner = std::find_if(outputs.begin(), outputs.end(),
                                          [&](const BodyPort &out) { return out.node->name == in.node->name; });
        if (partner == outputs.end()) {
            ports.sequences.push_back(in);
            continue;
        }
        ports.carriesIn.push_back(in);
        ports.carriesOut.push_back(*partner);
        outputs.erase(partner);
    }
    ports.stacked = std::move(outputs);
    return ports;
}

TensorType withoutTime(const TensorType &type)
{
    std::vector<Dim> dims = type.shape.dims();
    dims.erase(dims.begin() + kTimeAxis);
    return {type.dtype, Shape(std::move(dims))};
}

class ScanBuilder {
public:
    ScanBuilder(LowerState &state, Frame &frame, const ResolvedNode &node, LayerContext &context)
        : m_state(state)
        , m_frame(frame)
        , m_node(node)
        , m_context(context)
        , m_ports(portsOfBody(*node.body))
    {
    }

    void run()
    {
        if (!gatherSequences() || !gatherCarries())
            return;
        Frame body;
        body.parent = &m_frame;
        body.builder.program().name = m_node.node->name;
        std::unordered_map<const DocumentNode *, ValueId> given;
        for (std::size_t i = 0; i < m_carries.size(); ++i)
            given.emplace(m_ports.carriesIn[i].node,
                          body.builder.input(m_ports.carriesIn[i].node->name, m_frame.builder.type(m_carries[i])));
        for (std::size_t i = 0; i < m_sequences.size(); ++i)
            given.emplace(
                m_ports.sequences[i].node,
                body.builder.input(m_ports.sequences[i].node->name, withoutTime(m_frame.builder.type(m_sequences[i]))));
        const std::vector<bool> all(m_node.body->nodes.size(), true);
        const auto values = lowerNodes(m_state, body, *m_node.body, all, given);
        m_frame.builder.setOrigin(m_node.idPath);
        if (addOutputs(body, values))
            emit(std::move(body));
    }

private:
    LowerState &m_state;
    Frame &m_frame;
    const ResolvedNode &m_node;
    LayerContext &m_context;
    BodyPorts m_ports;
    std::vector<ValueId> m_carries;
    std::vector<ValueId> m_sequences;

    const std::string &name() const { return m_node.node->name; }

    bool gatherSequences()
    {
        if (m_ports.sequences.empty()) {
            m_context.problem(error("scan.sequence",
                                    "'{0}' has no sequence to run over: its block needs an input that is no state.",
                                    name()),
                              {}, "block");
            return false;
        }
        for (const BodyPort &port : m_ports.sequences) {
            const ValueId value = m_context.input(port.node->name);
            const Shape &shape = m_frame.builder.shape(value);
            if (shape.rank() < 2) {
                m_context.problem(error("scan.rank", "'{0}' runs over sequences [batch, time, ...], got {1} at '{2}'.",
                                        name(), shapeArg(shape), port.node->name),
                                  port.node->name, {});
                return false;
            }
            m_sequences.push_back(value);
        }
        return true;
    }

    bool gatherCarries()
    {
        for (const BodyPort &port : m_ports.carriesIn) {
            ValueId value = m_context.input(port.node->name);
            if (value == kNoValue)
                value = zeros(port);
            if (value == kNoValue)
                return false;
            m_carries.push_back(value);
        }
        return true;
    }

    /// A state without a wire starts at zeros of the shape that its BlockInput declares.
    ValueId zeros(const BodyPort &port)
    {
        const auto &declared = port.params["shape"].items();
        if (declared.empty()) {
            m_context.problem(error("scan.state",
                                    "The state '{1}' of '{0}' starts nowhere: lead a wire to it, or give the block's "
                                    "input '{1}' a shape to start as zeros.",
                                    name(), port.node->name),
                              port.node->name, {});
            return kNoValue;
        }
        Builder &b = m_frame.builder;
        std::vector<Dim> dims{b.shape(m_sequences.front())[0]};
        for (const JsonValue &size : declared)
            dims.emplace_back(size.integer());
        const DType dtype = dtypeFromName(port.params["dtype"].string()).value_or(DType::Float32);
        return b.broadcastTo(b.constant(Tensor(dtype, {})), Shape(std::move(dims)));
    }

    /// The value that a BlockOutput takes.
    ValueId valueOf(const std::vector<NodeValues> &values, const BodyPort &port) const
    {
        const auto &inputs = values[static_cast<std::size_t>(port.index)].inputs;
        return inputs.empty() || inputs.front().empty() ? kNoValue : inputs.front().front();
    }

    bool addOutputs(Frame &body, const std::vector<NodeValues> &values)
    {
        bool isKnown = true;
        for (std::size_t i = 0; i < m_ports.carriesOut.size(); ++i) {
            const ValueId value = valueOf(values, m_ports.carriesOut[i]);
            isKnown &= value != kNoValue;
            if (value == kNoValue)
                continue;
            const TensorType &before = m_frame.builder.type(m_carries[i]);
            if (before != body.builder.type(value)) {
                m_context.problem(error("scan.state-type",
                                        "The state '{1}' of '{0}' goes in as {2} and comes out as {3}; both must be of "
                                        "one type.",
                                        name(), m_ports.carriesOut[i].node->name, typeArg(before),
                                        typeArg(body.builder.type(value))),
                                  m_ports.carriesOut[i].node->name, {});
                return false;
            }
            body.builder.output(m_ports.carriesOut[i].node->name, value);
        }
        for (const BodyPort &port : m_ports.stacked) {
            const ValueId value = valueOf(values, port);
            isKnown &= value != kNoValue;
            if (value != kNoValue)
                body.builder.output(port.node->name, value);
        }
        return isKnown;
    }

    void emit(Frame body)
    {
        std::vector<ValueId> inputs = m_carries;
        inputs.insert(inputs.end(), m_sequences.begin(), m_sequences.end());
        inputs.insert(inputs.end(), body.lifted.begin(), body.lifted.end());
        const Attrs attrs{{"carries", static_cast<std::int64_t>(m_carries.size())},
                          {"sequences", static_cast<std::int64_t>(m_sequences.size())},
                          {"axis", std::int64_t{kTimeAxis}},
                          {"reverse", m_context.boolean("reverse")}};
        auto program = std::make_shared<const Program>(body.builder.take());
        const auto outputs = m_frame.builder.emitAll("scan", std::move(inputs), attrs, {std::move(program)});
        std::size_t at = 0;
        for (const auto *list : {&m_ports.carriesOut, &m_ports.stacked})
            for (const BodyPort &port : *list)
                if (at < outputs.size())
                    m_context.output(port.node->name, outputs[at++]);
    }
};

} // namespace

void buildScan(LowerState &state, Frame &frame, const ResolvedNode &node, NodeValues &, LayerContext &context)
{
    ScanBuilder(state, frame, node, context).run();
}

} // namespace espalier
