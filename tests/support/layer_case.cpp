// SPDX-License-Identifier: Apache-2.0
#include "tests/support/layer_case.h"

#include "engine/backends/reference/interpreter.h"
#include "engine/layers/initializer.h"
#include "tests/support/drawing.h"
#include "tests/support/op_case.h"

#include <cstdio>
#include <cstdlib>

namespace espalier::test {
namespace {

TensorType inputType(const CaseInput &in, DType floats)
{
    return {isFloating(in.dtype) ? floats : in.dtype, Shape(in.dims)};
}

Tensor valueOf(const CaseInput &in, DType floats, std::uint64_t seed)
{
    return randomTensor(inputType(in, floats), in.domain, in.bound, seed);
}

} // namespace

BuiltCase buildCase(const LayerKind &kind, const LayerCase &c, DType floats, Mode mode)
{
    BuiltCase built;
    Drawing d;
    d.node("layer", kind.id);
    JsonValue params = c.params.isObject() ? c.params : JsonValue::object();
    const bool makesFloats = kind.id == "Embedding" || (kind.id == "Formula" && c.inputs.empty());
    if (makesFloats && !params.has("dtype")) // no floating input says it
        params.set("dtype", name(floats));
    d.graph().nodes[0].params = completeParams(kind, params);
    const NodePorts ports = portsOf(kind, d.graph().nodes[0].params);
    LowerOptions options;
    options.mode = mode;
    options.everything = true;
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
        const std::string name = "in" + std::to_string(i);
        const std::size_t port = std::min(i, ports.inputs.size() - 1);
        d.node(name, "Input").wire(name + ".x", "layer." + ports.inputs[port].name);
        options.inputTypes.emplace(name, inputType(c.inputs[i], floats));
    }
    for (const NodePort &port : ports.outputs) {
        d.node("out_" + port.name, "Output").wire("layer." + port.name, "out_" + port.name + ".x");
        built.ports.push_back(port.name);
    }
    built.document = d.document;
    built.lowered = lower(built.document, options);
    built.program = built.lowered.program;
    return built;
}

std::vector<Tensor> inputsOf(const BuiltCase &built, const LayerCase &c, DType floats)
{
    std::vector<Tensor> values;
    for (const ProgramInput &input : built.program.inputs) {
        if (input.name == "seed" || input.name == "step") {
            values.push_back(Tensor::scalar<std::int64_t>(7));
            continue;
        }
        const auto index = static_cast<std::size_t>(std::stoi(input.name.substr(2)));
        const Tensor drawn = valueOf(c.inputs[index], DType::Float64, index + 1);
        values.push_back(isFloating(drawn.dtype()) ? drawn.cast(floats) : drawn);
    }
    return values;
}

std::vector<Tensor> statesOf(const BuiltCase &built)
{
    const Program initialise = initialiseProgram(built.lowered.states);
    const auto made = interpret(initialise, std::vector{Tensor::scalar<std::int64_t>(3)}, [&] {
        std::vector<Tensor> empty;
        for (const StateInfo &s : built.lowered.states)
            empty.emplace_back(s.type.dtype, s.type.shape.concrete());
        return empty;
    }());
    if (!made) {
        std::fprintf(stderr, "%s\n", made.error().message().c_str());
        std::abort();
    }
    std::vector<Tensor> states;
    for (std::size_t i = 0; i < made->states.size(); ++i) {
        Tensor moved = made->states[i].cast(DType::Float64).clone();
        const Tensor noise = randomTensor(moved.type(), Domain::Positive, 1, 100 + i);
        for (std::int64_t e = 0; e < moved.elements(); ++e)
            moved.set(e, moved.at(e) + 0.1 * noise.at(e));
        states.push_back(moved.cast(made->states[i].dtype()));
    }
    return states;
}

} // namespace espalier::test
