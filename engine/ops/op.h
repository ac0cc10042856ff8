// SPDX-License-Identifier: Apache-2.0
// An op: the contract with the backends. One table entry says everything that the rest of the engine needs to know.
#pragma once

#include "engine/ops/program.h"

#include <span>
#include <string_view>

namespace espalier {

class Builder;

/// Declares one attribute. `fallback` is used when it is absent; without one (monostate-like empty name) it is
/// required.
struct AttrSpec {
    std::string_view name;
    AttrValue example; ///< fixes the type; the default where !required
    bool required = false;
    std::string_view help;
};

/// What an op is applied to, before it has run.
struct OpCall {
    const Op &op;
    const Attrs &attrs; ///< complete: defaults are filled in
    std::span<const TensorType> inputs;
    std::span<const std::shared_ptr<const Program>> bodies;
};

/// Asked of a gradient rule: values are in `builder`'s program.
struct GradientCall {
    Builder &builder;
    const Attrs &attrs;
    std::span<const ValueId> inputs;
    std::span<const ValueId> outputs;
    std::span<const ValueId> gradients; ///< of each output; kNoValue where nothing depends on it
    std::span<const bool> needed; ///< which inputs want a gradient: don't build the others
    std::span<const std::shared_ptr<const Program>> bodies;
};

/// Floating point operations (a multiply-add is two) and bytes read and written, as expressions in the symbols.
struct Cost {
    Dim flops = 0;
    Dim bytes = 0;
};

/// Where inputs of a test case come from.
enum class Domain {
    Normal, ///< N(0, 1)
    Positive, ///< [0.5, 2]
    Unit, ///< (0.05, 0.95): probabilities
    Index, ///< integers 0 .. bound - 1
    Distinct, ///< a random permutation of evenly spaced values: no ties for max, kinks or sorting
    AwayFromZero, ///< |x| >= 0.1: away from kinks at 0
    Seed, ///< a fixed scalar
    Boolean,
};

struct CaseInput {
    Dims dims;
    DType dtype = DType::Float32; ///< floating inputs are also run in the other floating types
    Domain domain = Domain::Normal;
    std::int64_t bound = 2; ///< for Index
};

/// One thing to try an op with, on every backend: shapes with 1, odd and empty, every attribute off its default.
struct OpCase {
    std::string name;
    Attrs attrs;
    std::vector<CaseInput> inputs;
    std::vector<std::shared_ptr<const Program>> bodies;
    bool checkGradient = true; ///< false only with a reason, where no gradient exists
    double tolerance = 1; ///< factor on the table's tolerance, which goes by dtype and reduction length
    std::string reason; ///< for an override of tolerance or checkGradient
};

struct Traits {
    bool elementwise = false; ///< output i depends on (broadcast) input elements i alone; attributes are scalars
    bool commutative = false; ///< of the first two inputs
    bool view = false; ///< output is input 0's bytes under another shape (reshape)
    bool differentiable = true; ///< false: gradient is zero or undefined (comparisons, argmax)
    bool update = false; ///< optimizer step: output i may overwrite input i
};

struct Op {
    std::string_view name;
    std::string_view help; ///< one sentence
    std::vector<AttrSpec> attrs;
    int minInputs = 1;
    int maxInputs = 1; ///< -1: any number
    std::vector<std::string_view> inputNames;
    std::vector<std::string_view> outputNames = {"y"};
    Traits traits;
    /// Output types for known input types (unknown inputs never reach it). Errors are sentences for a person.
    Result<std::vector<TensorType>> (*infer)(const OpCall &call) = nullptr;
    /// Gradient with respect to each input as ops, kNoValue where there is none. nullptr: not differentiable.
    std::vector<ValueId> (*gradient)(const GradientCall &call) = nullptr;
    Cost (*cost)(const OpCall &call, std::span<const TensorType> outputs) = nullptr; ///< nullptr: one flop an output
    /// The op in simpler ops: second definition, fallback, and what ONNX gets. nullptr for primitive ops.
    std::vector<ValueId> (*expand)(Builder &builder, const OpCall &call, std::span<const ValueId> inputs) = nullptr;
    std::string_view onnx; ///< operator of the same meaning; "" where `expand` is what ONNX gets
    std::vector<OpCase> (*cases)() = nullptr; ///< never empty; an op without a case fails the catalog test
};

/// All ops, sorted by name. Listed by hand in catalog.cpp.
std::span<const Op *const> allOps();
/// nullptr if there is none.
const Op *findOp(std::string_view name);
/// Asserted to exist: for our own code.
const Op &op(std::string_view name);

/// Fills defaults and checks names and types of `attrs` against the op's list.
Result<Attrs> completeAttrs(const Op &op, const Attrs &attrs);
/// How many outputs: those that the op names, or one for each output of its body.
std::size_t outputCount(const Op &op, std::span<const std::shared_ptr<const Program>> bodies);
/// completeAttrs, arity and infer. Unknown input types give unknown outputs.
Result<std::vector<TensorType>> inferTypes(const Op &op, const Attrs &attrs, std::span<const TensorType> inputs,
                                           std::span<const std::shared_ptr<const Program>> bodies = {});
/// Cost of one instruction of a program.
Cost costOf(const Program &program, const Instruction &instruction);

} // namespace espalier
