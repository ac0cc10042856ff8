// SPDX-License-Identifier: Apache-2.0
// Fused element-wise groups: a short bytecode run over tiles that stay in the first-level cache.
// This file is long because the kernel, its plan and the builder share one picture of registers, tiles and layouts.
#include "engine/backends/cpu/channels.h"
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/matching.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/backends/cpu/tile_ops.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <new>

namespace espalier {
namespace {

constexpr std::int64_t kTile = 1024;
constexpr int kMaxRegisters = 64;
/// Tile operations below which waking threads costs more than it gains.
constexpr std::int64_t kParallelWork = 1 << 16;

/// An input seen from the flat output.
struct Operand {
    enum class Kind { Whole, Scalar, Strided } kind = Kind::Whole;
    bool isBool = false;
    Dims strides; ///< 0 along broadcast axes
    std::int64_t limit = std::numeric_limits<std::int64_t>::max(); ///< offsets from here on are padding: read as 0
};

struct Step {
    TileStep op;
    int a = 0, b = 0, c = 0, y = 0; ///< registers
    int direct = -1; ///< the result that is written in place instead of into the register
};

struct Written {
    int source = 0; ///< register
    bool isBool = false;
    bool direct = false; ///< written by its step
};

struct Plan {
    std::vector<Operand> operands; ///< registers 0 .. operands - 1
    std::vector<Step> steps;
    std::vector<Written> results;
    int registers = 0;
    Dims dims; ///< merged as far as the strided operands allow
    std::int64_t elements = 0;
    std::int64_t lanes = 0; ///< channels in a block where the last block is not full, else 0
    std::int64_t channels = 0;
    std::int64_t inner = 0; ///< elements behind the channel axis
};

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

/// Zeroes the padding lanes of elements first .. first + n - 1 of a blocked tensor; tiles hold whole blocks of lanes.
void clearPadding(const Plan &plan, std::int64_t first, std::int64_t n, float *tile)
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
    explicit FusedKernel(Plan plan)
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
            static_cast<float *>(::operator new[](kMaxRegisters *kTile * sizeof(float), std::align_val_t(64))));
        float *const scratch = memory.get();
        const float *at[kMaxRegisters];
        for (std::size_t i = 0; i < m_plan.operands.size(); ++i) { // scalars stay as they are
            at[i] = scratch + static_cast<std::int64_t>(i) * kTile;
            const Operand &o = m_plan.operands[i];
            if (o.kind == Operand::Kind::Scalar)
                std::fill_n(scratch + static_cast<std::int64_t>(i) * kTile, kTile, read(o, inputs[i], 0));
        }
        for (std::int64_t t = from; t < to; ++t)
            runTile(t * kTile, std::min(kTile, m_plan.elements - t * kTile), inputs, outputs, scratch, at);
    }

    void runTile(std::int64_t first, std::int64_t n, std::span<std::byte *const> inputs,
                 std::span<std::byte *const> outputs, float *scratch, const float **at) const
    {
        for (std::size_t i = 0; i < m_plan.operands.size(); ++i)
            if (m_plan.operands[i].kind != Operand::Kind::Scalar)
                at[i] = load(m_plan.operands[i], inputs[i], first, n, scratch + static_cast<std::int64_t>(i) * kTile);
        for (const Step &s : m_plan.steps) {
            float *y = s.direct < 0 ? scratch + s.y * kTile
                                    : reinterpret_cast<float *>(outputs[static_cast<std::size_t>(s.direct)]) + first;
            s.op.run(at[s.a], at[s.b], at[s.c], y, n, s.op.p, s.op.q);
            at[s.y] = y;
        }
        for (std::size_t i = 0; i < m_plan.results.size(); ++i)
            store(m_plan.results[i], at[m_plan.results[i].source], outputs[i], first, n, scratch);
    }

    void store(const Written &r, const float *from, std::byte *output, std::int64_t first, std::int64_t n,
               float *scratch) const
    {
        float *to = reinterpret_cast<float *>(output) + first;
        if (m_plan.lanes > 0) {
            float *own = r.direct ? to : scratch + (kMaxRegisters - 1) * kTile;
            if (!r.direct)
                std::memcpy(own, from, static_cast<std::size_t>(n) * sizeof(float));
            clearPadding(m_plan, first, n, own);
            from = own;
        }
        if (r.isBool) {
            floatsToBools(from, reinterpret_cast<std::uint8_t *>(output) + first, n);
        } else if (!r.direct) {
            std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(float));
        }
    }

    static float read(const Operand &o, const std::byte *data, std::int64_t offset)
    {
        if (offset >= o.limit)
            return 0;
        return o.isBool ? static_cast<float>(reinterpret_cast<const std::uint8_t *>(data)[offset])
                        : reinterpret_cast<const float *>(data)[offset];
    }

    const float *load(const Operand &o, const std::byte *data, std::int64_t first, std::int64_t n, float *own) const
    {
        if (o.kind == Operand::Kind::Whole) {
            if (!o.isBool)
                return reinterpret_cast<const float *>(data) + first;
            boolsToFloats(reinterpret_cast<const std::uint8_t *>(data) + first, own, n);
            return own;
        }
        loadStrided(o, data, first, n, own);
        return own;
    }

    /// Run by run along the last axis, counting the others like an odometer.
    void loadStrided(const Operand &o, const std::byte *data, std::int64_t first, std::int64_t n, float *own) const
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
            else if (step == 1 && !o.isBool && offset + run <= o.limit)
                std::memcpy(own + k, reinterpret_cast<const float *>(data) + offset,
                            static_cast<std::size_t>(run) * sizeof(float));
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

    Plan m_plan;
    std::int64_t m_tiles;
};

