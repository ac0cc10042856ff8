// SPDX-License-Identifier: Apache-2.0
// This file is long because one class follows every value through layouts, slots and lifetimes.
#include "engine/program/compile.h"

#include "engine/base/assert.h"
#include "engine/ops/op.h"
#include "engine/program/memory_plan.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace espalier {

/// Builds one Executable: prepares kernels unit by unit while it follows how each value lies in memory, then places the
/// buffers. A "slot" is a stretch of memory; several (value, layout) pairs may share one (views, updates in place).
class Compiler {
public:
    Compiler(Program program, Backend &backend, StateStore &store, std::shared_ptr<Arena> arena,
             const CompileOptions &options)
        : m_program(std::move(program))
        , m_backend(backend)
        , m_store(store)
        , m_options(options)
        , m_executable(std::make_unique<Executable>(backend, arena))
        , m_arena(std::move(arena))
    {
    }

    Result<std::unique_ptr<Executable>> run()
    {
        keepWatched();
        m_uses = useCounts(m_program);
        m_remaining = m_uses;
        m_places.resize(m_program.values.size());
        ESPALIER_CHECK(declareInputs());
        for (const Unit &unit : groupInstructions(m_program, m_backend, m_options.grouping))
            ESPALIER_CHECK(addUnit(unit));
        ESPALIER_CHECK(finishOutputs());
        ESPALIER_CHECK(finishWatched());
        ESPALIER_CHECK(finishStates());
        ESPALIER_CHECK(place());
        return std::move(m_executable);
    }

private:
    struct Slot {
        Location::Kind kind = Location::Kind::Arena;
        std::size_t bytes = 0;
        int first = 0;
        int last = 0;
        std::size_t offset = 0; ///< of constants
        std::byte *fixed = nullptr; ///< of states
    };
    /// One copy of a value in one layout.
    struct Copy {
        Layout layout;
        int slot = -1;
    };
    struct PendingStep {
        std::vector<int> inputs;
        std::vector<int> outputs;
        int workspace = -1;
    };

    void keepWatched()
    {
        if (m_options.keepObservations)
            for (const ProgramOutput &o : m_program.observations)
                m_program.outputs.push_back(o);
        if (!m_options.watchObservations)
            m_program.observations.clear();
        if (!m_options.keepAll)
            return;
        for (const Instruction &in : m_program.instructions)
            for (const ValueId id : in.outputs)
                if (isFloating(m_program.type(id).dtype))
                    m_program.outputs.push_back({"%" + std::to_string(id), id});
    }

    std::vector<Copy> &copies(ValueId id) { return m_places[static_cast<std::size_t>(id)]; }
    void addCopy(ValueId id, const Layout &layout, int s)
    {
        copies(id).push_back({layout, s});
        m_holders[s].push_back(id);
    }
    /// No value that lies in the slot will be read by a later unit.
    bool isDead(int s)
    {
        const auto &holders = m_holders[s];
        return std::all_of(holders.begin(), holders.end(),
                           [&](ValueId id) { return m_remaining[static_cast<std::size_t>(id)] == 0; });
    }
    Slot &slot(int index) { return m_slots[static_cast<std::size_t>(index)]; }
    int now() const { return static_cast<int>(m_executable->m_steps.size()); }

    int newSlot(std::size_t bytes)
    {
        m_slots.push_back({Location::Kind::Arena, bytes, now(), now(), 0, nullptr});
        return static_cast<int>(m_slots.size()) - 1;
    }

    Result<void> declareInputs()
    {
        for (const ProgramInput &input : m_program.inputs) {
            const TensorType &type = m_program.type(input.value);
            const int s = newSlot(storageBytes(type, {}));
            slot(s).first = -1; // written before the first launch
            addCopy(input.value, {}, s);
            m_inputSlots.push_back(s);
        }
        for (const ProgramState &state : m_program.states) {
            m_store.declare(state.path, m_program.type(state.value));
            m_stateOf[state.value] = state.path;
            if (!m_store.isLayoutFree(state.path))
                ESPALIER_CHECK(addStateCopy(state.value, state.path));
        }
        return {};
    }

