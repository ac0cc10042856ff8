// SPDX-License-Identifier: Apache-2.0
// A program: ops on abstract tensors in static single assignment form. Plain data; passes are functions
// Program -> Program. Ops are pure: a state is read as a value and has one final value.
#pragma once

#include "engine/ops/attrs.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace espalier {

struct Op;
struct Program;

using ValueId = std::int32_t; ///< index into Program::values
constexpr ValueId kNoValue = -1;

struct Value {
    TensorType type;
};

/// One application of an op. Instructions stand in an order in which every input is defined before its use.
struct Instruction {
    const Op *op = nullptr;
    Attrs attrs;
    std::vector<ValueId> inputs;
    std::vector<ValueId> outputs;
    std::vector<std::shared_ptr<const Program>> bodies; ///< sub-programs of scan
    std::string origin; ///< path of the node that it came from (ids joined by '/'): profiles, first NaN, random streams
};

struct ProgramInput {
    std::string name; ///< "x.image", "step", "seed", "rate"
    ValueId value = kNoValue;
};

/// A tensor that outlives the run of the program: weights, running statistics, optimizer slots.
struct ProgramState {
    std::string path; ///< key of the state store: node path + "." + name
    ValueId value = kNoValue; ///< as read at the start
    ValueId finalValue = kNoValue; ///< as left at the end; equal to `value` where it does not change
};

struct ProgramOutput {
    std::string name;
    ValueId value = kNoValue;
};

struct Program {
    std::string name;
    std::deque<Value> values; ///< a reference to one (type(), Builder::shape()) stays good when others are added
    std::vector<Instruction> instructions;
    std::vector<ProgramInput> inputs;
    std::vector<ProgramState> states;
    std::vector<ProgramOutput> outputs;
    /// Points that a person may watch, by tag; they survive every pass and can be asked for as outputs.
    std::vector<ProgramOutput> observations;

    const TensorType &type(ValueId id) const { return values[static_cast<std::size_t>(id)].type; }
};

/// For each value: index of the instruction that makes it, or -1 (input or state).
std::vector<std::int32_t> producers(const Program &program);
/// For each value: how often instructions, outputs, observations and final states use it.
std::vector<std::int32_t> useCounts(const Program &program);

/// Replaces symbols everywhere: types, attributes and bodies.
Program bind(const Program &program, const Bindings &bindings);

/// Readable and parseable text, one instruction a line:
///   program step
///   input x : float32[batch, 4]
///   state w "k3.weight" : float32[3, 4]
///   %2 = matmul(x, w; transpose_b=true) : float32[batch, 3]  # k3
///   final w = %7
///   output loss = %5
///   observe "dense/activation" = %2
std::string print(const Program &program);
/// The inverse of print, for tests and `espalier compile`. Names an unknown op, value or attribute with its line.
Result<Program> parseProgram(std::string_view text);

/// Broken promises of whoever built it: order of definition, arity, types equal to what infer gives. Empty if sound.
std::string verify(const Program &program);

} // namespace espalier