Dims broadcastTo(const Dims &from, const Dims &to)
{
    const Dims own = rowMajorStrides(from);
    Dims strides(to.size(), 0);
    const std::size_t shift = to.size() - from.size();
    for (std::size_t i = 0; i < from.size(); ++i)
        strides[i + shift] = from[i] == 1 ? 0 : own[i];
    return strides;
}

/// Joins neighbouring axes that every strided operand walks as one.
void mergeAxes(Plan &plan)
{
    Dims dims;
    std::vector<Dims> strides(plan.operands.size());
    for (std::size_t axis = 0; axis < plan.dims.size(); ++axis) {
        if (plan.dims[axis] == 1)
            continue;
        bool joins = !dims.empty();
        for (std::size_t i = 0; i < plan.operands.size() && joins; ++i)
            if (plan.operands[i].kind == Operand::Kind::Strided)
                joins = strides[i].back() == plan.operands[i].strides[axis] * plan.dims[axis];
        if (joins)
            dims.back() *= plan.dims[axis];
        else
            dims.push_back(plan.dims[axis]);
        for (std::size_t i = 0; i < plan.operands.size(); ++i) {
            if (plan.operands[i].kind != Operand::Kind::Strided)
                continue;
            if (joins)
                strides[i].back() = plan.operands[i].strides[axis];
            else
                strides[i].push_back(plan.operands[i].strides[axis]);
        }
    }
    if (dims.empty()) {
        dims = {1};
        for (Dims &s : strides)
            s = {0};
    }
    plan.dims = std::move(dims);
    for (std::size_t i = 0; i < plan.operands.size(); ++i)
        plan.operands[i].strides = std::move(strides[i]);
}

/// How the operands of a group lie, and what is asked of them.
class FusedBuilder {
public:
    FusedBuilder(const Group &group, std::span<const Layout> layouts)
        : m_group(group)
        , m_program(*group.program)
        , m_layouts(layouts)
        , m_shape(m_program.type(output(0)).shape)
        , m_dims(m_shape.concrete())
    {
    }

    tl::expected<Prepared, Decline> build()
    {
        m_plan.elements = elementCount(m_dims);
        if (m_group.inputs.size() + 1 >= kMaxRegisters || m_dims.size() > 16)
            return tl::unexpected(Decline{"too many values"});
        const std::string form = chooseLayout();
        addOperands();
        if (!addSteps())
            return tl::unexpected(Decline{"too many values"});
        addResults();
        mergeAxes(m_plan);
        m_prepared.implementation = form;
        m_prepared.kernel = std::make_unique<FusedKernel>(std::move(m_plan));
        return std::move(m_prepared);
    }

private:
    const Instruction &instruction(std::size_t i) const
    {
        return m_program.instructions[static_cast<std::size_t>(m_group.instructions[i])];
    }
    ValueId output(std::size_t i) const { return instruction(i).outputs[0]; }
    const TensorType &type(ValueId id) const { return m_program.type(id); }
    bool isWhole(ValueId id) const { return type(id).shape == m_shape; }
    bool isScalar(ValueId id) const { return !isWhole(id) && elementCount(type(id).shape.concrete()) == 1; }
    bool isChannelVector(ValueId id) const
    {
        const Dims dims = type(id).shape.concrete(); // [C, 1, 1] or [1, C, 1, 1]
        return m_dims.size() == 4 && elementCount(dims) == m_dims[1] && dims.size() >= 3
            && dims[dims.size() - 3] == m_dims[1];
    }

