// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/rules.h"

#include "engine/ops/scalar_math.h"

#include <algorithm>

namespace espalier {

bool mayEqual(const Dim &a, const Dim &b)
{
    return a.isUnknown() || b.isUnknown() || a == b;
}

bool mayEqual(const Shape &a, const Shape &b)
{
    if (!a.hasRank() || !b.hasRank())
        return true;
    return std::equal(a.dims().begin(), a.dims().end(), b.dims().begin(), b.dims().end(),
                      [](const Dim &x, const Dim &y) { return mayEqual(x, y); });
}

bool mayEqual(const TensorType &a, const TensorType &b)
{
    return (a.dtype == b.dtype || a.dtype == DType::Unknown || b.dtype == DType::Unknown) && mayEqual(a.shape, b.shape);
}

Result<void> checkSizes(std::string_view op, const Shape &shape)
{
    if (!shape.hasRank())
        return fail("op.shape-unknown", "{0} needs a shape whose rank is known.", op);
    for (const Dim &dim : shape.dims())
        if (dim.isConstant() && dim.constant() < 0)
            return fail("op.shape-negative", "{0} can't make the shape {1}: a size is negative.", op, shapeArg(shape));
    return {};
}

Result<int> resolveAxis(std::string_view op, std::int64_t axis, const TensorType &type)
{
    const auto resolved = normalizeAxis(axis, type.shape.rank());
    if (!resolved)
        return fail("op.axis", "{0} has no axis {1} in {2}, which has {3}.", op, axis, typeArg(type),
                    type.shape.rank());
    return *resolved;
}

Result<std::vector<int>> resolveAxes(std::string_view op, const std::vector<std::int64_t> &axes, const TensorType &type)
{
    std::vector<int> resolved;
    for (const std::int64_t axis : axes) {
        ESPALIER_TRY(const int at, resolveAxis(op, axis, type));
        resolved.push_back(at);
    }
    if (axes.empty())
        for (int i = 0; i < type.shape.rank(); ++i)
            resolved.push_back(i);
    std::sort(resolved.begin(), resolved.end());
    if (std::adjacent_find(resolved.begin(), resolved.end()) != resolved.end())
        return fail("op.axes-twice", "{0} names an axis of {1} twice.", op, typeArg(type));
    return resolved;
}

std::string_view kindsText(unsigned kinds)
{
    switch (kinds) {
    case scalar::kFloat:
        return "floating-point numbers";
    case scalar::kInt:
        return "whole numbers";
    case scalar::kNumber:
        return "numbers";
    case scalar::kBool:
        return "true-or-false values (bool)";
    default:
        return "values";
    }
}

bool hasKind(DType dtype, unsigned kinds)
{
    return (isFloating(dtype) && (kinds & scalar::kFloat)) || (isInteger(dtype) && (kinds & scalar::kInt))
        || (dtype == DType::Bool && (kinds & scalar::kBool));
}

Result<void> checkKind(std::string_view op, const TensorType &type, unsigned kinds)
{
    if (!hasKind(type.dtype, kinds))
        return fail("op.dtype", "{0} takes {1}, got {2}. Cast it first.", op,
                    Arg(Arg::Kind::Text, std::string(kindsText(kinds))), typeArg(type));
    return {};
}

Result<void> checkSameDType(std::string_view op, const TensorType &a, const TensorType &b)
{
    if (a.dtype != b.dtype)
        return fail("op.dtypes-differ", "{0} takes one kind of number, got {1} and {2}. Cast one of them.", op,
                    typeArg(a), typeArg(b));
    return {};
}

Result<Shape> broadcastShapes(std::string_view op, const Shape &a, const Shape &b)
{
    auto shape = broadcast(a, b);
    if (!shape)
        return fail("op.broadcast", "{0} can't match the shapes {1} and {2}: sizes must be equal, or 1.", op,
                    shapeArg(a), shapeArg(b));
    return std::move(*shape);
}

Dim bytesOf(std::span<const TensorType> inputs, std::span<const TensorType> outputs)
{
    Dim bytes = 0;
    for (const auto list : {inputs, outputs})
        for (const TensorType &t : list)
            bytes = bytes + t.shape.elements() * Dim(static_cast<std::int64_t>(byteSize(t.dtype)));
    return bytes;
}

Cost moveCost(const OpCall &call, std::span<const TensorType> outputs)
{
    return {0, bytesOf(call.inputs, outputs)};
}

std::vector<ValueId> noGradients(const GradientCall &call)
{
    return std::vector<ValueId>(call.inputs.size(), kNoValue);
}

} // namespace espalier
