// SPDX-License-Identifier: Apache-2.0
// Reductions over axes, and the position of the largest or smallest element.
#include "engine/ops/families.h"
#include "engine/ops/rules.h"
#include "engine/ops/scalar_math.h"

#include <algorithm>

namespace espalier {
namespace {

Shape reducedShape(const Shape &shape, const std::vector<int> &axes, bool keepdims)
{
    std::vector<Dim> dims;
    for (int i = 0; i < shape.rank(); ++i) {
        if (!std::binary_search(axes.begin(), axes.end(), i))
            dims.push_back(shape[i]);
        else if (keepdims)
            dims.emplace_back(1);
    }
    return Shape(std::move(dims));
}

InferredTypes inferReduce(const OpCall &call, unsigned kinds)
{
    const TensorType &x = call.inputs[0];
    ESPALIER_CHECK(checkKind(call.op.name, x, kinds));
    ESPALIER_TRY(const auto axes, resolveAxes(call.op.name, call.attrs.integers("axes"), x));
    return std::vector{TensorType{x.dtype, reducedShape(x.shape, axes, call.attrs.boolean("keepdims"))}};
}

InferredTypes inferNumbers(const OpCall &call)
{
    return inferReduce(call, scalar::kNumber);
}

InferredTypes inferBools(const OpCall &call)
{
    return inferReduce(call, scalar::kBool);
}

InferredTypes inferArg(const OpCall &call)
{
    const TensorType &x = call.inputs[0];
    ESPALIER_CHECK(checkKind(call.op.name, x, scalar::kNumber));
    ESPALIER_TRY(const int axis, resolveAxis(call.op.name, call.attrs.integer("axis"), x));
    if (x.shape[axis].isConstant(0))
        return fail("op.arg-empty", "{0} finds nothing along axis {1} of {2}: it is empty.", call.op.name, axis,
                    typeArg(x));
    return std::vector{TensorType{DType::Int64, reducedShape(x.shape, {axis}, call.attrs.boolean("keepdims"))}};
}

Cost readCost(const OpCall &call, std::span<const TensorType> outputs)
{
    return {call.inputs[0].shape.elements(), bytesOf(call.inputs, outputs)};
}

/// What the rules share: the reduced axes, and reduced tensors spread over the input again.
struct Reduction {
    Builder &b;
    ValueId x;
    ValueId y;
    ValueId g;
    std::vector<int> axes;
    Shape kept; ///< the result with keepdims

