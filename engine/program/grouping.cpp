// SPDX-License-Identifier: Apache-2.0
#include "engine/program/grouping.h"

#include "engine/base/assert.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <map>
#include <queue>
#include <set>

namespace espalier {
namespace {

constexpr std::size_t kMaxFusedInstructions = 64;
constexpr std::size_t kMaxFusedInputs = 32;

class Grouper {
public:
    Grouper(const Program &program, const Backend &backend, const GroupingOptions &options)
        : m_program(program)
        , m_backend(backend)
        , m_options(options)
        , m_producer(producers(program))
        , m_uses(useCounts(program))
        , m_unitOf(program.instructions.size(), -1)
    {
    }

    std::vector<Unit> run()
    {
        matchPatterns();
        fuse();
        return sorted();
    }

private:
    const Instruction &instruction(std::int32_t i) const { return m_program.instructions[static_cast<std::size_t>(i)]; }
    int &unitOf(std::int32_t i) { return m_unitOf[static_cast<std::size_t>(i)]; }
    std::int32_t producer(ValueId id) const { return m_producer[static_cast<std::size_t>(id)]; }
    std::int32_t count() const { return static_cast<std::int32_t>(m_program.instructions.size()); }

    void claim(std::vector<std::int32_t> instructions, const Pattern *pattern, bool fused)
    {
        for (const std::int32_t i : instructions)
            unitOf(i) = static_cast<int>(m_units.size());
        m_units.push_back({std::move(instructions), pattern, fused});
    }

    /// From the end, so that a pattern with an epilogue is seen before the pattern without.
    void matchPatterns()
    {
        for (std::int32_t i = count() - 1; i >= 0; --i) {
            if (unitOf(i) >= 0)
                continue;
            for (const Pattern &pattern : m_backend.patterns()) {
                auto match = pattern.match(m_program, i, m_uses);
                if (!match || (!m_options.patterns && match->size() > 1))
                    continue;
                if (std::any_of(match->begin(), match->end(), [&](std::int32_t m) { return unitOf(m) >= 0; }))
                    continue;
                if (match->size() > 1 && reenters(*match))
                    continue;
                claim(std::move(*match), &pattern, false);
                break;
            }
        }
    }

    /// True if a path leaves the set and comes back: the set can't be one kernel.
    bool reenters(const std::vector<std::int32_t> &set)
    {
        const std::set<std::int32_t> inside(set.begin(), set.end());
        std::vector<std::int32_t> open;
        const auto push = [&](std::int32_t i) {
            for (const ValueId id : instruction(i).inputs)
                if (const std::int32_t p = producer(id); p > set.front() && !inside.contains(p))
                    open.push_back(p);
                else if (p >= 0 && inside.contains(p) && !inside.contains(i))
                    return true;
            return false;
        };
        for (const std::int32_t i : set)
            push(i);
        std::set<std::int32_t> seen;
        while (!open.empty()) {
            const std::int32_t i = open.back();
            open.pop_back();
            if (seen.insert(i).second && push(i))
                return true;
        }
        return false;
    }

    void fuse()
    {
        for (std::int32_t i = 0; i < count(); ++i) {
            if (unitOf(i) >= 0)
                continue;
            const Instruction &in = instruction(i);
            if (!in.op->traits.elementwise || !m_backend.canFuse(m_program, in)) {
                claim({i}, nullptr, false);
                continue;
            }
            if (const int unit = m_options.fuse ? joinable(i) : -1; unit >= 0) {
                m_units[static_cast<std::size_t>(unit)].instructions.push_back(i);
                unitOf(i) = unit;
            } else {
                claim({i}, nullptr, true);
            }
        }
    }

    const Shape &outputShape(std::int32_t i) const { return m_program.type(instruction(i).outputs.front()).shape; }

    /// A fused unit that makes one of the inputs, has the same shape, and that `i` can join without a cycle.
    int joinable(std::int32_t i)
    {
        for (const ValueId id : instruction(i).inputs) {
            const std::int32_t p = producer(id);
            const int unit = p < 0 ? -1 : unitOf(p);
            if (unit < 0 || !m_units[static_cast<std::size_t>(unit)].fused)
                continue;
            const Unit &u = m_units[static_cast<std::size_t>(unit)];
            if (!(outputShape(u.instructions.front()) == outputShape(i))
                || u.instructions.size() >= kMaxFusedInstructions)
                continue;
            std::vector<std::int32_t> joined = u.instructions;
            joined.push_back(i);
            if (makeGroup(m_program, joined, m_uses).inputs.size() > kMaxFusedInputs || dependsThroughOthers(i, unit))
                continue;
            return unit;
        }
        return -1;
    }

