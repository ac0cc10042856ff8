// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/autodiff.h"

#include "engine/base/assert.h"

#include <algorithm>
#include <memory>

namespace espalier {
namespace {

/// Marks values that depend on any of `wrt` and are not cut off by `stops`.
std::vector<bool> dependsOn(const Program &program, std::span<const ValueId> wrt, std::span<const ValueId> stops)
{
    std::vector<bool> marked(program.values.size(), false);
    for (const ValueId id : wrt)
        marked[static_cast<std::size_t>(id)] = true;
    for (const Instruction &in : program.instructions) {
        const bool any = std::any_of(in.inputs.begin(), in.inputs.end(),
                                     [&](ValueId id) { return marked[static_cast<std::size_t>(id)]; });
        if (!any || !in.op->traits.differentiable || !in.op->gradient)
            continue;
        for (const ValueId id : in.outputs)
            marked[static_cast<std::size_t>(id)]
                = isFloating(program.type(id).dtype) && std::find(stops.begin(), stops.end(), id) == stops.end();
    }
    return marked;
}

} // namespace

std::vector<ValueId> backpropagate(Builder &builder, std::span<const ValueId> outputs, std::span<const ValueId> seeds,
                                   std::span<const ValueId> wrt, std::span<const ValueId> stops)
{
    ESPALIER_ASSERT(outputs.size() == seeds.size(), "one seed for each output");
    const std::size_t instructionCount = builder.program().instructions.size();
    const std::vector<bool> wanted = dependsOn(builder.program(), wrt, stops);
    std::vector<ValueId> gradient(builder.program().values.size(), kNoValue);
    const auto accumulate = [&](ValueId of, ValueId part) {
        ValueId &sum = gradient[static_cast<std::size_t>(of)];
        sum = sum == kNoValue ? part : builder.add(sum, part);
    };
    for (std::size_t i = 0; i < outputs.size(); ++i)
        if (seeds[i] != kNoValue && wanted[static_cast<std::size_t>(outputs[i])])
            accumulate(outputs[i], seeds[i]);

    const std::string origin = builder.origin();
    for (std::size_t at = instructionCount; at-- > 0;) {
        const Instruction in = builder.program().instructions[at]; // a copy: the rule appends to the list
        std::vector<ValueId> incoming;
        for (const ValueId id : in.outputs)
            incoming.push_back(gradient[static_cast<std::size_t>(id)]);
        const bool reached = std::any_of(incoming.begin(), incoming.end(), [](ValueId g) { return g != kNoValue; });
        const auto needed = std::make_unique<bool[]>(in.inputs.size());
        bool any = false;
        for (std::size_t i = 0; i < in.inputs.size(); ++i)
            any |= needed[i] = wanted[static_cast<std::size_t>(in.inputs[i])];
        if (!reached || !any || !in.op->gradient)
            continue;
        builder.setOrigin(in.origin);
        const auto parts = in.op->gradient({builder, in.attrs, in.inputs, in.outputs, incoming,
                                            std::span<const bool>(needed.get(), in.inputs.size()), in.bodies});
        ESPALIER_ASSERT(parts.size() == in.inputs.size(), "a gradient rule answers for each input");
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (needed[i] && parts[i] != kNoValue)
                accumulate(in.inputs[i], parts[i]);
    }
    builder.setOrigin(origin);
    std::vector<ValueId> results;
    for (const ValueId id : wrt)
        results.push_back(gradient[static_cast<std::size_t>(id)]);
    return results;
}

} // namespace espalier
