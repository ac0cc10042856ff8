// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/formula/compiler.h"

#include "engine/base/assert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace espalier {
namespace {

struct Operator {
    std::string_view text;
    std::string_view op;
};

constexpr std::array kOperators{
    Operator{"+", "add"},
    Operator{"-", "sub"},
    Operator{"*", "mul"},
    Operator{"/", "div"},
    Operator{"%", "mod"},
    Operator{"==", "equal"},
    Operator{"!=", "not_equal"},
    Operator{"<", "less"},
    Operator{"<=", "less_equal"},
    Operator{">", "greater"},
    Operator{">=", "greater_equal"},
    Operator{"and", "logical_and"},
    Operator{"or", "logical_or"},
};

/// Arithmetic on two numbers; comparisons and logic are left to the ops.
std::optional<double> fold(std::string_view op, double a, double b)
{
    if (op == "+")
        return a + b;
    if (op == "-")
        return a - b;
    if (op == "*")
        return a * b;
    if (op == "/")
        return a / b;
    if (op == "//")
        return std::floor(a / b);
    if (op == "%")
        return a - b * std::floor(a / b);
    if (op == "^")
        return std::pow(a, b);
    return std::nullopt;
}

FormulaValue weak(double number, bool isWhole)
{
    return {kNoValue, number, isWhole && std::abs(number) < 1e15};
}

} // namespace

FormulaCompiler::FormulaCompiler(Builder &builder, const Formula &formula, std::span<const ValueId> inputs,
                                 const FormulaParameter &parameter, DType literals)
    : m_b(builder)
    , m_formula(formula)
    , m_parameter(parameter)
    , m_literals(literals)
{
    ESPALIER_ASSERT(inputs.size() == formula.inputs.size(), "a value for each input of the formula");
    for (std::size_t i = 0; i < inputs.size(); ++i)
        m_names.emplace(formula.inputs[i], FormulaValue::of(inputs[i]));
    if (!inputs.empty())
        m_firstInput = inputs.front();
}

Result<std::vector<ValueId>> FormulaCompiler::run()
{
    FormulaValue last;
    const Expression *lastExpression = nullptr;
    for (const FormulaLine &line : *m_formula.lines) {
        if (line.kind == FormulaLine::Kind::Parameter) {
            ESPALIER_CHECK(parameterLine(line));
            continue;
        }
        ESPALIER_TRY(last, value(*line.value));
        lastExpression = &*line.value;
        if (!line.name.empty())
            m_names[line.name] = last;
    }
    std::vector<ValueId> results;
    for (const std::string &output : m_formula.outputs) {
        const auto named = m_names.find(output);
        const bool isLastLine = m_formula.lines->back().kind == FormulaLine::Kind::Value;
        ESPALIER_ASSERT(lastExpression, "a formula has a value");
        ESPALIER_TRY(const ValueId id,
                     strong(*lastExpression, isLastLine || named == m_names.end() ? last : named->second, kNoValue));
        results.push_back(id);
    }
    return results;
}

Result<FormulaValue> FormulaCompiler::value(const Expression &e)
{
    switch (e.kind) {
    case Expression::Kind::Number:
        return weak(e.number, e.isWhole);
    case Expression::Kind::Boolean:
        return FormulaValue::of(m_b.constant(Tensor::scalar<bool>(e.number != 0)));
    case Expression::Kind::Name:
        return name(e);
    case Expression::Kind::Unary:
        return unary(e);
    case Expression::Kind::Binary:
        return e.text == "@" ? matmul(e) : e.text == "^" ? power(e) : binary(e);
    case Expression::Kind::Call:
        return callFunction(*this, e);
    case Expression::Kind::Index:
        return index(e);
    case Expression::Kind::List:
        break;
    }
    return fail(at(e, error("formula.list", "A list only has a meaning inside a function, as a shape or as axes.")));
}

Result<FormulaValue> FormulaCompiler::name(const Expression &e)
{
    if (const auto found = m_names.find(e.text); found != m_names.end())
        return found->second;
    if (e.text == "pi")
        return weak(std::numbers::pi, false);
    return fail(at(e, error("formula.name", "Nothing is called '{0}' here.", e.text)));
}

Result<ValueId> FormulaCompiler::strong(const Expression &e, const FormulaValue &v, ValueId like)
{
    if (!v.isWeak())
        return v.id;
    const DType type = like == kNoValue ? m_literals : m_b.dtype(like);
    if (isInteger(type) && !v.isWhole)
        return fail(at(e,
                       error("formula.whole",
                             "{0} is no whole number, but it meets numbers of {1}. Convert them first: "
                             "cast(x, float32).",
                             v.number, espalier::name(type))));
    Tensor t(type == DType::Unknown || type == DType::Bool ? m_literals : type, {});
    t.set(0, v.number);
    return m_b.constant(std::move(t));
}

