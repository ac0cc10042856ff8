// SPDX-License-Identifier: Apache-2.0
#include "engine/program/passes/graph.h"

#include "engine/base/assert.h"

#include <algorithm>
#include <numeric>

namespace espalier {
namespace {

std::size_t at(std::int32_t index)
{
    return static_cast<std::size_t>(index);
}

std::optional<double> splatOf(const Tensor &tensor)
{
    if (tensor.elements() == 0 || tensor.bytes() > (std::size_t{1} << 20))
        return std::nullopt;
    const std::size_t size = byteSize(tensor.dtype());
    const auto *bytes = static_cast<const std::byte *>(tensor.data());
    for (std::size_t i = size; i < tensor.bytes(); ++i)
        if (bytes[i] != bytes[i - size])
            return std::nullopt;
    return tensor.at(0);
}

} // namespace

Graph::Graph(Program program)
    : m_program(std::move(program))
    , m_producer(producers(m_program))
    , m_users(m_program.values.size())
    , m_uses(useCounts(m_program))
    , m_replaced(m_program.values.size())
    , m_alive(m_program.instructions.size(), true)
    , m_place(m_program.instructions.size())
    , m_splats(m_program.values.size())
    , m_queued(m_program.instructions.size(), false)
{
    m_instructions.assign(std::make_move_iterator(m_program.instructions.begin()),
                          std::make_move_iterator(m_program.instructions.end()));
    m_program.instructions.clear();
    std::iota(m_replaced.begin(), m_replaced.end(), 0);
    std::iota(m_place.begin(), m_place.end(), 0);
    for (std::int32_t i = 0; i < instructionCount(); ++i) {
        for (const ValueId id : instruction(i).inputs)
            m_users[at(id)].push_back(i);
        m_known.add(instruction(i), i);
        enqueue(i);
    }
}

ValueId Graph::current(ValueId id) const
{
    while (m_replaced[at(id)] != id)
        id = m_replaced[at(id)];
    return id;
}

const Instruction *Graph::producer(ValueId id) const
{
    const std::int32_t index = m_producer[at(id)];
    return index < 0 ? nullptr : &instruction(index);
}

const Instruction *Graph::producer(ValueId id, std::string_view op) const
{
    const Instruction *in = producer(id);
    return in && in->op->name == op ? in : nullptr;
}

std::vector<std::int32_t> Graph::users(ValueId id)
{
    std::vector<std::int32_t> found;
    for (const std::int32_t index : m_users[at(id)]) {
        const auto &inputs = instruction(index).inputs;
        if (isAlive(index) && std::find(inputs.begin(), inputs.end(), id) != inputs.end())
            found.push_back(index);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    m_users[at(id)] = found; // or a value in a long chain of rewrites would carry all its past users
    return found;
}

std::optional<double> Graph::splat(ValueId id)
{
    auto &cached = m_splats[at(id)];
    if (cached)
        return *cached;
    std::optional<double> value;
    if (const Instruction *in = producer(id)) {
        if (in->op->name == "constant")
            value = splatOf(in->attrs.tensor("value"));
        else if (in->op->name == "broadcast_to" || in->op->name == "reshape")
            value = splat(in->inputs[0]);
    }
    m_splats[at(id)] = value;
    return value;
}

ValueId Graph::emit(std::string_view op, std::vector<ValueId> inputs, Attrs attrs)
{
    const std::vector<ValueId> outputs = emitAll(op, std::move(inputs), std::move(attrs));
    return outputs.empty() ? kNoValue : outputs[0];
}

std::vector<ValueId> Graph::emitAll(std::string_view opName, std::vector<ValueId> inputs, Attrs attrs)
{
    const Op &op = espalier::op(opName);
    std::vector<TensorType> types;
    for (const ValueId id : inputs) {
        if (id == kNoValue)
            return {}; // an operand did not fit
        types.push_back(type(id));
    }
    auto full = completeAttrs(op, attrs);
    if (!full)
        return {};
    auto inferred = inferTypes(op, *full, types);
    if (!inferred)
        return {};
    Instruction in{&op, std::move(*full), std::move(inputs), {}, {}, {}};
    const std::int32_t known = m_known.find(in, [&](std::int32_t i) { return &instruction(i); });
    if (known >= 0)
        return instruction(known).outputs;
    const std::int32_t index = instructionCount();
    if (m_root < index)
        in.origin = instruction(m_root).origin;
    for (TensorType &t : *inferred) {
        in.outputs.push_back(static_cast<ValueId>(m_program.values.size()));
        m_program.values.push_back({std::move(t)});
        m_producer.push_back(index);
        m_users.emplace_back();
        m_uses.push_back(0);
        m_replaced.push_back(in.outputs.back());
        m_splats.emplace_back();
    }
    for (const ValueId id : in.inputs) {
        m_users[at(id)].push_back(index);
        ++m_uses[at(id)];
    }
    m_known.add(in, index);
    m_alive.push_back(true);
    m_place.push_back(m_root < index ? m_place[at(m_root)] : 0);
    m_queued.push_back(false);
    std::vector<ValueId> outputs = in.outputs;
    m_instructions.push_back(std::move(in));
    enqueue(index);
    return outputs;
}

ValueId Graph::number(double value, DType dtype)
{
    Tensor tensor(dtype, {});
    tensor.set(0, value);
    return emit("constant", {}, {{"value", tensor}});
}

ValueId Graph::fit(ValueId id, const Shape &target)
{
    if (id == kNoValue || shape(id) == target)
        return id;
    return emit("broadcast_to", {id}, {{"shape", target}});
}

bool Graph::replace(ValueId from, ValueId to)
{
    if (from == to || to == kNoValue || !(type(from) == type(to)))
        return false;
    ESPALIER_ASSERT(current(from) == from && current(to) == to, "a value was replaced before");
    for (const std::int32_t index : users(from)) {
        Instruction &in = m_instructions[at(index)];
        m_known.remove(in, index);
        for (ValueId &input : in.inputs) {
            if (input != from)
                continue;
            input = to;
            ++m_uses[at(to)];
            --m_uses[at(from)];
        }
        m_users[at(to)].push_back(index);
        m_known.add(in, index);
        enqueue(index);
    }
    m_uses[at(to)] += m_uses[at(from)]; // outputs, observations and final states
    m_uses[at(from)] = 0;
    m_replaced[at(from)] = to;
    release(from);
    return true;
}

/// Drops what nothing uses any more, and looks again at the neighbours of what was dropped.
void Graph::release(ValueId id)
{
    std::vector<ValueId> pending{id};
    while (!pending.empty()) {
        const ValueId value = pending.back();
        pending.pop_back();
        const std::int32_t index = m_producer[at(value)];
        if (uses(value) > 0) {
            if (usedOnce(value))
                for (const std::int32_t user : users(value))
                    enqueue(user);
            continue;
        }
        if (index < 0 || !isAlive(index))
            continue;
        const Instruction &in = instruction(index);
        if (std::any_of(in.outputs.begin(), in.outputs.end(), [&](ValueId o) { return uses(o) > 0; }))
            continue;
        m_alive[at(index)] = false;
        m_known.remove(in, index);
        for (const ValueId input : in.inputs) {
            --m_uses[at(input)];
            pending.push_back(input);
        }
    }
}

bool Graph::mergeWithTwin(std::int32_t index)
{
    const std::int32_t twin
        = m_known.find(instruction(index), [&](std::int32_t i) { return i < index ? &instruction(i) : nullptr; });
    if (twin < 0)
        return false;
    for (std::size_t i = 0; i < instruction(index).outputs.size(); ++i)
        replace(instruction(index).outputs[i], instruction(twin).outputs[i]);
    return true;
}

void Graph::discardUnused(std::int32_t mark)
{
    for (std::int32_t i = instructionCount(); i-- > mark;) {
        const std::vector<ValueId> outputs = instruction(i).outputs;
        if (isAlive(i) && std::all_of(outputs.begin(), outputs.end(), [&](ValueId o) { return uses(o) == 0; }))
            release(outputs[0]);
    }
}

void Graph::enqueue(std::int32_t index)
{
    if (m_queued[at(index)])
        return;
    m_queued[at(index)] = true;
    m_queue.emplace(m_place[at(index)], index);
}

std::int32_t Graph::next()
{
    while (!m_queue.empty()) {
        const std::int32_t index = m_queue.top().second;
        m_queue.pop();
        m_queued[at(index)] = false;
        if (isAlive(index)) {
            m_root = index;
            return index;
        }
    }
    return -1;
}

Program Graph::finish()
{
    std::vector<std::int32_t> order;
    for (std::int32_t i = 0; i < instructionCount(); ++i)
        if (isAlive(i))
            order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return m_place[at(a)] < m_place[at(b)]; });

