// SPDX-License-Identifier: Apache-2.0
// Formulas: text that compiles to ops. One grammar (README.md) for the Formula layer, `eval`, losses and metrics.
#pragma once

#include "engine/layers/layer_kind.h"
#include "engine/ops/builder.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

struct FormulaLine;

/// A parsed formula. Cheap to copy.
struct Formula {
    std::string text;
    std::shared_ptr<const std::vector<FormulaLine>> lines;
    std::vector<std::string> inputs; ///< names that it uses and does not define, in order of first use
    std::vector<std::string> outputs; ///< "y" for a last line without a name; else the names that no later line uses
    std::vector<std::string> parameters;
};

/// Errors say line and column. Never deeper than a few hundred calls, whatever the text.
Result<Formula> parseFormula(std::string_view text);

/// Gives the trained tensor of a `param` line.
using FormulaParameter
    = std::function<Result<ValueId>(std::string_view name, const TensorType &type, const Initializer &initializer)>;

/// Appends the formula's ops. `inputs` in the order of formula.inputs, of known types. Numbers take the dtype of what
/// they meet, and `literals` where they meet none. `parameter` may be empty: then `param` is refused. Gives a value for
/// each of formula.outputs. Errors of the ops are told with line and column.
Result<std::vector<ValueId>> buildFormula(Builder &builder, const Formula &formula, std::span<const ValueId> inputs,
                                          const FormulaParameter &parameter, DType literals = DType::Float32);

/// A whole program for `espalier eval`: an input for each name that the formula uses, an output for each that it
/// gives. A name that `types` lacks is an error that lists what is missing.
Result<Program> formulaProgram(const Formula &formula, const std::vector<std::pair<std::string, TensorType>> &types,
                               DType literals = DType::Float32);

/// Names of all functions, sorted, with one line about each: for help and "did you mean".
std::vector<std::pair<std::string_view, std::string_view>> formulaFunctions();

} // namespace espalier
