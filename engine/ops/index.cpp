// SPDX-License-Identifier: Apache-2.0
// Looking up rows and classes by number: embedding, one_hot, in_top_k, take_along.
#include "engine/ops/families.h"
#include "engine/ops/type_rules.h"

#include <cmath>

namespace espalier {
namespace {

constexpr std::int64_t kLargestDepth = std::int64_t(1) << 31;

Shape appended(const Shape &shape, const Dim &last)
{
    std::vector<Dim> dims = shape.dims();
    dims.push_back(last);
    return Shape(std::move(dims));
}

Result<std::int64_t> expectCount(const OpCall &call, std::string_view attr, std::int64_t minimum)
{
    const std::int64_t count = call.attrs.integer(attr);
    if (count < minimum || count > kLargestDepth)
        return fail("index.count", "The op {0} takes a {1} from {2} to {3}, not {4}.", call.op.name, attr, minimum,
                    kLargestDepth, count);
    return count;
}

Result<std::vector<TensorType>> inferEmbedding(const OpCall &call)
{
    ESPALIER_CHECK(expectRank(call, 0, 2));
    ESPALIER_CHECK(expectFloating(call, {0}));
    ESPALIER_CHECK(expectDType(call, 1, DType::Int64));
    const Shape &table = call.inputs[0].shape;
    if (!table[0].isConstant())
        return fail("index.table", "An embedding's table has a fixed number of rows; {0} has none.", shapeArg(table));
    return std::vector<TensorType>{{call.inputs[0].dtype, appended(call.inputs[1].shape, table[1])}};
}

Result<std::vector<TensorType>> inferEmbeddingBackward(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0}));
    ESPALIER_CHECK(expectDType(call, 1, DType::Int64));
    ESPALIER_TRY(const std::int64_t rows, expectCount(call, "rows", 0));
    const Shape &dy = call.inputs[0].shape;
    if (dy.rank() < 1)
        return fail("index.gradient", "The gradient of an embedding has an axis for its columns; {0} has none.",
                    shapeArg(dy));
    ESPALIER_CHECK(expectShape(call, 1, Shape(std::vector<Dim>(dy.dims().begin(), dy.dims().end() - 1))));
    return std::vector<TensorType>{{call.inputs[0].dtype, Shape{rows, dy.dims().back()}}};
}

Result<std::vector<TensorType>> inferOneHot(const OpCall &call)
{
    ESPALIER_CHECK(expectDType(call, 0, DType::Int64));
    ESPALIER_TRY(const std::int64_t depth, expectCount(call, "depth", 0));
    if (call.attrs.dtype("dtype") == DType::Unknown)
        return fail("index.dtype", "one_hot needs a known dtype.");
    return std::vector<TensorType>{{call.attrs.dtype("dtype"), appended(call.inputs[0].shape, depth)}};
}

/// x [..., C] with one number for each leading element; gives the shape of the numbers.
Result<Shape> inferPicked(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0}));
    ESPALIER_CHECK(expectDType(call, 1, DType::Int64));
    const Shape &x = call.inputs[0].shape;
    if (x.rank() < 1)
        return fail("index.axis", "The op {0} picks on the last axis; {1} has none.", call.op.name, shapeArg(x));
    const Shape picked(std::vector<Dim>(x.dims().begin(), x.dims().end() - 1));
    ESPALIER_CHECK(expectShape(call, 1, picked));
    return picked;
}

Result<std::vector<TensorType>> inferTakeAlong(const OpCall &call)
{
    ESPALIER_TRY(const Shape picked, inferPicked(call));
    return std::vector<TensorType>{{call.inputs[0].dtype, picked}};
}

Result<std::vector<TensorType>> inferInTopK(const OpCall &call)
{
    ESPALIER_TRY(const Shape picked, inferPicked(call));
    ESPALIER_CHECK(expectCount(call, "k", 1));
    return std::vector<TensorType>{{DType::Bool, picked}};
}

