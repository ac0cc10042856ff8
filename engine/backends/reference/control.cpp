// SPDX-License-Identifier: Apache-2.0
// scan: the body is interpreted once for each step.
#include "engine/backends/reference/interpreter.h"
#include "engine/backends/reference/kernels.h"
#include "engine/base/assert.h"

#include <cstring>
#include <new>

namespace espalier {
namespace {

/// Copies position `at` of `axis` between a sequence and a slice without that axis.
void copySlice(std::byte *sequence, std::byte *slice, const Dims &dims, int axis, std::int64_t at, std::size_t size,
               bool toSlice)
{
    const AxisView view = axisView(dims, axis);
    const auto bytes = static_cast<std::size_t>(view.inner) * size;
    for (std::int64_t o = 0; o < view.outer && bytes > 0; ++o) {
        std::byte *inside = sequence + (o * view.size + at) * static_cast<std::int64_t>(bytes);
        std::byte *outside = slice + o * static_cast<std::int64_t>(bytes);
        std::memcpy(toSlice ? outside : inside, toSlice ? inside : outside, bytes);
    }
}

std::byte *bytesOf(const Tensor &t)
{
    return static_cast<std::byte *>(const_cast<void *>(t.data())); // only written where it is an output
}

Tensor sliceOf(const Tensor &sequence, int axis, std::int64_t at)
{
    Dims dims = sequence.dims();
    dims.erase(dims.begin() + axis);
    Tensor slice(sequence.dtype(), std::move(dims));
    copySlice(bytesOf(sequence), bytesOf(slice), sequence.dims(), axis, at, byteSize(slice.dtype()), true);
    return slice;
}

void scanKernel(const RefCall &call)
{
    const Program &body = *call.instruction.bodies.front();
    const auto carries = static_cast<std::size_t>(call.attrs().integer("carries"));
    const auto sequences = static_cast<std::size_t>(call.attrs().integer("sequences"));
    const int axis = static_cast<int>(call.attrs().integer("axis"));
    const std::int64_t steps = call.in(carries).dims()[static_cast<std::size_t>(axis)];
    std::vector<Tensor> inputs(call.inputs.begin(), call.inputs.end());
    for (std::int64_t n = 0; n < steps; ++n) {
        const std::int64_t at = call.attrs().boolean("reverse") ? steps - 1 - n : n;
        for (std::size_t s = 0; s < sequences; ++s)
            inputs[carries + s] = sliceOf(call.in(carries + s), axis, at);
        auto results = interpret(body, inputs);
        if (!results && results.error().code == "interpret.memory")
            throw std::bad_alloc();
        ESPALIER_ASSERT(results, results.error().message().c_str()); // the type rule has seen the body
        for (std::size_t i = 0; i < carries; ++i)
            inputs[i] = results->outputs[i];
        for (std::size_t i = carries; i < call.outputs.size(); ++i)
            copySlice(bytesOf(call.out(i)), bytesOf(results->outputs[i]), call.out(i).dims(), axis, at,
                      byteSize(call.out(i).dtype()), false);
    }
    for (std::size_t i = 0; i < carries; ++i)
        if (call.out(i).bytes() > 0)
            std::memmove(call.out(i).data(), inputs[i].data(), call.out(i).bytes());
}

} // namespace

std::span<const RefEntry> controlKernels()
{
    static const RefEntry table[] = {{"scan", scanKernel}};
    return table;
}

} // namespace espalier
