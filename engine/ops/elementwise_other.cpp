// SPDX-License-Identifier: Apache-2.0
// Element-wise ops that mix dtypes: cast and where.
#include "engine/ops/elementwise_rules.h"

namespace espalier::elementwise {
namespace {

InferredTypes inferCast(const OpCall &call)
{
    if (call.attrs.dtype("dtype") == DType::Unknown)
        return fail("op.cast-dtype", "cast needs the dtype to make.");
    return std::vector{TensorType{call.attrs.dtype("dtype"), call.inputs[0].shape}};
}

std::vector<ValueId> castGradient(const GradientCall &call)
{
    const DType from = call.builder.dtype(call.inputs[0]);
    if (!call.needed[0] || call.gradients[0] == kNoValue || !isFloating(from))
        return {kNoValue};
    return {call.builder.cast(call.gradients[0], from)};
}

std::vector<OpCase> castCases()
{
    std::vector<OpCase> cases;
    for (const DType to : {DType::Float64, DType::Float32, DType::BFloat16, DType::Int64, DType::Int32, DType::Bool}) {
        const Attrs attrs{{"dtype", to}};
        const std::string target = " to " + std::string(name(to));
        for (const DType from : {DType::Float32, DType::Int64, DType::Int32, DType::Bool}) {
            OpCase c{std::string(name(from)) + target, attrs, {{{3, 5}, from, Domain::Normal}}};
            if (from == DType::Bool)
                c.inputs[0].domain = Domain::Boolean;
            if (isFloating(from) && (to == DType::Float32 || to == DType::BFloat16)) {
                c.checkGradient = false;
                c.reason = "rounding has steps where the cast to float64 is smooth";
            }
            cases.push_back(std::move(c));
        }
        cases.push_back({"nothing" + target, attrs, {{{0, 2}}}, {}, false, 1, "nothing to differentiate"});
    }
    return cases;
}

InferredTypes inferWhere(const OpCall &call)
{
    ESPALIER_CHECK(checkKind("where", call.inputs[0], scalar::kBool));
    ESPALIER_CHECK(checkSameDType("where", call.inputs[1], call.inputs[2]));
    ESPALIER_TRY(const Shape values, broadcastShapes("where", call.inputs[1].shape, call.inputs[2].shape));
    ESPALIER_TRY(Shape shape, broadcastShapes("where", call.inputs[0].shape, values));
    return std::vector{TensorType{call.inputs[1].dtype, std::move(shape)}};
}

std::vector<ValueId> whereGradient(const GradientCall &call)
{
    std::vector<ValueId> parts = noGradients(call);
    const ValueId g = call.gradients[0];
    if (g == kNoValue)
        return parts;
    Builder &b = call.builder;
    const ValueId zero = b.literal(0, g);
    if (call.needed[1])
        parts[1] = b.sumTo(b.emit("where", {call.inputs[0], g, zero}), b.shape(call.inputs[1]));
    if (call.needed[2])
        parts[2] = b.sumTo(b.emit("where", {call.inputs[0], zero, g}), b.shape(call.inputs[2]));
    return parts;
}

std::vector<OpCase> whereCases()
{
    std::vector<OpCase> cases;
    struct Triple {
        Dims condition;
        Dims a;
        Dims b;
    };
    for (const DType dtype : {DType::Float32, DType::Int64, DType::Int32, DType::Bool})
        for (const Triple &t : {Triple{{3, 5}, {3, 5}, {3, 5}}, Triple{{3, 1}, {5}, {}}, Triple{{}, {2, 1}, {1, 3}},
                                Triple{{2, 3, 1}, {2, 1, 4}, {3, 4}}, Triple{{0, 2}, {2}, {1, 1}}}) {
            const Domain domain = dtype == DType::Bool ? Domain::Boolean : Domain::Normal;
            cases.push_back(
                {std::string(name(dtype)) + " " + Shape(t.condition).toString(),
                 {},
                 {{t.condition, DType::Bool, Domain::Boolean}, {t.a, dtype, domain}, {t.b, dtype, domain}}});
        }
    return cases;
}

} // namespace

std::vector<Op> otherRows()
{
    Op cast;
    cast.name = "cast";
    cast.help = "The same values in another dtype; fractions are cut off, and true is 1.";
    cast.attrs = {{"dtype", DType::Float32, true, "What to make."}};
    cast.inputNames = {"x"};
    cast.infer = inferCast;
    cast.gradient = castGradient;
    cast.onnx = "Cast";
    cast.cases = castCases;
    Op where;
    where.name = "where";
    where.help = "a where the condition is true, else b.";
    where.minInputs = where.maxInputs = 3;
    where.inputNames = {"condition", "a", "b"};
    where.infer = inferWhere;
    where.gradient = whereGradient;
    where.onnx = "Where";
    where.cases = whereCases;
    return {cast, where};
}

} // namespace espalier::elementwise
