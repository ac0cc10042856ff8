// SPDX-License-Identifier: Apache-2.0
// One op as a line of PyTorch. Private to this library.
#pragma once

#include "engine/ops/op.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace espalier::pytorch {

/// A piece of Python.
struct Expression {
    std::string text;
    bool isAtom = true; ///< needs no brackets as an operand
    bool isNumber = false; ///< a Python number, not a tensor
};

/// Sizes as Python; `symbols` collects the names that it uses ("batch").
std::string dimText(const Dim &dim, std::set<std::string> &symbols);
std::string shapeText(const Shape &shape, std::set<std::string> &symbols); ///< "batch, 3, 4"
std::string numberText(double value);
std::string dtypeText(DType dtype); ///< "torch.float32"
std::string tensorText(const Tensor &tensor); ///< "torch.tensor([1.0, 2.0], dtype=torch.float32)"

struct ExpressionCall {
    const Program &program;
    const Instruction &instruction;
    std::vector<Expression> inputs;
    std::set<std::string> &symbols;
    bool isUsed(std::size_t output) const { return used[output]; }
    std::vector<bool> used;

    const Attrs &attrs() const { return instruction.attrs; }
    const TensorType &input(std::size_t i) const { return program.type(instruction.inputs[i]); }
    const TensorType &output(std::size_t i = 0) const { return program.type(instruction.outputs[i]); }
    std::string operand(std::size_t i) const; ///< in brackets where it needs them
    std::string tensor(std::size_t i) const; ///< a Python number becomes a tensor
};

/// One expression for each output ("" for one that nobody reads); nothing where PyTorch has no such function, or not in
/// this form: then expand() is written.
std::optional<std::vector<Expression>> expressionOf(const ExpressionCall &call);

} // namespace espalier::pytorch
