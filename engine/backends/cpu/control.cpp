// SPDX-License-Identifier: Apache-2.0
// scan: its body is prepared once, kernel by kernel like a small program of its own, and run for each step.
#include "engine/backends/cpu/kernel.h"
#include "engine/backends/cpu/patterns.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace espalier {
namespace {

/// Where a value of the body lies: in the workspace, in an input of the scan, or in a constant of the body.
struct Place {
    enum class Kind { Workspace, Input, Constant } kind = Kind::Workspace;
    std::size_t index = 0; ///< offset, number of the input, number of the constant
};

struct BodyStep {
    std::unique_ptr<Kernel> kernel;
    std::vector<Place> inputs;
    std::vector<Place> outputs;
    std::size_t workspace = 0; ///< offset
};

struct Slice {
    std::size_t outside = 0; ///< number of the scan's input or output
    Place inside; ///< of one step
    std::int64_t outer = 1; ///< pieces
    std::size_t bytes = 0; ///< of a piece
};

struct Carry {
    std::size_t number = 0;
    Place start; ///< read by the body
    Place end; ///< written by the body
    Place staged; ///< between the two
    std::size_t bytes = 0;
};

struct Body {
    std::vector<BodyStep> steps;
    std::vector<Tensor> constants;
    std::vector<Slice> sequences;
    std::vector<Slice> stacked;
    std::vector<Carry> carries;
    std::int64_t count = 0; ///< steps of the scan
    bool reverse = false;
    std::size_t workspaceBytes = 0;
    std::string implementation;
};

class ScanKernel : public Kernel {
public:
    explicit ScanKernel(Body body)
        : m_body(std::move(body))
    {
        for (const BodyStep &step : m_body.steps)
            m_pointers.emplace_back(step.inputs.size() + step.outputs.size());
    }

    void launch(void *stream, std::span<std::byte *const> inputs, std::span<std::byte *const> outputs,
                std::byte *workspace) const override
    {
        const auto at = [&](const Place &place) -> std::byte * {
            if (place.kind == Place::Kind::Workspace)
                return workspace + place.index;
            if (place.kind == Place::Kind::Input)
                return inputs[place.index];
            const void *data = m_body.constants[place.index].data(); // only read
            return static_cast<std::byte *>(const_cast<void *>(data));
        };
        for (std::size_t i = 0; i < m_body.steps.size(); ++i) {
            std::size_t k = 0;
            for (const auto *places : {&m_body.steps[i].inputs, &m_body.steps[i].outputs})
                for (const Place &place : *places)
                    m_pointers[i][k++] = at(place);
        }
        for (const Carry &c : m_body.carries)
            std::memcpy(at(c.start), inputs[c.number], c.bytes);
        for (std::int64_t n = 0; n < m_body.count; ++n) {
            const std::int64_t position = m_body.reverse ? m_body.count - 1 - n : n;
            for (const Slice &s : m_body.sequences)
                copy(s, inputs[s.outside], at(s.inside), position, true);
            for (std::size_t i = 0; i < m_body.steps.size(); ++i) {
                const BodyStep &step = m_body.steps[i];
                const std::span<std::byte *const> pointers(m_pointers[i]);
                step.kernel->launch(stream, pointers.first(step.inputs.size()), pointers.subspan(step.inputs.size()),
                                    workspace + step.workspace);
            }
            for (const Slice &s : m_body.stacked)
                copy(s, outputs[s.outside], at(s.inside), position, false);
            for (const Carry &c : m_body.carries) // a carry may become another one's old value
                std::memcpy(at(c.staged), at(c.end), c.bytes);
            for (const Carry &c : m_body.carries)
                std::memcpy(at(c.start), at(c.staged), c.bytes);
        }
        for (const Carry &c : m_body.carries)
            std::memcpy(outputs[c.number], at(c.start), c.bytes);
    }

private:
    void copy(const Slice &s, std::byte *whole, std::byte *slice, std::int64_t position, bool toSlice) const
    {
        const auto step = static_cast<std::int64_t>(s.bytes);
        for (std::int64_t o = 0; o < s.outer; ++o) {
            std::byte *piece = whole + (o * m_body.count + position) * step;
            std::byte *part = slice + o * step;
            std::memcpy(toSlice ? part : piece, toSlice ? piece : part, s.bytes);
        }
    }

