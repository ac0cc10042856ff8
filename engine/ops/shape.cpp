// SPDX-License-Identifier: Apache-2.0
// Ops that make tensors from nothing, and those that keep every element: one section for each. The others, which cut
// and join, are in shape_parts.cpp.
#include "engine/ops/families.h"
#include "engine/ops/scalar_math.h"
#include "engine/ops/shape_rules.h"

#include <algorithm>
#include <numeric>

namespace espalier {
namespace shape_ops {

bool reaches(const GradientCall &call)
{
    return call.needed[0] && call.gradients[0] != kNoValue;
}

std::vector<OpCase> forEachDType(std::vector<OpCase> floats)
{
    std::vector<OpCase> cases = floats;
    for (const DType dtype : {DType::Int64, DType::Int32, DType::Bool})
        for (OpCase c : floats) {
            c.name += " " + std::string(name(dtype));
            for (CaseInput &input : c.inputs) {
                input.dtype = dtype;
                input.domain = dtype == DType::Bool ? Domain::Boolean : Domain::Normal;
            }
            cases.push_back(std::move(c));
        }
    return cases;
}

namespace {

// constant, dimension, iota

InferredTypes inferConstant(const OpCall &call)
{
    const Tensor &value = call.attrs.tensor("value");
    if (value.isEmpty())
        return fail("op.constant-empty", "constant needs a value.");
    return std::vector{value.type()};
}

std::vector<OpCase> constantCases()
{
    return {{"scalar", {{"value", Tensor::scalar(1.5F)}}},
            {"matrix", {{"value", Tensor::of<double>({2, 3}, {1, 2, 3, 4, 5, 6})}}},
            {"integers", {{"value", Tensor::of<std::int64_t>({3}, {-1, 0, std::int64_t{1} << 40})}}},
            {"bools", {{"value", Tensor::of<bool>({2}, {true, false})}}},
            {"half", {{"value", Tensor::of<bfloat16>({1, 2}, {bfloat16(0.5F), bfloat16(-2)})}}},
            {"empty", {{"value", Tensor(DType::Int32, {0, 3})}}}};
}

InferredTypes inferDimension(const OpCall &call)
{
    ESPALIER_CHECK(checkSizes("dimension", call.attrs.shape("shape")));
    const DType dtype = call.attrs.dtype("dtype");
    if (!hasKind(dtype, scalar::kNumber))
        return fail("op.dimension-dtype", "dimension makes a number, not {0}.", name(dtype));
    return std::vector{TensorType{dtype, Shape{}}};
}

std::vector<OpCase> dimensionCases()
{
    std::vector<OpCase> cases;
    for (const DType dtype : {DType::Float64, DType::Float32, DType::BFloat16, DType::Int64, DType::Int32})
        for (const Shape &shape : {Shape{}, Shape{3, 5}, Shape{0, 2}})
            cases.push_back({std::string(name(dtype)) + shape.toString(), {{"shape", shape}, {"dtype", dtype}}});
    return cases;
}

InferredTypes inferIota(const OpCall &call)
{
    const Shape &shape = call.attrs.shape("shape");
    ESPALIER_CHECK(checkSizes("iota", shape));
    const TensorType type{call.attrs.dtype("dtype"), shape};
    ESPALIER_CHECK(checkKind("iota", type, scalar::kNumber));
    ESPALIER_CHECK(resolveAxis("iota", call.attrs.integer("axis"), type));
    return std::vector{type};
}

std::vector<OpCase> iotaCases()
{
    std::vector<OpCase> cases;
    for (const DType dtype : {DType::Float64, DType::Float32, DType::BFloat16, DType::Int64, DType::Int32})
        for (const std::int64_t axis : {0, 1, -1})
            cases.push_back({std::string(name(dtype)) + " axis " + std::to_string(axis),
                             {{"shape", Shape{2, 3, 4}}, {"axis", axis}, {"dtype", dtype}}});
    cases.push_back({"empty", {{"shape", Shape{0}}, {"axis", std::int64_t{0}}, {"dtype", DType::Int64}}});
    return cases;
}

// reshape, transpose, broadcast_to

InferredTypes inferReshape(const OpCall &call)
{
    const TensorType &x = call.inputs[0];
    const Shape &shape = call.attrs.shape("shape");
    ESPALIER_CHECK(checkSizes("reshape", shape));
    if (!mayEqual(x.shape.elements(), shape.elements()))
        return fail("op.reshape", "reshape can't make {0} from {1}: {2} elements are not {3}.", shapeArg(shape),
                    typeArg(x), Arg(Arg::Kind::Shape, x.shape.elements().toString()),
                    Arg(Arg::Kind::Shape, shape.elements().toString()));
    return std::vector{TensorType{x.dtype, shape}};
}

std::vector<ValueId> reshapeGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    return {call.builder.reshape(call.gradients[0], call.builder.shape(call.inputs[0]))};
}

std::vector<OpCase> reshapeCases()
{
    std::vector<OpCase> cases;
    for (const auto &[from, to] :
         {std::pair{Dims{2, 6}, Dims{3, 4}}, std::pair{Dims{}, Dims{1, 1}}, std::pair{Dims{1}, Dims{}},
          std::pair{Dims{0, 3}, Dims{2, 0}}, std::pair{Dims{2, 3, 5}, Dims{30}}})
        cases.push_back({Shape(from).toString() + " to " + Shape(to).toString(), {{"shape", Shape(to)}}, {{from}}});
    return forEachDType(std::move(cases));
}

InferredTypes inferTranspose(const OpCall &call)
{
    const TensorType &x = call.inputs[0];
    const Ints &permutation = call.attrs.integers("permutation");
    Ints sorted = permutation;
    std::sort(sorted.begin(), sorted.end());
    Ints axes(static_cast<std::size_t>(x.shape.rank()));
    std::iota(axes.begin(), axes.end(), 0);
    if (sorted != axes)
        return fail("op.transpose", "transpose needs each of the {0} axes of {1} once, got {2}.", x.shape.rank(),
                    typeArg(x), attrToString(permutation));
    std::vector<Dim> dims;
    for (const std::int64_t axis : permutation)
        dims.push_back(x.shape[static_cast<int>(axis)]);
    return std::vector{TensorType{x.dtype, Shape(std::move(dims))}};
}

std::vector<ValueId> transposeGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    const Ints &permutation = call.attrs.integers("permutation");
    Ints inverse(permutation.size());
    for (std::size_t i = 0; i < permutation.size(); ++i)
        inverse[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
    return {call.builder.emit("transpose", {call.gradients[0]}, {{"permutation", inverse}})};
}

std::vector<OpCase> transposeCases()
{
    std::vector<OpCase> cases;
    for (const auto &[dims, permutation] : {std::pair{Dims{3, 5}, Ints{1, 0}}, std::pair{Dims{2, 3, 4}, Ints{2, 0, 1}},
                                            std::pair{Dims{2, 3, 1, 4}, Ints{0, 2, 3, 1}}, std::pair{Dims{}, Ints{}},
                                            std::pair{Dims{5}, Ints{0}}, std::pair{Dims{0, 3}, Ints{1, 0}}})
        cases.push_back(
            {Shape(dims).toString() + " by " + attrToString(permutation), {{"permutation", permutation}}, {{dims}}});
    return forEachDType(std::move(cases));
}

InferredTypes inferBroadcastTo(const OpCall &call)
{
    const TensorType &x = call.inputs[0];
    const Shape &shape = call.attrs.shape("shape");
    ESPALIER_CHECK(checkSizes("broadcast_to", shape));
    const auto both = broadcast(x.shape, shape);
    if (!both || !mayEqual(*both, shape))
        return fail("op.broadcast-to", "broadcast_to can't make {0} from {1}: sizes must be equal, or 1.",
                    shapeArg(shape), typeArg(x));
    return std::vector{TensorType{x.dtype, shape}};
}

std::vector<ValueId> broadcastToGradient(const GradientCall &call)
{
    if (!reaches(call))
        return {kNoValue};
    return {call.builder.sumTo(call.gradients[0], call.builder.shape(call.inputs[0]))};
}

std::vector<OpCase> broadcastToCases()
{
    std::vector<OpCase> cases;
    for (const auto &[from, to] :
         {std::pair{Dims{3, 1}, Dims{3, 4}}, std::pair{Dims{}, Dims{2, 3}}, std::pair{Dims{5}, Dims{2, 3, 5}},
          std::pair{Dims{1, 2, 1}, Dims{4, 3, 2, 5}}, std::pair{Dims{1}, Dims{0}}, std::pair{Dims{2}, Dims{2}}})
        cases.push_back({Shape(from).toString() + " to " + Shape(to).toString(), {{"shape", Shape(to)}}, {{from}}});
    return forEachDType(std::move(cases));
}

} // namespace

std::vector<Row> makingRows()
{
    const AttrSpec shape{"shape", Shape{}, true, "The shape to make."};
    const AttrSpec axis{"axis", std::int64_t{0}, true, "Along which axis; negative ones count from the last."};
    const AttrSpec dtype{"dtype", DType::Float32, true, "The dtype to make."};
    return {

        {"constant",
         "A fixed tensor.",
         {{"value", Tensor{}, true, "The tensor."}},
         0,
         inferConstant,
         nullptr,
         "Constant",
         constantCases},
        {"dimension",
         "The product of sizes as a number.",
         {shape, dtype},
         0,
         inferDimension,
         nullptr,
         "Shape",
         dimensionCases},
        {"iota",
         "The position along an axis: 0, 1, 2, ...",
         {shape, axis, dtype},
         0,
         inferIota,
         nullptr,
         "Range",
         iotaCases},
        {"reshape",
         "The same elements in another shape.",
         {shape},
         1,
         inferReshape,
         reshapeGradient,
         "Reshape",
         reshapeCases},
        {"transpose",
         "The axes in another order.",
         {{"permutation", Ints{}, true, "For each axis of the result, the axis that it comes from."}},
         1,
         inferTranspose,
         transposeGradient,
         "Transpose",
         transposeCases},
        {"broadcast_to",
         "Repeats along axes of size 1 and new leading axes.",
         {shape},
         1,
         inferBroadcastTo,
         broadcastToGradient,
         "Expand",
         broadcastToCases}};
}

} // namespace shape_ops

std::span<const Op> shapeOps()
{
    static const std::vector<Op> ops = [] {
        std::vector<Op> all;
        std::vector<shape_ops::Row> rows = shape_ops::makingRows();
        for (auto &row : shape_ops::cuttingRows())
            rows.push_back(std::move(row));
        for (const shape_ops::Row &row : rows) {
            Op op;
            op.name = row.name;
            op.help = row.help;
            op.attrs = row.attrs;
            op.minInputs = row.inputs < 0 ? 1 : row.inputs;
            op.maxInputs = row.inputs;
            if (row.inputs != 0)
                op.inputNames = {row.name == "slice_backward" ? "dy" : "x"};
            op.infer = row.infer;
            op.gradient = row.gradient;
            op.traits.differentiable = row.gradient != nullptr;
            op.traits.view = row.name == "reshape";
            op.cost = moveCost;
            op.onnx = row.onnx;
            op.cases = row.cases;
            all.push_back(std::move(op));
        }
        return all;
    }();
    return ops;
}

} // namespace espalier