    Result<void> addStateCopy(ValueId id, const std::string &path)
    {
        ESPALIER_TRY(std::byte *const address, m_store.address(path));
        m_slots.push_back({Location::Kind::State, 0, -1, 1 << 30, 0, address});
        addCopy(id, m_store.layout(path), static_cast<int>(m_slots.size()) - 1);
        return {};
    }

    bool isFree(ValueId id) const
    {
        const auto state = m_stateOf.find(id);
        return state != m_stateOf.end() && m_places[static_cast<std::size_t>(id)].empty();
    }

    Layout currentLayout(ValueId id) { return isFree(id) || copies(id).empty() ? Layout{} : copies(id).front().layout; }

    /// The slot that holds `id` in `layout`, made by a reorder where there is none yet.
    Result<int> inLayout(ValueId id, const Layout &layout)
    {
        if (isFree(id)) {
            const std::string &path = m_stateOf.at(id);
            m_store.fixLayout(path, layout);
            ESPALIER_CHECK(addStateCopy(id, path));
        }
        for (const Copy &copy : copies(id))
            if (copy.layout == layout)
                return copy.slot;
        ESPALIER_ASSERT(!copies(id).empty(), "a value is used before it is made");
        const Copy source = copies(id).front();
        const TensorType &type = m_program.type(id);
        Prepared reorder = m_backend.prepareReorder(type, source.layout, layout);
        const int s = newSlot(storageBytes(type, layout));
        KernelReport report{"reorder", "", std::move(reorder.implementation), "", type.toString(), 0, 0};
        report.bytes = static_cast<double>(storageBytes(type, layout) + storageBytes(type, source.layout));
        addStep(std::move(reorder.kernel), {source.slot}, {s}, reorder.workspaceBytes, std::move(report));
        addCopy(id, layout, s);
        return s;
    }

    void addStep(std::unique_ptr<Kernel> kernel, std::vector<int> inputs, std::vector<int> outputs,
                 std::size_t workspaceBytes, KernelReport report)
    {
        PendingStep pending{std::move(inputs), std::move(outputs), workspaceBytes > 0 ? newSlot(workspaceBytes) : -1};
        for (const int s : pending.inputs)
            slot(s).last = std::max(slot(s).last, now());
        for (const int s : pending.outputs)
            slot(s).last = std::max(slot(s).last, now());
        m_pending.push_back(std::move(pending));
        Executable::Step step;
        step.kernel = std::move(kernel);
        step.report = std::move(report);
        m_executable->m_steps.push_back(std::move(step));
    }

    const Instruction &instruction(std::int32_t i) const { return m_program.instructions[static_cast<std::size_t>(i)]; }

    Result<void> addUnit(const Unit &unit)
    {
        const Instruction &first = instruction(unit.instructions.front());
        if (unit.instructions.size() == 1 && !unit.pattern) {
            if (first.op->name == "constant")
                return addConstant(first);
            if (first.op->traits.view)
                return addView(first);
        }
        const Group group = makeGroup(m_program, unit.instructions, m_uses);
        std::string declined;
        if (auto prepared = prepare(unit, group, declined))
            return addKernel(group, std::move(*prepared), declined);
        if (unit.instructions.size() > 1) {
            for (const std::int32_t i : unit.instructions)
                ESPALIER_CHECK(addUnit(singleUnit(i)));
            return {};
        }
        return fail("compile.unsupported", "The op {0} on {1} can't run on the device {2}: {3}.", first.op->name,
                    typeArg(m_program.type(first.outputs.front())), m_backend.device().backend, declined);
    }

    Unit singleUnit(std::int32_t i) const
    {
        for (const Pattern &pattern : m_backend.patterns())
            if (const auto match = pattern.match(m_program, i, m_uses); match && match->size() == 1)
                return {{i}, &pattern, false};
        const bool fusable = instruction(i).op->traits.elementwise && m_backend.canFuse(m_program, instruction(i));
        return {{i}, nullptr, fusable};
    }