    Body m_body;
    mutable std::vector<std::vector<std::byte *>> m_pointers; ///< filled by each launch, which allocates nothing
};

/// Prepares the body with every value row-major between its kernels.
class BodyBuilder {
public:
    BodyBuilder(const Group &group, Backend &backend)
        : m_group(group)
        , m_backend(backend)
        , m_scan(group.program->instructions[static_cast<std::size_t>(group.instructions.front())])
        , m_program(*m_scan.bodies.front())
        , m_uses(useCounts(m_program))
        , m_done(m_program.instructions.size(), false)
    {
    }

    tl::expected<Body, Decline> build()
    {
        addInputs();
        const auto count = static_cast<std::int32_t>(m_program.instructions.size());
        for (std::int32_t i = 0; i < count; ++i)
            if (!m_done[static_cast<std::size_t>(i)] && !addFrom(i))
                return tl::unexpected(Decline{m_why});
        addOutputs();
        m_body.workspaceBytes = m_used + m_scratch;
        for (BodyStep &step : m_body.steps)
            step.workspace = m_used;
        m_body.implementation = "own:scan(" + m_names + ")";
        return std::move(m_body);
    }

private:
    const Instruction &instruction(std::int32_t i) const { return m_program.instructions[static_cast<std::size_t>(i)]; }
    std::size_t bytesOf(ValueId id) const { return storageBytes(m_program.type(id), {}); }
    Place reserve(std::size_t bytes)
    {
        const Place place{Place::Kind::Workspace, m_used};
        m_used += (bytes + 63) / 64 * 64;
        return place;
    }

    /// Pieces of one position of a tensor that the scan walks along its axis.
    Slice sliceOf(std::size_t outside, ValueId whole, Place inside) const
    {
        const TensorType &type = m_group.program->type(whole);
        const Dims dims = type.shape.concrete();
        const auto axis = static_cast<std::size_t>(m_scan.attrs.integer("axis"));
        Slice s{outside, inside, 1, byteSize(type.dtype)};
        for (std::size_t i = 0; i < dims.size(); ++i)
            if (i < axis)
                s.outer *= dims[i];
            else if (i > axis)
                s.bytes *= static_cast<std::size_t>(dims[i]);
        return s;
    }

    std::size_t groupInput(std::size_t i) const
    {
        const auto at = std::find(m_group.inputs.begin(), m_group.inputs.end(), m_scan.inputs[i]);
        return static_cast<std::size_t>(at - m_group.inputs.begin());
    }

    void addInputs()
    {
        const auto carries = static_cast<std::size_t>(m_scan.attrs.integer("carries"));
        const auto sequences = static_cast<std::size_t>(m_scan.attrs.integer("sequences"));
        const Dims walked = m_group.program->type(m_scan.inputs[carries]).shape.concrete();
        m_body.count = walked[static_cast<std::size_t>(m_scan.attrs.integer("axis"))];
        m_body.reverse = m_scan.attrs.boolean("reverse");
        for (std::size_t i = 0; i < m_program.inputs.size(); ++i) {
            const ValueId id = m_program.inputs[i].value;
            if (i >= carries + sequences) {
                m_places[id] = {Place::Kind::Input, groupInput(i)};
                continue;
            }
            m_places[id] = reserve(bytesOf(id));
            if (i >= carries)
                m_body.sequences.push_back(sliceOf(groupInput(i), m_scan.inputs[i], m_places[id]));
        }
    }