Result<ValueId> FormulaCompiler::tensor(const Expression &e, ValueId like)
{
    ESPALIER_TRY(const FormulaValue v, value(e));
    return strong(e, v, like);
}

Result<std::vector<ValueId>> FormulaCompiler::meeting(std::span<const Expression> expressions)
{
    std::vector<FormulaValue> values;
    ValueId like = kNoValue;
    for (const Expression &e : expressions) {
        ESPALIER_TRY(const FormulaValue v, value(e));
        if (like == kNoValue && !v.isWeak() && m_b.dtype(v.id) != DType::Bool)
            like = v.id;
        values.push_back(v);
    }
    std::vector<ValueId> ids;
    for (std::size_t i = 0; i < values.size(); ++i) {
        ESPALIER_TRY(const ValueId id, strong(expressions[i], values[i], like));
        ids.push_back(id);
    }
    return ids;
}

Result<ValueId> FormulaCompiler::emit(const Expression &e, std::string_view op, std::vector<ValueId> inputs,
                                      Attrs attrs)
{
    const std::size_t before = m_b.errors().size();
    const auto outputs = m_b.emitAll(op, std::move(inputs), std::move(attrs));
    if (m_b.errors().size() == before && !outputs.empty())
        return outputs.front();
    std::vector<Error> errors = m_b.takeErrors(); // told here; the builder must not tell it again
    return fail(at(e, errors.back()));
}

Result<FormulaValue> FormulaCompiler::unary(const Expression &e)
{
    ESPALIER_TRY(const FormulaValue v, value(e.children[0]));
    if (e.text == "+")
        return v;
    if (e.text == "-" && v.isWeak())
        return weak(-v.number, v.isWhole);
    ESPALIER_TRY(const ValueId x, strong(e, v, kNoValue));
    ESPALIER_TRY(const ValueId y, emit(e, e.text == "-" ? "neg" : "logical_not", {x}));
    return FormulaValue::of(y);
}

Result<void> FormulaCompiler::canDivide(const Expression &e, ValueId a)
{
    if (e.text != "/" || !isInteger(m_b.dtype(a)))
        return {};
    return fail(at(e,
                   error("formula.division",
                         "These are whole numbers ({0}). Use // to divide and round down, or "
                         "cast(x, float32) / ... for fractions.",
                         espalier::name(m_b.dtype(a)))));
}

Result<FormulaValue> FormulaCompiler::binary(const Expression &e)
{
    ESPALIER_TRY(const FormulaValue left, value(e.children[0]));
    ESPALIER_TRY(const FormulaValue right, value(e.children[1]));
    if (left.isWeak() && right.isWeak())
        if (const auto folded = fold(e.text, left.number, right.number))
            return weak(*folded, left.isWhole && right.isWhole && *folded == std::floor(*folded));
    ESPALIER_TRY(const ValueId a, strong(e.children[0], left, right.id));
    ESPALIER_TRY(const ValueId b, strong(e.children[1], right, left.id));
    if (m_b.dtype(a) != m_b.dtype(b))
        return fail(at(e,
                       error("formula.dtype", "'{0}' meets {1} and {2}, which don't mix. Convert one: cast(x, {1}).",
                             e.text, espalier::name(m_b.dtype(a)), espalier::name(m_b.dtype(b)))));
    ESPALIER_CHECK(canDivide(e, a));
    if (e.text == "//") {
        ESPALIER_TRY(ValueId quotient, emit(e, "div", {a, b}));
        if (isFloating(m_b.dtype(a))) {
            ESPALIER_TRY(quotient, emit(e, "floor", {quotient}));
        }
        return FormulaValue::of(quotient);
    }
    const auto op
        = std::find_if(kOperators.begin(), kOperators.end(), [&](const Operator &o) { return o.text == e.text; });
    ESPALIER_ASSERT(op != kOperators.end(), "the parser knows the operators");
    ESPALIER_TRY(const ValueId y, emit(e, op->op, {a, b}));
    return FormulaValue::of(y);
}

