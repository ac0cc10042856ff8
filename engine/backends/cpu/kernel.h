// SPDX-License-Identifier: Apache-2.0
// Own kernels as functions over pointers, and the loops that they share.
#pragma once

#include "engine/backends/backend.h"
#include "engine/base/vector_clones.h"

#include <cstdint>
#include <utility>

namespace espalier {

/// Elements below which waking threads costs more than it gains.
constexpr std::int64_t kParallelFrom = 1 << 15;

/// What a launch gives to a function kernel.
struct Pointers {
    std::span<std::byte *const> inputs;
    std::span<std::byte *const> outputs;
    std::byte *workspace = nullptr;
    template <typename T = float>
    const T *in(std::size_t i) const
    {
        return reinterpret_cast<const T *>(inputs[i]);
    }
    template <typename T = float>
    T *out(std::size_t i = 0) const
    {
        return reinterpret_cast<T *>(outputs[i]);
    }
};

template <typename F>
class FunctionKernel : public Kernel {
public:
    explicit FunctionKernel(F run)
        : m_run(std::move(run))
    {
    }
    void launch(void *, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *workspace) const override
    {
        m_run(Pointers{inputs, outputs, workspace});
    }

private:
    F m_run;
};

/// Row-major in and out unless the caller changes the layouts.
template <typename F>
Prepared functionKernel(const Group &group, std::string implementation, F run)
{
    Prepared prepared;
    prepared.kernel = std::make_unique<FunctionKernel<F>>(std::move(run));
    prepared.inputLayouts.resize(group.inputs.size());
    prepared.outputLayouts.resize(group.outputs.size());
    prepared.implementation = std::move(implementation);
    return prepared;
}

} // namespace espalier
