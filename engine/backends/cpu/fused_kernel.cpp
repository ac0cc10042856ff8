// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/fused_kernel.h"

#include "engine/backends/cpu/half.h"
#include "engine/backends/cpu/kernel.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace espalier {
namespace {

constexpr std::int64_t kTile = 1024;
/// Tile operations below which waking threads costs more than it gains.
constexpr std::int64_t kParallelWork = 1 << 16;

ESPALIER_CLONES void boolsToFloats(const std::uint8_t *from, float *to, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i)
        to[i] = static_cast<float>(from[i]);
}

ESPALIER_CLONES void floatsToBools(const float *from, std::uint8_t *to, std::int64_t n)
{
    for (std::int64_t i = 0; i < n; ++i)
        to[i] = from[i] != 0 ? 1 : 0;
}

/// n elements of memory from `first` on, as floats.
void widen(const std::byte *data, DType dtype, std::int64_t first, float *to, std::int64_t n)
{
    if (dtype == DType::Bool)
        boolsToFloats(reinterpret_cast<const std::uint8_t *>(data) + first, to, n);
    else if (dtype == DType::BFloat16)
        halvesToFloats(reinterpret_cast<const std::uint16_t *>(data) + first, to, n);
    else
        std::memcpy(to, reinterpret_cast<const float *>(data) + first, static_cast<std::size_t>(n) * sizeof(float));
}

/// Zeroes the padding lanes of elements first .. first + n - 1 of a blocked tensor; tiles hold whole blocks of lanes.
void clearPadding(const FusedPlan &plan, std::int64_t first, std::int64_t n, float *tile)
{
    const std::int64_t blocks = (plan.channels + plan.lanes - 1) / plan.lanes;
    const std::int64_t row = plan.inner * plan.lanes; // one block of channels of one sample
    const std::int64_t used = plan.channels % plan.lanes;
    for (std::int64_t k = 0; k < n;) {
        const std::int64_t at = first + k;
        const std::int64_t end = std::min(n, k + row - at % row);
        if (at / row % blocks == blocks - 1)
            for (std::int64_t i = k; i < end; i += plan.lanes)
                for (std::int64_t lane = used; lane < plan.lanes; ++lane)
                    tile[i + lane] = 0;
        k = end;
    }
}

class FusedKernel : public Kernel {
public:
    explicit FusedKernel(FusedPlan plan)
        : m_plan(std::move(plan))
        , m_tiles((m_plan.elements + kTile - 1) / kTile)
    {
    }

    void launch(void *, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *) const override
    {
        const std::int64_t work
            = m_plan.elements * static_cast<std::int64_t>(m_plan.steps.size() + m_plan.operands.size());
        if (work < kParallelWork) {
            runTiles(0, m_tiles, inputs, outputs);
            return;
        }
        constexpr std::int64_t kParts = 64;
        const std::int64_t parts = std::min(kParts, m_tiles);
#pragma omp parallel for schedule(static)
        for (std::int64_t part = 0; part < parts; ++part)
            runTiles(part * m_tiles / parts, (part + 1) * m_tiles / parts, inputs, outputs);
    }

private:
    void runTiles(std::int64_t from, std::int64_t to, std::span<std::byte *const> inputs,
                  std::span<std::byte *const> outputs) const
    {
        struct Free {
            void operator()(float *p) const { ::operator delete[](p, std::align_val_t(64)); }
        };
        thread_local const std::unique_ptr<float, Free> memory(
            static_cast<float *>(::operator new[](kMaxFusedRegisters *kTile * sizeof(float), std::align_val_t(64))));
        float *const scratch = memory.get();
        const float *at[kMaxFusedRegisters];
        for (std::size_t i = 0; i < m_plan.operands.size(); ++i) { // scalars stay as they are
            at[i] = scratch + static_cast<std::int64_t>(i) * kTile;
            const FusedOperand &o = m_plan.operands[i];
            if (o.kind == FusedOperand::Kind::Scalar)
                std::fill_n(scratch + static_cast<std::int64_t>(i) * kTile, kTile, read(o, inputs[i], 0));
        }
        for (std::int64_t t = from; t < to; ++t)
            runTile(t * kTile, std::min(kTile, m_plan.elements - t * kTile), inputs, outputs, scratch, at);
    }

