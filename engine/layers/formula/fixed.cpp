// SPDX-License-Identifier: Apache-2.0
// What a formula fixes when it is built: sizes, axes, number formats, and its parameters with their initialisers.
#include "engine/layers/formula/compiler.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace espalier {

Result<double> FormulaCompiler::number(const Expression &e)
{
    ESPALIER_TRY(const FormulaValue v, value(e));
    if (!v.isWeak())
        return fail(at(e, error("formula.fixed", "Here a plain number is expected, not a value that is computed.")));
    return v.number;
}

Result<std::int64_t> FormulaCompiler::whole(const Expression &e)
{
    ESPALIER_TRY(const double v, number(e));
    if (v != std::floor(v) || std::abs(v) > 1e15)
        return fail(at(e, error("formula.fixed", "Here a whole number is expected.")));
    return static_cast<std::int64_t>(v);
}

Result<bool> FormulaCompiler::boolean(const Expression &e)
{
    if (e.kind != Expression::Kind::Boolean)
        return fail(at(e, error("formula.fixed", "Here true or false is expected.")));
    return e.number != 0;
}

Result<DType> FormulaCompiler::dtype(const Expression &e)
{
    if (e.kind == Expression::Kind::Name)
        if (const auto found = dtypeFromName(e.text))
            return *found;
    return fail(at(e,
                   error("formula.dtype-name",
                         "Here a number format is expected: float64, float32, bfloat16, int64, int32 or bool.")));
}

Result<Dim> FormulaCompiler::dim(const Expression &e)
{
    const auto refuse = [&] {
        return fail(at(e,
                       error("formula.dimension",
                             "A size is a whole number, batch, time, in, size(x, axis), or sums and "
                             "products of these.")));
    };
    if (e.kind == Expression::Kind::Number)
        return e.isWhole && e.number < 1e15 ? Result<Dim>(Dim(static_cast<std::int64_t>(e.number))) : refuse();
    if (e.kind == Expression::Kind::Name && (e.text == "batch" || e.text == "time"))
        return Dim::symbol(e.text);
    if (e.kind == Expression::Kind::Name && e.text == "in") {
        if (m_firstInput == kNoValue || m_b.shape(m_firstInput).rank() == 0)
            return fail(at(e,
                           error("formula.in",
                                 "'in' is the size of the last axis of the first input, and there is "
                                 "none.")));
        return m_b.shape(m_firstInput)[m_b.shape(m_firstInput).rank() - 1];
    }
    if (e.kind == Expression::Kind::Name) {
        const auto named = m_names.find(e.text);
        if (named == m_names.end() || !named->second.isWeak() || !named->second.isWhole)
            return refuse();
        return Dim(static_cast<std::int64_t>(named->second.number));
    }
    if (e.kind == Expression::Kind::Call && e.text == "size" && e.children.size() == 2) {
        ESPALIER_TRY(const ValueId x, tensor(e.children[0]));
        ESPALIER_TRY(const std::int64_t axis, whole(e.children[1]));
        const auto found = normalizeAxis(axis, m_b.shape(x).rank());
        return found ? Result<Dim>(m_b.shape(x)[*found]) : refuse();
    }
    if (e.kind == Expression::Kind::Unary && e.text == "-") {
        ESPALIER_TRY(const Dim operand, dim(e.children[0]));
        return Dim(0) - operand;
    }
    if (e.kind != Expression::Kind::Binary)
        return refuse();
    ESPALIER_TRY(const Dim a, dim(e.children[0]));
    ESPALIER_TRY(const Dim b, dim(e.children[1]));
    if (e.text == "+")
        return a + b;
    if (e.text == "-")
        return a - b;
    if (e.text == "*")
        return a * b;
    if ((e.text == "/" || e.text == "//") && b.isConstant() && b.constant() > 0)
        return floorDiv(a, b.constant());
    return refuse();
}

