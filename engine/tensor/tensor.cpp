// SPDX-License-Identifier: Apache-2.0
#include "engine/tensor/tensor.h"

#include "engine/base/assert.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <new>

namespace espalier {
namespace {

constexpr std::align_val_t kAlignment{64};

std::shared_ptr<std::byte[]> allocate(std::size_t bytes)
{
    const std::size_t padded = (bytes + 127) / 64 * 64; // never empty, so that no data means no tensor
    auto *raw = static_cast<std::byte *>(::operator new[](padded, kAlignment));
    std::memset(raw, 0, padded);
    return {raw, [](std::byte *p) { ::operator delete[](p, kAlignment); }};
}

template <typename To, typename From>
To convert(From value)
{
    if constexpr (std::is_same_v<From, bfloat16>)
        return convert<To>(static_cast<float>(value));
    else if constexpr (std::is_same_v<To, bfloat16>)
        return bfloat16(static_cast<float>(value));
    else if constexpr (std::is_same_v<To, bool>)
        return value != From{};
    else
        return static_cast<To>(value);
}

std::string elementText(const Tensor &t, std::int64_t index)
{
    switch (t.dtype()) {
    case DType::Bool:
        return t.at(index) != 0 ? "true" : "false";
    case DType::Int32:
        return std::to_string(t.span<std::int32_t>()[static_cast<std::size_t>(index)]);
    case DType::Int64:
        return std::to_string(t.span<std::int64_t>()[static_cast<std::size_t>(index)]);
    default:
        return fmt::format("{:.8g}", t.at(index));
    }
}

void print(const Tensor &t, const Dims &strides, std::size_t axis, std::int64_t offset, bool shorten, std::string &out)
{
    if (axis == t.dims().size()) {
        out += elementText(t, offset);
        return;
    }
    constexpr std::int64_t kEdge = 3;
    const std::int64_t size = t.dims()[axis];
    out += '[';
    for (std::int64_t i = 0; i < size; ++i) {
        if (i > 0)
            out += ", ";
        if (shorten && size > 2 * kEdge && i == kEdge) {
            out += "..., ";
            i = size - kEdge;
        }
        print(t, strides, axis + 1, offset + i * strides[axis], shorten, out);
    }
    out += ']';
}

} // namespace

Tensor::Tensor(DType dtype, Dims dims)
    : m_dtype(dtype)
    , m_dims(std::move(dims))
    , m_data(allocate(static_cast<std::size_t>(elementCount(m_dims)) * byteSize(dtype)))
{
}

Tensor Tensor::view(DType dtype, Dims dims, void *memory)
{
    Tensor t;
    t.m_dtype = dtype;
    t.m_dims = std::move(dims);
    t.pointAt(memory);
    return t;
}

void Tensor::pointAt(void *memory)
{
    m_data = std::shared_ptr<std::byte[]>(std::shared_ptr<void>(), static_cast<std::byte *>(memory)); // owns nothing
}

template <typename T>
std::span<T> Tensor::span()
{
    ESPALIER_ASSERT(DTypeOf<T>::value == m_dtype, "the tensor has another dtype");
    return {reinterpret_cast<T *>(m_data.get()), static_cast<std::size_t>(elements())};
}

template <typename T>
std::span<const T> Tensor::span() const
{
    ESPALIER_ASSERT(DTypeOf<T>::value == m_dtype, "the tensor has another dtype");
    return {reinterpret_cast<const T *>(m_data.get()), static_cast<std::size_t>(elements())};
}

template <typename T>
Tensor Tensor::of(Dims dims, const std::vector<T> &values)
{
    Tensor t(DTypeOf<T>::value, std::move(dims));
    ESPALIER_ASSERT(static_cast<std::size_t>(t.elements()) == values.size(), "values do not fill the shape");
    auto out = t.span<T>();
    for (std::size_t i = 0; i < values.size(); ++i)
        out[i] = values[i];
    return t;
}

#define ESPALIER_INSTANTIATE(T)                                                                                        \
    template std::span<T> Tensor::span<T>();                                                                           \
    template std::span<const T> Tensor::span<T>() const;                                                               \
    template Tensor Tensor::of<T>(Dims, const std::vector<T> &);
ESPALIER_INSTANTIATE(double)
ESPALIER_INSTANTIATE(float)
ESPALIER_INSTANTIATE(bfloat16)
ESPALIER_INSTANTIATE(std::int64_t)
ESPALIER_INSTANTIATE(std::int32_t)
ESPALIER_INSTANTIATE(bool)
#undef ESPALIER_INSTANTIATE

Tensor Tensor::clone() const
{
    if (isEmpty())
        return {};
    Tensor copy(m_dtype, m_dims);
    std::memcpy(copy.data(), data(), bytes());
    return copy;
}

Tensor Tensor::reshaped(Dims dims) const
{
    ESPALIER_ASSERT(elementCount(dims) == elements(), "a reshape keeps the number of elements");
    Tensor view = *this;
    view.m_dims = std::move(dims);
    return view;
}

Tensor Tensor::cast(DType to) const
{
    if (to == m_dtype)
        return *this;
    Tensor out(to, m_dims);
    dispatch(m_dtype, [&](auto fromTag) {
        dispatch(to, [&](auto toTag) {
            const auto from = span<decltype(fromTag)>();
            auto target = out.span<decltype(toTag)>();
            for (std::size_t i = 0; i < from.size(); ++i)
                target[i] = convert<decltype(toTag)>(from[i]);
        });
    });
    return out;
}

double Tensor::at(std::int64_t index) const
{
    return dispatch(m_dtype,
                    [&](auto tag) { return convert<double>(span<decltype(tag)>()[static_cast<std::size_t>(index)]); });
}

void Tensor::set(std::int64_t index, double value)
{
    dispatch(m_dtype,
             [&](auto tag) { span<decltype(tag)>()[static_cast<std::size_t>(index)] = convert<decltype(tag)>(value); });
}

std::string Tensor::toString(std::int64_t limit) const
{
    if (isEmpty())
        return "(no tensor)";
    std::string out;
    print(*this, rowMajorStrides(m_dims), 0, 0, elements() > limit, out);
    return out;
}

bool sameBits(const Tensor &a, const Tensor &b)
{
    return a.m_dtype == b.m_dtype && a.m_dims == b.m_dims
        && (a.bytes() == 0 || std::memcmp(a.data(), b.data(), a.bytes()) == 0);
}

} // namespace espalier