    /// Blocks of channels if a whole float32 operand lies so and the others can follow; any other common layout if
    /// nothing else is there; else row-major.
    std::string chooseLayout()
    {
        for (std::size_t i = 0; i < m_group.inputs.size(); ++i)
            if (isWhole(m_group.inputs[i]) && type(m_group.inputs[i]).dtype == DType::Float32 && !m_layouts[i].isPlain()
                && m_common.isPlain())
                m_common = m_layouts[i];
        if (m_common.isPlain())
            return "fused";
        const TensorType floats{DType::Float32, m_shape};
        if (const auto lanes = channelLanes(m_common, floats); lanes && everyInputIs(true)) {
            m_lanes = *lanes;
            return "fused:blocked";
        }
        const bool same = everyInputIs(false) && everyOutputIsFloat();
        const auto stored = static_cast<std::int64_t>(m_common.bytes / sizeof(float));
        if (same && (stored == m_plan.elements || keepsPaddingZero())) {
            m_plan.elements = stored;
            m_flat = true;
            return "fused:blocked";
        }
        m_common = {};
        return "fused";
    }

    /// Scalars, whole operands (reordered where needed if `channels`, else already alike) and vectors of channels.
    bool everyInputIs(bool channels) const
    {
        for (std::size_t i = 0; i < m_group.inputs.size(); ++i) {
            const ValueId id = m_group.inputs[i];
            const bool fits = isScalar(id)
                || (isWhole(id) && (channels || (type(id).dtype == DType::Float32 && m_layouts[i] == m_common)))
                || (channels && isChannelVector(id));
            if (!fits)
                return false;
        }
        return true;
    }
    bool everyOutputIsFloat() const
    {
        return std::all_of(m_group.outputs.begin(), m_group.outputs.end(),
                           [&](ValueId id) { return type(id).dtype == DType::Float32; });
    }
    /// Zeros in the whole operands give zeros in every result, whatever the scalars are.
    bool keepsPaddingZero() const
    {
        std::map<ValueId, bool> zero;
        for (const ValueId id : m_group.inputs)
            zero[id] = !isScalar(id) || isZeroConstant(id);
        for (std::size_t i = 0; i < m_group.instructions.size(); ++i) {
            const Instruction &in = instruction(i);
            const auto isZero = [&](ValueId id) { return zero.at(id); };
            const auto first = in.inputs.begin() + (in.op->name == "where" ? 1 : 0);
            const Zeros keeps = keepsZeros(in.op->name);
            zero[in.outputs[0]] = keeps == Zeros::All
                ? std::all_of(first, in.inputs.end(), isZero)
                : keeps == Zeros::Any && std::any_of(first, in.inputs.end(), isZero);
        }
        return std::all_of(m_group.outputs.begin(), m_group.outputs.end(), [&](ValueId id) { return zero.at(id); });
    }

    bool isZeroConstant(ValueId id) const
    {
        const std::int32_t producer = producerBefore(m_program, id, m_group.instructions.front());
        if (producer < 0)
            return false;
        const Instruction &in = m_program.instructions[static_cast<std::size_t>(producer)];
        return in.op->name == "constant" && in.attrs.tensor("value").at(0) == 0;
    }

    Layout wholeLayout(ValueId id) const { return m_lanes > 0 ? channelLayout(type(id), m_lanes) : m_common; }

