// SPDX-License-Identifier: Apache-2.0
#include "tests/support/run_program.h"

namespace espalier::test {

Result<RunResult> runOnBackend(Backend &backend, const Program &program, std::span<const Tensor> inputs,
                               std::span<const Tensor> states, const CompileOptions &options)
{
    StateStore store(backend);
    for (std::size_t i = 0; i < states.size(); ++i)
        store.declare(program.states[i].path, program.type(program.states[i].value));
    auto arena = std::make_shared<Arena>(backend);
    ESPALIER_TRY(const auto executable, compile(program, backend, store, arena, options));
    for (std::size_t i = 0; i < states.size(); ++i)
        ESPALIER_CHECK(store.write(program.states[i].path, states[i]));
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (executable->hasInput(program.inputs[i].name))
            executable->setInput(program.inputs[i].name, inputs[i]);
    executable->run();
    RunResult result;
    for (const ProgramOutput &output : program.outputs)
        result.outputs.push_back(executable->output(output.name));
    for (const ProgramState &state : program.states) {
        ESPALIER_TRY(Tensor value, store.read(state.path));
        result.states.push_back(std::move(value));
    }
    result.kernels = executable->audit();
    return result;
}

} // namespace espalier::test
