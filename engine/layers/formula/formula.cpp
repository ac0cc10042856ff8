// SPDX-License-Identifier: Apache-2.0
#include "engine/layers/formula/formula.h"

#include "engine/layers/formula/compiler.h"
#include "engine/layers/nearest.h"

#include <algorithm>
#include <unordered_set>

namespace espalier {
namespace {

/// Finds which names a formula takes and gives.
class Names {
public:
    explicit Names(Formula &formula)
        : m_formula(formula)
    {
    }
    Result<void> run()
    {
        for (const FormulaLine &line : *m_formula.lines)
            ESPALIER_CHECK(visitLine(line));
        const FormulaLine &last = m_formula.lines->back();
        if (last.kind == FormulaLine::Kind::Value)
            m_formula.outputs = {"y"};
        else
            for (const std::string &name : m_assigned)
                if (!m_used.contains(name))
                    m_formula.outputs.push_back(name);
        if (m_formula.outputs.empty())
            return fail(error("formula.no-value", "The formula gives no value; end it with an expression."));
        return {};
    }

private:
    Formula &m_formula;
    std::unordered_set<std::string> m_defined;
    std::unordered_set<std::string> m_used;
    std::vector<std::string> m_assigned;

    Result<void> define(const FormulaLine &line)
    {
        Expression place;
        place.position = line.position;
        const bool isTaken
            = std::find(m_formula.inputs.begin(), m_formula.inputs.end(), line.name) != m_formula.inputs.end();
        if (isTaken || !m_defined.insert(line.name).second || isReserved(line.name))
            return fail(
                formulaError(m_formula.text, line.position,
                             error("formula.twice", "The name '{0}' is taken already; use another.", line.name)));
        return {};
    }
    static bool isReserved(const std::string &name)
    {
        return name == "pi" || name == "batch" || name == "time" || name == "in" || name == "true" || name == "false"
            || dtypeFromName(name).has_value();
    }
    Result<void> visitLine(const FormulaLine &line)
    {
        for (const Expression &size : line.shape)
            ESPALIER_CHECK(visit(size));
        if (line.value && line.kind != FormulaLine::Kind::Parameter)
            ESPALIER_CHECK(visit(*line.value));
        if (line.kind == FormulaLine::Kind::Value) {
            if (&line != &m_formula.lines->back())
                return fail(formulaError(m_formula.text, line.position,
                                         error("formula.unused",
                                               "This value is not used: give it a name, or make it the "
                                               "last line.")));
            return {};
        }
        ESPALIER_CHECK(define(line));
        if (line.kind == FormulaLine::Kind::Parameter)
            m_formula.parameters.push_back(line.name);
        if (line.kind == FormulaLine::Kind::Assignment)
            m_assigned.push_back(line.name);
        return {};
    }
    Result<void> visit(const Expression &e)
    {
        if (e.kind == Expression::Kind::Name)
            useName(e.text);
        if (e.kind == Expression::Kind::Call && !isFormulaFunction(e.text))
            return fail(formulaError(m_formula.text, e.position, unknownFunction(e.text)));
        for (const Expression &child : e.children)
            ESPALIER_CHECK(visit(child));
        for (const auto &[key, child] : e.named)
            ESPALIER_CHECK(visit(child));
        for (const Expression::Slice &slice : e.slices)
            for (const auto *part : {&slice.start, &slice.stop})
                for (const Expression &child : *part)
                    ESPALIER_CHECK(visit(child));
        return {};
    }
    static Error unknownFunction(const std::string &name)
    {
        std::vector<std::string_view> known;
        for (const auto &[function, help] : formulaFunctions())
            known.push_back(function);
        const std::string_view near = nearest(name, known);
        return near.empty() ? error("formula.function", "There is no function '{0}'.", name)
                            : error("formula.function", "There is no function '{0}'. Did you mean {1}?", name, near);
    }
    void useName(const std::string &name)
    {
        if (isReserved(name))
            return;
        m_used.insert(name);
        auto &inputs = m_formula.inputs;
        if (!m_defined.contains(name) && std::find(inputs.begin(), inputs.end(), name) == inputs.end())
            inputs.push_back(name);
    }
};

} // namespace

Result<Formula> parseFormula(std::string_view text)
{
    Formula formula;
    formula.text = std::string(text);
    ESPALIER_TRY(std::vector<FormulaLine> lines, parseLines(text));
    formula.lines = std::make_shared<const std::vector<FormulaLine>>(std::move(lines));
    ESPALIER_CHECK(Names(formula).run());
    return formula;
}

Result<std::vector<ValueId>> buildFormula(Builder &builder, const Formula &formula, std::span<const ValueId> inputs,
                                          const FormulaParameter &parameter, DType literals)
{
    return FormulaCompiler(builder, formula, inputs, parameter, literals).run();
}

Result<Program> formulaProgram(const Formula &formula, const std::vector<std::pair<std::string, TensorType>> &types,
                               DType literals)
{
    Builder builder;
    builder.program().name = "formula";
    std::vector<ValueId> inputs;
    std::string missing;
    for (const std::string &name : formula.inputs) {
        const auto given = std::find_if(types.begin(), types.end(), [&](const auto &t) { return t.first == name; });
        if (given == types.end())
            missing += (missing.empty() ? "" : ", ") + name;
        else
            inputs.push_back(builder.input(name, given->second));
    }
    if (!missing.empty())
        return fail("formula.missing", "The formula needs a value for {0}. Give it as {0}=...", missing);
    ESPALIER_TRY(const auto outputs, buildFormula(builder, formula, inputs, {}, literals));
    for (std::size_t i = 0; i < outputs.size(); ++i)
        builder.output(formula.outputs[i], outputs[i]);
    return builder.take();
}

} // namespace espalier