    void addOperands()
    {
        m_plan.dims = m_flat ? Dims{m_plan.elements} : m_dims;
        if (m_lanes > 0) {
            const std::int64_t blocks = (m_dims[1] + m_lanes - 1) / m_lanes;
            m_plan.dims = {m_dims[0], blocks, m_dims[2] * m_dims[3], m_lanes};
            m_plan.elements = elementCount(m_plan.dims);
            m_plan.lanes = m_dims[1] % m_lanes == 0 || keepsPaddingZero() ? 0 : m_lanes;
            m_plan.channels = m_dims[1];
            m_plan.inner = m_dims[2] * m_dims[3];
        }
        for (const ValueId id : m_group.inputs) {
            Operand o;
            o.isBool = type(id).dtype == DType::Bool;
            Layout wanted;
            if (isWhole(id)) {
                wanted = wholeLayout(id);
            } else if (isScalar(id)) {
                o.kind = Operand::Kind::Scalar;
            } else if (m_lanes > 0) {
                o.kind = Operand::Kind::Strided;
                o.strides = {0, m_lanes, 0, 1};
                o.limit = m_dims[1];
            } else {
                o.kind = Operand::Kind::Strided;
                o.strides = broadcastTo(type(id).shape.concrete(), m_dims);
            }
            m_registerOf[id] = static_cast<int>(m_plan.operands.size());
            m_plan.operands.push_back(std::move(o));
            m_prepared.inputLayouts.push_back(std::move(wanted));
        }
    }

    /// Registers are taken again once their last reader has run, so that the tiles in use stay few.
    bool addSteps()
    {
        std::map<ValueId, std::size_t> lastUse;
        for (std::size_t i = 0; i < m_group.instructions.size(); ++i)
            for (const ValueId id : instruction(i).inputs)
                lastUse[id] = i;
        for (const ValueId id : m_group.outputs)
            lastUse[id] = m_group.instructions.size();
        std::vector<int> free;
        int next = static_cast<int>(m_group.inputs.size());
        for (std::size_t i = 0; i < m_group.instructions.size(); ++i) {
            const Instruction &in = instruction(i);
            const auto r = [&](std::size_t k) { return k < in.inputs.size() ? m_registerOf.at(in.inputs[k]) : 0; };
            Step step{tileStep(m_program, in), r(0), r(1), r(2)};
            if (!free.empty()) {
                step.y = free.back();
                free.pop_back();
            } else {
                step.y = next++;
            }
            m_registerOf[in.outputs[0]] = step.y;
            m_stepOf[in.outputs[0]] = i;
            m_plan.steps.push_back(step);
            for (std::size_t k = 0; k < in.inputs.size(); ++k) {
                const ValueId id = in.inputs[k];
                const bool isOperand = r(k) < static_cast<int>(m_group.inputs.size());
                const bool again = std::find(in.inputs.begin(), in.inputs.begin() + static_cast<std::ptrdiff_t>(k), id)
                    != in.inputs.begin() + static_cast<std::ptrdiff_t>(k);
                if (!isOperand && !again && lastUse.at(id) == i)
                    free.push_back(r(k));
            }
        }
        m_plan.registers = next;
        return next < kMaxRegisters; // the last one is for padding
    }

    void addResults()
    {
        for (std::size_t i = 0; i < m_group.outputs.size(); ++i) {
            const ValueId id = m_group.outputs[i];
            Written result{m_registerOf.at(id), type(id).dtype == DType::Bool, false};
            // An output may lie over an input, so only the last step may write in place: every input has been read.
            if (!result.isBool && m_stepOf.at(id) + 1 == m_plan.steps.size()) {
                result.direct = true;
                m_plan.steps.back().direct = static_cast<int>(i);
            }
            m_plan.results.push_back(result);
            m_prepared.outputLayouts.push_back(wholeLayout(id));
            for (std::size_t k = 0; k < m_group.inputs.size(); ++k)
                if (type(m_group.inputs[k]) == type(id))
                    m_prepared.mayAlias.emplace_back(static_cast<int>(i), static_cast<int>(k));
        }
    }

    const Group &m_group;
    const Program &m_program;
    std::span<const Layout> m_layouts;
    Shape m_shape;
    Dims m_dims;
    Plan m_plan;
    Prepared m_prepared;
    Layout m_common;
    std::int64_t m_lanes = 0; ///< blocks of channels
    bool m_flat = false; ///< any other common layout
    std::map<ValueId, int> m_registerOf;
    std::map<ValueId, std::size_t> m_stepOf;
};

} // namespace

bool cpuCanFuse(const Program &program, const Instruction &in)
{
    return tileStep(program, in).run != nullptr;
}

tl::expected<Prepared, Decline> cpuPrepareFused(const Group &group, std::span<const Layout> layouts)
{
    return FusedBuilder(group, layouts).build();
}

} // namespace espalier
