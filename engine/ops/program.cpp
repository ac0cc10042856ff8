// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/program.h"

#include "engine/ops/op.h"

#include <algorithm>

namespace espalier {

std::vector<std::int32_t> producers(const Program &program)
{
    std::vector<std::int32_t> made(program.values.size(), -1);
    for (std::size_t i = 0; i < program.instructions.size(); ++i)
        for (const ValueId id : program.instructions[i].outputs)
            made[static_cast<std::size_t>(id)] = static_cast<std::int32_t>(i);
    return made;
}

std::vector<std::int32_t> useCounts(const Program &program)
{
    std::vector<std::int32_t> uses(program.values.size(), 0);
    const auto use = [&](ValueId id) { ++uses[static_cast<std::size_t>(id)]; };
    for (const Instruction &in : program.instructions)
        std::for_each(in.inputs.begin(), in.inputs.end(), use);
    for (const ProgramOutput &out : program.outputs)
        use(out.value);
    for (const ProgramOutput &out : program.observations)
        use(out.value);
    for (const ProgramState &state : program.states)
        use(state.finalValue);
    return uses;
}

Program bind(const Program &program, const Bindings &bindings)
{
    Program bound = program;
    for (Value &value : bound.values)
        value.type.shape = value.type.shape.bind(bindings);
    for (Instruction &in : bound.instructions) {
        Attrs attrs;
        for (const auto &[name, value] : in.attrs.all()) {
            const auto *shape = std::get_if<Shape>(&value);
            attrs.set(name, shape ? AttrValue(shape->bind(bindings)) : value);
        }
        in.attrs = std::move(attrs);
        for (auto &body : in.bodies)
            body = std::make_shared<const Program>(bind(*body, bindings));
    }
    return bound;
}

std::string verify(const Program &program)
{
    std::vector<bool> defined(program.values.size(), false);
    const auto known = [&](ValueId id) {
        return id >= 0 && static_cast<std::size_t>(id) < defined.size() && defined[static_cast<std::size_t>(id)];
    };
    for (const ProgramInput &input : program.inputs)
        defined[static_cast<std::size_t>(input.value)] = true;
    for (const ProgramState &state : program.states)
        defined[static_cast<std::size_t>(state.value)] = true;
    for (const Instruction &in : program.instructions) {
        std::vector<TensorType> types;
        for (const ValueId id : in.inputs) {
            if (!known(id))
                return std::string(in.op->name) + " uses %" + std::to_string(id) + " before it is defined";
            types.push_back(program.type(id));
        }
        const auto inferred = inferTypes(*in.op, in.attrs, types, in.bodies);
        if (!inferred)
            return std::string(in.op->name) + ": " + inferred.error().message();
        if (inferred->size() != in.outputs.size())
            return std::string(in.op->name) + " has the wrong number of outputs";
        for (std::size_t i = 0; i < in.outputs.size(); ++i) {
            if (!((*inferred)[i] == program.type(in.outputs[i])))
                return std::string(in.op->name) + " gives " + (*inferred)[i].toString() + ", the program says "
                    + program.type(in.outputs[i]).toString();
            if (known(in.outputs[i]))
                return "%" + std::to_string(in.outputs[i]) + " is defined twice";
            defined[static_cast<std::size_t>(in.outputs[i])] = true;
        }
    }
    for (const ProgramOutput &out : program.outputs)
        if (!known(out.value))
            return "output " + out.name + " is not defined";
    for (const ProgramState &state : program.states)
        if (!known(state.finalValue) || !(program.type(state.finalValue) == program.type(state.value)))
            return "state " + state.path + " ends undefined or with another type";
    return {};
}

} // namespace espalier
