// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/cpu/widened.h"

#include "engine/backends/cpu/half.h"
#include "engine/backends/cpu/kernel.h"
#include "engine/ops/op.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::size_t kAlignment = 64;

/// An operand of the launch and, where it is bfloat16, its place in the workspace.
struct Place {
    bool isHalf = false;
    std::int64_t elements = 0;
    std::size_t offset = 0;
};

class WidenedKernel : public Kernel {
public:
    WidenedKernel(std::unique_ptr<Kernel> inner, std::vector<Place> inputs, std::vector<Place> outputs)
        : m_inner(std::move(inner))
        , m_inputs(std::move(inputs))
        , m_outputs(std::move(outputs))
        , m_wideInputs(m_inputs.size())
        , m_wideOutputs(m_outputs.size())
    {
    }
    void launch(void *stream, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *workspace) const override
    {
        for (std::size_t i = 0; i < m_inputs.size(); ++i) {
            m_wideInputs[i] = m_inputs[i].isHalf ? workspace + m_inputs[i].offset : inputs[i];
            if (m_inputs[i].isHalf)
                inParts(m_inputs[i].elements, [&](std::int64_t from, std::int64_t n) {
                    halvesToFloats(reinterpret_cast<const std::uint16_t *>(inputs[i]) + from,
                                   reinterpret_cast<float *>(m_wideInputs[i]) + from, n);
                });
        }
        for (std::size_t i = 0; i < m_outputs.size(); ++i)
            m_wideOutputs[i] = m_outputs[i].isHalf ? workspace + m_outputs[i].offset : outputs[i];
        m_inner->launch(stream, m_wideInputs, m_wideOutputs, workspace);
        for (std::size_t i = 0; i < m_outputs.size(); ++i)
            if (m_outputs[i].isHalf)
                inParts(m_outputs[i].elements, [&](std::int64_t from, std::int64_t n) {
                    floatsToHalves(reinterpret_cast<const float *>(m_wideOutputs[i]) + from,
                                   reinterpret_cast<std::uint16_t *>(outputs[i]) + from, n);
                });
    }

private:
    template <typename F>
    static void inParts(std::int64_t n, const F &range)
    {
        constexpr std::int64_t kPart = 1 << 14;
#pragma omp parallel for schedule(static) if (n >= kParallelFrom)
        for (std::int64_t part = 0; part < (n + kPart - 1) / kPart; ++part)
            range(part * kPart, std::min(kPart, n - part * kPart));
    }

    std::unique_ptr<Kernel> m_inner;
    std::vector<Place> m_inputs;
    std::vector<Place> m_outputs;
    mutable std::vector<std::byte *> m_wideInputs; ///< filled by each launch, so that a step allocates nothing
    mutable std::vector<std::byte *> m_wideOutputs;
};

/// The instruction alone, with float32 for bfloat16; nullopt where its type rule then says something else.
std::optional<Program> widenedProgram(const Group &group, const Instruction &in)
{
    Program program;
    const auto add = [&](ValueId id) {
        TensorType type = group.program->type(id);
        if (type.dtype == DType::BFloat16)
            type.dtype = DType::Float32;
        program.values.push_back({type});
        return static_cast<ValueId>(program.values.size()) - 1;
    };
    for (const ValueId id : group.inputs)
        program.inputs.push_back({"", add(id)});
    Instruction wide = in;
    std::vector<TensorType> types;
    for (ValueId &id : wide.inputs) {
        const auto at = std::find(group.inputs.begin(), group.inputs.end(), id) - group.inputs.begin();
        id = program.inputs[static_cast<std::size_t>(at)].value;
        types.push_back(program.type(id));
    }
    for (ValueId &id : wide.outputs) {
        id = add(id);
        program.outputs.push_back({"", id});
    }
    const auto inferred = in.op->infer({*in.op, in.attrs, types, in.bodies});
    if (!inferred || inferred->size() != wide.outputs.size())
        return std::nullopt;
    for (std::size_t i = 0; i < wide.outputs.size(); ++i)
        if (!((*inferred)[i] == program.type(wide.outputs[i])))
            return std::nullopt;
    program.instructions.push_back(std::move(wide));
    return program;
}

bool isPlain(const std::vector<Layout> &layouts)
{
    return std::all_of(layouts.begin(), layouts.end(), [](const Layout &l) { return l.isPlain(); });
}

Prepared wrap(const Group &group, Prepared inner)
{
    std::size_t bytes = (inner.workspaceBytes + kAlignment - 1) / kAlignment * kAlignment;
    const auto place = [&](const std::vector<ValueId> &ids) {
        std::vector<Place> places;
        for (const ValueId id : ids) {
            const TensorType &type = group.program->type(id);
            Place p{type.dtype == DType::BFloat16, elementCount(type.shape.concrete()), bytes};
            if (p.isHalf)
                bytes += (static_cast<std::size_t>(p.elements) * sizeof(float) + kAlignment - 1) / kAlignment
                    * kAlignment;
            places.push_back(p);
        }
        return places;
    };
    auto inputs = place(group.inputs);
    auto outputs = place(group.outputs);
    Prepared prepared;
    prepared.kernel = std::make_unique<WidenedKernel>(std::move(inner.kernel), std::move(inputs), std::move(outputs));
    prepared.inputLayouts = std::move(inner.inputLayouts);
    prepared.outputLayouts = std::move(inner.outputLayouts);
    prepared.workspaceBytes = bytes;
    prepared.implementation = inner.implementation + " in float32";
    return prepared;
}

} // namespace

tl::expected<Prepared, Decline> prepareWidened(const Group &group, std::span<const Pattern> patterns)
{
    const auto isHalf = [&](ValueId id) { return group.program->type(id).dtype == DType::BFloat16; };
    const bool any = std::any_of(group.inputs.begin(), group.inputs.end(), isHalf)
        || std::any_of(group.outputs.begin(), group.outputs.end(), isHalf);
    if (group.instructions.size() != 1 || !any)
        return tl::unexpected(Decline{"no bfloat16"});
    const Instruction &in = group.program->instructions[static_cast<std::size_t>(group.instructions.front())];
    const auto program = in.bodies.empty() ? widenedProgram(group, in) : std::nullopt;
    if (!program)
        return tl::unexpected(Decline{"not the same in float32"});
    Group wide{&*program, {0}, {}, program->instructions.front().outputs};
    for (const ProgramInput &input : program->inputs)
        wide.inputs.push_back(input.value);
    const std::vector<std::int32_t> uses = useCounts(*program);
    const std::vector<Layout> layouts(wide.inputs.size());
    const auto free = std::make_unique<bool[]>(wide.inputs.size());
    for (const Pattern &pattern : patterns) {
        const auto match = pattern.match(*program, 0, uses);
        if (!match || match->size() != 1)
            continue;
        auto prepared = pattern.prepare(wide, layouts, std::span<const bool>(free.get(), wide.inputs.size()));
        if (prepared && isPlain(prepared->inputLayouts) && isPlain(prepared->outputLayouts))
            return wrap(group, std::move(*prepared));
    }
    return tl::unexpected(Decline{"no row-major kernel in float32"});
}

} // namespace espalier
