// SPDX-License-Identifier: Apache-2.0
// The LSTM: one matrix product for all steps' inputs, one small product and one fused cell kernel for each step.
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/onednn.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/backends/cpu/vector_math.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <cstring>

namespace espalier {
namespace {

struct Sizes {
    std::int64_t batch = 0, time = 0, features = 0, units = 0;

    std::int64_t steps() const { return batch * time; }
    std::int64_t gates() const { return 4 * units; }
};

/// A product of matrices in float32 between addresses, with row strides of its own.
class Product {
public:
    struct Matrix {
        std::int64_t rows = 0, columns = 0;
        std::int64_t rowStride = 0, columnStride = 1;

        Matrix transposed() const { return {columns, rows, columnStride, rowStride}; }
    };
    Product() = default;
    /// y = a b, or y += a b. Throws dnnl::error.
    Product(const Matrix &a, const Matrix &b, const Matrix &y, bool accumulate)
    {
        const auto md = [](const Matrix &m) {
            return onednn::strided(DType::Float32, {m.rows, m.columns}, {m.rowStride, m.columnStride});
        };
        const onednn::SmallWork scope(2.0 * static_cast<double>(a.rows * a.columns) * static_cast<double>(b.columns)
                                      < onednn::kSmallFlops);
        const auto pd = onednn::matmul(md(a), md(b), nullptr, md(y),
                                       accumulate ? onednn::Epilogue::Accumulate : onednn::Epilogue::None);
        m_prepared = onednn::prepareKernel(
            pd, dnnl::matmul(pd),
            {{DNNL_ARG_SRC, false, 0, md(a)}, {DNNL_ARG_WEIGHTS, false, 1, md(b)}, {DNNL_ARG_DST, true, 0, md(y)}});
    }
    std::size_t workspaceBytes() const { return m_prepared.workspaceBytes; }
    const std::string &implementation() const { return m_prepared.implementation; }
    void run(const float *a, const float *b, float *y, std::byte *workspace) const
    {
        const auto address
            = [](const float *p) { return const_cast<std::byte *>(reinterpret_cast<const std::byte *>(p)); };
        std::byte *const inputs[] = {address(a), address(b)};
        std::byte *const outputs[] = {address(y)};
        m_prepared.kernel->launch(nullptr, inputs, outputs, workspace);
    }

private:
    Prepared m_prepared;
};

/// Gates before activation in `z` [4H] become activated ones; the state goes one step on.
ESPALIER_CLONES void cellForward(float *z, const float *bias, const float *before, float *cell, float *hidden,
                                 std::int64_t units)
{
#pragma GCC ivdep
    for (std::int64_t u = 0; u < units; ++u) {
        const float i = vectorSigmoid(z[u] + bias[u]);
        const float f = vectorSigmoid(z[units + u] + bias[units + u]);
        const float g = vectorTanh(z[2 * units + u] + bias[2 * units + u]);
        const float o = vectorSigmoid(z[3 * units + u] + bias[3 * units + u]);
        z[u] = i;
        z[units + u] = f;
        z[2 * units + u] = g;
        z[3 * units + u] = o;
        const float c = f * before[u] + i * g;
        cell[u] = c;
        hidden[u] = o * vectorTanh(c);
    }
}

/// dz [4H] from the gradients of the state after the step; leaves in dc that of the cell before it.
ESPALIER_CLONES void cellBackward(const float *gate, const float *cell, const float *before, const float *dy,
                                  const float *dh, float *dc, float *dz, std::int64_t units)
{
#pragma GCC ivdep
    for (std::int64_t u = 0; u < units; ++u) {
        const float i = gate[u];
        const float f = gate[units + u];
        const float g = gate[2 * units + u];
        const float o = gate[3 * units + u];
        const float shown = vectorTanh(cell[u]);
        const float d = dh[u] + dy[u];
        const float total = dc[u] + d * o * (1 - shown * shown);
        dz[u] = total * g * i * (1 - i);
        dz[units + u] = total * before[u] * f * (1 - f);
        dz[2 * units + u] = total * i * (1 - g * g);
        dz[3 * units + u] = d * shown * o * (1 - o);
        dc[u] = total * f;
    }
}

template <typename F>
void eachSample(const Sizes &s, const F &sample)
{
#pragma omp parallel for schedule(static) if (s.batch * s.units >= 4096)
    for (std::int64_t n = 0; n < s.batch; ++n)
        sample(n);
}

/// x h0 c0 w_ih w_hh b -> y h_n c_n gates cells
class Forward : public Kernel {
public:
    explicit Forward(const Sizes &s)
        : m_s(s)
        , m_input({s.steps(), s.features, s.features}, Product::Matrix{s.gates(), s.features, s.features}.transposed(),
                  {s.steps(), s.gates(), s.gates()}, false)
        , m_first(recurrent(s.units))
        , m_step(recurrent(s.time * s.units))
    {
    }
    std::size_t workspaceBytes() const
    {
        return std::max({m_input.workspaceBytes(), m_first.workspaceBytes(), m_step.workspaceBytes()});
    }
    const std::string &implementation() const { return m_step.implementation(); }

