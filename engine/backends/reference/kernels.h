// SPDX-License-Identifier: Apache-2.0
// What a reference kernel is, the table of them, and the number types that they compute in.
#pragma once

#include "engine/ops/op.h"

#include <limits>
#include <span>
#include <string_view>
#include <type_traits>

namespace espalier {

/// One application of an op to tensors in host memory. Attributes are complete and types are sound: infer has seen
/// them.
struct RefCall {
    const Instruction &instruction;
    std::span<const Tensor> inputs;
    std::span<Tensor> outputs; ///< of the right type; what they hold is undefined, so a kernel writes every element

    const Attrs &attrs() const { return instruction.attrs; }
    const Tensor &in(std::size_t i) const { return inputs[i]; }
    Tensor &out(std::size_t i = 0) const { return outputs[i]; }
};

/// Plain loops: the executable specification of the op, for every dtype that its type rule allows. An input and an
/// output may share memory where aliases() says so, so a kernel of an element-wise or update op reads element i of all
/// inputs before it writes element i of an output.
using RefKernel = void (*)(const RefCall &call);

struct RefEntry {
    std::string_view op;
    RefKernel kernel = nullptr;
};

// One list for each family of ops, in the file of the same name.
std::span<const RefEntry> elementwiseKernels();
std::span<const RefEntry> reduceKernels();
std::span<const RefEntry> shapeKernels();
std::span<const RefEntry> matmulKernels();
std::span<const RefEntry> randomKernels();
std::span<const RefEntry> controlKernels();
std::span<const RefEntry> convKernels();
std::span<const RefEntry> poolKernels();
std::span<const RefEntry> normKernels();
std::span<const RefEntry> softmaxKernels();
std::span<const RefEntry> indexKernels();
std::span<const RefEntry> rnnKernels();
std::span<const RefEntry> updateKernels();

/// nullptr if the op has none.
RefKernel findReferenceKernel(std::string_view op);

/// {output, input} pairs that may share memory: element-wise ops and updates whose names and types agree.
std::vector<std::pair<int, int>> aliases(const Instruction &instruction, std::span<const TensorType> inputs,
                                         std::span<const TensorType> outputs);

/// The type in which single values of T are computed: float for bfloat16, else T itself.
template <typename T>
using Compute = std::conditional_t<std::is_same_v<T, bfloat16>, float, T>;

/// The type in which sums of T run: double for floating types, int64 for integers and bool.
template <typename T>
using Accumulator = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;

template <typename T>
Compute<T> load(T value)
{
    return static_cast<Compute<T>>(value);
}

/// A value as double, in which sums of floating numbers run.
template <typename T>
double wide(T value)
{
    return static_cast<double>(load(value));
}

/// Rounds a computed value to T.
template <typename T, typename C>
T store(C value)
{
    if constexpr (std::is_same_v<T, bfloat16>)
        return bfloat16(static_cast<float>(value));
    else
        return static_cast<T>(value);
}

/// dispatch over the floating types only: f(double{}), f(float{}) or f(bfloat16{}).
template <typename F>
void dispatchFloating(DType dtype, F &&f)
{
    if (dtype == DType::Float64)
        f(double{});
    else if (dtype == DType::BFloat16)
        f(bfloat16{});
    else
        f(float{});
}

/// dispatch over floating types and integers.
template <typename F>
void dispatchNumber(DType dtype, F &&f)
{
    if (dtype == DType::Int64)
        f(std::int64_t{});
    else if (dtype == DType::Int32)
        f(std::int32_t{});
    else
        dispatchFloating(dtype, std::forward<F>(f));
}

/// A tensor as (outer, axis, inner): outer and inner are the products of the dimensions before and after `axis`.
struct AxisView {
    std::int64_t outer = 1;
    std::int64_t size = 1;
    std::int64_t inner = 1;
};
/// `axis` may count from the end.
AxisView axisView(const Dims &dims, std::int64_t axis);

/// Walks all elements of `dims` in row-major order together with the offset of a strided operand. Zero strides
/// broadcast.
class StridedWalk {
public:
    StridedWalk(const Dims &dims, Dims strides)
        : m_dims(dims)
        , m_strides(std::move(strides))
        , m_at(dims.size(), 0)
    {
    }
    std::int64_t offset() const { return m_offset; }
    void next()
    {
        for (std::size_t i = m_dims.size(); i-- > 0;) {
            m_offset += m_strides[i];
            if (++m_at[i] < m_dims[i])
                return;
            m_offset -= m_strides[i] * m_dims[i];
            m_at[i] = 0;
        }
    }

private:
    const Dims &m_dims;
    Dims m_strides;
    Dims m_at;
    std::int64_t m_offset = 0;
};

/// Strides with which a tensor of dims `from` is read as one of dims `to` that it broadcasts to.
Dims broadcastStrides(const Dims &from, const Dims &to);

} // namespace espalier