    /// Whether an input of `i` made outside of `unit` depends on `unit`. Units count as a whole, as they will run.
    bool dependsThroughOthers(std::int32_t i, int unit)
    {
        const std::int32_t oldest = m_units[static_cast<std::size_t>(unit)].instructions.front();
        std::vector<int> open;
        std::set<int> seen;
        bool found = false;
        const auto push = [&](std::int32_t at, bool first) {
            for (const ValueId id : instruction(at).inputs) {
                const std::int32_t p = producer(id);
                const int u = p < 0 ? -1 : unitOf(p);
                if (u < 0)
                    continue;
                if (u == unit) {
                    found |= !first;
                    continue;
                }
                if (m_units[static_cast<std::size_t>(u)].instructions.back() > oldest && seen.insert(u).second)
                    open.push_back(u);
            }
        };
        push(i, true);
        while (!open.empty() && !found) {
            const int u = open.back();
            open.pop_back();
            for (const std::int32_t at : m_units[static_cast<std::size_t>(u)].instructions)
                push(at, false);
        }
        return found;
    }

    /// Kahn's algorithm; among the ready ones the unit whose last instruction came first, so that order is stable and
    /// values die early.
    std::vector<Unit> sorted()
    {
        std::vector<std::set<int>> next(m_units.size());
        std::vector<int> waiting(m_units.size(), 0);
        for (std::int32_t i = 0; i < count(); ++i)
            for (const ValueId id : instruction(i).inputs)
                if (const std::int32_t p = producer(id); p >= 0 && unitOf(p) != unitOf(i)
                    && next[static_cast<std::size_t>(unitOf(p))].insert(unitOf(i)).second)
                    ++waiting[static_cast<std::size_t>(unitOf(i))];
        using Item = std::pair<std::int32_t, int>;
        std::priority_queue<Item, std::vector<Item>, std::greater<>> ready;
        for (std::size_t u = 0; u < m_units.size(); ++u)
            if (waiting[u] == 0)
                ready.emplace(m_units[u].instructions.back(), static_cast<int>(u));
        std::vector<Unit> order;
        while (!ready.empty()) {
            const auto u = static_cast<std::size_t>(ready.top().second);
            ready.pop();
            for (const int n : next[u])
                if (--waiting[static_cast<std::size_t>(n)] == 0)
                    ready.emplace(m_units[static_cast<std::size_t>(n)].instructions.back(), n);
            order.push_back(std::move(m_units[u]));
        }
        ESPALIER_ASSERT(order.size() == waiting.size(), "grouping made a cycle");
        return order;
    }

    const Program &m_program;
    const Backend &m_backend;
    const GroupingOptions &m_options;
    std::vector<std::int32_t> m_producer;
    std::vector<std::int32_t> m_uses;
    std::vector<int> m_unitOf;
    std::vector<Unit> m_units;
};

} // namespace

std::vector<Unit> groupInstructions(const Program &program, const Backend &backend, const GroupingOptions &options)
{
    return Grouper(program, backend, options).run();
}

Group makeGroup(const Program &program, const std::vector<std::int32_t> &instructions,
                std::span<const std::int32_t> uses)
{
    Group group{&program, instructions, {}, {}};
    std::map<ValueId, int> innerUses;
    for (const std::int32_t i : instructions)
        for (const ValueId id : program.instructions[static_cast<std::size_t>(i)].outputs)
            innerUses[id] = 0;
    for (const std::int32_t i : instructions) {
        for (const ValueId id : program.instructions[static_cast<std::size_t>(i)].inputs) {
            if (const auto inner = innerUses.find(id); inner != innerUses.end())
                ++inner->second;
            else if (std::find(group.inputs.begin(), group.inputs.end(), id) == group.inputs.end())
                group.inputs.push_back(id);
        }
    }
    for (const std::int32_t i : instructions)
        for (const ValueId id : program.instructions[static_cast<std::size_t>(i)].outputs)
            if (instructions.size() == 1 || uses[static_cast<std::size_t>(id)] > innerUses[id])
                group.outputs.push_back(id);
    return group;
}

} // namespace espalier