    void launch(void *, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *workspace) const override
    {
        const Pointers at{inputs, outputs, workspace};
        const Sizes &s = m_s;
        float *y = at.out(0);
        float *gates = at.out(3);
        float *cells = at.out(4);
        m_input.run(at.in(0), at.in(3), gates, workspace);
        for (std::int64_t t = 0; t < s.time; ++t) {
            if (t == 0)
                m_first.run(at.in(1), at.in(4), gates, workspace);
            else
                m_step.run(y + (t - 1) * s.units, at.in(4), gates + t * s.gates(), workspace);
            eachSample(s, [&](std::int64_t n) {
                const std::int64_t step = n * s.time + t;
                const float *before = t == 0 ? at.in(2) + n * s.units : cells + (step - 1) * s.units;
                cellForward(gates + step * s.gates(), at.in(5), before, cells + step * s.units, y + step * s.units,
                            s.units);
            });
        }
        for (std::int64_t n = 0; n < s.batch; ++n) {
            const std::int64_t last = (n * s.time + s.time - 1) * s.units;
            std::copy_n(y + last, s.units, at.out(1) + n * s.units);
            std::copy_n(cells + last, s.units, at.out(2) + n * s.units);
        }
    }

private:
    /// gates of one step += h w_hh^T, where rows of h lie `stride` apart.
    Product recurrent(std::int64_t stride) const
    {
        return {{m_s.batch, m_s.units, stride},
                Product::Matrix{m_s.gates(), m_s.units, m_s.units}.transposed(),
                {m_s.batch, m_s.gates(), m_s.time * m_s.gates()},
                true};
    }

    Sizes m_s;
    Product m_input;
    Product m_first;
    Product m_step;
};

/// dy dh_n dc_n x h0 c0 w_ih w_hh y gates cells -> dx dh0 dc0 dw_ih dw_hh db
class Backward : public Kernel {
public:
    explicit Backward(const Sizes &s)
        : m_s(s)
        , m_step({s.batch, s.gates(), s.time * s.gates()}, {s.gates(), s.units, s.units}, {s.batch, s.units, s.units},
                 false)
        , m_dx({s.steps(), s.gates(), s.gates()}, {s.gates(), s.features, s.features},
               {s.steps(), s.features, s.features}, false)
        , m_dwInput(Product::Matrix{s.steps(), s.gates(), s.gates()}.transposed(), {s.steps(), s.features, s.features},
                    {s.gates(), s.features, s.features}, false)
        , m_dwState(Product::Matrix{s.steps(), s.gates(), s.gates()}.transposed(), {s.steps(), s.units, s.units},
                    {s.gates(), s.units, s.units}, false)
    {
    }
    std::size_t workspaceBytes() const
    {
        return before() + bytes(m_s.steps() * m_s.units)
            + std::max({m_step.workspaceBytes(), m_dx.workspaceBytes(), m_dwInput.workspaceBytes(),
                        m_dwState.workspaceBytes()});
    }
    const std::string &implementation() const { return m_step.implementation(); }

