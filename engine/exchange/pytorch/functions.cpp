// SPDX-License-Identifier: Apache-2.0
#include "engine/exchange/pytorch/functions.h"

#include <fmt/format.h>

#include <algorithm>

namespace espalier::pytorch {
namespace {

using Written = std::optional<std::vector<Expression>>;

Written one(std::string text, bool isAtom = true)
{
    return std::vector{Expression{std::move(text), isAtom}};
}

std::string tuple(const std::vector<std::int64_t> &values)
{
    std::string text;
    for (const std::int64_t value : values)
        text += (text.empty() ? "" : ", ") + std::to_string(value);
    return "(" + text + (values.size() == 1 ? ",)" : ")");
}

/// An operand that a method can be called on.
std::string object(const ExpressionCall &c, std::size_t i)
{
    return c.inputs[i].isNumber ? c.tensor(i) : c.operand(i);
}

std::string real(const ExpressionCall &c, std::string_view name)
{
    return numberText(c.attrs().real(name));
}

Written divide(const ExpressionCall &c)
{
    if (!isFloating(c.output().dtype))
        return one(fmt::format("torch.div({}, {}, rounding_mode=\"floor\")", c.tensor(0), c.tensor(1)));
    const bool areNumbers = c.inputs[0].isNumber && c.inputs[1].isNumber;
    return one(fmt::format("{} / {}", areNumbers ? c.tensor(0) : c.operand(0), c.operand(1)), false);
}

Written constant(const ExpressionCall &c)
{
    const Tensor &value = c.attrs().tensor("value");
    if (value.rank() > 0 || value.dtype() == DType::Bool)
        return one(tensorText(value));
    const double number = value.at(0);
    const std::string text
        = isFloating(value.dtype()) ? numberText(number) : fmt::format("{}", static_cast<std::int64_t>(number));
    return std::vector{Expression{text, number >= 0, true}};
}

Written dimension(const ExpressionCall &c)
{
    const std::string product = dimText(c.attrs().shape("shape").elements(), c.symbols);
    const bool isReal = isFloating(c.output().dtype);
    return std::vector{Expression{isReal ? "float(" + product + ")" : "(" + product + ")", true, true}};
}

Written iota(const ExpressionCall &c)
{
    const Shape &shape = c.attrs().shape("shape");
    const int axis = *normalizeAxis(c.attrs().integer("axis"), shape.rank());
    std::vector<std::int64_t> spread(static_cast<std::size_t>(shape.rank()), 1);
    spread[static_cast<std::size_t>(axis)] = -1;
    std::string text
        = fmt::format("torch.arange({}, dtype={})", dimText(shape[axis], c.symbols), dtypeText(c.output().dtype));
    if (shape.rank() > 1)
        text += fmt::format(".reshape{}.expand({})", tuple(spread), shapeText(shape, c.symbols));
    return one(text);
}

Written reshape(const ExpressionCall &c)
{
    return one(fmt::format("{}.reshape({})", object(c, 0),
                           c.output().shape.rank() == 0 ? "()" : shapeText(c.output().shape, c.symbols)));
}

Written transpose(const ExpressionCall &c)
{
    return one(fmt::format("{}.permute{}", object(c, 0), tuple(c.attrs().integers("permutation"))));
}

Written broadcast(const ExpressionCall &c)
{
    const std::string shape = shapeText(c.output().shape, c.symbols);
    if (c.inputs[0].isNumber)
        return one(fmt::format("torch.full(({}{}), {}, dtype={})", shape, c.output().shape.rank() == 1 ? "," : "",
                               c.inputs[0].text, dtypeText(c.output().dtype)));
    return one(fmt::format("{}.expand({})", object(c, 0), c.output().shape.rank() == 0 ? "()" : shape));
}

Written concat(const ExpressionCall &c)
{
    std::string list;
    for (std::size_t i = 0; i < c.inputs.size(); ++i)
        list += c.tensor(i) + (c.inputs.size() == 1 ? "," : i + 1 < c.inputs.size() ? ", " : "");
    return one(fmt::format("torch.cat(({}), dim={})", list, c.attrs().integer("axis")));
}

Written slice(const ExpressionCall &c)
{
    const int axis = *normalizeAxis(c.attrs().integer("axis"), c.input(0).shape.rank());
    const std::int64_t start = c.attrs().integer("start");
    const std::int64_t step = c.attrs().integer("step");
    const Dim end = Dim(start) + (c.attrs().shape("length")[0] - Dim(1)) * Dim(step) + Dim(1);
    std::string index;
    for (int i = 0; i < axis; ++i)
        index += ":, ";
    index += fmt::format("{}:{}", start, dimText(end, c.symbols));
    if (step != 1)
        index += fmt::format(":{}", step);
    return one(fmt::format("{}[{}]", object(c, 0), index));
}

/// F.pad names the last axis first.
Written pad(const ExpressionCall &c)
{
    const auto &before = c.attrs().integers("before");
    const auto &after = c.attrs().integers("after");
    std::vector<std::int64_t> sides;
    for (std::size_t i = before.size(); i-- > 0;) {
        sides.push_back(before[i]);
        sides.push_back(after[i]);
    }
    return one(fmt::format("F.pad({}, {}, value={})", c.tensor(0), tuple(sides), real(c, "value")));
}

Written matmul(const ExpressionCall &c)
{
    const auto side = [&](std::size_t i, const char *attribute) {
        return object(c, i) + (c.attrs().boolean(attribute) ? ".transpose(-1, -2)" : "");
    };
    return one(side(0, "transpose_a") + " @ " + side(1, "transpose_b"), false);
}

std::vector<std::int64_t> axesOf(const ExpressionCall &c)
{
    std::vector<std::int64_t> axes = c.attrs().integers("axes");
    if (axes.empty())
        for (int i = 0; i < c.input(0).shape.rank(); ++i)
            axes.push_back(i);
    return axes;
}

std::string reduceArguments(const ExpressionCall &c)
{
    return fmt::format("dim={}{}", tuple(axesOf(c)), c.attrs().boolean("keepdims") ? ", keepdim=True" : "");
}

Written reduce(const ExpressionCall &c, std::string_view method)
{
    if (axesOf(c).empty())
        return one(c.tensor(0), c.inputs[0].isAtom);
    const bool isWhole = !isFloating(c.output().dtype);
    if (isWhole && method == "mean")
        return std::nullopt;
    const std::string keep = isWhole && method == "sum" ? ", dtype=" + dtypeText(c.output().dtype) : "";
    return one(fmt::format("{}.{}({}{})", object(c, 0), method, reduceArguments(c), keep));
}

/// PyTorch multiplies along one axis at a time.
Written product(const ExpressionCall &c)
{
    std::vector<std::int64_t> axes = axesOf(c);
    for (std::int64_t &axis : axes)
        axis = *normalizeAxis(axis, c.input(0).shape.rank());
    std::sort(axes.rbegin(), axes.rend());
    std::string text = object(c, 0);
    const bool keep = c.attrs().boolean("keepdims");
    for (const std::int64_t axis : axes)
        text += fmt::format(".prod(dim={}{}, dtype={})", axis, keep ? ", keepdim=True" : "",
                            dtypeText(c.output().dtype));
    return one(text);
}

Written position(const ExpressionCall &c, std::string_view method)
{
    return one(fmt::format("{}.{}(dim={}{})", object(c, 0), method, c.attrs().integer("axis"),
                           c.attrs().boolean("keepdims") ? ", keepdim=True" : ""));
}

/// The input with uneven padding put on, and what is left for the function itself.
std::pair<std::string, std::string> padded(const ExpressionCall &c, std::string_view value)
{
    const auto &p = c.attrs().integers("padding"); // top, left, bottom, right
    const bool isEven = p[0] == p[2] && p[1] == p[3];
    if (isEven)
        return {c.tensor(0), p[0] == 0 && p[1] == 0 ? "" : ", padding=" + tuple({p[0], p[1]})};
    return {fmt::format("F.pad({}, {}, value={})", c.tensor(0), tuple({p[1], p[3], p[0], p[2]}), value), ""};
}

Written conv(const ExpressionCall &c)
{
    const auto [x, padding] = padded(c, "0.0");
    return one(fmt::format("F.conv2d({}, {}, stride={}{}, dilation={}, groups={})", x, c.tensor(1),
                           tuple(c.attrs().integers("stride")), padding, tuple(c.attrs().integers("dilation")),
                           c.attrs().integer("groups")));
}

std::string poolArguments(const ExpressionCall &c)
{
    return fmt::format("{}, stride={}{}", tuple(c.attrs().integers("kernel_size")), tuple(c.attrs().integers("stride")),
                       c.attrs().boolean("ceil_mode") ? ", ceil_mode=True" : "");
}

Written maxPool(const ExpressionCall &c)
{
    if (c.isUsed(1))
        return std::nullopt;
    const auto [x, padding] = padded(c, "-float(\"inf\")");
    return std::vector<Expression>{{fmt::format("F.max_pool2d({}, {}{})", x, poolArguments(c), padding)}, {}};
}

Written averagePool(const ExpressionCall &c)
{
    const auto &p = c.attrs().integers("padding");
    const bool counts = c.attrs().boolean("count_include_pad");
    if ((p[0] != p[2] || p[1] != p[3]) && !counts)
        return std::nullopt;
    const auto [x, padding] = padded(c, "0.0");
    return one(fmt::format("F.avg_pool2d({}, {}{}{})", x, poolArguments(c), padding,
                           counts ? "" : ", count_include_pad=False"));
}

Written batchNorm(const ExpressionCall &c)
{
    return one(fmt::format("F.batch_norm({}, {}, {}, {}, {}, eps={})", c.tensor(0), c.tensor(3), c.tensor(4),
                           c.tensor(1), c.tensor(2), real(c, "eps")));
}

Written layerNorm(const ExpressionCall &c)
{
    if (c.isUsed(1) || c.isUsed(2))
        return std::nullopt;
    const std::string shape = shapeText(c.input(1).shape, c.symbols);
    return std::vector<Expression>{{fmt::format("F.layer_norm({}, ({},), {}, {}, eps={})", c.tensor(0), shape,
                                                c.tensor(1), c.tensor(2), real(c, "eps"))},
                                   {},
                                   {}};
}

Written leakyRelu(const ExpressionCall &c)
{
    return one(fmt::format("F.leaky_relu({}, {})", c.tensor(0), real(c, "negative_slope")));
}

Written gelu(const ExpressionCall &c)
{
    return one(
        fmt::format("F.gelu({}{})", c.tensor(0), c.attrs().boolean("approximate") ? ", approximate=\"tanh\"" : ""));
}

Written clip(const ExpressionCall &c)
{
    return one(fmt::format("torch.clamp({}, {}, {})", c.tensor(0), real(c, "minimum"), real(c, "maximum")));
}

Written cast(const ExpressionCall &c)
{
    return one(fmt::format("{}.to({})", object(c, 0), dtypeText(c.output().dtype)));
}

Written softmax(const ExpressionCall &c, std::string_view function)
{
    return one(fmt::format("F.{}({}, dim={})", function, c.tensor(0), c.attrs().integer("axis")));
}

Written logSumExp(const ExpressionCall &c)
{
    return one(fmt::format("torch.logsumexp({}, dim={}{})", c.tensor(0), c.attrs().integer("axis"),
                           c.attrs().boolean("keepdims") ? ", keepdim=True" : ""));
}

struct Row {
    std::string_view op;
    Function write;
};

constexpr Row kRows[] = {
    {"div", divide},
    {"constant", constant},
    {"dimension", dimension},
    {"iota", iota},
    {"reshape", reshape},
    {"transpose", transpose},
    {"broadcast_to", broadcast},
    {"concat", concat},
    {"slice", slice},
    {"pad", pad},
    {"reverse",
     [](const ExpressionCall &c) {
         return one(fmt::format("torch.flip({}, ({},))", c.tensor(0), c.attrs().integer("axis")));
     }},
    {"matmul", matmul},
    {"reduce_sum", [](const ExpressionCall &c) { return reduce(c, "sum"); }},
    {"reduce_mean", [](const ExpressionCall &c) { return reduce(c, "mean"); }},
    {"reduce_max", [](const ExpressionCall &c) { return reduce(c, "amax"); }},
    {"reduce_min", [](const ExpressionCall &c) { return reduce(c, "amin"); }},
    {"reduce_prod", product},
    {"argmax", [](const ExpressionCall &c) { return position(c, "argmax"); }},
    {"argmin", [](const ExpressionCall &c) { return position(c, "argmin"); }},
    {"conv2d", conv},
    {"max_pool2d", maxPool},
    {"avg_pool2d", averagePool},
    {"batch_norm_inference", batchNorm},
    {"layer_norm", layerNorm},
    {"leaky_relu", leakyRelu},
    {"elu", [](const ExpressionCall &c) { return one(fmt::format("F.elu({}, {})", c.tensor(0), real(c, "alpha"))); }},
    {"gelu", gelu},
    {"clip", clip},
    {"cast", cast},
    {"softmax", [](const ExpressionCall &c) { return softmax(c, "softmax"); }},
    {"log_softmax", [](const ExpressionCall &c) { return softmax(c, "log_softmax"); }},
    {"log_sum_exp", logSumExp},
};

} // namespace

Function findFunction(std::string_view op)
{
    for (const Row &row : kRows)
        if (row.op == op)
            return row.write;
    return nullptr;
}

} // namespace espalier::pytorch
