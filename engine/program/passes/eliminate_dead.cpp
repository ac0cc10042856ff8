// SPDX-License-Identifier: Apache-2.0
#include "engine/program/passes/rule.h"

#include <algorithm>

namespace espalier {
namespace {

std::vector<bool> liveInstructions(const Program &program)
{
    std::vector<bool> needed(program.values.size(), false);
    const auto need = [&](ValueId id) { needed[static_cast<std::size_t>(id)] = true; };
    for (const ProgramOutput &out : program.outputs)
        need(out.value);
    for (const ProgramOutput &out : program.observations)
        need(out.value);
    for (const ProgramState &state : program.states)
        need(state.finalValue);
    std::vector<bool> live(program.instructions.size(), false);
    for (std::size_t i = program.instructions.size(); i-- > 0;) {
        const Instruction &in = program.instructions[i];
        live[i] = std::any_of(in.outputs.begin(), in.outputs.end(),
                              [&](ValueId id) { return needed[static_cast<std::size_t>(id)]; });
        if (live[i])
            std::for_each(in.inputs.begin(), in.inputs.end(), need);
    }
    return live;
}

} // namespace

Program eliminateDead(const Program &program)
{
    const std::vector<bool> live = liveInstructions(program);
    std::vector<ValueId> renamed(program.values.size(), kNoValue);
    Program out;
    out.name = program.name;
    const auto define = [&](ValueId id) {
        renamed[static_cast<std::size_t>(id)] = static_cast<ValueId>(out.values.size());
        out.values.push_back(program.values[static_cast<std::size_t>(id)]);
        return static_cast<ValueId>(out.values.size() - 1);
    };
    const auto use = [&](ValueId id) { return renamed[static_cast<std::size_t>(id)]; };
    for (const ProgramInput &input : program.inputs)
        out.inputs.push_back({input.name, define(input.value)});
    for (const ProgramState &state : program.states)
        out.states.push_back({state.path, define(state.value), kNoValue});
    for (std::size_t i = 0; i < program.instructions.size(); ++i) {
        if (!live[i])
            continue;
        Instruction in = program.instructions[i];
        std::transform(in.inputs.begin(), in.inputs.end(), in.inputs.begin(), use);
        std::transform(in.outputs.begin(), in.outputs.end(), in.outputs.begin(), define);
        out.instructions.push_back(std::move(in));
    }
    for (const ProgramOutput &o : program.outputs)
        out.outputs.push_back({o.name, use(o.value)});
    for (const ProgramOutput &o : program.observations)
        out.observations.push_back({o.name, use(o.value)});
    for (std::size_t i = 0; i < out.states.size(); ++i)
        out.states[i].finalValue = use(program.states[i].finalValue);
    return withBodies(std::move(out), eliminateDead);
}

} // namespace espalier