    void launch(void *, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *workspace) const override
    {
        const Pointers at{inputs, outputs, workspace};
        const Sizes &s = m_s;
        auto *dz = reinterpret_cast<float *>(workspace); // [N, T, 4H]
        auto *previous = reinterpret_cast<float *>(workspace + before()); // h before each step, [N, T, H]
        std::byte *const scratch = workspace + before() + bytes(s.steps() * s.units);
        float *dh = at.out(1);
        float *dc = at.out(2);
        std::copy_n(at.in(1), s.batch * s.units, dh);
        std::copy_n(at.in(2), s.batch * s.units, dc);
        for (std::int64_t t = s.time; t-- > 0;) {
            eachSample(s, [&](std::int64_t n) {
                const std::int64_t step = n * s.time + t;
                const float *cell = at.in(10) + step * s.units;
                cellBackward(at.in(9) + step * s.gates(), cell, t == 0 ? at.in(5) + n * s.units : cell - s.units,
                             at.in(0) + step * s.units, dh + n * s.units, dc + n * s.units, dz + step * s.gates(),
                             s.units);
                std::copy_n(t == 0 ? at.in(4) + n * s.units : at.in(8) + (step - 1) * s.units, s.units,
                            previous + step * s.units);
            });
            m_step.run(dz + t * s.gates(), at.in(7), dh, scratch);
        }
        m_dx.run(dz, at.in(6), at.out(0), scratch);
        m_dwInput.run(dz, at.in(3), at.out(3), scratch);
        m_dwState.run(dz, previous, at.out(4), scratch);
        sumRows(dz, at.out(5));
    }

private:
    static std::size_t bytes(std::int64_t floats)
    {
        return (static_cast<std::size_t>(floats) * sizeof(float) + 63) / 64 * 64;
    }
    std::size_t before() const { return bytes(m_s.steps() * m_s.gates()); }

    void sumRows(const float *dz, float *db) const
    {
        constexpr std::int64_t kStrip = 64;
        const std::int64_t columns = m_s.gates();
#pragma omp parallel for schedule(static) if (m_s.steps() * columns >= kParallelFrom)
        for (std::int64_t first = 0; first < columns; first += kStrip) {
            double sum[kStrip] = {};
            const std::int64_t n = std::min(kStrip, columns - first);
            for (std::int64_t row = 0; row < m_s.steps(); ++row)
                for (std::int64_t i = 0; i < n; ++i)
                    sum[i] += static_cast<double>(dz[row * columns + first + i]);
            for (std::int64_t i = 0; i < n; ++i)
                db[first + i] = static_cast<float>(sum[i]);
        }
    }

    Sizes m_s;
    Product m_step;
    Product m_dx;
    Product m_dwInput;
    Product m_dwState;
};

template <typename K>
tl::expected<Prepared, Decline> prepareLstm(const Group &group, std::size_t x, std::size_t state)
{
    const Program &p = *group.program;
    const Instruction &in = p.instructions[static_cast<std::size_t>(group.instructions.front())];
    const auto ok
        = [&](ValueId id) { return p.type(id).dtype == DType::Float32 && !p.type(id).shape.elements().isConstant(0); };
    if (group.inputs.size() != in.inputs.size() || !std::all_of(in.inputs.begin(), in.inputs.end(), ok))
        return tl::unexpected(Decline{"only float32, not empty, with inputs that differ"});
    const Dims xDims = p.type(in.inputs[x]).shape.concrete();
    const Sizes sizes{xDims[0], xDims[1], xDims[2], p.type(in.inputs[state]).shape.concrete()[1]};
    try {
        auto kernel = std::make_unique<K>(sizes);
        Prepared prepared;
        prepared.workspaceBytes = kernel->workspaceBytes();
        prepared.implementation = "own:lstm+" + kernel->implementation();
        prepared.inputLayouts.resize(group.inputs.size());
        prepared.outputLayouts.resize(group.outputs.size());
        prepared.kernel = std::move(kernel);
        return prepared;
    } catch (const dnnl::error &e) {
        return tl::unexpected(Decline{e.what()});
    }
}

} // namespace

std::vector<Pattern> cpuRnnPatterns()
{
    return {singleOp("lstm",
                     [](const Group &group, std::span<const Layout>, std::span<const bool>) {
                         return prepareLstm<Forward>(group, 0, 1);
                     }),
            singleOp("lstm_backward", [](const Group &group, std::span<const Layout>, std::span<const bool>) {
                return prepareLstm<Backward>(group, 3, 4);
            })};
}

} // namespace espalier