    std::optional<Prepared> prepare(const Unit &unit, const Group &group, std::string &declined)
    {
        std::vector<Layout> layouts;
        const auto free = std::make_unique<bool[]>(group.inputs.size());
        for (std::size_t i = 0; i < group.inputs.size(); ++i) {
            layouts.push_back(currentLayout(group.inputs[i]));
            free[i] = isFree(group.inputs[i]);
        }
        const auto note = [&](std::string_view who, const Decline &decline) {
            declined += (declined.empty() ? "" : "; ") + std::string(who) + ": " + decline.reason;
        };
        if (unit.pattern) {
            auto p = unit.pattern->prepare(group, layouts, std::span<const bool>(free.get(), group.inputs.size()));
            if (p)
                return std::move(*p);
            note(unit.pattern->name, p.error());
        }
        if (unit.fused) {
            auto p = m_backend.prepareFused(group, layouts);
            if (p)
                return std::move(*p);
            note("fused", p.error());
        }
        if (unit.instructions.size() > 1)
            return std::nullopt;
        if (auto next
            = prepareOthers(unit, group, layouts, std::span<const bool>(free.get(), group.inputs.size()), note))
            return next;
        auto p = m_backend.prepareReference(group);
        if (p)
            return std::move(*p);
        note("reference", p.error());
        return std::nullopt;
    }

    /// The single-op patterns after the one that declined.
    template <typename Note>
    std::optional<Prepared> prepareOthers(const Unit &unit, const Group &group, const std::vector<Layout> &layouts,
                                          std::span<const bool> free, const Note &note)
    {
        for (const Pattern &pattern : m_backend.patterns()) {
            if (&pattern == unit.pattern)
                continue;
            const auto match = pattern.match(m_program, unit.instructions.front(), m_uses);
            if (!match || match->size() != 1)
                continue;
            auto p = pattern.prepare(group, layouts, free);
            if (p)
                return std::move(*p);
            note(pattern.name, p.error());
        }
        return std::nullopt;
    }

    Result<void> addConstant(const Instruction &in)
    {
        const Tensor &value = in.attrs.tensor("value");
        m_slots.push_back({Location::Kind::Constant, value.bytes(), 0, 0, m_constantBytes, nullptr});
        m_constants.emplace_back(m_constantBytes, value);
        m_constantBytes += (value.bytes() + 63) / 64 * 64;
        addCopy(in.outputs.front(), {}, static_cast<int>(m_slots.size()) - 1);
        return {};
    }

    Result<void> addView(const Instruction &in)
    {
        ESPALIER_TRY(const int s, inLayout(in.inputs.front(), Layout{}));
        addCopy(in.outputs.front(), {}, s);
        m_remaining[static_cast<std::size_t>(in.inputs.front())] -= 1;
        return {};
    }

    Result<void> addKernel(const Group &group, Prepared prepared, const std::string &declined)
    {
        std::vector<int> inputs;
        for (std::size_t i = 0; i < group.inputs.size(); ++i) {
            ESPALIER_TRY(const int s, inLayout(group.inputs[i], prepared.inputLayouts[i]));
            inputs.push_back(s);
        }
        consume(group);
        std::vector<int> outputs;
        for (std::size_t i = 0; i < group.outputs.size(); ++i)
            outputs.push_back(outputSlot(group, prepared, inputs, outputs, static_cast<int>(i)));
        addStep(std::move(prepared.kernel), inputs, outputs, prepared.workspaceBytes,
                report(group, prepared.implementation, declined));
        for (std::size_t i = 0; i < group.outputs.size(); ++i)
            addCopy(group.outputs[i], prepared.outputLayouts[i], outputs[i]);
        return {};
    }

    /// Takes the uses of the group's inputs off, so that what dies here is known.
    void consume(const Group &group)
    {
        for (const std::int32_t i : group.instructions)
            for (const ValueId id : instruction(i).inputs)
                m_remaining[static_cast<std::size_t>(id)] -= 1;
    }

    /// Where output `index` goes: over an input that dies here (also a state that this is the final value of), or new.
    int outputSlot(const Group &group, const Prepared &prepared, const std::vector<int> &inputs,
                   const std::vector<int> &taken, int index)
    {
        const ValueId out = group.outputs[static_cast<std::size_t>(index)];
        const Layout &layout = prepared.outputLayouts[static_cast<std::size_t>(index)];
        for (const auto &[output, input] : prepared.mayAlias) {
            if (output != index)
                continue;
            const ValueId in = group.inputs[static_cast<std::size_t>(input)];
            const int s = inputs[static_cast<std::size_t>(input)];
            if (std::find(taken.begin(), taken.end(), s) != taken.end()
                || std::count(inputs.begin(), inputs.end(), s) > 1)
                continue;
            if (!(prepared.inputLayouts[static_cast<std::size_t>(input)] == layout))
                continue;
            const bool fits = storageBytes(m_program.type(in), layout) >= storageBytes(m_program.type(out), layout);
            if (fits && isDead(s) && (slot(s).kind == Location::Kind::State ? endsState(in, out) : isTemporary(s)))
                return s;
        }
        return newSlot(storageBytes(m_program.type(out), layout));
    }

