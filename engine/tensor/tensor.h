// SPDX-License-Identifier: Apache-2.0
// A tensor in host memory: row-major, contiguous. Copies share the buffer; call `clone` before writing to a shared one.
#pragma once

#include "engine/tensor/shape.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace espalier {

class Tensor {
public:
    Tensor() = default;
    /// Zeros. Memory is aligned to 64 bytes.
    Tensor(DType dtype, Dims dims);
    template <typename T>
    static Tensor of(Dims dims, const std::vector<T> &values);
    template <typename T>
    static Tensor scalar(T value)
    {
        return of<T>({}, {value});
    }

    /// Over memory of somebody else, who outlives it: for kernels, which get raw addresses.
    static Tensor view(DType dtype, Dims dims, void *memory);
    void pointAt(void *memory); ///< the same type over other memory; allocates nothing

    DType dtype() const { return m_dtype; }
    const Dims &dims() const { return m_dims; }
    int rank() const { return static_cast<int>(m_dims.size()); }
    std::int64_t elements() const { return elementCount(m_dims); }
    std::size_t bytes() const { return static_cast<std::size_t>(elements()) * byteSize(m_dtype); }
    TensorType type() const { return {m_dtype, Shape(m_dims)}; }
    bool isEmpty() const { return !m_data; } ///< default constructed: no tensor at all

    void *data() { return m_data.get(); }
    const void *data() const { return m_data.get(); }
    /// T must be the C++ type of dtype() (asserted).
    template <typename T>
    std::span<T> span();
    template <typename T>
    std::span<const T> span() const;

    Tensor clone() const;
    Tensor reshaped(Dims dims) const; ///< shares the buffer; same number of elements
    Tensor cast(DType to) const; ///< C's rules; floating to integer truncates, to bool is != 0
    double at(std::int64_t index) const; ///< element `index` in row-major order, as double
    void set(std::int64_t index, double value);
    /// [[0.5, 0.73105858], [0.26894142, 0.11920292]]: up to 8 significant digits; long axes are shortened with "..."
    /// when the tensor has more than `limit` elements.
    std::string toString(std::int64_t limit = 1000) const;
    /// Same dtype, dims and bytes.
    friend bool sameBits(const Tensor &a, const Tensor &b);

private:
    DType m_dtype = DType::Unknown;
    Dims m_dims;
    std::shared_ptr<std::byte[]> m_data;
};

/// Calls f with a value of the C++ type of `dtype`: dispatch(dtype, [&](auto tag) { using T = decltype(tag); ... }).
template <typename F>
decltype(auto) dispatch(DType dtype, F &&f)
{
    switch (dtype) {
    case DType::Float64:
        return f(double{});
    case DType::Float32:
    case DType::Unknown:
        break;
    case DType::BFloat16:
        return f(bfloat16{});
    case DType::Int64:
        return f(std::int64_t{});
    case DType::Int32:
        return f(std::int32_t{});
    case DType::Bool:
        return f(bool{});
    }
    return f(float{});
}

} // namespace espalier
