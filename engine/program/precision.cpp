// SPDX-License-Identifier: Apache-2.0
#include "engine/program/precision.h"

#include "engine/ops/builder.h"
#include "engine/program/passes/rule.h"

#include <algorithm>
#include <array>

namespace espalier {
namespace {

bool isHeavy(const Instruction &in)
{
    constexpr std::array<std::string_view, 4> names{"matmul", "conv2d", "conv2d_backward_data",
                                                    "conv2d_backward_weights"};
    return std::find(names.begin(), names.end(), in.op->name) != names.end();
}

} // namespace

Program toMixedPrecision(const Program &program)
{
    Builder builder;
    std::vector<ValueId> map(program.values.size(), kNoValue);
    const auto at = [&](ValueId id) -> ValueId & { return map[static_cast<std::size_t>(id)]; };
    for (const ProgramInput &input : program.inputs)
        at(input.value) = builder.input(input.name, program.type(input.value));
    for (const ProgramState &state : program.states)
        at(state.value) = builder.state(state.path, program.type(state.value));
    for (const Instruction &in : withBodies(program, toMixedPrecision).instructions) {
        builder.setOrigin(in.origin);
        std::vector<ValueId> inputs;
        for (const ValueId id : in.inputs) {
            const bool lower = isHeavy(in) && program.type(id).dtype == DType::Float32;
            inputs.push_back(lower ? builder.cast(at(id), DType::BFloat16) : at(id));
        }
        const std::vector<ValueId> outputs = builder.emitAll(in.op->name, std::move(inputs), in.attrs, in.bodies);
        for (std::size_t i = 0; i < outputs.size(); ++i)
            at(in.outputs[i]) = builder.cast(outputs[i], program.type(in.outputs[i]).dtype);
    }
    for (const ProgramOutput &out : program.outputs)
        builder.output(out.name, at(out.value));
    for (const ProgramOutput &out : program.observations)
        builder.observe(out.name, at(out.value));
    Program mixed = builder.take();
    mixed.name = program.name;
    for (std::size_t i = 0; i < program.states.size(); ++i)
        mixed.states[i].finalValue = at(program.states[i].finalValue);
    return merge(mixed); // one cast for all uses
}

} // namespace espalier
