// SPDX-License-Identifier: Apache-2.0
#include "engine/tensor/shape.h"

#include "engine/base/assert.h"

#include <algorithm>

namespace espalier {

Shape Shape::unknown()
{
    Shape shape;
    shape.m_hasRank = false;
    return shape;
}

bool Shape::isConcrete() const
{
    return m_hasRank && std::all_of(m_dims.begin(), m_dims.end(), [](const Dim &d) { return d.isConstant(); });
}

Dims Shape::concrete() const
{
    ESPALIER_ASSERT(isConcrete(), "the shape is symbolic");
    Dims out;
    out.reserve(m_dims.size());
    for (const Dim &d : m_dims)
        out.push_back(d.constant());
    return out;
}

Dim Shape::elements() const
{
    if (!m_hasRank)
        return Dim::unknown();
    Dim product = 1;
    for (const Dim &d : m_dims)
        product = product * d;
    return product;
}

Shape Shape::bind(const Bindings &bindings) const
{
    Shape bound = *this;
    for (Dim &d : bound.m_dims)
        d = d.bind(bindings);
    return bound;
}

std::string Shape::toString() const
{
    if (!m_hasRank)
        return "[...]";
    std::string text = "[";
    for (const Dim &d : m_dims)
        text += (text.size() > 1 ? ", " : "") + d.toString();
    return text + "]";
}

std::string TensorType::toString() const
{
    return std::string(name(dtype)) + shape.toString();
}

Arg shapeArg(const Shape &shape)
{
    return Arg(Arg::Kind::Shape, shape.toString());
}

Arg typeArg(const TensorType &type)
{
    return Arg(Arg::Kind::Shape, type.toString());
}

std::optional<Shape> broadcast(const Shape &a, const Shape &b)
{
    if (!a.hasRank() || !b.hasRank())
        return Shape::unknown();
    const int rank = std::max(a.rank(), b.rank());
    std::vector<Dim> dims(static_cast<std::size_t>(rank));
    for (int i = 0; i < rank; ++i) { // i counts from the last axis
        const Dim x = i < a.rank() ? a[a.rank() - 1 - i] : Dim(1);
        const Dim y = i < b.rank() ? b[b.rank() - 1 - i] : Dim(1);
        Dim &out = dims[static_cast<std::size_t>(rank - 1 - i)];
        if (x == y || y.isConstant(1))
            out = x;
        else if (x.isConstant(1))
            out = y;
        else if (x.isUnknown())
            out = y;
        else if (y.isUnknown())
            out = x;
        else
            return std::nullopt;
    }
    return Shape(std::move(dims));
}

std::optional<int> normalizeAxis(std::int64_t axis, int rank)
{
    if (axis < -rank || axis >= rank)
        return std::nullopt;
    return static_cast<int>(axis < 0 ? axis + rank : axis);
}

std::int64_t elementCount(const Dims &dims)
{
    std::int64_t count = 1;
    for (const std::int64_t d : dims)
        count *= d;
    return count;
}

Dims rowMajorStrides(const Dims &dims)
{
    Dims strides(dims.size(), 1);
    for (std::size_t i = dims.size(); i-- > 1;)
        strides[i - 1] = strides[i] * dims[i];
    return strides;
}

} // namespace espalier