Result<std::vector<Dim>> FormulaCompiler::dims(const Expression &list, int *open)
{
    if (list.kind != Expression::Kind::List)
        return fail(at(list, error("formula.shape", "Here a shape is expected, such as [batch, 64].")));
    std::vector<Dim> result;
    for (const Expression &entry : list.children) {
        ESPALIER_TRY(const Dim one, dim(entry));
        if (one.isConstant() && one.constant() < 0) {
            if (!open || *open >= 0 || one.constant() != -1)
                return fail(at(entry, error("formula.size", "This size can't be negative.")));
            *open = static_cast<int>(result.size());
        }
        result.push_back(one);
    }
    return result;
}

Result<std::vector<std::int64_t>> FormulaCompiler::axes(const Expression &e, int rank)
{
    std::vector<std::int64_t> result;
    const std::span<const Expression> entries
        = e.kind == Expression::Kind::List ? std::span<const Expression>(e.children) : std::span(&e, 1);
    for (const Expression &entry : entries) {
        ESPALIER_TRY(const std::int64_t axis, whole(entry));
        const auto found = normalizeAxis(axis, rank);
        if (!found || std::find(result.begin(), result.end(), *found) != result.end())
            return fail(
                at(entry,
                   error("formula.axis", "{0} is no axis here, or named twice: the value has {1} axes.", axis, rank)));
        result.push_back(*found);
    }
    std::sort(result.begin(), result.end());
    return result;
}

Result<Initializer> FormulaCompiler::initializer(const FormulaLine &line)
{
    if (!line.value)
        return Initializer{.scheme = line.shape.size() > 1 ? "glorot_uniform" : "zeros"};
    const Expression &e = *line.value;
    if (e.kind != Expression::Kind::Name && e.kind != Expression::Kind::Call) {
        ESPALIER_TRY(const double constant, number(e));
        return Initializer{.scheme = "constant", .a = constant};
    }
    static constexpr std::array<std::array<std::string_view, 2>, 4> kShort{
        {{"glorot", "glorot_uniform"}, {"xavier", "glorot_uniform"}, {"he", "he_uniform"}, {"kaiming", "he_uniform"}}};
    std::string scheme = e.text;
    for (const auto &[alias, full] : kShort)
        if (scheme == alias)
            scheme = full;
    JsonValue json = JsonValue::object();
    json.set("scheme", scheme);
    static constexpr std::array<std::array<std::string_view, 3>, 3> kArguments{
        {{"normal", "mean", "std"}, {"uniform", "low", "high"}, {"constant", "value", ""}}};
    for (const auto &[of, first, second] : kArguments) {
        for (std::size_t i = 0; of == scheme && i < e.children.size() && i < 2; ++i) {
            ESPALIER_TRY(const double v, number(e.children[i]));
            json.set(i == 0 ? first : second, v);
        }
    }
    auto read = readInitializer(json);
    return read ? std::move(read) : fail(at(e, read.error()));
}

Result<void> FormulaCompiler::parameterLine(const FormulaLine &line)
{
    Expression place;
    place.position = line.position;
    if (!m_parameter)
        return fail(at(place, error("formula.param", "A formula outside of a drawing has no trained parameters.")));
    std::vector<Dim> dims;
    for (const Expression &entry : line.shape) {
        ESPALIER_TRY(const Dim one, dim(entry));
        if (!one.isConstant() || one.constant() < 1)
            return fail(at(entry,
                           error("formula.param-size",
                                 "The size of a parameter must be a fixed number above 0, not "
                                 "{0}.",
                                 one.toString())));
        dims.push_back(one);
    }
    ESPALIER_TRY(Initializer init, initializer(line));
    init.fanIn = dims.empty() ? 1 : dims.front().constant();
    init.fanOut = dims.empty() ? 1 : dims.back().constant();
    const bool follows = m_firstInput != kNoValue && isFloating(m_b.dtype(m_firstInput));
    const TensorType type{follows ? m_b.dtype(m_firstInput) : m_literals, Shape(std::move(dims))};
    auto made = m_parameter(line.name, type, init);
    if (!made)
        return fail(at(place, made.error()));
    m_names[line.name] = FormulaValue::of(*made);
    return {};
}

} // namespace espalier
