// SPDX-License-Identifier: Apache-2.0
// What tests of passes share: programs from one line, programs as one line, values by the reference.
#pragma once

#include "engine/backends/reference/interpreter.h"
#include "engine/ops/attr_text.h"
#include "engine/ops/op.h"
#include "engine/ops/program.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace espalier::test {

/// Names that the one-line programs may use.
inline const char *const kDeclarations = R"(
  input x : float32[2, 3]
  input y : float32[2, 3]
  input z : float32[3]
  input s : float32[]
  input u : float32[1, 3]
  input v : float32[3, 4]
  input w : float32[4, 3]
  input h : float32[5, 2, 3]
  input t : int64[2]
  input i : int64[2, 3]
  input j : int32[2, 3]
  input p : bool[2, 3]
  input q : bool[2, 3]
  input k : int64[2, 3]
  input t3 : int64[3]
  input t10 : int64[10]
  input n : bfloat16[2, 3]
  loss, chances = softmax_cross_entropy(x, t)
)";

inline Program parsed(const std::string &text)
{
    auto program = parseProgram(text);
    if (!program)
        qFatal("%s\n%s", program.error().message().c_str(), text.c_str());
    return std::move(*program);
}

/// The program whose one output is the expression.
inline Program expressionProgram(const std::string &expression)
{
    return parsed(kDeclarations + std::string("  output r = ") + expression + "\n");
}

inline std::string expression(const Program &program, ValueId id)
{
    for (const ProgramInput &input : program.inputs)
        if (input.value == id)
            return input.name;
    for (const ProgramState &state : program.states)
        if (state.value == id)
            return state.path;
    const auto made = producers(program)[static_cast<std::size_t>(id)];
    const Instruction &in = program.instructions[static_cast<std::size_t>(made)];
    if (in.op->name == "constant" && in.attrs.tensor("value").rank() == 0)
        return in.attrs.tensor("value").toString() + std::string(name(in.attrs.tensor("value").dtype()));
    std::string text(in.op->name);
    if (in.outputs.size() > 1)
        text += "." + std::to_string(std::find(in.outputs.begin(), in.outputs.end(), id) - in.outputs.begin());
    std::string operands;
    for (const ValueId input : in.inputs)
        operands += (operands.empty() ? "" : ", ") + expression(program, input);
    std::string attrs;
    for (const auto &[key, value] : in.attrs.all())
        attrs += (attrs.empty() ? "; " : ", ") + key + "=" + attrText(value);
    return text + "(" + operands + attrs + ")";
}

/// All outputs, observations and final states.
inline std::string expression(const Program &program)
{
    std::string text;
    const auto line = [&](const std::string &name, ValueId id) {
        text += (text.empty() ? "" : "\n") + name + " = " + expression(program, id);
    };
    for (const ProgramOutput &out : program.outputs)
        line(out.name, out.value);
    for (const ProgramOutput &out : program.observations)
        line(out.name, out.value);
    for (const ProgramState &state : program.states)
        line(state.path, state.finalValue);
    return text;
}

/// The same program with another floating type.
inline Program withFloat64(Program program)
{
    for (Value &value : program.values)
        if (value.type.dtype == DType::Float32)
            value.type.dtype = DType::Float64;
    for (Instruction &in : program.instructions) {
        const Attrs before = in.attrs;
        for (const auto &[key, value] : before.all()) {
            if (const auto *dtype = std::get_if<DType>(&value); dtype && *dtype == DType::Float32)
                in.attrs.set(key, DType::Float64);
            if (const auto *tensor = std::get_if<Tensor>(&value); tensor && tensor->dtype() == DType::Float32)
                in.attrs.set(key, tensor->cast(DType::Float64));
        }
    }
    return program;
}

enum class Values { Ordinary, Special };

/// A tensor of that type: numbers around 0, or also zeros, large ones and infinities. Integers are small, with some
/// outside 0..2 among the special ones.
inline Tensor randomTensor(const TensorType &type, std::mt19937 &random, Values values)
{
    const double inf = std::numeric_limits<double>::infinity();
    const std::vector<double> special{0, -0.0, 1, -1, 0.5, 20, -20, 90, -90, 1e4, -1e4, 1e30, -1e30, 1e-30, inf, -inf};
    Tensor tensor(type.dtype, type.shape.concrete());
    for (std::int64_t k = 0; k < tensor.elements(); ++k) {
        if (type.dtype == DType::Bool)
            tensor.set(k, static_cast<double>(random() % 2));
        else if (isInteger(type.dtype))
            tensor.set(k,
                       values == Values::Special ? static_cast<double>(random() % 7) - 3
                                                 : static_cast<double>(random() % 3));
        else if (values == Values::Special && random() % 2 == 0)
            tensor.set(k, special[random() % special.size()]);
        else
            tensor.set(k, std::normal_distribution<double>(0, 1.5)(random));
    }
    return tensor;
}

inline std::vector<Tensor> randomInputs(const Program &program, std::mt19937 &random, Values values)
{
    std::vector<Tensor> tensors;
    for (const ProgramInput &input : program.inputs)
        tensors.push_back(randomTensor(program.type(input.value), random, values));
    return tensors;
}

inline std::vector<Tensor> castTo(std::vector<Tensor> tensors, DType from, DType to)
{
    for (Tensor &tensor : tensors)
        if (tensor.dtype() == from)
            tensor = tensor.cast(to);
    return tensors;
}

inline Interpretation run(const Program &program, const std::vector<Tensor> &inputs,
                          const std::vector<Tensor> &states = {})
{
    auto result = interpret(program, inputs, states);
    if (!result)
        qFatal("%s\n%s", result.error().message().c_str(), print(program).c_str());
    return std::move(*result);
}

inline bool near(double a, double b, double relative, double absolute)
{
    return a == b || std::abs(a - b) <= absolute + relative * std::max(std::abs(a), std::abs(b));
}

} // namespace espalier::test
