// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/reference/interpreter.h"

#include "engine/backends/reference/evaluate.h"
#include "engine/backends/reference/kernels.h"

#include <algorithm>
#include <new>

namespace espalier {
namespace {

using Values = std::vector<Tensor>;

Result<void> setValue(const Program &program, Values &values, ValueId id, const std::string &name, const Tensor &tensor)
{
    if (!(tensor.type() == program.type(id)))
        return fail("interpret.type", "{0} must be {1}, got {2}.", name, typeArg(program.type(id)),
                    typeArg(tensor.type()));
    values[static_cast<std::size_t>(id)] = tensor;
    return {};
}

Result<void> setInputs(const Program &program, Values &values, std::span<const Tensor> inputs,
                       std::span<const Tensor> states)
{
    if (inputs.size() != program.inputs.size() || states.size() != program.states.size())
        return fail("interpret.count", "The program takes {0} inputs and {1} states, got {2} and {3}.",
                    program.inputs.size(), program.states.size(), inputs.size(), states.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
        ESPALIER_CHECK(setValue(program, values, program.inputs[i].value, program.inputs[i].name, inputs[i]));
    for (std::size_t i = 0; i < states.size(); ++i)
        ESPALIER_CHECK(setValue(program, values, program.states[i].value, program.states[i].path, states[i]));
    return {};
}

Result<void> checkRunnable(const Program &program)
{
    for (const Instruction &in : program.instructions) {
        if (!findReferenceKernel(in.op->name))
            return fail("interpret.op", "The reference has no kernel for the op {0}.", in.op->name);
        for (const ValueId id : in.outputs)
            if (program.type(id).isUnknown() || !program.type(id).shape.isConcrete())
                return fail("interpret.unbound", "The op {0} gives {1}: give its symbols a size first.", in.op->name,
                            typeArg(program.type(id)));
    }
    return {};
}

std::vector<Tensor> collect(const Values &values, const std::vector<ProgramOutput> &which)
{
    std::vector<Tensor> out;
    out.reserve(which.size());
    for (const ProgramOutput &output : which)
        out.push_back(values[static_cast<std::size_t>(output.value)]);
    return out;
}

void run(const Program &program, Values &values)
{
    std::vector<std::int32_t> uses = useCounts(program);
    std::vector<Tensor> inputs;
    for (const Instruction &in : program.instructions) {
        inputs.clear();
        for (const ValueId id : in.inputs)
            inputs.push_back(values[static_cast<std::size_t>(id)]);
        std::vector<Tensor> outputs = evaluateInstruction(program, in, inputs);
        for (std::size_t i = 0; i < outputs.size(); ++i)
            values[static_cast<std::size_t>(in.outputs[i])] = std::move(outputs[i]);
        for (const ValueId id : in.inputs)
            if (--uses[static_cast<std::size_t>(id)] == 0)
                values[static_cast<std::size_t>(id)] = {}; // memory stays near that of what is alive
    }
}

} // namespace

Result<Interpretation> interpret(const Program &program, std::span<const Tensor> inputs, std::span<const Tensor> states)
{
    Values values(program.values.size());
    ESPALIER_CHECK(setInputs(program, values, inputs, states));
    ESPALIER_CHECK(checkRunnable(program));
    try {
        run(program, values);
    } catch (const std::bad_alloc &) {
        return fail("interpret.memory", "There is too little memory to compute this. Make its tensors smaller.");
    }
    Interpretation result;
    result.outputs = collect(values, program.outputs);
    result.observations = collect(values, program.observations);
    for (const ProgramState &state : program.states)
        result.states.push_back(values[static_cast<std::size_t>(state.finalValue)]);
    return result;
}

} // namespace espalier