    void runTile(std::int64_t first, std::int64_t n, std::span<std::byte *const> inputs,
                 std::span<std::byte *const> outputs, float *scratch, const float **at) const
    {
        for (std::size_t i = 0; i < m_plan.operands.size(); ++i)
            if (m_plan.operands[i].kind != FusedOperand::Kind::Scalar)
                at[i] = load(m_plan.operands[i], inputs[i], first, n, scratch + static_cast<std::int64_t>(i) * kTile);
        for (const FusedStep &s : m_plan.steps) {
            float *y = s.direct < 0 ? scratch + s.y * kTile
                                    : reinterpret_cast<float *>(outputs[static_cast<std::size_t>(s.direct)]) + first;
            s.op.run(at[s.a], at[s.b], at[s.c], y, n, s.op.p, s.op.q);
            at[s.y] = y;
        }
        for (std::size_t i = 0; i < m_plan.results.size(); ++i)
            store(m_plan.results[i], at[m_plan.results[i].source], outputs[i], first, n, scratch);
    }

    void store(const FusedResult &r, const float *from, std::byte *output, std::int64_t first, std::int64_t n,
               float *scratch) const
    {
        if (m_plan.lanes > 0) {
            float *own
                = r.direct ? reinterpret_cast<float *>(output) + first : scratch + (kMaxFusedRegisters - 1) * kTile;
            if (!r.direct)
                std::memcpy(own, from, static_cast<std::size_t>(n) * sizeof(float));
            clearPadding(m_plan, first, n, own);
            from = own;
        }
        if (r.dtype == DType::Bool)
            floatsToBools(from, reinterpret_cast<std::uint8_t *>(output) + first, n);
        else if (r.dtype == DType::BFloat16)
            floatsToHalves(from, reinterpret_cast<std::uint16_t *>(output) + first, n);
        else if (!r.direct)
            std::memcpy(reinterpret_cast<float *>(output) + first, from, static_cast<std::size_t>(n) * sizeof(float));
    }

    static float read(const FusedOperand &o, const std::byte *data, std::int64_t offset)
    {
        float value = 0;
        if (offset < o.limit)
            widen(data, o.dtype, offset, &value, 1);
        return value;
    }

    const float *load(const FusedOperand &o, const std::byte *data, std::int64_t first, std::int64_t n,
                      float *own) const
    {
        if (o.kind != FusedOperand::Kind::Whole)
            loadStrided(o, data, first, n, own);
        else if (o.dtype == DType::Float32)
            return reinterpret_cast<const float *>(data) + first;
        else
            widen(data, o.dtype, first, own, n);
        return own;
    }

    /// Run by run along the last axis, counting the others like an odometer.
    void loadStrided(const FusedOperand &o, const std::byte *data, std::int64_t first, std::int64_t n, float *own) const
    {
        constexpr std::size_t kMaxRank = 16;
        const Dims &dims = m_plan.dims;
        const std::size_t last = dims.size() - 1;
        std::int64_t counter[kMaxRank];
        std::int64_t offset = 0;
        for (std::size_t axis = dims.size(); axis-- > 0;) {
            counter[axis] = first % dims[axis];
            first /= dims[axis];
            offset += counter[axis] * o.strides[axis];
        }
        const std::int64_t step = o.strides[last];
        for (std::int64_t k = 0; k < n;) {
            const std::int64_t run = std::min(n - k, dims[last] - counter[last]);
            if (step == 0)
                std::fill_n(own + k, run, read(o, data, offset));
            else if (step == 1 && offset + run <= o.limit)
                widen(data, o.dtype, offset, own + k, run);
            else
                for (std::int64_t r = 0; r < run; ++r)
                    own[k + r] = read(o, data, offset + r * step);
            k += run;
            offset += (dims[last] - counter[last]) * step - dims[last] * step;
            counter[last] = 0;
            for (std::size_t axis = last; axis-- > 0;) {
                offset += o.strides[axis];
                if (++counter[axis] < dims[axis])
                    break;
                offset -= counter[axis] * o.strides[axis];
                counter[axis] = 0;
            }
        }
    }

    FusedPlan m_plan;
    std::int64_t m_tiles;
};

} // namespace

std::unique_ptr<Kernel> makeFusedKernel(FusedPlan plan)
{
    return std::make_unique<FusedKernel>(std::move(plan));
}

} // namespace espalier
