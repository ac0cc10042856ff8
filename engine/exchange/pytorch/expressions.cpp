// SPDX-License-Identifier: Apache-2.0
#include "engine/exchange/pytorch/expressions.h"

#include "engine/exchange/pytorch/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace espalier::pytorch {
namespace {

/// Ops that are one function or operator: {0}, {1} and {2} are the inputs.
struct Row {
    std::string_view op;
    std::string_view text;
    bool isOperator = false; ///< inputs are operands, and the result needs brackets as one
};

constexpr Row kRows[] = {
    {"add", "{0} + {1}", true},
    {"sub", "{0} - {1}", true},
    {"mul", "{0} * {1}", true},
    {"pow", "{0} ** {1}", true},
    {"equal", "{0} == {1}", true},
    {"not_equal", "{0} != {1}", true},
    {"less", "{0} < {1}", true},
    {"less_equal", "{0} <= {1}", true},
    {"greater", "{0} > {1}", true},
    {"greater_equal", "{0} >= {1}", true},
    {"neg", "-{0}", true},
    {"maximum", "torch.maximum({0}, {1})"},
    {"minimum", "torch.minimum({0}, {1})"},
    {"mod", "torch.remainder({0}, {1})"},
    {"logical_and", "torch.logical_and({0}, {1})"},
    {"logical_or", "torch.logical_or({0}, {1})"},
    {"logical_not", "torch.logical_not({0})"},
    {"is_finite", "torch.isfinite({0})"},
    {"abs", "torch.abs({0})"},
    {"sign", "torch.sign({0})"},
    {"exp", "torch.exp({0})"},
    {"log", "torch.log({0})"},
    {"log1p", "torch.log1p({0})"},
    {"expm1", "torch.expm1({0})"},
    {"sqrt", "torch.sqrt({0})"},
    {"rsqrt", "torch.rsqrt({0})"},
    {"square", "torch.square({0})"},
    {"reciprocal", "torch.reciprocal({0})"},
    {"sin", "torch.sin({0})"},
    {"cos", "torch.cos({0})"},
    {"erf", "torch.erf({0})"},
    {"floor", "torch.floor({0})"},
    {"ceil", "torch.ceil({0})"},
    {"round", "torch.round({0})"},
    {"tanh", "torch.tanh({0})"},
    {"sigmoid", "torch.sigmoid({0})"},
    {"softplus", "F.softplus({0})"},
    {"relu", "F.relu({0})"},
    {"silu", "F.silu({0})"},
    {"hardswish", "F.hardswish({0})"},
    {"mish", "F.mish({0})"},
    {"selu", "F.selu({0})"},
    {"where", "torch.where({0}, {1}, {2})"},
    {"stop_gradient", "{0}.detach()", true},
    {"embedding", "F.embedding({1}, {0})"},
    {"take_along", "torch.gather({0}, -1, {1}.unsqueeze(-1)).squeeze(-1)"},
};

std::optional<std::vector<Expression>> plain(const ExpressionCall &call)
{
    const auto *row = std::find_if(std::begin(kRows), std::end(kRows),
                                   [&](const Row &r) { return r.op == call.instruction.op->name; });
    if (row == std::end(kRows))
        return std::nullopt;
    const bool areNumbers
        = std::all_of(call.inputs.begin(), call.inputs.end(), [](const Expression &e) { return e.isNumber; });
    std::string texts[3];
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        texts[i] = row->isOperator && !areNumbers ? call.operand(i) : call.tensor(i);
        if (row->isOperator && areNumbers)
            texts[i] = "(" + texts[i] + ")";
    }
    return std::vector{
        Expression{fmt::format(fmt::runtime(row->text), texts[0], texts[1], texts[2]), !row->isOperator}};
}

} // namespace

std::string ExpressionCall::operand(std::size_t i) const
{
    return inputs[i].isAtom ? inputs[i].text : "(" + inputs[i].text + ")";
}

std::string ExpressionCall::tensor(std::size_t i) const
{
    if (!inputs[i].isNumber)
        return inputs[i].text;
    return fmt::format("torch.tensor({}, dtype={})", inputs[i].text, dtypeText(input(i).dtype));
}

std::string dimText(const Dim &dim, std::set<std::string> &symbols)
{
    const std::string text = dim.toString();
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (text.compare(i, 7, "floor((") == 0) {
            out += "((";
            i += 7;
        } else if (text.compare(i, 2, ")/") == 0) {
            out += ") // ";
            i += 2;
        } else if (std::isalpha(static_cast<unsigned char>(text[i])) || text[i] == '_') {
            const std::size_t end = text.find_first_of(" *+-)/", i);
            const std::string symbol = text.substr(i, end - i);
            symbols.insert(symbol);
            out += symbol;
            i += symbol.size();
        } else {
            out += text[i++];
        }
    }
    return out;
}

std::string shapeText(const Shape &shape, std::set<std::string> &symbols)
{
    std::string text;
    for (const Dim &dim : shape.dims())
        text += (text.empty() ? "" : ", ") + dimText(dim, symbols);
    return text;
}

std::string numberText(double value)
{
    if (std::isnan(value))
        return "float(\"nan\")";
    if (std::isinf(value))
        return value > 0 ? "float(\"inf\")" : "-float(\"inf\")";
    std::string text = fmt::format("{}", value);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string dtypeText(DType dtype)
{
    return "torch." + std::string(name(dtype));
}

std::string tensorText(const Tensor &tensor)
{
    std::string values;
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
        const double value = tensor.at(i);
        values += (i == 0 ? "" : ", ")
            + (isFloating(tensor.dtype())          ? numberText(value)
                   : tensor.dtype() == DType::Bool ? std::string(value != 0 ? "True" : "False")
                                                   : fmt::format("{}", static_cast<std::int64_t>(value)));
    }
    std::set<std::string> none;
    const std::string list = tensor.rank() == 0 ? values : "[" + values + "]";
    const std::string text = fmt::format("torch.tensor({}, dtype={})", list, dtypeText(tensor.dtype()));
    return tensor.rank() < 2 ? text : fmt::format("{}.reshape({})", text, shapeText(Shape(tensor.dims()), none));
}

std::optional<std::vector<Expression>> expressionOf(const ExpressionCall &call)
{
    if (const auto write = findFunction(call.instruction.op->name))
        return write(call);
    return plain(call);
}

} // namespace espalier::pytorch