    bool endsState(ValueId in, ValueId out) const
    {
        return std::any_of(m_program.states.begin(), m_program.states.end(),
                           [&](const ProgramState &s) { return s.value == in && s.finalValue == out; });
    }

    /// Inputs stay as they were set, so that a program can be profiled kernel by kernel.
    bool isTemporary(int s) { return slot(s).kind == Location::Kind::Arena && slot(s).first >= 0; }

    KernelReport report(const Group &group, const std::string &implementation, const std::string &declined) const
    {
        KernelReport r{"", "", implementation, declined, "", 0, 0};
        for (const std::int32_t i : group.instructions) {
            const Instruction &in = instruction(i);
            r.ops += (r.ops.empty() ? "" : "+") + std::string(in.op->name);
            if (!in.origin.empty())
                r.origin = in.origin;
            if (const Dim flops = costOf(m_program, in).flops; flops.isConstant())
                r.flops += static_cast<double>(flops.constant());
        }
        for (const ValueId id : group.inputs)
            r.bytes += static_cast<double>(storageBytes(m_program.type(id), {}));
        for (const ValueId id : group.outputs)
            r.bytes += static_cast<double>(storageBytes(m_program.type(id), {}));
        r.shapes = m_program.type(group.outputs.front()).toString();
        return r;
    }

    /// Final values that are not already in place are copied after everything has been read.
    Result<void> finishStates()
    {
        struct Move {
            int from;
            int to;
            TensorType type;
            Layout layout;
        };
        std::vector<Move> moves;
        for (const ProgramState &state : m_program.states) {
            if (state.finalValue == state.value)
                continue;
            if (isFree(state.value)) { // never read: its layout follows the value
                m_store.fixLayout(state.path, currentLayout(state.finalValue));
                ESPALIER_CHECK(addStateCopy(state.value, state.path));
            }
            const Copy target = copies(state.value).front();
            ESPALIER_TRY(int from, inLayout(state.finalValue, target.layout));
            if (from == target.slot)
                continue;
            if (slot(from).kind == Location::Kind::State) { // two states that swap: go through the arena
                const TensorType &type = m_program.type(state.finalValue);
                const int through = newSlot(storageBytes(type, target.layout));
                copyStep(type, target.layout, from, through);
                from = through;
            }
            moves.push_back({from, target.slot, m_program.type(state.value), target.layout});
        }
        for (const Move &move : moves)
            copyStep(move.type, move.layout, move.from, move.to);
        return {};
    }

    void copyStep(const TensorType &type, const Layout &layout, int from, int to)
    {
        Prepared copy = m_backend.prepareReorder(type, layout, layout);
        KernelReport report{"copy",
                            "",
                            std::move(copy.implementation),
                            "",
                            type.toString(),
                            0,
                            2.0 * static_cast<double>(storageBytes(type, layout))};
        addStep(std::move(copy.kernel), {from}, {to}, copy.workspaceBytes, std::move(report));
    }

    /// Outputs are read row-major after the last launch, from the arena or the constants.
    Result<void> finishOutputs()
    {
        for (const ProgramOutput &output : m_program.outputs) {
            const TensorType &type = m_program.type(output.value);
            ESPALIER_TRY(int s, inLayout(output.value, Layout{}));
            if (slot(s).kind == Location::Kind::State) {
                const int copy = newSlot(storageBytes(type, {}));
                copyStep(type, {}, s, copy);
                s = copy;
            }
            m_outputSlots.push_back(s);
        }
        for (const int s : m_outputSlots)
            slot(s).last = 1 << 30;
        return {};
    }