Result<std::vector<TensorType>> inferTakeAlongBackward(const OpCall &call)
{
    ESPALIER_CHECK(expectFloating(call, {0}));
    ESPALIER_CHECK(expectDType(call, 1, DType::Int64));
    ESPALIER_CHECK(expectShape(call, 1, call.inputs[0].shape));
    const Shape &depth = call.attrs.shape("depth");
    if (!depth.hasRank() || depth.rank() != 1)
        return fail("index.depth", "depth is one dimension, not {0}.", shapeArg(depth));
    return std::vector<TensorType>{{call.inputs[0].dtype, appended(call.inputs[0].shape, depth[0])}};
}

/// [..., 1] from [...]
ValueId column(Builder &b, ValueId x)
{
    return b.reshape(x, appended(b.shape(x), 1));
}

/// bool [..., depth]: where the position on the last axis is the index.
ValueId hot(Builder &b, ValueId index, const Dim &depth)
{
    const ValueId positions
        = b.emit("iota", {}, {{"shape", Shape{depth}}, {"axis", std::int64_t(0)}, {"dtype", DType::Int64}});
    return b.emit("equal", {column(b, index), positions});
}

/// `y` where 0 <= index < depth, else NaN; index broadcasts to y.
ValueId nanOutside(Builder &b, ValueId y, ValueId index, const Dim &depth)
{
    const ValueId count = b.emit("dimension", {}, {{"shape", Shape{depth}}, {"dtype", DType::Int64}});
    const ValueId inside = b.emit(
        "logical_and", {b.emit("greater_equal", {index, b.literal(0, index)}), b.emit("less", {index, count})});
    return b.emit("where", {inside, y, b.literal(std::nan(""), y)});
}

ValueId oneHot(Builder &b, ValueId index, std::int64_t depth, DType dtype)
{
    return b.emit("one_hot", {index}, {{"depth", depth}, {"dtype", dtype}});
}

std::vector<ValueId> expandEmbedding(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Shape &table = call.inputs[0].shape;
    const Shape &index = call.inputs[1].shape;
    const ValueId flat = b.reshape(in[1], {index.elements()});
    const ValueId rows = b.emit("matmul", {oneHot(b, flat, table[0].constant(), call.inputs[0].dtype), in[0]});
    return {b.reshape(nanOutside(b, rows, column(b, flat), table[0]), appended(index, table[1]))};
}

std::vector<ValueId> expandEmbeddingBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Dim count = call.inputs[1].shape.elements();
    const ValueId flat = b.reshape(in[1], {count});
    const ValueId dy = b.reshape(in[0], {count, call.inputs[0].shape.dims().back()});
    const ValueId hots = oneHot(b, flat, call.attrs.integer("rows"), call.inputs[0].dtype);
    return {b.emit("matmul", {hots, dy}, {{"transpose_a", true}})};
}

std::vector<ValueId> expandOneHot(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    return {b.cast(hot(b, in[0], call.attrs.integer("depth")), call.attrs.dtype("dtype"))};
}

std::vector<ValueId> expandTakeAlong(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const Dim depth = call.inputs[0].shape.dims().back();
    const ValueId kept = b.emit("where", {hot(b, in[1], depth), in[0], b.literal(0, in[0])});
    return {nanOutside(b, b.reduceSum(kept, {-1}, false), in[1], depth)};
}

std::vector<ValueId> expandTakeAlongBackward(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const ValueId here = hot(b, in[1], call.attrs.shape("depth")[0]);
    return {b.emit("where", {here, column(b, in[0]), b.literal(0, in[0])})};
}

/// Fewer than k classes score higher than the target does.
std::vector<ValueId> expandInTopK(Builder &b, const OpCall &call, std::span<const ValueId> in)
{
    const ValueId own = b.emit("take_along", {in[0], in[1]});
    const ValueId above = b.cast(b.emit("greater", {in[0], column(b, own)}), DType::Int64);
    const ValueId count = b.reduceSum(above, {-1}, false);
    const ValueId k = b.literal(static_cast<double>(call.attrs.integer("k")), count);
    return {b.emit("logical_and", {b.emit("less", {count, k}), b.emit("is_finite", {own})})};
}

std::vector<ValueId> gradientEmbedding(const GradientCall &c)
{
    const std::int64_t rows = c.builder.shape(c.inputs[0])[0].constant();
    return {c.builder.emit("embedding_backward", {c.gradients[0], c.inputs[1]}, {{"rows", rows}}), kNoValue};
}