    void addOutputs()
    {
        const auto carries = static_cast<std::size_t>(m_scan.attrs.integer("carries"));
        for (std::size_t i = 0; i < m_program.outputs.size(); ++i) {
            const ValueId id = m_program.outputs[i].value;
            if (i >= carries)
                m_body.stacked.push_back(sliceOf(i, m_scan.outputs[i], m_places.at(id)));
            else
                m_body.carries.push_back({groupInput(i), m_places.at(m_program.inputs[i].value), m_places.at(id),
                                          reserve(bytesOf(id)), bytesOf(id)});
        }
        for (std::size_t i = 0; i < m_body.carries.size(); ++i)
            m_body.carries[i].number = i;
    }

    bool addFrom(std::int32_t i)
    {
        const Instruction &in = instruction(i);
        if (in.op->name == "constant") {
            m_places[in.outputs[0]] = {Place::Kind::Constant, m_body.constants.size()};
            m_body.constants.push_back(in.attrs.tensor("value"));
            return done({i});
        }
        if (in.op->traits.view) {
            m_places[in.outputs[0]] = m_places.at(in.inputs[0]);
            return done({i});
        }
        if (addPattern(i))
            return true;
        const auto run = fusedRun(i);
        if (!run.empty()
            && addUnit(run, [&](const Group &g, const auto &layouts) { return m_backend.prepareFused(g, layouts); }))
            return done(run);
        return addSingle(i);
    }

    bool done(const std::vector<std::int32_t> &set)
    {
        for (const std::int32_t i : set)
            m_done[static_cast<std::size_t>(i)] = true;
        return true;
    }

    /// A pattern of several neighbours that begins here (a product with its bias).
    bool addPattern(std::int32_t first)
    {
        const auto end = std::min<std::int32_t>(static_cast<std::int32_t>(m_done.size()), first + 4);
        for (std::int32_t last = end - 1; last > first; --last)
            for (const Pattern &pattern : m_backend.patterns()) {
                const auto match = pattern.match(m_program, last, m_uses);
                if (!match || match->front() != first || std::ssize(*match) != last - first + 1)
                    continue;
                if (addUnit(*match,
                            [&](const Group &g, const auto &layouts) { return callPattern(pattern, g, layouts); }))
                    return done(*match);
            }
        return false;
    }

    static tl::expected<Prepared, Decline> callPattern(const Pattern &pattern, const Group &group,
                                                       std::span<const Layout> layouts)
    {
        const auto free = std::make_unique<bool[]>(group.inputs.size() + 1);
        return pattern.prepare(group, layouts, std::span<const bool>(free.get(), group.inputs.size()));
    }

    bool addSingle(std::int32_t i)
    {
        for (const Pattern &pattern : m_backend.patterns()) {
            const auto match = pattern.match(m_program, i, m_uses);
            if (match && match->size() == 1 && addUnit(*match, [&](const Group &g, const auto &layouts) {
                    return callPattern(pattern, g, layouts);
                }))
                return done({i});
        }
        return addUnit({i}, [&](const Group &g, const auto &) { return m_backend.prepareReference(g); }) && done({i});
    }

    /// Neighbours that are element-wise and of one shape: they can be fused without looking for cycles.
    std::vector<std::int32_t> fusedRun(std::int32_t first) const
    {
        constexpr std::size_t kMost = 32;
        std::vector<std::int32_t> run;
        for (std::int32_t i = first; i < static_cast<std::int32_t>(m_done.size()) && run.size() < kMost; ++i) {
            const Instruction &in = instruction(i);
            if (m_done[static_cast<std::size_t>(i)] || !in.op->traits.elementwise || !m_backend.canFuse(m_program, in)
                || !(m_program.type(in.outputs[0]).shape == m_program.type(instruction(first).outputs[0]).shape))
                break;
            run.push_back(i);
        }
        return run;
    }

    Group groupOf(const std::vector<std::int32_t> &set) const
    {
        Group g{&m_program, set, {}, {}};
        std::map<ValueId, std::int32_t> inner;
        for (const std::int32_t i : set) {
            for (const ValueId id : instruction(i).inputs) {
                if (const auto own = inner.find(id); own != inner.end())
                    ++own->second;
                else if (std::find(g.inputs.begin(), g.inputs.end(), id) == g.inputs.end())
                    g.inputs.push_back(id);
            }
            for (const ValueId id : instruction(i).outputs)
                inner[id] = 0;
        }
        for (const std::int32_t i : set)
            for (const ValueId id : instruction(i).outputs)
                if (set.size() == 1 || m_uses[static_cast<std::size_t>(id)] > inner[id])
                    g.outputs.push_back(id);
        return g;
    }