    /// Watched values stay in their first layout; their uses are never used up, so nothing is written over them.
    Result<void> finishWatched()
    {
        for (const ProgramOutput &observed : m_program.observations) {
            const TensorType &type = m_program.type(observed.value);
            ESPALIER_TRY(int s, inLayout(observed.value, currentLayout(observed.value)));
            const Layout layout = currentLayout(observed.value);
            if (slot(s).kind == Location::Kind::State) {
                const int copy = newSlot(storageBytes(type, layout));
                copyStep(type, layout, s, copy);
                s = copy;
            }
            slot(s).last = 1 << 30;
            m_executable->m_watched.push_back({observed.name, type, storageBytes(type, layout), {}, layout});
            m_watchedSlots.push_back(s);
        }
        return {};
    }

    Location locate(int index)
    {
        if (index < 0)
            return {};
        const Slot &s = slot(index);
        return {s.kind, s.offset, s.fixed};
    }

    Result<void> place()
    {
        std::vector<Lifetime> lives;
        std::vector<int> ids;
        for (std::size_t i = 0; i < m_slots.size(); ++i) {
            if (m_slots[i].kind != Location::Kind::Arena)
                continue;
            lives.push_back({m_slots[i].bytes, m_slots[i].first, m_slots[i].last});
            ids.push_back(static_cast<int>(i));
        }
        const MemoryPlan plan = planMemory(lives);
        for (std::size_t i = 0; i < ids.size(); ++i)
            slot(ids[i]).offset = plan.offsets[i];
        m_executable->m_arenaBytes = plan.arenaBytes;
        ESPALIER_CHECK(m_arena->reserve(std::max<std::size_t>(plan.arenaBytes, 64)));
        ESPALIER_TRY(m_executable->m_constants, m_backend.allocate(std::max<std::size_t>(m_constantBytes, 64)));
        for (const auto &[offset, value] : m_constants)
            m_backend.upload(*m_executable->m_constants, offset,
                             {static_cast<const std::byte *>(value.data()), value.bytes()});
        m_backend.synchronize();
        for (std::size_t i = 0; i < m_pending.size(); ++i) {
            Executable::Step &step = m_executable->m_steps[i];
            for (const int s : m_pending[i].inputs)
                step.inputs.push_back(locate(s));
            for (const int s : m_pending[i].outputs)
                step.outputs.push_back(locate(s));
            step.workspace = locate(m_pending[i].workspace);
        }
        for (std::size_t i = 0; i < m_program.inputs.size(); ++i)
            m_executable->m_inputs.push_back(
                {m_program.inputs[i].name, m_program.type(m_program.inputs[i].value), locate(m_inputSlots[i])});
        for (std::size_t i = 0; i < m_watchedSlots.size(); ++i)
            m_executable->m_watched[i].location = locate(m_watchedSlots[i]);
        for (std::size_t i = 0; i < m_program.outputs.size(); ++i)
            m_executable->m_outputs.push_back(
                {m_program.outputs[i].name, m_program.type(m_program.outputs[i].value), locate(m_outputSlots[i])});
        return {};
    }

    Program m_program;
    Backend &m_backend;
    StateStore &m_store;
    CompileOptions m_options;
    std::unique_ptr<Executable> m_executable;
    std::shared_ptr<Arena> m_arena;

    std::vector<std::int32_t> m_uses;
    std::vector<std::int32_t> m_remaining; ///< uses not yet compiled
    std::vector<std::vector<Copy>> m_places; ///< for each value
    std::map<ValueId, std::string> m_stateOf;
    std::map<int, std::vector<ValueId>> m_holders; ///< values that lie in a slot (views, updates in place)
    std::vector<Slot> m_slots;
    std::vector<PendingStep> m_pending;
    std::vector<int> m_inputSlots;
    std::vector<int> m_outputSlots;
    std::vector<int> m_watchedSlots;
    std::vector<std::pair<std::size_t, Tensor>> m_constants;
    std::size_t m_constantBytes = 0;
};

Result<std::unique_ptr<Executable>> compile(Program program, Backend &backend, StateStore &store,
                                            std::shared_ptr<Arena> arena, const CompileOptions &options)
{
    return Compiler(std::move(program), backend, store, std::move(arena), options).run();
}

} // namespace espalier
