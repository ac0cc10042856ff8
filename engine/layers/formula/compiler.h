// SPDX-License-Identifier: Apache-2.0
// Turns the tree of a formula into ops: what compiler.cpp (operators) and functions.cpp (functions) share.
#pragma once

#include "engine/layers/formula/expression.h"
#include "engine/layers/formula/formula.h"

#include <unordered_map>

namespace espalier {

/// A tensor, or a number that has not met one yet: such numbers are weak and take the dtype of what they meet.
struct FormulaValue {
    ValueId id = kNoValue;
    double number = 0; ///< where id is kNoValue
    bool isWhole = false;

    bool isWeak() const { return id == kNoValue; }
    static FormulaValue of(ValueId id) { return {id, 0, false}; }
};

class FormulaCompiler {
public:
    FormulaCompiler(Builder &builder, const Formula &formula, std::span<const ValueId> inputs,
                    const FormulaParameter &parameter, DType literals);
    Result<std::vector<ValueId>> run();

    Builder &builder() { return m_b; }
    DType literals() const { return m_literals; }

    Result<FormulaValue> value(const Expression &e);
    /// As a tensor; a weak number becomes a scalar of `like`'s dtype, or of `literals` where that is kNoValue.
    Result<ValueId> tensor(const Expression &e, ValueId like = kNoValue);
    Result<ValueId> strong(const Expression &e, const FormulaValue &value, ValueId like);
    /// Values that meet each other: weak ones take the dtype of the first that is not.
    Result<std::vector<ValueId>> meeting(std::span<const Expression> expressions);

    // What must be known when the formula is built.
    Result<std::int64_t> whole(const Expression &e);
    Result<double> number(const Expression &e);
    Result<bool> boolean(const Expression &e);
    Result<DType> dtype(const Expression &e);
    /// [batch, 2 * in, -1]: sizes as expressions. -1 is only allowed where `open` is given, and stands there as its
    /// position.
    Result<std::vector<Dim>> dims(const Expression &list, int *open = nullptr);
    Result<Dim> dim(const Expression &e);
    /// Axes within `rank`: one number or a list.
    Result<std::vector<std::int64_t>> axes(const Expression &e, int rank);

    /// Emits and tells the op's error with the place of `e`. The first output.
    Result<ValueId> emit(const Expression &e, std::string_view op, std::vector<ValueId> inputs, Attrs attrs = {});
    Error at(const Expression &e, const Error &what) const { return formulaError(m_formula.text, e.position, what); }

private:
    Result<FormulaValue> name(const Expression &e);
    Result<FormulaValue> unary(const Expression &e);
    Result<FormulaValue> binary(const Expression &e);
    Result<FormulaValue> power(const Expression &e);
    Result<FormulaValue> matmul(const Expression &e);
    Result<FormulaValue> index(const Expression &e);
    Result<ValueId> slice(const Expression &e, ValueId x, int axis, const Expression::Slice &slice);
    Result<Dim> bound(const Expression &e, const Dim &size);
    Result<void> parameterLine(const FormulaLine &line);
    Result<Initializer> initializer(const FormulaLine &line);
    Result<void> canDivide(const Expression &e, ValueId a);

    Builder &m_b;
    const Formula &m_formula;
    const FormulaParameter &m_parameter;
    DType m_literals;
    ValueId m_firstInput = kNoValue;
    std::unordered_map<std::string, FormulaValue> m_names;
};

/// A call of a function by its name.
Result<FormulaValue> callFunction(FormulaCompiler &compiler, const Expression &call);
/// Whether there is a function of this name.
bool isFormulaFunction(std::string_view name);

} // namespace espalier