    template <typename Prepare>
    bool addUnit(const std::vector<std::int32_t> &set, const Prepare &prepare)
    {
        const Group g = groupOf(set);
        const std::vector<Layout> layouts(g.inputs.size());
        tl::expected<Prepared, Decline> prepared = prepare(g, std::span<const Layout>(layouts));
        if (!prepared) {
            m_why = prepared.error().reason;
            return false;
        }
        BodyStep step;
        std::vector<BodyStep> after;
        for (std::size_t i = 0; i < g.inputs.size(); ++i)
            step.inputs.push_back(inLayout(g.inputs[i], prepared->inputLayouts[i]));
        for (std::size_t i = 0; i < g.outputs.size(); ++i) {
            const ValueId id = g.outputs[i];
            const Place place = reserve(bytesOf(id));
            m_places[id] = place;
            const Layout &layout = prepared->outputLayouts[i];
            if (layout.isPlain()) {
                step.outputs.push_back(place);
                continue;
            }
            if (m_uses[static_cast<std::size_t>(id)] == 0) { // private to a backward op that is not there
                step.outputs.push_back(reserve(layout.bytes));
                continue;
            }
            step.outputs.push_back(reserve(layout.bytes));
            after.push_back(reorder(m_program.type(id), layout, {}, step.outputs.back(), place));
        }
        step.kernel = std::move(prepared->kernel);
        m_scratch = std::max(m_scratch, prepared->workspaceBytes);
        if (m_names.find(prepared->implementation) == std::string::npos)
            m_names += (m_names.empty() ? "" : ", ") + prepared->implementation;
        m_body.steps.push_back(std::move(step));
        std::move(after.begin(), after.end(), std::back_inserter(m_body.steps));
        return true;
    }

    BodyStep reorder(const TensorType &type, const Layout &from, const Layout &to, Place source, Place target)
    {
        Prepared prepared = m_backend.prepareReorder(type, from, to);
        m_scratch = std::max(m_scratch, prepared.workspaceBytes);
        BodyStep step;
        step.kernel = std::move(prepared.kernel);
        step.inputs = {source};
        step.outputs = {target};
        return step;
    }

    Place inLayout(ValueId id, const Layout &layout)
    {
        if (layout.isPlain())
            return m_places.at(id);
        const Place place = reserve(layout.bytes);
        m_body.steps.push_back(reorder(m_program.type(id), {}, layout, m_places.at(id), place));
        return place;
    }

    const Group &m_group;
    Backend &m_backend;
    const Instruction &m_scan;
    const Program &m_program;
    std::vector<std::int32_t> m_uses;
    std::vector<bool> m_done;
    std::map<ValueId, Place> m_places;
    Body m_body;
    std::size_t m_used = 0;
    std::size_t m_scratch = 0;
    std::string m_names;
    std::string m_why;
};

tl::expected<Prepared, Decline> prepareScan(const Group &group, Backend &backend)
{
    auto body = BodyBuilder(group, backend).build();
    if (!body)
        return tl::unexpected(body.error());
    Prepared prepared;
    prepared.workspaceBytes = body->workspaceBytes;
    prepared.implementation = body->implementation;
    prepared.inputLayouts.resize(group.inputs.size());
    prepared.outputLayouts.resize(group.outputs.size());
    prepared.kernel = std::make_unique<ScanKernel>(std::move(*body));
    return prepared;
}

} // namespace

std::vector<Pattern> cpuControlPatterns(Backend &backend)
{
    return {singleOp("scan", [&backend](const Group &group, std::span<const Layout>, std::span<const bool>) {
        return prepareScan(group, backend);
    })};
}

} // namespace espalier
