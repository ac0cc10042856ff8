// SPDX-License-Identifier: Apache-2.0
// Matrix products of the last two axes, over broadcast leading axes.
#include "engine/ops/families.h"
#include "engine/ops/rules.h"
#include "engine/ops/scalar_math.h"

namespace espalier {
namespace {

Shape leading(const Shape &shape)
{
    return Shape(std::vector<Dim>(shape.dims().begin(), shape.dims().end() - 2));
}

const Dim &fromEnd(const Shape &shape, int back)
{
    return shape[shape.rank() - back];
}

InferredTypes inferMatmul(const OpCall &call)
{
    const TensorType &a = call.inputs[0];
    const TensorType &b = call.inputs[1];
    ESPALIER_CHECK(checkSameDType("matmul", a, b));
    ESPALIER_CHECK(checkKind("matmul", a, scalar::kNumber));
    for (const TensorType &t : call.inputs)
        if (t.shape.rank() < 2)
            return fail("op.matmul-rank", "matmul multiplies matrices, so tensors of at least two axes, got {0}.",
                        typeArg(t));
    const bool ta = call.attrs.boolean("transpose_a");
    const bool tb = call.attrs.boolean("transpose_b");
    const Dim inner = fromEnd(a.shape, ta ? 2 : 1);
    const Dim innerB = fromEnd(b.shape, tb ? 1 : 2);
    if (!mayEqual(inner, innerB))
        return fail("op.matmul-inner", "matmul can't multiply {0} by {1}: the inner sizes {2} and {3} differ.",
                    typeArg(a), typeArg(b), Arg(Arg::Kind::Shape, inner.toString()),
                    Arg(Arg::Kind::Shape, innerB.toString()));
    ESPALIER_TRY(const Shape batch, broadcastShapes("matmul", leading(a.shape), leading(b.shape)));
    std::vector<Dim> dims = batch.dims();
    dims.push_back(fromEnd(a.shape, ta ? 1 : 2));
    dims.push_back(fromEnd(b.shape, tb ? 2 : 1));
    return std::vector{TensorType{a.dtype, Shape(std::move(dims))}};
}

Cost matmulCost(const OpCall &call, std::span<const TensorType> outputs)
{
    const Dim inner = fromEnd(call.inputs[0].shape, call.attrs.boolean("transpose_a") ? 2 : 1);
    return {Dim(2) * inner * outputs[0].shape.elements(), bytesOf(call.inputs, outputs)};
}

ValueId product(Builder &b, ValueId x, ValueId y, bool tx, bool ty)
{
    return b.emit("matmul", {x, y}, {{"transpose_a", tx}, {"transpose_b", ty}});
}

/// [.., m, k] as [.. * m, k].
ValueId asMatrix(Builder &b, ValueId x)
{
    const Shape &shape = b.shape(x);
    if (shape.rank() == 2)
        return x;
    Dim rows = 1;
    for (int i = 0; i + 1 < shape.rank(); ++i)
        rows = rows * shape[i];
    return b.reshape(x, Shape{rows, fromEnd(shape, 1)});
}

/// With C = A B: dA = dC B^T and dB = A^T dC, transposed where the operand was.
std::vector<ValueId> matmulGradient(const GradientCall &call)
{
    std::vector<ValueId> parts = noGradients(call);
    ValueId g = call.gradients[0];
    if (g == kNoValue)
        return parts;
    Builder &builder = call.builder;
    ValueId a = call.inputs[0];
    const ValueId b = call.inputs[1];
    const bool ta = call.attrs.boolean("transpose_a");
    const bool tb = call.attrs.boolean("transpose_b");
    if (call.needed[0])
        parts[0] = builder.sumTo(ta ? product(builder, b, g, tb, true) : product(builder, g, b, false, !tb),
                                 builder.shape(a));
    if (!call.needed[1])
        return parts;
    if (builder.shape(b).rank() == 2 && !ta) { // one product instead of a batch of them that is then summed
        a = asMatrix(builder, a);
        g = asMatrix(builder, g);
    }
    parts[1]
        = builder.sumTo(tb ? product(builder, g, a, true, ta) : product(builder, a, g, !ta, false), builder.shape(b));
    return parts;
}

std::vector<OpCase> matmulCases()
{
    struct Choice {
        Dims a;
        Dims b;
        bool ta;
        bool tb;
    };
    std::vector<OpCase> cases;
    for (const DType dtype : {DType::Float32, DType::Int64, DType::Int32})
        for (const Choice &c : {Choice{{3, 4}, {4, 5}, false, false}, Choice{{4, 3}, {4, 5}, true, false},
                                Choice{{3, 4}, {5, 4}, false, true}, Choice{{4, 3}, {5, 4}, true, true},
                                Choice{{1, 1}, {1, 1}, false, false}, Choice{{2, 3, 4}, {4, 5}, false, false},
                                Choice{{2, 3, 4}, {5, 4}, false, true}, Choice{{2, 4, 3}, {4, 5}, true, false},
                                Choice{{2, 1, 3, 4}, {3, 4, 2}, false, false}, Choice{{3, 4}, {2, 4, 5}, false, false},
                                Choice{{2, 4, 3}, {1, 5, 4}, true, true}, Choice{{0, 3}, {3, 2}, false, false},
                                Choice{{2, 0}, {0, 3}, false, false}, Choice{{17, 33}, {33, 9}, false, false}})
            cases.push_back({std::string(name(dtype)) + " " + Shape(c.a).toString() + " by " + Shape(c.b).toString()
                                 + (c.ta ? " ta" : "") + (c.tb ? " tb" : ""),
                             {{"transpose_a", c.ta}, {"transpose_b", c.tb}},
                             {{c.a, dtype}, {c.b, dtype}}});
    return cases;
}

} // namespace

std::span<const Op> matmulOps()
{
    static const std::vector<Op> ops = [] {
        Op op;
        op.name = "matmul";
        op.help = "The matrix product of the last two axes; leading axes broadcast.";
        op.attrs = {{"transpose_a", false, false, "Take a with its last two axes swapped."},
                    {"transpose_b", false, false, "Take b with its last two axes swapped."}};
        op.minInputs = op.maxInputs = 2;
        op.inputNames = {"a", "b"};
        op.infer = inferMatmul;
        op.gradient = matmulGradient;
        op.cost = matmulCost;
        op.onnx = "MatMul";
        op.cases = matmulCases;
        return std::vector{op};
    }();
    return ops;
}

} // namespace espalier
