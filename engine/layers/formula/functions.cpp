// SPDX-License-Identifier: Apache-2.0
// The functions of formulas: a table of those with a form of their own, and every other op by its name.
#include "engine/layers/formula/compiler.h"

#include <algorithm>
#include <array>

namespace espalier {
namespace {

using Call = const Expression &;

Error wants(FormulaCompiler &c, Call e, std::string_view form)
{
    return c.at(
        e, error("formula.arguments", "'{0}' is written as {1}.", e.text, Arg(Arg::Kind::Text, std::string(form))));
}

const Expression *namedArgument(Call e, std::string_view name)
{
    for (const auto &[key, value] : e.named)
        if (key == name)
            return &value;
    return nullptr;
}

/// A misspelt name must not be passed over.
Result<void> onlyNamed(FormulaCompiler &c, Call e, std::initializer_list<std::string_view> known)
{
    for (const auto &[key, value] : e.named)
        if (std::find(known.begin(), known.end(), key) == known.end())
            return fail(c.at(value, error("formula.named", "'{0}' has no argument '{1}'.", e.text, key)));
    return {};
}

struct Axes {
    std::vector<std::int64_t> axes;
    bool keepdims = false;
};

/// sum(x), sum(x, 1), sum(x, axis=[0, 1], keepdims=true)
Result<Axes> readAxes(FormulaCompiler &c, Call e, ValueId x)
{
    ESPALIER_CHECK(onlyNamed(c, e, {"axis", "keepdims"}));
    const int rank = c.builder().shape(x).rank();
    Axes result;
    for (int i = 0; i < rank; ++i)
        result.axes.push_back(i);
    const Expression *axis = e.children.size() > 1 ? &e.children[1] : namedArgument(e, "axis");
    if (axis) {
        ESPALIER_TRY(result.axes, c.axes(*axis, rank));
    }
    if (const Expression *keep = namedArgument(e, "keepdims")) {
        ESPALIER_TRY(result.keepdims, c.boolean(*keep));
    }
    return result;
}

Result<FormulaValue> reduceWith(FormulaCompiler &c, Call e, std::string_view op, ValueId x, const Axes &axes)
{
    ESPALIER_TRY(const ValueId y, c.emit(e, op, {x}, {{"axes", axes.axes}, {"keepdims", axes.keepdims}}));
    return FormulaValue::of(y);
}

template <const char *Op>
Result<FormulaValue> reduction(FormulaCompiler &c, Call e)
{
    if (e.children.empty() || e.children.size() > 2)
        return fail(wants(c, e, e.text + "(x, axis=1, keepdims=false)"));
    ESPALIER_TRY(const ValueId x, c.tensor(e.children[0]));
    ESPALIER_TRY(const Axes axes, readAxes(c, e, x));
    return reduceWith(c, e, Op, x, axes);
}

/// max(x, axis=1) reduces; max(a, b) takes the larger of each pair.
template <const char *Op, const char *Pairwise>
Result<FormulaValue> extreme(FormulaCompiler &c, Call e)
{
    if (e.children.size() != 2)
        return reduction<Op>(c, e);
    ESPALIER_CHECK(onlyNamed(c, e, {}));
    ESPALIER_TRY(const auto pair, c.meeting(e.children));
    ESPALIER_TRY(const ValueId y, c.emit(e, Pairwise, pair));
    return FormulaValue::of(y);
}

/// Without bias, over the same axes as mean: mean((x - mean(x))^2).
Result<FormulaValue> variance(FormulaCompiler &c, Call e)
{
    if (e.children.empty() || e.children.size() > 2)
        return fail(wants(c, e, e.text + "(x, axis=1, keepdims=false)"));
    ESPALIER_TRY(const ValueId x, c.tensor(e.children[0]));
    ESPALIER_TRY(const Axes axes, readAxes(c, e, x));
    ESPALIER_TRY(const FormulaValue mean, reduceWith(c, e, "reduce_mean", x, {axes.axes, true}));
    ESPALIER_TRY(const ValueId centred, c.emit(e, "sub", {x, mean.id}));
    ESPALIER_TRY(const ValueId squares, c.emit(e, "square", {centred}));
    ESPALIER_TRY(const FormulaValue result, reduceWith(c, e, "reduce_mean", squares, axes));
    if (e.text == "var")
        return result;
    ESPALIER_TRY(const ValueId root, c.emit(e, "sqrt", {result.id}));
    return FormulaValue::of(root);
}

Result<FormulaValue> reshape(FormulaCompiler &c, Call e)
{
    if (e.children.size() != 2 || !e.named.empty())
        return fail(wants(c, e, "reshape(x, [batch, 64])"));
    ESPALIER_TRY(const ValueId x, c.tensor(e.children[0]));
    int open = -1;
    ESPALIER_TRY(std::vector<Dim> dims, c.dims(e.children[1], &open));
    if (open >= 0) {
        Dim known = 1;
        for (std::size_t i = 0; i < dims.size(); ++i)
            if (static_cast<int>(i) != open)
                known = known * dims[i];
        Dim &rest = dims[static_cast<std::size_t>(open)];
        rest = known == Dim(0) ? Dim::unknown() : exactDiv(c.builder().shape(x).elements(), known);
        if (rest.isUnknown())
            return fail(c.at(e,
                             error("formula.reshape",
                                   "{0} can't be reshaped like this: the sizes don't divide its "
                                   "elements.",
                                   shapeArg(c.builder().shape(x)))));
    }
    ESPALIER_TRY(const ValueId y, c.emit(e, "reshape", {x}, {{"shape", Shape(std::move(dims))}}));
    return FormulaValue::of(y);
}

/// transpose(x) swaps the last two axes; transpose(x, [0, 2, 1]) orders all.
Result<FormulaValue> transpose(FormulaCompiler &c, Call e)
{
    if (e.children.empty() || e.children.size() > 2 || !e.named.empty())
        return fail(wants(c, e, "transpose(x) or transpose(x, [0, 2, 1])"));
    ESPALIER_TRY(const ValueId x, c.tensor(e.children[0]));
    const int rank = c.builder().shape(x).rank();
    std::vector<std::int64_t> permutation;
    for (int i = 0; i < rank; ++i)
        permutation.push_back(i);
    if (e.children.size() == 2) {
        permutation.clear();
        for (const Expression &entry : e.children[1].children) {
            ESPALIER_TRY(const std::int64_t axis, c.whole(entry));
            permutation.push_back(normalizeAxis(axis, rank).value_or(-1));
        }
    } else if (rank >= 2) {
        std::swap(permutation[static_cast<std::size_t>(rank - 1)], permutation[static_cast<std::size_t>(rank - 2)]);
    }
    std::vector<std::int64_t> sorted = permutation;
    std::sort(sorted.begin(), sorted.end());
    for (int i = 0; i < rank; ++i)
        if (static_cast<int>(sorted.size()) != rank || sorted[static_cast<std::size_t>(i)] != i)
            return fail(c.at(e, error("formula.transpose", "The order must name each of the {0} axes once.", rank)));
    ESPALIER_TRY(const ValueId y, c.emit(e, "transpose", {x}, {{"permutation", std::move(permutation)}}));
    return FormulaValue::of(y);
}

Result<FormulaValue> concat(FormulaCompiler &c, Call e)
{
    ESPALIER_CHECK(onlyNamed(c, e, {"axis"}));
    if (e.children.empty())
        return fail(wants(c, e, "concat(a, b, axis=1)"));
    ESPALIER_TRY(const auto xs, c.meeting(e.children));
    std::int64_t axis = 0;
    if (const Expression *given = namedArgument(e, "axis")) {
        ESPALIER_TRY(const auto found, c.axes(*given, c.builder().shape(xs.front()).rank()));
        axis = found.empty() ? 0 : found.front();
    }
    ESPALIER_TRY(const ValueId y, c.emit(e, "concat", xs, {{"axis", axis}}));
    return FormulaValue::of(y);
}

Result<FormulaValue> where(FormulaCompiler &c, Call e)
{
    if (e.children.size() != 3 || !e.named.empty())
        return fail(wants(c, e, "where(condition, a, b)"));
    ESPALIER_TRY(const ValueId condition, c.tensor(e.children[0]));
    ESPALIER_TRY(const auto sides, c.meeting(std::span(e.children).subspan(1)));
    ESPALIER_TRY(const ValueId y, c.emit(e, "where", {condition, sides[0], sides[1]}));
    return FormulaValue::of(y);
}

Result<FormulaValue> cast(FormulaCompiler &c, Call e)
{
    if (e.children.size() != 2 || !e.named.empty())
        return fail(wants(c, e, "cast(x, float32)"));
    ESPALIER_TRY(const DType to, c.dtype(e.children[1]));
    ESPALIER_TRY(const ValueId x, c.tensor(e.children[0]));
    ESPALIER_TRY(const ValueId y, c.emit(e, "cast", {x}, {{"dtype", to}}));
    return FormulaValue::of(y);
}

/// zeros([2, 3]), ones([2], float64), full([2], 7)
Result<FormulaValue> filled(FormulaCompiler &c, Call e)
{
    const std::size_t shapeAndValue = e.text == "full" ? 2 : 1;
    if (e.children.size() < shapeAndValue || e.children.size() > shapeAndValue + 1 || !e.named.empty())
        return fail(wants(c, e, e.text == "full" ? "full([2, 3], 0.5, float32)" : e.text + "([2, 3], float32)"));
    ESPALIER_TRY(std::vector<Dim> dims, c.dims(e.children[0]));
    double value = e.text == "ones" ? 1 : 0;
    if (e.text == "full") {
        ESPALIER_TRY(value, c.number(e.children[1]));
    }
    DType dtype = c.literals();
    if (e.children.size() > shapeAndValue) {
        ESPALIER_TRY(dtype, c.dtype(e.children[shapeAndValue]));
    }
    Tensor scalar(dtype, {});
    scalar.set(0, value);
    ESPALIER_TRY(
        const ValueId y,
        c.emit(e, "broadcast_to", {c.builder().constant(std::move(scalar))}, {{"shape", Shape(std::move(dims))}}));
    return FormulaValue::of(y);
}

/// A size as a number, also where only a run decides it.
Result<FormulaValue> size(FormulaCompiler &c, Call e)
{
    if (e.children.size() != 2 || !e.named.empty())
        return fail(wants(c, e, "size(x, axis)"));
    ESPALIER_TRY(const Dim dim, c.dim(e));
    if (dim.isConstant())
        return FormulaValue{kNoValue, static_cast<double>(dim.constant()), true};
    ESPALIER_TRY(const ValueId y, c.emit(e, "dimension", {}, {{"shape", Shape{dim}}, {"dtype", c.literals()}}));
    return FormulaValue::of(y);
}

constexpr char kSum[] = "reduce_sum", kMean[] = "reduce_mean", kMax[] = "reduce_max", kMin[] = "reduce_min",
               kProd[] = "reduce_prod", kAny[] = "reduce_any", kAll[] = "reduce_all", kMaximum[] = "maximum",
               kMinimum[] = "minimum";

struct Function {
    std::string_view name;
    std::string_view help;
    Result<FormulaValue> (*call)(FormulaCompiler &, Call);
};

constexpr std::array kFunctions{
    Function{"all", "Whether all are true: all(x, axis=1)", reduction<kAll>},
    Function{"any", "Whether any is true: any(x, axis=1)", reduction<kAny>},
    Function{"cast", "Converts numbers: cast(x, float32)", cast},
    Function{"concat", "Joins along an axis: concat(a, b, axis=1)", concat},
    Function{"full", "Equal numbers: full([2, 3], 0.5)", filled},
    Function{"max", "The largest along axes, max(x, axis=1), or of two, max(a, b)", extreme<kMax, kMaximum>},
    Function{"mean", "The mean along axes: mean(x, axis=1)", reduction<kMean>},
    Function{"min", "The smallest along axes, min(x, axis=1), or of two, min(a, b)", extreme<kMin, kMinimum>},
    Function{"ones", "Ones: ones([2, 3])", filled},
    Function{"prod", "The product along axes: prod(x, axis=1)", reduction<kProd>},
    Function{"reshape", "Another shape: reshape(x, [batch, -1])", reshape},
    Function{"size", "The size of an axis: size(x, 0)", size},
    Function{"std", "The standard deviation along axes: std(x, axis=1)", variance},
    Function{"sum", "The sum along axes: sum(x, axis=1)", reduction<kSum>},
    Function{"transpose", "Swaps the last two axes, or orders all: transpose(x, [0, 2, 1])", transpose},
    Function{"var", "The variance along axes: var(x, axis=1)", variance},
    Function{"where", "Chooses element by element: where(x > 0, x, 0)", where},
    Function{"zeros", "Zeros: zeros([2, 3])", filled},
};

constexpr std::array<std::array<std::string_view, 2>, 4> kAliases{
    {{"ln", "log"}, {"logsumexp", "log_sum_exp"}, {"swish", "silu"}, {"logistic", "sigmoid"}}};

std::string_view opName(std::string_view name)
{
    for (const auto &[alias, op] : kAliases)
        if (alias == name)
            return op;
    return name;
}

/// Ops that make sense as a function: those that compute from tensors alone.
const Op *functionOp(std::string_view name)
{
    const Op *op = findOp(opName(name));
    const bool fits = op && op->minInputs >= 1 && op->name != "scan" && !op->traits.update
        && !op->name.starts_with("random_") && !op->name.starts_with("reduce_")
        && op->name.find("_backward") == std::string_view::npos;
    return fits ? op : nullptr;
}

struct AttrReader {
    FormulaCompiler &c;
    const Expression &e;
    Result<AttrValue> operator()(bool) const { return wrap(c.boolean(e)); }
    Result<AttrValue> operator()(std::int64_t) const { return wrap(c.whole(e)); }
    Result<AttrValue> operator()(double) const { return wrap(c.number(e)); }
    Result<AttrValue> operator()(DType) const { return wrap(c.dtype(e)); }
    Result<AttrValue> operator()(const std::string &) const { return AttrValue(e.text); }
    Result<AttrValue> operator()(const Shape &) const
    {
        ESPALIER_TRY(std::vector<Dim> dims, c.dims(e));
        return AttrValue(Shape(std::move(dims)));
    }
    Result<AttrValue> operator()(const Tensor &) const
    {
        return fail(c.at(e, error("formula.attribute", "This can't be written in a formula.")));
    }
    Result<AttrValue> operator()(const std::vector<std::int64_t> &) const
    {
        std::vector<std::int64_t> list;
        const bool isList = e.kind == Expression::Kind::List;
        for (const Expression &entry : isList ? std::span<const Expression>(e.children) : std::span(&e, 1)) {
            ESPALIER_TRY(const std::int64_t one, c.whole(entry));
            list.push_back(one);
        }
        return AttrValue(std::move(list));
    }
    template <typename T>
    static Result<AttrValue> wrap(Result<T> value)
    {
        return value ? Result<AttrValue>(AttrValue(*value)) : fail(std::move(value).error());
    }
};

Result<Attrs> readAttrs(FormulaCompiler &c, const Op &op, Call e, std::size_t inputs)
{
    Attrs attrs;
    for (std::size_t i = inputs; i < e.children.size(); ++i) {
        if (i - inputs >= op.attrs.size())
            return fail(c.at(e.children[i], error("formula.arguments", "'{0}' takes fewer arguments.", e.text)));
        const AttrSpec &spec = op.attrs[i - inputs];
        ESPALIER_TRY(AttrValue value, std::visit(AttrReader{c, e.children[i]}, spec.example));
        attrs.set(spec.name, std::move(value));
    }
    for (const auto &[key, argument] : e.named) {
        const auto spec = std::find_if(op.attrs.begin(), op.attrs.end(),
                                       [&wanted = key](const AttrSpec &s) { return s.name == wanted; });
        if (spec == op.attrs.end())
            return fail(c.at(argument, error("formula.named", "'{0}' has no argument '{1}'.", e.text, key)));
        ESPALIER_TRY(AttrValue value, std::visit(AttrReader{c, argument}, spec->example));
        attrs.set(key, std::move(value));
    }
    return attrs;
}

/// Inputs first, then attributes in the op's order or by name: leaky_relu(x, 0.2), softmax(x, axis=1).
Result<FormulaValue> callOp(FormulaCompiler &c, const Op &op, Call e)
{
    const std::size_t most = op.maxInputs < 0 ? e.children.size() : static_cast<std::size_t>(op.maxInputs);
    const std::size_t count = std::min(e.children.size(), most);
    if (count < static_cast<std::size_t>(op.minInputs))
        return fail(c.at(e, error("formula.arguments", "'{0}' needs {1} arguments.", e.text, op.minInputs)));
    ESPALIER_TRY(const auto inputs, c.meeting(std::span(e.children).first(count)));
    ESPALIER_TRY(Attrs attrs, readAttrs(c, op, e, count));
    ESPALIER_TRY(const ValueId y, c.emit(e, op.name, inputs, std::move(attrs)));
    return FormulaValue::of(y);
}

const Function *findFunction(std::string_view name)
{
    const auto found
        = std::find_if(kFunctions.begin(), kFunctions.end(), [&](const Function &f) { return f.name == name; });
    return found == kFunctions.end() ? nullptr : &*found;
}

} // namespace

bool isFormulaFunction(std::string_view name)
{
    return findFunction(name) || functionOp(name);
}

Result<FormulaValue> callFunction(FormulaCompiler &compiler, const Expression &call)
{
    if (const Function *function = findFunction(call.text))
        return function->call(compiler, call);
    if (const Op *op = functionOp(call.text))
        return callOp(compiler, *op, call);
    return fail(compiler.at(call, error("formula.function", "There is no function '{0}'.", call.text)));
}

std::vector<std::pair<std::string_view, std::string_view>> formulaFunctions()
{
    std::vector<std::pair<std::string_view, std::string_view>> all;
    for (const Function &f : kFunctions)
        all.emplace_back(f.name, f.help);
    for (const Op *op : allOps())
        if (functionOp(op->name) && !findFunction(op->name))
            all.emplace_back(op->name, op->help);
    for (const auto &[alias, op] : kAliases)
        all.emplace_back(alias, op);
    std::sort(all.begin(), all.end());
    return all;
}

} // namespace espalier
