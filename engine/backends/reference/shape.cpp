// SPDX-License-Identifier: Apache-2.0
// Moving elements: bytes are copied, whatever their dtype.
#include "engine/backends/reference/kernels.h"
#include "engine/ops/scalar_math.h"

#include <cstring>

namespace espalier {
namespace {

const std::byte *bytesOf(const Tensor &t)
{
    return static_cast<const std::byte *>(t.data());
}

std::byte *bytesOf(Tensor &t)
{
    return static_cast<std::byte *>(t.data());
}

void copyBytes(std::byte *to, const std::byte *from, std::int64_t elements, std::size_t size)
{
    if (elements > 0)
        std::memmove(to, from, static_cast<std::size_t>(elements) * size);
}

void constantKernel(const RefCall &call)
{
    const Tensor &value = call.attrs().tensor("value");
    copyBytes(bytesOf(call.out()), bytesOf(value), value.elements(), byteSize(value.dtype()));
}

void dimensionKernel(const RefCall &call)
{
    call.out().set(0, static_cast<double>(call.attrs().shape("shape").elements().constant()));
}

void iotaKernel(const RefCall &call)
{
    const AxisView view = axisView(call.out().dims(), call.attrs().integer("axis"));
    dispatchNumber(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        auto y = call.out().span<T>();
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] = store<T>(static_cast<std::int64_t>(i) / view.inner % view.size);
    });
}

void reshapeKernel(const RefCall &call)
{
    copyBytes(bytesOf(call.out()), bytesOf(call.in(0)), call.out().elements(), byteSize(call.out().dtype()));
}

/// Writes the output in order, reading the input with these strides.
void gather(const RefCall &call, Dims strides)
{
    const std::size_t size = byteSize(call.out().dtype());
    const std::byte *from = bytesOf(call.in(0));
    std::byte *to = bytesOf(call.out());
    StridedWalk walk(call.out().dims(), std::move(strides));
    for (std::int64_t n = call.out().elements(); n > 0; --n, walk.next(), to += size)
        std::memcpy(to, from + walk.offset() * static_cast<std::int64_t>(size), size);
}

void transposeKernel(const RefCall &call)
{
    const Dims own = rowMajorStrides(call.in(0).dims());
    Dims strides;
    for (const std::int64_t axis : call.attrs().integers("permutation"))
        strides.push_back(own[static_cast<std::size_t>(axis)]);
    gather(call, std::move(strides));
}

void broadcastToKernel(const RefCall &call)
{
    gather(call, broadcastStrides(call.in(0).dims(), call.out().dims()));
}

void concatKernel(const RefCall &call)
{
    const std::size_t size = byteSize(call.out().dtype());
    const AxisView whole = axisView(call.out().dims(), call.attrs().integer("axis"));
    std::byte *to = bytesOf(call.out());
    for (std::int64_t o = 0; o < whole.outer; ++o)
        for (const Tensor &part : call.inputs) {
            const AxisView view = axisView(part.dims(), call.attrs().integer("axis"));
            const std::int64_t block = view.size * view.inner;
            const std::int64_t bytes = block * static_cast<std::int64_t>(size);
            copyBytes(to, bytesOf(part) + o * bytes, block, size);
            to += bytes;
        }
}

/// Calls f(offset in the whole, offset in the slice) for each run of `inner` elements that the slice takes.
template <typename F>
void forEachRun(const RefCall &call, const Dims &whole, std::int64_t length, F &&f)
{
    const AxisView view = axisView(whole, call.attrs().integer("axis"));
    const std::int64_t start = call.attrs().integer("start");
    const std::int64_t first = start < 0 ? start + view.size : start;
    for (std::int64_t o = 0; o < view.outer; ++o)
        for (std::int64_t k = 0; k < length; ++k)
            f((o * view.size + first + k * call.attrs().integer("step")) * view.inner, (o * length + k) * view.inner,
              view.inner);
}

std::int64_t sizeAlong(const Tensor &t, std::int64_t axis)
{
    return t.dims()[static_cast<std::size_t>(*normalizeAxis(axis, t.rank()))];
}

void sliceKernel(const RefCall &call)
{
    const auto size = static_cast<std::int64_t>(byteSize(call.out().dtype()));
    forEachRun(call, call.in(0).dims(), sizeAlong(call.out(), call.attrs().integer("axis")),
               [&](std::int64_t whole, std::int64_t slice, std::int64_t count) {
                   copyBytes(bytesOf(call.out()) + slice * size, bytesOf(call.in(0)) + whole * size, count,
                             static_cast<std::size_t>(size));
               });
}

void sliceBackwardKernel(const RefCall &call)
{
    const auto size = static_cast<std::int64_t>(byteSize(call.out().dtype()));
    std::memset(call.out().data(), 0, call.out().bytes());
    forEachRun(call, call.out().dims(), sizeAlong(call.in(0), call.attrs().integer("axis")),
               [&](std::int64_t whole, std::int64_t slice, std::int64_t count) {
                   copyBytes(bytesOf(call.out()) + whole * size, bytesOf(call.in(0)) + slice * size, count,
                             static_cast<std::size_t>(size));
               });
}

void padKernel(const RefCall &call)
{
    const Dims strides = rowMajorStrides(call.out().dims());
    const auto &before = call.attrs().integers("before");
    std::int64_t first = 0;
    for (std::size_t i = 0; i < strides.size(); ++i)
        first += before[i] * strides[i];
    dispatch(call.out().dtype(), [&](auto tag) {
        using T = decltype(tag);
        auto y = call.out().span<T>();
        const T value = store<T>(scalar::convert<Compute<T>>(call.attrs().real("value")));
        for (T &element : y)
            element = value;
        StridedWalk walk(call.in(0).dims(), strides);
        for (const T element : call.in(0).span<T>()) {
            y[static_cast<std::size_t>(first + walk.offset())] = element;
            walk.next();
        }
    });
}

void reverseKernel(const RefCall &call)
{
    const std::size_t size = byteSize(call.out().dtype());
    const AxisView view = axisView(call.out().dims(), call.attrs().integer("axis"));
    const std::int64_t bytes = view.inner * static_cast<std::int64_t>(size);
    for (std::int64_t o = 0; o < view.outer; ++o)
        for (std::int64_t k = 0; k < view.size; ++k)
            copyBytes(bytesOf(call.out()) + (o * view.size + k) * bytes,
                      bytesOf(call.in(0)) + (o * view.size + view.size - 1 - k) * bytes, view.inner, size);
}

} // namespace

std::span<const RefEntry> shapeKernels()
{
    static const RefEntry table[] = {
        {"constant", constantKernel},
        {"dimension", dimensionKernel},
        {"iota", iotaKernel},
        {"reshape", reshapeKernel},
        {"transpose", transposeKernel},
        {"broadcast_to", broadcastToKernel},
        {"concat", concatKernel},
        {"slice", sliceKernel},
        {"pad", padKernel},
        {"slice_backward", sliceBackwardKernel},
        {"reverse", reverseKernel},
    };
    return table;
}

} // namespace espalier