std::vector<ValueId> gradientEmbeddingBackward(const GradientCall &c)
{
    return {c.builder.emit("embedding", {c.gradients[0], c.inputs[1]}), kNoValue};
}

std::vector<ValueId> gradientTakeAlong(const GradientCall &c)
{
    const Dim depth = c.builder.shape(c.inputs[0]).dims().back();
    return {c.builder.emit("take_along_backward", {c.gradients[0], c.inputs[1]}, {{"depth", Shape{depth}}}), kNoValue};
}

std::vector<ValueId> gradientTakeAlongBackward(const GradientCall &c)
{
    return {c.builder.emit("take_along", {c.gradients[0], c.inputs[1]}), kNoValue};
}

// ---- cases

CaseInput indices(const Dims &dims, std::int64_t bound)
{
    return {dims, DType::Int64, Domain::Index, bound};
}

struct TableSample {
    Dims table;
    Dims index;
};

const std::vector<TableSample> &tableSamples()
{
    static const std::vector<TableSample> all = {{{5, 3}, {4}}, {{5, 3}, {2, 3}}, {{1, 1}, {1}},      {{3, 17}, {7}},
                                                 {{4, 2}, {}},  {{4, 2}, {0}},    {{2, 3}, {2, 1, 3}}};
    return all;
}

std::string sampleName(const TableSample &s)
{
    return "table " + Shape(s.table).toString() + ", index " + Shape(s.index).toString();
}

std::vector<OpCase> embeddingCases()
{
    std::vector<OpCase> out;
    for (const TableSample &s : tableSamples())
        out.push_back({sampleName(s), {}, {{s.table}, indices(s.index, s.table[0])}});
    return out;
}

std::vector<OpCase> embeddingBackwardCases()
{
    std::vector<OpCase> out;
    for (const TableSample &s : tableSamples()) {
        Dims dy = s.index;
        dy.push_back(s.table[1]);
        out.push_back({sampleName(s), {{"rows", s.table[0]}}, {{dy}, indices(s.index, s.table[0])}});
    }
    return out;
}

std::vector<OpCase> oneHotCases()
{
    std::vector<OpCase> out;
    for (const DType dtype : {DType::Float32, DType::Float64, DType::BFloat16, DType::Int64, DType::Bool})
        out.push_back({std::string(name(dtype)), {{"depth", std::int64_t(5)}, {"dtype", dtype}}, {indices({2, 3}, 5)}});
    const Attrs four{{"depth", std::int64_t(4)}};
    out.push_back({"scalar", four, {indices({}, 4)}});
    out.push_back({"empty", four, {indices({0, 2}, 4)}});
    out.push_back({"one class", {{"depth", std::int64_t(1)}}, {indices({3}, 1)}});
    out.push_back({"numbers beyond the depth give zeros", four, {indices({17}, 9)}});
    return out;
}

const std::vector<Dims> &scoreShapes()
{
    static const std::vector<Dims> shapes = {{3, 4}, {2, 3, 5}, {7}, {4, 1}, {3, 17}, {0, 3}};
    return shapes;
}

std::vector<OpCase> inTopKCases()
{
    std::vector<OpCase> out;
    for (const Dims &x : scoreShapes())
        for (const std::int64_t k : {1, 3, 50})
            out.push_back({Shape(x).toString() + ", k " + std::to_string(k),
                           {{"k", k}},
                           {{x, DType::Float32, Domain::Distinct}, indices(Dims(x.begin(), x.end() - 1), x.back())}});
    return out;
}

std::vector<OpCase> takeAlongCases()
{
    std::vector<OpCase> out;
    for (const Dims &x : scoreShapes())
        out.push_back({Shape(x).toString(), {}, {{x}, indices(Dims(x.begin(), x.end() - 1), x.back())}});
    OpCase outside{"numbers beyond the axis give NaN", {}, {{{9, 3}}, indices({9}, 6)}};
    outside.checkGradient = false;
    outside.reason = "NaN has no finite difference.";
    out.push_back(std::move(outside));
    return out;
}

