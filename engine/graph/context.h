// SPDX-License-Identifier: Apache-2.0
// What a layer's `build` sees of the lowering: one node, its values, and where states, losses and problems go.
#pragma once

#include "engine/graph/lower.h"
#include "engine/graph/resolve.h"

#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace espalier {

/// A program under construction: the whole one, or the body of a scan inside of it.
struct Frame {
    Builder builder;
    Frame *parent = nullptr;
    std::unordered_map<std::string, ValueId> shared; ///< states, "seed" and "step", by key
    std::vector<ValueId> lifted; ///< of a body: values of the parent that came in as constants, in order of its inputs

    bool isBody() const { return parent != nullptr; }
    /// The value of `key`, made by `make` in the outermost program and handed down through the bodies.
    ValueId lift(const std::string &key, const std::function<ValueId(Builder &)> &make);
};

/// What all nodes of one lowering share.
struct LowerState {
    const LowerOptions &options;
    Lowered out;
    std::unordered_map<std::string, std::size_t> stateIndex; ///< path -> out.states
    std::unordered_set<std::string> reported; ///< one problem for all repeats of a block

    /// Fills in graph and node and records the problem once.
    void report(Error e, const ResolvedNode &node);
};

/// Values at the ports of one node.
struct NodeValues {
    std::vector<std::vector<ValueId>> inputs; ///< by input port, by wire
    std::vector<ValueId> outputs; ///< by output port; kNoValue: unknown
    std::vector<bool> used; ///< by output port
};

class NodeContext : public LayerContext {
public:
    NodeContext(LowerState &state, Frame &frame, const ResolvedNode &node, NodeValues &values);

    bool isBroken() const { return m_isBroken; }

    Builder &builder() override { return m_frame.builder; }
    Mode mode() const override { return m_state.options.mode; }
    const LayerKind &kind() const override { return *m_node.kind; }
    const DocumentNode &node() const override { return *m_node.node; }
    ValueId input(std::string_view port) override;
    std::vector<ValueId> inputs(std::string_view port) override;
    void output(std::string_view port, ValueId value) override;
    const JsonValue &param(std::string_view name) const override;
    std::vector<std::int64_t> integers(std::string_view name, int length) const override;
    ValueId parameter(std::string_view name, TensorType type, Initializer initializer, bool decay) override;
    ValueId runningState(std::string_view name, TensorType type, Initializer initializer) override;
    void updateState(std::string_view name, ValueId next) override;
    ValueId seed() override;
    ValueId step() override;
    std::int64_t randomStream() override;
    void loss(LossInfo info) override;
    void observe(std::string_view tag, ValueId value) override;
    void problem(Error error, std::string_view port, std::string_view parameter) override;
    TensorType boundColumn(std::string_view port) override;
    bool isUsed(std::string_view port) const override;
    ValueId programInput(std::string_view port, TensorType type, Tensor given) override;
    std::span<const std::int64_t> batchSizes() const override { return m_state.options.batchSizes; }
    Fix insertBeforeFix(std::string_view label, std::string_view port, std::string_view kind,
                        JsonValue params) override;
    Fix setFieldFix(std::string_view label, std::string_view field, JsonValue value) override;

private:
    ValueId ownState(StateInfo info);
    const BoundSource *boundSource();

    LowerState &m_state;
    Frame &m_frame;
    const ResolvedNode &m_node;
    NodeValues &m_values;
    bool m_isBroken = false;
};

} // namespace espalier