    explicit Reduction(const GradientCall &call)
        : b(call.builder)
        , x(call.inputs[0])
        , y(call.outputs[0])
        , g(call.gradients[0])
        , axes(*resolveAxes("reduce", call.attrs.integers("axes"), call.builder.type(call.inputs[0])))
        , kept(reducedShape(call.builder.shape(call.inputs[0]), axes, true))
    {
    }
    ValueId keep(ValueId reduced) const { return b.shape(reduced) == kept ? reduced : b.reshape(reduced, kept); }
    ValueId spread(ValueId reduced) const { return b.broadcastTo(keep(reduced), b.shape(x)); }
    ValueId again(std::string_view op, ValueId of) const
    {
        return b.emit(op, {of}, {{"axes", std::vector<std::int64_t>(axes.begin(), axes.end())}, {"keepdims", true}});
    }
    Shape reducedDims() const
    {
        std::vector<Dim> dims;
        for (const int axis : axes)
            dims.push_back(b.shape(x)[axis]);
        return Shape(std::move(dims));
    }
};

template <auto Rule>
std::vector<ValueId> gradientOf(const GradientCall &call)
{
    if (!call.needed[0] || call.gradients[0] == kNoValue)
        return {kNoValue};
    return {Rule(Reduction(call))};
}

ValueId sumGradient(const Reduction &r)
{
    return r.spread(r.g);
}

ValueId meanGradient(const Reduction &r)
{
    const ValueId count = r.b.emit("dimension", {}, {{"shape", r.reducedDims()}, {"dtype", r.b.dtype(r.g)}});
    return r.spread(r.b.div(r.g, count));
}

/// Shared evenly among equal extremes.
ValueId extremeGradient(const Reduction &r)
{
    const ValueId hit = r.b.cast(r.b.emit("equal", {r.x, r.keep(r.y)}), r.b.dtype(r.x));
    return r.b.mul(hit, r.b.div(r.keep(r.g), r.again("reduce_sum", hit)));
}

/// The product of the others, also where one of them is 0.
ValueId prodGradient(const Reduction &r)
{
    Builder &b = r.b;
    const ValueId zero = b.literal(0, r.x);
    const ValueId one = b.literal(1, r.x);
    const ValueId isZero = b.emit("equal", {r.x, zero});
    const ValueId nonZero = b.emit("where", {isZero, one, r.x});
    const ValueId zeros = r.again("reduce_sum", b.cast(isZero, b.dtype(r.x)));
    const ValueId product = r.again("reduce_prod", nonZero);
    const ValueId onlyZero = b.emit("logical_and", {isZero, b.emit("equal", {zeros, one})});
    const ValueId atZero = b.emit("where", {onlyZero, product, zero});
    const ValueId others = b.emit("where", {b.emit("equal", {zeros, zero}), b.div(product, nonZero), atZero});
    return b.mul(r.keep(r.g), others);
}

std::vector<OpCase> reduceCases(unsigned kinds, Domain domain, bool emptyAxes)
{
    struct Choice {
        Dims dims;
        std::vector<std::int64_t> axes;
        bool keepdims;
    };
    std::vector<Choice> choices = {{{3, 5}, {}, false},     {{3, 5}, {1}, false},       {{3, 5}, {0}, true},
                                   {{2, 3, 4}, {-1}, true}, {{2, 3, 4}, {0, 2}, false}, {{2, 1, 3, 5}, {0, -1}, true},
                                   {{}, {}, false},         {{1}, {0}, false},          {{0, 3}, {1}, false}};
    if (emptyAxes) // the sum of nothing is 0
        choices.push_back({{3, 0}, {1}, false});
    std::vector<OpCase> cases;
    const auto add = [&](DType dtype, Domain d) {
        for (const Choice &c : choices)
            cases.push_back({std::string(name(dtype)) + " " + Shape(c.dims).toString() + " over "
                                 + attrToString(AttrValue(c.axes)) + (c.keepdims ? " kept" : ""),
                             {{"axes", c.axes}, {"keepdims", c.keepdims}},
                             {{c.dims, dtype, d}}});
    };
    if (kinds & scalar::kFloat)
        add(DType::Float32, domain);
    if (kinds & scalar::kInt) {
        add(DType::Int64, Domain::Normal);
        add(DType::Int32, Domain::Normal);
    }
    if (kinds & scalar::kBool)
        add(DType::Bool, Domain::Boolean);
    return cases;
}

std::vector<OpCase> sumCases()
{
    return reduceCases(scalar::kNumber, Domain::Normal, true);
}
std::vector<OpCase> extremeCases()
{
    return reduceCases(scalar::kNumber, Domain::Distinct, false);
}
std::vector<OpCase> meanCases()
{
    return reduceCases(scalar::kNumber, Domain::Normal, false);
}
std::vector<OpCase> boolCases()
{
    return reduceCases(scalar::kBool, Domain::Boolean, false);
}

std::vector<OpCase> argCases()
{
    std::vector<OpCase> cases;
    for (const DType dtype : {DType::Float32, DType::Int64, DType::Int32})
        for (const auto &[dims, axis, keep] :
             {std::tuple{Dims{3, 5}, -1, false}, std::tuple{Dims{2, 3, 4}, 1, true}, std::tuple{Dims{7}, 0, false},
              std::tuple{Dims{1, 1}, 0, true}, std::tuple{Dims{0, 3}, 1, false}})
            cases.push_back({std::string(name(dtype)) + " " + Shape(dims).toString() + " axis " + std::to_string(axis),
                             {{"axis", std::int64_t{axis}}, {"keepdims", keep}},
                             {{dims, dtype, Domain::Distinct}}});
    return cases;
}

std::vector<ValueId> expandMean(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const TensorType &x = b.type(in[0]);
    std::vector<Dim> reduced;
    const auto axes = resolveAxes("reduce_mean", call.attrs.integers("axes"), x);
    for (const int axis : *axes)
        reduced.push_back(x.shape[axis]);
    const ValueId count = b.emit("dimension", {}, {{"shape", Shape(std::move(reduced))}, {"dtype", x.dtype}});
    return {b.div(b.emit("reduce_sum", {in[0]}, call.attrs), count)};
}

/// any = the largest, all = the smallest of the values as numbers: ONNX has no reduction of bool.
template <bool any>
std::vector<ValueId> expandBool(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const ValueId number = b.cast(in[0], DType::Int32);
    return {b.cast(b.emit(any ? "reduce_max" : "reduce_min", {number}, call.attrs), DType::Bool)};
}

Op row(std::string_view name, std::string_view help, InferredTypes (*infer)(const OpCall &),
       std::vector<ValueId> (*gradient)(const GradientCall &), std::string_view onnx, std::vector<OpCase> (*cases)())
{
    Op op;
    op.name = name;
    op.help = help;
    op.attrs = {{"axes", std::vector<std::int64_t>{}, false, "Which axes to reduce; none named: all of them."},
                {"keepdims", false, false, "Keep the reduced axes with size 1."}};
    op.inputNames = {"x"};
    op.infer = infer;
    op.gradient = gradient;
    op.traits.differentiable = gradient != nullptr;
    op.cost = readCost;
    op.onnx = onnx;
    op.cases = cases;
    return op;
}

Op boolRow(std::string_view name, std::string_view help,
           std::vector<ValueId> (*expand)(Builder &, const OpCall &, std::span<const ValueId>))
{
    Op op = row(name, help, inferBools, nullptr, "", boolCases);
    op.expand = expand;
    return op;
}

Op argRow(std::string_view name, std::string_view help, std::string_view onnx)
{
    Op op = row(name, help, inferArg, nullptr, onnx, argCases);
    op.attrs = {{"axis", std::int64_t{0}, true, "Along which axis to look."},
                {"keepdims", false, false, "Keep the axis with size 1."}};
    return op;
}

std::vector<Op> makeOps()
{
    Op mean = row("reduce_mean", "The mean over axes; of whole numbers, rounded down.", inferNumbers,
                  gradientOf<meanGradient>, "ReduceMean", meanCases);
    mean.expand = expandMean;
    return {
        row("reduce_sum", "The sum over axes.", inferNumbers, gradientOf<sumGradient>, "ReduceSum", sumCases),
        mean,
        row("reduce_max", "The largest value over axes.", inferNumbers, gradientOf<extremeGradient>, "ReduceMax",
            extremeCases),
        row("reduce_min", "The smallest value over axes.", inferNumbers, gradientOf<extremeGradient>, "ReduceMin",
            extremeCases),
        row("reduce_prod", "The product over axes.", inferNumbers, gradientOf<prodGradient>, "ReduceProd", sumCases),
        boolRow("reduce_any", "True where any value over axes is true.", expandBool<true>),
        boolRow("reduce_all", "True where every value over axes is true.", expandBool<false>),
        argRow("argmax", "The position of the largest value along an axis; the first of equal ones.", "ArgMax"),
        argRow("argmin", "The position of the smallest value along an axis; the first of equal ones.", "ArgMin"),
    };
}

} // namespace

std::span<const Op> reduceOps()
{
    static const std::vector<Op> ops = makeOps();
    return ops;
}

} // namespace espalier
