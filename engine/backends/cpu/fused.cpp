// SPDX-License-Identifier: Apache-2.0
// Plans fused element-wise groups: which layout they share, where operands lie, and which tile each value takes.
#include "engine/backends/cpu/channels.h"
#include "engine/backends/cpu/fused_kernel.h"
#include "engine/backends/cpu/matching.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <map>

namespace espalier {
namespace {

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
void mergeAxes(FusedPlan &plan)
{
    Dims dims;
    std::vector<Dims> strides(plan.operands.size());
    for (std::size_t axis = 0; axis < plan.dims.size(); ++axis) {
        if (plan.dims[axis] == 1)
            continue;
        bool joins = !dims.empty();
        for (std::size_t i = 0; i < plan.operands.size() && joins; ++i)
            if (plan.operands[i].kind == FusedOperand::Kind::Strided)
                joins = strides[i].back() == plan.operands[i].strides[axis] * plan.dims[axis];
        if (joins)
            dims.back() *= plan.dims[axis];
        else
            dims.push_back(plan.dims[axis]);
        for (std::size_t i = 0; i < plan.operands.size(); ++i) {
            if (plan.operands[i].kind != FusedOperand::Kind::Strided)
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
        if (m_group.inputs.size() + 1 >= kMaxFusedRegisters || m_dims.size() > 16)
            return tl::unexpected(Decline{"too many values"});
        const std::string form = chooseLayout();
        addOperands();
        if (!addSteps())
            return tl::unexpected(Decline{"too many values"});
        addResults();
        mergeAxes(m_plan);
        m_prepared.implementation = form;
        m_prepared.kernel = makeFusedKernel(std::move(m_plan));
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

    bool isFloat(ValueId id) const { return isFloating(type(id).dtype); }

    /// Blocks of channels if a whole operand lies so and the others can follow; any other common layout if all are of
    /// its type and nothing else is there; else row-major.
    std::string chooseLayout()
    {
        for (std::size_t i = 0; i < m_group.inputs.size(); ++i) {
            const ValueId id = m_group.inputs[i];
            if (!isWhole(id) || !isFloat(id) || m_layouts[i].isPlain())
                continue;
            m_common = m_layouts[i];
            m_commonType = type(id).dtype;
            break;
        }
        if (m_common.isPlain())
            return "fused";
        if (const auto lanes = channelLanes(m_common, {m_commonType, m_shape}); lanes && everyInputIs(true)) {
            m_lanes = *lanes;
            return "fused:blocked";
        }
        const bool same = everyInputIs(false) && everyOutputIsCommon();
        const auto stored = static_cast<std::int64_t>(m_common.bytes / byteSize(m_commonType));
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
                || (isWhole(id) && (channels || (type(id).dtype == m_commonType && m_layouts[i] == m_common)))
                || (channels && isChannelVector(id));
            if (!fits)
                return false;
        }
        return true;
    }
    bool everyOutputIsCommon() const
    {
        return std::all_of(m_group.outputs.begin(), m_group.outputs.end(),
                           [&](ValueId id) { return type(id).dtype == m_commonType; });
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
            FusedOperand o;
            o.dtype = type(id).dtype;
            Layout wanted;
            if (isWhole(id)) {
                wanted = wholeLayout(id);
            } else if (isScalar(id)) {
                o.kind = FusedOperand::Kind::Scalar;
            } else if (m_lanes > 0) {
                o.kind = FusedOperand::Kind::Strided;
                o.strides = {0, m_lanes, 0, 1};
                o.limit = m_dims[1];
            } else {
                o.kind = FusedOperand::Kind::Strided;
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
            FusedStep step{tileStep(m_program, in), r(0), r(1), r(2)};
            if (!free.empty()) {
                step.y = free.back();
                free.pop_back();
            } else {
                step.y = next++;
            }
            m_registerOf[in.outputs[0]] = step.y;
            m_plan.steps.push_back(step);
            if (type(in.outputs[0]).dtype == DType::BFloat16) // every op rounds, as it does alone
                m_plan.steps.push_back({roundingStep(), step.y, step.y, step.y, step.y});
            m_stepOf[in.outputs[0]] = m_plan.steps.size() - 1;
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
        return next < kMaxFusedRegisters; // the last one is for padding
    }

    void addResults()
    {
        for (std::size_t i = 0; i < m_group.outputs.size(); ++i) {
            const ValueId id = m_group.outputs[i];
            FusedResult result{m_registerOf.at(id), type(id).dtype, false};
            // An output may lie over an input, so only the last step may write in place: every input has been read.
            if (result.dtype == DType::Float32 && m_stepOf.at(id) + 1 == m_plan.steps.size()) {
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
    FusedPlan m_plan;
    Prepared m_prepared;
    Layout m_common;
    DType m_commonType = DType::Float32;
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