std::vector<OpCase> takeAlongBackwardCases()
{
    std::vector<OpCase> out;
    for (const Dims &x : scoreShapes()) {
        const Dims picked(x.begin(), x.end() - 1);
        out.push_back({Shape(x).toString(), {{"depth", Shape{x.back()}}}, {{picked}, indices(picked, x.back())}});
    }
    return out;
}

// ---- entries

Op embeddingOp()
{
    Op o;
    o.name = "embedding";
    o.help = "Rows of a table [V, D] by number; NaN where there is no such row.";
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"table", "index"};
    o.infer = inferEmbedding;
    o.gradient = gradientEmbedding;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) { // reads the rows asked for, not the table
        const auto element = static_cast<std::int64_t>(byteSize(out[0].dtype));
        return Cost{0, out[0].shape.elements() * Dim(2 * element) + c.inputs[1].shape.elements() * Dim(8)};
    };
    o.expand = expandEmbedding;
    o.onnx = "Gather";
    o.cases = embeddingCases;
    return o;
}

Op embeddingBackwardOp()
{
    Op o;
    o.name = "embedding_backward";
    o.help = "Adds up the gradients of each row of an embedding's table; numbers without a row are left out.";
    o.attrs = {{"rows", std::int64_t(1), true, "Rows of the table."}};
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"dy", "index"};
    o.outputNames = {"dtable"};
    o.infer = inferEmbeddingBackward;
    o.gradient = gradientEmbeddingBackward;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) { return elementCost(c, out, c.inputs[0].shape, 1); };
    o.expand = expandEmbeddingBackward;
    o.cases = embeddingBackwardCases;
    return o;
}

Op oneHotOp()
{
    Op o;
    o.name = "one_hot";
    o.help = "1 at the index, 0 elsewhere, along a new last axis; all 0 where the index is outside.";
    o.attrs = {{"depth", std::int64_t(1), true, "Size of the new axis."},
               {"dtype", DType::Float32, false, "Type of the result."}};
    o.inputNames = {"index"};
    o.traits.differentiable = false;
    o.infer = inferOneHot;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) { return elementCost(c, out, out[0].shape, 0); };
    o.expand = expandOneHot;
    o.onnx = "OneHot";
    o.cases = oneHotCases;
    return o;
}

Op inTopKOp()
{
    Op o;
    o.name = "in_top_k";
    o.help = "Whether fewer than k scores are above the target's; false where that is no finite number.";
    o.attrs = {{"k", std::int64_t(1), true, "How many ranks count."}};
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"scores", "target"};
    o.traits.differentiable = false;
    o.infer = inferInTopK;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) { return elementCost(c, out, c.inputs[0].shape, 1); };
    o.expand = expandInTopK;
    o.cases = inTopKCases;
    return o;
}

Op takeAlongOp()
{
    Op o;
    o.name = "take_along";
    o.help = "Picks one element on the last axis by number; NaN where there is no such element.";
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"x", "index"};
    o.infer = inferTakeAlong;
    o.gradient = gradientTakeAlong;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) {
        return Cost{0, bytesOf(c.inputs.subspan(1), out)};
    };
    o.expand = expandTakeAlong;
    o.cases = takeAlongCases;
    return o;
}

Op takeAlongBackwardOp()
{
    Op o;
    o.name = "take_along_backward";
    o.help = "Gradient of take_along: dy at the index, 0 elsewhere.";
    o.attrs = {{"depth", Shape{1}, true, "Size of the last axis."}};
    o.minInputs = o.maxInputs = 2;
    o.inputNames = {"dy", "index"};
    o.outputNames = {"dx"};
    o.infer = inferTakeAlongBackward;
    o.gradient = gradientTakeAlongBackward;
    o.cost = [](const OpCall &c, std::span<const TensorType> out) { return elementCost(c, out, out[0].shape, 0); };
    o.expand = expandTakeAlongBackward;
    o.cases = takeAlongBackwardCases;
    return o;
}

} // namespace

std::span<const Op> indexOps()
{
    static const Op ops[]
        = {embeddingOp(), embeddingBackwardOp(), oneHotOp(), inTopKOp(), takeAlongOp(), takeAlongBackwardOp()};
    return ops;
}

} // namespace espalier