Result<FormulaValue> FormulaCompiler::power(const Expression &e)
{
    ESPALIER_TRY(const FormulaValue base, value(e.children[0]));
    ESPALIER_TRY(const FormulaValue exponent, value(e.children[1]));
    if (base.isWeak() && exponent.isWeak()) {
        const double result = std::pow(base.number, exponent.number);
        return weak(result, base.isWhole && exponent.isWhole && exponent.number >= 0);
    }
    if (exponent.isWeak() && exponent.number == 2) {
        ESPALIER_TRY(const ValueId y, emit(e, "square", {base.id}));
        return FormulaValue::of(y);
    }
    ESPALIER_TRY(const ValueId a, strong(e.children[0], base, exponent.id));
    ESPALIER_TRY(const ValueId b, strong(e.children[1], exponent, base.id));
    ESPALIER_TRY(const ValueId y, emit(e, "pow", {a, b}));
    return FormulaValue::of(y);
}

/// A vector on the left is a row, on the right a column; its axis goes away afterwards, as in NumPy.
Result<FormulaValue> FormulaCompiler::matmul(const Expression &e)
{
    ESPALIER_TRY(ValueId a, tensor(e.children[0]));
    ESPALIER_TRY(ValueId b, tensor(e.children[1], a));
    const bool isRow = m_b.shape(a).rank() == 1;
    const bool isColumn = m_b.shape(b).rank() == 1;
    if (isRow) {
        ESPALIER_TRY(a, emit(e, "reshape", {a}, {{"shape", Shape{1, m_b.shape(a)[0]}}}));
    }
    if (isColumn) {
        ESPALIER_TRY(b, emit(e, "reshape", {b}, {{"shape", Shape{m_b.shape(b)[0], 1}}}));
    }
    ESPALIER_TRY(ValueId y, emit(e, "matmul", {a, b}));
    std::vector<Dim> dims = m_b.shape(y).dims();
    if (isColumn)
        dims.pop_back();
    if (isRow)
        dims.erase(dims.end() - (isColumn ? 1 : 2));
    if (isRow || isColumn) {
        ESPALIER_TRY(y, emit(e, "reshape", {y}, {{"shape", Shape(std::move(dims))}}));
    }
    return FormulaValue::of(y);
}

/// A negative bound counts from the end.
Result<Dim> FormulaCompiler::bound(const Expression &e, const Dim &size)
{
    ESPALIER_TRY(const Dim value, dim(e));
    const bool isBelow = value.isConstant() && value.constant() < 0;
    const Dim from = isBelow ? size + value : value;
    if (from.isConstant() && size.isConstant() && (from.constant() < 0 || from.constant() > size.constant()))
        return fail(at(
            e, error("formula.bound", "{0} lies outside of an axis of size {1}.", value.toString(), size.constant())));
    return from;
}

Result<ValueId> FormulaCompiler::slice(const Expression &e, ValueId x, int axis, const Expression::Slice &part)
{
    const Dim size = m_b.shape(x)[axis];
    Dim start = 0;
    if (!part.start.empty()) {
        ESPALIER_TRY(start, bound(part.start.front(), size));
    }
    Dim stop = part.isIndex ? start + 1 : size;
    if (!part.stop.empty()) {
        ESPALIER_TRY(stop, bound(part.stop.front(), size));
    }
    const Dim length = stop - start;
    if (!start.isConstant() || (length.isConstant() && length.constant() < 0)
        || (part.isIndex && size.isConstant() && start.constant() >= size.constant()))
        return fail(at(e,
                       error("formula.slice", "The part {0}:{1} can't be cut from an axis of size {2}.",
                             start.toString(), stop.toString(), size.toString())));
    return emit(e, "slice", {x},
                {{"axis", std::int64_t{axis}}, {"start", start.constant()}, {"length", Shape{length}}});
}

Result<FormulaValue> FormulaCompiler::index(const Expression &e)
{
    ESPALIER_TRY(ValueId x, tensor(e.children[0]));
    if (static_cast<int>(e.slices.size()) > m_b.shape(x).rank())
        return fail(at(
            e,
            error("formula.index", "{0} indices for a value of shape {1}.", e.slices.size(), shapeArg(m_b.shape(x)))));
    std::vector<Dim> kept;
    for (std::size_t i = 0; i < e.slices.size(); ++i) {
        const int axis = static_cast<int>(i);
        if (e.slices[i].isIndex || !e.slices[i].start.empty() || !e.slices[i].stop.empty()) {
            ESPALIER_TRY(x, slice(e, x, axis, e.slices[i]));
        }
        if (!e.slices[i].isIndex)
            kept.push_back(m_b.shape(x)[axis]);
    }
    for (int axis = static_cast<int>(e.slices.size()); axis < m_b.shape(x).rank(); ++axis)
        kept.push_back(m_b.shape(x)[axis]);
    if (static_cast<int>(kept.size()) != m_b.shape(x).rank()) {
        ESPALIER_TRY(x, emit(e, "reshape", {x}, {{"shape", Shape(std::move(kept))}}));
    }
    return FormulaValue::of(x);
}

} // namespace espalier
