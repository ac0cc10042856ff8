// SPDX-License-Identifier: Apache-2.0
#include "engine/program/passes/hash_cons.h"
#include "engine/program/passes/rule.h"

#include <algorithm>
#include <numeric>

namespace espalier {

Program merge(const Program &program)
{
    Program out = withBodies(program, merge);
    std::vector<ValueId> same(out.values.size());
    std::iota(same.begin(), same.end(), 0);
    const auto use = [&](ValueId id) { return same[static_cast<std::size_t>(id)]; };
    HashCons known;
    std::vector<Instruction> kept;
    for (Instruction &in : out.instructions) {
        std::transform(in.inputs.begin(), in.inputs.end(), in.inputs.begin(), use);
        const std::int32_t twin = known.find(in, [&](std::int32_t i) { return &kept[static_cast<std::size_t>(i)]; });
        if (twin < 0) {
            known.add(in, static_cast<std::int32_t>(kept.size()));
            kept.push_back(std::move(in));
            continue;
        }
        const auto &outputs = kept[static_cast<std::size_t>(twin)].outputs;
        for (std::size_t i = 0; i < in.outputs.size(); ++i)
            same[static_cast<std::size_t>(in.outputs[i])] = outputs[i];
    }
    out.instructions = std::move(kept);
    for (ProgramOutput &o : out.outputs)
        o.value = use(o.value);
    for (ProgramOutput &o : out.observations)
        o.value = use(o.value);
    for (ProgramState &state : out.states)
        state.finalValue = use(state.finalValue);
    return eliminateDead(out);
}

} // namespace espalier
