// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/builder.h"

#include "engine/base/assert.h"

#include <algorithm>

namespace espalier {

ValueId Builder::newValue(TensorType type)
{
    m_program.values.push_back({std::move(type)});
    return static_cast<ValueId>(m_program.values.size() - 1);
}

ValueId Builder::input(std::string_view name, TensorType type)
{
    const ValueId id = newValue(std::move(type));
    m_program.inputs.push_back({std::string(name), id});
    return id;
}

ValueId Builder::state(std::string_view path, TensorType type)
{
    const ValueId id = newValue(std::move(type));
    m_program.states.push_back({std::string(path), id, id});
    return id;
}

void Builder::setFinal(std::string_view path, ValueId value)
{
    const auto found = std::find_if(m_program.states.begin(), m_program.states.end(),
                                    [&](const ProgramState &s) { return s.path == path; });
    ESPALIER_ASSERT(found != m_program.states.end(), "no such state");
    found->finalValue = value;
}

void Builder::output(std::string_view name, ValueId value)
{
    m_program.outputs.push_back({std::string(name), value});
}

void Builder::observe(std::string_view tag, ValueId value)
{
    m_program.observations.push_back({std::string(tag), value});
}

ValueId Builder::emit(std::string_view op, std::vector<ValueId> inputs, Attrs attrs)
{
    return emitAll(op, std::move(inputs), std::move(attrs)).front();
}

std::vector<ValueId> Builder::emitAll(std::string_view name, std::vector<ValueId> inputs, Attrs attrs,
                                      std::vector<std::shared_ptr<const Program>> bodies)
{
    const Op &op = espalier::op(name);
    std::vector<TensorType> types;
    types.reserve(inputs.size());
    for (const ValueId id : inputs) {
        ESPALIER_ASSERT(id >= 0 && static_cast<std::size_t>(id) < m_program.values.size(), "an input is no value");
        types.push_back(type(id));
    }
    Instruction instruction{&op, attrs, std::move(inputs), {}, std::move(bodies), m_origin};
    if (auto full = completeAttrs(op, attrs))
        instruction.attrs = std::move(*full);
    auto inferred = inferTypes(op, attrs, types, instruction.bodies);
    if (!inferred) {
        m_errors.push_back(std::move(inferred).error());
        inferred = std::vector<TensorType>(outputCount(op, instruction.bodies));
    }
    for (TensorType &t : *inferred)
        instruction.outputs.push_back(newValue(std::move(t)));
    std::vector<ValueId> outputs = instruction.outputs;
    m_program.instructions.push_back(std::move(instruction));
    return outputs;
}

ValueId Builder::constant(Tensor value)
{
    return emit("constant", {}, {{"value", std::move(value)}});
}

ValueId Builder::literal(double value, ValueId like)
{
    const DType dtype = this->dtype(like) == DType::Unknown ? DType::Float32 : this->dtype(like);
    Tensor t(dtype, {});
    t.set(0, value);
    return constant(std::move(t));
}

ValueId Builder::zerosLike(ValueId like)
{
    return broadcastTo(literal(0, like), shape(like));
}

ValueId Builder::reduceSum(ValueId x, std::vector<std::int64_t> axes, bool keepdims)
{
    return emit("reduce_sum", {x}, {{"axes", std::move(axes)}, {"keepdims", keepdims}});
}

ValueId Builder::sumTo(ValueId x, const Shape &target)
{
    const Shape &from = shape(x);
    if (from == target || !from.hasRank() || !target.hasRank())
        return x;
    const int extra = from.rank() - target.rank();
    std::vector<std::int64_t> axes;
    for (int i = 0; i < from.rank(); ++i)
        if (i < extra || (target[i - extra].isConstant(1) && !from[i].isConstant(1)))
            axes.push_back(i);
    const ValueId sum = axes.empty() ? x : reduceSum(x, std::move(axes), true);
    return shape(sum) == target ? sum : reshape(sum, target);
}

ValueId Builder::broadcastTo(ValueId x, const Shape &target)
{
    return shape(x) == target ? x : emit("broadcast_to", {x}, {{"shape", target}});
}

ValueId Builder::cast(ValueId x, DType target)
{
    return dtype(x) == target ? x : emit("cast", {x}, {{"dtype", target}});
}

std::vector<ValueId> Builder::inlineProgram(const Program &body, std::span<const ValueId> inputs)
{
    ESPALIER_ASSERT(inputs.size() == body.inputs.size() && body.states.empty(), "the body does not fit its inputs");
    std::vector<ValueId> map(body.values.size(), kNoValue);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        map[static_cast<std::size_t>(body.inputs[i].value)] = inputs[i];
    for (const Instruction &in : body.instructions) {
        std::vector<ValueId> mapped;
        for (const ValueId id : in.inputs)
            mapped.push_back(map[static_cast<std::size_t>(id)]);
        const auto outputs = emitAll(in.op->name, std::move(mapped), in.attrs, in.bodies);
        for (std::size_t i = 0; i < outputs.size(); ++i)
            map[static_cast<std::size_t>(in.outputs[i])] = outputs[i];
    }
    std::vector<ValueId> results;
    for (const ProgramOutput &out : body.outputs)
        results.push_back(map[static_cast<std::size_t>(out.value)]);
    return results;
}

} // namespace espalier