    Program out;
    out.name = std::move(m_program.name);
    std::vector<ValueId> renamed(m_program.values.size(), kNoValue);
    const auto define = [&](ValueId id) {
        renamed[at(id)] = static_cast<ValueId>(out.values.size());
        out.values.push_back(m_program.values[at(id)]);
        return renamed[at(id)];
    };
    for (const ProgramInput &input : m_program.inputs)
        out.inputs.push_back({input.name, define(input.value)});
    for (const ProgramState &state : m_program.states)
        out.states.push_back({state.path, define(state.value), kNoValue});

    std::vector<bool> placed(m_instructions.size(), false);
    std::vector<std::int32_t> stack;
    for (const std::int32_t first : order) {
        stack.push_back(first);
        while (!stack.empty()) { // producers first: a rewrite may use what stood later
            const std::int32_t index = stack.back();
            if (placed[at(index)]) {
                stack.pop_back();
                continue;
            }
            const std::size_t before = stack.size();
            Instruction &in = m_instructions[at(index)];
            for (const ValueId id : in.inputs)
                if (m_producer[at(id)] >= 0 && !placed[at(m_producer[at(id)])])
                    stack.push_back(m_producer[at(id)]);
            if (stack.size() > before)
                continue;
            stack.pop_back();
            placed[at(index)] = true;
            for (ValueId &id : in.inputs)
                id = renamed[at(id)];
            for (ValueId &id : in.outputs)
                id = define(id);
            out.instructions.push_back(std::move(in));
        }
    }
    const auto final = [&](ValueId id) { return renamed[at(current(id))]; };
    for (const ProgramOutput &o : m_program.outputs)
        out.outputs.push_back({o.name, final(o.value)});
    for (const ProgramOutput &o : m_program.observations)
        out.observations.push_back({o.name, final(o.value)});
    for (std::size_t i = 0; i < out.states.size(); ++i)
        out.states[i].finalValue = final(m_program.states[i].finalValue);
    return out;
}

} // namespace espalier
