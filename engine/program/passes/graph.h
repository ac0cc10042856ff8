// SPDX-License-Identifier: Apache-2.0
// A program opened for rewriting: who makes and who uses each value, replaced in constant time.
#pragma once

#include "engine/ops/op.h"
#include "engine/program/passes/hash_cons.h"

#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <string_view>
#include <utility>
#include <vector>

namespace espalier {

/// Instructions keep their index for life; dead ones are skipped by finish(). Ids of values stay valid, and
/// current() says what a replaced one has become.
class Graph {
public:
    explicit Graph(Program program);

    /// The live program: instructions in an order of definition close to the original one, values renumbered.
    Program finish();

    const TensorType &type(ValueId id) const { return m_program.type(id); }
    const Shape &shape(ValueId id) const { return type(id).shape; }
    DType dtype(ValueId id) const { return type(id).dtype; }
    ValueId current(ValueId id) const;

    std::int32_t instructionCount() const { return static_cast<std::int32_t>(m_instructions.size()); }
    /// The reference stays good when instructions are added.
    const Instruction &instruction(std::int32_t index) const { return m_instructions[static_cast<std::size_t>(index)]; }
    bool isAlive(std::int32_t index) const { return m_alive[static_cast<std::size_t>(index)]; }
    /// nullptr for inputs and states.
    const Instruction *producer(ValueId id) const;
    /// The producer if it is that op.
    const Instruction *producer(ValueId id, std::string_view op) const;
    /// By instructions, outputs, observations and final states.
    int uses(ValueId id) const { return m_uses[static_cast<std::size_t>(id)]; }
    bool usedOnce(ValueId id) const { return uses(id) == 1; }
    /// Indices of live instructions that use the value (each once).
    std::vector<std::int32_t> users(ValueId id);

    /// The number that all elements of a constant have, also behind broadcasts and reshapes.
    std::optional<double> splat(ValueId id);

    /// A new instruction with one output (an existing equal one if there is one). kNoValue where its types don't fit:
    /// the rule then does not apply.
    ValueId emit(std::string_view op, std::vector<ValueId> inputs, Attrs attrs = {});
    std::vector<ValueId> emitAll(std::string_view op, std::vector<ValueId> inputs, Attrs attrs = {});
    /// A scalar constant.
    ValueId number(double value, DType dtype);
    /// `id` broadcast to `shape` if that is another one; kNoValue if it can't be.
    ValueId fit(ValueId id, const Shape &shape);

    /// Every use of `from` becomes one of `to`, which has the same type (else nothing happens and it says false).
    bool replace(ValueId from, ValueId to);

    /// If an equal instruction was there before, its values take over and `index` is gone.
    bool mergeWithTwin(std::int32_t index);

    /// Drops instructions from `mark` on that nothing uses: what a rule made before it found that it does not apply.
    void discardUnused(std::int32_t mark);

    /// Instructions to look at: all at first, then the new ones and those whose inputs or uses changed. -1: done.
    std::int32_t next();
    /// Origin of instructions made from now on, and their place in the order.
    void setRoot(std::int32_t index) { m_root = index; }

private:
    void enqueue(std::int32_t index);
    void release(ValueId id);

    Program m_program; ///< without its instructions
    std::deque<Instruction> m_instructions;
    std::vector<std::int32_t> m_producer;
    std::vector<std::vector<std::int32_t>> m_users; ///< may hold dead or moved ones until users() looks
    std::vector<std::int32_t> m_uses;
    std::vector<ValueId> m_replaced; ///< by itself where it was not
    std::vector<bool> m_alive;
    std::vector<std::int32_t> m_place; ///< original index that an instruction stands for
    std::vector<std::optional<std::optional<double>>> m_splats; ///< cached
    std::priority_queue<std::pair<std::int32_t, std::int32_t>, std::vector<std::pair<std::int32_t, std::int32_t>>,
                        std::greater<>>
        m_queue; ///< (place, index): what is below settles before what is above looks at it
    std::vector<bool> m_queued;
    HashCons m_known;
    std::int32_t m_root = 0;
};

} // namespace espalier
