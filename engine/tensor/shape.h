// SPDX-License-Identifier: Apache-2.0
// Shapes and types of abstract tensors, as the drawing knows them before anything runs.
#pragma once

#include "engine/base/result.h"
#include "engine/tensor/dim.h"
#include "engine/tensor/dtype.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace espalier {

/// Dimensions of a tensor that exists.
using Dims = std::vector<std::int64_t>;

/// A list of dimensions, or an unknown rank.
class Shape {
public:
    Shape() = default; ///< rank 0: a scalar
    Shape(std::initializer_list<Dim> dims)
        : m_dims(dims)
    {
    }
    explicit Shape(std::vector<Dim> dims)
        : m_dims(std::move(dims))
    {
    }
    explicit Shape(const Dims &dims)
        : m_dims(dims.begin(), dims.end())
    {
    }
    static Shape unknown();

    bool hasRank() const { return m_hasRank; }
    int rank() const { return static_cast<int>(m_dims.size()); } ///< only where hasRank()
    const Dim &operator[](int axis) const { return m_dims[static_cast<std::size_t>(axis)]; }
    Dim &operator[](int axis) { return m_dims[static_cast<std::size_t>(axis)]; }
    const std::vector<Dim> &dims() const { return m_dims; }

    bool isConcrete() const; ///< rank and every dimension are known integers
    Dims concrete() const; ///< only where isConcrete()
    Dim elements() const; ///< product of the dimensions; 1 for a scalar
    Shape bind(const Bindings &bindings) const;
    std::string toString() const; ///< "[batch, 3, 32, 32]", "[]", "[...]" for an unknown rank
    friend bool operator==(const Shape &, const Shape &) = default;

private:
    bool m_hasRank = true;
    std::vector<Dim> m_dims;
};

struct TensorType {
    DType dtype = DType::Unknown;
    Shape shape = Shape::unknown();

    static TensorType unknown() { return {}; }
    bool isUnknown() const { return dtype == DType::Unknown || !shape.hasRank(); }
    std::string toString() const; ///< "float32[batch, 10]"
    friend bool operator==(const TensorType &, const TensorType &) = default;
};

Arg shapeArg(const Shape &shape);
Arg typeArg(const TensorType &type);

/// NumPy's rule. nullopt where two known sizes differ and neither is 1. An unknown dimension against a known one
/// (other than 1) gives the known one; two different symbols can't be broadcast.
std::optional<Shape> broadcast(const Shape &a, const Shape &b);

/// Maps -rank..rank-1 to 0..rank-1; nullopt outside.
std::optional<int> normalizeAxis(std::int64_t axis, int rank);

/// Element count of concrete dimensions; 1 for none.
std::int64_t elementCount(const Dims &dims);
/// Row-major strides in elements.
Dims rowMajorStrides(const Dims &dims);

} // namespace espalier
